"""Reports of cohorts: many samples keep the page small, and an allele of two records is counted once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from annotator.doctor.diagnosis import Level
from annotator.doctor.examine import examine
from annotator.report.build import build_report
from annotator.report.charts import classification_grid
from annotator.report.cohort import cohort_of
from annotator.report.findings import headline_of
from annotator.report.model import ReportModel
from annotator.report.multiqc import multiqc_text
from annotator.report.page import page_pieces
from annotator.report.tsv import tsv_lines
from tests.support.report_views import Page, table_of
from tests.support.reports import PATHOGENIC, line, many, predictive, write_annotated

SAMPLES, ALLELES = 3000, 400
PEAK = """
import re, sys
from pathlib import Path
from annotator.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
print(re.search("VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""


def cohort_file(path: Path, samples: int, alleles: int) -> Path:
    """Write a cohort in which every 20th sample carries an allele, with its reads."""
    records = [
        "\t".join(
            [
                *record.split("\t")[:8],
                "GT:AD",
                *("0/1:17,15" if (number + sample) % 20 == 0 else "0/0:30,0" for sample in range(samples)),
            ]
        )
        for number, record in enumerate(many(alleles))
    ]
    return write_annotated(path, records, samples=[f"S{number:04d}" for number in range(samples)])


def report_of(tmp_path: Path, records: Sequence[str], samples: Sequence[str] = ()) -> ReportModel:
    return build_report([write_annotated(tmp_path / "a.vcf", records, samples=samples)])


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_three_thousand_samples_fit_in_a_page_and_in_memory(tmp_path: Path) -> None:
    source = cohort_file(tmp_path / "cohort.vcf", SAMPLES, ALLELES)
    page = tmp_path / "cohort.html"
    command = (sys.executable, "-c", PEAK, "report", str(source), "-o", str(page))
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert page.stat().st_size < 15_000_000
    assert int(ran.stdout.split()[-1]) < 300_000


def test_a_large_cohort_shows_counts_and_the_first_carriers(tmp_path: Path) -> None:
    report = build_report([cohort_file(tmp_path / "cohort.vcf", 600, 4)])
    text = "".join(page_pieces(report))
    page = Page(text)
    assert "The report has 600 samples." in text
    for allele in page.data:
        assert allele["sample_counts"] == {"carried": 30, "not_carried": 570}
        assert len(allele["samples"]) == 20
        assert {one["state"] for one in allele["samples"].values()} == {"carried"}
    assert all("+28" in row for row in page.rows)
    rows = table_of("".join(tsv_lines(report)))
    assert {len(row["CARRIED_BY"].split("&")) for row in rows} == {30}


def test_a_small_cohort_keeps_every_sample(tmp_path: Path) -> None:
    report = build_report([cohort_file(tmp_path / "cohort.vcf", 30, 2)])
    text = "".join(page_pieces(report))
    assert "The report has 30 samples." not in text
    assert [len(allele["samples"]) for allele in Page(text).data] == [30, 30]


def repeated(*filters: str) -> list[str]:
    """Give records of one allele, in two spellings in turn; the first sample carries it in the first one."""
    spellings = (("A", "T"), ("AC", "TC"))
    return [
        line(
            values=PATHOGENIC | {"CLNVID": ""},
            entries=[predictive(1, Allele=spellings[number % 2][1])],
            ref=spellings[number % 2][0],
            alt=spellings[number % 2][1],
            filter_=filter_,
            genotypes=("0/1" if number == 0 else "0/0", "0/1"),
        )
        for number, filter_ in enumerate(filters)
    ]


def test_an_allele_of_two_records_counts_once(tmp_path: Path) -> None:
    report = report_of(tmp_path, repeated("PASS", "PASS"), ("P1", "P2"))
    assert (len(report.alleles), report.known) == (2, 1)
    headline = headline_of(report)
    assert headline.pathogenic == (0,)
    assert [one.alleles for one in headline.sensitivity] == [(0,)]
    cohort = cohort_of(report)
    assert [(one.alleles, one.pathogenic) for one in cohort.patients] == [(1, 1), (1, 1)]
    assert [(one.carriers, one.states) for one in cohort.rows] == [(2, ("carried", "carried"))]
    assert [(one.patients, one.alleles) for one in cohort.genes] == [(2, 1)]
    assert classification_grid(report).total == 1
    assert json.loads(multiqc_text(report))["data"]["a"]["pathogenic"] == 1
    assert report.warnings == ("a.vcf: 1 allele is in more than one record; it is counted once",)
    assert len(table_of("".join(tsv_lines(report)))) == 2  # the table lists records


def test_an_allele_that_passes_in_one_record_is_not_listed_as_filtered(tmp_path: Path) -> None:
    headline = headline_of(report_of(tmp_path, repeated("LowQual", "PASS"), ("P1", "P2")))
    assert (headline.pathogenic, headline.filtered.alleles) == ((1,), ())
    assert headline_of(report_of(tmp_path, repeated("LowQual", "q10"), ("P1", "P2"))).filtered.alleles == (0,)


def test_symbolic_alleles_at_one_position_are_not_one(tmp_path: Path) -> None:
    records = [
        line(values=PATHOGENIC, alt="<DEL>", other_info=(f"END={end}",)) for end in (140753400, 140753500)
    ]
    report = report_of(tmp_path, records)
    assert report.known == 2
    assert report.warnings == ()


@pytest.mark.parametrize("padding", [0, 5000])
def test_doctor_reports_repeated_alleles(tmp_path: Path, padding: int) -> None:
    others = [line(1000 + number, ref="A", alt="C", contig="1") for number in range(padding)]
    records = [
        *others,
        line(200, contig="7"),
        line(200, contig="7", ref="AC", alt="TC"),
        line(200, contig="7", alt="T,G"),
        line(200, contig="7", alt="G"),
        line(201, contig="7"),
        line(300, contig="7", alt="<DEL>"),
        line(300, contig="7", alt="<DEL>"),
    ]
    source = write_annotated(tmp_path / "a.vcf", records)
    [found] = [one for one in examine(str(source)).findings if "more than one record" in one.what]
    assert found.level is Level.WARNING
    assert found.what.startswith("2 alleles are in more than one record, first repeated at 7:200")
    assert "bcftools norm -d exact" in found.advice


def test_doctor_is_silent_about_distinct_alleles(tmp_path: Path) -> None:
    source = write_annotated(tmp_path / "a.vcf", [line(200), line(200, alt="G"), line(201)])
    assert "more than one record" not in str(examine(str(source)).findings)


def test_calls_that_failed_a_filter_are_not_counted_for_a_patient(tmp_path: Path) -> None:
    """As in the key findings: the cohort's counts would be more than the headline's otherwise."""
    files = []
    for name, filters in (("a", ("PASS", "weak_evidence")), ("b", ("weak_evidence", "weak_evidence"))):
        records = [
            line(
                140753336 + number,
                {**PATHOGENIC, "CLNVID": str(number + 1)},
                filter_=filter_,
                genotypes=("0/1",),
            )
            for number, filter_ in enumerate(filters)
        ]
        files.append(write_annotated(tmp_path / f"{name}.vcf", records, samples=(name,)))
    report = build_report(files)
    cohort = cohort_of(report)
    assert [(one.name, one.alleles, one.pathogenic) for one in cohort.patients] == [("a", 2, 1), ("b", 2, 0)]
    assert [gene.notable for gene in cohort.genes] == [1]
    assert [one.states for one in cohort.rows] == [("carried", "filtered"), ("filtered", "filtered")]
    assert len(headline_of(report).pathogenic) == 1  # it passed in one file
    data = json.loads(multiqc_text(report))["data"]
    assert [row["pathogenic"] for row in data.values()] == [1, 0]
    page = "".join(page_pieces(report))
    assert page.count("failed a filter: <bdi>weak_evidence</bdi>") == 1
    assert "called, but failed a filter" in page


def test_a_sample_filter_counts_for_its_sample(tmp_path: Path) -> None:
    record = line(values=PATHOGENIC, format_="GT:FT", genotypes=("0/1:LowGQ", "0/1:PASS"))
    report = report_of(tmp_path, [record], ("P1", "P2"))
    assert [one.pathogenic for one in cohort_of(report).patients] == [0, 1]
    assert headline_of(report).pathogenic == (0,)
    failing = report_of(tmp_path, [record.replace("PASS", "q10").replace("q10", "PASS", 1)], ("P1", "P2"))
    headline = headline_of(failing)
    assert (headline.pathogenic, headline.filtered.alleles) == ((), (0,))
    assert failing.alleles[0].call_filters == "LowGQ,q10"


def test_a_passing_record_of_an_allele_counts_whichever_comes_first(tmp_path: Path) -> None:
    other = write_annotated(
        tmp_path / "b.vcf", [line(140753400, PATHOGENIC, genotypes=("0/1",))], samples=("P2",)
    )
    for filters in (("PASS", "LowQual"), ("LowQual", "PASS")):
        records = [line(values=PATHOGENIC, filter_=one, genotypes=("0/1",)) for one in filters]
        twice = write_annotated(tmp_path / "a.vcf", records, samples=("P1",))
        for files in ([twice], [twice, other]):
            report = build_report(files)
            assert len(headline_of(report).pathogenic) == 1
            assert cohort_of(report).patients[0].pathogenic == 1


def test_both_breakends_of_a_junction_are_one_variant(tmp_path: Path) -> None:
    """A fusion counted twice in a patient's counts and in MultiQC; two fusions are still two."""
    fusion = [predictive(1, Match="gene", Variant="Fusion", MolecularProfile="ALK Fusion", Gene="ALK")]

    def end(position: int, alt: str) -> str:
        entries = [{**one, "Allele": alt} for one in fusion]
        return line(position, {}, entries, ref="G", alt=alt, genotypes=("0/1",))

    pair = [end(2000, "G]7:9000]"), end(9000, "G]7:2000]")]
    others = [end(3000, "G[7:9500["), end(9500, "]7:3000]G"), end(3100, "G[7:9500[")]
    for records, expected in ((pair, 1), ([*pair, *others], 3)):
        report = report_of(tmp_path, records, ("P1",))
        assert report.known == expected
        assert [(one.alleles, one.therapy) for one in cohort_of(report).patients] == [(expected, expected)]
        assert [gene.alleles for gene in cohort_of(report).genes] == []
        assert [len(one.alleles) for one in headline_of(report).sensitivity] == [expected]
        assert json.loads(multiqc_text(report))["data"]["a"]["civic_best"] == expected
        assert report.warnings == ()
    assert [one.name for one in report.alleles[:2]] == ["7:2000 G]7:9000]", "7:9000 G]7:2000]"]
