"""Suggested tiers of every molecular profile of a release, against a derivation without any code of the program."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from annotator.sources.civic.tier import suggested_tiers
from tests.support.civic_items import items_of
from tests.tables.derive_tiers import TABLES, Diseases, Release, best_of, derived

COMMON = ("1909", "8923", "9256", "3908", "1612", "9119", "162")
"""Melanoma, skin melanoma, colorectal cancer, NSCLC, breast cancer, AML and cancer."""

Tiers = dict[tuple[str, str, tuple[str, ...], str], tuple[str, tuple[str, ...], tuple[str, ...]]]
"""Tier, deciding items and items against it, by type, disease, therapies and significance."""


@pytest.fixture(scope="module")
def release(shared_data: Path) -> Release:
    return Release(shared_data / "civic" / "release-2024-08-01")


@pytest.fixture(scope="module")
def diseases(shared_data: Path) -> Diseases:
    return Diseases(shared_data / "disease_ontology")


def test_the_table_of_90_tiers_is_derived_again(release: Release, diseases: Diseases) -> None:
    with (TABLES / "civic_tiers.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) == 90
    for row in rows:
        groups = best_of(derived(release.profiles[row["profile"]], row["disease"], diseases))
        assert groups[0].tier == row["tier"].removeprefix("-"), row
        assert row["evidence"] in {",".join(one.items) for one in groups}, row


def test_all_profiles_have_the_derived_tiers(release: Release, diseases: Diseases, shared_data: Path) -> None:
    folder = shared_data / "civic" / "release-2024-08-01"
    number = Counter[str]()
    for profile, items in release.profiles.items():
        own = [name for name, _ in Counter(one.disease for one in items).most_common(6) if name.isdecimal()]
        for patient in dict.fromkeys((*own, *COMMON)):
            of_program = items_of(folder, {profile: "exact"}, patient)
            keys = {one.disease: one.doid or one.disease for one in of_program}
            found: Tiers = {
                (one.type, keys[one.disease], tuple(sorted(one.therapies)), one.significance): (
                    (one.tier, one.items, one.against) if one.tier else ("", (), ())
                )
                for one in suggested_tiers(of_program)
            }
            again: Tiers = {
                (type_, disease, therapies, significance): (
                    (one.tier, one.items, one.against) if one.tier else ("", (), ())
                )
                for ((type_, disease, (therapies, _)), significance), one in derived(
                    items, patient, diseases
                ).items()
            }
            assert found == again, (profile, patient)
            number.update(tier for tier, _, _ in found.values())
    assert number.total() > 20_000
    assert all(number[tier] > 100 for tier in ("I-A", "I-B", "II-C", "II-D", ""))
