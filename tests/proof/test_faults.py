"""A part of the table of faults in every run: each fault against the commands that it concerns, a few of them each."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.proof.faults.commands import COMMANDS
from tests.proof.faults.faults import FAULTS
from tests.proof.faults.trial import tried, twice

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or (shutil.which("cc") is None and "CI" not in os.environ),
    reason="a library is compiled and preloaded",
)
AT_ONCE = 3  # commands that each fault meets here; which ones differs by fault, so that each is met


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


def some(fault: str) -> list[str]:
    names = [name for name, command in COMMANDS.items() if FAULTS[fault].concerns(command)]
    first = 5 * list(FAULTS).index(fault)
    return [names[(first + 3 * number) % len(names)] for number in range(min(AT_ONCE, len(names)))]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_nothing_or_one_clear_error(fault: str, home: Path) -> None:
    outcomes = {name: tried(home, fault, name) for name in some(fault)}
    assert {name: outcome.problems for name, outcome in outcomes.items() if outcome.problems} == {}
    if FAULTS[fault].causes and FAULTS[fault].environment:
        assert any(outcome.status for outcome in outcomes.values()), "the fault had no effect"


def test_two_runs_at_once_leave_one_complete_output(home: Path) -> None:
    assert twice(home, "annotate VCF.gz -W -@2").problems == ()


def test_every_command_meets_a_fault_here() -> None:
    assert {name for fault in FAULTS for name in some(fault)} == set(COMMANDS)
