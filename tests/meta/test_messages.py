"""A catalogue of all error messages, printed by `pytest -s`, and the rules that each of them keeps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "annotator"
SELF_EXPLANATORY = re.compile(r"no such |cannot be read \(")
"""Messages that need no advice: the path is wrong, or the system's own reason follows in parentheses."""

NAMES = re.compile(
    r"(?:[A-Z][\w.]*[A-Z0-9][\w.]*|ClinVar|Opal|MultiQC|VariationID|There is|·|#|\W)"
)  # such as CIViC, REF, GRCh38
"""What a message may begin with in upper case."""


class Message(NamedTuple):
    """An error as the code raises it; a dot stands for each value that is filled in.

    Attributes:
        where: file and line.
        error: the class.
        what: what happened; None where it is passed on from elsewhere.
        remedy: what to do; None where it is passed on, empty where there is none.

    """

    where: str
    error: str
    what: str | None
    remedy: str | None

    def __str__(self) -> str:
        text = self.what if self.what is not None else "(passed on)"
        advice = "(passed on)" if self.remedy is None else self.remedy
        return f"{self.error} {self.where}: {text}." + (f" {advice}." if advice else "")


def error_classes(trees: dict[str, ast.Module]) -> set[str]:
    """Return the names of `AnnotatorError` and all classes below it."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"AnnotatorError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def text_of(node: ast.expr, scope: ast.AST) -> set[str] | None:
    """Return the texts that an expression can be; None where that is decided elsewhere."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else {""}
    if isinstance(node, ast.JoinedStr):
        return {
            "".join(str(value.value) if isinstance(value, ast.Constant) else "·" for value in node.values)
        }
    if isinstance(node, ast.IfExp):
        both = [text_of(branch, scope) for branch in (node.body, node.orelse)]
        return None if None in both else set().union(*(one for one in both if one is not None))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left, scope), text_of(node.right, scope)
        return {f"{one}{other}" for one in left or {"·"} for other in right or {"·"}}
    if isinstance(node, ast.Name):
        assigned = [
            found
            for inner in ast.walk(scope)
            if isinstance(inner, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == node.id for target in inner.targets)
            for found in [text_of(inner.value, ast.Module([], []))]
        ]
        texts = set().union(*(one for one in assigned if one is not None))
        return texts or None
    return None


def messages() -> Iterator[Message]:
    trees = {
        path.relative_to(REPOSITORY).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    classes = error_classes(trees)
    for name, tree in trees.items():
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for call in ast.walk(tree):
            if not (
                isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in classes
            ):
                continue
            around = [one for one in functions if one.lineno <= call.lineno <= (one.end_lineno or 0)]
            scope = ast.Module([*tree.body, *(around[-1:] or [])], [])
            remedies = [word.value for word in call.keywords if word.arg == "remedy"]
            whats = text_of(call.args[0], around[-1] if around else scope) if call.args else None
            advice = {""} if not remedies else text_of(remedies[0], scope)
            for what in sorted(whats) if whats else [None]:
                for remedy in sorted(advice) if advice else [None]:
                    yield Message(f"{name}:{call.lineno}", call.func.id, what, remedy)


CATALOGUE = list(messages())


def test_the_catalogue_is_printed() -> None:
    assert len(CATALOGUE) > 350
    for message in CATALOGUE:
        print(message)  # noqa: T201  # the catalogue, shown by -s
    known = [message for message in CATALOGUE if message.what is not None]
    assert len(known) > len(CATALOGUE) * 0.85


@pytest.mark.parametrize("message", CATALOGUE, ids=[message.where for message in CATALOGUE])
def test_a_message_states_what_happened_and_what_to_do(message: Message) -> None:
    if message.what:
        assert message.what[0].islower() or message.what[0].isdigit() or NAMES.match(message.what), message
        assert not message.what.endswith((".", "!")), message
        assert message.remedy != "" or SELF_EXPLANATORY.search(message.what), f"there is no advice: {message}"
    if message.remedy:
        assert message.remedy[0].isupper() or message.remedy[0] in "·`", message
        assert not message.remedy.endswith((".", "!")) or message.remedy.endswith("..."), message
        assert not re.search(r"\b(?:please|sorry|you must)\b", message.remedy, re.IGNORECASE), message


def test_a_class_of_errors_is_found_through_others() -> None:
    tree = ast.parse("class A(AnnotatorError): pass\nclass B(A): pass\nclass C: pass")
    assert error_classes({"": tree}) == {"AnnotatorError", "A", "B"}
