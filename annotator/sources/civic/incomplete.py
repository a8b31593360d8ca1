"""CIViC after an incomplete sweep: a match is reported, but nothing counts as not found."""

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
"""Reason of a lookup that failed because of missing content."""


class CivicIncomplete(CivicSnapshot):
    """The records received; every other lookup has failed.

    Args:
        store: store made of the records received.
        release: release on which the results are based.
        choice: lowest matching level, and the patient's disease.

    """

    def __init__(self, store: Store, release: Release, choice: CivicChoice = DEFAULT) -> None:
        super().__init__(store, release, choice)
        self._failed = Failed(REASON)
        self._otherwise = CivicUnavailable(release, REASON, choice)

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[CivicRecord]]:
        """Return one result per query, in the same order; none is `NotFound`."""
        return [self._failed if found is NOT_FOUND else found for found in super().resolve(queries)]

    def resolve_structural(self, query: StructuralQuery) -> Result[CivicRecord] | None:
        """Return the result for a symbolic ALT or a breakend; `Failed` if missing content could have matched it."""
        found = super().resolve_structural(query)
        return self._otherwise.resolve_structural(query) if found is None else found

    def candidates(self, contig: str, places: Loci) -> Mask:
        """Return every record: none is certainly not found."""
        return self._otherwise.candidates(contig, places)

    def with_combinations(self, profiles: frozenset[int]) -> CivicIncomplete:
        """Return the same source, which also reports some combination profiles."""
        return CivicIncomplete(self.store, self._release, self._choice._replace(combinations=profiles))
