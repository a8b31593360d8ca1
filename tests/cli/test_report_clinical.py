"""Reports as a tumour board and a germline laboratory read them: each fault that led one astray, as a small input."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from annotator.report.build import build_report
from annotator.report.findings import headline_of
from annotator.report.json_ import json_pieces, schema_text
from annotator.report.model import ReportModel
from annotator.report.multiqc import multiqc_text
from annotator.report.page import page_pieces
from annotator.report.patients import ChosenSamples
from annotator.report.tsv import tsv_lines
from annotator.sources.civic.tier_items import CallOrigin
from tests.support.inputs import data_lines, info_of, run_annotator
from tests.support.report_views import table_of
from tests.support.reports import DEMO, PATHOGENIC, demo_snapshot, line, predictive, write_annotated

PAIR = ("TUMOR", "NORMAL")


def report_of(
    folder: Path, *records: str, samples: Sequence[str] = (), meta: Sequence[str] = (), disease: str = ""
) -> ReportModel:
    path = write_annotated(folder / "a.vcf", records, samples=samples, meta_lines=meta)
    return build_report([path], disease=disease)


def json_of(report: ReportModel) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(json_pieces(report)))
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)
    return document


def page_of(report: ReportModel) -> str:
    return " ".join("".join(page_pieces(report)).split())


def rows_of(report: ReportModel) -> list[dict[str, str]]:
    return table_of("".join(tsv_lines(report)))


# One finding per therapy, disease and profile


def test_all_that_is_said_of_one_therapy_stands_in_one_finding(tmp_path: Path) -> None:
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


def test_substitutes_stand_beside_each_of_them_alone(tmp_path: Path) -> None:
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


def test_a_field_that_was_not_asked_for_is_said_to_be_unknown(tmp_path: Path) -> None:
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


# Complete key findings


@pytest.mark.parametrize(
    ("profile", "genotype", "note", "applies"),
    [
        ("DPYD*2A HOMOZYGOSITY", "0/1", "heterozygous carrier; the evidence is about homozygotes", False),
        ("DPYD*2A HOMOZYGOSITY", "1/1", "zygosity in the germline: homozygous", True),
        (
            "DPYD*2A HOMOZYGOSITY",
            "./1",
            "zygosity in the germline is unknown; the evidence is about homozygotes",
            False,
        ),
        ("UGT1A1*60", "0/1", "zygosity in the germline: heterozygous", True),
    ],
)
def test_toxicity_with_zygosity(
    tmp_path: Path, profile: str, genotype: str, note: str, *, applies: bool
) -> None:
    entry = predictive(
        1800, Significance="Adverse_Response", MolecularProfile=profile, Therapies="Capecitabine&Fluorouracil",
        TherapyInteraction="Substitutes", Origin="Common_Germline",
    )  # fmt: skip
    report = report_of(tmp_path, line(entries=[entry], genotypes=(genotype,)), samples=("S",))
    [finding] = headline_of(report).toxicity
    assert (finding.therapy, finding.applies) == ("Capecitabine or Fluorouracil", applies)
    assert finding.notes == (note,)
    assert finding.tier == ""
    text = page_of(report)
    assert "Toxicity (pharmacogenomics)" in text and note in text


def test_the_germline_sample_decides_the_zygosity(tmp_path: Path) -> None:
    entry = predictive(1, Significance="Adverse_Response", MolecularProfile="DPYD*2A HOMOZYGOSITY")
    report = report_of(tmp_path, line(entries=[entry], genotypes=("1/1", "0/1")), samples=PAIR)
    assert not headline_of(report).toxicity[0].applies
    report = report_of(tmp_path, line(entries=[entry], genotypes=("1/1",)), samples=("TUMOR",))
    [finding] = headline_of(report).toxicity
    assert "unknown" in finding.notes[0] and not finding.applies


def test_conflicts_with_pathogenic_submissions_are_key_findings(tmp_path: Path) -> None:
    # APC I1307K
    conflict = {
        **PATHOGENIC, "CLNSIG": "Conflicting_classifications_of_pathogenicity|association|risk_factor",
        "CLNSIGCONF": "Pathogenic(6)|Likely_pathogenic(8)|Established_risk_allele(5)|Uncertain_significance(12)",
    }  # fmt: skip
    mild = {**conflict, "CLNVID": "2", "CLNSIGCONF": "Uncertain_significance(2)|Likely_benign(2)"}
    report = report_of(tmp_path, line(1, conflict), line(2, mild))
    headline = headline_of(report)
    assert (headline.conflicting, headline.pathogenic) == ((0,), ())
    assert json_of(report)["headline"]["conflicting"] == [0]
    assert "Pathogenic(6); Likely pathogenic(8); Established risk allele(5)" in page_of(report)


def test_an_allele_that_is_pathogenic_only_in_a_haplotype_is_told(tmp_path: Path) -> None:
    record = line(values={**PATHOGENIC, "CLNSIG": "not_provided", "CLNSIGINCL": "624568:Pathogenic"})
    report = report_of(tmp_path, record)
    headline = headline_of(report)
    assert (headline.haplotypes, headline.pathogenic) == ((0,), ())
    text = page_of(report)
    assert "Pathogenic only as part of a haplotype" in text and "624568:Pathogenic" in text


def test_clinical_impact_shows_its_stars(tmp_path: Path) -> None:
    report = report_of(tmp_path, line(values={**PATHOGENIC, "SCI": "Tier_I_-_Strong", "SCISTARS": "2"}))
    card = page_of(report).partition("Somatic clinical impact, tier I or II")[2]
    assert "2 of 4 stars" in card[:900]


def test_prognosis_and_diagnosis_have_their_own_lists(tmp_path: Path) -> None:
    entries = [
        predictive(1, EvidenceType="Prognostic", Significance="Poor_Outcome", Therapies="", Level="B"),
        predictive(
            2,
            EvidenceType="Prognostic",
            Significance="Poor_Outcome",
            Therapies="",
            Level="B",
            Direction="Does_Not_Support",
        ),
        predictive(3, EvidenceType="Diagnostic", Significance="Positive", Therapies=""),
        predictive(
            4, EvidenceType="Diagnostic", Significance="Negative", Therapies="", MolecularProfile="X Y1Z"
        ),
    ]
    headline = headline_of(report_of(tmp_path, line(entries=entries)))
    assert [one.effect for one in headline.diagnostic] == ["positive"]
    [disputed] = headline.disputed
    assert (disputed.type, [entry.id for entry in disputed.against]) == ("Prognostic", ["EID2"])


def test_the_headline_and_the_table_have_the_same_level(tmp_path: Path) -> None:
    entries = [
        predictive(1, Level="B"),
        predictive(7, EntityType="assertion", Level="", AMPCategory="Tier I - Level A"),
    ]
    report = report_of(tmp_path, line(entries=entries))
    assert headline_of(report).sensitivity[0].level == "A"
    assert 'data-l="A"' in page_of(report)


# One name


CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp|PICK">'
)


def test_one_name_by_the_picked_transcript(tmp_path: Path) -> None:
    csq = (
        "CSQ=T|missense_variant|BRAF|ENST00000496384|ENST00000496384.7:c.620T>A|ENSP00000419060.2:p.Val207Glu|,"
        "T|missense_variant|BRAF|NM_004333.6|NM_004333.6:c.1799T>A|NP_004324.2:p.Val600Glu|1"
    )
    report = report_of(tmp_path, line(values=PATHOGENIC, other_info=(csq,)), meta=(CSQ,))
    [allele] = report.alleles
    assert (allele.name, allele.hgvs) == ("BRAF V600E", "NM_004333.6:c.1799T>A (p.Val600Glu)")
    [row] = rows_of(report)
    assert (row["NAME"], row["HGVS"], row["CHANGE"]) == (allele.name, allele.hgvs, "V600E")
    shown = json_of(report)["alleles"][0]
    assert (shown["name"], shown["hgvs"]) == (allele.name, allele.hgvs)
    text = page_of(report)
    assert "<bdi>BRAF V600E</bdi>" in text and "NM_004333.6:c.1799T&gt;A (p.Val600Glu)" in text


def test_a_splice_variant_is_named_by_its_transcript(tmp_path: Path) -> None:
    csq = "CSQ=T|splice_donor_variant|BRCA1|NM_007294.4|NM_007294.4:c.4484+1G>T||1"
    report = report_of(tmp_path, line(values=PATHOGENIC, other_info=(csq,)), meta=(CSQ,))
    assert report.alleles[0].name == "BRCA1 c.4484+1G>T"


def test_without_an_annotation_civic_names_the_change_but_not_by_its_codon(tmp_path: Path) -> None:
    hgvs = {**PATHOGENIC, "CLNHGVS": "NC_000007.14:g.140753336A>T"}
    report = report_of(tmp_path, line(values=hgvs, entries=[predictive(1)]))
    assert (report.alleles[0].name, report.alleles[0].hgvs) == ("BRAF V600E", hgvs["CLNHGVS"])
    for record in (
        line(values=hgvs),
        line(values=hgvs, entries=[predictive(1, Match="codon", Variant="V600")]),
    ):
        [allele] = report_of(tmp_path, record).alleles
        assert allele.name == "7:140753336 A>T"  # no gene before a place
        assert allele.hgvs == hgvs["CLNHGVS"]


# The same facts in INFO, table, JSON and page


def test_the_suggested_tier_is_the_same_in_every_view(tmp_path: Path) -> None:
    snapshot = demo_snapshot(tmp_path)
    common = ("--snapshot", snapshot, "--disease", "melanoma")
    views = ("--report", "a.html", "--tsv", "a.tsv", "--json", "a.json")
    ran = run_annotator("annotate", DEMO / "tumour.GRCh38.vcf", "-o", "a.vcf", *common, *views, cwd=tmp_path)
    assert ran.status == 0, ran.err
    of_info: dict[tuple[str, str, str], str] = {}
    for record in data_lines((tmp_path / "a.vcf").read_bytes()):
        contig, position, _, _, alts, *_ = record.split("\t")
        tiers = info_of(record).get("CIVIC_TIER", ",".join("." for _ in alts.split(","))).split(",")
        of_info |= {(contig, position, alt): tier for alt, tier in zip(alts.split(","), tiers, strict=True)}
    found = {key: tier for key, tier in of_info.items() if tier != "."}
    assert {"I-A", "II-C", "II-D"} <= set(found.values())
    rows = table_of((tmp_path / "a.tsv").read_text())
    assert {
        (row["CHROM"], row["POS"], row["ALT"]): row["CIVIC_TIER"] for row in rows if row["CIVIC_TIER"]
    } == found
    # INFO does not know which sample is the normal: the table does, and says less of germline calls.
    assert all(row["CIVIC_TIER"] == row["TIER"] for row in rows if row["CALL_ORIGIN"] == "somatic")
    assert all(row["CIVIC_TIER"] <= (row["TIER"] or "~") for row in rows if row["CIVIC_TIER"])
    document = json.loads((tmp_path / "a.json").read_text())
    best: dict[str, str] = {}
    for kind in ("sensitivity", "resistance", "prognostic", "diagnostic", "disputed"):
        for finding in document["headline"][kind]:
            for name in finding["names"]:
                best[name] = min(best.get(name, "~"), finding["tier"] or "~")
    assert best["BRAF V600E"] == "I-A"
    names = {(one["contig"], str(one["position"]), one["alt"]): one["name"] for one in document["alleles"]}
    assert all(
        tier >= found[key] for key, name in names.items() if key in found for tier in [best.get(name, "~")]
    )
    assert (tmp_path / "a.html").read_text().count("suggested tier I-A") >= 2
    ran = run_annotator(
        "annotate", DEMO / "tumour.GRCh38.vcf", "-o", "b.vcf", *common, "--no-tiers", cwd=tmp_path
    )
    assert ran.status == 0, ran.err
    assert "CIVIC_TIER" not in (tmp_path / "b.vcf").read_text()


# What CIViC says of corrections, approvals, regions and known partners


def test_what_civic_adds_to_an_entry_is_in_every_view(tmp_path: Path) -> None:
    corrected = predictive(1, RetractionNature="Correction", KnownPartners="CLTC&EML4")
    assertion = predictive(
        7, EntityType="assertion", Level="", AMPCategory="Tier_I_-_Level_A", Source="",
        ApprovedBy="Lung SC-VCEP", CytogeneticRegion="2p23",
    )  # fmt: skip
    report = report_of(tmp_path, line(entries=[corrected, assertion]))
    page = page_of(report)
    assert "(approved by Lung SC-VCEP)" in page
    assert "(publication notice: Correction)" in page
    [finding] = json_of(report)["headline"]["sensitivity"]
    assert finding["notes"] == ["cytogenetic region: 2p23", "known fusion partners: CLTC, EML4"]
    assert "known fusion partners: CLTC, EML4" in page
    first, second = json_of(report)["alleles"][0]["civic"]
    assert (first["RetractionNature"], first["KnownPartners"]) == ("Correction", "CLTC&EML4")
    assert (second["ApprovedBy"], second["CytogeneticRegion"]) == ("Lung_SC-VCEP", "2p23")
    rows = rows_of(report)
    assert [one["CIVIC.ApprovedBy"] for one in rows] == ["", "Lung_SC-VCEP"]
    assert [one["CIVIC.CytogeneticRegion"] for one in rows] == ["", "2p23"]
    assert [one["CIVIC.KnownPartners"] for one in rows] == ["CLTC&EML4", ""]
    assert [one["CIVIC.RetractionNature"] for one in rows] == ["Correction", ""]
