"""Items of a real CIViC release, as tiers are made from them: chosen by their molecular profiles."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from annotator.sources.civic.diseases import DiseaseRelations
from annotator.sources.civic.tier_items import TierItem

Row = dict[str, str]


@lru_cache(1)
def release_rows(folder: Path) -> tuple[list[Row], list[Row]]:
    """Evidence items and assertions of a release folder."""
    found = []
    for pattern in ("*ClinicalEvidenceSummaries.tsv", "*AssertionSummaries.tsv"):
        (path,) = folder.glob(pattern)
        with path.open(encoding="utf-8") as lines:
            found.append(list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)))
    return found[0], found[1]


def items_of(folder: Path, profiles: Mapping[str, str], patient: str) -> list[TierItem]:
    """Items of some profiles for a patient's disease.

    Args:
        folder: of the release.
        profiles: how each profile was matched, by its name.
        patient: key of the disease.

    """
    relations = DiseaseRelations(patient)
    evidence, assertions = release_rows(folder)
    return [
        _item(row, relations, profiles[row["molecular_profile"]])
        for row in (*evidence, *assertions)
        if row["molecular_profile"] in profiles
    ]


def _item(row: Row, relations: DiseaseRelations, match: str) -> TierItem:
    is_evidence = "evidence_id" in row
    return TierItem(
        f"EID{row['evidence_id']}" if is_evidence else f"AID{row['assertion_id']}",
        row.get("evidence_type") or row["assertion_type"],
        row.get("evidence_level", ""),
        row.get("evidence_direction") or row["assertion_direction"],
        row["significance"],
        relations.of(row["doid"], row["disease"]),
        row["molecular_profile"],
        match,
        row["disease"],
        row["doid"],
        tuple(re.split(",(?!4-pyrimidinediamine)", row["therapies"])) if row["therapies"] else (),
        row.get("therapy_interaction_type", ""),
        row.get("variant_origin", ""),
        int(row["rating"]) if row.get("rating") else None,
        source=f"{row['source_type']}:{row['citation_id']}" if is_evidence else "",
        category=row.get("amp_category", ""),
        is_flagged=row["is_flagged"] == "true",
    )
