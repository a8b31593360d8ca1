"""What the engines and the pipeline hand to each other: a batch of records as columns, and INFO to add."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol, TypeAlias

__all__ = ["Additions", "SiteTexts", "Sites"]

# INFO key and encoded value, in the order in which they are written.
Additions: TypeAlias = list[tuple[str, str]]


class SiteTexts(Protocol):
    """Texts of a batch's records that are read only when somebody wants them."""

    def id_of(self, record: int) -> str:
        """ID column of a record, by its index in the batch; `.` where it has none."""
        ...

    def info_of(self, record: int, key: str) -> str | None:
        """Value of an INFO key as VCF writes it, percent-encoding included; None where the record lacks it."""
        ...

    def genotypes_of(self, record: int) -> list[frozenset[int]]:
        """Allele numbers of each sample's genotype, 0 for REF, without missing ones; none at all without GT."""
        ...

    def calls_of(self, record: int, keys: Collection[str]) -> list[dict[str, str]]:
        """Return what each sample has of some FORMAT keys, as VCF writes it; without missing values."""
        ...


class Sites(NamedTuple):
    """A batch of records, as columns.

    Attributes:
        contigs: CHROM as written.
        positions: 1-based POS.
        refs: REF as written.
        alts: the ALTs of each record as written; none where ALT is `.`.
        numbers: 1-based line number of each record, if it is text; counted as whoever made the batch counts.
        texts: what else stands in the records; None where nothing else is known of them.

    """

    contigs: Sequence[str]
    positions: Sequence[int]
    refs: Sequence[str]
    alts: Sequence[Sequence[str]]
    numbers: Sequence[int] | None = None
    texts: SiteTexts | None = None
