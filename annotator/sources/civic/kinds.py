"""Kind of a change: by the allele and the protein change, or by consequence terms if these leave it open.

    kind             changes of this kind
    altering         any change of the protein or its splicing
    missense         residues replaced by the same number of others
    not_truncating   altering except truncating: possible gains of function
    truncating       frameshift, new stop, splice donor or acceptor, start lost, loss of transcript or exon
    frameshift       a number of bases that is not a multiple of three
    deletion         residues lost in frame, even if others replace them (`L747_A750delinsP`)
    insertion        residues gained in frame, even if others are replaced (`D770delinsGY`)
    duplication      an insertion that copies the adjacent residues; other insertions have a note
    skipping         splice donor or acceptor, loss of exon; changes near these have a note
    any              every change, even without a consequence: regulatory regions

Terms are those of the Sequence Ontology, as VEP, SnpEff and `bcftools csq` use them. VEP calls every in-frame change of
length that is not at the edge of a codon `protein_altering_variant`, so that the term does not distinguish a loss from
a gain.
"""

from __future__ import annotations

from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.criteria import Criteria, Exclusions, VariantKind
from annotator.sources.civic.match_notes import MatchNote
from annotator.variants.amino_acids import ONE_LETTER
from annotator.variants.protein_change import ChangeKind, ProteinChange
from annotator.variants.query import Consequence

__all__ = ["Effect", "fit_of", "is_excluded", "may_fit", "skipping_terms"]

_MISSENSE = frozenset({"missense_variant", "conservative_missense_variant", "rare_amino_acid_variant"})
_IN_FRAME = frozenset(
    f"{how}inframe_{what}"
    for how in ("", "conservative_", "disruptive_")
    for what in ("deletion", "insertion")
) | {"protein_altering_variant", "inframe_variant", "inframe_indel"}
_EXON_LOSS = frozenset({"exon_loss_variant", "exon_loss"})
_SPLICE_SITE = frozenset({"splice_acceptor_variant", "splice_donor_variant"})
_NEAR_DONOR = frozenset({"splice_donor_region_variant", "splice_donor_5th_base_variant"})
_NEAR_ACCEPTOR = frozenset({"splice_polypyrimidine_tract_variant"})
_NEAR_SPLICE_SITE = _NEAR_DONOR | _NEAR_ACCEPTOR | {"splice_region_variant"}
_FRAMESHIFT = frozenset({"frameshift_variant"})
_CUTTING = frozenset({"stop_gained", "start_lost", "transcript_ablation", "feature_ablation"}) | _FRAMESHIFT
_TRUNCATING = _CUTTING | _SPLICE_SITE | _EXON_LOSS | {"initiator_codon_variant"}
_NOT_TRUNCATING = _MISSENSE | _IN_FRAME | {"stop_lost"}

_LEAST_INTERNAL_DUPLICATION = 5
"""Residues that a duplication must double to count as an internal tandem duplication if the region is unknown: ITDs of
BCOR, for which CIViC states no region, double about 30; copies of one or two residues are common polymorphisms of
repeats.
"""


_ADDED = (-3, 0, 3)
"""Numbers of added bases with which a consequence in frame has all its possible kinds."""


class Effect(NamedTuple):
    """The effect of an allele on one transcript.

    Attributes:
        consequence: the annotated consequence.
        change: the protein change in normal form; None if the annotation has none.
        added: number of bases by which the allele lengthens the sequence, negative if it shortens it.
        note: limitation of every match by this effect, such as another transcript; empty for none.

    """

    consequence: Consequence
    change: ProteinChange | None
    added: int
    note: str = ""

    def noting(self, note: str) -> str:
        """Return the note of a match by this effect, combined with a note of the match itself."""
        return "&".join(filter(None, (note, self.note)))

    @property
    def residues(self) -> int | None:
        """Return the number of residues that the protein gains, negative if it loses some; None if uncertain."""
        if self.change is not None:
            return self.change.added
        terms = self.consequence.terms
        if terms.isdisjoint(_IN_FRAME) or not terms.isdisjoint(_CUTTING) or self.added % 3:
            return None
        return self.added // 3

    @property
    def is_truncating(self) -> bool:
        """Whether the protein is truncated or not made."""
        change = self.change
        if change is not None and (change.kind is ChangeKind.FRAMESHIFT or _has_stop(change)):
            return True
        return not self.consequence.terms.isdisjoint(_TRUNCATING)

    @property
    def is_silent(self) -> bool:
        """Whether the annotation states that the protein is unchanged."""
        return self.change is not None and self.change.kind is ChangeKind.SILENT


def _has_stop(change: ProteinChange) -> bool:
    return change.kind is ChangeKind.REPLACEMENT and change.added is None


def fit_of(criteria: Criteria, effect: Effect) -> MatchNote | None:
    """Return the note if an effect is of the kind that a category requires; None if it is of another kind.

    The note is empty if the effect is clearly of that kind.
    """
    kind = criteria.kind
    if kind is None or (criteria.excluded is not None and is_excluded(criteria.excluded, effect)):
        return None
    if kind is VariantKind.ANY:
        return MatchNote.NONE
    if kind is VariantKind.SKIPPING:
        return _skipping(effect)
    if kind is VariantKind.DUPLICATION:
        return _duplication(effect, is_placed=criteria.region is not None or bool(criteria.exons))
    return MatchNote.NONE if _is_of(kind, effect) else None


