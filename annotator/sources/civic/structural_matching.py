"""Matching of symbolic ALTs and breakends to CIViC's copy numbers, losses of function and fusions.

    CIViC's variant       what the record must show
    Amplification         the whole gene, and enough copies (6 by default)
    Copy Number Gain      the whole gene, and more copies than usual
    Deletion, Loss        the whole gene, and fewer copies than usual
    Loss-of-function      fewer copies of the whole gene, or of a coding part of it
    internal duplication  a duplication within its region that keeps the reading frame; if one end is outside, the
                          match is by gene
    Fusion                two genes joined; for a named fusion both, in their order if the record shows it

The whole gene is changed if annotations of its transcripts state it, or if the segment spans the region that CIViC
states. Then the match is `region`; without that region, or if the copy number is unknown, it is `gene`. An event within
an intron, or on a part of the gene, is neither an amplification nor a deletion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from annotator.result import Match
from annotator.sources.civic.criteria import COPY_NUMBERS, Criteria, Region, Structural, VariantKind
from annotator.sources.civic.index import Index
from annotator.sources.civic.layout import StoredVariant, name_hash
from annotator.sources.civic.match_notes import MatchNote, Reached
from annotator.variants.copy_number import CopyChange, CopyNumber
from annotator.variants.fusion import GenePair
from annotator.variants.gene_extent import Extent, extent_of
from annotator.variants.query import Consequence, StructuralQuery

__all__ = ["could_match", "structural_matches"]

_DUPLICATIONS = {"<DUP>", "<DUP:TANDEM>"}
_LONGEST_INTERNAL = 1000  # bases of an internal duplication


def could_match(query: StructuralQuery, lowest: Match) -> bool:
    """Return whether some variant might match if CIViC's content were known: by fused genes, or as a copy number."""
    if query.pairs and lowest is Match.GENE:
        return True
    is_change = query.copies is not None and query.copies.change is not CopyChange.NEUTRAL
    return is_change and (query.start > 0 or (lowest is Match.GENE and bool(query.genes)))


def structural_matches(
    query: StructuralQuery, index: Index, amplification_copies: float
) -> dict[int, Reached]:
    """Return the variants that match a symbolic ALT or a breakend, and how.

    Args:
        query: query of the ALT.
        index: indexes of a store.
        amplification_copies: copy number from which a gain is an amplification.

    """
    found = dict(_internal_duplications(query, index))
    of_any_partner: list[int] = []
    for number in _candidates(query, index):
        stored = index.variant(number)
        structural, reached = stored.criteria.structural, None
        if structural is Structural.FUSION and not stored.criteria.partner:
            of_any_partner.append(number)
        elif structural is Structural.FUSION:
            reached = _fusion(stored, query.pairs, is_known=False)
        elif structural in COPY_NUMBERS and query.copies is not None:
            reached = _copy_number(stored, query, query.copies, amplification_copies)
        if reached is not None:
            found[number] = reached
    # Two genes at the ends count as a fusion of one of them with any partner only if CIViC names the fusion.
    is_known = any(index.variant(number).criteria.structural is Structural.FUSION for number in found)
    for number in of_any_partner:
        reached = _fusion(index.variant(number), query.pairs, is_known=is_known)
        if reached is not None:
            found[number] = reached
    return found


def _candidates(query: StructuralQuery, index: Index) -> list[int]:
    found: set[int] = set()
    ids = {one.gene_id for one in query.consequences if one.gene_id.isdecimal()}
    for gene in {*query.genes, *map(str.upper, query.genes), *ids}:
        found.update(index.named(name_hash("structural", gene)))
    if query.copies is not None and query.contig is not None and query.start:
        found.update(index.structural_within(Region(query.contig, query.start, query.stop)))
    return sorted(found)


def _internal_duplications(query: StructuralQuery, index: Index) -> Iterator[tuple[int, Reached]]:
    """Yield the internal duplications that a segment is, or may be if one of its ends is beyond their region.

    CIViC's region is an exon. If a segment extends into an intron, its length does not show the reading frame.
    """
    if query.alt.upper() not in _DUPLICATIONS or query.contig is None or not query.start:
        return
    own = Region(query.contig, query.start, query.stop)
    length = own.stop - own.start + 1
    for number in index.within(own):
        criteria = index.variant(number).criteria
        region = criteria.region
        if region is None or criteria.kind is not VariantKind.DUPLICATION:
            continue
        inside = [region.start <= end <= region.stop for end in (own.start, own.stop)]
        if all(inside) and length % 3 == 0:
            yield number, Reached(Match.REGION)
        elif any(inside) and not all(inside) and length <= _LONGEST_INTERNAL:
            yield number, Reached(Match.GENE, MatchNote.BEYOND_REGION)


# Copy numbers


