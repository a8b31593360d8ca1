"""One reading of ClinVar's classifications: its terms of all years, alone and together."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from annotator.sources.clinvar.classification import CLASSES, read_classification, submissions


@pytest.mark.parametrize(
    ("text", "parts", "gravest", "group"),
    [
        ("Pathogenic", ("Pathogenic",), "Pathogenic", "Pathogenic"),
        (
            "Pathogenic/Likely_pathogenic",
            ("Pathogenic", "Likely_pathogenic"),
            "Pathogenic",
            "Pathogenic or likely",
        ),
        (
            "Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance",
            ("Pathogenic", "Likely_pathogenic", "Pathogenic,_low_penetrance"),
            "Pathogenic",
            "Pathogenic or likely",
        ),
        (
            "Pathogenic,_low_penetrance",
            ("Pathogenic,_low_penetrance",),
            "Pathogenic,_low_penetrance",
            "Pathogenic",
        ),
        (
            "Pathogenic, low penetrance",
            ("Pathogenic,_low_penetrance",),
            "Pathogenic,_low_penetrance",
            "Pathogenic",
        ),
        (
            "Likely_pathogenic,_low_penetrance",
            ("Likely_pathogenic,_low_penetrance",),
            "Likely_pathogenic,_low_penetrance",
            "Likely pathogenic",
        ),
        ("Pathogenic/Likely_risk_allele", ("Pathogenic", "Likely_risk_allele"), "Pathogenic", "Pathogenic"),
        ("Established_risk_allele", ("Established_risk_allele",), "Established_risk_allele", "Risk allele"),
        (
            "Likely_risk_allele|drug_response",
            ("Likely_risk_allele", "drug_response"),
            "Likely_risk_allele",
            "Risk allele",
        ),
        (
            "Uncertain_risk_allele",
            ("Uncertain_risk_allele",),
            "Uncertain_risk_allele",
            "Uncertain significance",
        ),
        (
            "Uncertain_significance/Uncertain_risk_allele",
            ("Uncertain_significance", "Uncertain_risk_allele"),
            "Uncertain_significance",
            "Uncertain significance",
        ),
        ("VUS-high", ("VUS-high",), "VUS-high", "Uncertain significance"),
        ("VUS-mid", ("VUS-mid",), "VUS-mid", "Uncertain significance"),
        ("VUS-low", ("VUS-low",), "VUS-low", "Uncertain significance"),
        (
            "Uncertain_significance/VUS-high",
            ("Uncertain_significance", "VUS-high"),
            "VUS-high",
            "Uncertain significance",
        ),
        ("Benign/Likely_benign", ("Benign", "Likely_benign"), "Likely_benign", "Benign or likely"),
        ("Benign|association", ("Benign", "association"), "Benign", "Benign"),
        ("Likely_benign", ("Likely_benign",), "Likely_benign", "Likely benign"),
        ("drug_response", ("drug_response",), "", "Other"),
        ("Pathogenic|drug_response", ("Pathogenic", "drug_response"), "Pathogenic", "Pathogenic"),
        ("Pathogenic,_drug_response", ("Pathogenic", "drug_response"), "Pathogenic", "Pathogenic"),
        (
            "Pathogenic; drug response; other",
            ("Pathogenic", "drug_response", "other"),
            "Pathogenic",
            "Pathogenic",
        ),
        ("not_provided", ("not_provided",), "", "No classification"),
        (
            "no_classification_for_the_single_variant",
            ("no_classification_for_the_single_variant",),
            "",
            "No classification",
        ),
        (
            "no_classifications_from_unflagged_records",
            ("no_classifications_from_unflagged_records",),
            "",
            "No classification",
        ),
        (
            "Conflicting_classifications_of_pathogenicity|association|risk_factor",
            ("Conflicting_classifications_of_pathogenicity", "association", "risk_factor"),
            "Conflicting_classifications_of_pathogenicity",
            "Conflicting",
        ),
        (
            "Conflicting_interpretations_of_pathogenicity,_other",
            ("Conflicting_interpretations_of_pathogenicity", "other"),
            "Conflicting_interpretations_of_pathogenicity",
            "Conflicting",
        ),
        ("Affects", ("Affects",), "", "Other"),
        ("a_word_of_next_year", ("a_word_of_next_year",), "", "Other"),
        ("", (), "", ""),
        (None, (), "", ""),
        (".", (), "", ""),
    ],
)
def test_germline_classifications(text: str | None, parts: tuple[str, ...], gravest: str, group: str) -> None:
    read = read_classification(text)
    assert (read.parts, read.gravest, read.group) == (parts, gravest, group)


@pytest.mark.parametrize(
    ("text", "is_pathogenic", "is_oncogenic", "tier"),
    [
        ("Pathogenic/Likely_risk_allele", True, False, ""),
        ("Likely_pathogenic,_low_penetrance", True, False, ""),
        ("Conflicting_classifications_of_pathogenicity", False, False, ""),
        ("Established_risk_allele", False, False, ""),
        ("Likely_oncogenic", False, True, ""),
        ("Oncogenic|other", False, True, ""),
        ("Conflicting_classifications_of_oncogenicity", False, False, ""),
        ("Tier_I_-_Strong", False, False, "I"),
        ("Tier_II_-_Potential", False, False, "II"),
        ("Tier_III_-_Unknown", False, False, "III"),
        ("Tier_III_-_Uncertain", False, False, "III"),
        ("Tier_IV_-_Benign/Likely_benign", False, False, "IV"),
        ("Tier I - Strong", False, False, "I"),
        ("Tier_III_-_Unknown|Tier_I_-_Strong", False, False, "I"),
    ],
)
def test_properties_used_by_reports(text: str, is_pathogenic: bool, is_oncogenic: bool, tier: str) -> None:
    read = read_classification(text)
    assert (read.is_pathogenic, read.is_oncogenic, read.tier) == (is_pathogenic, is_oncogenic, tier)


def test_the_words_in_their_order() -> None:
    milder_first = [
        "Benign",
        "Benign/Likely_benign",
        "Likely_benign",
        "VUS-low",
        "Uncertain_significance",
        "VUS-high",
        "Likely_risk_allele",
        "Established_risk_allele",
        "Pathogenic,_low_penetrance",
        "Likely_pathogenic",
        "Pathogenic/Likely_risk_allele",
        "Pathogenic",
    ]
    ranks = [read_classification(text).rank for text in milder_first]
    assert ranks == sorted(set(ranks))
    harmful = [text for text in milder_first if read_classification(text).is_harmful]
    assert harmful == milder_first[6:]


@pytest.mark.parametrize(
    "text", ["Likely_risk_allele/Uncertain_significance", "Tier_II_-_Potential", "Oncogenic"]
)
def test_classifications_on_which_a_laboratory_acts(text: str) -> None:
    assert read_classification(text).is_harmful


@pytest.mark.parametrize("text", ["VUS-high", "drug_response", "Tier_III_-_Unknown", "not_provided", None])
def test_classifications_on_which_a_laboratory_does_not_act(text: str | None) -> None:
    assert not read_classification(text).is_harmful


def test_a_conflict_with_a_pathogenic_submission_is_graver_than_uncertain() -> None:
    words = "Conflicting_classifications_of_pathogenicity"
    assert read_classification(words, "Pathogenic(6)|Uncertain_significance(12)").rank == 35
    assert read_classification(words, "Likely_benign(6)|Uncertain_significance(12)").rank == 30
    assert read_classification(words).rank == 30


def test_submissions_of_a_conflict() -> None:
    assert submissions("Pathogenic(6)|Likely_pathogenic(8)|Established_risk_allele(5)|Uncertain_significance(12)") == {
        "Pathogenic": 6, "Likely_pathogenic": 8, "Established_risk_allele": 5, "Uncertain_significance": 12,
    }  # fmt: skip
    assert submissions("Pathogenic,_low_penetrance(1)|Benign(2)") == {
        "Pathogenic,_low_penetrance": 1,
        "Benign": 2,
    }
    assert submissions(None) == {}


def test_every_value_of_a_real_release_has_a_group_and_a_place(shared_data: Path) -> None:
    values: set[str] = set()
    with gzip.open(next((shared_data / "clinvar").glob("clinvar_20260226*.vcf.gz")), "rt") as lines:
        for line in lines:
            if line[0] != "#":
                info = line.rsplit("\t", 1)[1].strip()
                values |= {item for item in info.split(";") if item.startswith(("CLNSIG=", "ONC=", "SCI="))}
    assert len(values) > 20
    without_a_place = set()
    for value in sorted(values):
        read = read_classification(value.partition("=")[2])
        assert read.group in CLASSES
        if not read.rank:
            without_a_place |= set(read.parts)
    assert without_a_place == {
        "drug_response", "no_classification_for_the_single_variant", "no_classifications_from_unflagged_records",
        "not_provided", "other",
    }  # fmt: skip


def test_submissions_of_old_releases_are_separated_by_commas() -> None:
    """UBA1 in a release of 2021: a pathogenic submission must not hide the other one, nor be hidden."""
    conflict = "Pathogenic,_low_penetrance(2),Uncertain_significance(1)"
    assert submissions(conflict) == {"Pathogenic,_low_penetrance": 2, "Uncertain_significance": 1}
    read = read_classification(
        "Conflicting_interpretations_of_pathogenicity", "Pathogenic(1),Uncertain_significance(1)"
    )
    assert read.is_conflicting
