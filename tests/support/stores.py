"""Stores of invented alleles."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from annotator.store.store import Store
from annotator.store.writing import contig_order, write_store
from annotator.variants.allele import AlleleKey


def written(alleles: Iterable[AlleleKey]) -> bytes:
    """Give a store whose column `number` holds the place of each allele in the order given."""
    rows = sorted(
        enumerate(alleles),
        key=lambda row: (contig_order(row[1].contig), row[1].start, f"{row[1].deleted}>{row[1].inserted}"),
    )
    contigs: dict[str, tuple[int, int]] = {}
    texts: dict[str, int] = {}
    columns: dict[str, list[int]] = {"start": [], "allele": [], "number": []}
    for row, (number, allele) in enumerate(rows):
        first, _ = contigs.get(allele.contig, (row, row))
        contigs[allele.contig] = (first, row + 1)
        columns["start"].append(allele.start)
        columns["allele"].append(texts.setdefault(f"{allele.deleted}>{allele.inserted}", len(texts)))
        columns["number"].append(number)
    file = io.BytesIO()
    write_store(file, [(name, *run) for name, run in contigs.items()], columns, {"allele": texts})
    return file.getvalue()


@contextlib.contextmanager
def opened(data: bytes) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.store")
        path.write_bytes(data)
        yield Store(path)
