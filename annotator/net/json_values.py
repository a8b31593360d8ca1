"""Reading the JSON of a service so that an invalid value affects only the entry that contains it."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["check_values", "is_writable", "json_value"]

_DEEPEST = 100  # levels; no service needs ten
_LONGEST_NUMBER = 40  # digits
_MOST_VALUES = 4_000_000  # a value takes up to 100 bytes of memory, however short its text
# Possessive, and without a required closing quote, so that a text full of escaped quotes is scanned once, not once per
# quote.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def json_value(body: bytes) -> Any:
    """Return the value of a JSON text.

    A value that is nested too deeply becomes null, and a number that is too long becomes its text, so that the reader
    of the entry finds an unusable value.

    Raises:
        ValueError: the text is not JSON, or has too many values.

    """
    check_values(body)
    text = body.decode("utf-8-sig", "surrogatepass")
    try:
        return json.loads(text, parse_int=_number)
    except RecursionError:
        return json.loads(_cut(text), parse_int=_number)


def check_values(body: bytes) -> None:
    """Refuse a JSON text that would become far larger in memory.

    Raises:
        ValueError: it has too many values.

    """
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise ValueError(f"the response has more than {_MOST_VALUES:,} values")


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _cut(text: str) -> str:
    """Replace arrays and objects at excessive depth by null."""
    kept: list[str] = []
    depth, start = 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                kept.append(f"{text[start : token.start()]}null")
        elif token[0] in "]}":
            if depth == _DEEPEST + 1:
                start = token.end()
            depth -= 1
    return "".join((*kept, text[start:]))


def is_writable(value: Any) -> bool:
    """Return whether a JSON value can be written as UTF-8: half of a surrogate pair cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