def may_fit(criteria: Criteria, consequence: Consequence, change: ProteinChange | None) -> bool:
    """Return whether some allele with a consequence may be of the kind that a category requires.

    Args:
        criteria: criteria of the category.
        consequence: the annotated consequence.
        change: the protein change, of which only the kind matters; None if the annotation has none.

    """
    if criteria.kind is VariantKind.SKIPPING and change is not None:
        return True  # it may affect the last codon of the exon
    if change is not None:
        return fit_of(criteria._replace(excluded=None), Effect(consequence, change, 0)) is not None
    lengths = (0,) if consequence.terms.isdisjoint(_IN_FRAME) else _ADDED
    return any(fit_of(criteria, Effect(consequence, None, added)) is not None for added in lengths)


def _is_of(kind: VariantKind, effect: Effect) -> bool:
    terms, change, residues = effect.consequence.terms, effect.change, effect.residues
    if kind is VariantKind.DELETION:
        return residues is not None and residues < 0
    if kind is VariantKind.INSERTION:
        return residues is not None and residues > 0
    if kind is VariantKind.FRAMESHIFT:
        return not terms.isdisjoint(_FRAMESHIFT) or (
            change is not None and change.kind is ChangeKind.FRAMESHIFT
        )
    if kind is VariantKind.TRUNCATING:
        return effect.is_truncating
    if effect.is_silent:
        return kind is VariantKind.ALTERING and effect.is_truncating  # by its effect on splicing
    if kind is VariantKind.MISSENSE:
        replaces = change is not None and change.is_replacement_of_same_length
        return (replaces or not terms.isdisjoint(_MISSENSE)) and terms.isdisjoint(_CUTTING)
    keeps = not terms.isdisjoint(_NOT_TRUNCATING) or (change is not None and not effect.is_truncating)
    if kind is VariantKind.NOT_TRUNCATING:
        return keeps and terms.isdisjoint(_CUTTING) and not (change is not None and effect.is_truncating)
    return keeps or effect.is_truncating


def _duplication(effect: Effect, *, is_placed: bool) -> MatchNote | None:
    residues = effect.residues
    if residues is None or residues <= 0:
        return None
    is_doubled = effect.change is not None and effect.change.is_duplication
    if is_placed:
        return MatchNote.NONE if is_doubled else MatchNote.NOT_SHOWN_TO_BE_A_DUPLICATION
    return MatchNote.NONE if is_doubled and residues >= _LEAST_INTERNAL_DUPLICATION else None


# Exon skipping

_LAST_RESIDUES = {"MET": ("Asp1010", "Asp1028")}
"""The last codon of exon 14 of MET, in the numbering of NM_000245 and NM_001127500. Its substitutions cause skipping of
the exon, as changes of the splice donor do (Frampton et al., Cancer Discovery 2015, 5:850).
"""


def _skipping(effect: Effect) -> MatchNote | None:
    terms = effect.consequence.terms
    if not terms.isdisjoint(_SPLICE_SITE | _EXON_LOSS):
        return MatchNote.NONE
    if not terms.isdisjoint(_NEAR_SPLICE_SITE):
        return MatchNote.MAY_SKIP_EXON
    last = _LAST_RESIDUES.get(effect.consequence.gene.upper(), ())
    change = effect.change
    if change is not None and any(_is_at(change, residue) for residue in last):
        return MatchNote.MAY_SKIP_EXON
    return None


def _is_at(change: ProteinChange, residue: str) -> bool:
    """Return whether a change affects a residue; if the letter differs, the change is in another protein."""
    position = int(residue[3:])
    letter = change.letters.get(position, ONE_LETTER[residue[:3]])
    return position in change.touched and letter == ONE_LETTER[residue[:3]]


def skipping_terms(consequence: Consequence) -> tuple[bool, bool]:
    """Return whether an intronic change may be near the donor before it, and near the acceptor after it."""
    terms = consequence.terms
    donor = not terms.isdisjoint(_NEAR_DONOR | {"splice_donor_variant"})
    acceptor = not terms.isdisjoint(_NEAR_ACCEPTOR | {"splice_acceptor_variant"})
    if not donor and not acceptor and "splice_region_variant" in terms:
        return True, True
    return donor, acceptor


# Categories that leave something out


def is_excluded(excluded: Exclusions, effect: Effect) -> bool:
    """Return whether a category excludes an effect, or the effect cannot be shown to be included."""
    change = effect.change
    if change is None:
        return True
    if any(_is_at(change, codon) for codon in excluded.codons):
        return True
    if any(change.is_same(one) or _contains(change, one) for one in excluded.proteins):
        return True
    return any(_is_of(kind, effect) and _reaches(change, first, last) for kind, first, last in excluded.spans)


def _contains(change: ProteinChange, single: ProteinChange) -> bool:
    return any(one.key == single.key for one in change.singles())


def _reaches(change: ProteinChange, first: int, last: int) -> bool:
    """Return whether a change is within or across a span of residues; for an insertion, its gap counts."""
    start, stop = min(change.start, change.stop), max(change.start, change.stop)
    return start <= last and first <= stop
