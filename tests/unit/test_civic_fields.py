from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.info import Hit, decode_text
from annotator.result import Match
from annotator.sources.civic.choice import CivicChoice
from annotator.sources.civic.fields import CIVIC_FIELDS, CIVIC_SUBFIELDS, CIVIC_TIER, civic_fields
from annotator.sources.civic.records import (
    Assertion,
    CivicRecord,
    CivicVariant,
    EvidenceItem,
    MolecularProfile,
)

CIVIC, CIVIC_VID, CIVIC_MATCH, CIVIC_LEVEL = CIVIC_FIELDS

EVIDENCE = EvidenceItem(
    7, "Predictive", "A", "Supports", "Sensitivity/Response", "Somatic", 5, "accepted", "Melanoma", "1909",
    ("Cobimetinib", "Vemurafenib"), "Combination", "PubMed:27480103",
)  # fmt: skip
ASSERTION = Assertion(
    7, "Predictive", "Supports", "Sensitivity/Response", "accepted", "Melanoma", "1909",
    ("Dabrafenib", "Trametinib"), "Tier I - Level A", ("PS3",),
)  # fmt: skip
EVIDENCE_ENTRY = (
    "T|1|exact|BRAF|V600E|12|BRAF_V600E|12|evidence|7|Predictive|A|Supports|Sensitivity/Response|Somatic|5"
    "|accepted|Melanoma|1909|Cobimetinib&Vemurafenib|Combination|PubMed:27480103||"
    "https://civicdb.org/links/evidence_items/7|||||||"
)
ASSERTION_ENTRY = (
    "T|1|exact|BRAF|V600E|12|BRAF_V600E|12|assertion|7|Predictive||Supports|Sensitivity/Response||"
    "|accepted|Melanoma|1909|Dabrafenib&Trametinib|||Tier_I_-_Level_A|"
    "https://civicdb.org/links/assertions/7|||||||"
)
HOSTILE = "a|b&c,d;e=f%g 100% h\ti\r\n%7C"


def record(*profiles: MolecularProfile, id_: int = 12) -> CivicRecord:
    return CivicRecord((CivicVariant(id_, "BRAF", "V600E", profiles),))


def profile(
    *evidence: EvidenceItem, id_: int | None = 12, assertions: tuple[Assertion, ...] = ()
) -> MolecularProfile:
    return MolecularProfile(id_, "BRAF V600E", (12,), evidence, assertions)


def hit(of: CivicRecord, alt: str = "T", number: int = 1) -> Hit[CivicRecord]:
    return Hit(alt, number, Match.EXACT, of)


def entries(value: str | None) -> list[dict[str, str]]:
    """Entries of a CIVIC value, by sub-field, as a reader of the VCF would take them apart."""
    assert value is not None
    return [dict(zip(CIVIC_SUBFIELDS, entry.split("|"), strict=True)) for entry in value.split(",")]


def test_the_fields_and_their_numbers_are_those_of_the_design() -> None:
    assert [(field.id, field.number, field.type) for field in CIVIC_FIELDS] == [
        ("CIVIC", ".", "String"),
        ("CIVIC_VID", "A", "String"),
        ("CIVIC_MATCH", "A", "String"),
        ("CIVIC_LEVEL", "A", "String"),
    ]


def test_the_description_gives_the_format_as_split_vep_reads_it() -> None:
    line = CIVIC.header_line("CIViC", "2024-08-01")
    description = re.search(r'Description="([^"]*)"', line)
    assert description is not None
    names = description[1].split("Format: ")[1].split("|")
    assert tuple(names) == CIVIC_SUBFIELDS
    assert all(re.fullmatch(r"[A-Za-z]+", name) for name in names)
    assert names[:3] == ["Allele", "AlleleIndex", "Match"]
    assert names[24:27] == ["DiseaseMatch", "MatchNote", "Flag"]
    assert names[27:] == ["RetractionNature", "ApprovedBy", "CytogeneticRegion", "KnownPartners"]


def test_an_evidence_item_and_an_assertion_are_an_entry_each() -> None:
    found = hit(record(profile(EVIDENCE, assertions=(ASSERTION,))))
    assert CIVIC.value([found]) == f"{EVIDENCE_ENTRY},{ASSERTION_ENTRY}"


def test_missing_values_of_civic_are_empty() -> None:
    bare = EvidenceItem(1, "", "", "", "")
    found = CivicRecord((CivicVariant(2, "", "", (MolecularProfile(None, "", (2,), (bare,)),)),))
    assert CIVIC.value([hit(found)]) == (
        "T|1|exact|||2|||evidence|1|||||||accepted|||||||https://civicdb.org/links/evidence_items/1|||||||"
    )


