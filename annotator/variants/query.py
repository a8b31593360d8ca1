"""Queries of a source: an allele, and the identifiers in its record.

Identifiers are read from the record only if a source needs them: for nearly every allele, the key alone decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import AlleleKey, BaseSource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annotator.variants.copy_number import CopyChange, CopyNumber
    from annotator.variants.fusion import GenePair
    from annotator.variants.hgvs_parse import HgvsExpression

    Integers: TypeAlias = NDArray[np.int64]
    Bytes: TypeAlias = NDArray[np.uint8]
    Mask: TypeAlias = NDArray[np.bool_]

__all__ = [
    "NO_IDENTIFIERS",
    "NO_NOTES",
    "Consequence",
    "Identifiers",
    "Loci",
    "Notes",
    "Query",
    "StructuralQuery",
]


class Identifiers(NamedTuple):
    """Identifiers of one allele in its record: hints for the lookup, never a match by themselves.

    Attributes:
        rsids: dbSNP numbers, without `rs`. In a record with several ALTs, each number applies to all of them.
        genomic: genomic HGVS expressions, as VEP writes them.
        coding: HGVS expressions on transcripts, as VEP and SnpEff write them.

    """

    rsids: tuple[int, ...] = ()
    genomic: tuple[HgvsExpression, ...] = ()
    coding: tuple[HgvsExpression, ...] = ()


class Consequence(NamedTuple):
    """The effect of one allele on one transcript, as an annotator reports it.

    Attributes:
        gene: symbol.
        gene_id: number of the gene: NCBI's from a RefSeq annotation (`673`), otherwise Ensembl's.
        transcript: accession without version.
        terms: Sequence Ontology names, such as `missense_variant`.
        exons: first and last affected exon, 1-based; None for none.
        introns: first and last affected intron, 1-based; None for none.
        protein: protein change in normal form, such as `Val600Glu`; empty for none.
        strand: 1 or -1 if the annotation states the gene's strand, else 0.
        names_allele: whether this transcript may name the allele; it may not if another one of the gene is picked, MANE
            Select, MANE Plus Clinical or canonical.
        joint: changes that cause `protein` only in combination, such as `25245349A>T+25245350C>A`; empty for the allele
            alone.
        partners: of a missense change, names of the same transcript elsewhere, without versions: MANE Select has one of
            RefSeq and one of Ensembl.
        codons: of a missense change, the codons before and after it, the changed bases in capitals, such as
            `gTg/gAg`; empty where the annotation does not have them.
        first_residue: residue of the first of these codons, from 1; 0 for none.
        coding: of a missense change, its HGVS expression on the transcript, with or without the accession.

    """

    gene: str
    gene_id: str = ""
    transcript: str = ""
    terms: frozenset[str] = frozenset()
    exons: tuple[int, int] | None = None
    introns: tuple[int, int] | None = None
    protein: str = ""
    strand: int = 0
    names_allele: bool = True
    joint: str = ""
    partners: tuple[str, ...] = ()
    codons: str = ""
    first_residue: int = 0
    coding: str = ""


class Notes(NamedTuple):
    """Further hints about one allele in its record, written by other tools.

    Attributes:
        caids: numbers in the ClinGen Allele Registry.
        consequences: one for each annotated transcript; transcripts that name the allele come first.
        joint: changes of which the allele is only a part on every haplotype, such as `25245349A>T+25245350C>A`, or
            `@25245350` if the record at that position lists them; empty if the allele also occurs alone.

    """

    caids: tuple[str, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    joint: str = ""


NO_IDENTIFIERS = Identifiers()
NO_NOTES = Notes()


def _nothing() -> Identifiers:
    return NO_IDENTIFIERS


def _no_notes() -> Notes:
    return NO_NOTES


class Query(NamedTuple):
    """One ALT of a record.

    Attributes:
        allele: key of the allele.
        is_normalised: whether the key is known to be left-aligned; if not, the same allele may have another key.
        position: 1-based POS of `ref`.
        ref: REF, upper case: reference bases that are available without a FASTA.
        identify: reads the identifiers of the allele.
        note: reads the further hints of the record.
        reference: the reference sequence; None if there is none.
        is_named: whether the annotations of its record may name something that a source contains; False avoids reading
            them.

    """

    allele: AlleleKey
    is_normalised: bool = True
    position: int = 0
    ref: str = ""
    identify: Callable[[], Identifiers] = _nothing
    note: Callable[[], Notes] = _no_notes
    reference: BaseSource | None = None
    is_named: bool = True


class Loci(NamedTuple):
    """Positions at which sources can contain the alleles of many records of one contig: columns, one row per record.

    Attributes:
        first: 1-based first position at which a key of the record's alleles may start.
        last: last such position, inclusive.
        substitutions: number in `allele.SUBSTITUTIONS` of the record's only allele, whose key starts at `first`; 0 if
            the alleles are not substitutions or there are several.
        shiftable: whether the record's only allele is an indel that may not be left-aligned.

    """

    first: Integers
    last: Integers
    substitutions: Bytes
    shiftable: Mask


class StructuralQuery(NamedTuple):
    """A symbolic ALT or breakend: it cannot be compared as an allele, but its record may show which genes it changes.

    Attributes:
        alt: as written, such as `<DEL>` or `G]17:198982]`.
        genes: symbols that the record names for it; for a breakend, also those of its mate's record.
        contig: canonical name; None for one that the assembly does not have.
        start, stop: first and last base that a symbolic ALT covers, 1-based; 0 if unknown.
        consequences: annotated consequences, one for each affected transcript.
        copies: change of copy number that a symbolic ALT describes; None for none.
        pairs: pairs of genes that it joins.
        changes: directions of the change of copy number in all samples that carry it.
        is_imprecise: whether the record states that its breakpoints are not exact.
        is_contradictory: whether END and SVLEN state different ranges.
        position: 1-based POS of its record: the base before a symbolic ALT.

    """

    alt: str
    genes: frozenset[str]
    contig: str | None = None
    start: int = 0
    stop: int = 0
    consequences: tuple[Consequence, ...] = ()
    copies: CopyNumber | None = None
    pairs: tuple[GenePair, ...] = ()
    changes: frozenset[CopyChange] = frozenset()
    is_imprecise: bool = False
    is_contradictory: bool = False
    position: int = 0
