"""CIViC's content as tests look at it: its records by allele, made as a snapshot's are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from annotator.snapshot.civic.build import BuiltCivic, build_civic
from annotator.snapshot.civic.placement import Ways
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.records import CivicRecord
from annotator.variants.allele import AlleleKey, BaseSource
from annotator.variants.assembly import Assembly

__all__ = ["PlacedRelease", "placed_release", "records_of"]


class PlacedRelease(NamedTuple):
    """A release of one assembly.

    Attributes:
        knowledge: as its files have it.
        built: what a store is made from.
        records: by allele.
        counts: what became of its variants and items.

    """

    knowledge: Knowledge
    built: BuiltCivic
    records: Mapping[AlleleKey, CivicRecord]
    counts: Mapping[str, int]

    @property
    def version(self) -> str:
        return self.knowledge.release

    @property
    def sha256(self) -> str | None:
        return self.knowledge.sha256


def placed_release(
    folder: Path, assembly: Assembly, reference: BaseSource | None = None, ways: Ways | None = None
) -> PlacedRelease:
    """Read a release and place its alleles, by no other way than its own unless `ways` says so."""
    knowledge = read_civic_release(folder)
    built = build_civic(knowledge, ways or Ways(assembly, reference))
    return PlacedRelease(knowledge, built, records_of(built), built.counts)


def records_of(built: BuiltCivic) -> dict[AlleleKey, CivicRecord]:
    """Give the records by allele."""
    variants = {stored.variant.id: stored.variant for stored in built.content.variants}
    return {
        allele: CivicRecord(tuple(variants[id_] for id_, _ in sorted(members)))
        for allele, members in built.content.alleles.items()
    }
