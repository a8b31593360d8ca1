"""Strict conversion of the values in a service's entry: a value of another type is an error of the entry.

Each function returns the value, or an empty value if the service returned null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.net.json_values import is_writable
from annotator.runtime.text import whole_number

__all__ = ["ODD", "entries_of", "flag", "number", "number_of_text", "text", "texts", "truth", "whole"]

ODD = (KeyError, TypeError, ValueError, AttributeError)
"""Exceptions that an invalid entry may raise."""


def whole(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an entry after checking that all its texts can be encoded."""
    if not is_writable(entry):
        raise ValueError("a text is not valid Unicode")
    return entry


def number(value: Any) -> int | None:
    """Return an integer; None for null."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{value!r} is not a whole number")


def number_of_text(value: Any) -> int | None:
    """Return an integer that may be written as text; None for null, an empty text, and words for a missing value."""
    if not isinstance(value, str):
        return number(value)
    digits = value.strip()
    if digits.upper() in {"", "N/A", "NA", "NONE", "NULL"}:
        return None
    if (found := whole_number(digits)) is not None:
        return found
    raise ValueError(f"{value!r} is not a whole number")


def truth(value: Any) -> bool | None:
    """Return true or false; None for null."""
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{value!r} is neither true nor false")


def text(value: Any) -> str | None:
    """Return a text; None for null."""
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not a text")


def flag(value: Any) -> bool:
    """Return true or false; false for null."""
    return truth(value) or False


def entries_of(value: Any) -> Sequence[Any]:
    """Return a list; an empty one for null."""
    if value is None:
        return ()
    if isinstance(value, list):
        return value
    raise ValueError(f"{value!r} is not a list")


def texts(value: Any) -> Sequence[str]:
    """Return a list of texts; an empty one for null."""
    found = entries_of(value)
    if all(isinstance(one, str) for one in found):
        return found
    raise ValueError(f"{value!r} is not a list of texts")