def _copy_number(
    stored: StoredVariant, query: StructuralQuery, copies: CopyNumber, amplification_copies: float
) -> Reached | None:
    criteria = stored.criteria
    extent = _extent(stored, query)
    if extent is Extent.PART or not _is_change(criteria, copies, amplification_copies):
        return None
    notes = list(_notes(criteria, extent, copies))
    if extent is Extent.CODING_PART:
        if not criteria.is_gene:  # a loss of function has no further requirement
            return None
        notes.append(MatchNote.PART_OF_GENE)
    elif extent is Extent.UNKNOWN:
        notes.append(MatchNote.EXTENT_UNKNOWN)
    is_sure = extent is Extent.REGION and not {MatchNote.COPIES_UNKNOWN, MatchNote.ONE_COPY_LOST} & set(notes)
    return Reached(Match.REGION if is_sure else Match.GENE, "&".join(notes))


def _is_change(criteria: Criteria, copies: CopyNumber, amplification_copies: float) -> bool:
    """Return whether a change is of the kind that a variant requires, as far as the copy number is known."""
    structural, change = criteria.structural, copies.change
    if change is CopyChange.NEUTRAL:
        return False
    if structural is Structural.CHANGE:
        return True
    if change is CopyChange.UNKNOWN:
        return False
    if structural is Structural.LOSS:
        return change is CopyChange.LOSS
    if change is not CopyChange.GAIN:
        return False
    return structural is Structural.GAIN or copies.is_amplification(amplification_copies) is not False


def _notes(criteria: Criteria, extent: Extent, copies: CopyNumber) -> Iterator[MatchNote]:
    if copies.copies is None:
        yield MatchNote.COPIES_UNKNOWN
        return
    if copies.is_estimate:
        yield MatchNote.COPIES_ESTIMATED
    is_deletion = criteria.structural is Structural.LOSS and not criteria.is_gene
    if is_deletion and not copies.is_whole_loss and extent is not Extent.PART:
        yield MatchNote.ONE_COPY_LOST


def _extent(stored: StoredVariant, query: StructuralQuery) -> Extent:
    """Return the extent to which an event changes a variant's gene: by CIViC's region, or by annotated transcripts."""
    own = [one for one in query.consequences if _is_of(one, stored.gene)]
    span = query.stop - query.start + 1 if query.start else 0
    return extent_of(own, span, _covered(query, stored.criteria.region))


def _covered(query: StructuralQuery, region: Region | None) -> float | None:
    """Return the share of a region that a symbolic ALT spans; None if unknown."""
    if region is None or not query.start or query.contig is None:
        return None
    if region.contig != query.contig:
        return 0.0
    shared = min(region.stop, query.stop) - max(region.start, query.start) + 1
    return max(shared, 0) / (region.stop - region.start + 1)


def _is_of(consequence: Consequence, genes: Sequence[str]) -> bool:
    return consequence.gene in genes or consequence.gene.upper() in genes or consequence.gene_id in genes


# Fusions


def _fusion(stored: StoredVariant, pairs: Sequence[GenePair], *, is_known: bool) -> Reached | None:
    """Return the match of gene pairs to a fusion: by both of its genes, or by the only one that it names.

    Args:
        stored: the fusion.
        pairs: pairs of joined genes.
        is_known: whether CIViC names the fusion by both partners.

    """
    found: Reached | None = None
    for pair in _decided(pairs):
        note = _fit(stored, pair, is_known=is_known)
        if note is not None and (found is None or len(note) < len(found.note)):
            found = Reached(Match.GENE, note)
    return found


def _decided(pairs: Iterable[GenePair]) -> Iterator[GenePair]:
    """Return pairs without those whose order another pair of the same genes determines."""
    known = {frozenset(pair[:2]) for pair in pairs if pair.is_ordered}
    return (pair for pair in pairs if pair.is_ordered or frozenset(pair[:2]) not in known)


def _fit(stored: StoredVariant, pair: GenePair, *, is_known: bool) -> str | None:
    """Return the note of a match, an empty text for none; None if the pair is not the fusion."""
    first, second = pair.first.upper(), pair.second.upper()
    own = {gene.upper() for gene in stored.gene}
    if not stored.criteria.partner:
        if own.isdisjoint((first, second)) or (pair.is_inferred and not is_known):
            return None
        return MatchNote.GENES_AT_ENDS.value if pair.is_inferred else MatchNote.NONE.value
    five, three = (set(names.split("|")) - {""} for names in stored.criteria.partner.upper().split("::", 1))
    if pair.is_inferred and not (five and three):
        return None
    if _fits(five, first) and _fits(three, second):
        return _fusion_note(pair)
    if not pair.is_ordered and _fits(five, second) and _fits(three, first):
        return _fusion_note(pair)
    return None


def _fits(names: set[str], gene: str) -> bool:
    return not names or gene in names


def _fusion_note(pair: GenePair) -> str:
    notes = [MatchNote.GENES_AT_ENDS] if pair.is_inferred else []
    if not pair.is_ordered:
        notes.append(MatchNote.ORDER_UNKNOWN)
    return "&".join(notes)
