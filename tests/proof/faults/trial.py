"""One trial: a command meets a fault, and what is left is compared with what is promised."""

from __future__ import annotations

import ctypes
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.conftest import REPOSITORY
from tests.proof.faults.commands import COMMANDS, environment, prepared
from tests.proof.faults.faults import FAULTS, Fault

__all__ = ["Outcome", "tried", "twice"]

_PATIENCE = 120  # seconds
_DROP = 24  # prctl(2), PR_CAPBSET_DROP
_OVERRIDING = (1, 2)  # capabilities(7), CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
_CRASH = ("Traceback", "did not expect")
_ENDED = {130, 143, -signal.SIGINT, -signal.SIGTERM, -signal.SIGKILL}
_START = """
import os, sys
from annotator.__main__ import main
file = int(sys.argv.pop(1))
os.write(file, b"x")
os.close(file)
main()
"""
Files = Mapping[str, str]


class Outcome(NamedTuple):
    """What happened.

    Attributes:
        status: exit status.
        error: what the command printed as its error; empty for none.
        problems: broken promises.

    """

    status: int
    error: str
    problems: tuple[str, ...]


@cache
def _library(home: Path) -> Path:
    library = home / "faulty_files.so"
    source = REPOSITORY / "tests" / "support" / "faulty_files.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


@cache
def _expected(home: Path, name: str) -> tuple[Files, bytes]:
    """Return what a command writes and prints without a fault."""
    folder = prepared(home, home / f"expected-{len(list(home.iterdir()))}")
    before = _files(folder)
    done = subprocess.run(_words(name), cwd=folder, env=environment(folder), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path: found for path, found in _files(folder).items() if path not in before}, done.stdout


def _words(name: str) -> list[str]:
    return [sys.executable, "-m", "annotator", *COMMANDS[name].words, "--no-progress"]


def _files(folder: Path) -> Files:
    """Checksums of all files of a folder, by their paths in it."""
    paths = [Path(where) / name for where, _, names in os.walk(folder) for name in names]
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in paths}


def tried(home: Path, fault_name: str, name: str, seed: int = 0) -> Outcome:
    """Try a command with a fault.

    Args:
        home: folder for all trials.
        fault_name: a name of `FAULTS`.
        name: a name of `COMMANDS`.
        seed: decides what chance decides.

    """
    fault, chosen = FAULTS[fault_name], random.Random(f"{fault_name} {name} {seed}")  # noqa: S311
    expected, printed = _expected(home, name)
    folder = prepared(home, home / f"trial-{len(list(home.iterdir()))}")
    before = _files(folder)
    fault.before(folder)
    shim = {"LD_PRELOAD": str(_library(home)), "FAULT_BELOW": str(folder)} if fault.environment else {}
    process = _started(name, folder, fault, {**environment(folder), **shim, **fault.environment})
    fault.during(process, folder, chosen)
    try:
        out, err = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Outcome(-1, "", ("it did not end",))
    left = _left_processes(process.pid)
    _readable(folder)
    after = _files(folder)
    text = (err + out if process.returncode else err).decode("utf-8", "replace")  # doctor prints findings
    problems = [f"{left} processes were left"] if left else []
    problems += _problems_of_files(fault, before, after)
    made = {
        path: found for path, found in after.items() if path not in before and not path.startswith("tmp/")
    }
    if process.returncode == 0:
        if {path: found for path, found in made.items() if path in expected} != expected:
            problems.append("status 0, but the output is not what it should be")
        if out != printed:
            problems.append("status 0, but it printed something else")
    else:
        problems += _problems_of_error(fault, text, process.returncode)
        # A signal may come when the output has just got its name.
        broken = [path for path in made if path in expected and made[path] != expected[path]]
        problems += [f"status {process.returncode}, but {path} is there and not complete" for path in broken]
        if process.returncode not in _ENDED:
            problems += [
                f"status {process.returncode}, but {path} is there" for path in made if path in expected
            ]
    if not fault.may_leave:
        kept = COMMANDS[name].keeps or "tmp/"
        problems += [
            f"{path} was left" for path in made if path not in expected and not path.startswith(kept)
        ]
    if process.returncode and COMMANDS[name].keeps:
        problems += _problems_of_repetition(name, folder, expected)
    return Outcome(process.returncode, _error_of(text), tuple(problems))


