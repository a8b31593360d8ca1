"""The views of a report, as programs take them apart: the page's tags and data, the table's cells."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from typing import Any

__all__ = ["Page", "decoded", "table_of"]


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
