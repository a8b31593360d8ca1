"""Snapshots and annotated files that are compared."""

from __future__ import annotations

from pathlib import Path

from annotator.diff.changes import (
    Change,
)
from tests.conftest import REPOSITORY
from tests.support.inputs import ClinVarEntry

DEMO_CIVIC = REPOSITORY / "test_data" / "demo" / "civic"

ONE_STAR, TWO_STARS = (
    "criteria_provided,_single_submitter",
    "criteria_provided,_multiple_submitters,_no_conflicts",
)
OLD = (
    ClinVarEntry("7", 100, 1, "A", "T", "Uncertain_significance", ONE_STAR),
    ClinVarEntry("7", 200, 2, "A", "T", "Pathogenic", ONE_STAR),
    ClinVarEntry("7", 300, 3, "A", "T", "Benign", ONE_STAR),
    ClinVarEntry("7", 400, 4, "A", "T", "Pathogenic", TWO_STARS),
    ClinVarEntry("13", 32340300, 5, "GT", "G", "Pathogenic", ONE_STAR),
    ClinVarEntry("13", 32340400, 6, "G", "C", "Benign", ONE_STAR),
)
NEW = (
    ClinVarEntry("7", 100, 1, "A", "T", "Likely_pathogenic", ONE_STAR),
    ClinVarEntry("7", 100, 7, "A", "G", "Pathogenic", ONE_STAR),
    ClinVarEntry("7", 200, 2, "A", "T", "Pathogenic", TWO_STARS),
    ClinVarEntry("7", 400, 4, "A", "T", "Benign", TWO_STARS),
    ClinVarEntry("13", 32340300, 5, "GT", "G", "Pathogenic", ONE_STAR),
    ClinVarEntry("13", 32340400, 6, "G", "C", "Benign", ONE_STAR),
    ClinVarEntry("MT", 50, 8, "G", "C", "Benign", ONE_STAR),
)
EXPECTED = [
    ("7:100 A>G", "VCV7", "appeared", "", "Pathogenic (1*)", "worse"),
    ("7:100 A>T", "VCV1", "classification", "Uncertain_significance (1*)", "Likely_pathogenic (1*)", "worse"),
    ("7:200 A>T", "VCV2", "stars", "Pathogenic (1*)", "Pathogenic (2*)", "other"),
    ("7:300 A>T", "VCV3", "vanished", "Benign (1*)", "", "other"),
    ("7:400 A>T", "VCV4", "classification", "Pathogenic (2*)", "Benign (2*)", "better"),
    ("MT:50 G>C", "VCV8", "appeared", "", "Benign (1*)", "other"),
]


def facts(changes: list[Change]) -> list[tuple[str, str, str, str, str, str]]:
    return sorted(
        (one.subject.text, one.subject.id, str(one.kind), one.before, one.after, str(one.direction))
        for one in changes
    )


# CIViC


def changed_civic(folder: Path) -> Path:
    """Write the demo's CIViC with one item raised to level A, one taken out, and one disease renamed."""
    folder.mkdir()
    for path in DEMO_CIVIC.iterdir():
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        if "ClinicalEvidence" in path.name:
            names = rows[0]
            id_, level, disease = (names.index(one) for one in ("evidence_id", "evidence_level", "disease"))
            raised = next(row for row in rows[1:] if row[level] == "B")
            gone = next(row for row in rows[1:] if row[level] == "A")
            renamed = next(row for row in rows[1:] if row not in (raised, gone) and row[disease])
            raised[level] = "A"
            renamed[disease] = f"{renamed[disease]} (renamed)"
            rows.remove(gone)
            CHANGED.update(raised=f"EID{raised[id_]}", gone=f"EID{gone[id_]}")
        (folder / path.name).write_text("".join("\t".join(row) + "\n" for row in rows))
    return folder


CHANGED: dict[str, str] = {}
