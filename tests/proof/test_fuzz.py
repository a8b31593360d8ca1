"""A little fuzzing in every run: the kept inputs, and some hundred changed ones that are the same each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.proof.fuzz import runner
from tests.proof.fuzz.mutation import mutated
from tests.proof.fuzz.runner import CORPUS, TARGETS, kept_inputs, search, tried

MOST = 800  # inputs of a target
SLOW = {
    "bcf": 120,
    "civic": 60,
    "conversion": 150,
    "text": 400,
    "sample_sheet": 200,
    "annotations": 200,
    "civic_v1": 200,
    "civic_graphql": 200,
    "clinvar_tables": 200,
    "diff": 200,
    "report": 300,
    "structural": 100,
    "own_vcf": 150,
    "own_regions": 200,
}
LARGEST_CORPUS = 300_000  # bytes


@pytest.mark.parametrize("name", TARGETS)
def test_any_input_gives_a_result_or_an_error_of_ours(name: str) -> None:
    tally = search(name, most=SLOW.get(name, MOST), seconds=60)
    assert not [finding.what for finding in tally.findings.values()]
    assert tally.executions >= len(kept_inputs(name))
    assert tally.refused < tally.executions


def test_every_target_has_inputs_and_every_input_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
    assert all(kept_inputs(name) for name in TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < LARGEST_CORPUS


def broken(data: bytes) -> None:
    if b"7" in data:
        raise KeyError("x")
    if b"loop" in data:
        while True:
            pass


def test_a_broken_promise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TARGETS, "bed", broken)
    monkeypatch.setattr(runner, "_PATIENCE", 0.2)
    (finding,) = search("bed", most=20).findings.values()
    assert finding.where == "bed KeyError test_fuzz.py:broken"
    hang, _ = tried("bed", b"loop")
    assert hang is not None
    assert "HangError" in hang.what


def test_changes_are_the_same_for_the_same_seed() -> None:
    import random

    kept = kept_inputs("text")
    one, other = ([mutated(kept[0], kept, random.Random(7)) for _ in range(5)] for _ in range(2))  # noqa: S311
    assert one == other
    assert one[0] != kept[0]


def test_the_command_replays_and_reports(tmp_path: Path) -> None:
    words = ["--replay", "--findings", str(tmp_path), "protein", "hgvs"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof.fuzz", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "findings: 0"
