"""Suggested tiers, derived again from CIViC's files without the program: a decision table, written as functions.

    python -m tests.tables.derive_tiers FOLDER [PROFILE DISEASE]

prints each row of `civic_tiers.tsv` with the tier, evidence and steps derived here, and whether they agree; or those of
one profile and disease. FOLDER holds `civic` and `disease_ontology` of the shared data. Nothing is imported from the
program: disease relations come from the ontology's own files, evidence from the release's tables.

A group is one profile, disease, treatment and significance. Of each group:

    step 1   keep accepted items that support the significance
    step 2   an assertion for the patient's disease or a broader one decides, and is the best that its profile and
             treatment can have, whatever disease the items name
    step 3   level A: I-A in the patient's disease or a broader one (II-C with one star); sensitivity elsewhere II-C
    step 4   level B: I-B for two publications, one item of three stars, and not for all cancers; else II-C;
             sensitivity elsewhere II-D
    step 5   levels C and D in the patient's disease, but not for all cancers: II-C for three publications of level C,
             else II-D
    step 6   sensitivity elsewhere has no tier if a study in the patient's disease (A or B) found the opposite
    step 7   I becomes II-C if an item of the group, equal or better, contradicts

"Elsewhere" is another disease, or a narrower one than the patient's.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Derived", "Diseases", "Release", "derived"]

TABLES = Path(__file__).parent
ALL_CANCERS, SOLID, BLOOD = "162", "Solid Tumor", "2531"
ORDER = ("I-A", "I-B", "II-C", "II-D", "")
OPPOSITE = {
    "Sensitivity/Response": {"Resistance"}, "Resistance": {"Sensitivity/Response"},
    "Better Outcome": {"Poor Outcome", "N/A"}, "Poor Outcome": {"Better Outcome", "N/A"}, "Positive": {"Negative"},
}  # fmt: skip
COMMA_IN_A_NAME = re.compile(r",(?=4-pyrimidinediamine)")


class Item(NamedTuple):
    """A row of the release: an evidence item, or an assertion whose `level` is that of its category."""

    id: str
    type: str
    level: str
    category: str
    supports: bool
    negates: bool
    significance: str
    disease: str
    therapies: tuple[str, ...]
    interaction: str
    origin: str
    rating: int
    paper: str


class Derived(NamedTuple):
    """The tier of a group, the items that decide it, those against it, and the step."""

    tier: str
    items: tuple[str, ...]
    against: tuple[str, ...]
    step: int


class Diseases:
    """is_a relations of the ontology's files and of the documented gaps; diseases without a number go by name."""

    def __init__(self, folder: Path) -> None:
        self._parents: dict[str, set[str]] = defaultdict(set)
        self._known: set[str] = set()
        for path in folder.glob("*.obo"):
            term = ""
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("id: DOID:"):
                    term = line.removeprefix("id: DOID:")
                    self._known.add(term)
                elif line.startswith("[Typedef]"):
                    term = ""
                elif term and (found := re.match(r"is_a: DOID:(\d+)", line)):
                    self._parents[term].add(found[1])
        for line in (TABLES / "disease_gaps.txt").read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                narrow, broad, _ = line.split("\t")
                self._parents[narrow].add(broad)

    @lru_cache(None)  # noqa: B019  # one object lives as long as the program
    def above(self, disease: str) -> frozenset[str]:
        """Return all broader diseases."""
        direct = self._parents.get(disease, set())
        found = frozenset(direct).union(*(self.above(one) for one in direct)) if direct else frozenset()
        return found | {SOLID} if ALL_CANCERS in found and BLOOD not in {disease, *found} else found

    def covers(self, disease: str, patient: str) -> bool:
        """Return whether evidence on a disease holds for the patient: the same disease or a broader one."""
        return bool(disease) and (disease == patient or disease in self.above(patient))


class Release:
    """Items of a release by the names of their molecular profiles."""

    def __init__(self, folder: Path) -> None:
        self.profiles: dict[str, list[Item]] = defaultdict(list)
        for kind, pattern in (("EID", "*ClinicalEvidenceSummaries.tsv"), ("AID", "*AssertionSummaries.tsv")):
            (path,) = folder.glob(pattern)
            with path.open(encoding="utf-8") as lines:
                for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                    self.profiles[row["molecular_profile"]].append(_item(kind, row))


def _item(kind: str, row: Mapping[str, str]) -> Item:
    names = COMMA_IN_A_NAME.sub("\0", row["therapies"]).split(",") if row["therapies"] else []
    direction = row.get("evidence_direction") or row.get("assertion_direction", "")
    category = re.fullmatch(r"Tier (I|II) - Level ([A-D])", row.get("amp_category") or "")
    return Item(
        kind + (row.get("evidence_id") or row["assertion_id"]),
        row.get("evidence_type") or row["assertion_type"],
        row.get("evidence_level") or (category[2] if category else "E"),
        f"{category[1]}-{category[2]}" if category else "",
        direction == "Supports",
        direction == "Does Not Support",
        row["significance"],
        row["doid"] or row["disease"],
        tuple(sorted(name.replace("\0", ",") for name in names)),
        row.get("therapy_interaction_type", ""),
        row.get("variant_origin", ""),
        int(row.get("rating") or 0),
        row.get("citation_id", ""),
    )


Treatment = tuple[tuple[str, ...], str]
Group = tuple[str, str, Treatment]


