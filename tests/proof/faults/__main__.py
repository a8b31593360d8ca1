"""The command: try every fault against every command, and print the table."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.proof.faults.commands import COMMANDS
from tests.proof.faults.faults import FAULTS
from tests.proof.faults.trial import Outcome, tried, twice

_TWICE = "two runs at once"
_ROW = "| {} | {} | {} |\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the status is 1 if a promise was broken."""
    parser = argparse.ArgumentParser("python -m tests.proof.faults", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="FAULT", help="name of a fault")
    parser.add_argument("--command", action="append", default=[], help="name of a command")
    parser.add_argument("--times", type=int, default=0, help="runs of each fault in which chance decides")
    chosen = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="annotator-faults-"))
    home.chmod(0o755)
    broken = 0
    sys.stdout.write(_ROW.format("fault", "promised", "happened") + "|---|---|---|\n")
    try:
        for fault in chosen.only or [*FAULTS, _TWICE]:
            outcomes = _outcomes(home, fault, chosen.command or list(COMMANDS), chosen.times)
            broken += sum(bool(outcome.problems) for _, outcome in outcomes)
            sys.stdout.write(_ROW.format(fault, _promised(fault), _happened(outcomes)))
            for name, outcome in outcomes:
                sys.stdout.writelines(f"    {name}: {problem}\n" for problem in outcome.problems)
            sys.stdout.flush()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(f"broken promises: {broken}\n")
    return 1 if broken else 0


def _outcomes(home: Path, fault: str, names: Sequence[str], times: int) -> list[tuple[str, Outcome]]:
    found = []
    for name in names:
        if fault == _TWICE:
            found.append((name, twice(home, name)))
            continue
        if FAULTS[fault].concerns(COMMANDS[name]):
            runs = min(times, FAULTS[fault].times) if times else FAULTS[fault].times
            found += [(name, tried(home, fault, name, seed)) for seed in range(runs)]
        for trial in home.glob("trial-*"):
            shutil.rmtree(trial, ignore_errors=True)
    return found


def _promised(fault: str) -> str:
    if fault == _TWICE:
        return "one complete output"
    causes = FAULTS[fault].causes
    if not causes:
        return "the usual result" if fault != "SIGKILL" else "nothing under the final name"
    return f"the usual result, or an error that names the cause ({', '.join(filter(None, causes))})"


def _happened(outcomes: Sequence[tuple[str, Outcome]]) -> str:
    counts = Counter(
        "as usual" if outcome.status == 0 else f"status {outcome.status}" for _, outcome in outcomes
    )
    shown = next((outcome.error for _, outcome in outcomes if outcome.error), "")
    return ", ".join(f"{number} {what}" for what, number in counts.items()) + (
        f"; for example: {shown}" if shown else ""
    )


if __name__ == "__main__":
    sys.exit(main())
