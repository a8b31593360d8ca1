"""What a card, a count and a badge of the page state, so that nobody is misled by them at a glance."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from annotator.report.cohort import cohort_of
from annotator.report.findings import headline_of
from tests.support.clinical_reports import PAIR, json_of, page_of, report_of
from tests.support.reports import PATHOGENIC, failing_records, line, predictive

AD = ('##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">',)


def prognostic(number: int, significance: str, level: str = "B") -> dict[str, str]:
    return predictive(number, EvidenceType="Prognostic", Significance=significance, Therapies="", Level=level)


def text_of(page: str) -> str:
    """Return the key findings of a page as text."""
    cards = page.partition('id="key-findings"')[2].partition('id="figures"')[0]
    return unescape(" ".join(re.sub("<[^>]*>", " ", re.sub("</?b(di)?>", "", cards)).split()))


@pytest.mark.parametrize(
    ("level", "effect", "against"), [("B", "poor outcome", ("EID331",)), ("C", "poor outcome", ())]
)
def test_a_study_without_an_association_does_not_head_a_prognosis(
    tmp_path: Path, level: str, effect: str, against: tuple[str, ...]
) -> None:
    # IDH2 R172K: EID331 found no association, EID375 a poor outcome
    entries = [prognostic(331, "N/A", level), prognostic(375, "Poor_Outcome")]
    headline = headline_of(report_of(tmp_path, line(entries=entries)))
    [finding] = headline.disputed if against else headline.prognostic
    assert (finding.effect, tuple(one.id for one in finding.against)) == (effect, against)


def test_findings_without_an_association_follow_the_others(tmp_path: Path) -> None:
    entries = [prognostic(1, "N/A", "A"), {**prognostic(2, "Better_Outcome"), "MolecularProfile": "X Y1Z"}]
    headline = headline_of(report_of(tmp_path, line(entries=entries)))
    assert [one.effect for one in headline.prognostic] == ["better outcome", "no association"]


def test_the_tier_of_the_other_effect_is_named_and_is_not_that_of_the_finding(tmp_path: Path) -> None:
    # EGFR T790M and dacomitinib: resistance at level B in one publication, sensitivity in cells
    entries = [
        predictive(240, Level="B", Significance="Resistance", Rating="3"),
        predictive(2161, Level="D", Rating="3"),
    ]
    report = report_of(tmp_path, line(entries=entries), disease="DOID:1909")
    [finding] = headline_of(report).resistance
    assert finding.tier == "II-C"
    text = text_of(page_of(report))
    assert "II-C: level B for Melanoma, 1 publication (EID240)" in text
    assert "II-D for sensitivity: level D for Melanoma, 1 publication; conflicting evidence: EID240" in text
    [of_json] = json_of(report)["headline"]["resistance"]
    assert [(one["tier"], one["effect"]) for one in of_json["tier_reasons"]] == [
        ("II-C", "resistance"),
        ("II-D", "sensitivity"),
    ]


def test_one_reason_of_two_representations_is_printed_once(tmp_path: Path) -> None:
    records = [
        line(140753336, entries=[predictive(1)]),
        line(140753335, entries=[predictive(1, Match="protein")], ref="CA", alt="TT"),
    ]
    records[1] = records[1].replace("CIVIC=T|", "CIVIC=TT|")
    text = text_of(page_of(report_of(tmp_path, *records, disease="DOID:1909")))
    assert text.count("I-A: level A for Melanoma, 1 publication (EID1)") == 1


def test_a_pathogenic_allele_with_a_therapy_counts_as_both(tmp_path: Path) -> None:
    records = [
        line(140753336, PATHOGENIC, [predictive(1)], genotypes=("0/1", "0/0")),
        line(140753337, {**PATHOGENIC, "CLNVID": "2"}, genotypes=("0/1", "0/1")),
    ]
    report = report_of(tmp_path, *records, samples=("A", "B"))
    counts = {one.name: (one.pathogenic, one.therapy) for one in cohort_of(report).patients}
    assert counts == {"A": (2, 1), "B": (1, 0)}


@pytest.mark.parametrize(
    ("samples", "calls", "said"),
    [
        (
            PAIR,
            ("0/1:60,40", "0/1:25,25"),
            "in TUMOR: VAF 40.0 % (40 of 100 reads) in NORMAL: heterozygous, VAF",
        ),
        (PAIR, ("0/1:60,40", "1/1:0,50"), "in NORMAL: homozygous, VAF 100.0 % (50 of 50 reads)"),
        (("S",), ("1/1:0,1",), "7:140,753,336 A>T GT 1/1, VAF 100.0 % (1 of 1 read)"),
        (("S",), ("0/1:60,40",), "7:140,753,336 A>T GT 0/1, VAF 40.0 % (40 of 100 reads)"),
        # GATK's DP counts reads that AD does not: the fraction is not 10 of 25.
        (("S",), ("0/1:10,10:25",), "GT 0/1, VAF 50.0 % (10 of 20 reads, depth 25)"),
    ],
)
def test_a_card_states_the_zygosity_of_the_germline_only(
    tmp_path: Path, samples: tuple[str, ...], calls: tuple[str, ...], said: str
) -> None:
    format_ = "GT:AD:DP" if calls[0].count(":") == 2 else "GT:AD"
    record = line(values=PATHOGENIC, genotypes=calls, format_=format_)
    text = text_of(page_of(report_of(tmp_path, record, samples=samples, meta=AD)))
    assert said in text
    assert "TUMOR: heterozygous" not in text


def test_four_carriers_are_three_and_one_more(tmp_path: Path) -> None:
    record = line(values=PATHOGENIC, genotypes=("0/1", "1/1", "0/1", "0/1"))
    text = text_of(page_of(report_of(tmp_path, record, samples=("A", "B", "C", "D"))))
    assert "in A: GT 0/1 in B: GT 1/1 in C: GT 0/1 and in 1 more sample" in text


def test_every_count_that_failed_lookups_may_have_lowered_says_so(tmp_path: Path) -> None:
    page = page_of(report_of(tmp_path, *failing_records(), samples=("S",)))
    tiles = re.findall('<li class="tile.*?</li>', page, re.DOTALL)
    assert ["12 lookups failed" in one for one in tiles] == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("words", "colour"),
    [
        ("Benign", "benign"),
        ("Conflicting_classifications_of_pathogenicity", "uncertain"),
        ("Likely_pathogenic", "pathogenic"),
        ("drug_response", "other"),
    ],
)
def test_a_classification_has_its_own_colour_whatever_else_is_found(
    tmp_path: Path, words: str, colour: str
) -> None:
    record = line(values={**PATHOGENIC, "CLNSIG": words}, entries=[predictive(1)])
    table = page_of(report_of(tmp_path, record)).partition('id="rows"')[2]
    assert f'<span class="badge {colour}">{words.replace("_", " ")}</span>' in table


def test_a_range_of_residues_keeps_its_underscore_in_every_name(tmp_path: Path) -> None:
    entry = predictive(
        1, Gene="EGFR", Variant="E746_A750del", MolecularProfile="EGFR E746_A750del", Disease="Lung Cancer"
    )
    report = report_of(tmp_path, line(entries=[entry]))
    assert report.alleles[0].name == "EGFR E746_A750del"
    [finding] = headline_of(report).sensitivity
    assert (finding.profile, finding.disease) == ("EGFR E746_A750del", "Lung Cancer")


@pytest.mark.parametrize(
    ("field", "words", "colour"),
    [
        ("ONC", "Likely_oncogenic", "oncogenic"),
        ("ONC", "Benign", "benign"),
        ("ONC", "Uncertain_significance", "uncertain"),
        ("SCI", "Tier_I_-_Strong", "oncogenic"),
        ("SCI", "Tier_III_-_Unknown", "other"),
    ],
)
def test_oncogenicity_and_impact_are_in_the_table_in_their_own_colours(
    tmp_path: Path, field: str, words: str, colour: str
) -> None:
    values = {**PATHOGENIC, "CLNSIG": "not_provided", field: words}
    table = page_of(report_of(tmp_path, line(values=values))).partition('id="rows"')[2]
    cell = re.search('<td data-label="Oncogenicity".*?</td>', table)
    assert cell is not None
    assert f'<span class="badge {colour}">{words.replace("_", " ")}</span>' in cell[0]


@pytest.mark.parametrize(
    ("of_clinvar", "of_civic", "said"),
    [
        ("exact", "exact", "exact"),
        ("exact", "protein", "ClinVar exact, CIViC protein"),
        ("", "protein", "protein"),
    ],
)
def test_the_table_names_the_knowledge_base_of_each_matching_level(
    tmp_path: Path, of_clinvar: str, of_civic: str, said: str
) -> None:
    values = {**PATHOGENIC, "CLNMATCH": of_clinvar} if of_clinvar else {}
    record = line(values=values, entries=[predictive(1, Match=of_civic)])
    record = record.replace("CIVIC_MATCH=exact", f"CIVIC_MATCH={of_civic}")
    table = page_of(report_of(tmp_path, record)).partition('id="rows"')[2]
    cell = re.search('<td data-label="Match"[^>]*>(.*?)</td>', table)
    assert cell is not None and cell[1] == said


def test_a_carrier_that_passed_its_filters_is_listed_first(tmp_path: Path) -> None:
    """Three carriers are listed: the one whose call counts must be among them, and each label beside its sample."""
    calls = (*("0/1:1050,2000:LowGQ",) * 4, "0/1:10,10:PASS")
    record = line(values=PATHOGENIC, genotypes=calls, format_="GT:AD:FT")
    samples = ("F1", "F2", "F3", "F4", "P")
    page = page_of(report_of(tmp_path, record, samples=samples, meta=AD))
    text = text_of(page)
    assert (
        "in P: GT 0/1, VAF 50.0 % (10 of 20 reads) in F1: GT 0/1, VAF 65.6 % (2,000 of 3,050 reads)" in text
    )
    assert "reads) failed a filter: LowGQ in F2:" in text
    assert re.search(
        r"3,050 reads\) <span class=\"badge filter\">failed a filter: <bdi>LowGQ</bdi></span></span>", page
    )
