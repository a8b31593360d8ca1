"""Comparison of a snapshot with its source file: counts, and a sample of records at regular intervals."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from annotator import Found, Snapshot

__all__ = ["Check", "check_snapshot"]

_ATTRIBUTES = {
    "ALLELEID": "allele_id",
    "CLNDISDB": "disease_ids",
    "CLNDN": "diseases",
    "CLNHGVS": "hgvs",
    "CLNREVSTAT": "review_status",
    "CLNSIG": "classification",
    "CLNVC": "variant_type",
    "GENEINFO": "genes",
    "MC": "consequences",
    "ORIGIN": "origin",
    "RS": "rsid",
}
"""Attributes of a record by the INFO keys of the workload."""

_LOOKED_UP = 20_000
_ANOTHER = "left out: allele has another record"


class Check(NamedTuple):
    """What was found.

    Attributes:
        records: data lines of the file.
        looked_up: how many of them were looked up.
        wrong: what is not as it should be.

    """

    records: int
    looked_up: int
    wrong: list[str]

    def __str__(self) -> str:
        told = f"{self.records:,} records, of which {self.looked_up:,} were looked up: "
        return told + ("; ".join(self.wrong[:5]) if self.wrong else "all right")


def check_snapshot(path: Path, clinvar: Path, looked_up: int = _LOOKED_UP) -> Check:
    """Check a snapshot that was built from a file of the workload.

    Args:
        path: the snapshot.
        clinvar: the file.
        looked_up: about how many records are looked up.

    """
    snapshot = Snapshot.open(path)
    counts = snapshot.manifest.sources["clinvar"].counts
    step = max(1, counts["records"] // looked_up)
    wrong: list[str] = []
    records = asked = replaced = 0
    for records, line in enumerate(_data_lines(clinvar), 1):
        if records % step:
            continue
        asked += 1
        columns = line.split("\t")
        answer = snapshot.lookup(columns[0], int(columns[1]), columns[3], columns[4])["clinvar"]
        found = answer.record if isinstance(answer, Found) else None
        if found is not None and str(found.variation_id) != columns[2]:
            replaced += 1  # by a better one of the same allele
        elif found is None or any(_differing(found, columns[7])):
            wrong.append(f"{':'.join(columns[:5])}: {found}")
    if replaced > counts.get(_ANOTHER, 0):
        wrong.append(f"{replaced} records are others than in the file")
    left_out = sum(count for words, count in counts.items() if words.startswith("left out"))
    if not counts["records"] == counts["alleles"] + left_out == records:
        wrong.append(f"the manifest counts {counts}")
    return Check(records, asked, wrong)


def _data_lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        yield from (line.rstrip("\n") for line in file if not line.startswith("#"))


def _differing(record: object, info: str) -> Iterator[str]:
    """Give the keys of which a record says something else than INFO."""
    said = dict(item.split("=", 1) for item in info.split(";"))
    for key, attribute in _ATTRIBUTES.items():
        value = getattr(record, attribute)
        if (None if value is None else str(value)) != said.get(key):
            yield key
