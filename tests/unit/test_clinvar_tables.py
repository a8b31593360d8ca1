"""ClinVar's three tables become a snapshot, and the records of the Clinical Tables service."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from annotator import Assembly, build_snapshot
from annotator.errors import KnowledgeBaseError, UsageError
from annotator.sources.clinvar.records import ClinVarRecord
from tests.support.clinvar_rows import clinvar_text
from tests.support.inputs import run_annotator
from tests.support.small_clinvar_tables import (
    BRAF,
    DELETION,
    DELETION_ROWS,
    EMPTY,
    GRCH38,
    RELEASE,
    allele_row,
    build,
    genomic_row,
    hgvs_row,
    key,
    opened,
    summary_row,
    write_small,
)

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
        BRAF | {"Assembly": "NCBI36", "ChromosomeAccession": "NC_000007.12"} | EMPTY,
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
        (EMPTY, "missing"),
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


def test_the_accession_determines_the_sequence_of_an_allele(tmp_path: Path) -> None:
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
def test_compounds_are_omitted(tmp_path: Path, kind: str) -> None:
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
    folder = write_small(tmp_path / "t", [BRAF | EMPTY])
    with pytest.raises(KnowledgeBaseError, match="the file has no record with an allele"):
        build(folder)


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
        (folder / f"{name}.txt").unlink()  # needed only for copy-number and structural records
    built = build(folder, clinvar=vcf)
    assert {record.classification for record in built.records.values()} == {"Benign"}
    stored = built.manifest.sources["clinvar"]
    assert stored.release == "2026-02-26"
    assert stored.origin == "clinvar.vcf, hgvs4variation.txt"
    assert "clinvar_sv" not in built.manifest.sources
    assert stored.origin_sha256 == sha256sums([vcf, folder / "hgvs4variation.txt"])


def sha256sums(files: Iterable[Path]) -> str:
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


# Origin of a snapshot in its manifest


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
def test_a_release_date_is_required_for_tables_alone(
    tmp_path: Path, options: dict[str, str], what: str
) -> None:
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
