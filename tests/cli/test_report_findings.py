"""Key findings of a report are complete, have one name, and are the same facts in every view."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator.report.findings import headline_of
from tests.support.clinical_reports import PAIR, json_of, page_of, report_of, rows_of
from tests.support.inputs import data_lines, info_of, run_annotator
from tests.support.report_views import table_of
from tests.support.reports import DEMO, PATHOGENIC, demo_snapshot, line, predictive

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


def test_an_allele_that_is_pathogenic_only_in_a_haplotype_is_listed(tmp_path: Path) -> None:
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


def test_all_parts_of_a_civic_entry_are_in_every_view(tmp_path: Path) -> None:
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
