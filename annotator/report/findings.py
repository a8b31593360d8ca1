"""What matters in a report: rules that pick, rank and group alleles and evidence.

The rules are few and written out, because somebody will act on what they pick:

    pathogenic    a part of CLNSIG is Pathogenic or Likely_pathogenic (low penetrance too); a conflict is not
    oncogenic     a part of ONC is Oncogenic or Likely_oncogenic; a conflict is not
    impact        SCI is of tier I or II
    therapy       evidence of type Predictive, level A or B (of an assertion, the level of its AMP category), direction
                  Supports, not retracted, of the disease of interest if one is given. Sensitivity/Response is
                  sensitivity; Resistance and Reduced_Sensitivity are resistance. What does not support a response
                  is neither.

An allele that no sample carries by its genotypes is left out of the headline, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from annotator.report.model import Disease, Evidence, ReportedAllele, ReportModel

__all__ = [
    "ANY_DISEASE",
    "CATEGORIES",
    "CLASSES",
    "Headline",
    "Therapy",
    "category_of",
    "class_of",
    "headline_of",
    "is_of_disease",
    "is_of_impact",
    "is_oncogenic",
    "is_pathogenic",
    "rank_of",
    "stars_of",
]

CLASSES = (
    "Pathogenic",
    "Pathogenic or likely",
    "Likely pathogenic",
    "Uncertain significance",
    "Conflicting",
    "Likely benign",
    "Benign or likely",
    "Benign",
    "Other",
)
"""Groups of CLNSIG, worst first; a value with several parts stands in the first that fits."""

CATEGORIES = ("pathogenic", "oncogenic", "therapy", "uncertain", "benign", "other")
"""What an allele is shown as, most important first: each allele is of one."""

_PATHOGENIC = {"Pathogenic", "Likely_pathogenic"}
_ONCOGENIC = {"Oncogenic", "Likely_oncogenic"}
_TIERS = ("Tier_I_", "Tier_II_")
_SENSITIVITY = {"Sensitivity/Response"}
_RESISTANCE = {"Resistance", "Reduced_Sensitivity"}
# An assertion does not say how its therapies belong together: then nothing is claimed.
_JOINTS = {"Combination": " + ", "Sequential": " then ", "Substitutes": " or "}
_BEST_LEVELS = {"A", "B"}
_DOID = re.compile(r"(?:DOID:)?\s*(\d+)", re.IGNORECASE | re.ASCII)


ANY_DISEASE = Disease()


class Therapy(NamedTuple):
    """A therapy to which an allele makes sensitive or resistant, by all evidence of one level that says so.

    Attributes:
        allele: index in the report.
        therapies: as CIViC names them, joined by its interaction.
        disease: as CIViC names it.
        level: A or B.
        significance: as CIViC writes it.
        match: how CIViC's variant was matched.
        profile: the molecular profile.
        evidence: the entries, in the file's order.

    """

    allele: int
    therapies: str
    disease: str
    level: str
    significance: str
    match: str
    profile: str
    evidence: tuple[Evidence, ...]


class Headline(NamedTuple):
    """What a reader must see first.

    Attributes:
        pathogenic, oncogenic, impact: indexes of alleles in the report; more stars first.
        sensitivity, resistance: therapies; better levels first.
        not_carried: alleles that would stand here, but that no sample carries.
        retracted: entries that would, but rest on a retracted publication.
        other_diseases: entries that would, but are of other diseases than the one of interest.

    """

    pathogenic: tuple[int, ...]
    oncogenic: tuple[int, ...]
    impact: tuple[int, ...]
    sensitivity: tuple[Therapy, ...]
    resistance: tuple[Therapy, ...]
    not_carried: int
    retracted: int
    other_diseases: int


@lru_cache(1 << 10)  # there are few classifications, and every allele is asked for its own again and again
def _parts(value: str) -> frozenset[str]:
    """Parts of a classification: `Pathogenic/Likely_pathogenic,_low_penetrance|risk_factor` has three."""
    return frozenset(part.partition(",")[0] for group in value.split("|") for part in group.split("/"))


def is_pathogenic(allele: ReportedAllele) -> bool:
    """Whether ClinVar calls it pathogenic or likely so."""
    return not _PATHOGENIC.isdisjoint(_parts(allele.values.get("CLNSIG", "")))


def is_oncogenic(allele: ReportedAllele) -> bool:
    """Whether ClinVar calls it oncogenic or likely so."""
    return not _ONCOGENIC.isdisjoint(_parts(allele.values.get("ONC", "")))


def is_of_impact(allele: ReportedAllele) -> bool:
    """Whether ClinVar has it in tier I or II."""
    return any(part.startswith(_TIERS) for part in allele.values.get("SCI", "").split("|"))


def class_of(allele: ReportedAllele) -> str:
    """Group of `CLASSES` of a germline classification; empty where there is none."""
    return _class_of(allele.values.get("CLNSIG", ""))


@lru_cache(1 << 10)
def _class_of(value: str) -> str:
    if not value:
        return ""
    parts = _parts(value)
    if any(part.startswith("Conflicting") for part in parts):
        return "Conflicting"
    if parts >= _PATHOGENIC:
        return "Pathogenic or likely"
    if parts >= {"Benign", "Likely_benign"}:
        return "Benign or likely"
    for word, group in (
        ("Pathogenic", "Pathogenic"),
        ("Likely_pathogenic", "Likely pathogenic"),
        ("Uncertain_significance", "Uncertain significance"),
        ("Likely_benign", "Likely benign"),
        ("Benign", "Benign"),
    ):
        if word in parts:
            return group
    return "Other"


def stars_of(allele: ReportedAllele, field: str = "CLNSTARS") -> int | None:
    """Stars of a review status, 0 to 4; None without one."""
    value = allele.values.get(field, "")
    return int(value) if value in {"0", "1", "2", "3", "4"} else None


def is_of_disease(entry: Evidence, disease: Disease) -> bool:
    """Whether an entry is about a disease: of that name, or that number, or one that it is a kind of.

    The last is known only of the disease that the file was annotated for. Words of a name fit whatever their case.
    """
    if not disease:
        return True
    if disease.is_related and entry["DiseaseMatch"]:
        return entry["DiseaseMatch"] in {"same", "broader"}
    number = _DOID.fullmatch(disease.text)
    if number is not None:
        return entry["DOID"] == number[1]
    return disease.text.replace("_", " ").lower() in entry["Disease"].replace("_", " ").lower()


def _effect(entry: Evidence) -> str:
    """`sensitivity` or `resistance` of the best evidence; empty for all other."""
    if entry["EvidenceType"] != "Predictive" or entry["Direction"] != "Supports":
        return ""
    if entry.level not in _BEST_LEVELS:
        return ""
    significance = entry["Significance"]
    return (
        "sensitivity" if significance in _SENSITIVITY else "resistance" if significance in _RESISTANCE else ""
    )


def category_of(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> str:
    """What an allele is shown as: one of `CATEGORIES`."""
    if is_pathogenic(allele):
        return "pathogenic"
    if is_oncogenic(allele) or is_of_impact(allele):
        return "oncogenic"
    if any(
        _effect(entry) and not entry.is_retracted and is_of_disease(entry, disease)
        for entry in allele.evidence
    ):
        return "therapy"
    group = class_of(allele)
    if group in {"Uncertain significance", "Conflicting"}:
        return "uncertain"
    return "benign" if group in {"Likely benign", "Benign or likely", "Benign"} else "other"


def rank_of(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> tuple[int, int, int]:
    """Sort key: more important first; equal categories by stars, then by the number of evidence entries."""
    stars = max(stars_of(allele) or 0, stars_of(allele, "ONCSTARS") or 0)
    return CATEGORIES.index(category_of(allele, disease)), -stars, -len(allele.evidence)


def headline_of(report: ReportModel) -> Headline:
    """Pick what matters."""
    carried = [(index, allele) for index, allele in enumerate(report.alleles) if allele.is_carried]
    therapies = [
        therapy for index, allele in carried for therapy in _therapies(index, allele, report.disease)
    ]
    therapies.sort(key=lambda one: (one.level, one.therapies, one.disease, one.allele))
    effects = [(entry, _effect(entry)) for _, allele in carried for entry in allele.evidence]
    return Headline(
        _by_stars(carried, is_pathogenic, "CLNSTARS"),
        _by_stars(carried, is_oncogenic, "ONCSTARS"),
        _by_stars(carried, is_of_impact, "SCISTARS"),
        tuple(one for one in therapies if one.significance in _SENSITIVITY),
        tuple(one for one in therapies if one.significance in _RESISTANCE),
        sum(
            not allele.is_carried
            and category_of(allele, report.disease) in {"pathogenic", "oncogenic", "therapy"}
            for allele in report.alleles
        ),
        sum(bool(effect) and entry.is_retracted for entry, effect in effects),
        sum(
            bool(effect) and not entry.is_retracted and not is_of_disease(entry, report.disease)
            for entry, effect in effects
        ),
    )


def _by_stars(
    alleles: list[tuple[int, ReportedAllele]], is_one: Callable[[ReportedAllele], bool], field: str
) -> tuple[int, ...]:
    chosen = [(-(stars_of(allele, field) or 0), index) for index, allele in alleles if is_one(allele)]
    return tuple(index for _, index in sorted(chosen))


def _therapies(index: int, allele: ReportedAllele, disease: Disease) -> Iterator[Therapy]:
    grouped: dict[tuple[str, str, str, str, str, str], list[Evidence]] = {}
    for entry in allele.evidence:
        if _effect(entry) and not entry.is_retracted and is_of_disease(entry, disease):
            joint = _JOINTS.get(entry["TherapyInteraction"], ", ")
            key = (
                joint.join(entry.therapies),
                entry["Disease"],
                entry.level,
                entry["Significance"],
                entry["Match"],
                entry["MolecularProfile"],
            )
            grouped.setdefault(key, []).append(entry)
    for key, entries in grouped.items():
        yield Therapy(index, *key, tuple(entries))
