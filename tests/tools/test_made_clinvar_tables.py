"""The tables that tests make from ClinVar's VCF look like the real ones and say what the VCF says."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from tests.servers.construction import build_records, read_table
from tests.support.clinvar_rows import CLINVAR_KEYS, ClinVarRow, clinvar_text
from tests.support.clinvar_special_rows import HAPLOTYPE, NCBI36, NOT_NAMED, PAR, PROTEIN_ONLY, RETURN
from tests.support.clinvar_tables import ALLELE_COLUMNS, HGVS_COLUMNS, SUMMARY_COLUMNS, Tables, write_tables

Row = dict[str, str]
LIMIT = 6_000


class Made(NamedTuple):
    """Tables of the first records of the real VCFs, and their rows."""

    tables: Tables
    summary: list[Row]
    expressions: list[Row]
    alleles: list[Row]
    grch38: dict[str, Row]


@pytest.fixture(scope="module")
def vcfs(shared_data: Path) -> tuple[Path, Path]:
    clinvar = shared_data / "clinvar"
    return (
        clinvar / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz",
        clinvar / "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz",
    )


@pytest.fixture(scope="module")
def made(vcfs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Made:
    tables = write_tables(tmp_path_factory.mktemp("tables"), *vcfs, limit=LIMIT)
    summary, expressions, alleles = (list(read_table(path)) for path in tables[:3])
    grch38 = {row["VariationID"]: row for row in summary if row["Assembly"] == "GRCh38"}
    return Made(tables, summary, expressions, alleles, grch38)


def header_of(path: Path) -> str:
    """The last line that begins with # before the first row."""
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return lines[first - 1]


def test_headers_are_the_real_ones(made: Made, shared_data: Path) -> None:
    real = shared_data / "clinvar/tab_delimited"
    names = (
        "variant_summary_2026-06-28.head.txt",
        "hgvs4variation.header.txt",
        "variation_allele.header.txt",
    )
    for path, name in zip(made.tables[:3], names, strict=True):
        assert header_of(path) == (real / name).read_text().split("\n")[0]


@pytest.mark.parametrize("columns", [43, 40, 34])
@pytest.mark.parametrize("gz", [True, False])
def test_older_layouts_end_earlier(
    vcfs: tuple[Path, Path], shared_data: Path, tmp_path: Path, columns: int, gz: bool
) -> None:
    tables = write_tables(tmp_path, *vcfs, limit=20, columns=columns, gz=gz)
    assert tables.variant_summary.name == ("variant_summary.txt.gz" if gz else "variant_summary.txt")
    data = tables.variant_summary.read_bytes()
    lines = (gzip.decompress(data) if gz else data).decode().removesuffix("\n").split("\n")
    assert {line.count("\t") + 1 for line in lines} == {columns}
    if columns == 40:
        sample = shared_data / "clinvar/tab_delimited/variant_summary_ncbi_sample_40col.txt"
        assert lines[0] == sample.read_text().split("\n")[0]


def test_the_same_files_come_out_every_time(vcfs: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (write_tables(tmp_path / name, *vcfs, limit=200) for name in ("a", "b"))
    for one, other in zip(first[:3], second[:3], strict=True):
        assert one.read_bytes() == other.read_bytes()


# NCBI's own sample: the same two variants as VCF and as variant_summary.


@pytest.fixture(scope="module")
def sampled(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row]]:
    """Rows of GRCh37 that are made from NCBI's sample VCF, and those of NCBI's sample table."""
    clinvar = shared_data / "clinvar"
    folder = tmp_path_factory.mktemp("sample")
    nothing = folder / "nothing.vcf"
    nothing.write_text(clinvar_text([]))
    vcf = clinvar / "other/ncbi_clinvar_sample_somatic.vcf"
    tables = write_tables(folder, nothing, vcf, columns=40, special=False)
    real = read_table(clinvar / "tab_delimited/variant_summary_ncbi_sample_40col.txt")
    return list(read_table(tables.variant_summary)), [row for row in real if row["Assembly"] == "GRCh37"]


INVENTED = {
    "Name", "HGNC_ID", "ClinSigSimple", "LastEvaluated", "RCVaccession", "Cytogenetic", "NumberSubmitters",
    "SubmitterCategories", "SomaticClinicalImpactLastEvaluated", "OncogenicityLastEvaluated",
}  # fmt: skip


