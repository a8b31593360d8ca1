"""ClinVar's missense records at the residue that an allele changes, from a snapshot.

The change of the protein is that of the transcript that names the allele in the record's annotation: the picked one,
MANE Select, or the only one. Three ways lead from there to ClinVar's records:

    transcript   the record is named by the same transcript, has the same residue, and can lie in its codon; if one
                 cannot, the input's version of the transcript has other numbers, and none is found this way
    codon        its allele lies in the codon that the input's annotation shows: its change is the translation
    number       it lies within two bases and has the same residue, letter and number, by another transcript's name

The first and last need protein changes from ClinVar's tables. A record whose change is silent or a stop is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.result import NOT_FOUND, Found, Match, Release, Result, Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.clinvar.records import evidence_from
from annotator.sources.clinvar_protein.fields import FROM_CODONS, FROM_TABLES, residue_fields
from annotator.sources.clinvar_protein.layout import (
    COLUMNS,
    ORIGIN,
    POOLS,
    RESIDUES,
    full_coding,
    residue_key,
)
from annotator.sources.clinvar_protein.records import Neighbour, ResidueRecord
from annotator.sources.source import Source, Wanted
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey
from annotator.variants.amino_acids import STOP, spelled_out
from annotator.variants.query import Loci, Query

if TYPE_CHECKING:
    from annotator.sources.civic.choice import CivicChoice
    from annotator.sources.clinvar_protein.codon import Codon
    from annotator.sources.clinvar_protein.picked import PickedChange
    from annotator.store.store import Mask

__all__ = ["NO_CODON", "SPLIT_CODON", "ResidueSource", "open_snapshot"]

NO_CODON = "codon_unknown"
"""ClinVar has missense records here, but the annotation does not show which codon the allele changes."""
SPLIT_CODON = "codon_may_span_intron"
"""Nothing is known of the part of the codon that may lie beyond an intron."""

_LONGEST = 3  # bases of a codon
_PROTEIN = r"([A-Z])([0-9]+)([A-Z])"


class _Row(NamedTuple):
    """A row of the store: its allele, and its change in the numbering of the input's transcript."""

    number: int
    new: str
    nucleotide: str


