"""Rows of CIViC releases, and how the tests place them."""

from __future__ import annotations

from annotator.sources.civic.records import CivicVariant
from tests.support.civic_content import PlacedRelease


def variants_by_id(release: PlacedRelease) -> dict[int, CivicVariant]:
    return {variant.id: variant for record in release.records.values() for variant in record.variants}


def evidence_ids(variant: CivicVariant) -> set[int]:
    return {item.id for profile in variant.profiles for item in profile.evidence}
