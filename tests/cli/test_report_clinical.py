"""Reports for tumour boards and germline laboratories: small inputs, one for each fault that misled a reader."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from annotator.report.build import build_report
from annotator.report.findings import headline_of
from annotator.report.multiqc import multiqc_text
from annotator.report.patients import ChosenSamples
from annotator.sources.civic.tier_items import CallOrigin
from tests.support.clinical_reports import PAIR, json_of, page_of, report_of, rows_of
from tests.support.inputs import run_annotator
from tests.support.reports import DEMO, PATHOGENIC, line, predictive, write_annotated

# One finding per therapy, disease and profile


def test_all_evidence_on_one_therapy_is_one_finding(tmp_path: Path) -> None:
    # KRAS G13D and cetuximab in colorectal cancer: 1 for sensitivity, 4 for resistance, 1 against resistance.
    common = {
        "Gene": "KRAS", "Variant": "G13D", "MolecularProfile": "KRAS G13D", "Disease": "Colorectal Cancer",
        "DOID": "9256", "Therapies": "Cetuximab", "Level": "B",
    }  # fmt: skip
    entries = [
        predictive(306, **common),
        *(predictive(number, **common, Significance="Resistance") for number in (1180, 1181, 3881, 3882)),
        predictive(806, **common, Significance="Resistance", Direction="Does Not Support"),
        predictive(145, **{**common, "Level": "D"}),
    ]
    report = report_of(tmp_path, line(entries=entries), disease="CRC")
    headline = headline_of(report)
    [finding] = headline.disputed
    assert dict(finding.counts) == {"sensitivity": 1, "resistance": 4, "does not support resistance": 1}
    assert len(finding.evidence) == 7
    assert headline.sensitivity == headline.resistance == ()
    shown = json_of(report)["headline"]["disputed"][0]
    assert shown["counts"] == dict(finding.counts)
    assert {one["says"] for one in shown["evidence"]} == set(finding.counts)
    assert "sensitivity (1), resistance (4), does not support resistance (1)" in page_of(report)


def test_substitutes_are_combined_with_evidence_on_each_alone(tmp_path: Path) -> None:
    both = {
        "Therapies": "Cetuximab&Panitumumab",
        "TherapyInteraction": "Substitutes",
        "Significance": "Resistance",
    }
    entries = [
        predictive(2115, **both, Level="B"),
        predictive(816, **both, Level="B", Direction="Does Not Support"),
        predictive(126, Therapies="Cetuximab", Significance="Resistance", Level="B"),
    ]
    findings = headline_of(report_of(tmp_path, line(entries=entries))).disputed
    assert {one.therapy: [entry.id for entry in one.evidence] for one in findings} == {
        "Cetuximab": ["EID126", "EID2115", "EID816"],
        "Panitumumab": ["EID2115", "EID816"],
    }


def test_substitutes_of_which_all_is_the_same_are_shown_together(tmp_path: Path) -> None:
    entry = predictive(5345, Therapies="Cetuximab&Panitumumab", TherapyInteraction="Substitutes")
    [finding] = headline_of(report_of(tmp_path, line(entries=[entry]))).sensitivity
    assert finding.therapy == "Cetuximab or Panitumumab"


def test_several_spellings_of_one_change_are_one_finding(tmp_path: Path) -> None:
    records = [
        line(140753336, PATHOGENIC, [predictive(1)]),
        line(140753335, {**PATHOGENIC, "CLNMATCH": "hgvs_g"}, [predictive(1)], ref="CA", alt="CT"),
        line(140753336, {"CIVIC_VID": "12"}, [predictive(1, Match="protein")], ref="AC", alt="TT"),
    ]
    headline = headline_of(report_of(tmp_path, *records))
    [finding] = headline.sensitivity
    assert finding.alleles == (0, 2)  # of the two spellings of one allele, the first
    assert [entry.id for entry in finding.evidence] == ["EID1"]
    assert headline.pathogenic == (0,)  # the same ClinVar record


def test_calls_that_failed_a_filter_are_listed_apart_and_not_counted(tmp_path: Path) -> None:
    records = [
        line(1, PATHOGENIC, [predictive(1, Therapies="Filtered")], filter_="LowQual"),
        line(2, {**PATHOGENIC, "CLNVID": "2"}, [predictive(2, Therapies="Passed")]),
        line(3, {**PATHOGENIC, "CLNVID": "3"}, [predictive(2, Therapies="Passed")], filter_="LowQual"),
    ]
    report = report_of(tmp_path, *records)
    headline = headline_of(report)
    assert headline.pathogenic == (1,)
    assert headline.filtered.alleles == (0, 2)
    assert [one.therapy for one in headline.sensitivity] == ["Passed"]
    assert [one.therapy for one in headline.filtered.findings] == ["Filtered"]
    document = json_of(report)["headline"]
    assert document["pathogenic"] == [1]
    assert document["filtered"]["alleles"] == [0, 2]
    assert json.loads(multiqc_text(report))["data"]["a"]["pathogenic"] == 1
    assert "<strong>1</strong> <span>pathogenic or likely pathogenic</span>" in page_of(report)


# "Not written" is not "none"


def test_a_field_that_was_not_written_is_reported_as_unavailable(tmp_path: Path) -> None:
    path = write_annotated(tmp_path / "a.vcf", [line(values={"CLNVID": "1", "CLNMATCH": "exact"})])
    text = path.read_text().replace("CLNSIG,", "", 1)
    path.write_text(re.sub(r"##INFO=<ID=CLNSIG,.*\n", "", text))
    report = build_report([path])
    assert report.unwritten["CLNSIG"] == "CLNSIG was not written (--fields)"
    document = json_of(report)
    assert document["headline"]["pathogenic"] is None
    assert document["headline"]["oncogenic"] == []
    assert document["headline"]["unwritten"]["CLNSIG"] == "CLNSIG was not written (--fields)"
    assert any("CLNSIG was not written (--fields)" in one for one in document["warnings"])
    text = page_of(report)
    assert (
        "<strong>\u2013</strong> <span>pathogenic or likely pathogenic: not available, CLNSIG was not written"
        in text
    )
    assert "<strong>0</strong> <span>oncogenic or likely oncogenic</span>" in text
    assert "Not available: CLNSIG was not written (--fields)." in text
    assert "pathogenic" not in json.loads(multiqc_text(report))["data"]["a"]


def test_a_field_that_another_tool_wrote_is_not_read_as_ours(tmp_path: Path) -> None:
    # Two pathogenic BRCA variants under another tool's CLNSIG, kept by --on-clash keep.
    path = write_annotated(
        tmp_path / "a.vcf",
        [line(values={**PATHOGENIC, "CLNVID": number}, position=int(number)) for number in ("1", "2")],
    )
    path.write_text(path.read_text().replace("CLNSIG,", "", 1))
    report = build_report([path])
    assert report.unwritten["CLNSIG"] == "CLNSIG was written by another tool"
    assert "None found" not in page_of(report).partition("Oncogenic and likely oncogenic")[0]
    ran = run_annotator("report", path, "--json", tmp_path / "a.json")
    assert ran.status == 0
    assert (
        "a.vcf: CLNSIG was written by another tool, so the report cannot show pathogenic variants" in ran.err
    )


def test_a_whole_annotation_has_no_such_warning(tmp_path: Path) -> None:
    report = report_of(tmp_path, line(values=PATHOGENIC))
    assert (dict(report.unwritten), report.warnings) == ({}, ())


# Reads


@pytest.mark.parametrize(
    ("format_", "column", "expected"),
    [
        ("GT:AD:AF:DP", "0/1:30,10:0.31:41", (41, 30, 10, 0.25, "AD/sum(AD)")),
        ("GT:DP:RD:AD:FREQ", "0/1:40:30:10:25%", (40, 30, 10, 0.25, "AD/(AD+RD)")),
        ("GT:AF", "0/1:0.31", (None, None, None, 0.31, "AF (caller)")),
        ("GT", "0/1", (None, None, None, None, "")),
    ],
)
def test_reads_are_in_every_view(
    tmp_path: Path,
    format_: str,
    column: str,
    expected: tuple[int | None, int | None, int | None, float | None, str],
) -> None:
    report = report_of(
        tmp_path, line(values=PATHOGENIC, genotypes=(column,), format_=format_), samples=("S",)
    )
    depth, ref, alt, vaf, basis = expected
    sample = json_of(report)["alleles"][0]["samples"]["0"]
    told = tuple(sample.get(key) for key in ("depth", "ref_reads", "alt_reads", "vaf"))
    assert told == (depth, ref, alt, vaf)
    assert sample.get("vaf_basis", "") == basis
    assert sample["zygosity"] == "heterozygous"
    [row] = rows_of(report)
    texts = ["" if value is None else f"{value}" for value in expected]
    assert [row[name] for name in ("DEPTH", "REF_READS", "ALT_READS", "VAF", "VAF_BASIS")] == texts
    assert (">VAF " in page_of(report)) is (vaf is not None)


def test_the_cohort_frequency_of_freebayes_is_no_allele_fraction(tmp_path: Path) -> None:
    record = line(
        values=PATHOGENIC, genotypes=("0/1:75:60:15",), format_="GT:DP:RO:AO", other_info=("AF=0.5",)
    )
    assert json_of(report_of(tmp_path, record, samples=("S",)))["alleles"][0]["samples"]["0"]["vaf"] == 0.2


# Tumour and normal

STRELKA = "DP:AU:CU:GU:TU"


def test_sections_by_tumour_and_normal(tmp_path: Path) -> None:
    records = [
        line(
            number,
            {**PATHOGENIC, "CLNVID": str(number)},
            [predictive(number, Therapies=f"T{number}")],
            genotypes=of,
        )
        for number, of in enumerate((("0/1", "0/0"), ("0/1", "0/1"), ("0/0", "0/1"), ("0/1", "./.")), start=1)
    ]
    report = report_of(tmp_path, *records, samples=PAIR)
    assert [allele.origin for allele in report.alleles] == [
        CallOrigin.SOMATIC, CallOrigin.GERMLINE, CallOrigin.NORMAL_ONLY, CallOrigin.UNKNOWN,
    ]  # fmt: skip
    headline = headline_of(report)
    assert headline.pathogenic == (0, 1, 3)
    assert headline.normal_only.alleles == (2,)
    assert {one.therapy: one.origin.value for one in headline.sensitivity} == {
        "T1": "somatic", "T2": "germline", "T4": "unknown",
    }  # fmt: skip
    assert [one.therapy for one in headline.normal_only.findings] == ["T3"]
    document = json_of(report)
    assert document["patients"] == [
        {"name": "TUMOR", "tumours": [0], "normals": [1], "others": [], "evidence": "names of the samples"}
    ]
    assert [row["CALL_ORIGIN"] for row in rows_of(report)] == [
        "somatic",
        "germline",
        "normal only",
        "unknown",
    ]
    assert json.loads(multiqc_text(report))["data"]["a"]["pathogenic"] == 3
    assert 'id="cohort"' not in page_of(report)  # one patient is no cohort


def test_a_call_in_the_normal_alone_has_no_tier(tmp_path: Path) -> None:
    records = [
        line(genotypes=("0/0", "0/1"), entries=[predictive(1)]),
        line(5, entries=[predictive(1)], genotypes=("0/1", "0/0")),
    ]
    report = report_of(tmp_path, *records, samples=PAIR, disease="melanoma")
    headline = headline_of(report)
    assert [one.tier for one in headline.normal_only.findings] == [""]
    assert [one.tier for one in headline.sensitivity] == ["I-A"]
    assert [row["TIER"] for row in rows_of(report)] == ["", "I-A"]


def test_a_caller_without_genotypes_is_understood(tmp_path: Path) -> None:
    columns = ("40:30,30:0,0:0,0:10,11", "30:30,30:0,0:0,0:0,0")
    record = line(values=PATHOGENIC, genotypes=columns, format_=STRELKA, other_info=("SOMATIC", "NT=ref"))
    report = report_of(tmp_path, record, samples=PAIR)
    [allele] = report.alleles
    assert [one.state for one in allele.samples.values()] == ["carried", "not_carried"]
    assert allele.origin is CallOrigin.SOMATIC
    assert allele.samples[0].counts[:4] == (40, 30, 10, 0.25)
    germline = record.replace("NT=ref", "NT=het")
    assert report_of(tmp_path, germline, samples=PAIR).alleles[0].origin is CallOrigin.GERMLINE


def test_patients_are_counted_not_columns(tmp_path: Path) -> None:
    samples = ("P1_T", "P1_N", "P2_T", "P2_N")
    record = line(values=PATHOGENIC, genotypes=("0/1", "0/1", "0/1", "0/0"))
    report = report_of(tmp_path, record, samples=samples)
    assert [one.name for one in report.patients] == ["P1_T", "P2_T"]
    text = page_of(report)
    assert ">Cohort</h2>" in text
    assert re.search(r"BRAF</bdi></th><td>2</td>", text)


@pytest.mark.parametrize(
    ("options", "origin"),
    [
        ((), "unknown"),
        (("--tumour", "A", "--normal", "B"), "somatic"),
        (("--tumor", "B", "--normal", "A"), "normal only"),
        (("--tumour", "A"), "unknown"),
    ],
)
def test_the_user_names_tumour_and_normal(tmp_path: Path, options: tuple[str, ...], origin: str) -> None:
    path = write_annotated(
        tmp_path / "a.vcf", [line(values=PATHOGENIC, genotypes=("0/1", "0/0"))], samples=("A", "B")
    )
    ran = run_annotator("report", path, "--json", tmp_path / "a.json", *options)
    assert ran.status == 0, ran.err
    assert json.loads((tmp_path / "a.json").read_text())["alleles"][0]["origin"] == origin


def test_a_sample_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC, genotypes=("0/1",))], samples=("A",))
    ran = run_annotator("report", path, "--json", tmp_path / "a.json", "--tumour", "X")
    assert ran.status == 2
    assert "no file has the sample 'X'. Samples in the files: A" in ran.err


def test_a_wrong_sample_name_stops_annotate_before_the_run(tmp_path: Path) -> None:
    words = ("--snapshot", tmp_path, "--html", tmp_path / "a.html", "--tumour", "TUMOR")
    ran = run_annotator("annotate", DEMO / "tumour.GRCh38.vcf", "-o", tmp_path / "a.vcf", *words)
    assert (ran.status, ran.err) == (
        2,
        "ERROR: no file has the sample 'TUMOR'. Samples in the files: TUMOUR, NORMAL.\n",
    )
    assert not (tmp_path / "a.vcf").exists()


def test_a_tumour_and_its_normal_in_two_files(tmp_path: Path) -> None:
    tumour = write_annotated(
        tmp_path / "t.vcf", [line(values=PATHOGENIC, genotypes=("0/1",))], samples=("T1",)
    )
    normal = write_annotated(
        tmp_path / "n.vcf", [line(values=PATHOGENIC, genotypes=("0/0",))], samples=("N1",)
    )
    empty = write_annotated(tmp_path / "e.vcf", [], samples=("N1",))
    chosen = ChosenSamples(("T1",), ("N1",))
    assert build_report([tumour, normal], samples=chosen).alleles[0].origin is CallOrigin.SOMATIC
    # No record in the normal's file does not mean that the normal was looked at there.
    assert build_report([tumour, empty], samples=chosen).alleles[0].origin is CallOrigin.UNKNOWN


# Tiers


def test_tiers_with_their_reasons(tmp_path: Path) -> None:
    entries = [
        predictive(1409, Disease="Skin Melanoma", DOID="8923", Origin="Somatic", Rating="5"),
        predictive(2, Disease="Cancer", DOID="162", Level="B", Therapies="Other", Flag="flagged_for_review"),
    ]
    path = write_annotated(tmp_path / "a.vcf", [line(entries=entries)])
    report = build_report([path], disease="skin melanoma")
    tiers = {one.therapy: one.tier for one in headline_of(report).sensitivity}
    assert tiers == {"Vemurafenib": "I-A", "Other": "II-C"}
    findings = {one["therapies"]: one for one in json_of(report)["headline"]["sensitivity"]}
    [reason] = findings["Vemurafenib"]["tier_reasons"]
    assert reason["reason"] == "level A for Skin Melanoma, 1 publication"
    assert reason["evidence"] == ["EID1409"]
    assert "flagged for review: EID2" in findings["Other"]["tier_reasons"][0]["reason"]
    text = page_of(report)
    assert "suggested tier I-A" in text and "level A for Skin Melanoma, 1 publication (EID1409)" in text
    assert "They are suggestions, not classifications" in text
    assert {row["TIER"] for row in rows_of(report)} == {"I-A"}
    for without in (build_report([path]), build_report([path], disease="skin melanoma", has_tiers=False)):
        assert "suggested tier" not in page_of(without)
        assert {row["TIER"] for row in rows_of(without)} == {""}


def test_a_match_by_gene_needs_an_oncogenic_allele(tmp_path: Path) -> None:
    entry = predictive(5345, Match="gene", MolecularProfile="KRAS Mutation", Variant="Mutation")
    for values, tier in (
        ({"ONC": "Oncogenic"}, "I-A"),
        ({"ONC": "Benign"}, ""),
        ({}, ""),
        ({"CLNSIG": "Pathogenic"}, "I-A"),
    ):
        report = report_of(
            tmp_path, line(values={**values, "CLNMATCH": "exact"}, entries=[entry]), disease="melanoma"
        )
        assert rows_of(report)[0]["TIER"] == tier
