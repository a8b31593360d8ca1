"""CIViC in a run that could not ask it: every allele is `Failed`, for an outage must not look like an absence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annotator.info import InfoField
from annotator.question import Question
from annotator.resolution import Failed, Release, Resolution
from annotator.sources.base import Wanted
from annotator.sources.civic.fields import CIVIC_FIELDS
from annotator.sources.civic.records import CivicRecord

if TYPE_CHECKING:
    from annotator.snapshot.store import Integers, Mask

__all__ = ["CivicUnasked"]


class CivicUnasked:
    """A source that has nothing to answer with.

    Args:
        release: what it would have answered from.
        reason: why it has nothing, one word or a few joined by `_`.

    """

    knowledge_base = "civic"
    title = "CIViC"
    fields: Sequence[InfoField[CivicRecord]] = CIVIC_FIELDS
    uses_identifiers = Wanted.NONE
    is_remote = False

    def __init__(self, release: Release, reason: str) -> None:
        self.name = release.source
        self._release = release
        self._failed = Failed(reason)

    async def release(self) -> Release:
        """Give what it would have answered from."""
        return self._release

    def candidates(self, contig: str, first: Integers, last: Integers) -> Mask:  # noqa: ARG002  # the contract's
        """Tell that any position may hold an allele that CIViC knows."""
        import numpy as np

        return np.ones(first.size, dtype=bool)

    async def resolve(self, questions: Sequence[Question]) -> Sequence[Resolution[CivicRecord]]:
        """Give `Failed` for every question."""
        return [self._failed] * len(questions)
