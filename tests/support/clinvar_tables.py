"""ClinVar's three tables made from ClinVar's VCF of both assemblies, in the layout of the real ones.

Values that a VCF lacks are invented, equal in every run: names of transcripts, c. positions, submitters, dates.
Everything else is the VCF's, spelled as the tables spell it: spaces for underscores, `; ` between
classifications, `-` for nothing, conditions of all kinds of classification in one list.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from tests.support.clinvar_rows import ClinVarRow, clinvar_rows, info_items, trimmed
from tests.support.clinvar_special_rows import special_alleles, special_expressions, special_rows

__all__ = ["Tables", "write_tables"]

SUMMARY_COLUMNS = (
    "AlleleID", "Type", "Name", "GeneID", "GeneSymbol", "HGNC_ID", "ClinicalSignificance", "ClinSigSimple",
    "LastEvaluated", "RS# (dbSNP)", "nsv/esv (dbVar)", "RCVaccession", "PhenotypeIDS", "PhenotypeList", "Origin",
    "OriginSimple", "Assembly", "ChromosomeAccession", "Chromosome", "Start", "Stop", "ReferenceAllele",
    "AlternateAllele", "Cytogenetic", "ReviewStatus", "NumberSubmitters", "Guidelines", "TestedInGTR", "OtherIDs",
    "SubmitterCategories", "VariationID", "PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF",
    "SomaticClinicalImpact", "SomaticClinicalImpactLastEvaluated", "ReviewStatusClinicalImpact", "Oncogenicity",
    "OncogenicityLastEvaluated", "ReviewStatusOncogenicity", "SCVsForAggregateGermlineClassification",
    "SCVsForAggregateSomaticClinicalImpact", "SCVsForAggregateOncogenicityClassification",
)  # fmt: skip
HGVS_COLUMNS = (
    "Symbol", "GeneID", "VariationID", "AlleleID", "Type", "Assembly", "NucleotideExpression", "NucleotideChange",
    "ProteinExpression", "ProteinChange", "UsedForNaming", "Submitted", "OnRefSeqGene",
)  # fmt: skip
ALLELE_COLUMNS = ("VariationID", "Type", "AlleleID", "Interpreted")

_ORIGINS = {
    1: "germline", 2: "somatic", 4: "inherited", 8: "paternal", 16: "maternal", 32: "de novo", 64: "biparental",
    128: "uniparental", 256: "not-tested", 512: "tested-inconclusive", 1073741824: "other",
}  # fmt: skip
_AMINO_ACIDS = (
    "Ala",
    "Arg",
    "Asn",
    "Asp",
    "Cys",
    "Gln",
    "Glu",
    "Gly",
    "His",
    "Ile",
    "Leu",
    "Lys",
    "Pro",
    "Val",
)


class Tables(NamedTuple):
    """The three files, and the VCF rows that they were made of by VariationID: GRCh38, then GRCh37."""

    variant_summary: Path
    hgvs4variation: Path
    variation_allele: Path
    grch38: dict[str, ClinVarRow]
    grch37: dict[str, ClinVarRow]


def write_tables(
    folder: Path,
    grch38_vcf: Path,
    grch37_vcf: Path,
    limit: int | None = None,
    columns: int = 43,
    gz: bool = True,
    special: bool = True,
) -> Tables:
    """Write the three tables.

    Args:
        folder: where `variant_summary.txt.gz` and the others are written; it must exist.
        grch38_vcf: ClinVar's VCF of GRCh38.
        grch37_vcf: that of GRCh37.
        limit: only the first so many rows of each VCF.
        columns: of variant_summary: 43 today, 40 from 2024, 34 before.
        gz: compressed; else the names end in `.txt`.
        special: add the rows of `clinvar_special_rows`.

    """
    sources = {
        "GRCh37": {row.variation: row for row in _first_rows(grch37_vcf, limit)},
        "GRCh38": {row.variation: row for row in _first_rows(grch38_vcf, limit)},
    }
    variants = _variants(sources["GRCh37"], sources["GRCh38"])
    summary: Iterable[Sequence[str]] = (row for variant in variants for row in variant.summary_rows())
    expressions: Iterable[Sequence[str]] = (row for variant in variants for row in variant.expression_rows())
    alleles: Iterable[Sequence[str]] = (
        (variant.variation, "Variant", variant.allele, "yes" if variant.is_interpreted else "no")
        for variant in variants
    )
    if special:
        members = [(variant.variation, variant.allele) for variant in variants[:2]]
        summary = chain(summary, special_rows(SUMMARY_COLUMNS))
        expressions = chain(expressions, special_expressions(HGVS_COLUMNS))
        alleles = chain(alleles, special_alleles(members))
    ending = ".txt.gz" if gz else ".txt"
    tables = Tables(
        folder / f"variant_summary{ending}",
        folder / f"hgvs4variation{ending}",
        folder / f"variation_allele{ending}",
        sources["GRCh38"],
        sources["GRCh37"],
    )
    _write(tables.variant_summary, (), SUMMARY_COLUMNS[:columns], (row[:columns] for row in summary))
    _write(tables.hgvs4variation, _HGVS_COMMENTS, HGVS_COLUMNS, expressions, returns=True)
    _write(tables.variation_allele, _ALLELE_COMMENTS, ALLELE_COLUMNS, alleles)
    return tables


def _first_rows(path: Path, limit: int | None) -> list[ClinVarRow]:
    """The first rows of a VCF, without reading on."""
    if limit is None:
        return clinvar_rows(path)
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt") if is_gzip else path.open() as lines:
        records = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        columns = list(islice(records, limit))
    return [
        ClinVarRow(chrom, int(position), variation, ref, alt, info_items(info))
        for chrom, position, variation, ref, alt, _, _, info in columns
    ]


_HGVS_COMMENTS = (
    "#Expressions of each variation",
    "#made for a test;\ttabs and a dash - may stand in such lines",
    "#",
)
_ALLELE_COMMENTS = ("#Which alleles a variation has", "#made for a test")
_EACH_RETURN = 100


def _write(
    path: Path,
    comments: Iterable[str],
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    returns: bool = False,
) -> None:
    """Write a table; some lines end in a carriage return and a line feed if `returns`."""
    lines = [*comments, "#" + "\t".join(header)]
    for number, row in enumerate(rows):
        lines.append("\t".join(row) + ("\r" if returns and number % _EACH_RETURN == 1 else ""))
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data, 1, mtime=0) if path.suffix == ".gz" else data)


def _variants(grch37: dict[str, ClinVarRow], grch38: dict[str, ClinVarRow]) -> list[_Variant]:
    """Variants by AlleleID."""
    starts: dict[tuple[str, str], int] = {}
    pairs = []
    for variation in dict.fromkeys([*grch38, *grch37]):
        both = (grch37.get(variation), grch38.get(variation))
        first = both[1] or both[0]
        assert first is not None
        key = (_gene(first)[1], first.chrom)
        starts[key] = min(starts.get(key, first.position), first.position)
        pairs.append((both, first, key))
    variants = [_Variant(*both, first, starts[key]) for both, first, key in pairs]
    return sorted(variants, key=lambda variant: int(variant.allele))


class _Variant:
    """One variant in both assemblies."""

    def __init__(
        self, grch37: ClinVarRow | None, grch38: ClinVarRow | None, row: ClinVarRow, start: int
    ) -> None:
        self._by_assembly = {"GRCh37": grch37, "GRCh38": grch38}
        self._row = row
        self._info = row.info
        self.variation = row.variation
        self.allele = row.allele_id
        self._symbol, self._gene_id = _gene(row)
        self._seed = zlib.crc32(self.allele.encode())
        self._change = _coding_change(row, start)
        self._protein = self._protein_change()

    @property
    def is_interpreted(self) -> bool:
        return any(key in self._info for key in ("CLNSIG", "ONC", "SCI"))

    @cached_property
    def _transcript(self) -> str | None:
        """Accession that names the variant; None where its name is genomic."""
        if self._gene_id == "-1" or self._seed % 97 == 0:
            return None
        return f"NM_{int(self._gene_id) % 1_000_000:06d}.{self._version}"

    @property
    def _version(self) -> int:
        return 2 + int(self._gene_id) % 5

    @property
    def _name(self) -> str:
        if self._transcript is None:
            return _decoded(self._info["CLNHGVS"])
        protein = f" ({self._protein})" if self._protein else ""
        return f"{self._transcript}({self._symbol}):{self._change}{protein}"

    def _protein_change(self) -> str:
        consequence = self._info.get("MC", "")
        position = re.match(r"c\.(\d+)(?:_\d+)?[^-+_\d]", self._change)
        if position is None:
            return ""
        codon = (int(position[1]) + 2) // 3
        before = _AMINO_ACIDS[codon % len(_AMINO_ACIDS)]
        after = _AMINO_ACIDS[self._seed % len(_AMINO_ACIDS)]
        endings = {
            "missense": after if after != before else "Trp",
            "synonymous": "=",
            "nonsense": "Ter",
            "frameshift": "fs",
        }
        return next(
            (f"p.{before}{codon}{ending}" for word, ending in endings.items() if word in consequence), ""
        )

    def summary_rows(self) -> Iterator[list[str]]:
        """One row of 43 columns per assembly."""
        info = self._info
        significance = _words(info.get("CLNSIG"))
        ids, conditions = self._conditions()
        several = self._gene_id == "-1"
        origin = _origin(info.get("ORIGIN"))
        reviewed = "-" if "CLNSIG" not in info else _sentence(info.get("CLNREVSTAT"))
        before = [
            self.allele, _sentence(info["CLNVC"]), self._name, self._gene_id, self._symbol,
            "-" if several else f"HGNC:{int(self._gene_id) % 50_000}", significance, _simple(significance),
            _date(self._seed), info.get("RS", "-1"), info.get("DBVARID", "-"),
            "|".join(f"RCV{(self._seed + number) % 10**9:09d}" for number in range(ids.count("|") + 1)),
            ids, conditions, origin, _simple_origin(origin),
        ]  # fmt: skip
        submitters = max(1, info.get("CLNSIGSCV", "").count("|") + 1)
        others = info.get("CLNVI")
        tested = "Y" if others and _IN_GTR in others else "N"
        middle = [reviewed, str(submitters), "-", tested, _other_ids(others), "2", self.variation]
        after = [
            _words(info.get("SCI")), _date(self._seed + 1) if "SCI" in info else "-",
            _sentence(info.get("SCIREVSTAT")), _words(info.get("ONC")),
            _date(self._seed + 2) if "ONC" in info else "-", _sentence(info.get("ONCREVSTAT")),
            info.get("CLNSIGSCV", "-"), info.get("SCISCV", "-"), info.get("ONCSCV", "-"),
        ]  # fmt: skip
        for assembly, row in self._by_assembly.items():
            if row is not None:
                band = f"{row.chrom}{'pq'[row.position // 50_000_000 % 2]}{11 + row.position // 10_000_000}"
                alleles = (
                    ["-1", "na", "na"] if row.alt in {".", row.ref} else [str(row.position), row.ref, row.alt]
                )
                place = [assembly, *_place(row), "na", "na", band]
                yield [*before, *place, *middle, *alleles, *after]

    def _conditions(self) -> tuple[str, str]:
        """Identifiers and names of the conditions of all kinds of classification, each pair once."""
        pairs: list[tuple[str, str]] = []
        for kind in ("CLN", "ONC", "SCI"):
            names = self._info.get(f"{kind}DN")
            if names is not None:
                listed = names.split("|")
                ids = self._info.get(f"{kind}DISDB", "").split("|")
                ids += [""] * (len(listed) - len(ids))
                pairs += zip(map(_sentence_or_empty, ids), map(_sentence_or_empty, listed), strict=False)
        once = list(dict.fromkeys(pairs))
        if not once:
            return "-", "not provided"
        return "|".join(pair[0] for pair in once), "|".join(pair[1] for pair in once)

    def expression_rows(self) -> Iterator[list[str]]:
        """Rows of hgvs4variation: both assemblies, then coding rows, of which the last names the variant."""
        begin = [self._symbol, self._gene_id, self.variation, self.allele]
        for assembly, row in self._by_assembly.items():
            if row is not None:
                expression = _decoded(row.info["CLNHGVS"])
                change = expression.partition(":")[2]
                yield [*begin, "genomic, top-level", assembly, expression, change, "-", "-", "No", "No", "No"]
        if self._transcript is None:
            return
        accession = self._transcript.partition(".")[0]
        protein = accession.replace("NM", "NP")
        expressions = [("-", "-")] * 2
        if self._protein:
            expressions[1] = (f"{protein}.1:{self._protein}", self._protein)
        older = f"{accession}.{self._version - 1}:{self._change}"
        named = f"{self._transcript}:{self._change}"
        yield [*begin, "coding", "na", older, self._change, *expressions[0], "No", "Yes", "No"]
        yield [*begin, "coding", "na", named, self._change, *expressions[1], "Yes", "No", "Yes"]


def _gene(row: ClinVarRow) -> tuple[str, str]:
    """Symbol and number of the gene: the first of two; of three or more all symbols, and -1; `-` and -1 of none."""
    genes = [gene.rpartition(":") for gene in row.info.get("GENEINFO", "").split("|") if gene]
    if not genes:
        return "-", "-1"
    if len(genes) > 2:
        return ";".join(gene[0] for gene in genes), "-1"
    return genes[0][0], genes[0][2]


_UPSTREAM = 50
_BLOCK = 10


def _coding_position(offset: int) -> str:
    """A c. position of a place in a gene: some upstream, then exons and introns of ten bases each in turn.

    `c.-5`, `c.5` and `c.20+1`, `c.21-1` occur, which are words of the same letters for a search engine.
    """
    if offset < _UPSTREAM:
        return str(offset - _UPSTREAM)
    exon, within = divmod(offset - _UPSTREAM, 2 * _BLOCK)
    if within < _BLOCK:
        return str(exon * _BLOCK + within + 1)
    intronic = within - _BLOCK
    if intronic < _BLOCK // 2:
        return f"{(exon + 1) * _BLOCK}+{intronic + 1}"
    return f"{(exon + 1) * _BLOCK + 1}-{_BLOCK - intronic}"


def _coding_change(row: ClinVarRow, start: int) -> str:
    """An invented c. change, different for each allele of a gene."""
    if row.alt in {".", row.ref}:
        return f"c.{_coding_position(row.position - start)}="
    _, position, ref, alt = trimmed(row.chrom, row.position, row.ref, row.alt)
    offset = position - start
    if ref and len(ref) == len(alt) == 1:
        return f"c.{_coding_position(offset)}{ref}>{alt}"
    if not ref:
        return f"c.{_coding_position(offset - 1)}_{_coding_position(offset)}ins{alt}"
    first, last = _coding_position(offset), _coding_position(offset + len(ref) - 1)
    span = first if len(ref) == 1 else f"{first}_{last}"
    return f"c.{span}delins{alt}" if alt else f"c.{span}del"


_SPAN = re.compile(r"[^:]+:[gm]\.(\d+)(?:_(\d+))?(.*)")


def _place(row: ClinVarRow) -> list[str]:
    """ChromosomeAccession, Chromosome, Start and Stop: 1-based, inclusive, right-aligned as in CLNHGVS."""
    expression = _decoded(row.info["CLNHGVS"])
    span = _SPAN.fullmatch(expression)
    assert span is not None, expression
    start = int(span[1])
    stop = int(span[2] or start)
    if "[" in span[3] and not span[2]:  # a repeat is told by its first base
        stop = start + max(1, len(row.ref) - 1) - 1
    return [expression.partition(":")[0], row.chrom, str(start), str(stop)]


def _decoded(value: str) -> str:
    return unquote(value) if "%" in value else value


@cache
def _sentence(value: str | None) -> str:
    """A value of INFO with spaces; `-` for none."""
    return "-" if value is None else _decoded(value).replace("_", " ")


def _sentence_or_empty(value: str) -> str:
    return "" if value == "." else _sentence(value)


def _words(value: str | None) -> str:
    """Classifications with `; ` between."""
    return _sentence(value).replace("|", "; ")


@cache
def _simple(significance: str) -> str:
    if significance == "-":
        return "-1"
    return "1" if re.search("[Pp]athogenic|risk", significance) else "0"


@cache
def _origin(mask: str | None) -> str:
    """The words of a bit mask in alphabetical order."""
    if mask is None:
        return "-"
    number = int(mask)
    return ";".join(sorted(word for bit, word in _ORIGINS.items() if number & bit)) or "unknown"


@cache
def _simple_origin(origin: str) -> str:
    origins = set(origin.split(";"))
    germline = origins & {
        "germline", "inherited", "paternal", "maternal", "de novo", "biparental", "uniparental"
    }  # fmt: skip
    found = (["germline"] if germline else []) + (["somatic"] if "somatic" in origins else [])
    return "/".join(found) or "unknown"


_IN_GTR = "Genetic_Testing_Registry_(GTR):"


def _other_ids(value: str | None) -> str:
    """CLNVI without the registry of tests, with commas between, and spaces in the names of databases only."""
    if value is None:
        return "-"
    items = (item.partition(":") for item in value.split("|") if not item.startswith(_IN_GTR))
    return ",".join(f"{_sentence(name)}{colon}{_decoded(rest)}" for name, colon, rest in items) or "-"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _date(seed: int) -> str:
    return f"{_MONTHS[seed % 12]} {1 + seed % 28:02d}, {2010 + seed % 16}"
