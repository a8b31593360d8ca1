"""Column names in the `#CHROM` line of a VCF (VCF 4.3, section 1.5)."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.errors import InputError

__all__ = ["FIRST_SAMPLE", "check_columns"]

_MANDATORY_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")

FIRST_SAMPLE = 9
"""0-based column of the first sample."""


def check_columns(content: str, columns: tuple[str, ...], *, path: str, line: int) -> None:
    """Refuse a `#CHROM` line that htslib would refuse.

    Args:
        content: the line, without its line end.
        columns: its columns.
        path: name of the file, for errors.
        line: 1-based number of the line.

    Raises:
        InputError: the line is not a `#CHROM` line, or a column or a sample's name is invalid.

    """
    problem = _column_problem(content, columns)
    if problem is not None:
        what, remedy = problem
        raise InputError(what, path=path, line=line, remedy=remedy)


def _column_problem(content: str, columns: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the fault of the first line that is not a `##` line, and how to fix it; None if it is valid."""
    count = len(_MANDATORY_COLUMNS)
    names = "CHROM POS ID REF ALT QUAL FILTER INFO"
    if not content.startswith("#CHROM"):
        return (
            f"the header has no #CHROM line; found {content[:40]!r} instead",
            "Check that it is a VCF with a complete header",
        )
    if columns[:count] != _MANDATORY_COLUMNS:
        if tuple(content.split())[:count] == _MANDATORY_COLUMNS:
            return "the #CHROM line has spaces instead of tabs", "Separate all columns by single tabs"
        return "the #CHROM line is wrong", f"Its first eight columns must be {names}, separated by tabs"
    if len(columns) > count and columns[count] != "FORMAT":
        return f"the ninth column is {columns[count]!r} instead of FORMAT", "Correct the #CHROM line"
    if len(columns) == FIRST_SAMPLE:
        return "the #CHROM line has FORMAT but no sample", "Remove FORMAT, or add the sample names"
    return _sample_problem(columns[FIRST_SAMPLE:])


def _sample_problem(samples: Sequence[str]) -> tuple[str, str] | None:
    seen: set[str] = set()
    for sample in samples:
        if not sample.strip():
            return (
                "the #CHROM line has a sample without a name",
                "Remove superfluous tabs, or add the sample name",
            )
        if sample in seen:
            return (
                f"the sample name {sample!r} occurs twice",
                "Rename one, for example with bcftools reheader -s",
            )
        seen.add(sample)
    return None
