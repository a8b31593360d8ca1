"""The views of a report, as programs take them apart: the page's tags and data, the table's cells."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

__all__ = ["Page", "Sheet", "decoded", "sheets_of", "table_of"]


def decoded(text: str) -> str:
    """Undo the percent-encoding, by other means than the program's."""
    return re.sub(
        "((?:%[0-9A-F]{2})+)", lambda found: bytes.fromhex(found[1].replace("%", "")).decode(), text
    )


def table_of(text: str) -> list[dict[str, str]]:
    """Rows of a table by the names of its columns."""
    # Not the csv module's quoting: a quote is a character as any other here.
    lines = text.removesuffix("\n").split("\n")
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


class Page(HTMLParser):
    """The page as a browser takes it apart: tags, links, texts of cells and the data."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.rows: list[str] = []
        self._script: str | None = None
        self.scripts: dict[str, str] = {}
        self.feed(text)
        self.close()
        self.data: list[dict[str, Any]] = json.loads(self.scripts["data"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag == "script":
            self._script = dict(attrs).get("id") or "program"
            self.scripts[self._script] = ""
        if tag == "tr" and "data-n" in dict(attrs):
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts[self._script] += data
        elif self.rows:
            self.rows[-1] += data

    @property
    def links(self) -> list[str]:
        return [value for key, value in self.attributes if key in {"href", "src"}]


_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Sheet(NamedTuple):
    """A sheet of a workbook: its rows by the names of its columns, and what a spreadsheet does with it."""

    rows: list[dict[str, str | float]]
    is_frozen: bool
    filtered: str


def sheets_of(path: Path) -> dict[str, Sheet]:
    """Sheets of a workbook by their titles; text cells as text, number cells as numbers."""
    with zipfile.ZipFile(path) as book:  # written by the program, so its XML needs no caution
        listed = _tree(book, "xl/workbook.xml").iter(f"{_SHEET}sheet")
        names = {one.attrib[_RELATION].removeprefix("rId"): one.attrib["name"] for one in listed}
        return {
            name: _sheet(_tree(book, f"xl/worksheets/sheet{number}.xml")) for number, name in names.items()
        }


def _tree(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(name))  # noqa: S314


def _sheet(tree: ElementTree.Element) -> Sheet:
    head, *lines = [
        {re.sub("[0-9]", "", cell.attrib["r"]): _cell(cell) for cell in row}
        for row in tree.iter(f"{_SHEET}row")
    ]
    rows = [{str(head[place]): value for place, value in line.items()} for line in lines]
    pane, filtered = tree.find(f".//{_SHEET}pane"), tree.find(f"{_SHEET}autoFilter")
    is_frozen = pane is not None and pane.attrib["state"] == "frozen" and pane.attrib["ySplit"] == "1"
    return Sheet(rows, is_frozen, "" if filtered is None else filtered.attrib["ref"])


def _cell(cell: ElementTree.Element) -> str | float:
    if cell.attrib.get("t") == "inlineStr":
        text = "".join(one.text or "" for one in cell.iter(f"{_SHEET}t"))
        return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
    value = cell.find(f"{_SHEET}v")
    assert cell.attrib.get("t", "n") == "n" and value is not None and cell.find(f"{_SHEET}f") is None
    return float(value.text or "")
