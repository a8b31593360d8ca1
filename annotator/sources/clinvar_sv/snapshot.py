"""ClinVar's copy-number and structural records that a loss or gain overlaps, from a snapshot.

    deletion or loss           <DEL>, <CNV> with fewer copies, 50 or more deleted bases
    duplication or gain        <DUP>, <CNV> with more copies, 50 or more inserted bases that repeat their neighbours

A record is reported if it has the same direction and the allele covers at least half of it (`with_overlap`). A benign
record is also reported if it covers that part of the allele: a small deletion within a benign one is no more than that
one. A small deletion within a large pathogenic one may leave out what makes that one pathogenic; it is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.result import NOT_FOUND, Found, Match, Release, Result, Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.clinvar.records import evidence_from
from annotator.sources.clinvar_sv.fields import OVERLAP_FIELDS
from annotator.sources.clinvar_sv.layout import (
    BENIGN,
    COLUMNS,
    GAIN,
    IMPRECISE,
    MOST_LISTED,
    POOLS,
    SHORTEST,
)
from annotator.sources.source import DEFAULT_OVERLAP, Source
from annotator.store.store import Store
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import CopyChange, is_copy_number, named_change

if TYPE_CHECKING:
    from annotator.sources.civic.choice import CivicChoice
    from annotator.sources.clinvar_sv.records import Overlap, OverlapRecord
    from annotator.store.store import Integers, Mask
    from annotator.variants.query import Loci, Query, StructuralQuery

__all__ = ["PLACEHOLDER", "OverlapSource", "open_snapshot"]

PLACEHOLDER = "ambiguous_bases"
"""Kind of the ALTs whose bases are placeholders."""

_ENDS = 10  # inserted bases at the breakpoints of a deletion are at most this fraction of the deleted ones
_LAST = (1 << 32) - 1  # position that a store can have
_BOTH = frozenset({CopyChange.LOSS, CopyChange.GAIN})


class _Span(NamedTuple):
    """A range of positions, 1-based and inclusive."""

    contig: str
    start: int
    stop: int


class _Rows(NamedTuple):
    """The rows of a contig, as columns."""

    first: int
    starts: Integers
    stops: Integers
    flags: Integers


class OverlapSource(Source["OverlapRecord"]):
    """ClinVar's copy-number and structural records by overlap.

    Args:
        store: as `snapshot.clinvar.structural` wrote it.
        release: release of ClinVar.
        least: part of a record that an allele must cover, above 0 and at most 1.

    """

    name = "clinvar_sv-snapshot"
    knowledge_base = "clinvar_sv"
    title = "ClinVar"
    fields = OVERLAP_FIELDS
    structural_kinds = frozenset({"symbolic", PLACEHOLDER})

    def __init__(self, store: Store, release: Release, least: float = DEFAULT_OVERLAP) -> None:
        store.check(COLUMNS, POOLS)
        self.least = least
        self._store = store
        self._release = release
        self._lengths = Assembly(release.assembly).lengths
        self._of_contig: dict[str, _Rows] = {}

    def release(self) -> Release:
        """Return the release of ClinVar."""
        return self._release

    def with_overlap(self, least: float) -> OverlapSource:
        """Return a source with another part of a record that an allele must cover."""
        return self if least == self.least else OverlapSource(self._store, self._release, least)

    def candidates(self, contig: str, loci: Loci) -> Mask:  # noqa: ARG002  # no short allele is structural
        """Return no record: those with long alleles are parsed in any case."""
        import numpy as np

        return np.zeros(loci.first.size, dtype=bool)

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[OverlapRecord]]:
        """Return one result per query, in the same order."""
        return [self._of_bases(query) for query in queries]

    def _of_bases(self, query: Query) -> Result[OverlapRecord]:
        contig, start, deleted, inserted = query.allele
        lost, gained = len(deleted), len(inserted)
        if lost - gained >= SHORTEST and _ENDS * gained <= lost:
            return self._overlapping(_Span(contig, start, start + lost - 1), CopyChange.LOSS)
        if lost or gained < SHORTEST:
            return NOT_FOUND
        # The inserted bases may repeat those after them, or those before them if the insertion is not left-aligned.
        for first in (start, start - gained):
            if _bases(query, first, first + gained - 1) == inserted:
                return self._overlapping(_Span(contig, first, first + gained - 1), CopyChange.GAIN)
        around = _Span(contig, start - gained, start + gained - 1)
        if not _bases(query, *around[1:]) and any(True for _ in self._overlaps(around, CopyChange.GAIN)):
            return Unsupported("may_be_a_duplication")
        return NOT_FOUND

    def reads_structural(self, kind: str, alt: str) -> bool:
        """Return whether an ALT without bases is a deletion, duplication or copy number.

        An ALT of N beside a long REF is a placeholder for no bases.
        """
        if kind == PLACEHOLDER:
            return not alt.upper().strip("N")
        return kind == "symbolic" and is_copy_number(alt)

    def resolve_structural(self, query: StructuralQuery) -> Result[OverlapRecord] | None:
        """Return the records that a symbolic ALT overlaps; `Unsupported` if its range or direction is unknown."""
        if not is_copy_number(query.alt):
            return None
        reason = self._obstacle(query)
        if reason:
            return Unsupported(reason)
        assert query.contig is not None
        span = _Span(query.contig, query.start, query.stop)
        changes = _changes(query)
        if changes is not None:
            return self._overlapping(span, *changes, is_imprecise=query.is_imprecise)
        is_any = any(True for change in _BOTH for _ in self._overlaps(span, change))
        return Unsupported("unknown_direction") if is_any else NOT_FOUND

    def _obstacle(self, query: StructuralQuery) -> str:
        """Return why the range of a symbolic ALT cannot be compared; empty if it can."""
        if query.contig is None:
            return "unknown_contig"
        if query.is_contradictory:
            return "contradictory_length"
        if not query.start:
            return "unknown_length"
        return "beyond_contig" if query.stop > self._lengths.get(query.contig, query.stop) else ""

    def _overlapping(
        self, span: _Span, *changes: CopyChange, is_imprecise: bool = False
    ) -> Result[OverlapRecord]:
        found = sorted(
            (one for change in changes for one in self._overlaps(span, change)), key=lambda one: one.rank
        )
        if not found:
            return NOT_FOUND
        from annotator.sources.clinvar_sv.records import OverlapRecord

        return Found(OverlapRecord(tuple(found[:MOST_LISTED]), len(found), is_imprecise), Match.REGION)

    def _overlaps(self, span: _Span, change: CopyChange) -> Iterator[Overlap]:
        """Yield the records of a direction that overlap a range enough."""
        import numpy as np

        if span.start > _LAST:
            return
        rows = self._rows(span.contig)
        length = span.stop - span.start + 1
        shared = np.minimum(rows.stops, min(span.stop, _LAST)) - np.maximum(rows.starts, span.start) + 1
        is_enough = shared / (rows.stops - rows.starts + 1) >= self.least
        is_enough |= (rows.flags & BENIGN > 0) & (shared / length >= self.least)
        is_enough &= (shared > 0) & ((rows.flags & GAIN > 0) == (change is CopyChange.GAIN))
        for place in np.flatnonzero(is_enough).tolist():
            yield self._overlap(rows.first + place, int(shared[place]), length)

    def _rows(self, contig: str) -> _Rows:
        if contig not in self._of_contig:
            first, stop = self._store.contigs.get(contig, (0, 0))
            columns = self._store.columns
            starts, stops, flags = (
                columns[name].array(first, stop).astype("i8") for name in ("start", "stop", "flags")
            )
            if (starts > stops).any():
                raise self._store.damaged()
            self._of_contig[contig] = _Rows(first, starts, stops, flags)
        return self._of_contig[contig]

    def _overlap(self, row: int, shared: int, length: int) -> Overlap:
        from annotator.sources.clinvar_sv.records import Overlap  # most files have no allele that needs it

        columns, text = self._store.columns, self._store.text
        flags = columns["flags"][row]
        return Overlap(
            columns["variation_id"][row],
            text("kind", columns["kind"][row]),
            *evidence_from(text("evidence", columns["evidence"][row])),
            shared,
            columns["stop"][row] - columns["start"][row] + 1,
            length,
            bool(flags & BENIGN),
            bool(flags & IMPRECISE),
        )


def _changes(query: StructuralQuery) -> frozenset[CopyChange] | None:
    """Return the directions in which an ALT changes the number of copies in the samples; None if they are not certain.

    The copy numbers of the samples must not contradict `<DEL>` and `<DUP>`. Two samples may change in two directions.
    """
    named = named_change(query.alt, query.contig)
    counted = query.changes & _BOTH
    if named is CopyChange.NEUTRAL:
        return frozenset()
    if named in _BOTH:
        return frozenset({named}) if named in counted or not query.changes else None
    if counted:
        return counted
    return frozenset() if query.changes == {CopyChange.NEUTRAL} else None


def _bases(query: Query, first: int, last: int) -> str:
    """Return the reference bases in a range; empty if neither REF nor a FASTA has all of them."""
    if query.position <= first and last < query.position + len(query.ref):
        return query.ref[first - query.position : last - query.position + 1]
    found = (
        ""
        if query.reference is None or first < 1
        else query.reference.bases(query.allele.contig, first, last)
    )
    return found if len(found) == last - first + 1 else ""


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> OverlapSource:  # noqa: ARG001  # the registry's
    """Return the source of a file of a snapshot."""
    return OverlapSource(Store(path), release)
