"""The report as an Excel workbook, with sheets of variants, CIViC evidence, ClinVar's neighbours, and service entries.

Cells are written as text, so that no program converts a name such as MARCH1, 1E5 or 3-4 to a date or a number. Only
positions, reads, allele fractions, stars and numbers of the user's own files are numbers. Values are those of the TSV
without its percent-encoding.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from annotator.errors import UsageError
from annotator.info import decode_text
from annotator.report.neighbours import neighbours_of
from annotator.report.tsv import Column, allele_cells, cell, entry_cells, tsv_columns

if TYPE_CHECKING:
    from annotator.report.model import ReportModel

__all__ = ["MOST_CHARACTERS", "check_xlsx", "xlsx_pieces"]

MOST_CHARACTERS = 32_767
"""Maximum number of characters in a cell of a workbook."""

_MOST_ROWS = 1_048_576  # of a sheet, with its header
_CUT = "\u2026 (cut; the TSV has all of it)"
_NUMBERS = frozenset(
    {"POS", "DEPTH", "REF_READS", "ALT_READS", "VAF", "CLNSTARS", "ONCSTARS", "SCISTARS", "RECORD_STARS"}
)
_PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_KEYS = ("CHROM", "POS", "REF", "ALT", "NAME")
_OF_ENTRY = ("SAYS", "DISEASE_RELATION")
_STATEMENT = Column("STATEMENT", "Statement of the evidence item or summary of the assertion in CIViC")
_RESIDUE = "Same residue"
_NEIGHBOUR = (
    Column(
        "RELATION",
        "Relation of the ClinVar record to the allele: same protein change, or other change at the residue",
    ),
    Column("VARIATION_ID", "VariationID of the ClinVar record at the same residue"),
    Column(
        "RECORD_CHANGE",
        "Protein change of the ClinVar record; effects on a splice site or initiator codon follow in parentheses",
    ),
    Column(
        "RECORD_CLASSIFICATION", "Germline classification of the ClinVar record, not of the allele itself"
    ),
    Column("RECORD_STARS", "Review stars of the classification of the ClinVar record, 0 to 4"),
    Column("RECORD_NUCLEOTIDE", "Nucleotide change of the ClinVar record"),
)
_VARIANTS, _CIVIC, _COLUMNS = "Variants", "CIVIC", "Columns"
_TITLE = re.compile("[A-Za-z0-9_]{1,31}")
# fixed, so that equal reports produce equal bytes
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def check_xlsx() -> None:
    """Refuse to write a workbook if the library is missing.

    Raises:
        UsageError: XlsxWriter is not installed.

    """
    if find_spec("xlsxwriter") is None:
        raise UsageError(
            "an Excel workbook needs the Python package XlsxWriter, which is not installed",
            remedy="Install it with: pip install 'vcf-annotator[xlsx]'",
        )


def xlsx_pieces(report: ReportModel) -> Iterator[bytes]:
    """Yield the workbook in pieces.

    Args:
        report: the report to show.

    Raises:
        UsageError: a sheet would have more rows than a workbook can hold, or XlsxWriter is not installed.

    """
    check_xlsx()
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"constant_memory": True})
    book.set_properties({"title": "Annotation report", "created": _CREATED})
    own = (id_ for id_, one in report.custom_fields.items() if one.type in {"Integer", "Float"})
    numbers = _NUMBERS.union(own)
    sheets = {
        field: _Sheet(book, _title(field, number), columns, numbers)
        for number, (field, columns) in enumerate(_layout(report).items(), start=1)
    }
    for allele in report.alleles:
        cells = allele_cells(allele, report)
        sheets[_VARIANTS].add(cells)
        if _RESIDUE in sheets:
            for one in neighbours_of(allele):
                parts = ("" if part is None else cell(str(part)) for part in one)
                columns = (column.name for column in _NEIGHBOUR)
                sheets[_RESIDUE].add({**cells, **dict(zip(columns, parts, strict=True))})
        texts = (report.statements.get(entry.id, "") for entry in allele.evidence)
        for field, entry in entry_cells(allele, report.disease):
            stated = {_STATEMENT.name: cell(next(texts))} if field == _CIVIC else {}
            sheets[field].add({**cells, **entry, **stated})
    added = [*([_STATEMENT] if report.statements else []), *(_NEIGHBOUR if _RESIDUE in sheets else ())]
    for column in (*tsv_columns(report), *added):
        sheets[_COLUMNS].add({"Column": column.name, "Description": column.description})
    for sheet in sheets.values():
        sheet.finish()
    book.close()
    yield written.getvalue()


def _layout(report: ReportModel) -> dict[str, list[str]]:
    """Return the columns of each sheet, by the id of the INFO field of its entries or by its title."""
    of_part = {
        f"{field.id}.{part}": field.id for field in report.joined_fields.values() for part in field.parts
    }
    sheets: dict[str, list[str]] = {_VARIANTS: [], _CIVIC: [*_KEYS, *_OF_ENTRY]}
    for name in (column.name for column in tsv_columns(report)):
        field = _CIVIC if name.startswith(f"{_CIVIC}.") else of_part.get(name)
        if field is not None:
            sheets.setdefault(field, list(_KEYS)).append(name)
        elif name not in _OF_ENTRY:
            sheets[_VARIANTS].append(name)
    if report.statements:
        sheets[_CIVIC].append(_STATEMENT.name)
    if "clinvar_protein" in report.knowledge_bases:
        of_allele = (*_KEYS, "CLNSIG", "CLNSTARS", "CLN_PROTEIN")
        sheets[_RESIDUE] = [*of_allele, *(column.name for column in _NEIGHBOUR)]
    return {**sheets, _COLUMNS: ["Column", "Description"]}


def _title(field: str, number: int) -> str:
    """Return a title that a workbook allows."""
    if field == _CIVIC:
        return "CIViC evidence"
    if field == _RESIDUE:
        return field
    return field if _TITLE.fullmatch(field) else f"Entries {number}"


class _Sheet:
    """A sheet whose rows are written one after the other."""

    def __init__(self, book: Any, name: str, columns: list[str], numbers: Set[str]) -> None:
        self._name = name
        self._numbers = numbers
        self._columns = columns
        self._rows = 0
        self._sheet = book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        # Spreadsheets mark digits stored as text, which is intended here.
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_MOST_ROWS}"})
        bold = book.add_format({"bold": True})
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, min(max(len(column) + 4, 10), 30))
            self._sheet.write_string(0, number, column, bold)

    def add(self, cells: Mapping[str, str]) -> None:
        """Add a row; cells without a value remain empty."""
        self._rows += 1
        if self._rows >= _MOST_ROWS:
            raise UsageError(
                f"the sheet {self._name!r} would have more rows than an Excel workbook can hold",
                remedy="Use --tsv instead of --xlsx",
            )
        for number, column in enumerate(self._columns):
            text = cells.get(column, "")
            if not text:
                continue
            value = float(text) if column in self._numbers and _PLAIN.fullmatch(text) else math.inf
            if math.isfinite(value):
                self._sheet.write_number(self._rows, number, value)
            else:
                self._sheet.write_string(self._rows, number, _plain(text))

    def finish(self) -> None:
        """Add the filter, which requires the number of rows."""
        self._sheet.autofilter(0, 0, self._rows, len(self._columns) - 1)


def _plain(cell: str) -> str:
    """Return the text of a cell of the table without percent-encoding, as long as a workbook allows."""
    text = decode_text(cell) if "%" in cell else cell
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - len(_CUT)] + _CUT
