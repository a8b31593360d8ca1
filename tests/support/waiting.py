"""Waiting for processes and files, with a limit."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHILD_LIMIT = 240.0
"""Seconds within which a child process must end, unless a test says otherwise."""


def limit_waits() -> None:
    """Give every wait of `subprocess` a limit: a child that does not end fails one test and stops no run."""
    wait, communicate = subprocess.Popen.wait, subprocess.Popen.communicate

    def limited_wait(process: Any, timeout: float | None = None) -> int:
        return wait(process, CHILD_LIMIT if timeout is None else timeout)

    def limited_communicate(process: Any, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002
        return communicate(process, input, CHILD_LIMIT if timeout is None else timeout)

    subprocess.Popen.wait = limited_wait  # type: ignore[method-assign]
    subprocess.Popen.communicate = limited_communicate  # type: ignore[method-assign]


def gone(pid: int, within: float = 20.0) -> bool:
    """Whether a process has ended, or does within so many seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def until(happened: Callable[[], bool], within: float = 60.0) -> None:
    end = time.monotonic() + within
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
