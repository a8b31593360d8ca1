"""The report's workbook: the facts of the other views, and names that no spreadsheet converts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import annotator
from annotator.errors import UsageError
from annotator.report.xlsx import MOST_CHARACTERS
from tests.support.inputs import data_lines, info_of, run_annotator
from tests.support.report_views import Page, decoded, sheets_of, table_of
from tests.support.reports import (
    DEMO,
    HOSTILE,
    PATHOGENIC,
    READ_FIELDS,
    demo_snapshot,
    hostile_records,
    line,
    predictive,
    write_annotated,
)

Allele = tuple[str, str, str, str]
CONVERTED = ("1E5", "3-4", "MARCH1", "007", "=1+1", "+1", "-1", "@SUM(1)", "TRUE")
"""Names that spreadsheets read as numbers, dates, formulas or truth values."""


def written(tmp_path: Path, records: Sequence[str], samples: Sequence[str] = ()) -> Path:
    """Write all views of an annotated file, and return the path of the workbook."""
    source = write_annotated(tmp_path / "a.vcf", records, samples=samples)
    views = {name: tmp_path / f"a.{name}" for name in ("html", "json", "tsv", "xlsx")}
    annotator.write_report(source, **views)  # type: ignore[arg-type]
    return views["xlsx"]


def facts_of_info(path: Path) -> dict[Allele, tuple[dict[str, str], int]]:
    """Values and number of CIViC entries of each allele as INFO has them."""
    facts = {}
    for record in data_lines(path.read_bytes()):
        contig, position, _, ref, alts, *_ = record.split("\t")
        info = info_of(record)
        entries = [entry.split("|") for entry in info.get("CIVIC", "").split(",") if entry]
        for number, alt in enumerate(alts.split(",")):
            values = {
                field.id: decoded(info[field.id].split(",")[number])
                for field in READ_FIELDS
                if field.number == "A" and field.id in info and info[field.id].split(",")[number] != "."
            }
            count = sum(one[1] == str(number + 1) for one in entries)
            if values or count:
                facts[contig, position, ref, alt] = (values, count)
    return facts


def test_info_page_json_table_and_workbook_have_the_same_facts(tmp_path: Path) -> None:
    snapshot = demo_snapshot(tmp_path)
    views = ("--report", "t.html", "--tsv", "t.tsv", "--json", "t.json", "--xlsx", "t.xlsx")
    tumour = DEMO / "tumour.GRCh38.vcf"
    ran = run_annotator("annotate", tumour, "-o", "t.vcf", "--snapshot", snapshot, *views, cwd=tmp_path)
    assert ran.status == 0, ran.err
    facts = facts_of_info(tmp_path / "t.vcf")
    ids = {id_ for values, _ in facts.values() for id_ in values}
    assert len(facts) > 40

    page = Page((tmp_path / "t.html").read_text()).data
    assert page == json.loads((tmp_path / "t.json").read_text())["alleles"]
    of_page = {
        (one["contig"], str(one["position"]), one["ref"], one["alt"]): (
            {id_: str(value) for id_, value in one["info"].items()},
            len(one["civic"]),
        )
        for one in page
    }
    assert of_page == facts

    def key_of(row: dict[str, str] | dict[str, str | float]) -> Allele:
        contig, position, ref, alt = (row[name] for name in ("CHROM", "POS", "REF", "ALT"))
        return str(contig), str(int(position)), str(ref), str(alt)

    def values_of(row: dict[str, str] | dict[str, str | float]) -> dict[str, str]:
        texts = {id_: row.get(id_, "") for id_ in ids}
        return {
            id_: f"{text:g}" if isinstance(text, float) else text for id_, text in texts.items() if text != ""
        }

    table = table_of((tmp_path / "t.tsv").read_text())
    sheets = sheets_of(tmp_path / "t.xlsx")
    plain = [{name: decoded(value) for name, value in row.items()} for row in table]
    entries = [key_of(row) for row in plain if row["CIVIC.EntityID"]]
    assert {key_of(row): (values_of(row), entries.count(key_of(row))) for row in plain} == facts
    evidence = sheets["CIViC evidence"].rows
    entries = [key_of(row) for row in evidence]
    assert {
        key_of(row): (values_of(row), entries.count(key_of(row))) for row in sheets["Variants"].rows
    } == facts
    assert len(sheets["Variants"].rows) == len(facts)
    names = [name for name in table[0] if name.startswith("CIVIC.") or name in {"SAYS", "DISEASE_RELATION"}]
    assert [{name: row.get(name, "") for name in names} for row in evidence] == [
        {name: row[name] for name in names} for row in plain if row["CIVIC.EntityID"]
    ]
    shared = set(sheets["Variants"].rows[0]) & set(table[0])
    first = {key_of(row): row for row in reversed(plain)}
    for row in sheets["Variants"].rows:
        for name in shared - {"POS"}:
            found = row.get(name, "")
            wanted = first[key_of(row)][name]
            assert found == (float(wanted) if isinstance(found, float) else wanted), name


def test_names_are_text_cells_and_the_table_keeps_them_exact(tmp_path: Path) -> None:
    records = [
        line(
            140753336 + number,
            {**PATHOGENIC, "GENEINFO": f"{name}:1", "CLNVID": "1"},
            [predictive(1, Gene=name, Variant=name)],
            name=name,
            genotypes=["0/1" if other == number else "0/0" for other in range(len(CONVERTED))],
        )
        for number, name in enumerate(CONVERTED)
    ]
    sheets = sheets_of(written(tmp_path, records, CONVERTED))
    rows = sheets["Variants"].rows
    for column in ("ID", "GENES", "CARRIED_BY"):
        assert [row[column] for row in rows] == list(CONVERTED)
    assert [row["CIVIC.Gene"] for row in sheets["CIViC evidence"].rows] == list(CONVERTED)
    assert {row["CLNVID"] for row in rows} == {"1"}
    assert {(row["POS"], row["CLNSTARS"]) for row in rows[:1]} == {(140753336.0, 3.0)}
    table = table_of((tmp_path / "a.tsv").read_text())
    assert [row["CARRIED_BY"] for row in table][:4] == list(CONVERTED[:4])
    assert [decoded(row["CARRIED_BY"]) for row in table] == list(CONVERTED)


def test_headers_are_frozen_and_columns_have_filters(tmp_path: Path) -> None:
    sheets = sheets_of(written(tmp_path, [line(values=PATHOGENIC, entries=[predictive(1)])]))
    assert list(sheets) == ["Variants", "CIViC evidence", "Columns"]
    for sheet in sheets.values():
        assert sheet.is_frozen
        assert re.fullmatch(f"A1:[A-Z]+{len(sheet.rows) + 1}", sheet.filtered)
    described = {row["Column"] for row in sheets["Columns"].rows}
    assert set(sheets["Variants"].rows[0]) <= described


def test_hostile_and_long_values_stay_text(tmp_path: Path) -> None:
    records = [*hostile_records(), line(140760000, {**PATHOGENIC, "CLNDN": "y" * 40_000}, genotypes=("0/1",))]
    rows = sheets_of(written(tmp_path, records, ("S",)))["Variants"].rows
    assert [row["CLNDN"] for row in rows[:-1]] == [one.replace(" ", "_") for one in HOSTILE]
    cut = str(rows[-1]["CLNDN"])
    assert len(cut) == MOST_CHARACTERS
    assert cut.endswith("(cut; the TSV has all of it)")


def test_the_same_report_is_the_same_workbook(tmp_path: Path) -> None:
    records = [line(values=PATHOGENIC, entries=[predictive(1)])]
    first = written(tmp_path, records).read_bytes()
    assert written(tmp_path, records).read_bytes() == first


def test_without_the_library_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.setattr("annotator.report.xlsx.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="XlsxWriter") as refused:
        written(tmp_path, [line(values=PATHOGENIC)])
    assert "vcf-annotator[xlsx]" in (refused.value.remedy or "")
    assert not list(tmp_path.glob("a.[hjtx]*"))
