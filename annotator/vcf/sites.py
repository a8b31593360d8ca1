"""Data exchanged between the engines and the pipeline: a batch of records as columns, and INFO to add."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, TypeAlias

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Additions", "SiteTexts", "Sites"]

# INFO key and encoded value, in the order in which they are written.
Additions: TypeAlias = list[tuple[str, str]]


class SiteTexts(Protocol):
    """Texts of a batch's records that are read only on demand."""

    def id_of(self, record: int) -> str:
        """Return the ID column of a record, by its index in the batch; `.` if it has none."""
        ...

    def info_of(self, record: int, key: str) -> str | None:
        """Return the value of an INFO key as VCF writes it, including percent-encoding; None if the record lacks it."""
        ...

    def genotypes_of(self, record: int) -> list[frozenset[int]]:
        """Return the allele numbers of each sample's genotype, 0 for REF, without missing ones; empty without GT."""
        ...

    def calls_of(self, record: int, keys: Collection[str]) -> list[dict[str, str]]:
        """Return each sample's values of some FORMAT keys, as VCF writes them; without missing values."""
        ...


class Sites(NamedTuple):
    """A batch of records, as columns.

    Attributes:
        contigs: CHROM as written.
        positions: 1-based POS.
        refs: REF as written.
        alts: the ALTs of each record as written; empty if ALT is `.`.
        numbers: 1-based line number of each record, if it is text; counted from the start that the caller defines.
        texts: other texts of the records; None if not available.

    """

    contigs: Sequence[str]
    positions: Sequence[int]
    refs: Sequence[str]
    alts: Sequence[Sequence[str]]
    numbers: Sequence[int] | None = None
    texts: SiteTexts | None = None
