"""CIViC in a run that could not query it: every allele is `Failed`, because an outage must not look like an absence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annotator.info import InfoField
from annotator.result import Failed, Release, Result
from annotator.sources.civic.choice import CivicChoice, structural_down_to
from annotator.sources.civic.fields import CIVIC_FIELDS, civic_fields
from annotator.sources.civic.records import CivicRecord
from annotator.sources.civic.structural_matching import could_match
from annotator.sources.source import Source
from annotator.variants.query import Query, StructuralQuery

if TYPE_CHECKING:
    pass

__all__ = ["CivicUnavailable"]


class CivicUnavailable(Source[CivicRecord]):
    """A source whose lookups all fail.

    Args:
        release: release that would have been used.
        reason: reason of the failure, one word or a few joined by `_`.
        choice: matching options that would have been used.

    """

    knowledge_base = "civic"
    title = "CIViC"
    fields: Sequence[InfoField[CivicRecord]] = CIVIC_FIELDS

    def __init__(self, release: Release, reason: str, choice: CivicChoice) -> None:
        self.name = release.source
        self.fields = civic_fields(choice)
        self._release = release
        self._choice = choice
        self._failed = Failed(reason)

    def release(self) -> Release:
        """Return the release that would have been used."""
        return self._release

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[CivicRecord]]:
        """Return `Failed` for every query."""
        return [self._failed] * len(queries)

    @property
    def structural_kinds(self) -> frozenset[str]:
        """Kinds of ALTs without bases that would have been matched."""
        return structural_down_to(self._choice.lowest)

    def resolve_structural(self, query: StructuralQuery) -> Result[CivicRecord] | None:
        """Return `Failed` if CIViC could have an entry: for a copy number, or two joined genes."""
        return self._failed if could_match(query, self._choice.lowest) else None
