"""The HGVS expressions of hgvs4variation: lookup keys of insertions and deletions, and genomic expressions.

The table has about fourteen expressions per variation. An expression with a `>` is a substitution, which is found by
its allele; it is not parsed. All work on a chunk of lines is done by the worker that receives the chunk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.runtime.progress import Progress
from annotator.runtime.workers import ordered_map
from annotator.snapshot.clinvar.tables.reading import Lines, Mask, RawChunk, TableFile, open_table
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.table import ClinVarTable
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import parse_hgvs

__all__ = ["HGVS_TABLE", "GenomicExpressions", "read_expressions"]

Hashes: TypeAlias = NDArray[np.uint64]
Ids: TypeAlias = NDArray[np.uint32]
Integers: TypeAlias = NDArray[np.int64]

HGVS_TABLE = "hgvs4variation"
_COLUMNS = ("VariationID", "Type", "NucleotideExpression")
_TOP_LEVEL = "genomic, top-level"
_SHORTEST = 5  # bytes of an expression: an accession, a colon, `g.1=`


def read_expressions(
    path: Path,
    assembly: Assembly,
    table: ClinVarTable,
    *,
    genomic: bool,
    workers: int,
    progress: Progress | None = None,
) -> tuple[GenomicExpressions, Counter[str]]:
    """Read hgvs4variation: add the lookup keys to a table, and return the genomic expressions.

    Lookup keys are all nucleotide expressions of changes other than substitutions, on any sequence: transcript, gene or
    chromosome. Expressions on the chromosomes of another assembly are omitted.

    Args:
        path: the file.
        assembly: assembly of the table.
        table: receives the lookup keys.
        genomic: whether to return the chromosomal expressions.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Returns:
        The expressions of the table's type `genomic, top-level` on chromosomes of the assembly, and counts.

    Raises:
        KnowledgeBaseError: the file is invalid, truncated or corrupt.

    """
    found, counts = GenomicExpressions(), Counter[str]()
    with open_table(path, progress) as (file, chunks):
        file.places(_COLUMNS)
        for part in ordered_map(_Reader, _Job(file, assembly, genomic), chunks, workers):
            table.add_expressions(part.hashes, part.hash_ids)
            found.add(part.genomic_ids, part.genomic)
            counts["expressions other than of substitutions"] += part.hashes.size
    return found, counts


class GenomicExpressions:
    """Genomic expressions by VariationID; stored as bytes, because there are millions."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ids, bytes]] = []
        self._text = b""
        self._ids: Ids = np.zeros(0, dtype=np.uint32)
        self._starts: Ids = self._ids
        self._stops: Ids = self._ids

    def add(self, ids: Ids, text: bytes) -> None:
        """Add expressions, each with its line end, in the order of their VariationIDs' array."""
        self._parts.append((ids, text))

    def sort(self) -> None:
        """Sort the expressions, after all were added."""
        self._text = b"".join(text for _, text in self._parts)
        ids = np.concatenate([self._ids, *(ids for ids, _ in self._parts)])
        self._parts.clear()
        stops = np.flatnonzero(np.frombuffer(self._text, dtype=np.uint8) == ord("\n")).astype(np.uint32)
        order = np.argsort(ids, kind="stable")
        self._ids, self._stops = ids[order], stops[order]
        self._starts = np.concatenate([self._starts, [0], stops[:-1] + 1]).astype(np.uint32)[: stops.size][
            order
        ]

    def of_each(self, ids: Integers) -> Iterator[list[str]]:
        """Yield the expressions of each of some VariationIDs, in the order of the file."""
        wanted = ids.astype(np.uint32)
        firsts = np.searchsorted(self._ids, wanted, side="left").tolist()
        lasts = np.searchsorted(self._ids, wanted, side="right").tolist()
        for first, last in zip(firsts, lasts, strict=True):
            yield [
                self._text[self._starts[place] : self._stops[place]].decode("utf-8", "surrogateescape")
                for place in range(first, last)
            ]


class _Job(NamedTuple):
    file: TableFile
    assembly: Assembly
    genomic: bool


class _Part(NamedTuple):
    """Content of a chunk: hashes with their VariationIDs, and genomic expressions with theirs."""

    hashes: Hashes
    hash_ids: Ids
    genomic_ids: Ids
    genomic: bytes


class _Reader:
    """Reader of chunks of hgvs4variation."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._chromosomes = {accession.encode() for accession in job.assembly.accessions.values()}
        self._type, self._nucleotide = job.file.places(_COLUMNS[1:])

    def __call__(self, chunk: RawChunk) -> _Part:
        lines = self._job.file.lines(chunk)
        ids = self._job.file.numbers(lines, "VariationID", chunk)
        written = (ids >= 0) & (lines.sizes(self._nucleotide) >= _SHORTEST)
        return _Part(*self._hashed(lines, ids, written), *self._genomic(lines, ids, written))

    def _hashed(self, lines: Lines, ids: Integers, written: Mask) -> tuple[Hashes, Ids]:
        rows = np.flatnonzero(written & ~lines.hold_substitution(self._nucleotide))
        hashes, places = [], []
        for place, text in enumerate(lines.texts(rows, self._nucleotide)):
            if text.startswith(b"NC_") and not self._is_on_chromosome(text):
                continue
            expression = parse_hgvs(text.decode("utf-8", "surrogateescape"))
            if expression is not None:
                hashes.append(expression_hash(expression, self._job.assembly))
                places.append(place)
        return np.array(hashes, dtype=np.uint64), ids[rows[places]].astype(np.uint32)

    def _genomic(self, lines: Lines, ids: Integers, written: Mask) -> tuple[Ids, bytes]:
        if not self._job.genomic:
            return np.zeros(0, dtype=np.uint32), b""
        rows = np.flatnonzero(written & lines.are(self._type, _TOP_LEVEL))
        texts = lines.texts(rows, self._nucleotide)
        places = [place for place, text in enumerate(texts) if self._is_on_chromosome(text)]
        text = b"".join([texts[place] + b"\n" for place in places])
        return ids[rows[places]].astype(np.uint32), text

    def _is_on_chromosome(self, text: bytes) -> bool:
        return text.partition(b":")[0].partition(b"(")[0] in self._chromosomes
