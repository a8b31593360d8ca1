"""The rows of the report's table as Python values, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from annotator.errors import UsageError
from annotator.info import decode_text
from annotator.report.json_ import INTEGERS
from annotator.report.tsv import allele_cells, entry_cells, tsv_columns
from annotator.runtime.text import counted

if TYPE_CHECKING:
    import pandas
    import polars

    from annotator.report.model import ReportModel

__all__ = ["ReportTable", "Value", "table_of"]

Value: TypeAlias = str | int | float | list[str | None] | list[int | None] | list[float | None] | None
"""Value of a column in one row; None if the file contains none."""

Kinds: TypeAlias = Mapping[str, "type[int] | type[float]"]
"""Types of the columns that are numbers."""

_LISTS: Mapping[str, Callable[[str], str | int | float]] = {
    "GENES": decode_text,
    "CARRIED_BY": decode_text,
    "GENOTYPE": decode_text,
    "DEPTH": int,
    "REF_READS": int,
    "ALT_READS": int,
    "VAF": float,
    "VAF_BASIS": decode_text,
    "CALL_FILTER": decode_text,
    "CIVIC.Therapies": decode_text,
}
"""Columns with several values per row, and how each of these is read."""


class ReportTable:
    """Table of a report: one row per allele and entry of CIViC or of a service, and one for an allele without entries.

    Columns and order of rows are those of `annotator report --tsv`, without percent-encoding. POS, identifiers
    in ClinVar and stars are integers, and so are Integer fields of the user's own files; their Float fields are floats.
    GENES, CARRIED_BY and the columns of its samples, and CIVIC.Therapies are lists.

    Attributes:
        columns: names of the columns.
        descriptions: description of each column.

    """

    def __init__(self, descriptions: Mapping[str, str], rows: list[dict[str, Value]], kinds: Kinds) -> None:
        self.descriptions = descriptions
        self._kinds = kinds
        self.columns = tuple(descriptions)
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Value]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<ReportTable: {counted(len(self), 'row')}, {counted(len(self.columns), 'column')}>"

    def rows(self) -> list[dict[str, Value]]:
        """Return the rows; each has every column."""
        return list(self._rows)

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas DataFrame. Columns of integers have the dtype Int64, which has missing values.

        Raises:
            UsageError: pandas is not installed.

        """
        frames = _library("pandas")
        types = {int: "Int64", float: "float64"}
        numbers = {name: types[self._kinds[name]] for name in self.columns if name in self._kinds}
        return frames.DataFrame(self._rows, columns=list(self.columns), dtype=object).astype(numbers)

    def to_polars(self) -> polars.DataFrame:
        """Return a polars DataFrame.

        Raises:
            UsageError: polars is not installed.

        """
        frames = _library("polars")
        kinds: dict[Any, Any] = {int: frames.Int64, float: frames.Float64}

        def kind_of(name: str) -> Any:
            if name in _LISTS:
                return frames.List(kinds.get(_LISTS[name], frames.String))
            return kinds[self._kinds[name]] if name in self._kinds else frames.String

        schema = {name: kind_of(name) for name in self.columns}
        frame: polars.DataFrame = frames.DataFrame(self._rows, schema=schema)
        return frame


def table_of(report: ReportModel) -> ReportTable:
    """Return the table of a report."""
    descriptions = {column.name: column.description for column in tsv_columns(report)}
    types: dict[str, type[int] | type[float]] = {"Integer": int, "Float": float}
    own = {id_: types[one.type] for id_, one in report.custom_fields.items() if one.type in types}
    kinds: Kinds = {**dict.fromkeys(("POS", *INTEGERS), int), **own}
    return ReportTable(descriptions, list(_rows(report, list(descriptions), kinds)), kinds)


def _rows(report: ReportModel, columns: list[str], kinds: Kinds) -> Iterator[dict[str, Value]]:
    for allele in report.alleles:
        common = allele_cells(allele, report)
        for entry in [one for _, one in entry_cells(allele, report.disease)] or [{}]:
            yield {
                name: _value(name, entry.get(name) or common.get(name, ""), kinds.get(name))
                for name in columns
            }


def _value(column: str, cell: str, kind: type[int] | type[float] | None) -> Value:
    """Return the value of a cell of the TSV; None for one that is not of the column's type."""
    if column in _LISTS:
        read = _LISTS[column]
        found: list[Any] = [read(one) if one else None for one in cell.split("&")] if cell else []
        return found
    if not cell:
        return None
    if kind is None:
        return decode_text(cell)
    try:
        return kind(decode_text(cell))
    except ValueError:
        return None


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise UsageError(
            f"the Python package {name} is required but not installed",
            remedy=f"Install it with: pip install {name}",
        ) from error
