"""Runs that are fed by hand, and what they leave behind."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest

OLD = b"the old output\n"
LINES = 60_000


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds; half a minute is a hang."""
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it never came to that")


def living(group: int) -> list[int]:
    """Processes of a process group that have not ended."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in table.stdout.splitlines())
    return [int(pid) for pid, pgid, stat in rows if int(pgid) == group and not stat.startswith("Z")]
