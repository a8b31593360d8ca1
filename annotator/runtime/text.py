"""Numbers in sentences, with nouns and verbs that agree with them; and numbers and dates that others wrote."""

from __future__ import annotations

from datetime import date

__all__ = ["agreeing", "counted", "is_date", "whole_number"]

_MOST_DIGITS = 18  # what 64 bits hold; Python refuses to read more than 4,300, and takes long for fewer


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Args:
        number: how many; thousands are separated by commas.
        noun: singular of the noun, or a phrase that ends with it.
        plural: plural form, if it is irregular.

    >>> counted(1, "record"), counted(2, "record"), counted(1200, "entry"), counted(0, "match")
    ('1 record', '2 records', '1,200 entries', '0 matches')

    """
    return f"{number:,} {noun if number == 1 else plural or _plural(noun)}"


def agreeing(number: int, singular: str, plural: str) -> str:
    """Return the word that agrees with a number.

    >>> agreeing(1, "was", "were"), agreeing(0, "was", "were")
    ('was', 'were')

    """
    return singular if number == 1 else plural


def is_date(text: str) -> bool:
    """Return whether a text is an ISO date.

    >>> is_date("2026-12-01"), is_date("20261201"), is_date("2026-02-30")
    (True, False, False)

    """
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def whole_number(text: str | bytes, most_digits: int = _MOST_DIGITS) -> int | None:
    """Return the number that an external text states; None if it is not 1 to `most_digits` ASCII digits.

    >>> whole_number("0140753336"), whole_number(b"7"), whole_number("-1"), whole_number("9" * 5000)
    (140753336, 7, None, None)

    """
    return int(text) if len(text) <= most_digits and text.isascii() and text.isdigit() else None


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun}s"
