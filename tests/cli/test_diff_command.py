"""`annotator diff`: annotated files, and the command itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

import annotator
from annotator.diff.changes import (
    Change,
    ChangeKind,
    Direction,
    Subject,
)
from annotator.diff.comparison import Comparison, Side, Tally
from annotator.diff.files import compare_files
from annotator.diff.snapshots import compare_snapshots
from annotator.diff.views import DiffPage, json_lines
from tests.conftest import REPOSITORY
from tests.support import reports
from tests.support.compared import (
    DEMO_CIVIC,
    EXPECTED,
    NEW,
    OLD,
    changed_civic,
    facts,
)
from tests.support.inputs import run_annotator, write_vcf
from tests.support.reports import PATHOGENIC, write_annotated


@pytest.fixture(scope="module")
def civic_sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("civic")
    annotator.build_snapshot(folder / "old", "GRCh38", civic=DEMO_CIVIC)
    annotator.build_snapshot(folder / "new", "GRCh38", civic=changed_civic(folder / "changed"))
    return folder / "old", folder / "new"


# Annotated files


def annotated(snapshot: Path, source: Path, output: Path) -> Path:
    annotator.annotate(source, output, snapshot=snapshot)
    return output


@pytest.mark.parametrize("suffix", [".vcf", ".vcf.gz", ".bcf"])
def test_changes_between_files_are_those_of_the_snapshots_for_their_alleles(
    tmp_path: Path, sides: tuple[Path, Path], suffix: str
) -> None:
    entries = {(e.contig, e.position, e.ref, e.alt) for e in (*OLD, *NEW)} - {("7", 300, "A", "T")}
    records = [f"{c}\t{p}\t.\t{r}\t{a}\t.\t.\t." for c, p, r, a in sorted(entries)]
    source = write_vcf(tmp_path / "in.vcf", [*records, "7\t999\t.\tA\tT\t.\t.\t."])
    old = annotated(sides[0], source, tmp_path / f"old{suffix}")
    new = annotated(sides[1], source, tmp_path / f"new{suffix}")
    comparison = compare_files(str(old), str(new))
    assert facts(list(comparison.changes)) == sorted(e for e in EXPECTED if e[0] != "7:300 A>T")
    assert comparison.tally.compared["alleles"] == 7
    assert +comparison.tally.left_out == Counter()


def test_alts_are_compared_each_by_itself_however_they_are_spelled(
    tmp_path: Path, sides: tuple[Path, Path]
) -> None:
    one = write_vcf(tmp_path / "one.vcf", ["7\t99\t.\tCA\tCC,CG,CT\t.\t.\t."])
    other = write_vcf(tmp_path / "other.vcf", ["7\t100\t.\tA\tT\t.\t.\t.", "7\t100\t.\tA\tG\t.\t.\t."])
    old = annotated(sides[0], one, tmp_path / "old.vcf")
    new = annotated(sides[1], other, tmp_path / "new.vcf")
    assert facts(list(compare_files(str(old), str(new)).changes)) == sorted(EXPECTED[:2])


def test_an_allele_that_only_one_file_has_is_no_change(tmp_path: Path, sides: tuple[Path, Path]) -> None:
    records = ["7\t100\t.\tA\tT\t.\t.\t.", "7\t200\t.\tA\tT\t.\t.\t."]
    old = annotated(sides[0], write_vcf(tmp_path / "a.vcf", records[:1]), tmp_path / "old.vcf")
    new = annotated(sides[0], write_vcf(tmp_path / "b.vcf", records[1:]), tmp_path / "new.vcf")
    comparison = compare_files(str(old), str(new))
    assert list(comparison.changes) == []
    assert comparison.tally.left_out == {"only in the first file": 1, "only in the second file": 1}


def test_an_outage_is_no_record_that_vanished(tmp_path: Path, sides: tuple[Path, Path]) -> None:
    source = write_vcf(tmp_path / "in.vcf", ["7\t100\t.\tA\tT\t.\t.\t.", "7\t300\t.\tA\tT\t.\t.\t."])
    old = annotated(sides[0], source, tmp_path / "old.vcf")
    new = annotated(sides[1], source, tmp_path / "new.vcf")
    whole = list(compare_files(str(old), str(new)).changes)
    assert [change.kind for change in whole] == [ChangeKind.CLASSIFICATION, ChangeKind.VANISHED]
    text = new.read_text().replace(
        "\t300\t.\tA\tT\t.\t.\t.", "\t300\t.\tA\tT\t.\t.\tANNSTATUS=clinvar:failed"
    )
    new.write_text(text)
    comparison = compare_files(str(old), str(new))
    assert [change.kind for change in comparison.changes] == [ChangeKind.CLASSIFICATION]
    assert comparison.tally.left_out["lookups in clinvar failed"] == 1


def test_civic_of_annotated_files(tmp_path: Path, civic_sides: tuple[Path, Path]) -> None:
    source = REPOSITORY / "test_data" / "demo" / "tumour.GRCh38.vcf"
    old, new = (annotated(side, source, tmp_path / f"{side.name}.vcf") for side in civic_sides)
    of_files = {(c.kind, c.item, c.before, c.after) for c in compare_files(str(old), str(new)).changes}
    of_snapshots = {(c.kind, c.item, c.before, c.after) for c in compare_snapshots(*civic_sides).changes}
    numbers = {f"EID{number}" for number in re.findall(r"\|evidence\|(\d+)\|", old.read_text())}
    assert len(numbers) > 50
    assert of_files == {one for one in of_snapshots if one[1] in numbers}
    assert of_files


@pytest.mark.parametrize(
    ("name", "told_of"),
    [("plain.vcf", "the file was not annotated by this program"), ("-", "files to compare are read twice")],
)
def test_files_that_were_not_annotated_cannot_be_compared(
    tmp_path: Path, sides: tuple[Path, Path], name: str, told_of: str
) -> None:
    source = write_vcf(tmp_path / "plain.vcf", ["7\t100\t.\tA\tT\t.\t.\t."])
    good = annotated(sides[0], source, tmp_path / "good.vcf")
    with pytest.raises(annotator.AnnotatorError, match=told_of):
        compare_files(str(good), name if name == "-" else str(tmp_path / name))


# The command


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [
        (None, 0),
        ("worse", 4),
        ("level-a", 0),
        ("vanished", 4),
        ("any", 4),
        ("level-a,worse", 4),
        ("nonsense", 2),
    ],
)
def test_the_exit_status_reports_the_changes_in_fail_on(
    sides: tuple[Path, Path], fail_on: str | None, status: int
) -> None:
    ran = run_annotator("snapshot", "diff", *sides, *(["--fail-on", fail_on] if fail_on else []))
    assert ran.status == status
    if status != 2:
        rows = [line.split("\t") for line in ran.out.decode().splitlines()]
        assert len(rows) == 7
        assert {len(row) for row in rows} == {9}
        assert (
            "changes: 6 (clinvar new 2, clinvar classification 2, clinvar stars 1, clinvar removed 1)"
            in ran.err
        )
        assert "worse (towards pathogenic or oncogenic): 2; new evidence of level A: 0" in ran.err


def test_no_change_is_never_alarming(sides: tuple[Path, Path]) -> None:
    ran = run_annotator("snapshot", "diff", sides[1], sides[1], "--fail-on", "any")
    assert (ran.status, len(ran.out.splitlines())) == (0, 1)


def test_table_json_and_page_have_the_same_changes(tmp_path: Path, sides: tuple[Path, Path]) -> None:
    table = run_annotator("snapshot", "diff", *sides, "--html", tmp_path / "page.html")
    as_json = run_annotator("snapshot", "diff", *sides, "--json")
    value = json.loads(as_json.out)
    assert value["format"] == "annotator-diff/1"
    assert value["summary"]["changes"] == 6
    assert value["summary"]["worse"] == 2
    rows = [line.split("\t") for line in table.out.decode().splitlines()[1:]]
    assert [(row[0], row[1], row[5], row[6]) for row in rows] == [
        (one["subject"], one["id"], one["before"] or "-", one["after"] or "-") for one in value["changes"]
    ]
    cells = cells_of((tmp_path / "page.html").read_text())
    assert sorted((cell[0], cell[1], cell[5], cell[6]) for cell in cells) == sorted(
        (row[0], row[1], row[5].replace("_", " "), row[6].replace("_", " ")) for row in rows
    )


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.sent: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sent += [value or "" for name, value in attrs if name in {"src", "srcset"} or tag == "link"]
        if tag == "script":
            self.sent.append(tag)
        if tag == "tr":
            self.rows.append([])
        self._open = tag in {"td", "th", "a"}
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._open = False


def cells_of(page: str) -> list[list[str]]:
    parser = _Cells()
    parser.feed(page)
    assert parser.sent == []
    return parser.rows[1:]


def hostile_comparison(number: int) -> Comparison:
    word = '<script>alert("1")</script>&\u202e\ttab\nline'
    changes = [
        Change("clinvar", Subject(f"{word}{place}", word, word), ChangeKind.STARS, word, word)
        for place in range(number)
    ]
    changes.append(
        Change("clinvar", Subject("last", "VCV1"), ChangeKind.CLASSIFICATION, "a", "b", Direction.WORSE)
    )
    tally = Tally()
    return Comparison(
        Side(word, {"clinvar": word}), Side(word, {}), "GRCh38", tally.counted(iter(changes)), tally
    )


def test_hostile_words_stay_text() -> None:
    comparison, page = hostile_comparison(3), DiffPage()
    comparison = comparison._replace(changes=page.watched(comparison.changes))
    value = json.loads("\n".join(json_lines(comparison)))
    assert len(value["changes"]) == 4
    html = page.html(comparison)
    assert "<script" not in html
    assert {row[0] for row in cells_of(html)} >= {'<script>alert("1")</script>&\u202e\ttab\nline0', "last"}


def test_a_page_lists_the_most_important_changes_and_counts_the_others() -> None:
    comparison, page = hostile_comparison(50), DiffPage(limit=10)
    assert len(list(page.watched(comparison.changes))) == 51
    html = page.html(comparison)
    assert cells_of(html)[0][0] == "last"
    assert len(cells_of(html)) == 10
    assert "also contain the other 41" in html


def test_diff_prints_the_summary_and_the_notes(tmp_path: Path, sides: tuple[Path, Path]) -> None:
    source = write_vcf(tmp_path / "in.vcf", ["7\t100\t.\tA\tT\t.\t.\t."])
    old = annotated(sides[0], source, tmp_path / "old.vcf")
    ran = run_annotator("diff", old, old, "--fail-on", "any")
    assert ran.status == 0
    assert "NOTE: both files use the same release of clinvar (2026-01-01)." in ran.err
    assert "different options" not in ran.err
    assert "changes: 0" in ran.err


def test_different_options_are_noted_because_they_can_be_the_reason_for_changes(
    tmp_path: Path, sides: tuple[Path, Path]
) -> None:
    source = write_vcf(tmp_path / "in.vcf", ["7\t100\t.\tA\tT\t.\t.\t.", "7\t101\t.\tA\tT\t.\t.\t."])
    old = annotated(sides[0], source, tmp_path / "old.vcf")
    new = tmp_path / "new.vcf"
    annotator.annotate(source, new, snapshot=sides[0], civic_match="gene")
    ran = run_annotator("diff", old, new)
    assert (
        "NOTE: the files were annotated with different options, which can be the reason for changes"
        in ran.err
    )
    assert "--civic-match gene" in ran.err
    assert "compared: 1 allele\n" in ran.err


def test_an_allele_is_found_again_in_a_large_file_however_it_is_spelled(
    tmp_path: Path, sides: tuple[Path, Path]
) -> None:
    """Large enough to be scanned by columns: an allele of which one file is silent must be seen there all the same."""
    many = [f"7\t{position}\t.\tA\tT\t.\t.\tDP={position:0200}" for position in range(500_000, 505_000)]
    one = write_vcf(tmp_path / "one.vcf.gz", ["7\t100\t.\tA\tT\t.\t.\t.", "7\t300\t.\tA\tT\t.\t.\t.", *many])
    two = write_vcf(
        tmp_path / "two.vcf.gz",
        [
            "7\t98\t.\tTCA\tTCG,TCT\t.\t.\t.",
            "7\t100\t.\tA\tT\t.\t.\t.",
            "7\t299\t.\tCA\tCT,<DEL>\t.\t.\t.",
            *many,
        ],
    )
    old = annotated(sides[0], one, tmp_path / "old.vcf.gz")
    new = annotated(sides[1], two, tmp_path / "new.vcf.gz")
    told = facts(list(compare_files(str(old), str(new)).changes))
    assert told == sorted(e for e in EXPECTED if e[0] in {"7:100 A>T", "7:300 A>T"})
    back = facts(list(compare_files(str(new), str(old)).changes))
    assert [(row[0], row[3], row[4]) for row in back] == [(row[0], row[4], row[3]) for row in told]


@pytest.mark.parametrize("words", [["diff"], ["snapshot", "diff"], ["explain"], ["doctor"]], ids=" ".join)
def test_the_help_has_a_worked_example_and_the_exit_status(words: list[str]) -> None:
    ran = run_annotator(*words, "--help")
    text = ran.out.decode()
    assert (ran.status, ran.err) == (0, "")
    assert f"annotator {' '.join(words)} " in text.partition("Example:")[2]
    assert ("Exit status: 0" in text) == (words != ["explain"])


def test_alleles_have_the_names_of_the_report(tmp_path: Path) -> None:
    """`BRAF V600E` of CSQ's picked transcript, in table, JSON and page; not a position beside a gene."""
    csq = '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|SYMBOL|Feature|HGVSp|Consequence|PICK">'
    transcripts = (
        "ENST1|ENSP1.1:p.Val600Lys|missense_variant|",
        "NM_004333.6|NP_1.1:p.Val600Glu|missense_variant|1",
    )
    note = "CSQ=" + ",".join(f"T|BRAF|{one}" for one in transcripts)
    older = {**PATHOGENIC, "CLNSIG": "Uncertain_significance"}
    for name, values in (("a", older), ("b", PATHOGENIC)):
        records = [reports.line(values=values, other_info=[note])]
        write_annotated(tmp_path / f"{name}.vcf", records, meta_lines=[csq])
    ran = run_annotator("diff", "a.vcf", "b.vcf", "--html", "page.html", cwd=tmp_path)
    assert ran.status == 0, ran.err
    [row] = [one.split("\t") for one in ran.out.decode().splitlines()[1:]]
    assert (row[0], row[8]) == ("7:140753336 A>T", "BRAF V600E")
    [change] = json.loads(run_annotator("diff", "a.vcf", "b.vcf", "--json", cwd=tmp_path).out)["changes"]
    assert change["name"] == "BRAF V600E"
    page = (tmp_path / "page.html").read_text()
    assert "<b>BRAF V600E</b> 7:140753336 A&gt;T" in page
    assert ">Uncertain significance (3*)<" in page
