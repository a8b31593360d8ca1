"""The tables of a real release give the records of its VCF, and the real heads of the tables are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator import Assembly, build_snapshot
from annotator.snapshot.clinvar.tables.service import service_records
from tests.servers.construction import records_of_tables
from tests.support.clinvar_special_rows import HAPLOTYPE, PAR, RETURN
from tests.support.clinvar_tables import ALLELE_COLUMNS, HGVS_COLUMNS, SUMMARY_COLUMNS, Tables, write_tables
from tests.support.small_clinvar_tables import (
    GRCH38,
    RELEASE,
    allele_row,
    build,
    genomic_row,
    hgvs_row,
    key,
    opened,
    write_small,
)

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
def test_the_tables_and_the_vcf_of_a_release_agree(
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
