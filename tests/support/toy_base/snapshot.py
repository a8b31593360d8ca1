"""The toy's source: a table of alleles and colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from annotator.result import NOT_FOUND, Failed, Found, Match, Release, Result
from annotator.sources.civic.choice import CivicChoice
from annotator.sources.source import Source
from annotator.variants.allele import AlleleKey
from annotator.variants.query import Query
from tests.support.toy_base.fields import TOY_FIELDS

UNREADABLE = "unreadable"


class ToySource(Source[str]):
    """Colours of alleles."""

    name = "toy-snapshot"
    knowledge_base = "toy"
    title = "Toy"
    fields = TOY_FIELDS

    def __init__(self, colours: dict[AlleleKey, str], release: Release) -> None:
        self._colours = colours
        self._release = release

    def release(self) -> Release:
        return self._release

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[str]]:
        return [self._result(query.allele) for query in queries]

    def _result(self, allele: AlleleKey) -> Result[str]:
        colour = self._colours.get(allele)
        if colour is None:
            return NOT_FOUND
        return Failed(UNREADABLE) if colour == UNREADABLE else Found(colour, Match.EXACT)


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> ToySource:  # noqa: ARG001
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return ToySource({AlleleKey(c, int(p), ref, alt): colour for c, p, ref, alt, colour in rows}, release)
