"""ClinVar's tables as a release: its alleles with their records, or look-ups for those of its VCF.

    hgvs4variation ───→ look-ups of insertions and deletions ──────────────┐
         └────────────→ genomic expressions ──→┐                           ├─→ ClinVarTable
    variation_allele ─→ what is no allele ────→┴─ variant_summary's rows ──┘

Each table is read once, from beginning to end, in whatever order its rows are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from annotator.runtime.progress import Progress
from annotator.snapshot.clinvar.tables.compounds import ALLELE_TABLE, read_compounds
from annotator.snapshot.clinvar.tables.expressions import HGVS_TABLE, read_expressions
from annotator.snapshot.clinvar.tables.reading import find_table
from annotator.snapshot.clinvar.tables.summary import SUMMARY_TABLE, read_summary
from annotator.sources.clinvar.table import ClinVarTable
from annotator.variants.assembly import Assembly

__all__ = ["add_lookups", "read_clinvar_tables", "table_paths"]


def table_paths(folder: Path, *, lookups_only: bool = False) -> list[Path]:
    """Files that are read.

    Args:
        folder: where the tables are, as `<name>.txt.gz` or `<name>.txt`.
        lookups_only: whether the alleles come from elsewhere.

    Raises:
        KnowledgeBaseError: one is missing.

    """
    names = [HGVS_TABLE] if lookups_only else [SUMMARY_TABLE, HGVS_TABLE, ALLELE_TABLE]
    return [find_table(folder, name) for name in names]


def read_clinvar_tables(
    paths: Sequence[Path], assembly: Assembly, workers: int = 1, progress: Progress | None = None
) -> tuple[ClinVarTable, Counter[str]]:
    """Read the three tables.

    Args:
        paths: variant_summary, hgvs4variation and variation_allele, as `table_paths` gives them.
        assembly: what the snapshot is of.
        workers: number of processes; the result is the same.
        progress: called with the bytes read.

    Returns:
        The alleles of the assembly with their records and look-ups, and counts as `read_summary` gives them.

    Raises:
        KnowledgeBaseError: a file is not what it should be, cut off or corrupt.

    """
    summary, hgvs, alleles = paths
    table = ClinVarTable()
    compounds = read_compounds(alleles, workers, progress)
    genomic, counts = read_expressions(
        hgvs, assembly, table, genomic=True, workers=workers, progress=progress
    )
    genomic.sort()
    counts += read_summary(
        summary, assembly, table, compounds=compounds, genomic=genomic, workers=workers, progress=progress
    )
    return table, counts


def add_lookups(
    table: ClinVarTable,
    paths: Sequence[Path],
    assembly: Assembly,
    workers: int = 1,
    progress: Progress | None = None,
) -> Counter[str]:
    """Let the records of a table be looked up by the expressions of hgvs4variation.

    Args:
        table: has rows already, or gets them later; VariationIDs bring them together.
        paths: hgvs4variation, as `table_paths` gives it.
        assembly: of the table.
        workers: number of processes; the result is the same.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the file is not what it should be, cut off or corrupt.

    """
    (hgvs,) = paths
    return read_expressions(hgvs, assembly, table, genomic=False, workers=workers, progress=progress)[1]
