"""The alleles that a CIViC variant itself states, by its coordinates and by its genomic HGVS expressions.

Coordinates as CIViC writes them: https://civic.readthedocs.io, "Variant Coordinates". Indels have no anchor base.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from annotator.sources.civic.knowledge import Variant
from annotator.variants.allele import AlleleKey, BaseSource, key_of
from annotator.variants.assembly import Assembly, assembly_from_text
from annotator.variants.hgvs import allele_of
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType, parse_hgvs
from annotator.variants.lift import Lift

__all__ = [
    "Distances",
    "alleles_by_hgvs",
    "genomic_changes",
    "genomic_expressions",
    "is_same_change",
    "own_alleles",
    "own_assembly",
]

_LAST_ENSEMBL_OF_GRCH37 = 75  # https://www.ensembl.org/info/website/archives: from 76 on it is GRCh38


def own_assembly(variant: Variant) -> Assembly | None:
    """Return the assembly of a variant's coordinates: as stated, otherwise by the Ensembl release of its transcript."""
    coordinates = variant.coordinates
    if coordinates is None:
        return None
    if coordinates.build:
        return assembly_from_text(coordinates.build)
    version = coordinates.ensembl_version
    if version is None:
        return None
    return Assembly.GRCH37 if version <= _LAST_ENSEMBL_OF_GRCH37 else Assembly.GRCH38


def own_alleles(variant: Variant, assembly: Assembly, reference: BaseSource | None = None) -> list[AlleleKey]:
    """Return the alleles of a variant's own coordinates; empty if these contradict themselves.

    Deletions have no base before them. An insertion has no reference bases and is between `start` and `stop`; if both
    are the same base, it is after it, as in CIViC's own HGVS; if they span exactly the inserted bases and the variant
    is a duplication, it is after the doubled bases. `G/A` is two alleles.

    Args:
        variant: any.
        assembly: assembly of its coordinates; defines the contig names.
        reference: reference of that assembly; with it, a deletion whose bases are truncated is accepted if they agree
            with the reference.

    """
    place = variant.coordinates
    contig = None if place is None else assembly.contig(place.contig)
    if place is None or contig is None or place.start is None or place.stop is None:
        return []
    ref = place.ref.upper()
    written, arrow, alternates = place.alt.upper().rpartition(">")
    alts = [alt.strip() for alt in alternates.split("/")]
    if (arrow and written != ref) or ref in alts or (len(alts) > 1 and "" in alts):
        return []
    if not set("ACGT").issuperset(ref + "".join(alts)):
        return []
    span = place.stop - place.start + 1
    if not ref and span == len(alts[0]) > 2 and _is_duplication(variant):
        return [key_of(contig, place.stop + 1, "", alts[0])]
    if ref and alts == [""] and len(ref) < span and reference is not None:
        bases = reference.bases(contig, place.start, place.stop)
        return [key_of(contig, place.start, bases, "")] if bases.startswith(ref) else []
    if span not in ({len(ref)} if ref else {1, 2}):
        return []
    return [key_of(contig, place.start if ref else place.start + 1, ref, alt) for alt in alts]


def _is_duplication(variant: Variant) -> bool:
    return "dup" in variant.name.lower() or any("dup" in text for text in variant.hgvs)


def genomic_expressions(variant: Variant, assembly: Assembly) -> list[HgvsExpression]:
    """Return the parsed genomic HGVS expressions of a variant on an assembly's chromosomes."""
    parsed = (parse_hgvs(text) for text in variant.hgvs if text.startswith("NC_"))
    found = [
        one
        for one in parsed
        if one is not None
        and one.sequence_type in {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}
        and assembly.contig(f"{one.accession}.{one.version}") is not None
    ]
    return list(dict.fromkeys(found))


def genomic_changes(variant: Variant, assembly: Assembly, lift: Lift | None) -> list[tuple[str, str]]:
    """Return contig and change of each genomic HGVS expression of a variant, in an assembly.

    If CIViC has expressions of the other assembly only, those of insertions and deletions are lifted.
    """
    own = genomic_expressions(variant, assembly)
    if own or lift is None:
        return [(_contig(expression, assembly), expression.change) for expression in own]
    found = []
    for expression in genomic_expressions(variant, lift.source):
        if change := re.fullmatch(
            r"([0-9]{1,9})(?:_([0-9]{1,9}))?(del|dup|inv|(?:del)?ins[ACGT]+)", expression.change
        ):
            first, last = int(change[1]), int(change[2] or change[1])
            lifted = lift.span(_contig(expression, lift.source), first, last)
            if lifted is not None and not lifted.is_reverse and lifted.stop - lifted.start == last - first:
                stop = f"_{lifted.stop}" if change[2] else ""
                found.append((lifted.contig, f"{lifted.start}{stop}{change[3]}"))
    return found


def _contig(expression: HgvsExpression, assembly: Assembly) -> str:
    return assembly.contig(f"{expression.accession}.{expression.version}") or ""


