"""CIViC from a snapshot: how its records are stored, and the source that reads them.

A row of the store is an allele and the number of its record; the record is JSON, its tuples as
arrays. Alleles with the same record share its text.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from annotator.allele import AlleleKey
from annotator.info import InfoField
from annotator.question import Question
from annotator.resolution import ABSENT, Found, Match, Release, Resolution
from annotator.snapshot.store import Store, TextPool, contig_order, write_store
from annotator.sources.base import Wanted
from annotator.sources.civic.fields import CIVIC_FIELDS
from annotator.sources.civic.records import (
    Assertion,
    CivicRecord,
    CivicVariant,
    EvidenceItem,
    MolecularProfile,
)

if TYPE_CHECKING:
    from annotator.snapshot.store import Integers, Mask

__all__ = ["CivicSnapshot", "write_civic"]


def write_civic(records: Mapping[AlleleKey, CivicRecord], file: IO[bytes]) -> None:
    """Write CIViC's records as a store; the same records give the same bytes, whatever their order."""
    alleles = sorted(records, key=lambda allele: (contig_order(allele.contig), *allele[1:]))
    contigs: list[tuple[str, int, int]] = []
    columns = {name: array("I") for name in ("start", "allele", "record")}
    pools = {name: TextPool() for name in ("allele", "record")}
    for row, allele in enumerate(alleles):
        first = contigs.pop()[1] if contigs and contigs[-1][0] == allele.contig else row
        contigs.append((allele.contig, first, row + 1))
        columns["start"].append(allele.start)
        columns["allele"].append(pools["allele"].add(f"{allele.deleted}>{allele.inserted}"))
        columns["record"].append(pools["record"].add(_to_json(records[allele])))
    write_store(file, contigs, columns, pools)


def _to_json(record: CivicRecord) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _from_json(text: str) -> CivicRecord:
    (variants,) = json.loads(text)
    return CivicRecord(tuple(map(_variant, variants)))


def _variant(facts: list[Any]) -> CivicVariant:
    id_, gene, name, profiles, flagged = facts
    return CivicVariant(id_, gene, name, tuple(map(_profile, profiles)), flagged)


def _profile(facts: list[Any]) -> MolecularProfile:
    id_, name, variant_ids, evidence, assertions = facts
    return MolecularProfile(
        id_,
        name,
        tuple(variant_ids),
        tuple(EvidenceItem(*map(_frozen, item)) for item in evidence),
        tuple(Assertion(*map(_frozen, item)) for item in assertions),
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class CivicSnapshot:
    """CIViC's records in a snapshot."""

    name = "civic-snapshot"
    knowledge_base = "civic"
    title = "CIViC"
    fields: Sequence[InfoField[CivicRecord]] = CIVIC_FIELDS
    uses_identifiers = Wanted.NONE
    is_remote = False

    def __init__(self, store: Store, release: Release) -> None:
        store.check(("start", "allele", "record"), ("record",))
        self.store = store
        self._release = release
        self._records: dict[int, CivicRecord] = {}

    async def release(self) -> Release:
        """Give what the answers rest on."""
        return self._release

    async def resolve(self, questions: Sequence[Question]) -> Sequence[Resolution[CivicRecord]]:
        """Give one resolution per question, in the same order."""
        find = self.store.find
        return [
            ABSENT if (row := find(question.allele)) is None else Found(self.record(row), Match.EXACT)
            for question in questions
        ]

    def candidates(self, contig: str, first: Integers, last: Integers) -> Mask:
        """Tell the ranges of positions in which any allele starts."""
        return self.store.any_between(contig, first, last)

    def record(self, row: int) -> CivicRecord:
        """Record of a row of the store."""
        number = self.store.columns["record"][row]
        record = self._records.get(number)
        if record is None:
            try:
                record = self._records[number] = _from_json(self.store.text("record", number))
            except (ValueError, TypeError) as error:
                raise self.store.damaged() from error
        return record