class ResidueSource(Source[ResidueRecord]):
    """ClinVar's missense records by the residue that they change."""

    name = "clinvar_protein-snapshot"
    knowledge_base = "clinvar_protein"
    title = "ClinVar"
    identifiers = Wanted.ANNOTATED

    def __init__(self, store: Store, release: Release) -> None:
        store.check(COLUMNS, (*POOLS, ORIGIN))
        self._store = store
        self._release = release
        self._has_changes = store.text(ORIGIN, 0) == "tables"
        self.fields = residue_fields(FROM_TABLES if self._has_changes else FROM_CODONS)

    def release(self) -> Release:
        """Return the release of ClinVar."""
        return self._release

    def candidates(self, contig: str, loci: Loci) -> Mask:  # noqa: ARG002  # annotations lead here, no position does
        """Return no record: `near_pattern` finds the lines that matter."""
        import numpy as np

        return np.zeros(loci.first.size, dtype=bool)

    def near_pattern(self, *, joint: bool) -> re.Pattern[bytes]:
        """Return the pattern of a missense change; with BCSQ, also of references to the record of a joint change.

        An entry of BCSQ that begins with `*` may be of a joint change too, whatever its consequence.
        """
        return re.compile(rb"missense|@[0-9]|\*[^|*]*\|" if joint else b"missense")

    def near(self, contig: str, loci: Loci) -> Mask:
        """Return the records within a codon's length of a missense record.

        If protein changes are known, every record counts: the codon may continue beyond an intron.
        """
        if self._has_changes:
            return super().near(contig, loci)
        margin = 2 * _LONGEST
        return self._store.starts_between(contig, loci.first - margin, loci.last + margin)

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[ResidueRecord]]:
        """Return one result per query, in the same order."""
        return [self._result(query) for query in queries]

    def _result(self, query: Query) -> Result[ResidueRecord]:
        allele = query.allele
        if not query.is_named or not allele.deleted or len(allele.deleted) != len(allele.inserted):
            return NOT_FOUND
        if not self._has_changes and not self._near(allele):
            return NOT_FOUND
        from annotator.sources.clinvar_protein.picked import picked_changes  # few runs come so far

        changes = picked_changes(query.note())
        if isinstance(changes, Unsupported):
            return changes if self._near(allele) else NOT_FOUND
        found: dict[PickedChange, dict[int, _Row]] = {}
        for change in changes:
            rows = self._rows(query, change)
            if isinstance(rows, Unsupported):
                # An ALT has one status: with the records of another gene listed, those of this gene, which were not
                # looked up, would count as not found.
                return rows
            if rows:
                found[change] = rows
        return Found(self._record(found), Match.EXACT) if found else NOT_FOUND

    def _near(self, allele: AlleleKey) -> range:
        """Return the rows within a codon's length of an allele."""
        last = allele.start + len(allele.deleted) - 1
        return self._store.rows_between(allele.contig, allele.start - 2 * _LONGEST, last + _LONGEST)

    def _rows(self, query: Query, change: PickedChange) -> dict[int, _Row] | Unsupported:
        """Return the rows at the residue of a change, without the allele's own."""
        alleles = {row: self._allele(query.allele.contig, row) for row in self._near(query.allele)}
        own = {row for row, allele in alleles.items() if allele == query.allele}
        near = {row: allele for row, allele in alleles.items() if row not in own}
        codons = self._codons(query, change, near)
        at_codon = _in_codons(codons, change, near)
        is_named, rows = self._by_transcript(change)
        fit = (self._is_at(query.allele, change, codons, row) for row in rows)
        if any(self._has_another_number(row, change) for row in own) or not all(fit):
            is_named, rows = False, {}  # another version of the transcript, with other numbers
        rows = {row: found for row, found in rows.items() if row not in own}
        rows |= {row: found for row, found in at_codon.items() if found is not None and row not in rows}
        if is_named:
            return rows
        if None in at_codon.values():
            return Unsupported(NO_CODON)
        if not codons and self._has_changes:
            return self._by_number(change, near)
        return rows or _reason_for_none(query, change, near, codons) or {}

    def _by_transcript(self, change: PickedChange) -> tuple[bool, dict[int, _Row]]:
        """Return whether ClinVar names records by one of the transcripts, and the rows that it so names."""
        store, is_named, rows = self._store, False, dict[int, _Row]()
        for name in change.transcripts if self._has_changes else ():
            number = store.number_of("transcript", name)
            if number:
                is_named = True
                for row in store.rows_of(RESIDUES, residue_key(number, change.residue)):
                    if (found := self._named(row, change)) is None:
                        return False, {}  # another letter: another version, with other numbers
                    rows[row] = found
        return is_named, rows

    def _has_another_number(self, row: int, change: PickedChange) -> bool:
        """Return whether ClinVar names a row by another residue on a transcript of a change."""
        text, columns = self._store.text, self._store.columns
        found = re.fullmatch(_PROTEIN, text("protein", columns["protein"][row]))
        is_same_transcript = text("transcript", columns["transcript"][row]) in change.transcripts
        return found is not None and is_same_transcript and int(found[2]) != change.residue

    def _is_at(self, allele: AlleleKey, change: PickedChange, codons: Sequence[Codon], row: int) -> bool:
        """Return whether a row may change the residue that an allele changes, by their positions.

        Args:
            allele: the input's.
            change: of the input's allele; near a splice site its codon may continue beyond the intron.
            codons: one of them is the codon; empty if it is not known.
            row: named by the transcript of the change, perhaps another version of it.

        """
        other = self._store.key(row)
        if other.contig != allele.contig or change.is_near_splice:
            return other.contig == allele.contig
        mine, places = _places(allele), _places(other)
        if places.start - mine.stop >= _LONGEST - 1 or mine.start - places.stop >= _LONGEST - 1:
            return False
        return not codons or any(not set(places).isdisjoint(codon.places) for codon in codons)

    def _by_number(self, change: PickedChange, near: Mapping[int, AlleleKey]) -> dict[int, _Row]:
        """Return the rows close by that ClinVar names by another transcript with the same residue."""
        found = ((row, self._named(row, change)) for row in near)
        return {row: one for row, one in found if one is not None}

    def _named(self, row: int, change: PickedChange) -> _Row | None:
        """Return a row whose change in ClinVar's tables is at the residue of another change."""
        columns = self._store.columns
        found = re.fullmatch(_PROTEIN, self._store.text("protein", columns["protein"][row]))
        if found is None or (found[1], int(found[2])) != (change.old, change.residue):
            return None
        coding = self._store.text("coding", columns["coding"][row])
        return _Row(row, found[3], full_coding(coding, change.residue))

    def _codons(self, query: Query, change: PickedChange, near: Mapping[int, AlleleKey]) -> list[Codon]:
        """Return the codons that an allele may change, by the annotation of the transcript that shows most."""
        from annotator.sources.clinvar_protein.codon import codons_of

        bases = {
            place: base
            for allele in near.values()
            for place, base in zip(_places(allele), allele.deleted, strict=True)
        }
        bases |= dict(zip(_places(query.allele), query.allele.deleted, strict=True))

        def base_at(place: int) -> str:
            if place not in bases and query.reference is not None:
                return query.reference.bases(query.allele.contig, place, place)
            return bases.get(place, "")

        residue = change.old, change.residue, change.new
        found = [codons_of(query, consequence, residue, base_at) for consequence in change.consequences]
        return min(filter(None, found), key=len, default=[])

    def _allele(self, contig: str, row: int) -> AlleleKey:
        text = self._store.text("allele", self._store.columns["allele"][row])
        deleted, _, inserted = text.partition(">")
        return AlleleKey(contig, self._store.columns["start"][row], deleted, inserted)

    def _record(self, found: Mapping[PickedChange, Mapping[int, _Row]]) -> ResidueRecord:
        same = list[Neighbour]()
        other = list[Neighbour]()
        for change, rows in found.items():
            for row in rows.values():
                (same if row.new == change.new else other).append(self._neighbour(row, change))
        changes = "&".join(
            ":".join((*change.transcripts[:1], _change(change, change.new))) for change in found
        )
        return ResidueRecord(changes, tuple(sorted(same, key=_rank)), tuple(sorted(other, key=_rank)))

    def _neighbour(self, row: _Row, change: PickedChange) -> Neighbour:
        columns, text = self._store.columns, self._store.text
        evidence = evidence_from(text("evidence", columns["evidence"][row.number]))
        effects = text("effects", columns["effects"][row.number])
        return Neighbour(
            columns["variation_id"][row.number],
            _change(change, row.new),
            *evidence,
            row.nucleotide,
            tuple(filter(None, effects.split("+"))),
        )


