"""Regions that may contain a variant that could not be placed, so that no allele there is reported as absent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotator.snapshot.civic.own_hgvs import genomic_expressions, own_alleles, own_assembly
from annotator.sources.civic.criteria import Region
from annotator.sources.civic.knowledge import Coordinates, Variant
from annotator.sources.civic.unplaced import Bases, UnplacedVariant
from annotator.variants.assembly import Assembly
from annotator.variants.lift import Lift

__all__ = ["unplaced_variant"]

_FARTHEST = 10_000_000
"""Maximum difference in bases between positions of one locus in two assemblies, if no alignment is available."""


def unplaced_variant(variant: Variant, assembly: Assembly, lift: Lift | None) -> UnplacedVariant | None:
    """Return the region of a variant that has an allele that could not be placed.

    Args:
        variant: a variant that was not placed.
        assembly: the assembly in which it was not placed.
        lift: lift from the other assembly; None for none.

    Returns:
        None for a variant that states no allele, or no position of it.

    """
    place = variant.coordinates
    if place is None or not (place.ref or place.alt):
        return next(_of_expressions(variant, assembly, lift), None)
    own_in = own_assembly(variant)
    contig = assembly.contig(place.contig)
    if contig is None or place.start is None:
        return None
    stop = max(place.start, place.stop or place.start)
    region = _region(Region(contig, place.start, stop), own_in, assembly, lift)
    own = own_alleles(variant, own_in or assembly)
    changes: tuple[tuple[Bases, Bases], ...] = tuple((allele.deleted, allele.inserted) for allele in own)
    return UnplacedVariant(variant.id, region, changes or tuple(_stated(place, stop - place.start + 1)))


def _stated(place: Coordinates, span: int) -> Iterator[tuple[Bases, Bases]]:
    """Yield the deleted and inserted bases (see `Bases`) for each interpretation of contradictory coordinates."""
    deleted: set[Bases] = {len(place.ref), span} if place.ref else {""}
    for alt in place.alt.rpartition(">")[2].split("/"):
        inserted: Bases = len(alt) if alt else ""
        yield from ((number, inserted) for number in sorted(deleted, key=str) if number or inserted)


def _of_expressions(variant: Variant, assembly: Assembly, lift: Lift | None) -> Iterator[UnplacedVariant]:
    """Yield deletions by genomic HGVS: the expression states how many bases are deleted, but not necessarily which."""
    for one in Assembly:
        for expression in genomic_expressions(variant, one):
            found = re.fullmatch(r"([0-9]{1,9})(?:_([0-9]{1,9}))?del", expression.change)
            contig = one.contig(f"{expression.accession}.{expression.version}")
            if found is None or contig is None:
                continue
            first, last = int(found[1]), int(found[2] or found[1])
            region = _region(Region(contig, first, last), one, assembly, lift)
            yield UnplacedVariant(variant.id, region, ((last - first + 1, ""),))


def _region(region: Region, own_in: Assembly | None, assembly: Assembly, lift: Lift | None) -> Region:
    """Return the region in this assembly for a region of another or unstated assembly."""
    if own_in is assembly or region.contig == "MT":
        return region
    if own_in is not None and lift is not None and lift.source is own_in:
        if (lifted := lift.span(*region)) is not None:
            return Region(lifted.contig, lifted.start, lifted.stop)
        around = lift.around(*region)
        if around.stop - around.start < 2 * _FARTHEST:
            return Region(around.contig, around.start, around.stop)
    return Region(region.contig, max(1, region.start - _FARTHEST), region.stop + _FARTHEST)
