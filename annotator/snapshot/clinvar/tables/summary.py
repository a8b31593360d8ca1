"""The alleles and records of variant_summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.runtime.workers import ordered_map
from annotator.snapshot.clinvar.tables.compounds import (
    SEVERAL,
    Compounds,
    distinct_pairs,
    pairs_of,
    several_alleles,
)
from annotator.snapshot.clinvar.tables.expressions import VariationTexts
from annotator.snapshot.clinvar.tables.reading import RawChunk, TableFile, open_table
from annotator.snapshot.clinvar.tables.structural import (
    StructuralPart,
    StructuralReader,
    StructuralRecords,
    StructuralRows,
)
from annotator.sources.clinvar.spellings import ONE_SPELLING, stated_spellings
from annotator.sources.clinvar.table import ClinVarTable
from annotator.sources.clinvar.words import SUMMARY_COLUMNS, cell_value, record_of_summary
from annotator.variants.allele import key_of, unsupported_reason
from annotator.variants.assembly import Assembly

__all__ = ["SUMMARY_TABLE", "read_summary"]

Ids: TypeAlias = NDArray[np.uint32]
Pairs: TypeAlias = NDArray[np.uint64]

SUMMARY_TABLE = "variant_summary"
_PLACE = (
    "Assembly",
    "ChromosomeAccession",
    "Chromosome",
    "PositionVCF",
    "ReferenceAlleleVCF",
    "AlternateAlleleVCF",
)
_NEWER = frozenset(SUMMARY_COLUMNS[-4:])  # of 2024


class _Job(NamedTuple):
    file: TableFile
    assembly: Assembly
    compounds: Compounds
    genomic: VariationTexts


def read_summary(
    path: Path,
    assembly: Assembly,
    table: ClinVarTable,
    *,
    compounds: Compounds,
    genomic: VariationTexts,
    workers: int,
    progress: Progress | None = None,
) -> tuple[Counter[str], StructuralRecords]:
    """Read variant_summary: add the alleles of an assembly, with their records, to a table.

    The allele is that of the columns PositionVCF, ReferenceAlleleVCF and AlternateAlleleVCF, which are left-aligned;
    Start, Stop, ReferenceAllele and AlternateAllele are not. It is on the sequence named by ChromosomeAccession,
    because the Chromosome of an alternate locus is its location in the genome.

    Args:
        path: the file.
        assembly: assembly whose rows are read.
        table: receives the rows.
        compounds: VariationIDs that are not one allele.
        genomic: sorted genomic expressions.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Returns:
        Counts: `records`, the rows of the assembly; how many of them were omitted, by reason; and the number of
        VariationIDs that have no row of the assembly. And the copy-number and structural records.

    Raises:
        KnowledgeBaseError: the file is invalid, truncated or corrupt.

    """
    counts, pairs, structural = Counter[str](), [], StructuralRows()
    here, elsewhere = [], []  # VariationIDs
    with open_table(path, progress) as (file, chunks):
        file.places((*_PLACE, *(name for name in SUMMARY_COLUMNS if name not in _NEWER)))
        job = _Job(file, assembly, compounds, genomic)
        for part in ordered_map(_Reader, job, chunks, workers):
            table.join(part.table)
            structural.add(part.structural)
            counts.update(part.counts)
            pairs.append(part.pairs)
            here.append(part.here)
            elsewhere.append(part.elsewhere)
    several = several_alleles(distinct_pairs(pairs))
    if left_out := table.leave_out(several):
        counts[f"left out: {SEVERAL}"] += left_out
    if absent := np.setdiff1d(np.concatenate(elsewhere), np.concatenate(here)).size:
        counts[f"left out: no row of {assembly}"] = absent
    return counts, structural.records(assembly, [*several.tolist(), *compounds])


class _Part(NamedTuple):
    """Content of a chunk.

    Attributes:
        table: alleles of the assembly.
        counts: rows of the assembly, and omitted ones, by reason.
        pairs: VariationID and AlleleID of all rows, including other assemblies.
        here: VariationIDs of the assembly's rows.
        elsewhere: those of the other rows.
        structural: copy-number and structural records.

    """

    table: ClinVarTable
    counts: Counter[str]
    pairs: Pairs
    here: Ids
    elsewhere: Ids
    structural: StructuralPart


class _Reader:
    """Reader of chunks of variant_summary."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._structural = StructuralReader(job.file, job.assembly)
        self._names = [name for name in (*_PLACE, *SUMMARY_COLUMNS) if name in job.file.columns]
        self._pick = itemgetter(*job.file.places(self._names))
        self._contigs: dict[tuple[str | None, str | None], str | None] = {}

    def __call__(self, chunk: RawChunk) -> _Part:
        table, counts = ClinVarTable(), Counter[str]()
        file = self._job.file
        lines = file.lines(chunk)
        variations = file.numbers(lines, "VariationID", chunk)
        alleles = file.numbers(lines, "AlleleID", chunk)
        positions = file.numbers(lines, "PositionVCF", chunk)
        of_assembly = lines.are(file.columns["Assembly"], self._job.assembly)
        rows = np.flatnonzero(of_assembly & (variations >= 0))
        genomic = self._job.genomic.of_each(variations[rows])
        for cells, position, expressions in zip(
            lines.split(rows), positions[rows].tolist(), genomic, strict=True
        ):
            row = dict(zip(self._names, self._pick(cells), strict=True))
            if reason := self._add(row, position, expressions, table):
                counts[f"left out: {reason}"] += 1
        counts["records"] += int(of_assembly.sum())
        if nameless := int(of_assembly.sum()) - rows.size:
            counts["left out: no VariationID"] += nameless
        return _Part(
            table,
            counts,
            pairs_of(variations, alleles),
            np.unique(variations[rows]).astype(np.uint32),
            np.unique(variations[~of_assembly & (variations >= 0)]).astype(np.uint32),
            self._structural.read(lines),
        )

    def _add(
        self, row: Mapping[str, str], position: int, expressions: Sequence[str], table: ClinVarTable
    ) -> str | None:
        """Add a row's allele to the table, or return why it has none."""
        if kind := self._job.compounds.kind(int(row["VariationID"])):
            return kind
        ref, alt = cell_value(row["ReferenceAlleleVCF"]), cell_value(row["AlternateAlleleVCF"])
        if position < 1 or ref is None or alt is None:
            return "missing"
        if reason := unsupported_reason(ref, alt):
            return reason
        contig = self._contig(cell_value(row["ChromosomeAccession"]), cell_value(row["Chromosome"]))
        if contig is None:
            return "unknown_contig"
        key, hgvs = key_of(contig, position, ref, alt), self._hgvs(contig, expressions)
        spellings = ONE_SPELLING
        if key.is_indel:
            is_leftmost = key.start > position
            spellings = stated_spellings(key, hgvs, self._job.assembly, is_leftmost=is_leftmost)
        table.add(key, record_of_summary(row, hgvs), spellings)
        return None

    def _contig(self, accession: str | None, chromosome: str | None) -> str | None:
        key = accession, chromosome
        if key not in self._contigs:
            name = accession or chromosome
            self._contigs[key] = None if name is None else self._job.assembly.contig(name)
        return self._contigs[key]

    def _hgvs(self, contig: str, expressions: Sequence[str]) -> str | None:
        """Return the expression on the row's own chromosome: a variant in the pseudo-autosomal regions is on two."""
        accession = self._job.assembly.accessions.get(contig)
        return next((text for text in expressions if text.partition(":")[0] == accession), None)
