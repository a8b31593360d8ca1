"""What a CIViC variant demands of an allele, beyond being one allele: a protein change, a codon, an exon, a gene.

CIViC says so in the variant's name, its Sequence Ontology types and its coordinates. A category ("Exon 19 Deletion") is
met only by a change of its kind: consequences as VEP and SnpEff name them (Sequence Ontology) must fit.

    kind             consequences that fit
    altering         any that changes the protein or its splicing, in whatever way
    missense         missense_variant
    not_truncating   altering, but for truncating: what a gain of function can be
    truncating       frameshift, stop gained, splice donor or acceptor, start lost, loss of transcript or exon
    frameshift       frameshift_variant
    deletion         inframe_deletion and its kinds
    insertion        inframe_insertion and its kinds
    skipping         splice donor or acceptor, loss of exon
    any              every one, none too: regulatory regions
"""

from __future__ import annotations

import enum
from typing import NamedTuple

__all__ = ["FITTING", "Criteria", "Region", "Structural", "VariantKind"]


class VariantKind(enum.StrEnum):
    """Kind of change that a category demands."""

    ALTERING = "altering"
    MISSENSE = "missense"
    NOT_TRUNCATING = "not_truncating"
    TRUNCATING = "truncating"
    FRAMESHIFT = "frameshift"
    DELETION = "deletion"
    INSERTION = "insertion"
    SKIPPING = "skipping"
    ANY = "any"


_MISSENSE = frozenset({"missense_variant", "conservative_missense_variant", "rare_amino_acid_variant"})
_DELETION = frozenset({"inframe_deletion", "conservative_inframe_deletion", "disruptive_inframe_deletion"})
_INSERTION = frozenset(
    {"inframe_insertion", "conservative_inframe_insertion", "disruptive_inframe_insertion"}
)
_SKIPPING = frozenset({"splice_acceptor_variant", "splice_donor_variant", "exon_loss_variant", "exon_loss"})
_FRAMESHIFT = frozenset({"frameshift_variant"})
_TRUNCATING = (
    frozenset(
        {"stop_gained", "start_lost", "transcript_ablation", "feature_ablation", "initiator_codon_variant"}
    )
    | _FRAMESHIFT
    | _SKIPPING
)
_NOT_TRUNCATING = _MISSENSE | _DELETION | _INSERTION | {"protein_altering_variant", "stop_lost"}

FITTING: dict[VariantKind, frozenset[str] | None] = {
    VariantKind.ALTERING: _NOT_TRUNCATING | _TRUNCATING,
    VariantKind.MISSENSE: _MISSENSE,
    VariantKind.NOT_TRUNCATING: _NOT_TRUNCATING,
    VariantKind.TRUNCATING: _TRUNCATING,
    VariantKind.FRAMESHIFT: _FRAMESHIFT,
    VariantKind.DELETION: _DELETION,
    VariantKind.INSERTION: _INSERTION,
    VariantKind.SKIPPING: _SKIPPING,
    VariantKind.ANY: None,
}
"""Consequences that fit each kind; None for all."""


class Structural(enum.StrEnum):
    """What a variant demands of a symbolic allele or a breakend that names its gene."""

    GAIN = "gain"  # <DUP>, or <CNV>
    LOSS = "loss"  # <DEL>, or <CNV>
    CHANGE = "change"  # any of them
    FUSION = "fusion"  # a breakend that names two genes


class Region(NamedTuple):
    """A place on a contig of the snapshot's assembly, 1-based and inclusive."""

    contig: str
    start: int
    stop: int


class Criteria(NamedTuple):
    """What a variant demands.

    Attributes:
        proteins: changes in one spelling (`Val600Glu`), any of which makes the variant.
        codons: residues with their numbers (`Gly12`).
        exons: numbers of exons, from 1.
        is_gene: whether any change of the gene will do, if it is of the kind.
        kind: kind of change that a codon, exon, region or gene demands; None where no change of a sequence can tell
            (expression, activation, phosphorylation).
        region: where the change must be; of exons too, as their numbers depend on the transcript; of a copy number,
            what it is of.
        structural: what it demands of a symbolic allele or a breakend; None where it cannot be one.
        partner: the other gene of a fusion, if one is named.
        is_allele: whether it is one allele or a few, not a category: then its HGVS expressions, ClinVar records and its
            number in the Allele Registry are of the variant itself.

    """

    proteins: tuple[str, ...] = ()
    codons: tuple[str, ...] = ()
    exons: tuple[int, ...] = ()
    is_gene: bool = False
    kind: VariantKind | None = None
    region: Region | None = None
    structural: Structural | None = None
    partner: str = ""
    is_allele: bool = False
