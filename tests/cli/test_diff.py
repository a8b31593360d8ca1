"""What changed between two releases, held against what the files say when they are compared line by line."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

import annotator
from annotator.diff.changes import (
    Change,
    ChangeKind,
    CivicItem,
    ClinVarFacts,
    Direction,
    Subject,
    civic_changes,
    clinvar_changes,
)
from annotator.diff.comparison import Comparison, FailOn, Side, Tally
from annotator.diff.files import compare_files
from annotator.diff.snapshots import compare_snapshots, item_of
from annotator.diff.views import DiffPage, json_lines
from annotator.sources.civic.records import Assertion, EvidenceItem
from annotator.sources.clinvar.classification import read_classification
from tests.conftest import REPOSITORY
from tests.support import reports
from tests.support.inputs import ClinVarEntry, run_annotator, write_snapshot, write_vcf
from tests.support.reports import PATHOGENIC, write_annotated

DEMO_CIVIC = REPOSITORY / "test_data" / "demo" / "civic"

ONE_STAR, TWO_STARS = (
    "criteria_provided,_single_submitter",
    "criteria_provided,_multiple_submitters,_no_conflicts",
)
OLD = (
    ClinVarEntry("7", 100, 1, "A", "T", "Uncertain_significance", ONE_STAR),
    ClinVarEntry("7", 200, 2, "A", "T", "Pathogenic", ONE_STAR),
    ClinVarEntry("7", 300, 3, "A", "T", "Benign", ONE_STAR),
    ClinVarEntry("7", 400, 4, "A", "T", "Pathogenic", TWO_STARS),
    ClinVarEntry("13", 32340300, 5, "GT", "G", "Pathogenic", ONE_STAR),
    ClinVarEntry("13", 32340400, 6, "G", "C", "Benign", ONE_STAR),
)
NEW = (
    ClinVarEntry("7", 100, 1, "A", "T", "Likely_pathogenic", ONE_STAR),
    ClinVarEntry("7", 100, 7, "A", "G", "Pathogenic", ONE_STAR),
    ClinVarEntry("7", 200, 2, "A", "T", "Pathogenic", TWO_STARS),
    ClinVarEntry("7", 400, 4, "A", "T", "Benign", TWO_STARS),
    ClinVarEntry("13", 32340300, 5, "GT", "G", "Pathogenic", ONE_STAR),
    ClinVarEntry("13", 32340400, 6, "G", "C", "Benign", ONE_STAR),
    ClinVarEntry("MT", 50, 8, "G", "C", "Benign", ONE_STAR),
)
EXPECTED = [
    ("7:100 A>G", "VCV7", "appeared", "", "Pathogenic (1*)", "worse"),
    ("7:100 A>T", "VCV1", "classification", "Uncertain_significance (1*)", "Likely_pathogenic (1*)", "worse"),
    ("7:200 A>T", "VCV2", "stars", "Pathogenic (1*)", "Pathogenic (2*)", "other"),
    ("7:300 A>T", "VCV3", "vanished", "Benign (1*)", "", "other"),
    ("7:400 A>T", "VCV4", "classification", "Pathogenic (2*)", "Benign (2*)", "better"),
    ("MT:50 G>C", "VCV8", "appeared", "", "Benign (1*)", "other"),
]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sides")
    return (
        write_snapshot(folder / "old", OLD, date="2026-01-01"),
        write_snapshot(folder / "new", NEW, date="2026-02-01"),
    )


def facts(changes: list[Change]) -> list[tuple[str, str, str, str, str, str]]:
    return sorted(
        (one.subject.text, one.subject.id, str(one.kind), one.before, one.after, str(one.direction))
        for one in changes
    )


# Snapshots


def test_two_snapshots_differ_in_what_their_files_differ(sides: tuple[Path, Path]) -> None:
    comparison = compare_snapshots(*sides)
    assert facts(list(comparison.changes)) == sorted(EXPECTED)
    assert comparison.before == Side("old", {"clinvar": "2026-01-01"})
    assert comparison.after == Side("new", {"clinvar": "2026-02-01"})
    tally = comparison.tally
    assert (tally.changes, tally.worse, tally.level_a, tally.compared["clinvar"]) == (6, 2, 0, 8)


def test_changes_come_in_the_order_of_the_genome(sides: tuple[Path, Path]) -> None:
    places = [change.subject.text.split()[0] for change in compare_snapshots(*sides).changes]
    assert places == ["7:100", "7:100", "7:200", "7:300", "7:400", "MT:50"]


def test_the_way_back_is_the_way_there_turned_round(sides: tuple[Path, Path]) -> None:
    there = {(c.subject.text, c.before, c.after) for c in compare_snapshots(*sides).changes}
    back = {(c.subject.text, c.after, c.before) for c in compare_snapshots(sides[1], sides[0]).changes}
    assert there == back


def test_a_snapshot_does_not_differ_from_itself(sides: tuple[Path, Path]) -> None:
    assert list(compare_snapshots(sides[0], sides[0]).changes) == []


def clinvar_lines(path: Path) -> list[str]:
    with gzip.open(path, "rt") as file:
        return file.readlines()


def told(line: str) -> dict[str, str]:
    return dict(item.partition("=")[::2] for item in line.rstrip("\n").split("\t")[7].split(";"))


def test_a_real_release_differs_from_a_changed_one_as_its_lines_do(shared_data: Path, tmp_path: Path) -> None:
    new = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    chance = random.Random(7)  # noqa: S311
    older, expected = [], Counter[str]()
    for line in clinvar_lines(new):
        if line.startswith("#"):
            older.append(line.replace("##fileDate=2026-02-26", "##fileDate=2026-01-01"))
            continue
        luck, was = chance.random(), line
        # An allele with an ambiguity code or a placeholder cannot be compared and is left out.
        is_counted = re.fullmatch("[ACGT]+", "".join(line.split("\t")[3:5])) is not None
        if luck < 0.02:
            expected["appeared"] += is_counted
            continue
        if luck < 0.05:
            was = re.sub(r"CLNSIG=Pathogenic;", "CLNSIG=Uncertain_significance;", line)
            expected["classification"] += is_counted and was != line
        elif luck < 0.08:
            was = line.replace(f"CLNREVSTAT={TWO_STARS}", f"CLNREVSTAT={ONE_STAR}")
            expected["stars"] += is_counted and was != line and "CLNSIG=" in line
        older.append(was)
    (tmp_path / "older.vcf").write_text("".join(older))
    annotator.build_snapshot(tmp_path / "old", "GRCh38", clinvar=tmp_path / "older.vcf")
    annotator.build_snapshot(tmp_path / "new", "GRCh38", clinvar=new)
    found = Counter(
        str(change.kind) for change in compare_snapshots(tmp_path / "old", tmp_path / "new").changes
    )
    assert expected["appeared"] > 1000
    assert expected["classification"] > 200
    assert expected["stars"] > 200
    assert found == expected


def test_snapshots_of_two_assemblies_are_not_compared(sides: tuple[Path, Path], tmp_path: Path) -> None:
    other = write_snapshot(tmp_path / "other", OLD[:4], assembly=annotator.Assembly.GRCH37)
    with pytest.raises(
        annotator.AnnotatorError, match=r"old is for GRCh38, but other is for GRCh37\. Compare"
    ):
        compare_snapshots(sides[0], other)


# CIViC


def changed_civic(folder: Path) -> Path:
    """Write the demo's CIViC with one item raised to level A, one taken out, and one disease renamed."""
    folder.mkdir()
    for path in DEMO_CIVIC.iterdir():
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        if "ClinicalEvidence" in path.name:
            names = rows[0]
            id_, level, disease = (names.index(one) for one in ("evidence_id", "evidence_level", "disease"))
            raised = next(row for row in rows[1:] if row[level] == "B")
            gone = next(row for row in rows[1:] if row[level] == "A")
            renamed = next(row for row in rows[1:] if row not in (raised, gone) and row[disease])
            raised[level] = "A"
            renamed[disease] = f"{renamed[disease]} (renamed)"
            rows.remove(gone)
            CHANGED.update(raised=f"EID{raised[id_]}", gone=f"EID{gone[id_]}")
        (folder / path.name).write_text("".join("\t".join(row) + "\n" for row in rows))
    return folder