def _rank(one: Neighbour) -> tuple[int, int]:
    return (1 if one.stars is None else -one.stars), one.variation_id


def _places(allele: AlleleKey) -> range:
    return range(allele.start, allele.start + len(allele.deleted))


def _change(change: PickedChange, new: str) -> str:
    return f"p.{spelled_out(change.old)}{change.residue}{spelled_out(new)}"


def _reason_for_none(
    query: Query, change: PickedChange, near: Mapping[int, AlleleKey], codons: Sequence[Codon]
) -> Unsupported | None:
    """Return why there may be records at a residue though none was found; None if there are none."""
    if not codons:
        return Unsupported(NO_CODON) if near else None
    known = {place for allele in (query.allele, *near.values()) for place in _places(allele)}
    is_whole = not change.is_near_splice or all(known.issuperset(codon.places) for codon in codons)
    return None if is_whole else Unsupported(SPLIT_CODON)


def _in_codons(
    codons: Sequence[Codon], change: PickedChange, near: Mapping[int, AlleleKey]
) -> dict[int, _Row | None]:
    """Return the rows whose allele replaces the residue of a codon by another; None for one that only may do so.

    Args:
        codons: one of them is the codon.
        change: of the input's allele.
        near: alleles by row.

    """
    found: dict[int, _Row | None] = {}
    for row, allele in near.items():
        changed = {_changed(codon, change, row, allele) for codon in codons}
        if changed - {None}:
            found[row] = changed.pop() if len(changed) == 1 else None
    return found


def _changed(codon: Codon, change: PickedChange, row: int, allele: AlleleKey) -> _Row | None:
    new = codon.translated(codon.changed(*allele[1:]))
    if new in {"", STOP, change.old}:
        return None
    return _Row(row, new, codon.coding_change(*allele[1:]))


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> ResidueSource:  # noqa: ARG001  # the registry's
    """Return the source of a file of a snapshot."""
    return ResidueSource(Store(path), release)
