"""Waiting for processes and files, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


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
