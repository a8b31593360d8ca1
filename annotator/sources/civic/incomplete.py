"""CIViC after a sweep in which not everything came: what is found is known, but nothing is known to be absent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annotator.result import NOT_FOUND, Failed, Release, Result
from annotator.sources.civic.choice import DEFAULT, CivicChoice
from annotator.sources.civic.records import CivicRecord
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.civic.unavailable import CivicUnavailable
from annotator.store.store import Store
from annotator.variants.query import Loci, Query, StructuralQuery

if TYPE_CHECKING:
    from annotator.store.store import Mask

__all__ = ["REASON", "CivicIncomplete"]

REASON = "incomplete_answer"
"""Why a lookup failed that what did not come could have answered."""


class CivicIncomplete(CivicSnapshot):
    """The records that came; every other lookup has failed.

    Args:
        store: made of what came.
        release: what the answers rest on.
        choice: how far down to match, and for whom.

    """

    def __init__(self, store: Store, release: Release, choice: CivicChoice = DEFAULT) -> None:
        super().__init__(store, release, choice)
        self._failed = Failed(REASON)
        self._otherwise = CivicUnavailable(release, REASON, choice)

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[CivicRecord]]:
        """Return one result per query, in the same order; none is `NotFound`."""
        return [self._failed if found is NOT_FOUND else found for found in super().resolve(queries)]

    def resolve_structural(self, query: StructuralQuery) -> Result[CivicRecord]:
        """Return the result for a symbolic ALT or a breakend; `Failed` where CIViC could have said something."""
        found = super().resolve_structural(query)
        return self._otherwise.resolve_structural(query) if found is NOT_FOUND else found

    def candidates(self, contig: str, places: Loci) -> Mask:
        """Return every record: none is surely not found."""
        return self._otherwise.candidates(contig, places)

    def with_combinations(self, profiles: frozenset[int]) -> CivicIncomplete:
        """Return the same source, which also answers with some combination profiles."""
        return CivicIncomplete(self.store, self._release, self._choice._replace(combinations=profiles))
