"""How much of a scattered cohort's time is ours, how much Snakemake's, and what a shard costs.

    python -m tests.bench.workflow tumour.vcf.gz GRCh38.snapshot --samples 20 --shards 8

The same VCF stands for every sample. The cohort is annotated twice: each VCF as a whole, and in shards. Each call of
our command is noted with its beginning, its end and its CPU time; what remains is Snakemake's.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from annotator.variants.assembly import Assembly
from tests.conftest import REPOSITORY
from tests.support.workflow_runs import Cohort, make_cohort

_PROGRAM = """#!/bin/bash
began=$EPOCHREALTIME
exec 3>&2
TIMEFORMAT="$1 $began %U %S"
{{ time {python} -m annotator "$@" 2>&3; }} 2>{folder}/calls/$$
status=$?
echo " $EPOCHREALTIME" >> {folder}/calls/$$
exit $status
"""


class Call(NamedTuple):
    """One call of our command: seconds since the epoch, and of CPU."""

    began: float
    ended: float
    cpu: float


class Ran(NamedTuple):
    """A run of the workflow.

    Attributes:
        wall: seconds from its beginning to its end.
        cpu: seconds of CPU, of all processes.
        calls: of our command.

    """

    wall: float
    cpu: float
    calls: list[Call]

    @property
    def ours(self) -> float:
        """Seconds in which at least one call of ours was under way."""
        return covered((call.began, call.ended) for call in self.calls)

    @property
    def cpu_of_ours(self) -> float:
        return sum(call.cpu for call in self.calls)


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Length of what spans cover together."""
    total, reached = 0.0, float("-inf")
    for began, ended in sorted(spans):
        total += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return total


def note_calls(cohort: Cohort) -> None:
    """Have every call of our command noted from now on."""
    (cohort.folder / "calls").mkdir()
    program = cohort.folder / "bin" / "annotator"
    program.write_text(_PROGRAM.format(python=sys.executable, folder=cohort.folder))


def calls_of(cohort: Cohort, *words: str) -> list[Call]:
    """Calls that were noted, of these subcommands."""
    calls = []
    for path in (cohort.folder / "calls").iterdir():
        word, began, user, system, ended = path.read_text().split()
        if word in words:
            calls.append(Call(float(began), float(ended), float(user) + float(system)))
    return calls


def measured(folder: Path, vcf: Path, snapshot: Path, samples: int, shards: int, cores: int) -> Ran:
    """Annotate a cohort in a new folder."""
    cohort = make_cohort(folder)
    note_calls(cohort)
    names = [f"S{number}" for number in range(1, samples + 1)]
    suffix = "".join(vcf.suffixes[-2:])
    for name in names:
        (folder / f"{name}{suffix}").symlink_to(vcf.absolute())
    (folder / "snapshot").symlink_to(snapshot.absolute())
    cohort.list_samples(
        {"sample": name, "vcf": f"{name}{suffix}", "assembly": Assembly.GRCH38} for name in names
    )
    cohort.configure(
        snapshots={"GRCh38": {"folder": "snapshot"}},
        annotate={"threads": 1},
        scatter={"shards": shards, "above_mb": 0},
    )
    return _ran(cohort, [f"results/annotated/{name}.vcf.gz" for name in names], cores)


def _ran(cohort: Cohort, targets: list[str], cores: int) -> Ran:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    ended = cohort.run(*targets, "--cores", str(cores), "--quiet", "all")
    wall = time.monotonic() - began
    if ended.status:
        raise SystemExit(ended.said + cohort.logs())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    calls = calls_of(cohort, "annotate", "snapshot", "workflow")
    return Ran(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, calls)


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.workflow", description=__doc__)
    parser.add_argument("vcf", type=Path)
    parser.add_argument("snapshot", type=Path)
    for name, default in (("samples", 20), ("shards", 8), ("cores", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    told = parser.parse_args()
    print("shards  wall s  ours of it  CPU s  CPU of ours  calls")  # noqa: T201
    runs = {}
    with tempfile.TemporaryDirectory(prefix="annotator-bench-") as folder:
        for shards in (1, told.shards):
            ran = measured(
                Path(folder) / str(shards), told.vcf, told.snapshot, told.samples, shards, told.cores
            )
            runs[shards] = ran
            print(  # noqa: T201
                f"{shards:6}  {ran.wall:6.1f}  {ran.ours / ran.wall:10.0%}  {ran.cpu:5.1f}  {ran.cpu_of_ours:11.1f}  "
                f"{len(ran.calls):5}"
            )
    if told.shards > 1:
        more = runs[told.shards].cpu_of_ours - runs[1].cpu_of_ours
        others = (runs[told.shards].cpu - runs[told.shards].cpu_of_ours) - (runs[1].cpu - runs[1].cpu_of_ours)
        jobs = told.samples * told.shards
        print(  # noqa: T201
            f"each of {jobs} shards costs {more / jobs:.2f} s of CPU of ours more, "
            f"and {others / jobs:.2f} s of Snakemake's"
        )


if __name__ == "__main__":
    assert (REPOSITORY / "workflow").is_dir()
    main()
