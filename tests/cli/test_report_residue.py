"""ClinVar's records at the same residue, and columns of the user's own files, in every view of a report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import annotator
from annotator.info import encode_text
from annotator.report.build import build_report
from annotator.report.findings import headline_of
from annotator.report.model import ReportModel
from annotator.report.page import page_pieces
from annotator.report.reported_file import CustomField
from annotator.sources.clinvar_protein.fields import RESIDUE_FIELDS
from tests.support.clinical_reports import json_of, page_of, report_of, rows_of
from tests.support.report_views import Page, sheets_of
from tests.support.reports import HOSTILE, PATHOGENIC, SOURCES, line, write_annotated

RESIDUE = SOURCES[0].replace("clinvar", "clinvar_protein")
SAME = "376575|p.Cys238Ser|Pathogenic/Likely_pathogenic|2|c.713G>C"
OTHER = (
    "161515|p.Cys238Trp(splice_donor)|Likely_pathogenic|3|c.714T>G&"
    "7|p.Cys238Tyr|Benign|1|c.713G>A&8|p.Cys238Phe|.|.|c.713G>T"
)
VUS = {**PATHOGENIC, "CLNSIG": "Uncertain_significance", "CLNSTARS": "3"}


def info(same: str = "", other: str = "") -> list[str]:
    values = {"CLN_PROTEIN": "NM_000546:p.Cys238Ser", "CLN_SAME_AA": same, "CLN_SAME_RESIDUE": other}
    return [f"{id_}={value}" for id_, value in values.items() if value]


def written(folder: Path, *records: str) -> Path:
    """Write a file of a run with a snapshot that has ClinVar's residues."""
    path = write_annotated(folder / "a.vcf", records, sources=(*SOURCES, RESIDUE))
    ours = ",".join(field.id for field in RESIDUE_FIELDS)
    declared = "\n".join(field.header_line("clinvar_protein", "2026-02-26") for field in RESIDUE_FIELDS)
    text = path.read_text().replace("##annotatorFields=", f"{declared}\n##annotatorFields={ours},")
    path.write_text(text)
    return path


def views_of(folder: Path, *records: str) -> ReportModel:
    return build_report([written(folder, *records)])


def test_pathogenic_neighbours_are_listed_below_the_own_classification(tmp_path: Path) -> None:
    records = [
        line(1, VUS, other_info=info("", OTHER)),
        line(2, VUS, other_info=info(SAME, "")),
        line(3, PATHOGENIC, other_info=info(SAME, OTHER)),  # itself pathogenic
        line(4, VUS, other_info=info("", "7|p.Cys238Tyr|Benign|1|c.713G>A")),
        line(5, VUS, other_info=info(SAME, ""), filter_="weak_evidence"),
    ]
    report = views_of(tmp_path, *records)
    assert headline_of(report).neighbours == (1, 0)  # the same protein change first
    card = page_of(report).partition("ClinVar records at the same residue")[2].partition("<ul class")[0]
    text = " ".join(re.sub("<[^>]*>", " ", card).split())
    assert "no criterion is assigned" in text
    assert text.index("Uncertain significance") < text.index("same protein change")
    assert "p.Cys238Ser c.713G&gt;C Pathogenic/ Likely pathogenic" in text
    assert "p.Cys238Phe c.713G&gt;T no classification" in text
    found = json_of(report)["headline"]["neighbours"]
    assert [one["allele"] for one in found] == [1, 0]
    assert found[1]["records"][0] == {
        "relation": "other change at the residue",
        "variation_id": "161515",
        "change": "p.Cys238Trp(splice_donor)",
        "classification": "Likely_pathogenic",
        "stars": 3,
        "nucleotide": "c.714T>G",
    }
    assert found[1]["records"][2]["stars"] is None
    assert not any(word in page_of(report) for word in ("PS1 applies", "PM5 applies"))


def test_an_allele_with_neighbours_only_is_not_one_of_clinvar(tmp_path: Path) -> None:
    report = views_of(tmp_path, line(1, other_info=info(SAME)))
    assert (len(report.alleles), report.known) == (1, 0)
    assert headline_of(report).neighbours == (0,)
    assert "no ClinVar classification of its own" in page_of(report)