def treatments(item: Item, items: list[Item]) -> Iterator[Treatment]:
    """Yield the treatments of an item: each of several substitutes, or all therapies as they are used."""
    used = item.interaction
    if not used and len(item.therapies) > 1:
        alike = [
            one
            for one in items
            if one.type == item.type and one.therapies == item.therapies and one.interaction
        ]
        used = alike[0].interaction if len({one.interaction for one in alike}) == 1 else ""
    if len(item.therapies) < 2:
        yield item.therapies, ""
    elif used == "Substitutes":
        yield from (((name,), "") for name in item.therapies)
    else:
        yield item.therapies, used


def derived(items: list[Item], patient: str, diseases: Diseases) -> dict[tuple[Group, str], Derived]:
    """Return the tier of each group of one profile's items, by type, disease and treatment, and by significance.

    The origin of the call is unknown: a germline item can decide nothing, and one that is as good as the best somatic
    item leaves the tier open.
    """
    groups: dict[Group, list[Item]] = defaultdict(list)
    for item in items:
        for treatment in treatments(item, items):
            groups[item.type, item.disease, treatment].append(item)
    found = {}
    for group, members in groups.items():
        for significance in OPPOSITE:
            supporting = [one for one in members if one.supports and one.significance == significance]
            if supporting and group[0] in {"Predictive", "Prognostic", "Diagnostic"}:
                found[group, significance] = _tier(group, significance, groups, patient, diseases)
    return found


def contradicts(item: Item, significance: str) -> bool:
    if item.negates:
        return item.significance == significance
    return item.significance in OPPOSITE[significance] and (item.supports or item.significance == "N/A")


def _tier(
    group: Group, significance: str, groups: Mapping[Group, list[Item]], patient: str, diseases: Diseases
) -> Derived:
    type_, disease, treatment = group
    members = groups[group]
    said = [one for one in members if one.supports and one.significance == significance]
    usable = [one for one in said if "Germline" not in one.origin]
    ids = tuple(one.id for one in usable)
    best = min((one.level for one in usable), default="E")
    if any("Germline" in one.origin and one.level <= best for one in said) or not usable:
        return Derived("", tuple(one.id for one in said), (), 1)
    applies = diseases.covers(disease, patient)
    tier, chosen, step = _by_evidence(usable, significance, disease, applies)
    trials = [
        one
        for (kind, where, how), others in groups.items()
        if (kind, how) == (type_, treatment) and diseases.covers(where, patient)
        for one in others
        if contradicts(one, significance) and one.level in "AB"
    ]
    if tier and not applies and trials:
        return Derived("", ids, (), 6)
    if not tier:
        return Derived("", ids, (), step)
    caps = [
        one.category
        for (kind, where, how), others in groups.items()
        if (kind, how) == (type_, treatment) and diseases.covers(where, patient)
        for one in others
        if one.category and one.significance == significance and one.supports
    ]
    tier = max([tier, *caps], key=ORDER.index)
    level = min(one.level for one in chosen)
    against = [
        one
        for one in members
        if contradicts(one, significance) and one.level <= level and "Germline" not in one.origin
    ]
    if against and tier in {"I-A", "I-B"}:
        tier, step = "II-C", 7
    return Derived(tier, tuple(one.id for one in chosen), tuple(one.id for one in against), step)


def _by_evidence(
    items: list[Item], significance: str, disease: str, applies: bool
) -> tuple[str, list[Item], int]:
    """Return tier, deciding items and step, without caps and contradictions."""
    elsewhere = not applies and significance == "Sensitivity/Response"
    everywhere = disease in {ALL_CANCERS, SOLID}
    assertions = sorted((one for one in items if one.category), key=lambda one: ORDER.index(one.category))
    if assertions and applies:
        return assertions[0].category, assertions[:1], 2
    if assertions and elsewhere and assertions[0].category in {"I-A", "I-B"}:
        return {"I-A": "II-C", "I-B": "II-D"}[assertions[0].category], assertions[:1], 2
    evidence = [one for one in items if one.id.startswith("EID")]
    level = min((one.level for one in evidence), default="E")
    chosen = [one for one in evidence if one.level == level]
    papers = len({one.paper for one in chosen})
    stars = max((one.rating for one in chosen), default=0)
    if level == "A" and (applies or elsewhere):
        return ("II-C" if elsewhere or stars == 1 else "I-A"), chosen, 3
    if level == "B" and elsewhere:
        return "II-D", chosen, 4
    if level == "B" and applies:
        return ("I-B" if papers >= 2 and stars >= 3 and not everywhere else "II-C"), chosen, 4
    if level in {"C", "D"} and applies and not everywhere:
        return ("II-C" if level == "C" and papers >= 3 else "II-D"), chosen, 5
    return "", chosen, 5


def best_of(found: Mapping[tuple[Group, str], Derived]) -> list[Derived]:
    """Return the groups with the best tier."""
    best = min((one.tier for one in found.values()), key=ORDER.index, default="")
    return [one for one in found.values() if one.tier == best]


def main(arguments: list[str]) -> int:
    """Print derived tiers beside those of the table."""
    folder = Path(arguments[0])
    release, diseases = (
        Release(folder / "civic" / "release-2024-08-01"),
        Diseases(folder / "disease_ontology"),
    )
    if arguments[1:]:
        profile, patient = arguments[1:]
        for (group, significance), one in derived(release.profiles[profile], patient, diseases).items():
            print(one.tier or "-", significance, *group, *one[1:], sep="\t")  # noqa: T201
        return 0
    with (TABLES / "civic_tiers.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        groups = best_of(derived(release.profiles[row["profile"]], row["disease"], diseases))
        deciding = {",".join(one.items) for one in groups}
        agrees = groups[0].tier == row["tier"].removeprefix("-") and row["evidence"] in deciding
        words = (row["profile"], row["disease"], groups[0].tier or "-", ";".join(sorted(deciding)))
        print("agrees" if agrees else "DIFFERS", *words, sep="\t")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