def test_ncbi_s_sample_gives_ncbi_s_rows(sampled: tuple[list[Row], list[Row]]) -> None:
    made, real = sampled
    assert len(real) == 2
    for ours, theirs in zip(made, real, strict=True):
        unordered = {"PhenotypeIDS": "|", "PhenotypeList": "|", "OtherIDs": ","}
        for column in SUMMARY_COLUMNS[:40]:
            if column in unordered:
                separator = unordered[column]
                assert sorted(ours[column].split(separator)) == sorted(theirs[column].split(separator))
            elif column not in INVENTED:
                assert ours[column] == theirs[column], column


def test_identifiers_and_names_of_conditions_are_at_the_same_indexes(
    sampled: tuple[list[Row], list[Row]],
) -> None:
    made, real = sampled
    for rows in zip(made, real, strict=True):
        ours, theirs = (
            set(zip(row["PhenotypeIDS"].split("|"), row["PhenotypeList"].split("|"), strict=True))
            for row in rows
        )
        assert ours == theirs


# Against the VCF


def table_words(value: str | None) -> str:
    return "-" if value is None else unquote(value).replace("_", " ").replace("|", "; ")


def test_every_record_has_a_row_of_each_assembly(made: Made) -> None:
    assert len(made.tables.grch38) == len(made.tables.grch37) == LIMIT
    for assembly, rows in (("GRCh38", made.tables.grch38), ("GRCh37", made.tables.grch37)):
        found = {row["VariationID"]: row for row in made.summary if row["Assembly"] == assembly}
        for variation, row in rows.items():
            _check(found[variation], row)


def _check(made: Row, row: ClinVarRow) -> None:
    info = row.info
    assert made["AlleleID"] == info["ALLELEID"]
    assert made["Chromosome"] == row.chrom
    assert made["ChromosomeAccession"] == info["CLNHGVS"].partition(":")[0]
    place = (made["PositionVCF"], made["ReferenceAlleleVCF"], made["AlternateAlleleVCF"])
    assert place == (("-1", "na", "na") if row.alt == "." else (str(row.position), row.ref, row.alt))
    assert made["Start"] in info["CLNHGVS"]
    assert made["ReferenceAllele"] == made["AlternateAllele"] == "na"
    assert made["RS# (dbSNP)"] == info.get("RS", "-1")
    assert made["ClinicalSignificance"] == table_words(info.get("CLNSIG"))
    assert made["ReviewStatus"] == table_words(info.get("CLNREVSTAT"))
    assert made["Oncogenicity"] == table_words(info.get("ONC"))
    assert made["ReviewStatusOncogenicity"] == table_words(info.get("ONCREVSTAT"))
    assert made["SomaticClinicalImpact"] == table_words(info.get("SCI"))
    assert made["ReviewStatusClinicalImpact"] == table_words(info.get("SCIREVSTAT"))
    assert made["PhenotypeIDS"].count("|") == made["PhenotypeList"].count("|")


def test_germline_conditions_equal_the_list_of_the_vcf(made: Made) -> None:
    alone = [row for row in made.tables.grch38.values() if "CLNDN" in row.info and "ONC" not in row.info]
    assert len(alone) > LIMIT / 2
    for row in alone:
        if (
            "SCI" not in row.info
            and len(set(row.info["CLNDN"].split("|"))) == row.info["CLNDN"].count("|") + 1
        ):
            names = ["" if name == "." else table_words(name) for name in row.info["CLNDN"].split("|")]
            assert made.grch38[row.variation]["PhenotypeList"].split("|") == names


@pytest.mark.parametrize(
    ("mask", "origin", "simple"),
    [
        ("0", "unknown", "unknown"),
        ("1", "germline", "germline"),
        ("3", "germline;somatic", "germline/somatic"),
        ("48", "de novo;maternal", "germline"),
        ("1073742722", "not-tested;other;somatic;tested-inconclusive;uniparental", "germline/somatic"),
        (None, "-", "unknown"),
    ],
)
def test_origins_are_words(tmp_path: Path, mask: str | None, origin: str, simple: str) -> None:
    (row,) = rows_of_one(tmp_path, {} if mask is None else {"ORIGIN": mask})
    assert (row["Origin"], row["OriginSimple"]) == (origin, simple)


