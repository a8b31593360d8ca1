"""What the engines and the pipeline hand to each other: a batch of records as columns, and INFO to add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

__all__ = ["Additions", "Sites"]

# INFO key and encoded value, in the order in which they are written.
Additions: TypeAlias = list[tuple[str, str]]


class Sites(NamedTuple):
    """A batch of records, as columns.

    Attributes:
        contigs: CHROM as written.
        positions: 1-based POS.
        refs: REF as written.
        alts: the ALTs of each record as written; none where ALT is `.`.
        numbers: 1-based line number of each record, if it is text; counted as whoever made the batch counts.

    """

    contigs: Sequence[str]
    positions: Sequence[int]
    refs: Sequence[str]
    alts: Sequence[Sequence[str]]
    numbers: Sequence[int] | None = None
