"""The report's table as Python values: what the TSV holds, with types and without percent-encoding."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import annotator
from annotator.info import decode_text
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "test_data" / "demo"
LISTS = {
    "GENES", "CARRIED_BY", "GENOTYPE", "DEPTH", "REF_READS", "ALT_READS", "VAF", "VAF_BASIS", "CALL_FILTER",
    "CIVIC.Therapies",
}  # fmt: skip
INTEGERS = {"POS", "CLNVID", "ALLELEID", "CLNSTARS", "ONCSTARS", "SCISTARS"}


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    snapshot = folder / "snapshot"
    annotator.build_snapshot(snapshot, "GRCh38", clinvar=DEMO / "clinvar.GRCh38.vcf", civic=DEMO / "civic")
    annotator.annotate(DEMO / "tumour.GRCh38.vcf", folder / "a.vcf", snapshot=snapshot, disease="melanoma")
    return folder / "a.vcf"


def test_it_has_the_rows_of_the_tsv(annotated: Path, tmp_path: Path) -> None:
    annotator.write_report(annotated, tsv=tmp_path / "report.tsv")
    names, *lines = [line.split("\t") for line in (tmp_path / "report.tsv").read_text().splitlines()]
    table = annotator.report_table(annotated)
    assert table.columns == tuple(names)
    assert len(table) == len(lines) == len(table.rows()) == len(list(table)) > 100
    for row, cells in zip(table.rows(), lines, strict=True):
        assert tuple(row) == table.columns
        for (name, value), cell in zip(row.items(), cells, strict=True):
            if name in LISTS:
                assert isinstance(value, list)
                shown = ["" if one is None else str(one) for one in value]
                assert [decode_text(one) for one in cell.split("&") if cell] == shown or name == "VAF"
            elif not cell:
                assert value is None
            else:
                assert type(value) is (int if name in INTEGERS else str), name
                assert str(value) == decode_text(cell)


def test_a_row_has_typed_values(annotated: Path) -> None:
    rows = annotator.report_table(annotated).rows()
    first = next(row for row in rows if row["NAME"] == "NRAS Q61R")
    assert first["POS"] == 114713908
    assert (first["GENES"], first["CARRIED_BY"]) == (["NRAS"], ["TUMOUR"])
    assert first["VAF"] == [0.1007]
    assert all(isinstance(depth, int) for depth in first["DEPTH"] or ())  # type: ignore[union-attr]


def test_pandas_keeps_integers_with_missing_values(annotated: Path) -> None:
    table = annotator.report_table(annotated)
    frame = table.to_pandas()
    assert list(frame.columns) == list(table.columns)
    assert {name for name in table.columns if str(frame[name].dtype) == "Int64"} == INTEGERS
    assert frame["CLNSTARS"].isna().any()
    assert len(frame.explode(["CARRIED_BY", "VAF"])) > len(table)


def test_polars_has_lists(annotated: Path) -> None:
    import polars

    table = annotator.report_table(annotated)
    frame = table.to_polars()
    assert frame.schema["POS"] == polars.Int64
    assert frame.schema["CARRIED_BY"] == polars.List(polars.String)
    assert frame.schema["DEPTH"] == polars.List(polars.Int64)
    assert frame.schema["VAF"] == polars.List(polars.Float64)
    assert frame.rows(named=True) == table.rows()


def test_a_table_without_rows_has_columns(tmp_path: Path, annotated: Path) -> None:
    header = [line for line in annotated.read_text().splitlines(keepends=True) if line.startswith("#")]
    (tmp_path / "empty.vcf").write_text("".join(header))
    table = annotator.report_table(tmp_path / "empty.vcf")
    assert len(table) == 0
    assert tuple(table.to_pandas().columns) == tuple(table.to_polars().columns) == table.columns


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_library_is_named(annotated: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    table = annotator.report_table(annotated)
    with pytest.raises(annotator.AnnotatorError) as raised:
        getattr(table, f"to_{name}")()
    assert str(raised.value) == (
        f"the Python package {name} is required but not installed. Install it with: pip install {name}."
    )


def test_a_single_name_is_no_list_of_samples(annotated: Path) -> None:
    with pytest.raises(annotator.AnnotatorError, match="tumours='TUMOUR'"):
        annotator.report_table(annotated, tumours="TUMOUR")
