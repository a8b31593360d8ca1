"""Best suggested tiers of 30 variants for three diseases each, on a real release.

`tests/tables/civic_tiers.tsv` has the tier, the evidence that decides it, and why. The tiers were written down from the
release's evidence before the code was run on them, by the rules in `tier.py`; `-` is no tier. The evidence was added
later and compared with the rows of the release (level, direction, disease, rating and publication). All 90 rows are
derived again from the release and the Disease Ontology by `tests/tables/derive_tiers.py`, without the program.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from annotator.sources.civic.tier import best_tier, suggested_tiers
from tests.conftest import REPOSITORY
from tests.support.civic_items import items_of


def cases() -> list[dict[str, str]]:
    with (REPOSITORY / "tests" / "tables" / "civic_tiers.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


CASES = cases()


def test_the_table_has_30_variants_and_90_tiers() -> None:
    assert (len({case["profile"] for case in CASES}), len(CASES)) == (30, 90)
    assert all(case["reason"] and case["evidence"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['profile']} {case['disease']}")
def test_best_tier(case: dict[str, str], shared_data: Path) -> None:
    release = shared_data / "civic" / "release-2024-08-01"
    tier = case["tier"].removeprefix("-")
    items = items_of(release, {case["profile"]: "exact"}, case["disease"])
    assert items
    suggested = suggested_tiers(items)
    assert best_tier(suggested) == tier
    decided = next(one for one in suggested if one.tier == tier)
    assert (",".join(decided.items), decided.reason) == (case["evidence"], case["reason"])