def test_without_the_annotation_neighbours_are_unknown(tmp_path: Path) -> None:
    report = report_of(tmp_path, line(values=VUS))
    assert json_of(report)["headline"]["neighbours"] is None
    assert "same residue" not in page_of(report).partition("<script")[0]


def test_table_and_workbook_have_the_records(tmp_path: Path) -> None:
    source = written(tmp_path, line(1, VUS, other_info=info(SAME, OTHER)))
    annotator.write_report(source, xlsx=tmp_path / "a.xlsx", tsv=tmp_path / "a.tsv")
    rows = sheets_of(tmp_path / "a.xlsx")["Same residue"].rows
    assert [(row["RELATION"], row["VARIATION_ID"], row.get("RECORD_STARS")) for row in rows] == [
        ("same protein change", "376575", 2.0),
        ("other change at the residue", "161515", 3.0),
        ("other change at the residue", "7", 1.0),
        ("other change at the residue", "8", None),
    ]
    assert {(row["CLNSIG"], row["CLN_PROTEIN"]) for row in rows} == {
        ("Uncertain_significance", "NM_000546:p.Cys238Ser")
    }
    described = {row["Column"] for row in sheets_of(tmp_path / "a.xlsx")["Columns"].rows}
    assert set(rows[0]) <= described
    [row] = rows_of(views_of(tmp_path, line(1, VUS, other_info=info(SAME, OTHER))))
    assert (row["CLN_SAME_AA"], row["CLN_SAME_RESIDUE"]) == (SAME, OTHER)


@pytest.mark.parametrize(
    ("key", "type_", "is_frequency"),
    [
        ("AF", "Float", True),
        ("af", "Float", True),
        ("AF_grpmax", "Float", True),
        ("FAF", "Float", True),
        ("MAX_AF", "Float", True),
        ("VAF", "Float", False),
        ("AF", "String", False),
        ("AC", "Float", False),
        ("AFFECTED", "Float", False),
        ("nhomalt", "Integer", False),
    ],
)
def test_frequencies_are_recognised_by_key_and_type(key: str, type_: str, *, is_frequency: bool) -> None:
    assert CustomField("gnomad", key, type_, "").is_frequency is is_frequency


OWN = (
    '##annotatorSource=<ID=gnomad,Source="vcf",Release="4.1",Assembly="GRCh38">',
    '##INFO=<ID=gnomad_AF,Number=A,Type=Float,Description="AF",Source="gnomad",Version="4.1">',
    '##INFO=<ID=gnomad_AC,Number=A,Type=Integer,Description="AC",Source="gnomad",Version="4.1">',
)


def own_file(folder: Path) -> Path:
    """Write a file that was annotated with frequencies of a file named gnomad."""
    records = [
        line(1, PATHOGENIC, other_info=["gnomad_AF=1.50e-05", "gnomad_AC=12"]),
        line(2, {**PATHOGENIC, "CLNVID": "2"}, other_info=["gnomad_AF=0.25"]),
        line(3, {**PATHOGENIC, "CLNVID": "3"}),
    ]
    path = write_annotated(folder / "own.vcf", records, meta_lines=OWN)
    path.write_text(path.read_text().replace("##annotatorFields=", "##annotatorFields=gnomad_AF,gnomad_AC,"))
    return path


