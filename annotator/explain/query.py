"""Queries on the command line: their notations and kinds.

chr7:140753336:A:T    7-140753336-A-T    "7:140,753,336 A>T"       an allele, POS 1-based
NC_000007.14:140753335:A:T                                         the same in SPDI, which counts from 0
NC_000007.14:g.140753336A>T    NM_004333.6:c.1799T>A               an HGVS expression
BRAF:p.V600E    "BRAF V600E"                                       a gene's protein change
rs113488022    CA123643    VCV000013961                            a number of dbSNP, ClinGen, ClinVar
"""

from __future__ import annotations

import enum
import re

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.amino_acids import ONE_LETTER
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType, parse_hgvs

__all__ = ["QueryKind", "SpelledAllele", "UserQuery", "parse_query", "residue_words", "versioned"]


class QueryKind(enum.StrEnum):
    """Kind of a query."""

    ALLELE = "allele"
    HGVS_G = "hgvs_g"
    HGVS_C = "hgvs_c"
    PROTEIN = "protein"
    RSID = "rsid"
    CAID = "caid"
    CLINVAR_ID = "clinvar_id"


class SpelledAllele(NamedTuple):
    """An allele as written in VCF: contig by any name, 1-based POS, REF, one ALT."""

    contig: str
    position: int
    ref: str
    alt: str


class UserQuery(NamedTuple):
    """A parsed query.

    Attributes:
        text: text of the query.
        kind: kind of the query.
        allele: of a query by allele.
        expression: of a query by HGVS expression or protein change.
        gene: symbol of the gene in a protein change.
        number: number in dbSNP or ClinVar.
        note: interpretation of the text, if it is not obvious.

    """

    text: str
    kind: QueryKind
    allele: SpelledAllele | None = None
    expression: HgvsExpression | None = None
    gene: str = ""
    number: int = 0
    note: str = ""


_ALLELE = re.compile(
    r"(?P<contig>[^\s:]+?)[:\s_-](?P<position>[0-9][0-9,]{0,17})[:\s_-]?(?P<ref>[A-Za-z]+)[>:\s/_-](?P<alt>\S+)"
)
_SPDI = re.compile(
    r"(?P<accession>N[CTW]_[0-9]+\.[0-9]+):(?P<position>[0-9]{1,18})"
    r":(?P<deleted>[A-Za-z]*|[0-9]{1,9}):(?P<inserted>[A-Za-z]*)"
)
_RSID = re.compile(r"rs([1-9][0-9]{0,9})", re.IGNORECASE)
_CAID = re.compile(r"CA[0-9]+", re.IGNORECASE)
_VCV = re.compile(r"(?:VCV|clinvar:)0*([1-9][0-9]{0,9})(?:\.[0-9]+)?", re.IGNORECASE)
_GENE_CHANGE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)[\s:]+(?:p\.)?(\(?[A-Z][A-Za-z]{0,2}[0-9]+\S*)")
_GENOMIC = {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}


def parse_query(text: str) -> UserQuery:
    """Parse a query.

    Raises:
        UsageError: the text has no known notation.

    """
    text = " ".join(text.split())
    if found := _RSID.fullmatch(text):
        return UserQuery(text, QueryKind.RSID, number=int(found[1]))
    if _CAID.fullmatch(text):
        return UserQuery(text.upper(), QueryKind.CAID)
    if found := _VCV.fullmatch(text):
        return UserQuery(text, QueryKind.CLINVAR_ID, number=int(found[1]))
    if found := _SPDI.fullmatch(text):
        return _of_spdi(text, *found.groups())
    expression = parse_hgvs(text)
    if expression is not None and expression.accession is not None:
        return _of_expression(text, expression)
    if found := _ALLELE.fullmatch(text):
        position = int(found["position"].replace(",", ""))
        return UserQuery(
            text, QueryKind.ALLELE, SpelledAllele(found["contig"], position, found["ref"], found["alt"])
        )
    if found := _GENE_CHANGE.fullmatch(text):
        protein = parse_hgvs(f"p.{found[2]}")
        if protein is not None:
            return UserQuery(text, QueryKind.PROTEIN, expression=protein, gene=found[1].upper())
    raise UsageError(
        f"{text!r} is not an allele, HGVS expression, rs number, CAID or VariationID",
        remedy="Examples: chr7:140753336:A:T, NM_004333.6:c.1799T>A, BRAF:p.V600E, rs113488022",
    )


def _of_spdi(text: str, accession: str, position: str, deleted: str, inserted: str) -> UserQuery:
    """Return the query of a SPDI expression: sequence, number of bases before the change, deletion, insertion.

    The deletion may be given by its length. A change without a deletion or an insertion has no anchor base, which VCF
    requires: it is converted to HGVS.
    """
    first = int(position) + 1
    if deleted.isalpha() and inserted:
        spelled = SpelledAllele(accession, first, deleted, inserted)
        shown = f"{accession}:{first}:{deleted}:{inserted}"
        return UserQuery(
            text, QueryKind.ALLELE, spelled, note=f"SPDI counts positions from 0: this is {shown}"
        )
    length = int(deleted) if deleted.isdigit() else len(deleted)
    if length:
        place = str(first) if length == 1 else f"{first}_{first + length - 1}"
        change = (
            f"{place}delins{inserted}" if inserted else f"{place}del{deleted if deleted.isalpha() else ''}"
        )
    else:
        change = f"{first - 1}_{first}ins{inserted}"
    expression = parse_hgvs(f"{accession}:g.{change}") if length or inserted else None
    if expression is None:
        raise UsageError(
            f"the SPDI expression {text!r} describes no change", remedy="Add the inserted sequence at its end"
        )
    note = f"SPDI counts positions from 0: this is {accession}:g.{change}"
    return _of_expression(text, expression)._replace(note=note)


def _of_expression(text: str, expression: HgvsExpression) -> UserQuery:
    if expression.sequence_type in _GENOMIC:
        return UserQuery(text, QueryKind.HGVS_G, expression=expression)
    if expression.sequence_type is SequenceType.PROTEIN:
        accession = expression.accession or ""
        is_gene = re.match(r"(?:[NXY]P_|ENSP|LRG_)", accession) is None
        return UserQuery(
            text, QueryKind.PROTEIN, expression=expression, gene=accession.upper() if is_gene else ""
        )
    return UserQuery(text, QueryKind.HGVS_C, expression=expression)


def versioned(expression: HgvsExpression, assembly: Assembly) -> HgvsExpression:
    """Return an expression on `7` or `chr7` with the assembly's accession, any other unchanged."""
    contig = assembly.contig(expression.accession or "")
    if expression.version is not None or contig not in assembly.accessions:
        return expression
    accession, _, version = assembly.accessions[contig].partition(".")
    return HgvsExpression(
        accession, int(version), expression.sequence_type, expression.change, expression.spelled
    )


def residue_words(change: str) -> tuple[str, ...]:
    """Return words, one of which is in each line with this protein change: its first residue in both codes."""
    found = re.match(r"([A-Z][a-z]{2})([0-9]+)", change)
    if found is None:
        return (change,)
    return (f"{found[1]}{found[2]}", f"{ONE_LETTER.get(found[1], found[1])}{found[2]}")
