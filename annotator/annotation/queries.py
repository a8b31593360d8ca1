"""The queries of a batch, and the results for ALTs without bases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotator.result import Found, NotFound, Result, Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.query import Query

__all__ = ["Queries"]


class Queries(NamedTuple):
    """The queries of a batch.

    Attributes:
        lookups: the queries, record by record, ALT by ALT.
        firsts: index in `lookups` of each record's first query.
        owners: record of each query.
        refused: by record and 0-based ALT, the reason why there is no query.
        structural: results for the refused ALTs by the genes that the record names, by source, record and 0-based ALT.

    """

    lookups: list[Query]
    firsts: list[int]
    owners: list[int]
    refused: dict[int, dict[int, Unsupported]]
    structural: dict[int, dict[tuple[int, int], Result[Any]]]

    def reasons(self) -> Iterator[str]:
        """Yield why each ALT without a query was not looked up; none for an ALT that a source did look up."""
        results = [found.items() for found in self.structural.values()]
        looked_up = {place for found in results for place, one in found if isinstance(one, Found | NotFound)}
        for record, alts in self.refused.items():
            yield from (why.reason for alt, why in alts.items() if (record, alt) not in looked_up)