def test_own_files_are_columns_of_every_view(tmp_path: Path) -> None:
    views = {name: tmp_path / f"a.{name}" for name in ("html", "json", "tsv", "xlsx")}
    annotator.write_report(own_file(tmp_path), **views)  # type: ignore[arg-type]
    report = annotator.report_data(tmp_path / "own.vcf")
    assert report["custom_fields"]["gnomad_AF"] == {
        "knowledge_base": "gnomad", "type": "Float", "description": "AF", "is_frequency": True,
    }  # fmt: skip
    infos = [allele["info"] for allele in report["alleles"]]
    assert [(one.get("gnomad_AF"), one.get("gnomad_AC")) for one in infos] == [
        (1.5e-05, 12),
        (0.25, None),
        (None, None),
    ]
    table = annotator.report_table(tmp_path / "own.vcf")
    assert [(row["gnomad_AF"], row["gnomad_AC"]) for row in table] == [
        (1.5e-05, 12),
        (0.25, None),
        (None, None),
    ]
    assert [str(table.to_pandas()[name].dtype) for name in ("gnomad_AF", "gnomad_AC")] == ["float64", "Int64"]
    assert [str(table.to_polars().schema[name]) for name in ("gnomad_AF", "gnomad_AC")] == [
        "Float64",
        "Int64",
    ]
    rows = sheets_of(views["xlsx"])["Variants"].rows
    assert [(row.get("gnomad_AF"), row.get("gnomad_AC")) for row in rows] == [
        (1.5e-05, 12.0),
        (0.25, None),
        (None, None),
    ]
    lines = [one.split("\t") for one in views["tsv"].read_text().splitlines()]
    place = lines[0].index("gnomad_AF")
    assert [one[place] for one in lines[1:]] == ["1.50e-05", "0.25", ""]
    cells = re.findall(r'<td data-label="gnomad".*?</td>', views["html"].read_text(), re.DOTALL)
    texts = [" ".join(re.sub("<[^>]*>", " ", one).split()) for one in cells]
    assert texts == ["AF 1.50e-05 AC 12", "AF 0.25", ""]


def test_numbers_that_json_does_not_have_stay_text(tmp_path: Path) -> None:
    """VCF allows nan and inf, which make JSON that most programs refuse; and such a frequency must sort as missing."""
    values = ("nan", "-inf", "1e400", ".5", "-2.5E-1", "+3")
    records = [
        line(number, {**PATHOGENIC, "CLNVID": str(number)}, other_info=[f"gnomad_AF={value}", "gnomad_AC=-7"])
        for number, value in enumerate(values, start=1)
    ]
    path = write_annotated(tmp_path / "own.vcf", records, meta_lines=OWN)
    path.write_text(path.read_text().replace("##annotatorFields=", "##annotatorFields=gnomad_AF,gnomad_AC,"))
    annotator.write_report(path, json=tmp_path / "a.json", xlsx=tmp_path / "a.xlsx", html=tmp_path / "a.html")

    def refused(constant: str) -> None:
        raise AssertionError(constant)

    report = json.loads((tmp_path / "a.json").read_text(), parse_constant=refused)
    found = [allele["info"]["gnomad_AF"] for allele in report["alleles"]]
    assert found == ["nan", "-inf", "1e400", 0.5, -0.25, 3.0]
    assert {allele["info"]["gnomad_AC"] for allele in report["alleles"]} == {-7}
    cells = [row["gnomad_AF"] for row in sheets_of(tmp_path / "a.xlsx")["Variants"].rows]
    assert cells == ["nan", "-inf", "1e400", 0.5, -0.25, 3.0]
    keys = re.findall(r'<td data-label="gnomad" data-k="([^"]*)"', (tmp_path / "a.html").read_text())
    assert keys == ["-1", "-1", "-1", "0.5", "-0.25", "3.0"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_records_and_values_stay_text(tmp_path: Path, text: str) -> None:
    encoded = encode_text(text.replace("&", "%26").replace("|", "%7C"))
    other = f"{encoded}|{encoded}|Pathogenic|3|{encoded}"
    source = written(tmp_path, line(1, VUS, other_info=[*info("", other), f"gnomad_AF={encoded}"]))
    declared = "\n".join(OWN) + "\n"
    held = source.read_text().replace("##annotatorFields=", f"{declared}##annotatorFields=gnomad_AF,")
    source.write_text(held)
    page = Page("".join(page_pieces(build_report([source]))))
    assert page.tags.count("script") == 6
    assert not {"img", "onmouseover"} & {*page.tags, *(name for name, _ in page.attributes)}
    assert all(
        link.startswith(("#", "https://www.ncbi.nlm.nih.gov/clinvar/variation/13961/", "data:"))
        for link in page.links
    )
