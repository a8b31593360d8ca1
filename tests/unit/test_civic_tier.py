"""Suggested tiers: 20 worked examples on a real release, with tiers written down before the code, and each rule."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from annotator.sources.civic.tier import best_tier, suggested_tiers, tier_of
from annotator.sources.civic.tier_items import CallOrigin, Effect, Suggestion, TierItem
from tests.support.civic_items import items_of

KNOWN = Effect(is_oncogenic=True)


@pytest.fixture
def release(shared_data: Path) -> Path:
    return shared_data / "civic" / "release-2024-08-01"


class Example(NamedTuple):
    number: int
    profiles: dict[str, str]
    patient: str
    tiers: dict[tuple[str, ...], str]  # by therapy, significance and perhaps disease; "" is none
    effect: Effect | None = None
    origin: CallOrigin = CallOrigin.UNKNOWN


V600E = {"BRAF V600E": "exact", "BRAF V600": "codon"}
SENSITIVE, RESISTANT = "Sensitivity/Response", "Resistance"
EXAMPLES = [
    Example(
        1,
        V600E,
        "1909",
        {("Dabrafenib + Trametinib", SENSITIVE): "I-A", ("Cobimetinib + Vemurafenib", SENSITIVE): "I-A"},
    ),
    Example(2, V600E, "8923", {("Vemurafenib", SENSITIVE): "I-A"}),
    Example(2, V600E, "1909", {("Vemurafenib", SENSITIVE, "Skin Melanoma"): "II-C"}),  # a subtype
    Example(3, V600E, "9256", {("Cetuximab + Encorafenib", SENSITIVE): "I-A", ("", "Poor Outcome"): "I-A"}),
    Example(4, V600E, "9256", {("Cetuximab", RESISTANT): "II-C", ("Panitumumab", RESISTANT): "II-C"}),
    Example(5, V600E, "9256", {("Vemurafenib", SENSITIVE): "II-D"}),
    Example(
        6,
        V600E,
        "4947",
        {("Vemurafenib", SENSITIVE): "II-C", ("Dabrafenib + Trametinib", SENSITIVE): "II-C"},
    ),
    Example(7, {"BRAF V600": "codon"}, "8923", {("Dabrafenib + Trametinib", SENSITIVE): "I-A"}),
    Example(
        8,
        {"BRAF D594G": "exact", "BRAF Non-V600": "codon"},
        "8923",
        {("Sorafenib", SENSITIVE): "II-D", ("U0126", RESISTANT): "II-D", ("Trametinib", SENSITIVE): ""},
    ),
    Example(
        9,
        {"EGFR T790M": "exact"},
        "3908",
        {
            ("Osimertinib", SENSITIVE): "I-A",
            ("Erlotinib", RESISTANT): "I-A",
            ("Staurosporine", SENSITIVE): "",
        },
    ),
    Example(
        10,
        {"EGFR L858R": "exact"},
        "3910",
        {
            ("Erlotinib", SENSITIVE): "I-A",
            ("Afatinib", SENSITIVE): "I-A",
            ("Gefitinib", SENSITIVE): "I-A",
        },
    ),
    Example(
        11,
        {"KRAS G12C": "exact"},
        "3908",
        {("Sotorasib", SENSITIVE): "I-A", ("", "Poor Outcome"): "II-C"},
    ),
    Example(
        12,
        {"KRAS G12C": "exact", "KRAS Mutation": "gene"},
        "9256",
        {
            ("Cetuximab", RESISTANT): "I-A",
            ("Panitumumab", RESISTANT): "I-A",
            ("Sotorasib", SENSITIVE): "II-C",
        },
        KNOWN,
    ),
    Example(
        13,
        {"KRAS R164Q": "exact", "KRAS Mutation": "gene"},
        "9256",
        {("Cetuximab", RESISTANT): "", ("Panitumumab", RESISTANT): ""},
    ),
    Example(
        14,
        {"PDGFRA D842V": "exact"},
        "9253",
        {("Imatinib", RESISTANT): "I-B", ("", "Negative"): "", ("", "Positive"): ""},
    ),
    Example(
        15,
        {"FLT3 D835": "codon", "FLT3 D835Y": "exact", "FLT3 D835H/Y": "exact"},
        "9119",
        {("Gilteritinib", SENSITIVE): "I-A", ("Sorafenib", RESISTANT): "I-B"},
    ),
    Example(16, {"NTRK3 ETV6::NTRK3": "exact"}, "0080630", {("Larotrectinib", SENSITIVE): "II-C"}),
    Example(17, {"IDH1 R132H": "exact", "IDH1 R132": "codon"}, "3498", {("Ivosidenib", SENSITIVE): "II-C"}),
    Example(
        18, {"TP53 R175H": "exact", "TP53 Mutation": "gene"}, "1040", {("", "Poor Outcome"): "I-A"}, KNOWN
    ),
    Example(
        18,
        {"TP53 Mutation": "gene"},
        "1040",
        {("", "Poor Outcome"): ""},
        Effect(is_benign=True),
    ),
    Example(
        19, {"BRCA1 Mutation": "gene"}, "2394", {("Olaparib", SENSITIVE): "I-A"}, KNOWN, CallOrigin.GERMLINE
    ),
    Example(19, {"BRCA1 Mutation": "gene"}, "2394", {("Olaparib", SENSITIVE, "Ovarian Cancer"): ""}, KNOWN),
    Example(19, {"BRCA1 Mutation": "gene"}, "2394", {("Olaparib", SENSITIVE): ""}, None, CallOrigin.GERMLINE),
    Example(
        20,
        {"KIT Exon 9 Mutation": "exon"},
        "9253",
        {("Imatinib", RESISTANT): "", ("Imatinib", "Reduced Sensitivity"): ""},
    ),
]


def tiers_by(suggestions: tuple[Suggestion, ...], *key: str) -> list[Suggestion]:
    return [one for one in suggestions if (one.therapy, one.significance, one.disease)[: len(key)] == key]


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{one.number}-{one.patient}" for one in EXAMPLES])
def test_worked_examples(example: Example, release: Path) -> None:
    items = items_of(release, example.profiles, example.patient)
    assert items
    suggestions = suggested_tiers(items, example.effect, example.origin)
    found = {key: best_tier(tiers_by(suggestions, *key)) for key in example.tiers}
    assert found == example.tiers


def test_example_4_is_marked_as_conflicting(release: Path) -> None:
    (found,) = tiers_by(suggested_tiers(items_of(release, V600E, "9256")), "Cetuximab", RESISTANT)
    assert found.is_conflicting
    assert found.against == ("EID816",)
    assert "conflicting evidence: EID816" in found.reason


def test_example_5_is_conflicting_and_no_other_disease_counts(release: Path) -> None:
    found = [
        one
        for one in tiers_by(suggested_tiers(items_of(release, V600E, "9256")), "Vemurafenib", SENSITIVE)
        if one.tier
    ]
    assert [(one.tier, one.items, one.against) for one in found] == [("II-D", ("EID5960",), ("EID1405",))]


def test_example_17_mentions_the_trial(release: Path) -> None:
    items = items_of(release, {"IDH1 R132H": "exact", "IDH1 R132": "codon"}, "3498")
    found = tiers_by(suggested_tiers(items), "Ivosidenib", SENSITIVE)
    assert found[0].items == ("EID10886",)
    assert "contradicting evidence in Pancreatic Ductal Adenocarcinoma (EID5987, level C)" in found[0].reason
    assert "matched at level codon" in found[0].reason


def test_example_19_states_that_the_origin_decides(release: Path) -> None:
    (found,) = [
        one
        for one in suggested_tiers(items_of(release, {"BRCA1 Mutation": "gene"}, "2394"), KNOWN)
        if one.therapies == ("Olaparib",) and one.disease == "Ovarian Cancer"
    ]
    assert found.tier == ""
    assert "germline variants (EID1772, EID7274)" in found.reason
    germline = suggested_tiers(
        items_of(release, {"BRCA1 Mutation": "gene"}, "2394"), KNOWN, CallOrigin.GERMLINE
    )
    assert [one.items for one in tiers_by(germline, "Olaparib", SENSITIVE) if one.tier == "I-A"] == [
        ("EID7274",)
    ]


def test_a_call_in_the_normal_sample_alone_has_no_tier(release: Path) -> None:
    suggestions = suggested_tiers(items_of(release, V600E, "1909"), None, CallOrigin.NORMAL_ONLY)
    assert best_tier(suggestions) == ""
    assert all("normal sample only" in one.reason for one in suggestions)


def test_flagged_items_count_and_are_labelled(release: Path) -> None:
    suggestions = suggested_tiers(
        items_of(release, {"BRCA2 Mutation": "gene", "ATM Mutation": "gene"}, "0080909"), KNOWN
    )
    flagged = [one for one in suggestions if "flagged for review" in one.reason]
    assert flagged
    assert all("Castration-resistant" in one.disease for one in flagged)


# The rules one by one, on items of our own.

ITEM = TierItem(
    "EID1",
    "Predictive",
    "A",
    "Supports",
    SENSITIVE,
    "same",
    "GENE X1Y",
    disease="Melanoma",
    doid="1909",
    therapies=("Drug",),
    origin="Somatic",
    rating=4,
    source="PubMed:1",
)


def tiers(
    *items: TierItem, effect: Effect | None = None, origin: CallOrigin = CallOrigin.UNKNOWN
) -> list[str]:
    return [one.tier for one in suggested_tiers(items, effect, origin) if one.tier]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ["I-A"]),
        ({"status": "submitted"}, []),
        ({"is_retracted": True}, []),
        ({"direction": "Does Not Support"}, []),
        ({"direction": "N/A"}, []),
        ({"type": "Functional"}, []),
        ({"type": "Oncogenic"}, []),
        ({"type": "Predisposing", "significance": "Uncertain Significance"}, []),
        ({"significance": "Reduced Sensitivity"}, []),
        ({"significance": "Adverse Response"}, []),
        ({"rating": 1}, ["II-C"]),
        ({"rating": None}, ["I-A"]),
        ({"relation": "broader"}, ["I-A"]),
        ({"relation": "broader", "doid": "162"}, ["I-A"]),
        ({"relation": "other"}, ["II-C"]),
        ({"relation": "narrower"}, ["II-C"]),
        ({"relation": "other", "significance": "Resistance"}, []),
        ({"level": "B"}, ["II-C"]),
        ({"level": "B", "relation": "other"}, ["II-D"]),
        ({"level": "C"}, ["II-D"]),
        ({"level": "C", "relation": "other"}, []),
        ({"level": "C", "relation": "broader", "doid": "162"}, []),
        ({"level": "D"}, ["II-D"]),
        ({"level": "E"}, []),
        ({"match": "gene"}, []),
        ({"match": "codon"}, ["I-A"]),
        ({"origin": "Rare Germline"}, []),
        ({"type": "Prognostic", "significance": "Poor Outcome", "therapies": ()}, ["I-A"]),
        ({"type": "Prognostic", "significance": "N/A", "therapies": ()}, []),
        ({"type": "Diagnostic", "significance": "Positive", "therapies": ()}, ["I-A"]),
        ({"type": "Diagnostic", "significance": "Negative", "therapies": ()}, []),
    ],
)
def test_one_item(change: dict[str, object], expected: list[str]) -> None:
    assert tiers(ITEM._replace(**change)) == expected  # type: ignore[arg-type]


def test_level_b_needs_two_publications_and_three_stars() -> None:
    one = ITEM._replace(level="B", rating=3)
    other = one._replace(id="EID2", source="PubMed:2", rating=2)
    assert tiers(one, other) == ["I-B"]
    assert tiers(one, other._replace(source=one.source)) == ["II-C"]
    assert tiers(one._replace(rating=2), other) == ["II-C"]
    pan_cancer = {"doid": "162", "disease": "Cancer", "relation": "broader"}
    assert tiers(one._replace(**pan_cancer), other._replace(**pan_cancer)) == ["II-C"]
    assert tiers(one, other._replace(profile="GENE X1Z")) == ["II-C", "II-C"]


def test_three_publications_of_level_c() -> None:
    items = [ITEM._replace(id=f"EID{number}", level="C", source=f"PubMed:{number}") for number in (1, 2, 3)]
    assert tiers(*items) == ["II-C"]
    assert tiers(*items[:2]) == ["II-D"]


def test_substitutes_are_looked_at_one_by_one() -> None:
    both = ITEM._replace(level="B", therapies=("A", "B"), interaction="Substitutes")
    alone = ITEM._replace(id="EID2", level="B", therapies=("A",), source="PubMed:2")
    found = {one.therapy: one.tier for one in suggested_tiers([both, alone])}
    assert found == {"A": "I-B", "B": "II-C"}


def test_an_assertion_decides_and_caps() -> None:
    assertion = ITEM._replace(id="AID1", level="", rating=None, source="", category="Tier II - Level C")
    assert tiers(assertion) == ["II-C"]
    assert tiers(assertion, ITEM) == ["II-C"]
    elsewhere = ITEM._replace(doid="162", disease="Cancer", relation="broader")
    assert tiers(assertion, elsewhere) == ["II-C", "II-C"]
    assert tiers(assertion, ITEM._replace(therapies=("Other",))) == ["I-A", "II-C"]
    assert tiers(assertion._replace(category="Tier I - Level A", relation="other")) == ["II-C"]
    assert tiers(assertion._replace(category="Tier III")) == []
    assert tiers(assertion._replace(category="Not Applicable")) == []


def test_an_assertion_s_therapies_have_the_interaction_of_its_evidence() -> None:
    assertion = ITEM._replace(
        id="AID1", level="", source="", category="Tier I - Level A", therapies=("B", "A")
    )
    (alone,) = suggested_tiers([assertion])
    assert alone.therapy == "A, B"
    evidence = ITEM._replace(level="B", therapies=("A", "B"), interaction="Combination")
    assert {one.therapy for one in suggested_tiers([assertion, evidence])} == {"A + B"}


@pytest.mark.parametrize(
    ("contrary", "is_conflicting"),
    [
        ({"direction": "Does Not Support", "level": "A"}, True),
        ({"significance": "Resistance", "level": "A"}, True),
        ({"direction": "Does Not Support", "level": "B"}, False),
        ({"direction": "Does Not Support", "significance": "Resistance", "level": "A"}, False),
        ({"direction": "Does Not Support", "level": "A", "is_retracted": True}, False),
        ({"direction": "Does Not Support", "level": "A", "therapies": ("Other",)}, False),
    ],
)
def test_a_contradiction_caps(contrary: dict[str, object], *, is_conflicting: bool) -> None:
    other = ITEM._replace(id="EID2", **contrary)  # type: ignore[arg-type]
    found = [one for one in suggested_tiers([ITEM, other]) if one.items == ("EID1",)]
    assert [(one.tier, one.is_conflicting) for one in found] == [
        ("II-C", True) if is_conflicting else ("I-A", False)
    ]


def test_no_association_contradicts_a_prognosis() -> None:
    poor = ITEM._replace(type="Prognostic", significance="Poor Outcome", therapies=(), level="B")
    none = poor._replace(id="EID2", significance="N/A")
    (found,) = suggested_tiers([poor, none])
    assert found.against == ("EID2",)


def test_a_trial_in_the_patient_s_disease_outweighs_another_disease() -> None:
    elsewhere = ITEM._replace(relation="other", doid="9256", disease="Colorectal Cancer")
    tried = ITEM._replace(id="EID2", direction="Does Not Support", level="B", profile="GENE X1")
    (found,) = suggested_tiers([elsewhere, tried])
    assert found.tier == ""
    assert "contradicting evidence in Melanoma (EID2, level B)" in found.reason
    (found,) = suggested_tiers([elsewhere, tried._replace(level="C")])
    assert (found.tier, found.is_conflicting) == ("II-C", False)
    assert "contradicting evidence in Melanoma" in found.reason


def test_a_gene_needs_a_known_effect() -> None:
    gene = ITEM._replace(match="gene", profile="GENE Mutation")
    oncogenic = ITEM._replace(
        id="EID2", type="Oncogenic", significance="Oncogenicity", therapies=(), level="D"
    )
    assert tiers(gene) == []
    assert tiers(gene, effect=KNOWN) == ["I-A"]
    assert tiers(gene, oncogenic) == ["I-A"]
    assert tiers(gene, oncogenic._replace(direction="Does Not Support"), effect=KNOWN) == []
    assert tiers(gene, oncogenic._replace(match="gene")) == []
    assert tiers(gene, effect=Effect(is_oncogenic=True, is_benign=True)) == []
    assert tiers(gene._replace(profile="GENE Loss-of-function")) == ["I-A"]
    assert tiers(gene._replace(profile="GENE Loss-of-function"), effect=Effect(is_benign=True)) == ["I-A"]


def test_origins() -> None:
    germline = ITEM._replace(origin="Rare Germline")
    assert tiers(germline, origin=CallOrigin.GERMLINE) == ["I-A"]
    assert tiers(germline, origin=CallOrigin.SOMATIC) == []
    assert tiers(ITEM, origin=CallOrigin.GERMLINE) == []
    assert tiers(ITEM, origin=CallOrigin.SOMATIC) == ["I-A"]
    assert tiers(ITEM._replace(origin="Unknown"), origin=CallOrigin.GERMLINE) == ["I-A"]
    # A weaker germline item does not take the somatic ones away.
    assert tiers(ITEM, germline._replace(id="EID2", level="C")) == ["I-A"]


@pytest.mark.parametrize(
    ("category", "tier"),
    [
        ("Tier I - Level A", "I-A"),
        ("Tier_II_-_Level_D", "II-D"),
        ("Tier III", ""),
        ("Not Applicable", ""),
        ("", ""),
        ("Tier I - Level C", ""),
    ],
)
def test_categories_of_assertions(category: str, tier: str) -> None:
    assert tier_of(category) == tier
