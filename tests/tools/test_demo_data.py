"""The demo is what its script writes, and what it states agrees with the real releases."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.variants.allele import key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from tests.support.demo_files import (
    ASSEMBLIES,
    SAMPLES,
    Record,
    civic_rows,
    lift_of,
    pieces,
    read_table,
    read_vcf,
)

CIVIC_TABLES = [
    "VariantSummaries",
    "MolecularProfileSummaries",
    "ClinicalEvidenceSummaries",
    "AssertionSummaries",
    "GeneSummaries",
]
# Columns that the demo leaves empty: CIViC's prose, and dates and groups that nothing here needs.
EMPTY = {
    "assertion_description",
    "description",
    "last_review_date",
    "summary",
    "variant_groups",
}


INVENTED = {"assertion_summary", "evidence_statement"}


@pytest.fixture(scope="module")
def demo(repository: Path) -> Path:
    return repository / "test_data" / "demo"


@pytest.fixture(scope="module")
def written(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the script writes afresh."""
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run([sys.executable, "-B", str(demo / "make.py"), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def clinvar(demo: Path) -> dict[str, dict[str, Record]]:
    """Records of the demo's ClinVar by assembly and VariationID."""
    return {
        assembly: {record.name: record for record in read_vcf(demo / f"clinvar.{assembly}.vcf")}
        for assembly in ASSEMBLIES
    }


@pytest.fixture(scope="module")
def real_clinvar(shared_data: Path) -> dict[str, dict[str, Record]]:
    """Records of the real slice of 2026-02-26, and of the same lifted to GRCh37."""
    names = {
        "GRCh38": "clinvar_20260226.GRCh38.cancer_genes.vcf.gz",
        "GRCh37": "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz",
    }
    return {
        assembly: {record.name: record for record in read_vcf(shared_data / "clinvar" / name)}
        for assembly, name in names.items()
    }


@pytest.fixture(scope="module")
def release(shared_data: Path) -> Path:
    return shared_data / "civic" / "release-2024-08-01"


# --- The script -------------------------------------------------------------------------------------------


def test_the_script_reproduces_every_committed_file(demo: Path, written: Path) -> None:
    committed = {path.relative_to(demo) for path in demo.rglob("*") if path.suffix in {".vcf", ".tsv"}}
    made = {path.relative_to(written) for path in written.rglob("*") if path.is_file()}
    assert made == committed
    assert [
        name for name in sorted(made) if (demo / name).read_bytes() != (written / name).read_bytes()
    ] == []


def test_the_demo_is_large_enough_to_show_something(
    demo: Path, clinvar: dict[str, dict[str, Record]]
) -> None:
    assert len(clinvar["GRCh37"]) == len(clinvar["GRCh38"]) >= 40
    assert len(civic_rows(demo / "civic", "VariantSummaries")) >= 25
    assert len(civic_rows(demo / "civic", "ClinicalEvidenceSummaries")) >= 100
    for assembly in ASSEMBLIES:
        for sample in SAMPLES:
            assert 60 <= len(list(read_vcf(demo / f"{sample}.{assembly}.vcf"))) <= 80


def test_the_readme_names_every_file_and_every_clinvar_record(
    demo: Path, clinvar: dict[str, dict[str, Record]]
) -> None:
    readme = (demo.parent / "README.md").read_text()
    files = {path.name for path in demo.rglob("*") if path.suffix in {".vcf", ".tsv", ".py"}}
    assert {name for name in files if name not in readme} == set()
    rows = re.findall(r"^\| (\d[\d, ]*) \|", readme, re.MULTILINE)
    assert sorted(name for row in rows for name in row.split(", ")) == sorted(clinvar["GRCh38"])


# --- The samples ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES)
def test_both_assemblies_hold_the_same_calls_in_the_same_order(demo: Path, sample: str) -> None:
    def calls(assembly: str) -> list[list[str]]:
        return [
            [record.name, record.ref, re.sub(r"(chr)?\w+:\d+", "mate", record.alt), *record.columns[8:]]
            for record in read_vcf(demo / f"{sample}.{assembly}.vcf")
        ]

    assert calls("GRCh37") == calls("GRCh38")


@pytest.mark.parametrize("assembly", ASSEMBLIES)
@pytest.mark.parametrize("name", [*SAMPLES, "clinvar"])
def test_records_are_sorted(demo: Path, name: str, assembly: str) -> None:
    contigs = list(Assembly(assembly).lengths)
    order = [
        (contigs.index(Assembly(assembly).contig(record.contig) or ""), record.position)
        for record in read_vcf(demo / f"{name}.{assembly}.vcf")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize(("assembly", "prefix"), [("GRCh37", ""), ("GRCh38", "chr")])
def test_the_header_declares_every_contig_with_its_length(
    demo: Path, sample: str, assembly: str, prefix: str
) -> None:
    header = (demo / f"{sample}.{assembly}.vcf").read_text()
    declared = re.findall(r"##contig=<ID=([^,]+),length=(\d+)", header)
    assert len(declared) == 25
    for name, length in declared:
        contig = Assembly(assembly).contig(name)
        assert contig is not None
        assert name.startswith(prefix)
        assert int(length) == Assembly(assembly).lengths[contig]


@pytest.mark.parametrize("assembly", ASSEMBLIES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_each_sample_shows_every_kind_of_record(demo: Path, sample: str, assembly: str) -> None:
    records = list(read_vcf(demo / f"{sample}.{assembly}.vcf"))
    reasons = {unsupported_reason(record.ref, alt) for record in records for alt in record.alt.split(",")}
    assert {None, "spanning_deletion", "symbolic", "breakend"} <= reasons
    plain = [(record.ref, alt) for record in records for alt in record.alt.split(",") if alt.isalpha()]
    keys = {key_of("1", 1, ref, alt) for ref, alt in plain}
    assert any(key.is_indel for key in keys)
    assert any(len(key.deleted) == len(key.inserted) == 2 for key in keys)
    assert any("," in record.alt and "*" not in record.alt for record in records)
    assert any(_padded(record) for record in records)
    assert "." in {record.columns[7] for record in records}
    assert any("%3B" in record.info.get("NOTE", "") for record in records)
    assert {"3243", "11778"} <= {record.columns[1] for record in records if record.contig in {"MT", "chrM"}}
    assert all(int(record.info["END"]) > record.position for record in records if record.alt == "<DEL>")


def _padded(record: Record) -> bool:
    """Whether an ALT shares more than one base with REF, so that it is not spelled as short as can be."""
    return any(
        alt.isalpha() and min(len(record.ref), len(alt)) > 1 and record.ref[-1] == alt[-1]
        for alt in record.alt.split(",")
    )


@pytest.mark.parametrize("assembly", ASSEMBLIES)
def test_mates_of_a_breakend_point_at_each_other(demo: Path, assembly: str) -> None:
    for sample in SAMPLES:
        ends = {
            record.name: record
            for record in read_vcf(demo / f"{sample}.{assembly}.vcf")
            if record.info.get("SVTYPE") == "BND"
        }
        assert len(ends) == 2
        for end in ends.values():
            mate = ends[end.info["MATEID"]]
            assert f"{mate.contig}:{mate.position}" in end.alt


@pytest.mark.parametrize("assembly", ASSEMBLIES)
def test_bcftools_reads_every_vcf(demo: Path, assembly: str) -> None:
    bcftools = pytest.importorskip("pysam.bcftools")
    for name in [*SAMPLES, "clinvar"]:
        path = demo / f"{name}.{assembly}.vcf"
        body = [line for line in bcftools.view(str(path)).splitlines() if not line.startswith("#")]
        assert [line.split("\t")[:5] for line in body] == [record.columns[:5] for record in read_vcf(path)]


# --- ClinVar ----------------------------------------------------------------------------------------------

SAME_IN_CLINVAR = (
    "ALLELEID",
    "CLNHGVS",
    "CLNREVSTAT",
    "CLNSIG",
    "CLNSIGCONF",
    "CLNVC",
    "CLNVCSO",
    "GENEINFO",
    "MC",
    "ONC",
    "ONCCONF",
    "ONCREVSTAT",
    "ORIGIN",
    "RS",
    "SCI",
    "SCIREVSTAT",
)


@pytest.mark.parametrize("assembly", ASSEMBLIES)
def test_records_of_the_real_slice_agree_with_it(
    clinvar: dict[str, dict[str, Record]], real_clinvar: dict[str, dict[str, Record]], assembly: str
) -> None:
    compared = clinvar[assembly].keys() & real_clinvar[assembly].keys()
    assert len(compared) >= 45
    for name in compared:
        mine, real = clinvar[assembly][name], real_clinvar[assembly][name]
        assert mine[:5] == real[:5]
        for field in SAME_IN_CLINVAR:
            assert mine.info.get(field) == real.info.get(field), (name, field)
        for prefix in ("CLN", "ONC", "SCI"):
            stated = conditions(mine, prefix)
            assert stated <= conditions(real, prefix), (name, prefix)
            assert bool(stated) == bool(conditions(real, prefix))


def conditions(record: Record, prefix: str) -> set[tuple[str, str]]:
    names = record.info.get(f"{prefix}DN", "")
    identifiers = record.info.get(f"{prefix}DISDB", "")
    return set(zip(names.split("|"), identifiers.split("|"), strict=True)) - {("", "")}


def test_records_of_variant_summary_agree_with_it(
    shared_data: Path, clinvar: dict[str, dict[str, Record]]
) -> None:
    rows = read_table(shared_data / "clinvar" / "tab_delimited" / "variant_summary_2026-06-28.head.txt")
    compared = [row for row in rows if row["VariationID"] in clinvar["GRCh38"]]
    assert len(compared) == 6
    for row in compared:
        mine = clinvar[row["Assembly"]][row["VariationID"]]
        assert mine[0] == row["Chromosome"]
        assert mine.columns[1] == row["PositionVCF"]
        assert (mine.ref, mine.alt) == (row["ReferenceAlleleVCF"], row["AlternateAlleleVCF"])
        assert mine.info["ALLELEID"] == row["#AlleleID"]
        assert mine.info["RS"] == row["RS# (dbSNP)"]
        assert mine.info["CLNSIG"].replace("_", " ") == row["ClinicalSignificance"]
        assert mine.info["CLNREVSTAT"].replace("_", " ") == row["ReviewStatus"]


@pytest.mark.parametrize("assembly", ASSEMBLIES)
def test_records_are_laid_out_as_clinvar_lays_them_out(
    demo: Path, shared_data: Path, clinvar: dict[str, dict[str, Record]], assembly: str
) -> None:
    real = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    with gzip.open(real, "rt") as lines:
        real_header = [line.rstrip("\n") for line in lines if line.startswith("#")]
    header = [
        line for line in (demo / f"clinvar.{assembly}.vcf").read_text().splitlines() if line.startswith("#")
    ]
    assert header[:5] == [line.replace("GRCh38", assembly) for line in real_header[:5]]
    assert header[-1] == real_header[-1]
    types = {line.split(",Description")[0] for line in real_header}
    declared = [line.split(",Description")[0] for line in header if line.startswith("##INFO")]
    assert set(declared) <= types
    known = {line.partition("ID=")[2].partition(",")[0] for line in declared}
    for record in clinvar[assembly].values():
        assert list(record.info) == sorted(record.info)
        assert record.info.keys() <= known
        contig = Assembly(assembly).accessions[record.contig]
        assert record.info["CLNHGVS"].startswith(f"{contig}:g.")


# --- CIViC ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", CIVIC_TABLES)
def test_civic_tables_have_the_columns_of_the_release(demo: Path, release: Path, table: str) -> None:
    name = f"01-Aug-2024-{table}.tsv"
    with (demo / "civic" / name).open() as mine, (release / name).open() as real:
        assert mine.readline() == real.readline()


@pytest.mark.parametrize(
    ("table", "key", "ours"),
    [
        ("VariantSummaries", "variant_id", {"hgvs_descriptions"}),
        ("ClinicalEvidenceSummaries", "evidence_id", set[str]()),
        ("GeneSummaries", "gene_id", set[str]()),
        ("AssertionSummaries", "assertion_id", {"evidence_item_ids", "evidence_items_civic_url"}),
        (
            "MolecularProfileSummaries",
            "molecular_profile_id",
            {
                "evidence_item_ids",
                "evidence_items_civic_url",
                "assertion_ids",
                "assertions_civic_url",
                "aliases",
            },
        ),
    ],
)
def test_civic_rows_agree_with_the_release(
    demo: Path, release: Path, table: str, key: str, ours: set[str]
) -> None:
    real = {row[key]: row for row in civic_rows(release, table)}
    rows = civic_rows(demo / "civic", table)
    assert len({row[key] for row in rows}) == len(rows)
    for row in rows:
        for column, value in row.items():
            if column in EMPTY:
                assert value == "", (row[key], column)
            elif column in INVENTED:
                assert value.startswith("Demo text, not CIViC's: "), (row[key], column)
            elif column not in ours:
                assert value == real[row[key]][column], (row[key], column)
            else:
                assert pieces(value) - gains(table, row) <= pieces(real[row[key]][column]), (row[key], column)


def gains(table: str, row: dict[str, str]) -> set[str]:
    """Return the content of a row that the release lacks: genomic expressions of a substitution."""
    if table == "VariantSummaries" and len(row["reference_bases"]) == len(row["variant_bases"]) > 0:
        return set(pieces(row["hgvs_descriptions"])) & {
            piece for piece in pieces(row["hgvs_descriptions"]) if piece.startswith("NC_")
        }
    return set()


def test_civic_rows_refer_only_to_rows_that_are_there(demo: Path) -> None:
    folder = demo / "civic"
    profiles = {row["molecular_profile_id"]: row for row in civic_rows(folder, "MolecularProfileSummaries")}
    evidence = {row["evidence_id"]: row for row in civic_rows(folder, "ClinicalEvidenceSummaries")}
    assertions = {row["assertion_id"]: row for row in civic_rows(folder, "AssertionSummaries")}
    variants = {row["variant_id"] for row in civic_rows(folder, "VariantSummaries")}
    for profile in profiles.values():
        assert pieces(profile["variant_ids"]) <= variants
        assert pieces(profile["evidence_item_ids"]) <= evidence.keys()
        assert pieces(profile["assertion_ids"]) <= assertions.keys()
    for row in [*evidence.values(), *assertions.values()]:
        assert profiles[row["molecular_profile_id"]]["name"] == row["molecular_profile"]
    for assertion in assertions.values():
        assert pieces(assertion["evidence_item_ids"]) <= evidence.keys()


def test_genomic_expressions_of_substitutions_are_true_in_both_assemblies(
    demo: Path, release: Path, lift: Callable[[str, int], int | None]
) -> None:
    real = {row["variant_id"]: row for row in civic_rows(release, "VariantSummaries")}
    substitutions = confirmed = 0
    for row in civic_rows(demo / "civic", "VariantSummaries"):
        if not len(row["reference_bases"]) == len(row["variant_bases"]) > 0:
            continue
        substitutions += 1
        contig, start = row["chromosome"], int(row["start"])
        starts = {"GRCh37": start, "GRCh38": lift(contig, start)}
        expressions = {piece for piece in pieces(row["hgvs_descriptions"]) if piece.startswith("NC_")}
        assert len(expressions) == 2
        for assembly, position in starts.items():
            prefix = f"{Assembly(assembly).accessions[contig]}:g."
            (mine,) = [piece for piece in expressions if piece.startswith(prefix)]
            assert re.findall(r"\d+", mine.removeprefix(prefix))[0] == str(position)
            for stated in pieces(real[row["variant_id"]]["hgvs_descriptions"]):
                if stated.startswith(prefix):
                    confirmed += 1
                    assert stated == mine
    assert substitutions >= 35
    assert confirmed >= 35


# --- Positions and bases ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lift(shared_data: Path) -> Callable[[str, int], int | None]:
    """Position in GRCh38 of a position in GRCh37, by the chain file."""
    return lift_of(shared_data / "chain" / "mskcc+vcf2maf" / "data" / "GRCh37_to_GRCh38.chain")
