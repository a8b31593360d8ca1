"""Rows of ClinVar's tables that are unlike the others: the real files have them, a VCF does not.

Identifiers from 900,000,001 on, names and positions are invented. The positions are in parts of chromosomes 2, X
and Y where no VCF of the tests has anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = [
    "HAPLOTYPE",
    "NOT_NAMED",
    "PAR",
    "PROTEIN_ONLY",
    "special_alleles",
    "special_expressions",
    "special_rows",
]

HAPLOTYPE, PAR, PROTEIN_ONLY, NOT_NAMED, SAME, RETURN, NCBI36 = (
    900_000_000 + number for number in range(1, 8)
)
"""VariationIDs: of two alleles; on X and Y; without a genome; a copy number; REF=ALT; with a CR; of NCBI36 too."""

_DEFAULTS = {
    "Type": "single nucleotide variant", "GeneID": "-1", "GeneSymbol": "-", "HGNC_ID": "-",
    "ClinicalSignificance": "Uncertain significance", "ClinSigSimple": "0", "LastEvaluated": "-",
    "RS# (dbSNP)": "-1", "nsv/esv (dbVar)": "-", "RCVaccession": "RCV900000001", "PhenotypeIDS": "MedGen:C3661900",
    "PhenotypeList": "not provided", "Origin": "germline", "OriginSimple": "germline", "ReferenceAllele": "na",
    "AlternateAllele": "na", "Cytogenetic": "-", "ReviewStatus": "criteria provided, single submitter",
    "NumberSubmitters": "1", "Guidelines": "-", "TestedInGTR": "N", "OtherIDs": "-", "SubmitterCategories": "2",
    "PositionVCF": "-1", "ReferenceAlleleVCF": "na", "AlternateAlleleVCF": "na",
}  # fmt: skip
_ACCESSIONS = {
    ("GRCh37", "2"): "NC_000002.11", ("GRCh38", "2"): "NC_000002.12", ("NCBI36", "2"): "NC_000002.10",
    ("GRCh37", "X"): "NC_000023.10", ("GRCh38", "X"): "NC_000023.11",
    ("GRCh37", "Y"): "NC_000024.9", ("GRCh38", "Y"): "NC_000024.10",
}  # fmt: skip
_SHIFT = {"GRCh37": 0, "GRCh38": 40, "NCBI36": -40}


def special_rows(columns: Sequence[str]) -> list[list[str]]:
    """Rows of variant_summary with these columns."""
    return [[row.get(column, "-") for column in columns] for row in _rows()]


def _rows() -> Iterable[dict[str, str]]:
    for number, position, change in ((11, 1000, "c.100A>G"), (12, 1100, "c.200C>T")):
        before, after = change[-3], change[-1]
        yield from _located(
            HAPLOTYPE, number, f"NM_900001.1(HAPL):{change}", "2", position, alleles=(before, after),
            gene="HAPL", rs=str(900_000_000 + number),
        )  # fmt: skip
    for contig, position in (("X", 600_000), ("Y", 550_000)):
        yield from _located(
            PAR, 20, "NM_900002.1(PARG):c.50G>A (p.Gly17Ser)", contig, position, alleles=("G", "A"), gene="PARG",
            rs="900000020",
        )  # fmt: skip
    yield _without_place(PROTEIN_ONLY, 30, "NP_900003.1:p.Arg12Cys", "protein only")
    yield _without_place(PROTEIN_ONLY + 100, 31, "BRCA2, 3-BP DEL", "Deletion")
    name = "GRCh37/hg19 2q11.1(chr2:2000-9000)x1"
    yield from _located(NOT_NAMED, 40, name, "2", 2000, length=7001, kind="copy number loss")
    yield from _located(SAME, 50, "NM_900004.2(SAME):c.7=", "2", 3000, alleles=("C", "C"), gene="SAME")
    for row in _located(RETURN, 60, "NM_900005.3(RETN):c.8C>A", "2", 4000, alleles=("C", "A"), gene="RETN"):
        yield {**row, "OtherIDs": "OMIM:1\r", "PhenotypeList": "a condition\r of two lines"}
    yield from _located(
        NCBI36, 70, "NM_900006.1(OLDG):c.9T>C", "2", 5000, alleles=("T", "C"), gene="OLDG",
        assemblies=("GRCh37", "GRCh38", "NCBI36"),
    )  # fmt: skip


def _located(
    variation: int,
    allele: int,
    name: str,
    contig: str,
    position: int,
    *,
    length: int = 1,
    alleles: tuple[str, str] | None = None,
    gene: str = "-",
    rs: str = "-1",
    kind: str = "single nucleotide variant",
    assemblies: Sequence[str] = ("GRCh37", "GRCh38"),
) -> Iterable[dict[str, str]]:
    for assembly in assemblies:
        start = position + _SHIFT[assembly]
        row = {
            **_DEFAULTS,
            "AlleleID": str(900_000_000 + allele),
            "VariationID": str(variation),
            "Type": kind,
            "Name": name,
            "GeneSymbol": gene,
            "RS# (dbSNP)": rs,
            "Assembly": assembly,
            "ChromosomeAccession": _ACCESSIONS[assembly, contig],
            "Chromosome": contig,
            "Start": str(start),
            "Stop": str(start + length - 1),
            "Cytogenetic": f"{contig}p11",
        }
        if alleles is not None and assembly != "NCBI36":
            row |= {
                "PositionVCF": str(start),
                "ReferenceAlleleVCF": alleles[0],
                "AlternateAlleleVCF": alleles[1],
            }
        yield row


def _without_place(variation: int, allele: int, name: str, kind: str) -> dict[str, str]:
    return {
        **_DEFAULTS,
        "AlleleID": str(900_000_000 + allele),
        "VariationID": str(variation),
        "Type": kind,
        "Name": name,
        "Assembly": "na",
        "ChromosomeAccession": "na",
        "Chromosome": "na",
        "Start": "-1",
        "Stop": "-1",
    }


def special_expressions(columns: Sequence[str]) -> list[list[str]]:
    """Rows of hgvs4variation with these columns."""
    none = dict.fromkeys(columns, "-")
    rows = (
        (HAPLOTYPE, 11, "coding", "na", "NM_900001.1:c.100A>G", "-"),
        (HAPLOTYPE, 12, "coding", "na", "NM_900001.1:c.200C>T", "-"),
        ("", "", "Haplotype", "na", "NM_900001.1:c.[100A>G;200C>T]", "-"),
        (PAR, 20, "genomic, top-level", "GRCh37", "NC_000023.10:g.600000G>A", "-"),
        (PAR, 20, "genomic, top-level", "GRCh37", "NC_000024.9:g.550000G>A", "-"),
        (PAR, 20, "genomic, top-level", "GRCh38", "NC_000023.11:g.600040G>A", "-"),
        (PAR, 20, "coding", "na", "NM_900002.1:c.50G>A", "NP_900002.1:p.Gly17Ser\r"),
        (PROTEIN_ONLY, 30, "protein", "na", "-", "NP_900003.1:p.Arg12Cys"),
        (SAME, 50, "coding", "na", "NM_900004.2:c.7=", "-"),
        (RETURN, 60, "coding", "na", "NM_900005.3:c.8C>A", "-"),
        (RETURN, 60, "non-coding", "na", "NR_900005.1:n.80C>A", "-"),
        (NCBI36, 70, "genomic, top-level", "NCBI36", "NC_000002.10:g.4960T>C", "-"),
        (NCBI36, 70, "coding", "na", "NM_900006.1:c.9T>C", "-"),
    )
    made = []
    for variation, allele, kind, assembly, nucleotide, protein in rows:
        row = none | {
            "VariationID": str(variation),
            "AlleleID": str(900_000_000 + int(allele)) if allele else "",
            "Type": kind,
            "Assembly": assembly,
            "NucleotideExpression": nucleotide,
            "NucleotideChange": nucleotide.partition(":")[2] or "-",
            "ProteinExpression": protein,
            "ProteinChange": protein.partition(":")[2] or "-",
            "UsedForNaming": "No",
            "Submitted": "No",
            "OnRefSeqGene": "No",
        }
        made.append([row[column] for column in columns])
    return made


def special_alleles(members: Iterable[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Rows of variation_allele: those of the special rows, and a haplotype of alleles that are also alone."""
    alone = (
        (PAR, 20), (PROTEIN_ONLY, 30), (PROTEIN_ONLY + 100, 31), (NOT_NAMED, 40), (SAME, 50), (RETURN, 60),
        (NCBI36, 70),
    )  # fmt: skip
    rows = [(str(variation), "Variant", str(900_000_000 + allele), "yes") for variation, allele in alone]
    rows += [(str(HAPLOTYPE), "Haplotype", str(900_000_000 + allele), "yes") for allele in (11, 12)]
    rows += [(str(HAPLOTYPE + 100), "CompoundHeterozygote", allele, "yes") for _, allele in members]
    return rows