def test_entries_state_their_alt() -> None:
    first, second = profile(EVIDENCE), profile(EVIDENCE._replace(id=8))
    value = CIVIC.value([hit(record(first), "T", 1), None, hit(record(second), "g", 3)])
    assert [(entry["Allele"], entry["AlleleIndex"], entry["EntityID"]) for entry in entries(value)] == [
        ("T", "1", "7"),
        ("g", "3", "8"),
    ]


def test_order_is_by_profile_then_level_then_number_and_assertions_last() -> None:
    evidence = [
        EVIDENCE._replace(id=id_, level=level)
        for id_, level in ((9, "B"), (3, "B"), (11, "A"), (1, "E"), (2, ""))
    ]
    assertions = (ASSERTION, ASSERTION._replace(id=2))
    variants = (
        CivicVariant(12, "BRAF", "V600E", (profile(*evidence, id_=30, assertions=assertions),)),
        CivicVariant(13, "BRAF", "V600", (profile(EVIDENCE._replace(id=50), id_=4),)),
    )
    expected = ["4:50", "30:11", "30:3", "30:9", "30:1", "30:2", "30:2", "30:7"]
    for order in (variants, variants[::-1]):
        value = CIVIC.value([hit(CivicRecord(order))])
        assert [f"{entry['MolecularProfileID']}:{entry['EntityID']}" for entry in entries(value)] == expected
    assert [entry["EntityType"] for entry in entries(value)] == ["evidence"] * 6 + ["assertion"] * 2


def test_without_profiles_the_order_is_by_variant() -> None:
    variants = [
        CivicVariant(id_, "BRAF", "V600E", (profile(EVIDENCE._replace(id=id_), id_=None),))
        for id_ in (9, 5, 7)
    ]
    value = CIVIC.value([hit(CivicRecord(tuple(variants)))])
    assert [entry["VariantID"] for entry in entries(value)] == ["5", "7", "9"]
    assert {entry["MolecularProfileID"] for entry in entries(value)} == {""}


def test_variant_ids_matches_and_best_levels_are_one_per_alt() -> None:
    several = CivicRecord(
        (
            CivicVariant(41, "ERBB2", "P780INS", (profile(EVIDENCE._replace(level="D"), id_=41),)),
            CivicVariant(9, "ERBB2", "G778_P780DUP", (profile(EVIDENCE._replace(level="B"), id_=9),)),
        )
    )
    without = record(profile(assertions=(ASSERTION,)))
    hits = [None, hit(several), hit(without)]
    assert CIVIC_VID.value(hits) == ".,9&41,12"
    assert CIVIC_MATCH.value(hits) == ".,exact,exact"
    assert CIVIC_LEVEL.value(hits) == ".,B,A"


def test_a_variant_without_evidence_of_its_own_has_its_number_only() -> None:
    hits = [hit(record())]
    assert [field.value(hits) for field in CIVIC_FIELDS] == [None, "12", "exact", None]


def test_no_hit_is_no_field() -> None:
    assert [field.value([None, None]) for field in CIVIC_FIELDS] == [None] * 4


def hostile_record(text: str) -> CivicRecord:
    item = EvidenceItem(
        1, text, text, text, text, text, None, text, text, text, (text, "Vemurafenib"), text, text
    )  # fmt: skip
    assertion = Assertion(2, text, text, text, text, text, text, (text,), text)
    return CivicRecord(
        (CivicVariant(3, text, text, (MolecularProfile(4, text, (3,), (item,), (assertion,)),)),)
    )


@given(
    text=st.one_of(
        st.just(HOSTILE), st.text(st.sampled_from("|&,;=%: _\t\r\nA2é"), min_size=1), st.text(min_size=1)
    )
)
def test_hostile_values_come_back_as_they_were(text: str) -> None:
    value = CIVIC.value([hit(hostile_record(text))])
    assert value is not None
    assert not re.search(r"[ ;=\t\r\n]", value)
    evidence, assertion = entries(value)
    written = text.replace(" ", "_")
    for name in (
        "Gene",
        "Variant",
        "MolecularProfile",
        "EvidenceType",
        "Direction",
        "Significance",
        "Status",
        "Disease",
    ):
        assert decode_text(evidence[name]) == decode_text(assertion[name]) == written
    for name in ("Level", "Origin", "DOID", "TherapyInteraction", "Source"):
        assert decode_text(evidence[name]) == written
    assert decode_text(assertion["AMPCategory"]) == written
    assert [decode_text(name) for name in evidence["Therapies"].split("&")] == [written, "Vemurafenib"]


