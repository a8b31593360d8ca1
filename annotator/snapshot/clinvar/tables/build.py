"""ClinVar's tables as a release: its alleles with their records, or lookup keys for those of its VCF.

    hgvs4variation ───→ lookup keys of insertions and deletions ───────────┐
         └────────────→ genomic expressions ──→┐                           ├─→ ClinVarTable
    variation_allele ─→ IDs of compounds ─────→┴─ variant_summary's rows ──┘
                                                   └─→ copy-number and structural records

Each table is read once, from beginning to end; the order of its rows does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from annotator.runtime.progress import Progress
from annotator.snapshot.clinvar.tables.compounds import ALLELE_TABLE, read_compounds
from annotator.snapshot.clinvar.tables.expressions import (
    HGVS_TABLE,
    Expressions,
    VariationTexts,
    read_expressions,
)
from annotator.snapshot.clinvar.tables.reading import SUFFIXES, find_table
from annotator.snapshot.clinvar.tables.structural import StructuralRecords, read_structural
from annotator.snapshot.clinvar.tables.summary import SUMMARY_TABLE, read_summary
from annotator.sources.clinvar.table import ClinVarTable
from annotator.variants.assembly import Assembly

__all__ = ["add_lookups", "read_clinvar_tables", "table_paths"]


def table_paths(folder: Path, *, lookups_only: bool = False) -> list[Path]:
    """Return the files that are read.

    Args:
        folder: contains the tables, as `<name>.txt.gz` or `<name>.txt`.
        lookups_only: whether the alleles come from ClinVar's VCF: variant_summary is then read if it is there, for the
            copy-number and structural records.

    Raises:
        KnowledgeBaseError: a table is missing.

    """
    if lookups_only:
        has_summary = any((folder / f"{SUMMARY_TABLE}{suffix}").is_file() for suffix in SUFFIXES)
        names = [HGVS_TABLE, SUMMARY_TABLE] if has_summary else [HGVS_TABLE]
    else:
        names = [SUMMARY_TABLE, HGVS_TABLE, ALLELE_TABLE]
    return [find_table(folder, name) for name in names]


def read_clinvar_tables(
    paths: Sequence[Path], assembly: Assembly, workers: int = 1, progress: Progress | None = None
) -> tuple[ClinVarTable, Counter[str], VariationTexts, StructuralRecords]:
    """Read the three tables.

    Args:
        paths: variant_summary, hgvs4variation and variation_allele, as `table_paths` returns them.
        assembly: assembly of the snapshot.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Returns:
        The alleles of the assembly with their records and lookup keys, the counts of `read_summary`, the missense
        changes of `read_expressions`, and the copy-number and structural records.

    Raises:
        KnowledgeBaseError: a file is invalid, truncated or corrupt.

    """
    summary, hgvs, alleles = paths
    table = ClinVarTable()
    compounds = read_compounds(alleles, workers, progress)
    expressions = read_expressions(hgvs, assembly, table, genomic=True, workers=workers, progress=progress)
    counts, structural = read_summary(
        summary,
        assembly,
        table,
        compounds=compounds,
        genomic=expressions.genomic,
        workers=workers,
        progress=progress,
    )
    return table, expressions.counts + counts, expressions.missense, structural


def add_lookups(
    table: ClinVarTable,
    paths: Sequence[Path],
    assembly: Assembly,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Expressions, StructuralRecords | None]:
    """Add the expressions of hgvs4variation as lookup keys to the records of a table.

    Args:
        table: has rows already, or receives them later; they are joined by VariationID.
        paths: hgvs4variation and perhaps variant_summary, as `table_paths` returns them.
        assembly: assembly of the table.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Returns:
        Counts and missense changes, as `read_expressions` returns them, and the copy-number and structural records;
        None without variant_summary.

    Raises:
        KnowledgeBaseError: the file is invalid, truncated or corrupt.

    """
    hgvs, *others = paths
    expressions = read_expressions(hgvs, assembly, table, genomic=False, workers=workers, progress=progress)
    return expressions, read_structural(others[0], assembly, workers, progress) if others else None
