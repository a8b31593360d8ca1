"""Small tables of ClinVar written row by row, and the snapshots that are built from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from annotator import Assembly, Snapshot, build_snapshot
from annotator.snapshot.manifest import Manifest
from annotator.sources.clinvar.layout import EXPRESSIONS, RSIDS
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.hgvs_parse import parse_hgvs
from tests.support.clinvar_tables import ALLELE_COLUMNS, HGVS_COLUMNS, SUMMARY_COLUMNS

RELEASE = "2026-06-28"
GRCH38 = Assembly.GRCH38

Row = dict[str, str]

EMPTY = {"PositionVCF": "-1", "ReferenceAlleleVCF": "na", "AlternateAlleleVCF": "na", "RS# (dbSNP)": "-1"}


def summary_row(variation: int, position: int | str, ref: str, alt: str, **cells: str) -> Row:
    """Row of variant_summary on chromosome 7 of GRCh38; `__` in the name of a cell is a blank."""
    row = dict.fromkeys(SUMMARY_COLUMNS, "-") | {
        "VariationID": str(variation),
        "AlleleID": str(variation + 15_000),
        "Type": "single nucleotide variant",
        "Name": f"NM_004333.6(BRAF):c.{variation}A>T",
        "ClinicalSignificance": "Pathogenic",
        "ReviewStatus": "criteria provided, single submitter",
        "RS# (dbSNP)": "-1",
        "Assembly": "GRCh38",
        "ChromosomeAccession": "NC_000007.14",
        "Chromosome": "7",
        "Start": str(position),
        "Stop": str(position),
        "PositionVCF": str(position),
        "ReferenceAlleleVCF": ref,
        "AlternateAlleleVCF": alt,
    }
    return row | cells


def hgvs_row(variation: int | str, expression: str, kind: str = "coding", **cells: str) -> Row:
    """Row of hgvs4variation."""
    change = expression.partition(":")[2] or "-"
    row = dict.fromkeys(HGVS_COLUMNS, "-") | {
        "VariationID": str(variation), "AlleleID": f"{variation}", "Type": kind, "Assembly": "na",
        "NucleotideExpression": expression, "NucleotideChange": change,
    }  # fmt: skip
    return row | cells


def genomic_row(variation: int, expression: str, assembly: str = "GRCh38") -> Row:
    return hgvs_row(variation, expression, "genomic, top-level", Assembly=assembly)


def allele_row(variation: int, allele: int, kind: str = "Variant") -> Row:
    return {"VariationID": str(variation), "Type": kind, "AlleleID": str(allele), "Interpreted": "yes"}


BRAF = summary_row(13961, 140753336, "A", "T", **{"RS# (dbSNP)": "113488022", "AlleleID": "29000"})
DELETION = summary_row(9325, 1000, "GTT", "G", Type="Deletion")


def table_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]], end: str = "\n") -> str:
    lines = ["#" + "\t".join(columns), *("\t".join(row[name] for name in columns) for row in rows)]
    return "".join(f"{line}{end}" for line in lines)


def write_small(
    folder: Path,
    summary: Iterable[Row] = (BRAF,),
    hgvs: Iterable[Row] | None = None,
    alleles: Iterable[Row] | None = None,
    *,
    columns: Sequence[str] = SUMMARY_COLUMNS,
) -> Path:
    """Write three tables into a folder."""
    rows = list(summary)
    if hgvs is None:
        hgvs = [hgvs_row(int(row["VariationID"]), "NM_004333.6:c.1799T>A") for row in rows]
    if alleles is None:
        alleles = [allele_row(int(row["VariationID"]), int(row["AlleleID"])) for row in rows]
    folder.mkdir(exist_ok=True)
    (folder / "variant_summary.txt").write_text(table_text(columns, rows))
    (folder / "hgvs4variation.txt").write_text(table_text(HGVS_COLUMNS, hgvs))
    (folder / "variation_allele.txt").write_text(table_text(ALLELE_COLUMNS, alleles))
    return folder


class Built(NamedTuple):
    """A snapshot built from tables: its manifest, its store, and its records by allele."""

    manifest: Manifest
    store: Store
    records: dict[AlleleKey, ClinVarRecord]

    @property
    def counts(self) -> dict[str, int]:
        return self.manifest.sources["clinvar"].counts

    def found_by(self, expression: str) -> set[int]:
        """VariationIDs that an expression leads to."""
        parsed = parse_hgvs(expression)
        assert parsed is not None
        rows = self.store.rows_of(EXPRESSIONS, expression_hash(parsed, self.manifest.assembly))
        return {self.store.columns["variation_id"][row] for row in rows}

    def found_by_rsid(self, number: int) -> set[int]:
        rows = self.store.rows_of(RSIDS, number)
        return {self.store.columns["variation_id"][row] for row in rows}


def opened(folder: Path) -> Built:
    snapshot = Snapshot.open(folder)
    clinvar = snapshot.sources[0]
    assert isinstance(clinvar, ClinVarSnapshot)
    store = clinvar.store
    records = {store.key(row): clinvar.record(row) for row in range(len(store))}
    return Built(snapshot.manifest, store, records)


def build(
    folder: Path, assembly: Assembly = GRCH38, *, clinvar: Path | None = None, threads: int = 1
) -> Built:
    """Build a snapshot of the tables in a folder."""
    output = folder.with_name(f"{folder.name}.{assembly}.{threads}.{clinvar is None}.snapshot")
    build_snapshot(
        output, assembly, clinvar=clinvar, clinvar_tables=folder,
        clinvar_release=RELEASE if clinvar is None else None, threads=threads,
    )  # fmt: skip
    return opened(output)


def key(position: int, ref: str, alt: str, contig: str = "7") -> AlleleKey:
    return key_of(contig, position, ref, alt)


# Look-ups


DELETION_ROWS = [
    genomic_row(9325, "NC_000007.13:g.902_903del", "GRCh37"),
    genomic_row(9325, "NC_000007.14:g.1004_1005del"),
    hgvs_row(9325, "NM_000059.4:c.5946_5947del"),
    hgvs_row(9325, "NM_000059.3:c.5946_5947delTT"),
    hgvs_row(9325, "ENST00000380152.8:c.5946_5947del"),
    hgvs_row(9325, "LRG_293t1:c.5946_5947del"),
    hgvs_row(9325, "NR_000001.1:n.77_78del", "non-coding"),
    hgvs_row(9325, "NG_012772.3:g.56_57del", "genomic"),
    hgvs_row(9325, "NC_000007.14:g.1001T[3]", "genomic"),
    hgvs_row(9325, "-", "protein", ProteinExpression="NP_000050.3:p.Ser1982fs"),
    hgvs_row(9325, "no expression at all"),
    hgvs_row("", "NM_000059.4:c.[1del;2del]", "Haplotype"),
    hgvs_row(13961, "NM_004333.6:c.1799T>A"),
    hgvs_row(13961, "NM_004333.6:c.1799_1800delinsAA"),
    hgvs_row(4_000, "NM_004333.6:c.1_2del"),
]


NEEDED = {
    "variant_summary": (
        "VariationID", "AlleleID", "Type", "ClinicalSignificance", "ReviewStatus", "Origin", "RS# (dbSNP)",
        "PhenotypeIDS", "PhenotypeList", "Assembly", "ChromosomeAccession", "Chromosome", "PositionVCF",
        "ReferenceAlleleVCF", "AlternateAlleleVCF", "Name", "Start", "Stop",
    ),
    "hgvs4variation": ("VariationID", "Type", "NucleotideExpression"),
    "variation_allele": ("VariationID", "Type", "AlleleID"),
}  # fmt: skip


def expression(name: str, protein: str = "-") -> Row:
    return hgvs_row(1, name, ProteinExpression=protein)
