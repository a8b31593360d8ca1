"""Statements of CIViC's evidence in reports: read from the snapshot of the same release, and never to annotate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

import annotator
from annotator.errors import SnapshotError
from annotator.explain.explanation import AlleleExplanation, Answer, EvidenceEntry, Explanation
from annotator.explain.views import text_lines
from annotator.sources.civic import storing
from tests.support.inputs import run_annotator
from tests.support.report_views import Page, sheets_of
from tests.support.reports import DEMO, HOSTILE, demo_snapshot

TUMOUR = DEMO / "tumour.GRCh38.vcf"
EXPECTED = {
    "AID7": "Demo text, not CIViC's: BRAF V600E in Melanoma; therapy: Trametinib,Dabrafenib.",
    "EID103": "Demo text, not CIViC's: BRAF V600E in Colorectal Cancer.",
}
DIFFERENT = (
    "the report is without the statements of CIViC's evidence, because the annotation is based on CIViC 2024-08-01, "
    "but the snapshot contains CIViC 2024-09-01"
)
EDITED = (
    "the report is without the statements of CIViC's evidence, because the snapshot was built from other files of "
    "CIViC 2024-08-01 than the annotation"
)


class Run(NamedTuple):
    """The demo's snapshot, the tumour annotated with it, and the views that the run wrote."""

    snapshot: Path
    vcf: Path
    views: dict[str, Path]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("statements")
    snapshot = demo_snapshot(folder)
    views = {name: folder / f"t.{name}" for name in ("html", "json", "xlsx", "tsv")}
    options = [word for name, path in views.items() for word in (f"--{name}", path)]
    ran = run_annotator("annotate", TUMOUR, "-o", folder / "t.vcf", "--snapshot", snapshot, *options)
    assert ran.status == 0, ran.err
    return Run(snapshot, folder / "t.vcf", views)


@pytest.fixture(autouse=True)
def _no_default_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANNOTATOR_SNAPSHOT", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))


def civic_release(
    folder: Path, *, date: str = "01-Aug-2024", statement: str = "", of: str = "EID103"
) -> Path:
    """Copy the demo's release of CIViC under another date, or with another statement of one evidence item."""
    folder.mkdir()
    for path in (DEMO / "civic").iterdir():
        text = path.read_text(encoding="utf-8")
        if statement:
            assert EXPECTED[of] in text or "Evidence" not in path.name
            text = text.replace(EXPECTED[of], statement)
        (folder / path.name.replace("01-Aug-2024", date)).write_text(text, encoding="utf-8")
    return folder


def built(folder: Path, civic: Path) -> Path:
    annotator.build_snapshot(folder, assembly="GRCh38", clinvar=DEMO / "clinvar.GRCh38.vcf", civic=civic)
    return folder


def ids_of(document: dict[str, object]) -> set[str]:
    alleles: list[dict[str, list[dict[str, str]]]] = document["alleles"]  # type: ignore[assignment]
    kinds = {"evidence": "EID", "assertion": "AID"}
    return {kinds[one["EntityType"]] + one["EntityID"] for allele in alleles for one in allele["civic"]}


def test_json_page_and_workbook_have_the_statement_of_every_entry(run: Run) -> None:
    document = json.loads(run.views["json"].read_text())
    statements = document["statements"]
    assert {id_: statements[id_] for id_ in EXPECTED} == EXPECTED
    assert statements.keys() == ids_of(document)
    assert json.loads(Page(run.views["html"].read_text()).scripts["statements"]) == statements
    rows = sheets_of(run.views["xlsx"])["CIViC evidence"].rows
    prefixes = {"evidence": "EID", "assertion": "AID"}
    of_rows = {
        prefixes[str(row["CIVIC.EntityType"])] + str(row["CIVIC.EntityID"]): row["STATEMENT"] for row in rows
    }
    assert of_rows == statements
    described = {row["Column"] for row in sheets_of(run.views["xlsx"])["Columns"].rows}
    assert "STATEMENT" in described
    assert "Demo text" not in run.views["tsv"].read_text()
    assert "Demo text" not in run.vcf.read_text()