CHANGED: dict[str, str] = {}


@pytest.fixture(scope="module")
def civic_sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("civic")
    annotator.build_snapshot(folder / "old", "GRCh38", civic=DEMO_CIVIC)
    annotator.build_snapshot(folder / "new", "GRCh38", civic=changed_civic(folder / "changed"))
    return folder / "old", folder / "new"


def test_of_civic_evidence_is_told_that_came_went_and_changed(civic_sides: tuple[Path, Path]) -> None:
    changes = list(compare_snapshots(*civic_sides).changes)
    by_kind = {kind: {c.item for c in changes if c.kind is kind} for kind in {c.kind for c in changes}}
    assert by_kind == {
        ChangeKind.CHANGED_EVIDENCE: {CHANGED["raised"]},
        ChangeKind.GONE_EVIDENCE: {CHANGED["gone"]},
    }
    raised = next(change for change in changes if change.item == CHANGED["raised"])
    assert raised.before.startswith("level B: ")
    assert raised.after == raised.before.replace("level B", "level A")
    assert re.fullmatch(r"VID\d+", raised.subject.id)
    assert FailOn.LEVEL_A.concerns(raised)
    assert not FailOn.WORSE.concerns(raised)


ITEM = CivicItem(
    "EID1", "A", ("Predictive", "Supports", "Resistance", "Erlotinib", ""), "Lung cancer", "1324"
)


