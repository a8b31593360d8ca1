"""ClinVar's copy-number and structural records by overlap: fifty pairs whose expectation was written down before."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from pathlib import Path

import pysam
import pytest

from tests.support.inputs import run_annotator
from tests.support.structural import annotated, call, infos, listed, structural_row, structural_snapshot
from tests.tables import make_structural_pairs

FIRST = 1_000
APART = 10_000_000
"""Bases between two pairs of one contig, so that no call reaches the record of another pair."""

ROWS = list(csv.DictReader(make_structural_pairs.TABLE.read_text().splitlines(), delimiter="\t"))


def place(number: int) -> tuple[str, int]:
    """Contig of a pair, and the position that is its 0."""
    return str(number % 22 + 1), number // 22 * APART


def moved(info: str, by: int) -> str:
    items = [item.partition("=") for item in info.split(";")]
    return ";".join(f"{key}={int(value) + by if key == 'END' else value}" for key, _, value in items)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = []
    for number, pair in enumerate(ROWS):
        contig, zero = place(number)
        start, stop = int(pair["start"]) + zero, int(pair["stop"]) + zero
        rows.append(
            structural_row(
                FIRST + number,
                pair["type"],
                contig,
                start,
                stop,
                ClinicalSignificance=pair["classification"],
            )
        )
    return structural_snapshot(tmp_path_factory.mktemp("pairs"), rows)


ORDER = sorted(range(len(ROWS)), key=lambda number: (number % 22, number // 22))
"""The pairs in the order of their records."""


def calls() -> list[str]:
    found = []
    for number in ORDER:
        contig, zero = place(number)
        found.append(
            call(
                contig,
                int(ROWS[number]["pos"]) + zero,
                ROWS[number]["alt"],
                moved(ROWS[number]["info"], zero),
            )
        )
    return found


def expected(number: int) -> list[tuple[str, ...]]:
    """Entries that the table expects for a pair."""
    pair = ROWS[number]
    if pair["listed"] == "no":
        return []
    words = (pair["type"], pair["classification"])
    return [
        (
            str(FIRST + number),
            *(word.replace(" ", "_") for word in words),
            "1",
            *(pair[column] for column in ("reciprocal", "of_record", "of_allele")),
            f"{pair['relation']}(record_imprecise)",
        )
    ]


def test_the_table_is_the_one_that_its_program_makes() -> None:
    made = [list(map(str, make_structural_pairs.row_of(pair))) for pair in make_structural_pairs.PAIRS]
    assert made == [list(row.values()) for row in ROWS]
    assert len(ROWS) == 50


@pytest.mark.parametrize("form", ["vcf", "vcf.gz", "bcf", "chr", "workers"])
def test_each_pair_is_as_expected(tmp_path: Path, snapshot: Path, form: str) -> None:
    ran = annotated(tmp_path, snapshot, calls(), *(("-@", "2") if form == "workers" else ()))
    source = tmp_path / "input.vcf"
    if form == "chr":
        text = source.read_text().replace("##contig=<ID=", "##contig=<ID=chr")
        source.write_text("".join(_with_prefix(line) for line in text.splitlines(keepends=True)))
        ran = run_annotator("annotate", source, "--snapshot", snapshot)
    elif form == "vcf.gz":
        pysam.tabix_compress(str(source), str(tmp_path / "input.vcf.gz"))
        ran = run_annotator("annotate", tmp_path / "input.vcf.gz", "--snapshot", snapshot)
    elif form == "bcf":
        binary = tmp_path / "input.bcf"
        converted = run_annotator(
            "annotate", source, "-o", binary, "--snapshot", snapshot, "--fields", "CLNSIG"
        )
        assert converted.status == 0, converted.err
        ran = run_annotator("annotate", binary, "-O", "v", "--snapshot", snapshot)
    found = {
        number: list(map(_as_texts, listed(info))) for number, info in zip(ORDER, infos(ran), strict=True)
    }
    wrong = {ROWS[number]["pair"]: found[number] for number in ORDER if found[number] != expected(number)}
    assert wrong == {}


def _as_texts(entry: Iterable[object]) -> tuple[str, ...]:
    return tuple(map(str, entry))


def _with_prefix(line: str) -> str:
    return line if line.startswith("#") else f"chr{line}"


def test_random_calls_and_records_agree_with_counted_bases(tmp_path: Path) -> None:
    """Small ranges, so that every kind of overlap occurs; the bases are counted as sets of positions."""
    draw = random.Random(50)  # noqa: S311
    records = {number: _random_record(draw) for number in range(1, 200)}
    rows = [
        structural_row(number, kind, "1", start, stop, ClinicalSignificance=classification)
        for number, (kind, start, stop, classification) in records.items()
    ]
    spans = sorted((draw.randint(1, 400), draw.choice((1, 10, 40, 200))) for _ in range(300))
    queries = [
        call("1", start - 1, draw.choice(("<DEL>", "<DUP>")), f"SVLEN={size}") for start, size in spans
    ]
    found = infos(annotated(tmp_path, structural_snapshot(tmp_path, rows), queries))
    some = 0
    for (start, size), query, info in zip(spans, queries, found, strict=True):
        allele, is_gain = set(range(start, start + size)), "<DUP>" in query
        expected = set()
        for number, (kind, first, last, classification) in records.items():
            bases = set(range(first, last + 1))
            shared = len(bases & allele)
            is_covered = 2 * shared >= len(bases) or (
                classification == "Benign" and 2 * shared >= len(allele)
            )
            if is_covered and (kind == "copy number gain") == is_gain:
                expected.add((number, *(_part(shared, len(of)) for of in (bases, allele))))
        assert {(entry.variation, entry.of_record, entry.of_allele) for entry in listed(info)} == expected
        some += len(expected)
    assert some > 1_000


def _random_record(draw: random.Random) -> tuple[str, int, int, str]:
    start = draw.randint(1, 400)
    kind = draw.choice(("copy number loss", "copy number gain"))
    return kind, start, start + draw.choice((0, 9, 49, 300)), draw.choice(("Pathogenic", "Benign"))


def _part(shared: int, length: int) -> str:
    return f"{shared * 1000 // length / 1000:.3f}"


def test_workers_write_the_same_bytes(tmp_path: Path, snapshot: Path) -> None:
    one = annotated(tmp_path, snapshot, calls())
    two = annotated(tmp_path, snapshot, calls(), "-@", "2")
    assert (one.status, one.out) == (0, two.out)


def test_no_call_is_left_without_a_word(tmp_path: Path, snapshot: Path) -> None:
    """A call that was compared and overlaps nothing is absent; it is not one that cannot be compared."""
    found = infos(annotated(tmp_path, snapshot, calls(), "--status", "all"))
    for number, info in zip(ORDER, found, strict=True):
        word = "found" if ROWS[number]["listed"] == "yes" else "absent"
        assert info["ANNSTATUS"] == f"clinvar:unsupported&clinvar_sv:{word}", ROWS[number]["pair"]
        assert ("CLNSV_COUNT" in info) == (word == "found")