def rows_of_one(folder: Path, info: dict[str, str], allele: str = "7 140753336 13961 A T") -> list[Row]:
    """The row of GRCh38 of a VCF with one record."""
    vcf, nothing = folder / "one.vcf", folder / "nothing.vcf"
    whole = {
        "ALLELEID": "29000",
        "CLNHGVS": "NC_000007.14:g.140753336A>T",
        "CLNVC": "single_nucleotide_variant",
        **info,
    }
    text = ";".join(f"{key}={value}" for key, value in whole.items())
    vcf.write_text(clinvar_text([f"{allele} {text}"], keys=CLINVAR_KEYS))
    nothing.write_text(clinvar_text([]))
    tables = write_tables(folder, vcf, nothing, special=False)
    return list(read_table(tables.variant_summary))


def test_classifications_are_spelled_as_in_the_tables(tmp_path: Path) -> None:
    (row,) = rows_of_one(
        tmp_path, {"CLNSIG": "Pathogenic/Pathogenic,_low_penetrance|risk_factor", "CLNDN": ".|a%3Bb_c"}
    )
    assert row["ClinicalSignificance"] == "Pathogenic/Pathogenic, low penetrance; risk factor"
    assert row["PhenotypeList"] == "|a;b c"
    assert row["PhenotypeIDS"] == "|"
    assert row["ClinSigSimple"] == "1"


def test_without_a_germline_classification_its_columns_are_empty_but_conditions_are_those_of_the_others(
    tmp_path: Path,
) -> None:
    (row,) = rows_of_one(
        tmp_path,
        {
            "ONC": "Oncogenic",
            "ONCREVSTAT": "criteria_provided,_single_submitter",
            "ONCDN": "Melanoma",
            "ONCDISDB": "MedGen:C1",
            "SCI": "Tier_I_-_Strong",
            "SCIDN": "Melanoma|Glioma",
            "SCIDISDB": "MedGen:C1|MedGen:C2",
        },
    )
    assert (row["ClinicalSignificance"], row["ReviewStatus"], row["ClinSigSimple"]) == ("-", "-", "-1")
    assert (row["PhenotypeList"], row["PhenotypeIDS"]) == ("Melanoma|Glioma", "MedGen:C1|MedGen:C2")
    assert (row["Oncogenicity"], row["SomaticClinicalImpact"]) == ("Oncogenic", "Tier I - Strong")
    assert row["ReviewStatusOncogenicity"] == "criteria provided, single submitter"


@pytest.mark.parametrize(
    ("expression", "start", "stop"),
    [
        ("NC_000007.14:g.140753336A>T", "140753336", "140753336"),
        ("NC_000007.14:g.140753340_140753342del", "140753340", "140753342"),
        ("NC_000007.14:g.140753340ACA[1]", "140753340", "140753345"),
        ("NC_012920.1:m.3243%3D", "3243", "3243"),
    ],
)
def test_start_and_stop_are_those_of_the_expression(
    tmp_path: Path, expression: str, start: str, stop: str
) -> None:
    (row,) = rows_of_one(tmp_path, {"CLNHGVS": expression}, "7 140753336 13961 AACAACA A")
    assert (row["Start"], row["Stop"]) == (start, stop)
    assert row["PositionVCF"] == "140753336"


def test_names_are_different_for_each_allele_and_most_are_refseq_names(made: Made) -> None:
    names = {row["AlleleID"]: row["Name"] for row in made.summary}
    repeated = [name for name, number in Counter(names.values()).items() if number > 1]
    assert repeated == []
    named = [name for name in names.values() if name.startswith("NM_")]
    assert 0.9 < len(named) / len(names) < 1
    assert any("(p." in name for name in named)
    assert any("+" in name for name in named)
    assert any("c.-" in name for name in named)


def test_an_intronic_variant_has_no_protein_change(made: Made) -> None:
    for row in made.expressions:
        if row["ProteinExpression"] != "-" and "coding" in row["Type"]:
            assert "+" not in row["NucleotideChange"]
            assert "-" not in row["NucleotideChange"]


def test_every_record_has_the_expressions_of_both_assemblies(made: Made) -> None:
    expected = {
        (variation, assembly, unquote(row.info["CLNHGVS"]))
        for assembly, rows in (("GRCh38", made.tables.grch38), ("GRCh37", made.tables.grch37))
        for variation, row in rows.items()
    }
    found = {
        (row["VariationID"], row["Assembly"], row["NucleotideExpression"])
        for row in made.expressions
        if row["Type"] == "genomic, top-level" and int(row["VariationID"]) < HAPLOTYPE
    }
    assert found == expected


