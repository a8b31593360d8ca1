"""Requirements of a CIViC variant on an allele, beyond being one allele: a protein change, a codon, an exon, a gene.

CIViC says so in the variant's name, its Sequence Ontology types and its coordinates. A category ("Exon 19 Deletion") is
met only by a change of its kind; `kinds` decides which change is of which kind.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from annotator.variants.protein_change import ProteinChange

__all__ = ["COPY_NUMBERS", "Criteria", "Exclusions", "Region", "Structural", "VariantKind"]


class VariantKind(enum.StrEnum):
    """Kind of change that a category demands."""

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
    """Requirements of a variant on a symbolic allele or a breakend that names its gene."""

    AMPLIFICATION = "amplification"
    GAIN = "gain"
    LOSS = "loss"
    CHANGE = "change"  # any of them
    FUSION = "fusion"


COPY_NUMBERS = frozenset({Structural.AMPLIFICATION, Structural.GAIN, Structural.LOSS, Structural.CHANGE})
"""Demands that a change of copy number can meet."""


class Region(NamedTuple):
    """A place on a contig of the snapshot's assembly, 1-based and inclusive."""

    contig: str
    start: int
    stop: int


class Exclusions(NamedTuple):
    """What a category leaves out, such as the common changes in "Rare Exon 18-21 Mutation".

    Attributes:
        codons: residues with their numbers (`Val600`) at which no change counts.
        proteins: changes that do not count.
        spans: kinds of change that do not count between a first and a last residue.

    """

    codons: tuple[str, ...] = ()
    proteins: tuple[ProteinChange, ...] = ()
    spans: tuple[tuple[VariantKind, int, int], ...] = ()


class Criteria(NamedTuple):
    """Requirements of a variant.

    Attributes:
        proteins: changes in normal form, any of which makes the variant.
        codons: residues with their numbers (`Gly12`).
        exons: numbers of exons, from 1.
        is_gene: whether any change of the gene will do, if it is of the kind.
        kind: kind of change that a codon, exon, region or gene demands; None where no change of a sequence can tell
            (expression, activation, phosphorylation).
        region: where the change must be; of exons too, as their numbers depend on the transcript; of a copy number,
            what it is of.
        structural: what it demands of a symbolic allele or a breakend; None where it cannot be one.
        partner: names of the 5' gene of a fusion, joined by `|`, `::`, and those of the 3' gene; empty for any
            partners.
        is_allele: whether it is one allele or a few, not a category: then its HGVS expressions, ClinVar records and its
            number in the Allele Registry are of the variant itself.
        lengths: by how many bases the variant's own changes lengthen its gene, negative if they shorten it; empty
            where nothing tells.
        excluded: what a category leaves out; None for nothing.

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
