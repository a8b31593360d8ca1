"""What a source is asked: an allele, and the identifiers that its record carries for it.

Identifiers are read from the record only when a source wants them: nearly every allele is found, or known to be
absent, by its key alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from annotator.variants.allele import AlleleKey, BaseSource
from annotator.variants.copy_number import CopyNumber
from annotator.variants.fusion import GenePair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    """Names of one allele that its record carries: hints where to look, never a match by themselves.

    Attributes:
        rsids: numbers of dbSNP, without `rs`. Those of a record with several ALTs are all ALTs' own.
        genomic: genomic HGVS expressions, as VEP writes them.
        coding: HGVS expressions on transcripts, as VEP and SnpEff write them.

    """

    rsids: tuple[int, ...] = ()
    genomic: tuple[HgvsExpression, ...] = ()
    coding: tuple[HgvsExpression, ...] = ()


class Consequence(NamedTuple):
    """What an annotator says that one allele does to one transcript.

    Attributes:
        gene: symbol.
        gene_id: number of the gene: NCBI's from a RefSeq annotation (`673`), else Ensembl's.
        transcript: without its version.
        terms: Sequence Ontology names, such as `missense_variant`.
        exons: first and last exon that it touches, from 1; None for none.
        introns: likewise.
        protein: change of the protein in one spelling, such as `Val600Glu`; empty for none.
        strand: 1 or -1 where the annotation tells the gene's strand, else 0.
        names_allele: whether this transcript may name the allele: not where another one of the gene is picked,
            MANE Select, MANE Plus Clinical or canonical.
        joint: changes that make `protein` only together, such as `25245349A>T+25245350C>A`; empty for the allele
            alone.

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


class Notes(NamedTuple):
    """What else a record says of one allele: like identifiers, hints that somebody else wrote there.

    Attributes:
        caids: numbers in the ClinGen Allele Registry.
        consequences: one for each transcript that the annotations name, those that name the allele first.
        joint: changes of which the allele is only a part on every haplotype, such as `25245349A>T+25245350C>A`, or
            `@25245350` where the record at that position lists them; empty where it is also there alone.

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
        allele: its key.
        is_normalised: whether the key is known to be left-aligned; if not, the same allele may stand under another.
        position: 1-based POS of `ref`.
        ref: REF, upper case: reference bases that are known whether there is a FASTA or not.
        identify: reads its identifiers.
        note: reads what else the record says of it.
        reference: the reference sequence; None if there is none.
        is_named: whether its record's annotations may name what a source knows; False spares reading them.

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
    """Where the alleles of many records of one contig can be known: columns, a row per record.

    Attributes:
        first: 1-based first position at which a key of the record's alleles may start.
        last: last such position, inclusive.
        substitutions: number in `allele.SUBSTITUTIONS` of the record's only allele, whose key starts at `first`; 0
            where nothing is said of its alleles.
        shiftable: whether the record's only allele is an indel that may not be left-aligned.

    """

    first: Integers
    last: Integers
    substitutions: Bytes
    shiftable: Mask


class StructuralQuery(NamedTuple):
    """One symbolic ALT or breakend: no allele that can be compared, but its record may say which genes it changes.

    Attributes:
        alt: as written, such as `<DEL>` or `G]17:198982]`.
        genes: symbols that the record names for it; of a breakend also those that its mate's record names.
        contig: canonical name; None for one that the assembly does not have.
        start, stop: first and last base that a symbolic ALT is about, 1-based; 0 where that is not told.
        consequences: what annotations say of it, for each transcript that it touches.
        copies: the change of copy number that a symbolic ALT is; None for none.
        pairs: pairs of genes that it joins.

    """

    alt: str
    genes: frozenset[str]
    contig: str | None = None
    start: int = 0
    stop: int = 0
    consequences: tuple[Consequence, ...] = ()
    copies: CopyNumber | None = None
    pairs: tuple[GenePair, ...] = ()
