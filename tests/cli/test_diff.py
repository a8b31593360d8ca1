"""What changed between two releases, held against what the files say when they are compared line by line."""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter
from pathlib import Path

import pytest

import annotator
from annotator.diff.changes import (
    ChangeKind,
    CivicItem,
    ClinVarFacts,
    Direction,
    Subject,
    civic_changes,
    clinvar_changes,
)
from annotator.diff.comparison import FailOn, Side
from annotator.diff.snapshots import compare_snapshots, item_of
from annotator.sources.civic.records import Assertion, EvidenceItem
from annotator.sources.clinvar.classification import read_classification
from tests.support.compared import (
    CHANGED,
    DEMO_CIVIC,
    EXPECTED,
    OLD,
    ONE_STAR,
    TWO_STARS,
    changed_civic,
    facts,
)
from tests.support.inputs import write_clinvar, write_snapshot, write_vcf

# Snapshots


def test_the_differences_of_two_snapshots_are_those_of_their_files(sides: tuple[Path, Path]) -> None:
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


@pytest.fixture(scope="module")
def civic_sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("civic")
    annotator.build_snapshot(folder / "old", "GRCh38", civic=DEMO_CIVIC)
    annotator.build_snapshot(folder / "new", "GRCh38", civic=changed_civic(folder / "changed"))
    return folder / "old", folder / "new"


def test_added_removed_and_changed_civic_evidence_is_listed(civic_sides: tuple[Path, Path]) -> None:
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


def test_a_new_variant_of_level_a_is_listed_with_its_evidence() -> None:
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


def test_changes_of_oncogenicity_and_impact_are_listed() -> None:
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


def test_snapshots_with_files_of_the_users_are_compared(tmp_path: Path) -> None:
    """Their changes are not listed, but a note states that there are some."""
    meta = ['##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">']
    for name, frequency in (("old", "0.1"), ("new", "0.2"), ("same", "0.1")):
        (tmp_path / f"of {name}").mkdir()
        source = write_vcf(
            tmp_path / f"of {name}" / "kb.vcf", [f"7\t100\t.\tA\tT\t.\t.\tAF={frequency}"], meta=meta
        )
        clinvar = write_clinvar(tmp_path / "clinvar.vcf")
        annotator.build_snapshot(
            tmp_path / name, "GRCh38", clinvar=clinvar, vcf={"kb": source}, vcf_fields={"kb": ["AF"]}
        )
    changed = compare_snapshots(tmp_path / "old", tmp_path / "new")
    assert changed.notes == (
        "vcf:kb differs, but only alleles of ClinVar and variants of CIViC are compared",
    )
    assert (list(changed.changes), changed.tally.compared["clinvar"]) == ([], 3)
    assert compare_snapshots(tmp_path / "old", tmp_path / "same").notes == ()
