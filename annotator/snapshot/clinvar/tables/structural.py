"""The copy-number and structural records of variant_summary, with their ranges of positions.

A row has a Start and a Stop, and its Name may state more:

    NC_000017.11:g.(?_43044295)_(43050000_?)del          uncertain breakpoints; inner ones are known
    NC_000017.11:g.(43040000_43044295)_(43050000_43060000)dup   outer and inner ones
    GRCh37/hg19 22q11.21(chr22:19478208-20168230)x1      of an array, in the assembly that it was submitted in
    NM_007294.4(BRCA1):c.81-10_134+20del                 exact: PositionVCF and the alleles state the bases

The inner breakpoints are used: the bases between them are certainly lost or gained. If PositionVCF is not known, the
breakpoints are not exact, whatever the type of the record is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from operator import itemgetter
from pathlib import Path

import numpy as np

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.runtime.text import whole_number
from annotator.runtime.workers import ordered_map
from annotator.snapshot.clinvar.tables.compounds import (
    SEVERAL,
    Pairs,
    distinct_pairs,
    pairs_of,
    several_alleles,
)
from annotator.snapshot.clinvar.tables.reading import Lines, Mask, RawChunk, TableFile, open_table
from annotator.sources.clinvar.words import cell_value, vcf_words
from annotator.sources.clinvar_sv.layout import SHORTEST, TYPES
from annotator.variants.allele import key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import CopyChange

__all__ = [
    "StructuralPart",
    "StructuralReader",
    "StructuralRecords",
    "StructuralRow",
    "StructuralRows",
    "read_structural",
]

_COLUMNS = (
    "VariationID", "Type", "Name", "ClinicalSignificance", "ReviewStatus", "Assembly", "ChromosomeAccession",
    "Chromosome", "Start", "Stop", "PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF",
)  # fmt: skip
_NO_ASSEMBLY = "na"
_UNCERTAIN = re.compile(r"([^:\s]+):g\.\(([0-9?]+)_([0-9?]+)\)_\(([0-9?]+)_([0-9?]+)\)")
_OF_ARRAY = re.compile(r"(GRCh3[78])/hg[0-9]+ [^(]*\(chr([0-9XYMT]+):([0-9]+)-([0-9]+)\)")


class StructuralRow(NamedTuple):
    """A record and one of its ranges of positions.

    Attributes:
        contig: canonical name.
        start, stop: first and last base, 1-based.
        variation_id: VariationID.
        kind: type, as the VCF would write it.
        classification: germline classification, likewise; None for none.
        review_status: of the germline classification, likewise; None for none.
        is_imprecise: whether the breakpoints are not exact.

    """

    contig: str
    start: int
    stop: int
    variation_id: int
    kind: str
    classification: str | None
    review_status: str | None
    is_imprecise: bool


class StructuralRecords(NamedTuple):
    """The copy-number and structural records of a release.

    Attributes:
        rows: their ranges of positions, in order.
        counts: number of records, and of those that were left out, by reason.

    """

    rows: list[StructuralRow]
    counts: Counter[str]


class StructuralRows:
    """The structural rows of variant_summary, gathered from its chunks."""

    def __init__(self) -> None:
        self._rows: set[StructuralRow] = set()
        self._elsewhere: set[int] = set()
        self._short: set[int] = set()

    def add(self, part: StructuralPart) -> None:
        """Add the rows of a chunk."""
        self._rows.update(part.rows)
        self._elsewhere.update(part.others)
        self._short.update(part.short)

    def records(self, assembly: Assembly, compounds: Iterable[int]) -> StructuralRecords:
        """Return the records, without those of several alleles.

        Args:
            assembly: assembly of the snapshot.
            compounds: VariationIDs that are several alleles.

        """
        found = {row.variation_id for row in self._rows}
        several = found.intersection(compounds)
        rows = sorted(
            (row for row in self._rows if row.variation_id not in several),
            key=lambda row: (*row[:4], row.kind),
        )
        counts = Counter({"records": len(found - several)})
        if several:
            counts[f"left out: {SEVERAL}"] = len(several)
        if absent := len(self._elsewhere - found - self._short):
            counts[f"left out: no position in {assembly}"] = absent
        return StructuralRecords(rows, counts)


class StructuralPart(NamedTuple):
    """The structural rows of a chunk.

    Attributes:
        rows: those with a position in the assembly.
        others: VariationIDs of rows without one.
        short: VariationIDs of rows that are too short to be structural.

    """

    rows: list[StructuralRow]
    others: set[int]
    short: set[int]


class StructuralReader:
    """Reader of the structural rows in chunks of variant_summary.

    Args:
        file: the table.
        assembly: assembly of the snapshot.

    """

    def __init__(self, file: TableFile, assembly: Assembly) -> None:
        self._assembly = assembly
        self._pick = itemgetter(*file.places(_COLUMNS))
        self._type = file.columns["Type"]

    def read(self, lines: Lines) -> StructuralPart:
        """Return the structural rows of a chunk."""
        part = StructuralPart([], set(), set())
        for cells in lines.split(np.flatnonzero(self._are_structural(lines))):
            row = dict(zip(_COLUMNS, self._pick(cells), strict=True))
            variation = whole_number(row["VariationID"])
            if variation is None:
                continue
            found = self._span(row) if row["Assembly"] in {str(self._assembly), _NO_ASSEMBLY} else None
            if found is None:
                part.others.add(variation)
            elif found.is_imprecise or found.stop - found.start + 1 >= SHORTEST:
                part.rows.append(_row(row, variation, found))
            else:
                part.short.add(variation)
        return part

    def _are_structural(self, lines: Lines) -> Mask:
        found: Mask = np.zeros(len(lines), dtype=bool)
        for kind in TYPES:
            found |= lines.are(self._type, kind.replace("_", " "))
        return found

    def _span(self, row: Mapping[str, str]) -> _Span | None:
        """Return the range of a row in the assembly; None if it has none."""
        if row["Assembly"] == _NO_ASSEMBLY:
            return self._of_name(row["Name"])
        contig = self._assembly.contig(
            cell_value(row["ChromosomeAccession"]) or cell_value(row["Chromosome"]) or ""
        )
        if contig is None:
            return self._of_name(row["Name"])
        if (exact := _exact(row, contig)) is not None:
            return exact
        start, stop = whole_number(row["Start"]), whole_number(row["Stop"])
        inner = self._inner(row["Name"], contig)
        if inner is not None:
            start, stop = inner[0] or start, inner[1] or stop
        if not start or not stop or start > stop:
            return self._of_name(row["Name"])
        return self._checked(_Span(contig, start, stop, is_imprecise=True))

    def _inner(self, name: str, contig: str) -> tuple[int | None, int | None] | None:
        """Return the inner breakpoints in a name, if it is of this sequence; None for each that is unknown."""
        found = _UNCERTAIN.match(name)
        if found is None or self._assembly.contig(found[1]) != contig:
            return None
        start, stop = whole_number(found[3]), whole_number(found[4])
        return None if start and stop and start > stop else (start, stop)

    def _of_name(self, name: str) -> _Span | None:
        """Return the range in the name of a record of an array, if it is in the assembly."""
        found = _OF_ARRAY.match(name)
        if found is None or found[1] != str(self._assembly):
            return None
        contig = self._assembly.contig(found[2])
        start, stop = int(found[3]), int(found[4])
        return (
            None
            if contig is None or start > stop
            else self._checked(_Span(contig, start, stop, is_imprecise=True))
        )

    def _checked(self, span: _Span) -> _Span | None:
        """Return a range if it is on its contig."""
        is_on = span.start >= 1 and span.stop <= self._assembly.lengths.get(span.contig, span.stop)
        return span if is_on else None


class _Span(NamedTuple):
    contig: str
    start: int
    stop: int
    is_imprecise: bool


def _exact(row: Mapping[str, str], contig: str) -> _Span | None:
    """Return the range of a deletion or duplication whose bases are known; None if they are not.

    A duplication in its leftmost form is inserted before the bases that it repeats.
    """
    position = whole_number(row["PositionVCF"])
    ref, alt = cell_value(row["ReferenceAlleleVCF"]), cell_value(row["AlternateAlleleVCF"])
    if not position or ref is None or alt is None or unsupported_reason(ref, alt):
        return None
    _, start, deleted, inserted = key_of(contig, position, ref, alt)
    is_loss = TYPES[row["Type"].replace(" ", "_")] is CopyChange.LOSS
    changed, other = (deleted, inserted) if is_loss else (inserted, deleted)
    return None if other else _Span(contig, start, start + len(changed) - 1, is_imprecise=False)


def _row(row: Mapping[str, str], variation: int, span: _Span) -> StructuralRow:
    return StructuralRow(
        *span[:3],
        variation,
        vcf_words(row["Type"]) or "",
        vcf_words(row["ClinicalSignificance"]),
        vcf_words(row["ReviewStatus"]),
        span.is_imprecise,
    )


class _Job(NamedTuple):
    file: TableFile
    assembly: Assembly


class _Part(NamedTuple):
    structural: StructuralPart
    pairs: Pairs


class _Worker:
    """Reader of chunks of variant_summary for its structural rows alone."""

    def __init__(self, job: _Job) -> None:
        self._file = job.file
        self._reader = StructuralReader(job.file, job.assembly)

    def __call__(self, chunk: RawChunk) -> _Part:
        lines = self._file.lines(chunk)
        variations = self._file.numbers(lines, "VariationID", chunk)
        alleles = self._file.numbers(lines, "AlleleID", chunk)
        return _Part(self._reader.read(lines), pairs_of(variations, alleles))


def read_structural(
    path: Path, assembly: Assembly, workers: int = 1, progress: Progress | None = None
) -> StructuralRecords:
    """Read only the copy-number and structural records of variant_summary: the alleles come from ClinVar's VCF.

    Args:
        path: the file.
        assembly: assembly whose rows are read.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the file is invalid, truncated or corrupt.

    """
    gathered, pairs = StructuralRows(), list[Pairs]()
    with open_table(path, progress) as (file, chunks):
        file.places((*_COLUMNS, "AlleleID"))
        for part in ordered_map(_Worker, _Job(file, assembly), chunks, workers):
            gathered.add(part.structural)
            pairs.append(part.pairs)
    return gathered.records(assembly, several_alleles(distinct_pairs(pairs)).tolist())
