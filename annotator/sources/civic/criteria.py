"""Criteria of a CIViC variant for an allele other than equality: a protein change, a codon, an exon, a gene.

They come from the variant's name, its Sequence Ontology types and its coordinates. A category ("Exon 19 Deletion")
matches only changes of its kind; `kinds` classifies changes.
"""

from __future__ import annotations

import enum

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.protein_change import ProteinChange

__all__ = ["COPY_NUMBERS", "Criteria", "Exclusions", "Region", "Structural", "VariantKind"]


class VariantKind(enum.StrEnum):
    """Kind of change that a category requires."""

    ALTERING = "altering"
    MISSENSE = "missense"
    NOT_TRUNCATING = "not_truncating"
    TRUNCATING = "truncating"
    FRAMESHIFT = "frameshift"
    DELETION = "deletion"
    INSERTION = "insertion"
    DUPLICATION = "duplication"
    SKIPPING = "skipping"
    ANY = "any"


class Structural(enum.StrEnum):
    """Criteria of a variant for a symbolic allele or a breakend that names its gene."""

    AMPLIFICATION = "amplification"
    GAIN = "gain"
    LOSS = "loss"
    CHANGE = "change"  # any of them
    FUSION = "fusion"


COPY_NUMBERS = frozenset({Structural.AMPLIFICATION, Structural.GAIN, Structural.LOSS, Structural.CHANGE})
"""Criteria that a change of copy number can meet."""


class Region(NamedTuple):
    """A region of a contig of the snapshot's assembly, 1-based and inclusive."""

    contig: str
    start: int
    stop: int


class Exclusions(NamedTuple):
    """Exclusions of a category, such as the common changes in "Rare Exon 18-21 Mutation".

    Attributes:
        codons: residues with their numbers (`Val600`); changes at these do not match.
        proteins: changes that do not match.
        spans: kinds of change that do not match between a first and a last residue.

    """

    codons: tuple[str, ...] = ()
    proteins: tuple[ProteinChange, ...] = ()
    spans: tuple[tuple[VariantKind, int, int], ...] = ()


class Criteria(NamedTuple):
    """Criteria of a variant.

    Attributes:
        proteins: changes in normal form; any of them matches the variant.
        codons: residues with their numbers (`Gly12`).
        exons: exon numbers, 1-based.
        is_gene: whether any change of the gene matches, if it is of the kind.
        kind: kind of change that a codon, exon, region or gene requires; None if no sequence change can show it
            (expression, activation, phosphorylation).
        region: where the change must be; also given for exons, because exon numbers depend on the transcript; for a
            copy number, the region whose copies are counted.
        structural: requirement for a symbolic allele or a breakend; None if the variant cannot be one.
        partner: names of the 5' gene of a fusion, joined by `|`, then `::`, and those of the 3' gene; empty for any
            partners.
        is_allele: whether it is one allele or a few, not a category: then its HGVS expressions, ClinVar records and its
            number in the Allele Registry denote the variant itself.
        lengths: numbers of bases by which the variant's own changes lengthen its gene, negative if they shorten it;
            empty if unknown.
        excluded: exclusions of a category; None for none.

    """

    proteins: tuple[ProteinChange, ...] = ()
    codons: tuple[str, ...] = ()
    exons: tuple[int, ...] = ()
    is_gene: bool = False
    kind: VariantKind | None = None
    region: Region | None = None
    structural: Structural | None = None
    partner: str = ""
    is_allele: bool = False
    lengths: tuple[int, ...] = ()
    excluded: Exclusions | None = None
