"""ClinVar's three tables become a snapshot, and the records of the Clinical Tables service."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator import Assembly, Snapshot, build_snapshot
from annotator.errors import KnowledgeBaseError, UsageError
from annotator.snapshot.clinvar.tables.compounds import distinct_pairs, pairs_of, several_alleles
from annotator.snapshot.clinvar.tables.construction import parsed_name, service_record
from annotator.snapshot.clinvar.tables.reading import Lines
from annotator.snapshot.clinvar.tables.service import service_records
from annotator.snapshot.manifest import Manifest
from annotator.sources.clinvar.layout import EXPRESSIONS, RSIDS
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.hgvs_parse import parse_hgvs
from tests.bench.clinvar_tables_like import write_tables_like
from tests.servers.construction import records_of_tables
from tests.support.clinvar_rows import clinvar_text
from tests.support.clinvar_special_rows import HAPLOTYPE, PAR, RETURN
from tests.support.clinvar_tables import ALLELE_COLUMNS, HGVS_COLUMNS, SUMMARY_COLUMNS, Tables, write_tables
from tests.support.inputs import bgzip, run_annotator

RELEASE = "2026-06-28"
GRCH38 = Assembly.GRCH38

Row = dict[str, str]

_EMPTY = {"PositionVCF": "-1", "ReferenceAlleleVCF": "na", "AlternateAlleleVCF": "na", "RS# (dbSNP)": "-1"}


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


# Building from the tables alone


def test_an_allele_gets_its_record(tmp_path: Path) -> None:
    hgvs = [
        genomic_row(13961, "NC_000007.13:g.140453136A>T", "GRCh37"),
        genomic_row(13961, "NC_000007.14:g.140753336A>T"),
        hgvs_row(13961, "NM_004333.6:c.1799T>A"),
    ]
    built = build(write_small(tmp_path / "t", hgvs=hgvs))
    assert built.records == {
        key(140753336, "A", "T"): ClinVarRecord(
            13961, 29000, "Pathogenic", review_status="criteria_provided,_single_submitter",
            variant_type="single_nucleotide_variant", rsid="113488022", hgvs="NC_000007.14:g.140753336A>T",
        )
    }  # fmt: skip
    assert built.counts == {"records": 1, "alleles": 1}
    assert built.found_by_rsid(113488022) == {13961}


def test_only_rows_of_the_assembly_count(tmp_path: Path) -> None:
    rows = [
        BRAF | {"Assembly": "GRCh37", "ChromosomeAccession": "NC_000007.13", "PositionVCF": "140453136"},
        BRAF,
        BRAF | {"Assembly": "NCBI36", "ChromosomeAccession": "NC_000007.12"} | _EMPTY,
        summary_row(7, 500, "A", "C", Assembly="GRCh37", ChromosomeAccession="NC_000007.13"),
        summary_row(8, "-1", "na", "na", Assembly="na", ChromosomeAccession="na", Chromosome="na"),
    ]
    folder = write_small(tmp_path / "t", rows)
    on_38, on_37 = build(folder), build(folder, Assembly.GRCH37)
    assert set(on_38.records) == {key(140753336, "A", "T")}
    assert set(on_37.records) == {key(140453136, "A", "T"), key(500, "A", "C")}
    assert on_38.counts["records"] == 1
    assert on_38.counts["left out: no row of GRCh38"] == 2
    assert on_37.counts["left out: no row of GRCh37"] == 1


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (_EMPTY, "missing"),
        ({"PositionVCF": "-1"}, "missing"),
        ({"PositionVCF": "0"}, "missing"),
        ({"ReferenceAlleleVCF": "na", "AlternateAlleleVCF": "na"}, "missing"),
        ({"AlternateAlleleVCF": "-"}, "missing"),
        ({"AlternateAlleleVCF": ""}, "missing"),
        ({"ReferenceAlleleVCF": "A", "AlternateAlleleVCF": "A"}, "same_as_reference"),
        ({"AlternateAlleleVCF": "(ACG)12"}, "not_a_sequence"),
        ({"ChromosomeAccession": "NC_000007.13"}, "unknown_contig"),
        ({"ChromosomeAccession": "na", "Chromosome": "Un"}, "unknown_contig"),
        ({"ChromosomeAccession": "-", "Chromosome": "-"}, "unknown_contig"),
        ({"VariationID": "-"}, "no VariationID"),
    ],
)
def test_a_row_without_an_allele_is_counted_by_reason(
    tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    rows = [BRAF, summary_row(7, 500, "A", "C") | cells]
    built = build(
        write_small(tmp_path / "t", rows, hgvs=[hgvs_row(13961, "NM_1.1:c.1A>T")], alleles=[allele_row(1, 2)])
    )
    assert built.counts["records"] == 2
    assert {name: count for name, count in built.counts.items() if "left out" in name} == {
        f"left out: {reason}": 1
    }
    assert set(built.records) == {key(140753336, "A", "T")}


def test_the_accession_says_which_sequence_an_allele_is_on(tmp_path: Path) -> None:
    rows = [
        summary_row(1, 100, "A", "C", ChromosomeAccession="NT_167244.2", Chromosome="6"),
        summary_row(2, 100, "A", "C", ChromosomeAccession="na", Chromosome="X"),
        summary_row(3, 100, "A", "C", ChromosomeAccession="NC_012920.1", Chromosome="MT"),
    ]
    built = build(write_small(tmp_path / "t", rows))
    assert {allele.contig: record.variation_id for allele, record in built.records.items()} == {
        "NT_167244.2": 1, "X": 2, "MT": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["Haplotype", "CompoundHeterozygote", "Complex", "Phase unknown", "Distinct chromosomes"]
)
def test_what_is_not_one_allele_is_left_out(tmp_path: Path, kind: str) -> None:
    rows = [BRAF, summary_row(77, 500, "A", "C")]
    alleles = [allele_row(13961, 29000), allele_row(77, 15_077, kind)]
    built = build(write_small(tmp_path / "t", rows, alleles=alleles))
    assert built.counts[f"left out: {kind}"] == 1
    assert {record.variation_id for record in built.records.values()} == {13961}


def test_an_allele_may_also_be_part_of_a_haplotype(tmp_path: Path) -> None:
    alleles = [allele_row(13961, 29000), allele_row(77, 29000, "Haplotype"), allele_row(77, 5, "Haplotype")]
    assert len(build(write_small(tmp_path / "t", alleles=alleles)).records) == 1


def test_several_alleles_of_a_number_are_no_single_one_whatever_its_type(tmp_path: Path) -> None:
    rows = [BRAF, summary_row(77, 500, "A", "C", AlleleID="1"), summary_row(78, 600, "A", "C")]
    alleles = [allele_row(13961, 29000), allele_row(77, 1), allele_row(77, 2), allele_row(78, 15_078)]
    built = build(write_small(tmp_path / "by_alleles", rows, alleles=alleles))
    assert built.counts["left out: several alleles"] == 1
    assert {record.variation_id for record in built.records.values()} == {13961, 78}
    # The other allele has a place on the other assembly only.
    rows.append(summary_row(78, 600, "A", "G", AlleleID="3", Assembly="GRCh37"))
    built = build(write_small(tmp_path / "by_rows", rows, alleles=alleles))
    assert built.counts["left out: several alleles"] == 2
    assert {record.variation_id for record in built.records.values()} == {13961}


def test_an_allele_on_x_and_y_has_the_expression_of_each(tmp_path: Path) -> None:
    rows = [
        summary_row(5, 600_040, "G", "A", ChromosomeAccession="NC_000023.11", Chromosome="X"),
        summary_row(5, 550_040, "G", "A", ChromosomeAccession="NC_000024.10", Chromosome="Y"),
    ]
    hgvs = [
        genomic_row(5, "NC_000024.10:g.550040G>A"),
        genomic_row(5, "NC_000023.10:g.600000G>A", "GRCh37"),
        genomic_row(5, "NC_000023.11:g.600040G>A"),
        genomic_row(6, "NC_000023.11:g.1G>A"),
    ]
    built = build(write_small(tmp_path / "t", rows, hgvs))
    assert {allele.contig: record.hgvs for allele, record in built.records.items()} == {
        "X": "NC_000023.11:g.600040G>A",
        "Y": "NC_000024.10:g.550040G>A",
    }


def test_only_the_expression_of_a_chromosome_is_the_records(tmp_path: Path) -> None:
    hgvs = [
        hgvs_row(13961, "NG_007873.3:g.176429T>A", "genomic"),
        hgvs_row(13961, "LRG_299:g.176429T>A", "genomic"),
        hgvs_row(13961, "NC_000007.14:g.1A>T", "genomic"),  # not of the top level
        genomic_row(13961, "NC_000007.13:g.140453136A>T", "GRCh37"),
    ]
    assert build(write_small(tmp_path / "t", hgvs=hgvs)).records[key(140753336, "A", "T")].hgvs is None


def test_the_better_record_of_an_allele_is_kept(tmp_path: Path) -> None:
    better = summary_row(2, 500, "A", "C", ReviewStatus="reviewed by expert panel")
    built = build(write_small(tmp_path / "t", [summary_row(1, 500, "A", "C"), better]))
    assert built.records[key(500, "A", "C")].variation_id == 2
    assert built.counts["left out: allele has another record"] == 1


def test_tables_without_an_allele_are_an_error(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t", [BRAF | _EMPTY])
    with pytest.raises(KnowledgeBaseError, match="the file has no record with an allele"):
        build(folder)


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


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a VCF"])
def test_a_deletion_is_found_by_all_its_expressions(tmp_path: Path, beside: bool, threads: int) -> None:
    vcf = tmp_path / "clinvar.vcf"
    vcf.write_text(
        clinvar_text(
            [
                "7 1000 9325 GTT G ALLELEID=24325;CLNREVSTAT=x",
                "7 140753336 13961 A T ALLELEID=1;CLNREVSTAT=x",
            ]
        )
    )
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    built = build(folder, clinvar=vcf if beside else None, threads=threads)
    for expression in (
        "NC_000007.14:g.1004_1005del", "7:g.1004_1005del", "NM_000059.4:c.5946_5947del",
        "NM_000059.99:c.5946_5947delTT", "ENST00000380152.1:c.5946_5947del", "LRG_293t1:c.5946_5947del",
        "NR_000001.1:n.77_78del", "NG_012772.3:g.56_57del", "NC_000007.14:g.1001T[3]",
    ):  # fmt: skip
        assert built.found_by(expression) == {9325}, expression
    for expression in (
        "NC_000007.13:g.902_903del", "NM_004333.6:c.1799T>A", "NM_004333.6:c.1799_1800delinsAA",
        "NM_004333.6:c.1_2del", "NP_000050.3:p.Ser1982fs",
    ):  # fmt: skip
        assert built.found_by(expression) == set(), expression


def test_beside_a_vcf_the_records_are_the_vcfs(tmp_path: Path) -> None:
    vcf = tmp_path / "clinvar.vcf"
    vcf.write_text(clinvar_text(["7 1000 9325 GTT G ALLELEID=24325;CLNREVSTAT=x;CLNSIG=Benign"]))
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    for name in ("variant_summary", "variation_allele"):
        (folder / f"{name}.txt").unlink()  # not needed
    built = build(folder, clinvar=vcf)
    assert {record.classification for record in built.records.values()} == {"Benign"}
    stored = built.manifest.sources["clinvar"]
    assert stored.release == "2026-02-26"
    assert stored.origin == "clinvar.vcf, hgvs4variation.txt"
    assert stored.origin_sha256 == sha256sums([vcf, folder / "hgvs4variation.txt"])


def sha256sums(files: Iterable[Path]) -> str:
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# What a snapshot says of where it came from


def test_the_manifest_names_all_three_files(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t")
    stored = build(folder).manifest.sources["clinvar"]
    names = ["variant_summary.txt", "hgvs4variation.txt", "variation_allele.txt"]
    assert stored.release == RELEASE
    assert stored.origin == ", ".join(names)
    assert stored.origin_sha256 == sha256sums(folder / name for name in names)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"clinvar_tables": "t"}, "do not state their release"),
        ({"clinvar_tables": "t", "clinvar_release": "last week"}, "'last week' is not a date"),
        ({"clinvar_tables": "t", "clinvar_release": "20260628"}, "'20260628' is not a date"),
        (
            {"clinvar": "x.vcf", "clinvar_tables": "t", "clinvar_release": RELEASE},
            "applies only to ClinVar's tables",
        ),
        ({"civic": "c", "clinvar_release": RELEASE}, "applies only to ClinVar's tables"),
        ({}, "there is nothing to build a snapshot from"),
    ],
)
def test_a_release_is_told_when_it_must_be(tmp_path: Path, options: dict[str, str], what: str) -> None:
    with pytest.raises(UsageError, match=re.escape(what)):
        build_snapshot(tmp_path / "s", GRCH38, **options)  # type: ignore[arg-type]
    assert not (tmp_path / "s").exists()


def test_the_command_builds_from_tables(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t")
    words: list[str | Path] = [
        "snapshot",
        "build",
        "--assembly",
        "GRCh38",
        "--clinvar-tables",
        folder,
        "-o",
        tmp_path / "s",
    ]
    ran = run_annotator(*words)
    assert ran.status == 2
    assert "--clinvar-release" in ran.err
    ran = run_annotator(*words, "--clinvar-release", RELEASE)
    assert ran.status == 0, ran.err
    assert f"clinvar: release {RELEASE}, from variant_summary.txt, " in ran.err
    assert len(opened(tmp_path / "s").records) == 1


# Reading


def as_gzip(text: bytes) -> bytes:
    return gzip.compress(text, 1)


def as_members(text: bytes) -> bytes:
    """Give several gzip members, cut within lines."""
    return b"".join(gzip.compress(text[start : start + 100], 1) for start in range(0, len(text), 100))


FORMS: dict[str, Callable[[bytes], bytes]] = {"gzip": as_gzip, "members": as_members, "bgzf": bgzip}


def packed(folder: Path, pack: Callable[[bytes], bytes]) -> Path:
    for path in folder.glob("*.txt"):
        path.with_suffix(".txt.gz").write_bytes(pack(path.read_bytes()))
        path.unlink()
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_a_table_may_be_compressed(tmp_path: Path, form: str) -> None:
    plain = build(write_small(tmp_path / "plain", [BRAF, DELETION], DELETION_ROWS))
    folder = packed(write_small(tmp_path / form, [BRAF, DELETION], DELETION_ROWS), FORMS[form])
    built = build(folder)
    assert built.records == plain.records
    assert built.found_by("NG_012772.3:g.56_57del") == {9325}
    assert (
        built.manifest.sources["clinvar"].origin
        == "variant_summary.txt.gz, hgvs4variation.txt.gz, variation_allele.txt.gz"
    )


@pytest.mark.parametrize("count", [34, 40, 43])
def test_older_files_have_fewer_columns(tmp_path: Path, count: int) -> None:
    row = BRAF | {"Oncogenicity": "Oncogenic", "ReviewStatusOncogenicity": "reviewed by expert panel"}
    built = build(write_small(tmp_path / "t", [row], columns=SUMMARY_COLUMNS[:count]))
    record = built.records[key(140753336, "A", "T")]
    assert record.classification == "Pathogenic"
    assert record.oncogenicity == (None if count == 34 else "Oncogenic")


@settings(deadline=None)  # the first example also loads numpy
@given(data=st.data())
def test_columns_may_stand_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("order")
    columns = data.draw(st.permutations([*SUMMARY_COLUMNS, "a new one"]))
    row = BRAF | {"a new one": "whatever"}
    built = build(write_small(folder / "t", [row], columns=columns))
    assert built.records[key(140753336, "A", "T")].rsid == "113488022"


NEEDED = {
    "variant_summary": (
        "VariationID", "AlleleID", "Type", "ClinicalSignificance", "ReviewStatus", "Origin", "RS# (dbSNP)",
        "PhenotypeIDS", "PhenotypeList", "Assembly", "ChromosomeAccession", "Chromosome", "PositionVCF",
        "ReferenceAlleleVCF", "AlternateAlleleVCF",
    ),
    "hgvs4variation": ("VariationID", "Type", "NucleotideExpression"),
    "variation_allele": ("VariationID", "Type", "AlleleID"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in NEEDED for column in NEEDED[name]])
def test_a_missing_column_is_named(tmp_path: Path, name: str, column: str) -> None:
    folder = write_small(tmp_path / "t")
    path = folder / f"{name}.txt"
    header, *lines = path.read_text().split("\n")
    cells = header.removeprefix("#").split("\t")
    cells[cells.index(column)] = "another"
    path.write_text("\n".join(["#" + "\t".join(cells), *lines]))
    with pytest.raises(KnowledgeBaseError, match=re.escape(f"no column {column!r}")) as raised:
        build(folder)
    assert raised.value.path == str(path)


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_table_is_an_error(tmp_path: Path, name: str) -> None:
    folder = write_small(tmp_path / "t")
    (folder / f"{name}.txt").unlink()
    with pytest.raises(KnowledgeBaseError, match=f"{name}.txt.gz is missing"):
        build(folder)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no header"),
        ("\n\n", "no header"),
        ("VariationID\tType\n1\t2\n", "no header"),
        ("#VariationID\tType\tAlleleID\tInterpreted\n", "no data"),
        ("#VariationID\tType\tAlleleID\tInterpreted", "no data"),
        ("#VariationID\tType\tAlleleID\tInterpreted\r\n\r\n", "no data"),
    ],
)
def test_a_table_has_a_header_and_data(tmp_path: Path, text: str, what: str) -> None:
    folder = write_small(tmp_path / "t")
    (folder / "variation_allele.txt").write_text(text)
    with pytest.raises(KnowledgeBaseError, match=what):
        build(folder)


def test_the_last_comment_line_is_the_header(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    path = folder / "hgvs4variation.txt"
    path.write_text("\ufeff#about\tthe\ttable\n\n#more - of it\r\n#\n" + path.read_text())
    assert build(folder).found_by("NG_012772.3:g.56_57del") == {9325}


def test_carriage_returns_mean_nothing_wherever_they_stand(tmp_path: Path) -> None:
    plain = build(write_small(tmp_path / "plain", [BRAF, DELETION], DELETION_ROWS))
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    for path in folder.iterdir():
        text = path.read_text().replace("\n", "\r\n").replace("NG_012772.3", "NG_0127\r72.3\r")
        path.write_bytes(text.replace("Pathogenic\t", "Path\rogenic\r\t").encode())
    built = build(folder)
    assert built.records == plain.records
    assert built.found_by("NG_012772.3:g.56_57del") == {9325}


def test_blank_lines_and_the_lack_of_a_last_line_end_are_nothing(tmp_path: Path) -> None:
    plain = build(write_small(tmp_path / "plain", [BRAF, DELETION], DELETION_ROWS))
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    for path in folder.iterdir():
        path.write_text(path.read_text().rstrip("\n").replace("\n", "\n\n"))
    assert build(folder).records == plain.records


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("change", ["\ttoo many", "too few"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_line_with_another_number_of_columns_is_named(
    tmp_path: Path, name: str, change: str, threads: int
) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    path = folder / f"{name}.txt"
    lines = path.read_text().split("\n")
    lines[2] = lines[2] + change if change.startswith("\t") else lines[2].rpartition("\t")[0]
    # A blank line counts as a line, and two wrong lines may have the right number of columns together.
    path.write_text("\n".join([lines[0], "", *lines[1:]]))
    with pytest.raises(KnowledgeBaseError, match=r"the line has \d+ columns instead of \d+") as raised:
        build(folder, threads=threads)
    assert (raised.value.path, raised.value.line) == (str(path), 4)


def test_two_wrong_lines_do_not_make_a_right_one(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION])
    path = folder / "variation_allele.txt"
    path.write_text(path.read_text() + "1\tVariant\t2\n1\tVariant\t2\tyes\textra\n")
    with pytest.raises(KnowledgeBaseError, match="the line has 3 columns instead of 4") as raised:
        build(folder)
    assert raised.value.line == 4


@pytest.mark.parametrize(
    ("name", "column", "cell"),
    [
        ("variant_summary", "VariationID", "VCV7"),
        ("variant_summary", "AlleleID", "1.5"),
        ("variant_summary", "PositionVCF", "1e6"),
        ("variant_summary", "PositionVCF", "-12"),
        ("hgvs4variation", "VariationID", "1234567890"),
        ("variation_allele", "AlleleID", "x"),
    ],
)
def test_a_number_that_is_none_is_named(tmp_path: Path, name: str, column: str, cell: str) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    path = folder / f"{name}.txt"
    header, *lines = path.read_text().split("\n")
    cells = lines[1].split("\t")
    cells[header.removeprefix("#").split("\t").index(column)] = cell
    path.write_text("\n".join([header, "", lines[0], "", "\t".join(cells), *lines[2:]]))
    with pytest.raises(KnowledgeBaseError, match=re.escape(f"{column} {cell!r} is not a number")) as raised:
        build(folder)
    assert (raised.value.path, raised.value.line) == (str(path), 5)


LARGE = 70_000
"""Rows of a table that is read in several chunks."""


def write_large(folder: Path, lines: Callable[[list[str]], list[str]] = lambda lines: lines) -> Path:
    """Write tables of which hgvs4variation has many rows."""
    rows = [hgvs_row(number, f"NM_000059.4:c.{number}del") for number in range(1, LARGE)]
    folder = write_small(folder, [summary_row(LARGE - 1, 1000, "GTT", "G")], rows)
    path = folder / "hgvs4variation.txt"
    path.write_text("\n".join(lines(path.read_text().split("\n"))))
    return folder


def test_lines_are_counted_over_chunks(tmp_path: Path) -> None:
    def damage(lines: list[str]) -> list[str]:
        return [*lines[:50_000], "1\t2", *lines[50_000:]]

    folder = write_large(tmp_path / "t", damage)
    assert (folder / "hgvs4variation.txt").stat().st_size > 1 << 22  # two chunks
    with pytest.raises(KnowledgeBaseError, match="2 columns") as raised:
        build(folder)
    assert raised.value.line == 50_001


@pytest.mark.parametrize("form", FORMS)
def test_a_table_that_was_cut_off_is_an_error_with_the_line(tmp_path: Path, form: str) -> None:
    folder = packed(write_large(tmp_path / "t"), FORMS[form])
    path = folder / "hgvs4variation.txt.gz"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(KnowledgeBaseError, match="truncated") as raised:
        build(folder)
    assert raised.value.path == str(path)
    assert raised.value.line is not None
    assert 1 <= raised.value.line < LARGE
    assert list(tmp_path.glob("*.snapshot")) == []


def test_a_table_of_several_chunks_is_read_to_its_end(tmp_path: Path) -> None:
    built = build(write_large(tmp_path / "t"), threads=2)
    assert built.counts["expressions other than of substitutions"] == LARGE - 1
    assert built.found_by(f"NM_000059.4:c.{LARGE - 1}del") == {LARGE - 1}


def test_the_snapshot_depends_neither_on_workers_nor_on_how_the_tables_are_compressed(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    write_tables_like(folder, 3_000, workers=2)
    stores = {}
    for threads in (1, 2):
        build(folder, threads=threads)
        stores[threads] = (tmp_path / f"t.GRCh38.{threads}.True.snapshot/clinvar.store").read_bytes()
    assert stores[1] == stores[2]


CELLS = st.text(st.sampled_from("0123456789>acg-"), max_size=11)


@given(table=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_what_is_said_of_all_lines_at_once_is_what_each_says(table: list[tuple[str, str, str]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in table).encode()
    lines = Lines.of(text, 3)
    assert lines is not None
    every = np.arange(len(table))
    assert list(lines.split(every)) == [list(row) for row in table]
    for place in range(3):
        cells = [row[place] for row in table]
        assert [lines.cell(row, place) for row in range(len(table))] == cells
        assert lines.texts(every, place) == [cell.encode() for cell in cells]
        assert lines.hold_substitution(place).tolist() == [">" in cell for cell in cells]
        assert lines.are(place, "acg").tolist() == [cell == "acg" for cell in cells]
        values, are_numbers = lines.numbers(place)
        are = [re.fullmatch("[0-9]{1,9}", cell) is not None for cell in cells]
        assert are_numbers.tolist() == are
        assert [values[row] for row in np.flatnonzero(are)] == [
            int(cell) for cell, is_ in zip(cells, are, strict=True) if is_
        ]


@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=8), width=st.integers(1, 4))
def test_lines_of_another_width_are_seen(lengths: list[int], width: int) -> None:
    text = "".join("\t" * length + "\n" for length in lengths).encode()
    assert (Lines.of(text, width) is not None) == all(length == width - 1 for length in lengths)


@given(rows=st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 3)), max_size=20))
def test_a_variation_of_several_alleles_is_found(rows: list[tuple[int, int]]) -> None:
    half = len(rows) // 2
    parts = [
        pairs_of(
            np.array([row[0] for row in part], dtype=np.int64),
            np.array([row[1] for row in part], dtype=np.int64),
        )
        for part in (rows[:half], rows[half:])
    ]
    alleles: dict[int, set[int]] = {}
    for variation, allele in rows:
        if variation >= 0 and allele >= 0:
            alleles.setdefault(variation, set()).add(allele)
    expected = sorted(variation for variation, some in alleles.items() if len(some) > 1)
    assert several_alleles(distinct_pairs(parts)).tolist() == expected


# Real files


def test_the_real_head_of_variant_summary_is_read(tmp_path: Path, shared_data: Path) -> None:
    tables = shared_data / "clinvar/tab_delimited"
    head = (tables / "variant_summary_2026-06-28.head.txt").read_text()
    assert head.startswith("#" + "\t".join(SUMMARY_COLUMNS) + "\n")
    assert (tables / "hgvs4variation.header.txt").read_text().strip() == "#" + "\t".join(HGVS_COLUMNS)
    assert (tables / "variation_allele.header.txt").read_text().strip() == "#" + "\t".join(ALLELE_COLUMNS)
    hgvs = [genomic_row(2, "NC_000007.14:g.4781213_4781216delinsTGCTGTAAACTGTAACTGTAAA")]
    hgvs.append(hgvs_row(3, "NM_014855.3:c.1413_1426del"))
    folder = write_small(tmp_path / "t", [], hgvs, [allele_row(2, 15041), allele_row(3, 15042)])
    (folder / "variant_summary.txt").write_text(head)
    built = build(folder)
    assert len(built.records) == 5
    indel = built.records[key(4781213, "GGAT", "TGCTGTAAACTGTAACTGTAAA")]
    assert (indel.variation_id, indel.rsid, indel.hgvs) == (2, "397704705", hgvs[0]["NucleotideExpression"])
    assert built.found_by("NM_014855.3:c.1413_1426delGCTGCTGGACCTGC") == {3}
    on_37 = build(folder, Assembly.GRCH37)
    assert key(26093236, "G", "A", "6") in on_37.records
    assert {record.hgvs for record in on_37.records.values()} == {None}


def test_ncbis_sample_of_forty_columns_is_read(tmp_path: Path, shared_data: Path) -> None:
    sample = shared_data / "clinvar/tab_delimited/variant_summary_ncbi_sample_40col.txt"
    folder = write_small(tmp_path / "t", [], [genomic_row(1, "NC_000012.12:g.1A>T")], [allele_row(1, 2)])
    (folder / "variant_summary.txt").write_text(sample.read_text())
    kras = build(folder).records[key(25245351, "C", "A", "12")]
    assert (kras.classification, kras.oncogenicity, kras.impact, kras.origin) == (
        "Pathogenic", "Oncogenic", "Tier_I_-_Strong", "3",
    )  # fmt: skip


# The tables of the shared slice: what they say is what the VCF says


@pytest.fixture(scope="module")
def slice_vcfs(shared_data: Path) -> dict[Assembly, Path]:
    folder = shared_data / "clinvar"
    return {
        Assembly.GRCH38: folder / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz",
        Assembly.GRCH37: folder / "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz",
    }


@pytest.fixture(scope="module")
def slice_tables(slice_vcfs: dict[Assembly, Path], tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return write_tables(tmp_path_factory.mktemp("tables"), slice_vcfs[GRCH38], slice_vcfs[Assembly.GRCH37])


# Classifications of haplotypes that include an allele are not worked out from the tables.
ONLY_IN_THE_VCF = {
    "conflicting", "consequences", "genes", "included", "included_diseases", "oncogenicity_conflicting",
}  # fmt: skip
UNION = {"diseases", "disease_ids", "oncogenicity_diseases", "impact_diseases"}


@pytest.mark.parametrize("assembly", Assembly)
def test_the_tables_of_a_release_say_what_its_vcf_says(
    tmp_path: Path, slice_vcfs: dict[Assembly, Path], slice_tables: Tables, assembly: Assembly
) -> None:
    build_snapshot(tmp_path / "vcf", assembly, clinvar=slice_vcfs[assembly])
    build_snapshot(
        tmp_path / "tables",
        assembly,
        clinvar_tables=slice_tables.variant_summary.parent,
        clinvar_release=RELEASE,
    )
    vcf, tables = opened(tmp_path / "vcf"), opened(tmp_path / "tables")
    assert len(vcf.records) > 69_000
    for allele, expected in vcf.records.items():
        kinds = [expected.classification, expected.oncogenicity, expected.impact]
        unsaid = ONLY_IN_THE_VCF | (UNION if kinds.count(None) != 2 else set())
        assert tables.records[allele] == expected._replace(**dict.fromkeys(unsaid)), allele
    of_special_rows = {
        allele.contig: record.variation_id
        for allele, record in tables.records.items()
        if allele not in vcf.records and record.variation_id in {PAR, HAPLOTYPE}
    }
    assert of_special_rows == {"X": PAR, "Y": PAR}
    assert tables.counts["left out: Haplotype"] == 2
    returned = next(record for record in tables.records.values() if record.variation_id == RETURN)
    assert returned.diseases == "a_condition_of_two_lines"


# The records of the Clinical Tables service


@pytest.mark.parametrize("columns", [34, 43])
def test_the_services_records_are_those_of_another_construction(
    tmp_path: Path, slice_vcfs: dict[Assembly, Path], columns: int
) -> None:
    folder = tmp_path
    write_tables(folder, slice_vcfs[GRCH38], slice_vcfs[Assembly.GRCH37], limit=8_000, columns=columns)
    expected = {record["VariationID"]: record for record in records_of_tables(folder)}
    made = list(service_records(folder, workers=2))
    assert [int(record["VariationID"]) for record in made] == sorted(map(int, expected))
    for record in made:
        assert record == {
            field: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for field, value in expected[record["VariationID"]].items()
        }
    assert len(made) > 7_900


def test_the_order_of_the_rows_does_not_matter_but_within_a_variation(tmp_path: Path) -> None:
    rows = [summary_row(number, number, "A", "C", Assembly="GRCh37") for number in range(1, 60_000, 1_000)]
    hgvs = [hgvs_row(number["VariationID"], f"NM_{n}0.1:c.1A>T") for number in rows for n in range(1, 4)]
    ordered = list(service_records(write_small(tmp_path / "ordered", rows, hgvs)))
    assert [json.loads(record["HGVS_exprs"]) for record in ordered] == [
        ["NM_10.1:c.1A>T", "NM_20.1:c.1A>T", "NM_30.1:c.1A>T"]
    ] * 60
    chance = random.Random(1)  # noqa: S311
    chance.shuffle(rows)
    hgvs.sort(key=lambda row: (row["NucleotideExpression"], chance.random()))
    assert list(service_records(write_small(tmp_path / "shuffled", rows, hgvs))) == ordered


def test_the_command_writes_a_record_per_line(tmp_path: Path) -> None:
    row = BRAF | {"Assembly": "GRCh37", "PhenotypeList": "Sjögrens", "PhenotypeIDS": "MedGen:C1"}
    folder = write_small(tmp_path / "t", [row, BRAF])
    ran = run_annotator("snapshot", "clinical-tables", folder)
    assert ran.status == 0, ran.err
    (line,) = ran.out.decode().splitlines()
    assert json.loads(line) == next(service_records(folder))
    assert json.loads(json.loads(line)["phenotype"]) == {"code": "C1", "text": "Sjögrens"}
    written = run_annotator("snapshot", "clinical-tables", folder, "-o", tmp_path / "r.jsonl", "-@", "2")
    assert written.status == 0, written.err
    assert (tmp_path / "r.jsonl").read_bytes() == ran.out
    (folder / "hgvs4variation.txt").unlink()
    assert run_annotator("snapshot", "clinical-tables", folder).status == 1


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)", ("NM_004333.6", "c.1799T>A", "p.Val600Glu")),
        ("NM_032581.4(FAM126A):c.*4329del", ("NM_032581.4", "c.*4329del", None)),
        ("NM_014855.3(AP5Z1):c.80_83delinsTG (p.Arg27_Ile28delinsLeu)",
         ("NM_014855.3", "c.80_83delinsTG", "p.Arg27_Ile28delinsLeu")),
        ("NC_012920.1:m.8993T>G", ("NC_012920.1", "m.8993T>G", None)),
        ("NM_000059.4(BRCA2):c.1A>G (p.Met1?) and more", ("NM_000059.4", "c.1A>G", "p.Met1?")),
        ("NM_000059.4(BRCA2):c.1A>G (p.(Met1Val))", ("NM_000059.4", "c.1A>G", "p.(Met1Val)")),
        ("NM_000059.4(BRCA2):c.1A>G, (p.Met1Val)", ("NM_000059.4", "c.1A>G,", "p.Met1Val")),
        ("NM_018325.5(C9orf72):c.1A>G", None),  # a gene with small letters
        ("NM_002116.8(HLA-A):c.1A>G", None),
        ("FAM126A:c.627-439_831+348del", None),
        ("LRG_292t1:c.1A>G", None),
        ("GRCh37/hg19 7q34(chr7:1-2)x1", None),
        ("NM_00405٣.6(BRAF):c.1A>G", None),  # a digit, but not JavaScript's
        ("NM_004333.6(BRAF):c.\u00a01A>G", None),  # a space of JavaScript's
        ("NM_004333.6(BRAF):c.\ufeff1A>G", None),  # not one of Python's
        ("NM_004333.6(BRAF):c.\x1c1A>G", ("NM_004333.6", "c.\x1c1A>G", None)),  # one of Python's only
        ("NM_004333.6(BRAF):c.\x851A>G", ("NM_004333.6", "c.\x851A>G", None)),
        ("NM_1.6(BRAF):c.1A>G", ("NM_1.6", "c.1A>G", None)),
        ("NM_1(BRAF):c.1A>G", None),  # two digits at least
        (" NM_004333.6(BRAF):c.1A>G", None),
    ],
)  # fmt: skip
def test_a_name_is_parsed_as_the_page_parses_it(
    name: str, parsed: tuple[str, str, str | None] | None
) -> None:
    assert parsed_name(name) == parsed


def service_row(**cells: str) -> Row:
    return BRAF | {"Assembly": "GRCh37", "Name": "NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)"} | cells


def constructed(rows: Sequence[Row], expressions: Sequence[Row] = ()) -> dict[str, str]:
    record = service_record(rows, expressions)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("cells", "is_in"),
    [
        ({}, True),
        ({"Assembly": "na"}, True),
        ({"Assembly": "GRCh38"}, False),
        ({"Assembly": "NCBI36"}, False),
        ({"Name": "BRAF, VAL600GLU"}, False),
    ],
)
def test_steps_1_and_2_choose_rows(cells: dict[str, str], is_in: bool) -> None:
    assert (service_record([service_row(**cells)], []) is not None) == is_in


def test_steps_3_to_7_make_fields() -> None:
    cells = {"HGNC_ID": "HGNC:1097", "nsv/esv (dbVar)": "nsv513771", "Start": "5", "Stop": "6"}
    record = constructed([service_row(**cells)])
    assert (record["RefSeqID"], record["NucleotideChange"], record["AminoAcidChange"]) == (
        "NM_004333.6", "c.1799T>A", "p.Val600Glu",
    )  # fmt: skip
    assert record["GenomicLocation"] == "5^6"
    assert record["dbSNP"] == "rs113488022"
    assert record["nsv_esv"] == "nsv513771"
    assert (record["hgnc_id"], record["hgnc_id_num"]) == ("1097", "1097")
    assert not {"RS# (dbSNP)", "nsv/esv (dbVar)", "HGNC_ID", "HGVS_exprs", "HGVS_c"} & record.keys()
    bare = constructed([service_row(**_EMPTY, Chromosome="na")])
    assert not {"dbSNP", "GenomicLocation", "phenotype", "phenotypes"} & bare.keys()


def test_step_3_fills_in_the_protein_of_the_best_pair() -> None:
    rows = [service_row(Name="NM_004333.6(BRAF):c.1799T>A")]
    expressions = [
        hgvs_row(13961, "NC_1.1:g.1A>T"),
        hgvs_row(13961, "NM_2.1:c.2A>T", ProteinExpression="NP_2.1:p.Val2Glu", ProteinChange="p.Val2Glu"),
    ]
    assert constructed(rows, expressions)["AminoAcidChange"] == "p.Val2Glu"
    assert "AminoAcidChange" not in constructed(rows, expressions[:1])


def expression(name: str, protein: str = "-") -> Row:
    return hgvs_row(1, name, ProteinExpression=protein)


@pytest.mark.parametrize(
    ("pairs", "best"),
    [
        ([("NR_1.1:n.1A>T", "NP_1.1:p.1"), ("NM_1.1:c.1A>T", "-"), ("NM_2.1:c.1A>T", "NP_2.1:p.2"),
          ("NM_3.1:c.1A>T", "NP_3.1:p.3")], 2),
        ([("NC_1.1:g.1A>T", "NP_1.1:p.1"), ("NM_1.1:c.1A>T", "-"), ("NM_2.1:c.1A>T", "na")], 1),
        ([("NC_1.1:g.1A>T", "-"), ("NR_1.1:n.1A>T", "NP_1.1:p.1")], 0),
    ],
)  # fmt: skip
def test_step_4_chooses_the_best_pair_and_keeps_all(pairs: list[tuple[str, str]], best: int) -> None:
    record = constructed([service_row()], [expression(*pair) for pair in pairs])
    nucleotide, protein = pairs[best]
    assert record["HGVS_c"] == nucleotide
    assert record.get("HGVS_p", "-") == protein.replace("na", "-")
    listed = [text for pair in pairs for text in pair if text not in {"-", "na"}]
    assert json.loads(record["HGVS_exprs"]) == listed


def test_step_8_pairs_names_with_medgen_codes() -> None:
    record = constructed(
        [
            service_row(
                PhenotypeIDS="MONDO:MONDO:0013342,MedGen:C3150901,OMIM:613647||MedGen:C1;OMIM:2;MedGen:C3",
                PhenotypeList="Hereditary spastic paraplegia 48|Macular dystrophy|first;second;third",
            )
        ]
    )
    assert json.loads(record["phenotypes"]) == [
        {"code": "C3150901", "text": "Hereditary spastic paraplegia 48"},
        {"code": "C1", "text": "first"},
        {"code": "C3", "text": "third"},
    ]
    assert json.loads(record["phenotype"]) == {"code": "C1", "text": "first"}


def test_step_9_joins_the_records_of_a_variation() -> None:
    rows = [
        service_row(Chromosome="X", ReferenceAllele="na", AlternateAllele="na"),
        service_row(Assembly="GRCh38", Chromosome="1"),
        service_row(Chromosome="Y", ReferenceAllele="na", AlternateAllele="T", **{"RS# (dbSNP)": "-1"}),
    ]
    record = constructed(rows)
    assert record["ReferenceAllele"] == "na~na"
    assert record["AlternateAllele"] == "na~T"
    assert record["Chromosome"] == "[X][Y]"
    assert record["GeneSymbol"] == "-"
    assert record["dbSNP"] == "[rs113488022][]"
    assert record["VariationID"] == "13961"


# Invented tables of any size


def table_rows(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if line]
    header = [line for line in lines if line.startswith("#")][-1]
    names = header.removeprefix("#").split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines if not line.startswith("#")]


def text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


def rows_of(folder: Path) -> Iterator[list[dict[str, str]]]:
    for name in NEEDED:
        yield table_rows(text_of(folder / f"{name}.txt.gz"))


def test_invented_tables_are_like_clinvars(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for workers, folder in enumerate(folders, 1):
        folder.mkdir()
        write_tables_like(folder, 2_000, workers)
    assert [text_of(folders[0] / f"{name}.txt.gz") for name in NEEDED] == [
        text_of(folders[1] / f"{name}.txt.gz") for name in NEEDED
    ]
    summary, hgvs, alleles = rows_of(folders[0])
    assert list(summary[0]) == list(SUMMARY_COLUMNS)
    assert list(hgvs[0]) == list(HGVS_COLUMNS)
    assert list(alleles[0]) == list(ALLELE_COLUMNS)
    numbers = [int(row["VariationID"]) for row in summary]
    assert numbers != sorted(numbers)
    assert len(set(numbers)) == len(numbers) / 2
    assert 12 < len(hgvs) / len(set(numbers)) < 16
    built = build(folders[0])
    assert len(built.records) + built.counts["left out: missing"] == len(set(numbers))
    for allele, record in built.records.items():
        assert record.hgvs is not None
        if allele.is_indel:
            assert record.variation_id in built.found_by(record.hgvs)
