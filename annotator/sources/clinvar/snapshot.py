"""ClinVar from a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from annotator.allele import AlleleKey
from annotator.info import InfoField
from annotator.resolution import ABSENT, Found, Match, Release, Resolution
from annotator.snapshot.store import Store
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.sources.clinvar.layout import GROUPS, NUMBERS, absolute, split_group
from annotator.sources.clinvar.records import ClinVarRecord

if TYPE_CHECKING:
    from annotator.snapshot.store import Integers, Mask

__all__ = ["ClinVarSnapshot"]


class ClinVarSnapshot:
    """ClinVar's records in a snapshot."""

    name = "clinvar-snapshot"
    knowledge_base = "clinvar"
    title = "ClinVar"
    fields: Sequence[InfoField[ClinVarRecord]] = CLINVAR_FIELDS

    def __init__(self, store: Store, release: Release) -> None:
        store.check((*NUMBERS, *GROUPS), GROUPS)
        self.store = store
        self._release = release
        self._group = lru_cache(maxsize=1 << 14)(self._read_group)

    async def release(self) -> Release:
        """What the answers rest on."""
        return self._release

    async def resolve(self, alleles: Sequence[AlleleKey]) -> Sequence[Resolution[ClinVarRecord]]:
        """One resolution per allele, in the same order."""
        find = self.store.find
        return [
            ABSENT if (row := find(allele)) is None else Found(self.record(row), Match.EXACT)
            for allele in alleles
        ]

    def candidates(self, contig: str, first: Integers, last: Integers) -> Mask:
        """Tell the ranges of positions in which any allele starts."""
        return self.store.any_between(contig, first, last)

    def record(self, row: int) -> ClinVarRecord:
        """Record of a row of the store."""
        columns = self.store.columns
        facts: list[str | None] = []
        for name in GROUPS:
            facts += self._group(name, columns[name][row])
        hgvs = absolute(facts[-1], columns["start"][row])
        rsid = columns["rsid"][row]
        facts[-2:] = [str(rsid) if rsid else facts[-2], hgvs]
        return ClinVarRecord(columns["variation_id"][row], columns["allele_id"][row] or None, *facts)

    def _read_group(self, name: str, number: int) -> tuple[str | None, ...]:
        values = split_group(self.store.text(name, number))
        if len(values) != GROUPS[name].stop - GROUPS[name].start:
            raise self.store.damaged()
        return values
