"""Time, processor time and memory of whole processes, seen from outside.

A command is started by this very file, run as a small script: the peak of a process counts what its parent held when
it was started, and a parent with numpy in it would hide a small peer. So no peak is below that of a bare Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.peers import Tool

__all__ = ["FailedRunError", "Usage", "cut_short", "run", "seconds_to_open"]

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_OPENINGS = 25


class Usage(NamedTuple):
    """Resources used by a run.

    Attributes:
        wall: seconds from its start to its end.
        cpu: seconds of processor time, of all its processes, user and system.
        peak: bytes of memory of its largest process at its largest.

    """

    wall: float
    cpu: float
    peak: int


class FailedRunError(Exception):
    """A tool ended with an error; the message is what it wrote last."""


def run(tool: Tool) -> Usage:
    """Run a tool to its end.

    Raises:
        FailedRunError: one of its processes failed.

    """
    request = json.dumps({"stages": tool.stages, "output": str(tool.output) if tool.is_piped else os.devnull})
    # -I and -S keep the small script small.
    child = subprocess.run([sys.executable, "-I", "-S", __file__, request], capture_output=True, check=False)
    if child.returncode != 0:
        raise FailedRunError(f"{tool.name}: {cut_short(child.stderr.decode(errors='replace'))}")
    return Usage(*json.loads(child.stdout))


def cut_short(text: str) -> str:
    """Give the last lines of what a tool wrote."""
    return "\n".join(text.strip().splitlines()[-12:])


def seconds_to_open(snapshot: Path) -> float:
    """Give the median time to open a snapshot, in a process that has done so before."""
    from statistics import median

    from annotator import Snapshot

    times = []
    for _ in range(_OPENINGS):
        begin = time.perf_counter()
        Snapshot.open(snapshot)
        times.append(time.perf_counter() - begin)
    return median(times)


def _run_stages(stages: Sequence[Sequence[str]], output: str) -> Usage:
    """Run commands, each reading what the one before writes; the last writes to `output`.

    Raises:
        SystemExit: one of them failed.

    """
    begin = time.perf_counter()
    processes: list[subprocess.Popen[bytes]] = []
    with Path(output).open("wb") as last_output:
        for number, stage in enumerate(stages, 1):
            source = processes[-1].stdout if processes else subprocess.DEVNULL
            sink = last_output if number == len(stages) else subprocess.PIPE
            processes.append(subprocess.Popen(stage, stdin=source, stdout=sink))
            if processes[:-1]:
                # This process must not hold the pipe open, or its writer never learns that the reader is gone.
                _close(processes[-2])
        ended = [os.wait4(process.pid, 0) for process in processes]
    wall = time.perf_counter() - begin
    for process, (_, status, _) in zip(processes, ended, strict=True):
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{process.args!r} ended with status {process.returncode}")
    usages = [usage for _, _, usage in ended]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return Usage(wall, cpu, max(usage.ru_maxrss for usage in usages) * _MAXRSS_UNIT)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is not None:
        process.stdout.close()


if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(_run_stages(request["stages"], request["output"])))
