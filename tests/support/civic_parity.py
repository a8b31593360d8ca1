"""Comparing two accounts of CIViC's knowledge base field by field, whatever the order of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from annotator.sources.civic.knowledge import Knowledge
from annotator.variants.assembly import Assembly
from tests.support.inputs import write_vcf

__all__ = ["TABLES", "alleles_as_vcf", "differing_fields", "only_in_one"]

TABLES = ("variants", "profiles", "evidence", "assertions")


def only_in_one(first: Knowledge, second: Knowledge) -> dict[str, tuple[set[int], set[int]]]:
    """Give the numbers that one of them lacks: those of the first only, those of the second only."""
    return {
        table: (
            set(getattr(first, table)) - set(getattr(second, table)),
            set(getattr(second, table)) - set(getattr(first, table)),
        )
        for table in TABLES
    }


def differing_fields(
    first: Knowledge, second: Knowledge, forgiven: Mapping[str, Callable[[Any], Any]] | None = None
) -> Counter[str]:
    """Count the fields that differ in what both have, such as `evidence.rating`.

    Args:
        first, second: the accounts.
        forgiven: by field, what is compared in its place.

    """
    found: Counter[str] = Counter()
    compared = 0
    for table in TABLES:
        mine, theirs = getattr(first, table), getattr(second, table)
        for number in set(mine) & set(theirs):
            for one in fields(mine[number]):
                name = f"{table}.{one.name}"
                made = (forgiven or {}).get(name, _unordered)
                compared += 1
                found[name] += made(getattr(mine[number], one.name)) != made(
                    getattr(theirs[number], one.name)
                )
    assert compared
    return +found


def _unordered(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, tuple) else value


def alleles_as_vcf(knowledge: Knowledge, path: Path) -> Path:
    """Write a record for each variant of GRCh37 with bases; an indel gets an anchor that differs from its last base."""
    records = []
    for variant in knowledge.variants.values():
        place = variant.coordinates
        if place is None or place.build != "GRCh37" or not place.contig or not (place.ref or place.alt):
            continue
        assert place.start is not None
        start = place.start if place.ref and place.alt else place.start - bool(place.ref)
        anchor = "" if place.ref and place.alt else "C" if (place.ref or place.alt).endswith("A") else "A"
        if set(place.ref + place.alt) <= set("ACGT"):
            records.append((place.contig, start, f"{anchor}{place.ref}", f"{anchor}{place.alt}"))
    contigs = list(dict.fromkeys(record[0] for record in records))
    text = [f"{contig}\t{start}\t.\t{ref}\t{alt}\t.\t.\t." for contig, start, ref, alt in sorted(records)]
    return write_vcf(path, text, assembly=Assembly.GRCH37, contigs=contigs)
