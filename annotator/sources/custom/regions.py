"""Regions of a BED or bedGraph file of the user's, found by overlap.

An allele overlaps a region if it replaces one of the region's bases, or inserts bases between two of them, `<INS>`
included; another symbolic ALT if one of its bases is in the region.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.result import NOT_FOUND, Found, Match, Release, Result
from annotator.sources.custom.base import CustomSource, Values
from annotator.sources.custom.layout import FIELDS, VALUES
from annotator.store.store import Store
from annotator.variants.query import Loci, Query, StructuralQuery

if TYPE_CHECKING:
    from annotator.sources.civic.choice import CivicChoice
    from annotator.store.store import Mask

__all__ = ["RegionSource", "open_snapshot"]

_INSERTIONS = ("<INS>", "<INS:")
_BETWEEN = "|"
"""Between the names or values of several regions that one allele overlaps."""


class RegionSource(CustomSource):
    """Regions by overlap."""

    @property
    def structural_kinds(self) -> frozenset[str]:
        """Kinds of ALTs without bases that can be looked up: those along a range of positions."""
        return frozenset({"symbolic"})

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[Values]]:
        """Return one result per query, in the same order."""
        return [self._result(query) for query in queries]

    def _result(self, query: Query) -> Result[Values]:
        allele = query.allele
        first, last = allele.start, allele.start + len(allele.deleted) - 1
        if not allele.deleted:  # between two bases, of which both must be in the region
            return self._overlapping(allele.contig, first - 1, first, whole=True)
        return self._overlapping(allele.contig, first, last)

    def resolve_structural(self, query: StructuralQuery) -> Result[Values] | None:
        """Return the regions that a symbolic ALT overlaps; None if its record does not state its range.

        An insertion is between two bases, whatever its length.
        """
        if query.contig is None:
            return None
        if query.alt.upper().startswith(_INSERTIONS):
            return self._overlapping(query.contig, query.position, query.position + 1, whole=True)
        if not query.start:
            return None
        return self._overlapping(query.contig, query.start, query.stop)

    def _overlapping(self, contig: str, first: int, last: int, *, whole: bool = False) -> Result[Values]:
        """Return the values of the regions that overlap a range of positions, or contain the whole of it."""
        begin, stop = self.store.contigs.get(contig, (0, 0))
        stops, furthest = self.store.columns["stop"], self.store.columns["furthest"]
        rows = self.store.rows_between(contig, 0, first if whole else last)
        found = []
        for row in range(min(rows.stop, stop) - 1, begin - 1, -1):
            if furthest[row] < (last if whole else first):
                break
            if stops[row] >= (last if whole else first):
                found.append(self.values(row))
        if not found:
            return NOT_FOUND
        columns = zip(*reversed(found), strict=True)
        joined = (_BETWEEN.join(dict.fromkeys(filter(None, column))) for column in columns)
        return Found(tuple(joined), Match.REGION)

    def candidates(self, contig: str, loci: Loci) -> Mask:
        """Return the records whose alleles may overlap a region."""
        import numpy as np

        begin, stop = self.store.contigs.get(contig, (0, 0))
        if begin == stop:
            return np.zeros(loci.first.size, dtype=bool)
        starts = np.asarray(self.store.columns["start"])[begin:stop]
        furthest = np.asarray(self.store.columns["furthest"])[begin:stop]
        before = np.searchsorted(starts, loci.last + _MARGIN, side="right")
        found: Mask = (before > 0) & (furthest[before - 1] >= loci.first - 1)
        return found


_MARGIN = 100
"""Bases; more than the longest REF of a record that is prefiltered, so that no deletion ends beyond it."""


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> RegionSource:  # noqa: ARG001  # the registry's
    """Return the source of a file of a snapshot."""
    store = Store(path)
    store.check(("stop", "furthest"), (FIELDS, VALUES))
    return RegionSource(store, release)
