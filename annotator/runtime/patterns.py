"""Regular expressions for many words."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["one_of"]


def one_of(words: Iterable[str]) -> str:
    """Return a pattern for any of some words, grouped by common beginnings: many times faster than a plain alternation.

    >>> one_of(["KIT", "KRAS", "EGFR"])
    '(?:EGFR|K(?:IT|RAS))'
    """
    return _branches(sorted(set(words)))


def _branches(words: list[str]) -> str:
    if not words:
        return ""
    is_end = not words[0]
    by_first: dict[str, list[str]] = {}
    for word in words[is_end:]:
        by_first.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(first) + _branches(rest) for first, rest in by_first.items()]
    if not branches:
        return ""
    inner = branches[0] if len(branches) == 1 and not is_end else f"(?:{'|'.join(branches)})"
    return f"{inner}?" if is_end else inner
