"""ClinVar's tables are read whatever their compression, columns and line ends, and damage is named with its line."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.errors import KnowledgeBaseError
from annotator.snapshot.clinvar.tables.compounds import distinct_pairs, pairs_of, several_alleles
from annotator.snapshot.clinvar.tables.reading import Lines
from tests.bench.clinvar_tables_like import write_tables_like
from tests.support.clinvar_tables import SUMMARY_COLUMNS
from tests.support.inputs import bgzip
from tests.support.small_clinvar_tables import (
    BRAF,
    DELETION,
    DELETION_ROWS,
    NEEDED,
    build,
    hgvs_row,
    key,
    summary_row,
    write_small,
)

# Reading


def as_gzip(text: bytes) -> bytes:
    return gzip.compress(text, 1)


def as_members(text: bytes) -> bytes:
    """Give several gzip members, cut within lines."""
    return b"".join(gzip.compress(text[start : start + 100], 1) for start in range(0, len(text), 100))


FORMS: dict[str, Callable[[bytes], bytes]] = {"gzip": as_gzip, "members": as_members, "bgzf": bgzip}


def packed(folder: Path, pack: Callable[[bytes], bytes]) -> Path:
    for path in folder.glob("*.txt"):
        path.with_suffix(".txt.gz").write_bytes(pack(path.read_bytes()))
        path.unlink()
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_a_table_may_be_compressed(tmp_path: Path, form: str) -> None:
    plain = build(write_small(tmp_path / "plain", [BRAF, DELETION], DELETION_ROWS))
    folder = packed(write_small(tmp_path / form, [BRAF, DELETION], DELETION_ROWS), FORMS[form])
    built = build(folder)
    assert built.records == plain.records
    assert built.found_by("NG_012772.3:g.56_57del") == {9325}
    assert (
        built.manifest.sources["clinvar"].origin
        == "variant_summary.txt.gz, hgvs4variation.txt.gz, variation_allele.txt.gz"
    )


@pytest.mark.parametrize("count", [34, 40, 43])
def test_older_files_have_fewer_columns(tmp_path: Path, count: int) -> None:
    row = BRAF | {"Oncogenicity": "Oncogenic", "ReviewStatusOncogenicity": "reviewed by expert panel"}
    built = build(write_small(tmp_path / "t", [row], columns=SUMMARY_COLUMNS[:count]))
    record = built.records[key(140753336, "A", "T")]
    assert record.classification == "Pathogenic"
    assert record.oncogenicity == (None if count == 34 else "Oncogenic")


@settings(deadline=None)  # the first example also loads numpy
@given(data=st.data())
def test_columns_may_be_in_any_order(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("order")
    columns = data.draw(st.permutations([*SUMMARY_COLUMNS, "a new one"]))
    row = BRAF | {"a new one": "whatever"}
    built = build(write_small(folder / "t", [row], columns=columns))
    assert built.records[key(140753336, "A", "T")].rsid == "113488022"


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in NEEDED for column in NEEDED[name]])
def test_a_missing_column_is_named(tmp_path: Path, name: str, column: str) -> None:
    folder = write_small(tmp_path / "t")
    path = folder / f"{name}.txt"
    header, *lines = path.read_text().split("\n")
    cells = header.removeprefix("#").split("\t")
    cells[cells.index(column)] = "another"
    path.write_text("\n".join(["#" + "\t".join(cells), *lines]))
    with pytest.raises(KnowledgeBaseError, match=re.escape(f"no column {column!r}")) as raised:
        build(folder)
    assert raised.value.path == str(path)


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_table_is_an_error(tmp_path: Path, name: str) -> None:
    folder = write_small(tmp_path / "t")
    (folder / f"{name}.txt").unlink()
    with pytest.raises(KnowledgeBaseError, match=f"{name}.txt.gz is missing"):
        build(folder)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no header"),
        ("\n\n", "no header"),
        ("VariationID\tType\n1\t2\n", "no header"),
        ("#VariationID\tType\tAlleleID\tInterpreted\n", "no data"),
        ("#VariationID\tType\tAlleleID\tInterpreted", "no data"),
        ("#VariationID\tType\tAlleleID\tInterpreted\r\n\r\n", "no data"),
    ],
)
def test_a_table_has_a_header_and_data(tmp_path: Path, text: str, what: str) -> None:
    folder = write_small(tmp_path / "t")
    (folder / "variation_allele.txt").write_text(text)
    with pytest.raises(KnowledgeBaseError, match=what):
        build(folder)


def test_the_last_comment_line_is_the_header(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    path = folder / "hgvs4variation.txt"
    path.write_text("\ufeff#about\tthe\ttable\n\n#more - of it\r\n#\n" + path.read_text())
    assert build(folder).found_by("NG_012772.3:g.56_57del") == {9325}


def test_carriage_returns_are_ignored_anywhere(tmp_path: Path) -> None:
    plain = build(write_small(tmp_path / "plain", [BRAF, DELETION], DELETION_ROWS))
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    for path in folder.iterdir():
        text = path.read_text().replace("\n", "\r\n").replace("NG_012772.3", "NG_0127\r72.3\r")
        path.write_bytes(text.replace("Pathogenic\t", "Path\rogenic\r\t").encode())
    built = build(folder)
    assert built.records == plain.records
    assert built.found_by("NG_012772.3:g.56_57del") == {9325}


def test_blank_lines_and_the_lack_of_a_last_line_end_are_nothing(tmp_path: Path) -> None:
    plain = build(write_small(tmp_path / "plain", [BRAF, DELETION], DELETION_ROWS))
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    for path in folder.iterdir():
        path.write_text(path.read_text().rstrip("\n").replace("\n", "\n\n"))
    assert build(folder).records == plain.records


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("change", ["\ttoo many", "too few"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_line_with_another_number_of_columns_is_named(
    tmp_path: Path, name: str, change: str, threads: int
) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    path = folder / f"{name}.txt"
    lines = path.read_text().split("\n")
    lines[2] = lines[2] + change if change.startswith("\t") else lines[2].rpartition("\t")[0]
    # A blank line counts as a line, and two wrong lines may have the right number of columns together.
    path.write_text("\n".join([lines[0], "", *lines[1:]]))
    with pytest.raises(KnowledgeBaseError, match=r"the line has \d+ columns instead of \d+") as raised:
        build(folder, threads=threads)
    assert (raised.value.path, raised.value.line) == (str(path), 4)


def test_two_wrong_lines_do_not_make_a_right_one(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION])
    path = folder / "variation_allele.txt"
    path.write_text(path.read_text() + "1\tVariant\t2\n1\tVariant\t2\tyes\textra\n")
    with pytest.raises(KnowledgeBaseError, match="the line has 3 columns instead of 4") as raised:
        build(folder)
    assert raised.value.line == 4


@pytest.mark.parametrize(
    ("name", "column", "cell"),
    [
        ("variant_summary", "VariationID", "VCV7"),
        ("variant_summary", "AlleleID", "1.5"),
        ("variant_summary", "PositionVCF", "1e6"),
        ("variant_summary", "PositionVCF", "-12"),
        ("hgvs4variation", "VariationID", "1234567890"),
        ("variation_allele", "AlleleID", "x"),
    ],
)
def test_a_number_that_is_none_is_named(tmp_path: Path, name: str, column: str, cell: str) -> None:
    folder = write_small(tmp_path / "t", [BRAF, DELETION], DELETION_ROWS)
    path = folder / f"{name}.txt"
    header, *lines = path.read_text().split("\n")
    cells = lines[1].split("\t")
    cells[header.removeprefix("#").split("\t").index(column)] = cell
    path.write_text("\n".join([header, "", lines[0], "", "\t".join(cells), *lines[2:]]))
    with pytest.raises(KnowledgeBaseError, match=re.escape(f"{column} {cell!r} is not a number")) as raised:
        build(folder)
    assert (raised.value.path, raised.value.line) == (str(path), 5)


LARGE = 70_000
"""Rows of a table that is read in several chunks."""


def write_large(folder: Path, lines: Callable[[list[str]], list[str]] = lambda lines: lines) -> Path:
    """Write tables of which hgvs4variation has many rows."""
    rows = [hgvs_row(number, f"NM_000059.4:c.{number}del") for number in range(1, LARGE)]
    folder = write_small(folder, [summary_row(LARGE - 1, 1000, "GTT", "G")], rows)
    path = folder / "hgvs4variation.txt"
    path.write_text("\n".join(lines(path.read_text().split("\n"))))
    return folder


def test_lines_are_counted_over_chunks(tmp_path: Path) -> None:
    def damage(lines: list[str]) -> list[str]:
        return [*lines[:50_000], "1\t2", *lines[50_000:]]

    folder = write_large(tmp_path / "t", damage)
    assert (folder / "hgvs4variation.txt").stat().st_size > 1 << 22  # two chunks
    with pytest.raises(KnowledgeBaseError, match="2 columns") as raised:
        build(folder)
    assert raised.value.line == 50_001


@pytest.mark.parametrize("form", FORMS)
def test_a_table_that_was_cut_off_is_an_error_with_the_line(tmp_path: Path, form: str) -> None:
    folder = packed(write_large(tmp_path / "t"), FORMS[form])
    path = folder / "hgvs4variation.txt.gz"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(KnowledgeBaseError, match="truncated") as raised:
        build(folder)
    assert raised.value.path == str(path)
    assert raised.value.line is not None
    assert 1 <= raised.value.line < LARGE
    assert list(tmp_path.glob("*.snapshot")) == []


def test_a_table_of_several_chunks_is_read_to_its_end(tmp_path: Path) -> None:
    built = build(write_large(tmp_path / "t"), threads=2)
    assert built.counts["expressions other than of substitutions"] == LARGE - 1
    assert built.found_by(f"NM_000059.4:c.{LARGE - 1}del") == {LARGE - 1}


def test_the_snapshot_depends_neither_on_workers_nor_on_how_the_tables_are_compressed(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    write_tables_like(folder, 3_000, workers=2)
    stores = {}
    for threads in (1, 2):
        build(folder, threads=threads)
        stores[threads] = (tmp_path / f"t.GRCh38.{threads}.True.snapshot/clinvar.store").read_bytes()
    assert stores[1] == stores[2]


CELLS = st.text(st.sampled_from("0123456789>acg-"), max_size=11)


@given(table=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_reading_lines_together_equals_reading_each(table: list[tuple[str, str, str]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in table).encode()
    lines = Lines.of(text, 3)
    assert lines is not None
    every = np.arange(len(table))
    assert list(lines.split(every)) == [list(row) for row in table]
    for place in range(3):
        cells = [row[place] for row in table]
        assert [lines.cell(row, place) for row in range(len(table))] == cells
        assert lines.texts(every, place) == [cell.encode() for cell in cells]
        assert lines.hold_substitution(place).tolist() == [">" in cell for cell in cells]
        assert lines.are(place, "acg").tolist() == [cell == "acg" for cell in cells]
        values, are_numbers = lines.numbers(place)
        are = [re.fullmatch("[0-9]{1,9}", cell) is not None for cell in cells]
        assert are_numbers.tolist() == are
        assert [values[row] for row in np.flatnonzero(are)] == [
            int(cell) for cell, is_ in zip(cells, are, strict=True) if is_
        ]


@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=8), width=st.integers(1, 4))
def test_lines_of_another_width_are_seen(lengths: list[int], width: int) -> None:
    text = "".join("\t" * length + "\n" for length in lengths).encode()
    assert (Lines.of(text, width) is not None) == all(length == width - 1 for length in lengths)


@given(rows=st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 3)), max_size=20))
def test_a_variation_of_several_alleles_is_found(rows: list[tuple[int, int]]) -> None:
    half = len(rows) // 2
    parts = [
        pairs_of(
            np.array([row[0] for row in part], dtype=np.int64),
            np.array([row[1] for row in part], dtype=np.int64),
        )
        for part in (rows[:half], rows[half:])
    ]
    alleles: dict[int, set[int]] = {}
    for variation, allele in rows:
        if variation >= 0 and allele >= 0:
            alleles.setdefault(variation, set()).add(allele)
    expected = sorted(variation for variation, some in alleles.items() if len(some) > 1)
    assert several_alleles(distinct_pairs(parts)).tolist() == expected
