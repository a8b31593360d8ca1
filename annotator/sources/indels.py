"""Comparison of an insertion or deletion with those of a store that have unknown representations."""

from __future__ import annotations

from annotator.store.store import Store
from annotator.variants.query import Query
from annotator.variants.shift import is_same_indel

__all__ = ["NOT_LEFT_ALIGNED", "compared_indels"]

NOT_LEFT_ALIGNED = "not_left_aligned"
"""Reason of an `Unsupported` indel: it may be the same as one with unknown representations."""


def compared_indels(store: Store, query: Query) -> tuple[int | None, set[int]]:
    """Compare the indel of a query with those of a store that may have unknown representations.

    Args:
        store: has no row for the indel as written.
        query: its allele is a pure insertion or deletion.

    Returns:
        The row that is the same allele, or None; and the rows that may be the same, as far as bases are known.

    """
    undecided: set[int] = set()
    for row, spellings in store.open_indels(query.allele, is_leftmost=query.is_normalised):
        is_same = is_same_indel(
            query.allele,
            spellings,
            is_leftmost=query.is_normalised,
            position=query.position,
            ref=query.ref,
            reference=query.reference,
        )
        if is_same:
            return row, set()
        if is_same is None:
            undecided.add(row)
    return None, undecided
