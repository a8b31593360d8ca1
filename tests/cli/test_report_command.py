"""`annotator report`: several files, hostile values, limits, charts, and the command itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from annotator.errors import InputError, UsageError
from annotator.report.build import build_report
from annotator.report.charts import classification_grid, evidence_grid, genome_strip
from annotator.report.cohort import cohort_of
from annotator.report.json_ import schema_text
from annotator.report.model import ReportModel
from annotator.report.multiqc import multiqc_text, row_names
from annotator.report.page import page_pieces
from annotator.report.tsv import tsv_columns, tsv_lines
from annotator.variants.assembly import Assembly
from tests.support.inputs import run_annotator, write_vcf
from tests.support.report_runs import document_of, one
from tests.support.report_views import Page, decoded, table_of
from tests.support.reports import (
    HOSTILE,
    PATHOGENIC,
    SOURCES,
    hostile_records,
    line,
    many,
    write_annotated,
)


def page_of(report: ReportModel, **options: int) -> Page:
    return Page("".join(page_pieces(report, **options)))


# Several files


def test_files_are_taken_together(tmp_path: Path) -> None:
    shared = line(values=PATHOGENIC, genotypes=("0/1",))
    chr_named = shared.replace("7\t", "chr7\t", 1).replace("0/1", "1/1")
    own = line(140753400, values={**PATHOGENIC, "CLNSIG": "Benign"}, genotypes=("0/1",))
    first = write_annotated(tmp_path / "a.vcf", [shared], samples=("S",))
    second = write_annotated(tmp_path / "b.vcf", [chr_named, own], samples=("S",))
    site_only = write_annotated(tmp_path / "c.vcf", [line(values=PATHOGENIC)])
    report = build_report([first, second, site_only])
    assert [column.name for column in report.columns] == ["S (a)", "S (b)", "c.vcf"]
    assert [sorted(allele.samples) for allele in report.alleles] == [[0, 1, 2], [1]]
    cohort = cohort_of(report)
    assert [(row.carriers, row.states) for row in cohort.rows] == [(3, ("carried", "carried", "unknown"))]
    assert [(gene.name, gene.notable, gene.patients) for gene in cohort.genes] == [("BRAF", 3, 3)]
    assert [patient.alleles for patient in cohort.patients] == [1, 2, 1]
    assert ">Cohort</h2>" in "".join(page_pieces(report))
    multiqc = json.loads(multiqc_text(report))
    assert [row["pathogenic"] for row in multiqc["data"].values()] == [1, 1, 1]
    assert list(multiqc["data"]) == ["a", "b", "c"]


def test_files_that_disagree_are_not_made_one(tmp_path: Path) -> None:
    older = [source.replace("2026-02-26", "2025-02-26") for source in SOURCES]
    first = write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC)])
    second = write_annotated(
        tmp_path / "b.vcf", [line(values={**PATHOGENIC, "CLNSTARS": "2"})], sources=older
    )
    report = build_report([first, second])
    assert [allele.values["CLNSTARS"] for allele in report.alleles] == ["3", "2"]
    assert report.warnings == (
        "the files were annotated with different releases of clinvar: 2025-02-26, 2026-02-26",
    )
    facts = "".join(page_pieces(report)).partition('<p class="facts">')[2].partition("</p>")[0]
    assert "<span>ClinVar 2025-02-26 (1 file), 2026-02-26 (1 file)</span>" in facts
    assert "<span>CIViC 2024-08-01</span>" in facts


def test_the_header_counts_the_files_of_a_knowledge_base(tmp_path: Path) -> None:
    """The header named the releases of the first file only, as if they were those of all files."""
    years = (2021, 2022, 2023, 2024)
    sources = [[source.replace("2026-02-26", f"{year}-02-26") for source in SOURCES] for year in years]
    sources[3] = sources[3][:1]  # without CIViC
    files = [
        write_annotated(tmp_path / f"{number}.vcf", [line(values=PATHOGENIC)], sources=one)
        for number, one in enumerate(sources)
    ]
    facts = "".join(page_pieces(build_report(files))).partition('<p class="facts">')[2].partition("</p>")[0]
    assert "<span>ClinVar 4 different releases</span>" in facts
    assert "<span>CIViC 2024-08-01 (3 of 4 files)</span>" in facts


def test_files_of_two_assemblies_are_refused(tmp_path: Path) -> None:
    other = [source.replace("GRCh38", "GRCh37") for source in SOURCES]
    first = write_annotated(tmp_path / "a.vcf", [])
    second = write_annotated(tmp_path / "b.vcf", [], sources=other)
    with pytest.raises(InputError, match=r"b\.vcf: the file is on GRCh37, but a\.vcf is on GRCh38"):
        build_report([first, second])
    with pytest.raises(UsageError, match="an input file occurs twice"):
        build_report([first, first])


# Hostile values


def test_hostile_values_stay_text(tmp_path: Path) -> None:
    report = one(tmp_path, *hostile_records(), samples=("<u>S</u>",))
    text = "".join(page_pieces(report))
    page = Page(text)
    assert page.tags.count("script") == 6
    assert not {"img", "u"} & set(page.tags)
    handlers = [key for key, _ in page.attributes if key.startswith("on") or key == "style"]
    assert handlers == []
    allowed = ("https://www.ncbi.nlm.nih.gov/clinvar/variation/", "https://civicdb.org/links/", "#", "data:,")
    assert [link for link in page.links if not link.startswith((*allowed, "https://pubmed."))] == []
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    assert "49{" not in text
    document = document_of(report)
    for allele, value in zip(document["alleles"], HOSTILE, strict=True):
        shown = value.replace(" ", "_")
        assert allele["info"]["CLNDN"] == shown
        assert allele["civic"][0]["Disease"] == shown
    rows = table_of("".join(tsv_lines(report)))
    assert [decoded(row["CLNDN"]) for row in rows] == [value.replace(" ", "_") for value in HOSTILE]
    assert len(rows) == len(HOSTILE)


def test_a_value_that_is_not_utf8_does_not_stop_a_view(tmp_path: Path) -> None:
    path = write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC, name="NAME")])
    path.write_bytes(path.read_bytes().replace(b"CLNDN=Melanoma", b"CLNDN=M\xe9lanome"))
    ran = run_annotator("report", path, "-o", "a.html", "--tsv", "a.tsv", "--json", "a.json", cwd=tmp_path)
    assert ran.status == 0, ran.err
    assert json.loads((tmp_path / "a.json").read_text())["alleles"][0]["info"]["CLNDN"] == "M\ufffdlanome"
    assert "M\ufffdlanome" in (tmp_path / "a.tsv").read_text(encoding="utf-8")


def test_the_page_makes_no_requests(demo: Path) -> None:
    text = (demo / "t.html").read_text()
    page = Page(text)
    assert not {"img", "iframe", "object", "embed"} & set(page.tags)
    assert [value for key, value in page.attributes if key == "src"] == []
    assert "default-src 'none'" in text
    assert re.search(r"@import|url\(", text) is None


# Limits, charts, MultiQC


def test_a_page_keeps_the_most_important_alleles_and_states_the_limit(tmp_path: Path) -> None:
    report = one(tmp_path, *many(600))
    page = page_of(report, limit=100)
    assert len(page.rows) == len(page.data) == 100
    assert {allele["category"] for allele in page.data} == {"pathogenic"}
    assert [allele["position"] for allele in page.data] == sorted(allele["position"] for allele in page.data)
    assert "100 most important of 600" in " ".join("".join(page_pieces(report, limit=100)).split())
    assert len(document_of(report)["alleles"]) == 600


def test_charts_count_every_allele_once(tmp_path: Path) -> None:
    report = one(tmp_path, *many(600))
    grid = classification_grid(report)
    assert grid.total == 600
    rows = {name: [cell.number for cell in cells] for name, cells in grid.rows}
    assert rows["Pathogenic"] == [20] * 5
    evidence = evidence_grid(report)
    assert [(name, [cell.number for cell in cells]) for name, cells in evidence.rows] == [
        ("Predictive", [40] * 5)
    ]
    strip = genome_strip(report)
    assert sum(mark.number for mark in strip.marks) == 600
    assert dict(strip.lanes)["pathogenic"] == 200
    few = genome_strip(one(tmp_path, *many(200), name="few.vcf"))
    assert {mark.density for mark in few.marks} == {1}
    assert max(mark.density for mark in strip.marks) == 1
    assert all(0.3 < mark.density <= 1 for mark in strip.marks)
    by_number = sorted((mark.number, mark.density) for mark in strip.marks if mark.category == "pathogenic")
    assert by_number == sorted(by_number, key=lambda one: one[1])
    assert strip.segments[-1].x + strip.segments[-1].width == pytest.approx(1000, abs=0.5)


MULTIQC = {
    "type": "object",
    "required": ["id", "section_name", "plot_type", "pconfig", "headers", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z_]+$"},
        "plot_type": {"const": "table"},
        "data": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "headers": {"type": "object", "additionalProperties": {"required": ["title", "description"]}},
    },
}
"""What MultiQC asks of a table of custom content."""


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (("a.vcf", "b.vcf.gz"), ["a", "b"]),
        (("P1.sorted.vcf", "P1.vep.vcf", "P2.vcf"), ["1: P1.sorted", "2: P1.vep", "P2"]),
        (("P1_vep.vcf", "P1.vcf"), ["1: P1_vep", "2: P1"]),
        (
            ("P1_tumor.vcf", "P1_normal.vcf", "TCGA_A.vcf", "TCGA_B.vcf"),
            ["P1_tumor", "P1_normal", "TCGA_A", "TCGA_B"],
        ),
        (("a.vcf", "a.bcf"), ["1: a", "2: a"]),
    ],
)
def test_names_that_multiqc_would_cut_to_one_are_numbered(files: tuple[str, ...], names: list[str]) -> None:
    assert row_names(files) == names


def test_multiqc_content_is_as_multiqc_wants_it(demo: Path) -> None:
    document = json.loads((demo / "t_mqc.json").read_text())
    jsonschema.validate(document, MULTIQC)
    [(name, row)] = document["data"].items()
    assert name == "tumour"
    assert set(row) == set(document["headers"])
    assert row == {
        "records": 71,
        "alleles": 76,
        "clinvar_found": 23,
        "pathogenic": 10,
        "oncogenic": 12,
        "civic_found": 42,
        "civic_best": row["civic_best"],
        "failed": 0,
    }


# The command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "a.vcf"), "no output was requested"),
        (("report", "-o", "a.html"), "there is no input file"),
        (("report", "a.vcf", "-o", "a.vcf"), "two output files have the same name"),
        (("report", "a.vcf", "--tsv", "x", "--json", "x"), "two output files have the same name"),
        (("report", "a.vcf", "--multiqc", "x.json"), "Use a name that ends in _mqc.json"),
        (("report", "a.vcf", "-o", "x.html", "--limit", "0"), "must contain at least one allele"),
        (("annotate", "in.vcf", "--snapshot", "s", "--report", "x.html"), "not a stream"),
        (("annotate", "in.vcf", "--snapshot", "s", "-o", "o.vcf", "--tsv", "in.vcf"), "same name"),
    ],
)
def test_contradictory_options_are_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC)])
    write_vcf(tmp_path / "in.vcf")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ran = run_annotator(*arguments, cwd=tmp_path)
    assert (ran.status, said in ran.err) == (2, True), ran.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_views_appear_together_or_not_at_all(tmp_path: Path) -> None:
    write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC)])
    (tmp_path / "a.html").write_text("old")
    ran = run_annotator(
        "report", "a.vcf", "-o", "a.html", "--tsv", "/dev/full", "--json", "a.json", cwd=tmp_path
    )
    assert ran.status == 1
    assert "/dev/full: cannot be written (No space left on device)" in ran.err
    assert (tmp_path / "a.html").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.vcf", "a.html"}


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("/proc/self/report.html", "/proc/self/report.html: cannot be written"),
        ("no/report.html", "no/report.html: the folder of the file does not exist"),
        ("folder", "folder: the output is a folder"),
    ],
)
def test_a_report_that_cannot_be_written_stops_the_run_before_it_starts(
    tmp_path: Path, demo: Path, view: str, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    source = write_vcf(tmp_path / "in.vcf")
    snapshot = ("--snapshot", demo / "demo.snapshot")
    ran = run_annotator("annotate", source, "-o", "out.vcf", *snapshot, "--report", view, cwd=tmp_path)
    assert (ran.status, said in ran.err) == (1, True), ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "folder"}


def test_a_report_that_fails_late_keeps_the_annotated_file_and_names_the_command(
    tmp_path: Path, demo: Path
) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    words = ("annotate", source, "--snapshot", demo / "demo.snapshot", "-o")
    views = ("--report", "my report.html", "--tsv", "/dev/full")
    ran = run_annotator(*words, "my out.vcf", *views, cwd=tmp_path)
    assert ran.status == 1
    assert "1 record, 1 allele, GRCh38" in ran.err
    assert (
        "/dev/full: cannot be written (No space left on device). my out.vcf is complete, but the report was not "
        "written. Free space on its disk, or use another disk. Write the report again with: annotator report "
        f"'my out.vcf' -o 'my report.html' --tsv /dev/full --snapshot {demo}/demo.snapshot."
    ) in ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "my out.vcf"}
    assert run_annotator(*words, "other.vcf", cwd=tmp_path).status == 0
    whole = (tmp_path / "other.vcf").read_text().replace("other.vcf", "my out.vcf")
    assert (tmp_path / "my out.vcf").read_text() == whole
    again = ("report", "my out.vcf", "-o", "my report.html", "--tsv", "a.tsv")
    assert run_annotator(*again, cwd=tmp_path).status == 0


def test_a_file_that_was_not_annotated_is_an_error(tmp_path: Path) -> None:
    write_vcf(tmp_path / "in.vcf")
    ran = run_annotator("report", "in.vcf", "-o", "x.html", cwd=tmp_path)
    assert ran.status == 1
    assert "in.vcf: the file was not annotated by this program. Annotate it first" in ran.err
    assert not (tmp_path / "x.html").exists()


def test_a_file_that_was_changed_since_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    record = line(values=PATHOGENIC)
    path = write_annotated(tmp_path / "a.vcf", [record, record.replace("\tT\t", "\tT,C\t")])
    number = path.read_text().count("\n")
    with pytest.raises(InputError, match=f"line {number}: INFO .* has 1 values for 2 ALTs"):
        build_report([path])
    path.write_text(path.read_text() + "7\t1\t.\tA\n")
    with pytest.raises(InputError, match=rf"line {number + 1}: .*4 columns"):
        build_report([path])


def test_columns_and_schema_can_be_printed() -> None:
    columns = run_annotator("report", "--tsv-columns")
    assert columns.status == 0
    told = columns.out.decode().splitlines()
    lines = [one for one in told if not one.startswith("# ")]
    assert any("spreadsheet would evaluate" in one for one in told[len(lines) :])
    assert [one.partition("\t")[0] for one in lines] == [column.name for column in tsv_columns()]
    assert all(one.partition("\t")[2] for one in lines)
    schema = json.loads(run_annotator("report", "--json-schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == json.loads(schema_text())


def test_the_assembly_is_that_of_the_answers(demo: Path) -> None:
    assert build_report([demo / "germline.bcf"]).assembly is Assembly.GRCH38
