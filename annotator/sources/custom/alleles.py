"""A VCF of the user's, looked up by allele, in any of an indel's representations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.result import NOT_FOUND, Found, Match, Release, Result, Unsupported
from annotator.sources.custom.base import CustomSource, Values
from annotator.sources.indels import NOT_LEFT_ALIGNED, compared_indels
from annotator.store.store import Store
from annotator.variants.query import Loci, Query

if TYPE_CHECKING:
    from annotator.sources.civic.choice import CivicChoice
    from annotator.store.store import Integers, Mask

__all__ = ["AlleleSource", "open_snapshot"]


class AlleleSource(CustomSource):
    """The records of a VCF by allele."""

    formats_rows = True

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[Values]]:
        """Return one result per query, in the same order."""
        return [self._result(query) for query in queries]

    def _result(self, query: Query) -> Result[Values]:
        row, undecided = self.store.find(query.allele), set[int]()
        if row is None and query.allele.is_indel and self.store.has_open_indels:
            row, undecided = compared_indels(self.store, query)
        if row is not None:
            return Found(self.values(row), Match.EXACT)
        return Unsupported(NOT_LEFT_ALIGNED) if undecided else NOT_FOUND

    def candidates(self, contig: str, loci: Loci) -> Mask:
        """Return the records that may have an allele of the store; a substitution only if it is one of them."""
        return self.located(contig, loci)[0]

    def located(self, contig: str, loci: Loci) -> tuple[Mask, Integers]:
        """Return the candidates, and the row of each record whose only allele is certainly found, else -1."""
        return self.store.rows_at(contig, loci)


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> AlleleSource:  # noqa: ARG001  # the registry's
    """Return the source of a file of a snapshot."""
    return AlleleSource(Store(path), release)
