"""Comparing two accounts of CIViC's knowledge base field by field, whatever the order of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from annotator.sources.civic.knowledge import Knowledge

__all__ = ["TABLES", "differing_fields", "only_in_one"]

TABLES = ("variants", "profiles", "evidence", "assertions")


def only_in_one(first: Knowledge, second: Knowledge) -> dict[str, tuple[set[int], set[int]]]:
    """Give the numbers that one of them lacks: those of the first only, those of the second only."""
    return {
        table: (
            set(getattr(first, table)) - set(getattr(second, table)),
            set(getattr(second, table)) - set(getattr(first, table)),
        )
        for table in TABLES
    }


def differing_fields(
    first: Knowledge, second: Knowledge, forgiven: Mapping[str, Callable[[Any], Any]] | None = None
) -> Counter[str]:
    """Count the fields that differ in what both have, such as `evidence.rating`.

    Args:
        first, second: the accounts.
        forgiven: by field, what is compared in its place.

    """
    found: Counter[str] = Counter()
    compared = 0
    for table in TABLES:
        mine, theirs = getattr(first, table), getattr(second, table)
        for number in set(mine) & set(theirs):
            for one in fields(mine[number]):
                name = f"{table}.{one.name}"
                made = (forgiven or {}).get(name, _unordered)
                compared += 1
                found[name] += made(getattr(mine[number], one.name)) != made(
                    getattr(theirs[number], one.name)
                )
    assert compared
    return +found


def _unordered(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, tuple) else value
