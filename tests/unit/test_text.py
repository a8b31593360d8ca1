"""Every message agrees with its counts: each is printed with 0, 1 and 2, as the code would write it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.diff.views import _COMPARED
from annotator.doctor.rules import _KINDS
from annotator.runtime.text import agreeing, counted
from annotator.snapshot.civic.evidence_account import _GAPS
from tests.conftest import REPOSITORY

_BY_HAND = re.compile(
    r"^ (?:records|alleles|samples|files|rows|columns|bases|bytes|contigs|indels|requests|"
    r"identifiers|lookups|variants|breakends|reports|jobs|shards|members|entries|ALTs)\b"
)
"""Nouns that must come from `counted`, right after a number in a message."""

EXCEPTIONS = {
    "bytes": "sizes of files are never 1",
    "bases": "lengths of contigs are never 1",
    "members": "only too many are reported",
}
"""Nouns that may follow a number by hand, with the reason."""


class Message:
    """An f-string whose counts agree with their nouns.

    Attributes:
        where: file and line.
        node: of the syntax tree.

    """

    def __init__(self, where: str, node: ast.JoinedStr) -> None:
        self.where = where
        self.node = node

    def shown(self, number: int) -> str:
        """Return the message with this number for every count, and a dot for everything else."""
        parts = []
        for value in self.node.values:
            if isinstance(value, ast.Constant):
                parts.append(str(value.value))
            elif (call := agreement(value)) is not None:
                words = [ast.literal_eval(word) for word in call.args[1:]]
                function = (
                    counted if isinstance(call.func, ast.Name) and call.func.id == "counted" else agreeing
                )
                parts.append(function(number, *words))
            else:
                parts.append("·")
        return "".join(parts)


def agreement(value: ast.expr) -> ast.Call | None:
    """Return the call of `counted` or `agreeing` in a replacement field, if it has one with literal words."""
    if not (isinstance(value, ast.FormattedValue) and isinstance(value.value, ast.Call)):
        return None
    call = value.value
    is_ours = isinstance(call.func, ast.Name) and call.func.id in {"counted", "agreeing"}
    return call if is_ours and all(isinstance(word, ast.Constant) for word in call.args[1:]) else None


def f_strings() -> Iterator[tuple[str, ast.JoinedStr]]:
    for path in sorted((REPOSITORY / "annotator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield f"{path.relative_to(REPOSITORY)}:{node.lineno}", node


MESSAGES = [
    Message(where, node) for where, node in f_strings() if any(agreement(value) for value in node.values)
]

VARIABLE_NOUNS: dict[str, tuple[str, ...]] = {
    "annotator/diff/views.py": tuple(_COMPARED.values()),
    "annotator/doctor/rules.py": tuple(noun for noun, _, _ in _KINDS.values()),
    "annotator/snapshot/civic/evidence_account.py": tuple(filter(None, _GAPS.values())),
}
"""Nouns of the modules whose calls take them from a table."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield all calls of `counted` and `agreeing`, with their file and line."""
    for path in sorted((REPOSITORY / "annotator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"counted", "agreeing"}:
                yield f"{path.relative_to(REPOSITORY).as_posix()}:{node.lineno}", node


def nouns_in_templates() -> set[str]:
    templates = (REPOSITORY / "annotator" / "report" / "templates").glob("*.jinja")
    found = [re.findall(r'counted\([^"{}]*, "([^"]+)"\)', path.read_text("utf-8")) for path in templates]
    return {noun for nouns in found for noun in nouns}


def test_no_call_is_left_out() -> None:
    """Every call is in a message that is printed, has words of its own, or takes them from a table."""
    printed = {
        ast.unparse(call)
        for message in MESSAGES
        for value in message.node.values
        if (call := agreement(value))
    }
    for where, call in calls():
        if ast.unparse(call) not in printed:
            words = call.args[1:]
            is_literal = all(isinstance(word, ast.Constant) for word in words)
            assert is_literal or where.partition(":")[0] in VARIABLE_NOUNS, (
                f"{where}: where does the noun come from?"
            )
            for number in (0, 1, 2) if is_literal else ():
                print(f"{where}: {counted(number, *map(ast.literal_eval, words))}")  # noqa: T201
    assert len(list(calls())) > 70


@pytest.mark.parametrize(
    "noun", sorted({*nouns_in_templates(), *(noun for nouns in VARIABLE_NOUNS.values() for noun in nouns)})
)
def test_a_noun_of_a_table_or_a_template_is_printed_with_0_1_and_2(noun: str) -> None:
    texts = [counted(number, noun) for number in (0, 1, 2)]
    print(texts)  # noqa: T201
    assert texts[1] == f"1 {noun}"
    assert texts[0][2:] == texts[2][2:] != noun


def test_no_plural_is_made_by_hand() -> None:
    by_hand = re.compile(r"""[{(]\s*['"](?:e?s|ies)?['"] if [^{}]* else ['"](?:e?s|ies)?['"]""")
    package = REPOSITORY / "annotator"
    paths = [*package.rglob("*.py"), *package.rglob("*.jinja")]
    assert [path.name for path in paths if by_hand.search(path.read_text(encoding="utf-8"))] == []


def test_every_message_is_printed_with_0_1_and_2() -> None:
    assert len(MESSAGES) > 30
    for message in MESSAGES:
        for number in (0, 1, 2):
            text = message.shown(number)
            print(f"{message.where}: {text}")  # noqa: T201  # the catalogue, shown by -s
            for found, noun in re.findall(r"(?<![\d,.])(\d+) ([A-Za-z]+)", text):
                if found == "1":
                    assert not noun.endswith("s") or noun in {"status", "basis"}, text


def test_no_noun_is_put_behind_a_number_by_hand() -> None:
    by_hand = []
    for where, node in f_strings():
        for first, then in zip(node.values, node.values[1:], strict=False):
            if not (isinstance(first, ast.FormattedValue) and isinstance(then, ast.Constant)):
                continue
            is_number = first.format_spec is not None and "','" in ast.unparse(first.format_spec)
            is_number |= isinstance(first.value, ast.Call) and ast.unparse(first.value.func) == "len"
            match = _BY_HAND.match(str(then.value)) if is_number else None
            if match and match.group().strip() not in EXCEPTIONS:
                by_hand.append(f"{where}: {match.group()}")
    assert by_hand == []


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "record", "0 records"),
        (1, "record", "1 record"),
        (2, "entry", "2 entries"),
        (1, "entry", "1 entry"),
        (3, "key", "3 keys"),
        (2, "match", "2 matches"),
        (1200, "matched allele", "1,200 matched alleles"),
    ],
)
def test_a_number_has_its_noun(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(number, "index", "indices") for number in (1, 2)] == ["1 index", "2 indices"]


def test_files_are_found() -> None:
    assert Path(REPOSITORY / "annotator").is_dir()