def _problems_of_repetition(name: str, folder: Path, expected: Files) -> list[str]:
    """Run a command that continues what a former run left, without the fault."""
    words = [*_words(name), *(["--force"] if (folder / COMMANDS[name].outputs[0]).exists() else [])]
    again = subprocess.run(words, cwd=folder, env=environment(folder), capture_output=True, check=False)
    files = _files(folder)
    if again.returncode or {path: files.get(path) for path in expected} != expected:
        return [f"the next run ended with status {again.returncode}: {again.stderr[-200:]!r}"]
    return [f"{path} was left by the next run" for path in files if path.startswith(COMMANDS[name].keeps)]


def _readable(folder: Path) -> None:
    for path in (folder, folder / "snapshot"):
        if path.exists():
            path.chmod(0o755)


def _started(name: str, folder: Path, fault: Fault, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    def limited() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for limit, most in fault.limits.items():
            resource.setrlimit(limit, (most, most))
        if fault.obeys_modes:
            for capability in _OVERRIDING:
                ctypes.CDLL(None).prctl(_DROP, capability, 0, 0, 0)

    # Faults begin when Python has started and runs our code: what happens before is not ours to say.
    ready, tell = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(tell), *_words(name)[3:]],
        cwd=folder,
        env=variables,
        pass_fds=(tell,),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=limited,  # noqa: PLW1509  # the trial has one thread
    )
    os.close(tell)
    os.read(ready, 1)
    os.close(ready)
    return process


def _left_processes(group: int) -> int:
    for _ in range(40):  # a worker whose parent was killed ends within half a second or so
        table = subprocess.run(
            ["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True
        ).stdout
        rows = [row.split() for row in table.splitlines()]
        left = sum(int(one) == group and not stat.startswith("Z") for one, stat in rows)
        if not left:
            return 0
        time.sleep(0.1)
    return left


def _problems_of_files(fault: Fault, before: Files, after: Files) -> list[str]:
    problems = [f"{path} was changed" for path in before if path in after and after[path] != before[path]]
    if fault.during is FAULTS["SIGINT"].during or not fault.may_leave:
        kept = ("tmp/other", "tmp/former")
        problems += [
            f"{path} was left" for path in after if path.startswith("tmp/") and not path.startswith(kept)
        ]
    return problems


def _problems_of_error(fault: Fault, text: str, status: int) -> list[str]:
    problems = [f"an unexpected error: {text[-300:]}" for word in _CRASH[:1] if word in text]
    if _CRASH[1] in text:
        problems.append(f"an error that nobody foresaw: {text[-300:]}")
    if status in {-signal.SIGINT, -signal.SIGKILL, -signal.SIGTERM}:
        return problems  # before the program could say anything
    if not fault.causes:
        return [*problems, f"status {status}, which nothing explains: {text[-200:]}"]
    if not any(cause in text for cause in fault.causes):
        problems.append(f"the cause is not named: {text[-200:]!r}")
    return problems


def _error_of(text: str) -> str:
    lines = [
        line for line in text.splitlines() if line.startswith("ERROR") or "no output was written" in line
    ]
    return lines[-1] if lines else ""


def twice(home: Path, name: str) -> Outcome:
    """Run a command twice at once, to the same output."""
    expected, _ = _expected(home, name)
    folder = prepared(home, home / f"trial-{len(list(home.iterdir()))}")
    before = _files(folder)
    words, variables = _words(name), environment(folder)
    runs = [
        subprocess.Popen(words, cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    errors = [run.communicate(timeout=_PATIENCE)[1].decode() for run in runs]
    after = {path: found for path, found in _files(folder).items() if path not in before}
    problems = [] if after == expected else [f"the output is not what it should be: {sorted(after)}"]
    problems += [error[-200:] for error in errors if _CRASH[0] in error or _CRASH[1] in error]
    statuses = [run.returncode for run in runs]
    if 0 not in statuses:
        problems.append(f"neither run succeeded: {errors}")
    return Outcome(max(statuses), "; ".join(filter(None, map(_error_of, errors))), tuple(problems))
