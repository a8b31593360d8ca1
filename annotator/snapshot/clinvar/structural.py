"""ClinVar's copy-number and structural records as a store of their own, which is searched by overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from annotator.snapshot.clinvar.tables.structural import StructuralRow
from annotator.sources.clinvar.classification import read_classification
from annotator.sources.clinvar.records import evidence_text
from annotator.sources.clinvar_sv.layout import BENIGN, GAIN, IMPRECISE, TYPES
from annotator.store.writing import TextPool, contig_order, write_store
from annotator.variants.copy_number import CopyChange

__all__ = ["write_structural"]


def write_structural(rows: Sequence[StructuralRow], path: Path) -> None:
    """Write the store.

    Args:
        rows: in any order.
        path: of the store.

    """
    ordered = sorted(rows, key=lambda row: (contig_order(row.contig), *row[1:5]))
    runs, first = [], 0
    for contig, group in groupby(ordered, key=lambda row: row.contig):
        stop = first + sum(1 for _ in group)
        runs.append((contig, first, stop))
        first = stop
    kinds, evidence = TextPool(), TextPool()
    numbers = [
        (
            row.start,
            row.stop,
            row.variation_id,
            _flags(row),
            kinds.add(row.kind),
            evidence.add(evidence_text(row.classification, row.review_status)),
            0,
        )
        for row in ordered
    ]
    table = np.array(numbers, dtype=np.uint32).reshape(len(ordered), 7)
    names = ("start", "stop", "variation_id", "flags", "kind", "evidence", "allele")
    columns: dict[str, Any] = {name: table[:, place] for place, name in enumerate(names)}
    pools: dict[str, Iterable[str]] = {"kind": kinds, "evidence": evidence, "allele": [">"]}
    with path.open("wb") as file:
        write_store(file, runs, columns, pools)


def _flags(row: StructuralRow) -> int:
    is_benign = read_classification(row.classification).is_benign
    return GAIN * (TYPES[row.kind] is CopyChange.GAIN) + BENIGN * is_benign + IMPRECISE * row.is_imprecise