def test_the_row_that_names_a_variant_has_its_name(made: Made) -> None:
    named = {row["VariationID"]: row for row in made.expressions if row["UsedForNaming"] == "Yes"}
    assert len(named) > LIMIT * 0.9
    for variation, row in named.items():
        name, _, protein = made.grch38[variation]["Name"].partition(" ")
        accession, _, change = row["NucleotideExpression"].partition(":")
        assert name == f"{accession}({row['Symbol']}):{change}"
        assert protein == ("" if row["ProteinChange"] == "-" else f"({row['ProteinChange']})")


def test_best_pairs_of_a_protein_change_have_it(made: Made) -> None:
    records = build_records(made.summary, made.expressions, made.alleles)
    with_protein = [record for record in records if "HGVS_p" in record and "(p." in record["Name"]]
    assert len(with_protein) > LIMIT / 4
    for record in with_protein:
        assert record["HGVS_p"].endswith(record["AminoAcidChange"])


def test_every_allele_is_in_the_table_of_alleles(made: Made) -> None:
    pairs = {(row["VariationID"], row["AlleleID"]) for row in made.alleles if row["Type"] == "Variant"}
    assert {(row.variation, row.allele_id) for row in made.tables.grch38.values()} <= pairs
    interpreted = Counter(row["Interpreted"] for row in made.alleles)
    assert interpreted["yes"] > interpreted["no"] > 0


# Rows that are unlike the others


def test_comments_and_carriage_returns_are_as_in_the_real_files(made: Made) -> None:
    for path in made.tables[1:3]:
        lines = gzip.decompress(path.read_bytes()).split(b"\n")
        assert sum(line.startswith(b"#") for line in lines) > 1
        assert lines[0].startswith(b"#")
    assert gzip.decompress(made.tables.variant_summary.read_bytes()).count(b"\n#") == 0
    expressions = gzip.decompress(made.tables.hgvs4variation.read_bytes())
    assert expressions.count(b"\r\n") > 50
    assert expressions.count(b"\r") > expressions.count(b"\r\n")
    assert b"a condition\r of two lines" in gzip.decompress(made.tables.variant_summary.read_bytes())


def test_special_rows_are_there(made: Made) -> None:
    by_variation: dict[str, list[Row]] = {}
    for row in made.summary:
        by_variation.setdefault(row["VariationID"], []).append(row)
    assert len({row["AlleleID"] for row in by_variation[str(HAPLOTYPE)]}) == 2
    assert {row["Chromosome"] for row in by_variation[str(PAR)]} == {"X", "Y"}
    assert [row["Assembly"] for row in by_variation[str(PROTEIN_ONLY)]] == ["na"]
    assert {row["PositionVCF"] for row in by_variation[str(NOT_NAMED)]} == {"-1"}
    assert {row["Assembly"] for row in by_variation[str(NCBI36)]} == {"GRCh37", "GRCh38", "NCBI36"}
    assert any(
        row["ReferenceAlleleVCF"] == row["AlternateAlleleVCF"] and row["PositionVCF"] != "-1"
        for row in made.summary
    )
    haplotypes = {row["AlleleID"] for row in made.alleles if row["Type"] != "Variant"}
    assert haplotypes & {row.allele_id for row in made.tables.grch38.values()}


def test_the_service_has_the_documented_special_rows(made: Made) -> None:
    special = [row for row in made.summary if int(row["VariationID"]) >= HAPLOTYPE]
    records = {
        record["VariationID"]: record for record in build_records(special, made.expressions, made.alleles)
    }
    assert str(NOT_NAMED) not in records
    assert records[str(HAPLOTYPE)]["dbSNP"] == "[rs900000011][rs900000012]"
    assert records[str(HAPLOTYPE)]["ReferenceAllele"] == "na~na"
    assert records[str(PAR)]["Chromosome"] == "[X][Y]"
    assert records[str(PAR)]["HGVS_p"] == "NP_900002.1:p.Gly17Ser"
    assert records[str(PROTEIN_ONLY)]["HGVS_exprs"] == ["NP_900003.1:p.Arg12Cys"]
    assert records[str(NCBI36)]["Start"] == "5000"
    assert records[str(RETURN)]["PhenotypeList"] == "a condition of two lines"


def test_special_rows_can_be_left_out(vcfs: tuple[Path, Path], tmp_path: Path) -> None:
    tables = write_tables(tmp_path, *vcfs, limit=10, special=False)
    assert len(list(read_table(tables.variant_summary))) == 20
    assert {row["VariationID"] for row in read_table(tables.variation_allele)} == set(tables.grch38)
    assert set(ALLELE_COLUMNS) == {"VariationID", "Type", "AlleleID", "Interpreted"}
    assert len(HGVS_COLUMNS) == 13