def test_an_item_of_level_a_that_changes_otherwise_has_not_reached_it() -> None:
    other = ITEM._replace(said=("Predictive", "Supports", "Resistance", "Gefitinib", ""))
    [change] = civic_changes(Subject("EGFR T790M"), [ITEM], [other])
    assert change.kind is ChangeKind.CHANGED_EVIDENCE
    assert not FailOn.LEVEL_A.concerns(change)
    assert FailOn.ANY.concerns(change)


def test_a_renamed_disease_is_no_change_and_another_one_is() -> None:
    assert list(civic_changes(Subject("x"), [ITEM], [ITEM._replace(disease="Lung carcinoma")])) == []
    assert len(list(civic_changes(Subject("x"), [ITEM], [ITEM._replace(doid="9")]))) == 1


def test_a_new_variant_of_level_a_is_told_with_its_evidence() -> None:
    come, evidence = civic_changes(Subject("x"), None, [ITEM])
    assert (come.kind, evidence.kind) == (ChangeKind.APPEARED, ChangeKind.NEW_EVIDENCE)
    assert FailOn.LEVEL_A.concerns(evidence)
    gone, lost = civic_changes(Subject("x"), [ITEM], None)
    assert [FailOn.VANISHED.concerns(one) for one in (gone, lost)] == [True, True]
    assert not FailOn.LEVEL_A.concerns(lost)


@pytest.mark.parametrize(
    ("interaction", "shown"),
    [
        ("Combination", "Ceritinib + Crizotinib"),
        ("Substitutes", "Ceritinib or Crizotinib"),
        ("Sequential", "sequential: Ceritinib, Crizotinib"),
        ("", "Ceritinib, Crizotinib"),
    ],
)
def test_several_therapies_are_a_regimen_only_where_they_are_one(interaction: str, shown: str) -> None:
    item = EvidenceItem(
        1, "Predictive", "A", "Supports", "Resistance", therapies=("Ceritinib", "Crizotinib"),
        therapy_interaction=interaction,
    )  # fmt: skip
    assert item_of(item).said[3] == shown


def test_an_assertion_has_the_level_of_its_category() -> None:
    assertion = Assertion(7, "Predictive", "Supports", "Resistance", amp_category="Tier I - Level A")
    come = list(civic_changes(Subject("x"), [], [item_of(assertion)]))
    assert [FailOn.LEVEL_A.concerns(one) for one in come] == [True]


# Classifications


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("Uncertain_significance", "Likely_pathogenic", "worse"),
        ("Likely_benign", "Uncertain_significance", "worse"),
        ("Likely_pathogenic", "Pathogenic/Likely_pathogenic", "worse"),
        ("Pathogenic", "Conflicting_classifications_of_pathogenicity", "better"),
        ("Uncertain_significance", "Conflicting_classifications_of_pathogenicity", "other"),
        ("Pathogenic", "Pathogenic|drug_response", "other"),
        ("not_provided", "Pathogenic", "worse"),
        ("not_provided", "Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance", "worse"),
        ("not_provided", "Uncertain_significance", "other"),
        ("no_classification_for_the_single_variant", "Likely_pathogenic|drug_response", "worse"),
        ("Uncertain_significance", "Pathogenic/Likely_risk_allele", "worse"),
        ("Uncertain_significance", "Established_risk_allele", "worse"),
        ("Uncertain_significance", "VUS-high", "worse"),
        ("VUS-high", "VUS-mid", "better"),
        ("VUS-mid", "Uncertain_significance", "other"),
        ("Uncertain_significance", "Pathogenic,_drug_response", "worse"),
        ("Pathogenic/Likely_risk_allele", "Pathogenic", "worse"),
        ("Benign", "Benign/Likely_benign", "worse"),
        ("Pathogenic", "no_classifications_from_unflagged_records", "other"),
        (None, "Pathogenic/Likely_risk_allele", "worse"),
        (None, "Likely_pathogenic,_low_penetrance", "worse"),
        (None, "drug_response", "other"),
        (None, "Pathogenic", "worse"),
        (None, "Benign", "other"),
        ("Pathogenic", "Pathogenic,_low_penetrance", "better"),
    ],
)
def test_a_classification_moves_for_the_worse_the_better_or_neither(
    before: str | None, after: str, direction: str
) -> None:
    [change] = clinvar_changes(
        Subject("x"), ClinVarFacts(before, "s", impact="Tier_I"), ClinVarFacts(after, "s", impact="Tier_I")
    )
    assert (change.kind, str(change.direction)) == (ChangeKind.CLASSIFICATION, direction)


