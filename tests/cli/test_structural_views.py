"""ClinVar's copy-number and structural records in what people read: `explain`, the report's page, table and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator.report.json_ import schema_text
from tests.support.inputs import run_annotator, write_snapshot
from tests.support.report_views import decoded, table_of
from tests.support.structural import annotated, call, structural_row, structural_snapshot

PATHOGENIC, BENIGN, UNCERTAIN = 101, 102, 103


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        structural_row(PATHOGENIC, "copy number loss", "7", 1_000_001, 1_010_000),
        structural_row(BENIGN, "copy number loss", "7", 5_000_001, 5_100_000, ClinicalSignificance="Benign"),
        structural_row(
            UNCERTAIN, "Deletion", "7", 9_000_001, 9_001_000, ClinicalSignificance="Uncertain significance"
        ),
    ]
    return structural_snapshot(tmp_path_factory.mktemp("views"), rows)


CALLS = (
    call("7", 900_000, "<DEL>", "END=2000000"),
    call("7", 5_010_000, "<DEL>", "END=5020000"),
    call("7", 9_000_000, "<DEL>", "END=9001000"),
    call("7", 20_000_000, "<DEL>", "END=20001000"),
    call("7", 30_000_000, "N[7:30001000[", "SVTYPE=BND"),
)


def explained(folder: Path, snapshot: Path, number: int, *options: str) -> str:
    annotated(folder, snapshot, CALLS)
    columns = CALLS[number].split("\t")
    allele = ":".join((columns[0], columns[1], columns[3], columns[4]))
    ran = run_annotator("explain", allele, "--snapshot", snapshot, "--vcf", folder / "input.vcf", *options)
    assert ran.status == 0, ran.err
    return ran.out.decode()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "ClinVar (structural): found (region) VCV101: copy number loss, Pathogenic (1 star): contains"),
        (1, "ClinVar (structural): found (region) VCV102: copy number loss, Benign (1 star): within"),
        (3, "ClinVar (structural): not found"),
        (4, "ClinVar (structural): unsupported"),
    ],
)
def test_explain_shows_the_records(tmp_path: Path, snapshot: Path, number: int, expected: str) -> None:
    assert expected in explained(tmp_path, snapshot, number)


def test_explain_uses_the_chosen_overlap(tmp_path: Path, snapshot: Path) -> None:
    assert "overlaps sufficiently (--sv-overlap 1)" in explained(tmp_path, snapshot, 3, "--sv-overlap", "1")


def test_explain_gives_json(tmp_path: Path, snapshot: Path) -> None:
    found = json.loads(explained(tmp_path, snapshot, 0, "--json"))
    (allele,) = found["alleles"]
    assert [(one["knowledge_base"], one["answer"], one["id"]) for one in allele["answers"]] == [
        ("clinvar_sv", "found", "VCV101")
    ]
    assert allele["unsupported"] == "symbolic"
    assert "the ALT covers 7:900,001-2,000,000 (1,100,000 bases)" in allele["normalisation"]


def reported(folder: Path, snapshot: Path) -> tuple[str, list[dict[str, str]], dict[str, object]]:
    """Give the page's text, the rows of the table and the JSON."""
    views = {kind: folder / f"report.{kind}" for kind in ("html", "tsv", "json")}
    options = [word for kind, path in views.items() for word in (f"--{kind}", str(path))]
    ran = annotated(folder, snapshot, CALLS, "-o", str(folder / "out.vcf"), *options)
    assert ran.status == 0, ran.err
    return (
        decoded(views["html"].read_text()),
        table_of(views["tsv"].read_text()),
        json.loads(views["json"].read_text()),
    )


def test_the_report_lists_calls_that_contain_pathogenic_records(tmp_path: Path, snapshot: Path) -> None:
    page, rows, document = reported(tmp_path, snapshot)
    title = "Deletions and duplications that contain or match pathogenic ClinVar records"
    card = page.partition(title)[2].partition("</ol>")[0]
    assert "contains (record imprecise): the overlap is 1.000 of the record and 0.009 of the variant" in card
    assert "VCV101" in card and "VCV102" not in card and "VCV103" not in card
    assert [row["CLNSV"].partition("|")[0] for row in rows] == ["101", "102", "103"]
    assert [row["CLNSV_COUNT"] for row in rows] == ["1", "1", "1"]
    assert {row["CLNSIG"] for row in rows} == {""}
    assert document["headline"]["structural"] == [0]
    assert document["headline"]["pathogenic"] == []
    assert [one["info"]["CLNSV_COUNT"] for one in document["alleles"]] == [1, 1, 1]
    assert document["schema_version"] == json.loads(schema_text())["properties"]["schema_version"]["const"]


def test_a_call_that_failed_a_filter_is_set_aside(tmp_path: Path, snapshot: Path) -> None:
    record = CALLS[0].replace("PASS", "LowQual")
    ran = annotated(
        tmp_path, snapshot, [record], "-o", str(tmp_path / "o.vcf"), "--json", str(tmp_path / "r.json")
    )
    assert ran.status == 0, ran.err
    headline = json.loads((tmp_path / "r.json").read_text())["headline"]
    assert (headline["structural"], headline["filtered"]["alleles"]) == ([], [0])


def test_a_report_without_these_records_does_not_state_that_there_are_none(tmp_path: Path) -> None:
    old = write_snapshot(tmp_path / "old")
    page, _, document = reported(tmp_path, old)
    assert document["headline"]["structural"] is None
    assert "contain or match pathogenic ClinVar records" not in page


def test_a_field_that_was_not_written_is_a_warning(tmp_path: Path, snapshot: Path) -> None:
    options = ("--fields", "CLNSIG", "-o", str(tmp_path / "o.vcf"), "--json", str(tmp_path / "r.json"))
    ran = annotated(tmp_path, snapshot, CALLS, *options)
    assert ran.status == 0, ran.err
    document = json.loads((tmp_path / "r.json").read_text())
    assert document["headline"]["structural"] is None
    assert "CLNSV was not written" in document["headline"]["unwritten"]["CLNSV"]