def test_a_page_has_only_the_statements_of_its_alleles(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "short.html"
    annotator.write_report(run.vcf, html=page, limit=3, snapshot=run.snapshot)
    read = Page(page.read_text())
    shown = ids_of({"alleles": read.data})
    assert json.loads(read.scripts["statements"]).keys() == shown
    assert 0 < len(shown) < len(json.loads(run.views["json"].read_text())["statements"])


@pytest.mark.parametrize("way", ["option", "default", "python"])
def test_report_reads_the_named_or_the_default_snapshot(
    way: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "r.json"
    if way == "python":
        annotator.write_report(run.vcf, json=written, snapshot=run.snapshot)
        assert annotator.report_data(run.vcf, snapshot=run.snapshot) == json.loads(written.read_text())
    else:
        if way == "default":
            monkeypatch.setenv("ANNOTATOR_SNAPSHOT", str(run.snapshot))
        options = ("--snapshot", run.snapshot) if way == "option" else ()
        ran = run_annotator("report", run.vcf, "--json", written, *options)
        assert (ran.status, "without the statements" in ran.err) == (0, False), ran.err
    statements = json.loads(written.read_text())["statements"]
    assert statements == json.loads(run.views["json"].read_text())["statements"]


def test_without_a_snapshot_there_are_no_statements_and_no_warning(run: Run) -> None:
    document = annotator.report_data(run.vcf)
    assert (document["statements"], document["warnings"]) == ({}, [])


@pytest.mark.parametrize("way", ["named", "default"])
@pytest.mark.parametrize(
    ("date", "statement", "warning"),
    [("01-Sep-2024", "", DIFFERENT), ("01-Aug-2024", "Another text of the same month", EDITED)],
)
def test_another_release_gives_no_statements_and_a_warning(
    way: str,
    date: str,
    statement: str,
    warning: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = built(
        tmp_path / "other.snapshot", civic_release(tmp_path / "civic", date=date, statement=statement)
    )
    if way == "default":
        monkeypatch.setenv("ANNOTATOR_SNAPSHOT", str(other))
    document = annotator.report_data(run.vcf, snapshot=other if way == "named" else None)
    assert (document["statements"], document["warnings"]) == ({}, [warning])


def test_a_header_without_the_release_gives_no_statements_and_a_warning(run: Run, tmp_path: Path) -> None:
    lines = run.vcf.read_text().splitlines(keepends=True)
    other = tmp_path / "other.vcf"
    other.write_text("".join(one for one in lines if not one.startswith("##annotatorSource=<ID=civic,")))
    for vcfs in ((other,), (run.vcf, other)):
        document = annotator.report_data(*vcfs, snapshot=run.snapshot)
        assert document["statements"] == {}
        assert (
            "the report is without the statements of CIViC's evidence, because the header of a file does not state the "
            "release of CIViC"
        ) in document["warnings"]


def test_a_snapshot_of_an_earlier_version_annotates_the_same_and_has_no_statements(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "STATEMENT_IDS", "unused_1")
    monkeypatch.setattr(storing, "STATEMENTS", "unused_2")
    old = built(tmp_path / "old.snapshot", DEMO / "civic")
    ran = run_annotator(
        "annotate", TUMOUR, "-o", tmp_path / "t.vcf", "--snapshot", old, "--json", tmp_path / "t.json"
    )
    assert ran.status == 0, ran.err
    assert (tmp_path / "t.vcf").read_bytes() == run.vcf.read_bytes()
    document = json.loads((tmp_path / "t.json").read_text())
    assert (document["statements"], document["warnings"]) == ({}, [])


def damaged(snapshot: Path, folder: Path) -> Path:
    """Copy a snapshot and flip a bit in the middle of its statements."""
    copy = Path(shutil.copytree(snapshot, folder))
    store = bytearray((copy / "civic.store").read_bytes())
    first, last = store.index(b"Demo text"), store.rindex(b"Demo text")
    assert last - first > 2 * 4096  # so that the whole page around the middle contains only statements
    store[(first + last) // 2] ^= 1
    (copy / "civic.store").write_bytes(store)
    return copy


def test_annotation_does_not_read_statements_and_a_report_detects_damaged_ones(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = damaged(run.snapshot, tmp_path / "damaged.snapshot")
    ran = run_annotator("annotate", TUMOUR, "-o", tmp_path / "t.vcf", "--snapshot", copy)
    assert ran.status == 0, ran.err
    assert (tmp_path / "t.vcf").read_bytes() == run.vcf.read_bytes()
    with pytest.raises(SnapshotError, match="the file is damaged"):
        annotator.report_data(run.vcf, snapshot=copy)
    monkeypatch.setenv("ANNOTATOR_SNAPSHOT", str(copy))
    document = annotator.report_data(run.vcf)
    assert document["statements"] == {}
    assert document["warnings"] == [
        "the report is without the statements of CIViC's evidence, because the snapshot cannot be used: "
        "the file is damaged"
    ]


def test_explain_shows_the_evidence_with_its_statements(run: Run) -> None:
    asked = ("explain", "7:140753336:A:T", "--snapshot", run.snapshot)
    text = run_annotator(*asked).out.decode()
    assert "evidence, best level first (10 entries):" in text
    assert (
        f"EID103 (level B) Prognostic, Poor Outcome, Colorectal Cancer, BRAF V600E: {EXPECTED['EID103']}"
        in text
    )
    [allele] = json.loads(run_annotator(*asked, "--json").out)["alleles"]
    [civic] = [one for one in allele["answers"] if one["knowledge_base"] == "civic"]
    found = {one["id"]: one["statement"] for one in civic["evidence"]}
    assert len(found) == 10
    assert {id_: found[id_] for id_ in EXPECTED} == EXPECTED
    levels = [one["level"] or "~" for one in civic["evidence"]]
    assert levels == sorted(levels)
    assert [one["evidence"] for one in allele["answers"] if one["knowledge_base"] == "clinvar"] == [[]]


def test_explain_lists_ten_entries_as_text() -> None:
    entries = [
        EvidenceEntry(f"EID{number}", "A", "Predictive", "Resistance", "X", "Y", "Z", "", "")
        for number in range(12)
    ]
    answer = Answer("civic", "found", "exact", "VID1", "says", evidence=tuple(entries))
    explanation = Explanation(
        "q", "allele", "GRCh38", (), alleles=[AlleleExplanation("q", answers=(answer,))]
    )
    text = list(text_lines(explanation))
    assert "    evidence, best level first (12 entries; the first 10 are listed, --json lists all):" in text
    assert sum("EID" in one for one in text) == 10
    assert text[-1] == "      EID9 (level A) Predictive, Resistance, X, Y, Z"


def test_explain_marks_what_is_flagged_or_retracted_and_escapes_control_characters(tmp_path: Path) -> None:
    civic = civic_release(tmp_path / "civic", statement="\x1b[31mred\x1b[0m")
    evidence = next(civic.glob("*ClinicalEvidenceSummaries.tsv"))
    rows = [line.split("\t") for line in evidence.read_text().split("\n")]
    place, number = rows[0].index("is_flagged"), rows[0].index("evidence_id")
    for row in rows[1:]:
        if len(row) > 1 and row[number] == "103":
            row[place] = "true"
    evidence.write_text("\n".join("\t".join(row) for row in rows))
    ran = run_annotator(
        "explain", "7:140753336:A:T", "--snapshot", built(tmp_path / "flagged.snapshot", civic)
    )
    assert "EID103 (level B) [flagged for review] Prognostic" in ran.out.decode()
    assert b"\x1b" not in ran.out


def test_a_snapshot_that_does_not_exist_is_refused(run: Run, tmp_path: Path) -> None:
    ran = run_annotator("report", run.vcf, "--json", tmp_path / "r.json", "--snapshot", tmp_path / "none")
    assert ran.status == 1
    assert "no such snapshot" in ran.err
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b[31mred\x1b[0m \x07 =1+1"])
def test_a_hostile_statement_is_only_text(text: str, tmp_path: Path) -> None:
    snapshot = built(tmp_path / "h.snapshot", civic_release(tmp_path / "civic", statement=text))
    views = {name: tmp_path / f"t.{name}" for name in ("html", "json", "xlsx")}
    options = [word for name, path in views.items() for word in (f"--{name}", path)]
    ran = run_annotator("annotate", TUMOUR, "-o", tmp_path / "t.vcf", "--snapshot", snapshot, *options)
    assert ran.status == 0, ran.err
    expected = " ".join(text.split())
    assert json.loads(views["json"].read_text())["statements"]["EID103"] == expected
    page = Page(views["html"].read_text())
    assert json.loads(page.scripts["statements"])["EID103"] == expected
    assert page.scripts.keys() == {"program", "columns", "settings", "statements", "data"}
    assert not {"img", "onmouseover"} & {*page.tags, *(name for name, _ in page.attributes)}
    rows = sheets_of(views["xlsx"])["CIViC evidence"].rows
    assert {row["STATEMENT"] for row in rows if row["CIVIC.EntityID"] == "103"} == {expected}
    for written in (views["html"].read_bytes(), views["json"].read_bytes(), ran.err.encode()):
        assert b"\x1b" not in written and b"\x07" not in written
