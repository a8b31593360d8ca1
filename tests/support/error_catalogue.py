"""A catalogue of all error messages, read from the code that raises them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "annotator"


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