def test_a_hostile_level_is_still_one_value() -> None:
    found = hit(record(profile(EVIDENCE._replace(level="A,B; C"))))
    assert CIVIC_LEVEL.value([found]) == "A%2CB%3B_C"


@pytest.mark.parametrize(("told", "expected"), [("same", "same"), ("broader", "broader"), ("", "")])
def test_a_part_has_the_relation_of_the_disease_to_the_patients(told: str, expected: str) -> None:
    found = record(profile(EVIDENCE._replace(relation=told), assertions=(ASSERTION._replace(relation=told),)))
    value = CIVIC.value([hit(found)])
    assert value is not None
    assert [entry["DiseaseMatch"] for entry in entries(value)] == [expected, expected]


def test_the_best_level_knows_assertions_and_no_retracted_publication() -> None:
    weak, assertion = EVIDENCE._replace(level="B"), ASSERTION
    for evidence, assertions, expected in (
        ((weak,), (assertion,), "A"),
        ((weak,), (assertion._replace(amp_category="Tier II - Level C"),), "B"),
        ((), (assertion._replace(amp_category="Tier III"),), "."),
        ((EVIDENCE._replace(retracted=True), weak), (), "B"),
    ):
        hits = [hit(record(profile(*evidence, assertions=assertions))), None]
        assert (CIVIC_LEVEL.value(hits) or ".,.").partition(",")[0] == expected


def test_flagged_items_are_marked() -> None:
    flagged = profile(EVIDENCE._replace(flagged=True), assertions=(ASSERTION,))
    assert [entry["Flag"] for entry in entries(CIVIC.value([hit(record(flagged))]))] == [
        "flagged_for_review",
        "",
    ]


def test_a_tier_is_suggested_only_for_a_disease() -> None:
    assert civic_fields(CivicChoice()) == CIVIC_FIELDS
    assert civic_fields(CivicChoice(disease="1909", has_tiers=False)) == CIVIC_FIELDS
    assert civic_fields(CivicChoice(disease="1909")) == (*CIVIC_FIELDS, CIVIC_TIER)
    same = record(profile(EVIDENCE._replace(relation="same")))
    other = record(profile(EVIDENCE._replace(relation="other", level="B")))
    nothing = record(profile(EVIDENCE._replace(relation="other", level="E")))
    assert CIVIC_TIER.value([hit(same), hit(other), hit(nothing)]) == "I-A,II-D,."


def test_a_retracted_publication_is_marked() -> None:
    value = CIVIC.value([hit(record(profile(EVIDENCE._replace(retracted=True))))])
    assert value is not None
    assert "|PubMed:27480103:retracted|" in value


def test_an_entry_has_the_level_of_its_own_variant() -> None:
    exact = CivicVariant(12, "BRAF", "V600E", (profile(EVIDENCE),))
    codon = CivicVariant(17, "BRAF", "V600", (profile(EVIDENCE._replace(id=9), id_=17),), match=Match.CODON)
    hits = [hit(CivicRecord((exact, codon)))]
    value = CIVIC.value(hits)
    assert value is not None
    assert [entry.split("|")[2:6] for entry in value.split(",")] == [
        ["exact", "BRAF", "V600E", "12"],
        ["codon", "BRAF", "V600", "17"],
    ]
    assert (CIVIC_MATCH.value(hits), CIVIC_VID.value(hits)) == ("exact", "12&17")


@pytest.mark.parametrize(
    ("direction", "significance", "retracted", "level"),
    [
        ("Supports", "Resistance", None, "A"),
        ("Does Not Support", "Resistance", None, None),
        ("N/A", "N/A", None, None),
        ("Supports", "Uncertain Significance", None, None),
        ("Supports", "Resistance", True, None),
    ],
)
def test_only_supporting_evidence_has_a_level(
    direction: str, significance: str, retracted: bool | None, level: str | None
) -> None:
    item = EVIDENCE._replace(level="A", direction=direction, significance=significance, retracted=retracted)
    assert record(profile(item)).best_level == level
    weaker = EVIDENCE._replace(id=8, level="C")
    assert record(profile(item, weaker)).best_level == (level or "C")
    assertion = ASSERTION._replace(direction=direction, significance=significance)
    if retracted is None:
        assert record(profile(assertions=(assertion,))).best_level == level
