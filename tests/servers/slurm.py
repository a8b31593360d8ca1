"""A SLURM of one machine: the commands that Snakemake's executor calls, and jobs that really run, as local processes.

`install` puts the commands into a folder of the path. Each job is a folder with its name, its comment, its process id
and its state. The variable FAKE_SLURM_FAILS says which jobs fail the first time, by a comment and a state of SLURM's:
`rule_annotate_wildcards_A=NODE_FAIL` ends with its node, `…=FAILED` by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

COMMANDS = ("sacct", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
RUNNING, COMPLETED, FAILED, CANCELLED, NODE_FAIL = "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL"


def install(folder: Path, state: Path) -> None:
    """Put the commands into a folder; jobs are kept in another."""
    state.mkdir()
    for name in COMMANDS:
        program = folder / name
        program.write_text(f'#!/bin/sh\nFAKE_SLURM={state} exec {sys.executable} -S {__file__} {name} "$@"\n')
        program.chmod(0o755)


def jobs(state: Path) -> Iterator[Path]:
    """Folders of all jobs, in the order of their numbers."""
    yield from sorted(
        (path for path in state.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name)
    )


def _state() -> Path:
    return Path(os.environ["FAKE_SLURM"])


def _say(text: str) -> None:
    sys.stdout.write(text)


def _sbatch(words: Sequence[str]) -> None:
    """Start a job. Options that the executor does not give are unknown, as a misspelt one is to SLURM."""
    parser = argparse.ArgumentParser("sbatch", allow_abbrev=False)
    for name in (
        "--job-name",
        "--output",
        "--export",
        "--comment",
        "-t",
        "--mem",
        "--ntasks",
        "--cpus-per-task",
        "-D",
    ):
        parser.add_argument(name, required=True)
    for name in ("-A", "-p", "--exclude"):
        parser.add_argument(name)
    parser.add_argument("--parsable", action="store_true")
    parser.add_argument("--wrap", required=True)
    told = parser.parse_args(words)
    job = _made(_state())
    (job / "name").write_text(told.job_name)
    (job / "comment").write_text(told.comment)
    (job / "asked").write_text(f"{told.mem} MB, {told.t} min, {told.cpus_per_task} CPUs")
    log = Path(told.output.replace("%j", job.name))
    environment = os.environ | {"SLURM_JOB_ID": job.name}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-S", __file__, "run", str(job), told.wrap],
            cwd=told.D, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    (job / "pid").write_text(str(process.pid))
    _say(f"{job.name}\n")


def _made(state: Path) -> Path:
    """Make the folder of a new job."""
    number = 1
    while True:
        with contextlib.suppress(FileExistsError):
            (state / str(number)).mkdir()
            return state / str(number)
        number += 1


def _run(words: Sequence[str]) -> None:
    """Run a job to its end, as its node does."""
    job, script = Path(words[0]), words[1]
    fate = _fate(job)
    if fate == NODE_FAIL:  # nothing of it is left, and nobody was told
        _end(job, NODE_FAIL)
        return
    ended = subprocess.run(["/bin/sh", "-c", "exit 7" if fate else script], check=False)
    _end(job, FAILED if ended.returncode else COMPLETED)


def _fate(job: Path) -> str | None:
    """What becomes of a job: it fails the first time, if the variable says so."""
    comment = (job / "comment").read_text()
    fates = dict(pair.split("=") for pair in os.environ.get("FAKE_SLURM_FAILS", "").split(",") if pair)
    earlier = [one for one in jobs(_state()) if int(one.name) < int(job.name)]
    is_first = all((one / "comment").read_text() != comment for one in earlier)
    return fates.get(comment) if is_first else None


def _end(job: Path, state: str) -> None:
    if not (job / "state").exists():
        (job / "state.part").write_text(state)
        (job / "state.part").replace(job / "state")


def _state_of(job: Path) -> str:
    path = job / "state"
    return path.read_text() if path.exists() else RUNNING


def _after(words: Sequence[str], option: str) -> str | None:
    return words[words.index(option) + 1] if option in words else None


def _sacct(words: Sequence[str]) -> None:
    name, job = _after(words, "--name"), _after(words, "-j")
    if name is not None:
        _tell_states(name)
    elif job is not None:
        _say("node1\n" if "nodelist%-256" in words else "None\n")


def _squeue(words: Sequence[str]) -> None:
    _tell_states(_after(words, "--name") or "")


def _tell_states(name: str) -> None:
    for job in jobs(_state()):
        path = job / "name"
        if path.exists() and path.read_text() == name:
            _say(f"{job.name}|{_state_of(job)}\n")


def _scancel(words: Sequence[str]) -> None:
    for number in words:
        job = _state() / number
        _end(job, CANCELLED)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int((job / "pid").read_text()), signal.SIGKILL)


def _srun(words: Sequence[str]) -> None:
    command = list(words)
    while command[0].startswith("-"):
        command.pop(0)
    os.execvp(command[0], command)  # noqa: S606


def _sinfo(_words: Sequence[str]) -> None:
    _say("PARTITION\nmain*\n")


def _scontrol(_words: Sequence[str]) -> None:
    _say("MaxArraySize            = 1001\nMinJobAge               = 300 sec\n")


_CALLED = {
    "run": _run, "sacct": _sacct, "sbatch": _sbatch, "scancel": _scancel, "scontrol": _scontrol, "sinfo": _sinfo,
    "squeue": _squeue, "srun": _srun,
}  # fmt: skip

if __name__ == "__main__":
    _CALLED[sys.argv[1]](sys.argv[2:])
