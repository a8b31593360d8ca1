"""The faults, and what is promised of each."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.proof.faults.commands import Command

__all__ = ["FAULTS", "Fault"]

_NOBODY = 65534
Process = subprocess.Popen[bytes]


class Fault(NamedTuple):
    """A fault.

    Attributes:
        causes: words of which an error names one; none where there must be no error.
        environment: variables for the library of faults, beside the folder.
        limits: resource limits of the process.
        before: changes the folder before the command starts.
        during: does something to the running command.
        obeys_modes: whether the command must obey the modes of files, as the administrator need not.
        concerns: whether a command is tried.
        times: number of runs, where chance decides.
        may_leave: whether partial files may be left and the error may lack words: the process was ended from
            outside, or by a library in C that got no memory.

    """

    causes: tuple[str, ...]
    environment: Mapping[str, str] = {}
    limits: Mapping[int, int] = {}
    before: Callable[[Path], None] = lambda _folder: None
    during: Callable[[Process, Path, random.Random], None] = lambda _process, _folder, _chosen: None
    obeys_modes: bool = False
    concerns: Callable[[Command], bool] = lambda _command: True
    times: int = 1
    may_leave: bool = False


def _signalled(number: signal.Signals) -> Callable[[Process, Path, random.Random], None]:
    def send(process: Process, _folder: Path, chosen: random.Random) -> None:
        time.sleep(chosen.random() * 0.6)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)

    return send


def _kill_a_worker(process: Process, _folder: Path, _chosen: random.Random) -> None:
    for _ in range(2000):
        if process.poll() is not None:
            return
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with contextlib.suppress(OSError):
            if workers := children.read_text().split():
                os.kill(int(workers[0]), signal.SIGKILL)
                return
        time.sleep(0.002)


def _without(name: str) -> Callable[[Process, Path, random.Random], None]:
    def remove(_process: Process, folder: Path, chosen: random.Random) -> None:
        time.sleep(chosen.random() * 0.6)
        shutil.rmtree(folder / name, ignore_errors=True)

    return remove


def _replaced(_process: Process, folder: Path, chosen: random.Random) -> None:
    """Put another snapshot of the same content in place of the one that is used, as an update does."""
    shutil.copytree(folder / "snapshot", folder / "tmp" / "other")
    time.sleep(chosen.random() * 0.6)
    (folder / "snapshot").rename(folder / "tmp" / "former")
    (folder / "tmp" / "other").rename(folder / "snapshot")


def _no_writing(folder: Path) -> None:
    folder.chmod(0o555)


def _private_snapshot(folder: Path) -> None:
    (folder / "snapshot").chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder / "snapshot", _NOBODY, _NOBODY)
    else:
        (folder / "snapshot").chmod(0)


def _writes(command: Command) -> bool:
    return bool(command.outputs)


def _reads_snapshot(command: Command) -> bool:
    return "snapshot" in command.words[1:] and "--snapshot" in command.words


_INTERRUPTED = ("interrupted", "terminated")
_FULL = ("No space left",)
_EIO = ("Input/output error",)
_EIO_READING = ("read (Input/output error", "used (Input/output error")
_LIMIT = ("File too large",)
_GONE = (
    "No such file",
    "no such snapshot",
    "not a snapshot",
    "no snapshot",
    "does not exist",
    "damaged",
    "was changed",
    "is missing",
)

FAULTS: dict[str, Fault] = {
    "SIGINT": Fault(_INTERRUPTED, during=_signalled(signal.SIGINT), times=8),
    "SIGTERM": Fault(_INTERRUPTED, during=_signalled(signal.SIGTERM), times=8),
    "SIGKILL": Fault((), during=_signalled(signal.SIGKILL), times=8, may_leave=True),
    "full disk": Fault(_FULL, {"FAULT": "enospc", "FAULT_AFTER": "20000"}, concerns=_writes),
    "full disk at once": Fault(_FULL, {"FAULT": "enospc", "FAULT_AFTER": "0"}, concerns=_writes),
    "EIO while writing": Fault(_EIO, {"FAULT": "eio-write", "FAULT_AFTER": "20000"}, concerns=_writes),
    "EIO of fsync": Fault(_EIO, {"FAULT": "eio-sync"}, concerns=_writes),
    "EIO of rename": Fault(_EIO, {"FAULT": "eio-rename"}, concerns=_writes),
    "EIO while reading": Fault(_EIO_READING, {"FAULT": "eio-read", "FAULT_AFTER": "100000"}),
    "EIO of the first read": Fault(_EIO_READING, {"FAULT": "eio-read", "FAULT_AFTER": "0"}),
    "short reads": Fault((), {"FAULT": "short-read"}),
    "short writes": Fault((), {"FAULT": "short-write"}, concerns=_writes),
    # What doctor prints includes the age of a release, and a pulled snapshot its day.
    "clock that jumps": Fault(
        (), {"FAULT": "clock"}, concerns=lambda command: not {"doctor", "pull"} & {*command.words}
    ),
    "limit of file sizes": Fault(_LIMIT, limits={resource.RLIMIT_FSIZE: 20_000}, concerns=_writes),
    "limit of open files": Fault(("Too many open files",), limits={resource.RLIMIT_NOFILE: 9}),
    "limit of memory": Fault(("memory", ""), limits={resource.RLIMIT_AS: 130 << 20}, may_leave=True),
    "limit of processes": Fault(
        ("worker process",),
        {"FAULT": "fork", "FAULT_AFTER": "1"},
        concerns=lambda command: command.has_workers,
    ),
    "folder that is read-only": Fault(
        ("Permission denied", "Read-only"), before=_no_writing, obeys_modes=True, concerns=_writes
    ),
    "snapshot of another user, umask 077": Fault(
        ("belongs to",), before=_private_snapshot, obeys_modes=True, concerns=_reads_snapshot
    ),
    "worker killed for memory": Fault(
        ("ended by SIGKILL",), during=_kill_a_worker, concerns=lambda command: command.has_workers, times=3
    ),
    "snapshot that vanishes": Fault(_GONE, during=_without("snapshot"), concerns=_reads_snapshot, times=4),
    "snapshot that is replaced": Fault(_GONE, during=_replaced, concerns=_reads_snapshot, times=4),
}
"""Faults by their names."""
