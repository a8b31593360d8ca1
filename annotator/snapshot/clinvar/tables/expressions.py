"""The HGVS expressions of hgvs4variation: lookup keys of indels, genomic expressions and protein changes.

The table has about fourteen expressions per variation. An expression with a `>` is a substitution, which is found by
its allele; it is not parsed. All work on a chunk of lines is done by the worker that receives the chunk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.runtime.workers import ordered_map
from annotator.snapshot.clinvar.tables.reading import Lines, Mask, RawChunk, TableFile, open_table
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.table import ClinVarTable
from annotator.variants.amino_acids import ONE_LETTER, RESIDUE_LETTERS
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import parse_hgvs

__all__ = ["HGVS_TABLE", "Expressions", "VariationTexts", "read_expressions"]

Hashes: TypeAlias = NDArray[np.uint64]
Ids: TypeAlias = NDArray[np.uint32]
Integers: TypeAlias = NDArray[np.int64]

HGVS_TABLE = "hgvs4variation"
_COLUMNS = ("VariationID", "Type", "NucleotideExpression")
_TOP_LEVEL = "genomic, top-level"
_NAMING = ("UsedForNaming", "ProteinExpression")
_MISSENSE = re.compile(rb"NP_[0-9.]+:p\.\(?([A-Z][a-z]{2})([0-9]{1,6})([A-Z][a-z]{2})\)?")
_CODING = re.compile(rb"(NM_[0-9]+)\.[0-9]+(?:\([^)]*\))?:(c\.[^\s;]+)")
_LETTERS = {three.encode(): one.encode() for three, one in ONE_LETTER.items() if one in RESIDUE_LETTERS}
_SHORTEST = 5  # bytes of an expression: an accession, a colon, `g.1=`


def read_expressions(
    path: Path,
    assembly: Assembly,
    table: ClinVarTable,
    *,
    genomic: bool,
    workers: int,
    progress: Progress | None = None,
) -> Expressions:
    """Read hgvs4variation: add the lookup keys to a table, and return genomic expressions and protein changes.

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
        The expressions of the table's type `genomic, top-level` on chromosomes of the assembly, the missense changes
        of the transcripts that name the variations, and counts.

    Raises:
        KnowledgeBaseError: the file is invalid, truncated or corrupt.

    """
    found, named, counts = VariationTexts(), VariationTexts(), Counter[str]()
    with open_table(path, progress) as (file, chunks):
        file.places(_COLUMNS)
        for part in ordered_map(_Reader, _Job(file, assembly, genomic), chunks, workers):
            table.add_expressions(part.hashes, part.hash_ids)
            found.add(part.genomic_ids, part.genomic)
            named.add(part.missense_ids, part.missense)
            counts["expressions other than of substitutions"] += part.hashes.size
    found.sort()
    named.sort()
    return Expressions(found, named, counts)


class Expressions(NamedTuple):
    """Content of hgvs4variation.

    Attributes:
        genomic: expressions on chromosomes of the assembly.
        missense: protein changes on the transcripts that name the variations, each as tab-separated transcript,
            nucleotide change, residue, its number, and new residue: `NM_000546 c.524G>A R 175 H`.
        counts: number of expressions that were read, by kind.

    """

    genomic: VariationTexts
    missense: VariationTexts
    counts: Counter[str]


class VariationTexts:
    """Texts by VariationID; stored as bytes, because there are millions."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ids, bytes]] = []
        self._text = b""
        self._ids: Ids = np.zeros(0, dtype=np.uint32)
        self._starts: Ids = self._ids
        self._stops: Ids = self._ids

    def add(self, ids: Ids, text: bytes) -> None:
        """Add texts, each with its line end, in the order of their VariationIDs' array."""
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

    @property
    def ids(self) -> Ids:
        """VariationIDs of the texts, sorted."""
        return self._ids

    def of_each(self, ids: Integers) -> Iterator[list[str]]:
        """Yield the texts of each of some VariationIDs, in the order of the file."""
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
    """Content of a chunk: hashes, genomic expressions and missense changes, each with their VariationIDs."""

    hashes: Hashes
    hash_ids: Ids
    genomic_ids: Ids
    genomic: bytes
    missense_ids: Ids
    missense: bytes


class _Reader:
    """Reader of chunks of hgvs4variation."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._chromosomes = {accession.encode() for accession in job.assembly.accessions.values()}
        self._type, self._nucleotide = job.file.places(_COLUMNS[1:])
        columns = job.file.columns
        self._naming = [columns[name] for name in _NAMING] if columns.keys() >= set(_NAMING) else []

    def __call__(self, chunk: RawChunk) -> _Part:
        lines = self._job.file.lines(chunk)
        ids = self._job.file.numbers(lines, "VariationID", chunk)
        written = (ids >= 0) & (lines.sizes(self._nucleotide) >= _SHORTEST)
        return _Part(
            *self._hashed(lines, ids, written),
            *self._genomic(lines, ids, written),
            *self._missense(lines, ids, written),
        )

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

    def _missense(self, lines: Lines, ids: Integers, written: Mask) -> tuple[Ids, bytes]:
        """Return the missense changes of the transcripts that name variations, if the table marks these."""
        if not self._naming:
            return np.zeros(0, dtype=np.uint32), b""
        used, protein = self._naming
        rows = np.flatnonzero(written & lines.are(used, "Yes") & (lines.sizes(protein) >= _SHORTEST))
        found, places = [], []
        pairs = zip(lines.texts(rows, self._nucleotide), lines.texts(rows, protein), strict=True)
        for place, (nucleotide, change) in enumerate(pairs):
            coding, missense = _CODING.fullmatch(nucleotide), _MISSENSE.fullmatch(change)
            if coding is None or missense is None:
                continue
            old, new = (_LETTERS.get(residue, b"") for residue in (missense[1], missense[3]))
            if old and new and missense[2] != b"1":
                found.append(b"\t".join((coding[1], coding[2], old, missense[2], new)) + b"\n")
                places.append(place)
        return ids[rows[places]].astype(np.uint32), b"".join(found)

    def _is_on_chromosome(self, text: bytes) -> bool:
        return text.partition(b":")[0].partition(b"(")[0] in self._chromosomes
