"""ClinVar from a snapshot.

An allele is looked up in any of its representations. Only if ClinVar's representations of an insertion or deletion are
not all known may the same indel in the input not be found. Then the two are compared by the known bases, and if these
cannot decide, by the expressions in the record:

    hgvs_g   the genomic HGVS expression of the allele
    hgvs_c   an HGVS expression on a transcript

If these cannot decide either, the allele is `Unsupported`: it cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.info import Hit, InfoField
from annotator.result import NOT_FOUND, Found, Match, Release, Result, Unsupported
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.sources.clinvar.layout import (
    EXPRESSIONS,
    GROUPS,
    NUMBERS,
    SHARED_GROUPS,
    absolute,
    split_group,
)
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.indels import NOT_LEFT_ALIGNED, compared_indels
from annotator.sources.source import Source, Wanted
from annotator.store.store import Store
from annotator.variants.assembly import Assembly
from annotator.variants.query import Loci, Query

if TYPE_CHECKING:
    from annotator.sources.civic.choice import CivicChoice
    from annotator.store.store import Integers, Mask
    from annotator.variants.hgvs_parse import HgvsExpression

__all__ = ["ClinVarSnapshot", "open_snapshot"]

_ATTRIBUTES = ClinVarRecord._fields
_ALL = frozenset(_ATTRIBUTES)
_NOTHING: list[Any] = [None] * len(_ATTRIBUTES)
# Values that many rows share; each row has its own value of the others.
_GROUP_OF = {attribute: name for name in SHARED_GROUPS for attribute in _ATTRIBUTES[GROUPS[name]]}


class ClinVarSnapshot(Source[ClinVarRecord]):
    """ClinVar's records in a snapshot."""

    name = "clinvar-snapshot"
    knowledge_base = "clinvar"
    title = "ClinVar"
    fields: Sequence[InfoField[ClinVarRecord]] = CLINVAR_FIELDS
    formats_rows = True

    def __init__(
        self, store: Store, release: Release, chosen: Sequence[InfoField[ClinVarRecord]] = CLINVAR_FIELDS
    ) -> None:
        store.check((*NUMBERS, *GROUPS), GROUPS)
        self.store = store
        self.identifiers = Wanted.INDELS if store.has_open_indels else Wanted.NONE
        self._release = release
        self._written = chosen
        attributes = _ALL if chosen is CLINVAR_FIELDS else {field.attribute for field in chosen}
        self._assembly = Assembly(release.assembly)
        self._group = lru_cache(maxsize=1 << 14)(self._read_group)
        self._reads_rsid = "rsid" in attributes
        self._read = [name for name, of in GROUPS.items() if not attributes.isdisjoint(_ATTRIBUTES[of])]

    def selected(self, ids: AbstractSet[str]) -> ClinVarSnapshot:
        """Return a source whose records contain only what some INFO fields need; the other attributes are None."""
        return ClinVarSnapshot(self.store, self._release, [field for field in self.fields if field.id in ids])

    def release(self) -> Release:
        """Return the release of the snapshot."""
        return self._release

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[ClinVarRecord]]:
        """Return one result per query, in the same order."""
        return [self._result(query) for query in queries]

    def _result(self, query: Query) -> Result[ClinVarRecord]:
        row = self.store.find(query.allele)
        if row is not None:
            return Found(self.record(row), Match.EXACT)
        if not (query.allele.is_indel and self.store.has_open_indels):
            return NOT_FOUND
        row, undecided = compared_indels(self.store, query)
        if row is not None:
            return Found(self.record(row), Match.EXACT)
        return self._by_identifiers(query, undecided) if undecided else NOT_FOUND

    def _by_identifiers(self, query: Query, undecided: Collection[int]) -> Result[ClinVarRecord]:
        """Look up the expressions of a record whose indel may be one of some rows."""
        _, genomic, coding = query.identify()
        for match, expressions in ((Match.HGVS_G, genomic), (Match.HGVS_C, coding)):
            for expression in expressions:
                for row in self.store.rows_of(EXPRESSIONS, self._hash(expression)):
                    if row in undecided:
                        return Found(self.record(row), match)
        return Unsupported(NOT_LEFT_ALIGNED)

    def _hash(self, expression: HgvsExpression) -> int:
        # needs OpenSSL, which is slow to import
        from annotator.sources.clinvar.lookups import expression_hash

        return expression_hash(expression, self._assembly)

    def candidates(self, contig: str, loci: Loci) -> Mask:
        """Return the records that may have an allele of the store; a substitution only if it is one of them."""
        return self.located(contig, loci)[0]

    def located(self, contig: str, loci: Loci) -> tuple[Mask, Integers]:
        """Return the candidates, and the row of each record whose only allele is certainly found, else -1."""
        return self.store.rows_at(contig, loci)

    def items(self, rows: Sequence[int]) -> list[str]:
        """Return the INFO items of each row, joined by `;`, for a record with one ALT."""
        return self._items(rows)

    @cached_property
    def _items(self) -> Callable[[Sequence[int]], list[str]]:
        """Return the function that formats items; values shared by many rows are formatted once."""
        runs = [
            (group, list(fields))
            for group, fields in groupby(self._written, lambda field: _GROUP_OF.get(field.attribute or ""))
        ]
        written = [
            self._items_of_each_row(fields) if group is None else self._items_of_group(group, fields)
            for group, fields in runs
        ]

        def items(rows: Sequence[int]) -> list[str]:
            columns = [write(rows) for write in written]
            if not columns:  # none of its fields is written
                return [""] * len(rows)
            return [";".join(filter(None, texts)) for texts in zip(*columns, strict=True)]

        return items

    def _items_of_group(
        self, name: str, fields: Sequence[InfoField[ClinVarRecord]]
    ) -> Callable[[Sequence[int]], list[str]]:
        numbers = self.store.columns[name]

        @lru_cache(maxsize=1 << 14)
        def of(number: int) -> str:
            facts = _NOTHING.copy()
            facts[GROUPS[name]] = self._group(name, number)
            return _items_of(fields, ClinVarRecord._make(facts))

        return lambda rows: [of(number) for number in numbers.at(rows)]

    def _items_of_each_row(
        self, fields: Sequence[InfoField[ClinVarRecord]]
    ) -> Callable[[Sequence[int]], list[str]]:
        record = self.selected({field.id for field in fields}).record
        return lambda rows: [_items_of(fields, record(row)) for row in rows]

    def record(self, row: int) -> ClinVarRecord:
        """Return the record of a row of the store."""
        columns = self.store.columns
        facts: list[Any] = _NOTHING.copy()
        facts[:2] = columns["variation_id"][row], columns["allele_id"][row] or None
        for name in self._read:
            facts[GROUPS[name]] = self._group(name, columns[name][row])
        if facts[-1] is not None:
            facts[-1] = absolute(facts[-1], columns["start"][row])
        if self._reads_rsid and (rsid := columns["rsid"][row]):
            facts[-2] = str(rsid)
        return ClinVarRecord._make(facts)

    def _read_group(self, name: str, number: int) -> tuple[str | None, ...]:
        values = split_group(self.store.text(name, number))
        if len(values) != GROUPS[name].stop - GROUPS[name].start:
            raise self.store.damaged()
        return values


def _items_of(fields: Sequence[InfoField[ClinVarRecord]], record: ClinVarRecord) -> str:
    hit = Hit("", 1, Match.EXACT, record)
    return ";".join([f"{field.id}={value}" for field in fields if (value := field.encode(hit)) is not None])


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> ClinVarSnapshot:  # noqa: ARG001  # the registry's
    """Return the source for ClinVar's file of a snapshot."""
    return ClinVarSnapshot(Store(path), release)