def test_a_conflict_with_a_pathogenic_submission_is_for_the_worse() -> None:
    words = "Conflicting_classifications_of_pathogenicity"
    mild = ClinVarFacts(words, ONE_STAR, conflicting="Likely_benign(1)|Uncertain_significance(2)")
    grave = mild._replace(conflicting="Pathogenic(1)|Uncertain_significance(2)")
    [change] = clinvar_changes(Subject("x"), mild, grave)
    assert change.direction is Direction.WORSE
    assert change.after.endswith("(1*): Pathogenic(1)|Uncertain_significance(2)")
    more = mild._replace(conflicting="Likely_benign(3)|Uncertain_significance(2)")
    assert list(clinvar_changes(Subject("x"), mild, more)) == []


@pytest.mark.parametrize(
    ("facts", "direction"),
    [
        ({"classification": "Pathogenic/Likely_risk_allele"}, "worse"),
        ({"classification": "VUS-high"}, "other"),
        ({"oncogenicity": "Likely_oncogenic"}, "worse"),
        ({"impact": "Tier_II_-_Potential"}, "worse"),
        ({"impact": "Tier_III_-_Unknown"}, "other"),
    ],
)
def test_a_new_record_is_for_the_worse_by_its_gravest_word(facts: dict[str, str], direction: str) -> None:
    [change] = clinvar_changes(Subject("x"), None, ClinVarFacts(**facts))
    assert (change.kind, str(change.direction)) == (ChangeKind.APPEARED, direction)


def test_oncogenicity_moves_likewise_and_impact_is_told() -> None:
    before = ClinVarFacts(oncogenicity="Uncertain_significance", oncogenicity_review_status=ONE_STAR)
    after = ClinVarFacts(
        oncogenicity="Oncogenic", oncogenicity_review_status=ONE_STAR, impact="Tier_I_-_Strong"
    )
    first, second = clinvar_changes(Subject("x"), before, after)
    assert (first.kind, first.direction) == (ChangeKind.ONCOGENICITY, Direction.WORSE)
    assert (second.kind, second.before, second.after) == (ChangeKind.IMPACT, "", "Tier_I_-_Strong")


def test_every_real_classification_has_a_rank_or_is_known_to_have_none(shared_data: Path) -> None:
    path = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    words = {
        told(line).get(key) for line in clinvar_lines(path) if line[0] != "#" for key in ("CLNSIG", "ONC")
    }
    unranked = {word for word in words if word and not read_classification(word).rank}
    assert unranked <= {
        "not_provided", "drug_response", "other", "association", "risk_factor", "protective", "Affects",
        "no_classification_for_the_single_variant", "no_classifications_from_unflagged_records",
        "confers_sensitivity", "association_not_found",
    }  # fmt: skip
    assert len(words - unranked) > 8


# Annotated files


def annotated(snapshot: Path, source: Path, output: Path) -> Path:
    annotator.annotate(source, output, snapshot=snapshot)
    return output


@pytest.mark.parametrize("suffix", [".vcf", ".vcf.gz", ".bcf"])
def test_files_tell_of_their_alleles_what_the_snapshots_tell_of_all(
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
def test_what_was_not_annotated_cannot_be_compared(
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
def test_the_exit_status_tells_changes_that_are_asked_for(
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


def test_table_json_and_page_tell_the_same(tmp_path: Path, sides: tuple[Path, Path]) -> None:
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


def test_a_page_holds_the_weightiest_and_says_how_many_it_leaves_out() -> None:
    comparison, page = hostile_comparison(50), DiffPage(limit=10)
    assert len(list(page.watched(comparison.changes))) == 51
    html = page.html(comparison)
    assert cells_of(html)[0][0] == "last"
    assert len(cells_of(html)) == 10
    assert "also contain the other 41" in html


def test_the_files_command_tells_the_sum_and_the_notes(tmp_path: Path, sides: tuple[Path, Path]) -> None:
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