def alleles_by_hgvs(
    variant: Variant,
    own: list[AlleleKey],
    assembly: Assembly,
    reference: BaseSource | None,
    distances: Distances,
    *,
    is_allele: bool,
) -> list[AlleleKey]:
    """Return the alleles of the genomic expressions on an assembly.

    If the variant has coordinates too, an expression is used only if it has the same bases, because a category lists
    expressions of several alleles. Without coordinates, the only expression of a variant that is one allele is used.

    HGVS has an insertion or deletion at its rightmost position, or should. Without a reference it is moved to the
    position of the variant's coordinates, if CIViC's substitutions nearby show the offset between the assemblies; a
    repeat of one single base stays where the expression has it.

    Args:
        variant: any.
        own: alleles of its coordinates.
        assembly: the target assembly.
        reference: reference of that assembly.
        distances: offsets from the assembly of the coordinates to the target.
        is_allele: whether the variant is one allele, not a category.

    """
    found = {
        placed
        for expression in genomic_expressions(variant, assembly)
        for placed in _placed(variant, expression, own, assembly, reference, distances)
    }
    limit = len(own) or (1 if is_allele else 0)
    return sorted(found) if len(found) <= limit else []


def _placed(
    variant: Variant,
    expression: HgvsExpression,
    own: list[AlleleKey],
    assembly: Assembly,
    reference: BaseSource | None,
    distances: Distances,
) -> Iterator[AlleleKey]:
    if not own:
        yield from _by_itself(variant, expression, assembly, reference)
    for allele in own:
        if cut := re.fullmatch(r"([0-9]{1,9})(?:([ACGT])>)?", expression.change):
            # Some expressions are truncated; their position is still that of the variant's own substitution.
            if len(allele.deleted) == len(allele.inserted) == 1 and cut[2] in {None, allele.deleted}:
                yield allele._replace(start=int(cut[1]))
            continue
        bases = expression.spelled or allele.deleted or allele.inserted
        placed = allele_of(_spelling(expression, bases), assembly, reference)
        if placed is None or not is_same_change(placed, allele):
            continue
        if reference is not None or not allele.is_indel:
            yield placed
        else:
            yield from _where_coordinates_have_it(allele, placed, distances)


def _where_coordinates_have_it(
    own: AlleleKey, placed: AlleleKey, distances: Distances
) -> Iterator[AlleleKey]:
    """Yield an indel of an expression, moved left to the position of its coordinates in the other assembly."""
    apart = distances.at(own)
    if apart is None:
        if len(set(own.deleted + own.inserted)) == 1:
            yield placed
    elif 0 <= placed.start - own.start - apart <= _FURTHEST_RIGHT:
        yield own._replace(start=own.start + apart)


def _by_itself(
    variant: Variant, expression: HgvsExpression, assembly: Assembly, reference: BaseSource | None
) -> Iterator[AlleleKey]:
    """Yield the allele of an expression, with the bases that the variant's contradictory coordinates still show."""
    coordinates = variant.coordinates
    bases = expression.spelled or ("" if coordinates is None else coordinates.ref or coordinates.alt)
    placed = allele_of(_spelling(expression, bases), assembly, reference)
    if placed is not None:
        yield placed


def _spelling(expression: HgvsExpression, bases: str) -> HgvsExpression:
    return HgvsExpression(
        expression.accession, expression.version, expression.sequence_type, expression.change, bases.upper()
    )


_FURTHEST_RIGHT = (
    100  # bases by which HGVS may shift an indel: the longest repeats at CIViC's variants are a third of that
)
_AROUND = 100_000  # bases within which a substitution shows the offset between two assemblies


class Distances:
    """Offsets between two assemblies, from CIViC's substitutions with positions in both.

    Args:
        variants: variants, some with coordinates of the other assembly and an expression of this one.
        assembly: the target assembly.

    """

    def __init__(self, variants: Iterable[Variant], assembly: Assembly) -> None:
        self._distances: dict[str, list[tuple[int, int]]] = {}
        for variant in variants:
            own_in = own_assembly(variant)
            if own_in is None or own_in is assembly:
                continue
            for allele in own_alleles(variant, own_in):
                for expression in genomic_expressions(variant, assembly):
                    placed = allele_of(expression, assembly, None)
                    if placed is not None and placed[2:] == allele[2:] and not allele.is_indel:
                        measured = (allele.start, placed.start - allele.start)
                        self._distances.setdefault(allele.contig, []).append(measured)

    def at(self, allele: AlleleKey) -> int | None:
        """Return the offset of an allele from its position in the other assembly; None if substitutions disagree."""
        around = {
            distance
            for start, distance in self._distances.get(allele.contig, ())
            if abs(start - allele.start) <= _AROUND
        }
        return around.pop() if len(around) == 1 else None


def is_same_change(one: AlleleKey, other: AlleleKey) -> bool:
    """Return whether two alleles, possibly of two assemblies, make the same replacement, except for rotation."""
    if one[2:] == other[2:]:
        return one.contig == other.contig
    if one.contig != other.contig or not (one.is_indel and other.is_indel):
        return False
    moved, still = one.deleted or one.inserted, other.deleted or other.inserted
    return bool(one.deleted) == bool(other.deleted) and len(moved) == len(still) and moved in still + still
