"""Placement of a CIViC variant's alleles in the snapshot's assembly, and the method that placed them.

CIViC's coordinates are nearly all GRCh37. These methods are tried in order, and the first result is used:

    method         source of the allele                                        match
    coordinates    CIViC's own, of this assembly                               exact
    HGVS           CIViC's own genomic expression of this assembly             exact
    ClinVar        the record that CIViC names, if it replaces the same bases  clinvar_id
    liftover       CIViC's own coordinates, lifted (`variants.lift`)           exact
    CAID           the ClinGen Allele Registry, if it replaces the same bases  caid

The other methods serve as a check: they confirm or contradict the first. A result that CIViC's own data confirm is
`exact`. With a FASTA, an allele whose bases are not the reference's is refused, and the next method is tried; without
one, a lifted allele is refused if ClinVar's alleles of the assembly show other reference bases at its position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.snapshot.civic.clinvar_join import KnownBases
from annotator.snapshot.civic.own_hgvs import (
    Distances,
    alleles_by_hgvs,
    is_same_change,
    own_alleles,
    own_assembly,
)
from annotator.sources.civic.criteria import Region
from annotator.sources.civic.knowledge import Variant
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey, BaseSource, left_align
from annotator.variants.assembly import Assembly
from annotator.variants.lift import Lift

__all__ = ["PlacedVariants", "Placement", "Ways"]


@dataclass(frozen=True, slots=True)
class Ways:
    """Resources for placing alleles in an assembly.

    Attributes:
        assembly: assembly of the snapshot.
        reference: its reference bases; None for none.
        clinvar: allele by VariationID, from ClinVar's release in the snapshot.
        lift: lift from the other assembly; None for none.
        known_bases: reference bases that ClinVar's alleles of the assembly show; None for none.
        caids: allele by CAID.
        clinvar_store: store of ClinVar's release; None for none.

    """

    assembly: Assembly
    reference: BaseSource | None = None
    clinvar: Mapping[int, AlleleKey] = field(default_factory=dict)
    lift: Lift | None = None
    known_bases: KnownBases | None = None
    caids: Mapping[str, AlleleKey] = field(default_factory=dict)
    clinvar_store: Store | None = None


NO_ALLELE = "without an allele"
"""Reason for a variant without alleles that states none."""


class Placement(NamedTuple):
    """Positions of a variant's alleles.

    Attributes:
        alleles: with a reference, left-aligned.
        match: matching level of an equal allele.
        way: method that found them, or why there are none.
        confirmed: number of other methods with the same result.
        contradicted: number of other methods with another result.
        refused: number of methods whose bases contradict the reference.

    """

    alleles: tuple[AlleleKey, ...]
    match: Match
    way: str
    confirmed: int = 0
    contradicted: int = 0
    refused: int = 0

    @property
    def is_unplaced(self) -> bool:
        """Whether CIViC states an allele that could not be placed."""
        return not self.alleles and self.way != NO_ALLELE


_MATCHES = {
    "coordinates": Match.EXACT,
    "HGVS": Match.EXACT,
    "ClinVar": Match.CLINVAR_ID,
    "liftover": Match.EXACT,
    "CAID": Match.CAID,
}


class PlacedVariants:
    """Placement of variants.

    Args:
        ways: resources for placing alleles.
        variants: all variants of CIViC; some of them show the offset between the assemblies near others.

    """

    def __init__(self, ways: Ways, variants: Iterable[Variant] = ()) -> None:
        self._ways = ways
        self._distances = Distances(variants, ways.assembly)

    def of(self, variant: Variant, *, is_allele: bool) -> Placement:
        """Place a variant.

        Args:
            variant: any.
            is_allele: whether it is one allele or a few, not a category.

        """
        own_in = own_assembly(variant)
        reference = self._ways.reference if own_in is self._ways.assembly else None
        own = [] if own_in is None else own_alleles(variant, own_in, reference)
        if own_in is None and not own:
            own = own_alleles(variant, self._ways.assembly)  # bases for comparison only, without a position
        refused, found = 0, []
        for way, alleles in self._answers(variant, own, own_in, is_allele=is_allele):
            fitting = [self._aligned(allele) for allele in alleles if not self._contradicts(allele)]
            refused += len(fitting) < len(alleles)
            if fitting and len(fitting) == len(alleles):
                found.append((way, tuple(sorted(set(fitting)))))
        if not found:
            return Placement((), Match.EXACT, self._reason(variant, own, own_in, refused), refused=refused)
        way, placed = found[0]
        agreeing = [other for other, others in found if self._agree(placed, others)]
        matches = [_MATCHES[other] for other in agreeing]
        match = Match.EXACT if Match.EXACT in matches else matches[0]
        return Placement(placed, match, way, len(agreeing) - 1, len(found) - len(agreeing), refused)

    def region(self, variant: Variant) -> Region | None:
        """Return the region of a category's coordinates; None if it has none, or they cannot be lifted."""
        place, own_in = variant.coordinates, own_assembly(variant)
        if place is None or own_in is None or place.start is None or place.stop is None:
            return None
        contig = own_in.contig(place.contig)
        if contig is None or place.stop < place.start:
            return None
        region = Region(contig, place.start, place.stop)
        if own_in is self._ways.assembly or contig == "MT":
            return region
        lifted = None if self._ways.lift is None else self._ways.lift.span(*region)
        return None if lifted is None else Region(lifted.contig, lifted.start, lifted.stop)

    def _answers(
        self, variant: Variant, own: list[AlleleKey], own_in: Assembly | None, *, is_allele: bool
    ) -> Iterator[tuple[str, list[AlleleKey]]]:
        """Yield each placement method that locates the variant, with the alleles that it finds, in order."""
        ways = self._ways
        if own and own_in is ways.assembly:
            yield "coordinates", own
        by_hgvs = alleles_by_hgvs(
            variant, own, ways.assembly, ways.reference, self._distances, is_allele=is_allele
        )
        if by_hgvs:
            yield "HGVS", by_hgvs
        known = [ways.clinvar[id_] for id_ in variant.clinvar_ids if id_ in ways.clinvar]
        if same := _same_changes(known, own):
            yield "ClinVar", same
        if lifted := self._lifted(variant, own, own_in, is_allele=is_allele):
            yield "liftover", lifted
        registered = None if variant.caid is None else ways.caids.get(variant.caid)
        if registered is not None and (same := _same_changes([registered], own, trusted=is_allele)):
            yield "CAID", same

    def _lifted(
        self, variant: Variant, own: list[AlleleKey], own_in: Assembly | None, *, is_allele: bool
    ) -> list[AlleleKey]:
        """Return the alleles lifted from the other assembly, by coordinates or else by genomic HGVS: all or none."""
        lift = self._ways.lift
        if lift is None:
            return []
        there = own
        if not own or own_in is not lift.source:
            there = alleles_by_hgvs(variant, own, lift.source, None, self._distances, is_allele=is_allele)
        lifted = [lift.allele(allele) for allele in there]
        return [] if None in lifted else [allele for allele in lifted if allele is not None]

    def _contradicts(self, allele: AlleleKey) -> bool:
        """Return whether an allele deletes bases other than the reference's; False if the FASTA lacks the contig."""
        reference, known = self._ways.reference, self._ways.known_bases
        if not allele.deleted:
            return False
        if reference is None:
            return known is not None and known.contradict(allele)
        bases = reference.bases(allele.contig, allele.start, allele.start + len(allele.deleted) - 1)
        if not bases and not reference.bases(allele.contig, 1, 1):
            return False
        return bases != allele.deleted

    def _aligned(self, allele: AlleleKey) -> AlleleKey:
        return allele if self._ways.reference is None else left_align(allele, self._ways.reference)

    @staticmethod
    def _agree(alleles: tuple[AlleleKey, ...], others: tuple[AlleleKey, ...]) -> bool:
        """Return whether two methods yield the same alleles.

        If bases are unknown, an indel may be at several positions.
        """
        if alleles == others:
            return True
        return len(alleles) == len(others) and all(
            one.is_indel and is_same_change(one, other) and abs(one.start - other.start) < _NEAR
            for one, other in zip(alleles, others, strict=True)
        )

    def _reason(self, variant: Variant, own: list[AlleleKey], own_in: Assembly | None, refused: int) -> str:
        place = variant.coordinates
        if refused:
            return "bases differ from the reference"
        if place is None or not (place.ref or place.alt):
            return NO_ALLELE
        if not own:
            return "with invalid coordinates"
        return "without an assembly" if own_in is None else "on another assembly"


_NEAR = 1000  # bases within which one indel may be written at several positions


def _same_changes(known: list[AlleleKey], own: list[AlleleKey], *, trusted: bool = False) -> list[AlleleKey]:
    """Return the alleles of this assembly that make the changes of a variant's own alleles: one for each, or none.

    Args:
        known: alleles that another source states for the variant.
        own: alleles of its own coordinates, in any assembly.
        trusted: whether a single allele is accepted if there is nothing to compare it with.

    """
    if not own:
        return known if trusted and len(known) == 1 else []
    found: list[AlleleKey] = []
    for allele in own:
        same = {other for other in known if is_same_change(allele, other)}
        if len(same) != 1:
            return []
        found += same
    return found
