"""A catalogue of all error messages, printed by `pytest -s`, and the rules that each of them keeps."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.error_catalogue import CATALOGUE, Message, error_classes

SELF_EXPLANATORY = re.compile(r"no such |cannot be read \(")
"""Messages that need no advice: the path is wrong, or the system's own reason follows in parentheses."""

NAMES = re.compile(
    r"(?:[A-Z][\w.]*[A-Z0-9][\w.]*|ClinVar|Opal|MultiQC|VariationID|There is|·|#|\W)"
)  # such as CIViC, REF, GRCh38
"""Words in upper case with which a message may begin."""


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
