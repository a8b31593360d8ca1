"""State of a host shared by all processes of a user on one machine: last request, and number of requests today.

It is stored in one small SQLite file per host, in a folder that only the user can read: `ANNOTATOR_STATE_DIR`, else
`annotator` in `XDG_RUNTIME_DIR`, else `annotator-UID` in the folder for temporary files. Nodes of a cluster do not
share it.
"""

from __future__ import annotations

import datetime
import os
import re
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotator.errors import NetworkError
from annotator.net.errors import BudgetError
from annotator.net.limits import HttpLimits
from annotator.net.sqlite_errors import is_damage
from annotator.runtime.locks import has_locks
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted

__all__ = ["HostState", "Turn", "state_folder"]

_REMEDY = "Set ANNOTATOR_STATE_DIR to a folder of your own on a local disk"
_DAMAGED = "The file is damaged and contains only numbers of requests: remove it"
_LOCK_SECONDS = 30.0  # the lock is held for about a millisecond: a process that keeps it longer was suspended


def state_folder() -> Path:
    """Return the folder of the shared network state, created if it does not exist.

    Raises:
        NetworkError: the folder cannot be created, or other users can write to it.

    """
    configured = os.environ.get("ANNOTATOR_STATE_DIR")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if configured:
        folder = Path(configured)
    # Batch systems pass on the variable of the login node without the folder.
    elif runtime and os.access(runtime, os.W_OK | os.X_OK):
        folder = Path(runtime) / "annotator"
    else:
        folder = Path(tempfile.gettempdir()) / f"annotator-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat() if not configured else folder.stat()
    except OSError as error:
        raise NetworkError(
            f"the folder for request counts cannot be created ({error.strerror})",
            path=folder,
            remedy=_REMEDY,
        ) from error
    # In a folder that everyone can write to, another user may have created it first.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & stat.S_IWOTH:
        raise NetworkError(
            "other users can write to the folder for request counts", path=folder, remedy=_REMEDY
        )
    return folder


class Turn(NamedTuple):
    """A time slot for a request.

    Attributes:
        wait: seconds to wait before the next attempt to take it; 0 if it was taken.
        today: requests to the host in this UTC day, including this one if it may be sent now.
        taken: time at which it was taken, in seconds of `time.monotonic()`.

    """

    wait: float
    today: int
    taken: float = 0.0


class HostState:
    """The shared state of one host. Its methods may block for as long as another process holds the lock."""

    def __init__(self, folder: Path, host: str, limits: HttpLimits) -> None:
        """Open the state.

        Args:
            folder: from `state_folder`.
            host: name, with its port if that is not the scheme's default.
            limits: rate limits of the host.

        Raises:
            NetworkError: the file cannot be used.

        """
        self._host = host
        self._path = folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', host)}.sqlite"
        self._limits = limits
        self._thread = threading.Lock()  # requests of one process share the connection
        if not has_locks(folder):  # otherwise every request would wait for a lock that no process holds
            raise NetworkError(
                "requests cannot be counted, because this file system has no locks",
                path=self._path,
                remedy=_REMEDY,
            )
        with self._translated():
            self._connection = sqlite3.connect(
                self._path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
        with self._locked():
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
            )

    def take(self, *, again: bool = False) -> Turn:
        """Take the next time slot if it is now.

        Args:
            again: whether the request had a time slot and could not use it; it is counted once per day.

        Raises:
            BudgetError: the daily number of requests is used up.
            NetworkError: the file cannot be used.

        """
        with self._locked():
            now = _now()
            day = f"requests {datetime.datetime.fromtimestamp(now / 1000, datetime.UTC).date()}"
            today = self._fact(day)
            if not again:
                self._check(today)
            rest = (self._fact("rest until") - now) / 1000
            if 0 < rest <= self._limits.longest_wait:  # longer: the clock was set back
                return Turn(rest, today)
            # One request per interval, rather than N per second: a window that may be used up at once lets 2 N
            # requests arrive within a second if the first of them were delayed on their way.
            wait = self._fact("last request") + self._limits.interval - now
            if 0 < wait <= self._limits.interval:  # longer: the clock was set back
                return Turn(wait / 1000, today)
            self._note("last request", now)
            if not again:
                today += 1
                self._note(day, today)
            return Turn(0.0, today, time.monotonic())

    def rest(self, seconds: float) -> None:
        """Prevent all processes from contacting the host for this many seconds, as the host requested."""
        with self._locked():
            self._note("rest until", _now() + int(seconds * 1000))

    def close(self) -> None:
        """Close the file; a request that is still being counted by another thread is waited for."""
        with self._thread, self._translated():
            self._connection.close()

    def _check(self, today: int) -> None:
        most = self._limits.max_requests_per_day
        if most is not None and today >= most:
            raise BudgetError(
                f"no request was sent, because the daily limit of {counted(most, 'request')} is used up",
                path=self._host,
                remedy="Continue tomorrow (UTC), or raise the limit",
            )

    def _fact(self, name: str) -> int:
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def _note(self, name: str, value: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Read and write the state in one transaction, across all threads and processes."""
        with self._thread, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Convert errors of the file into ours."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
            is_sound = isinstance(error, OSError) or (
                isinstance(error, sqlite3.Error) and not is_damage(error)
            )
            raise NetworkError(
                f"the number of requests cannot be recorded ({error})",
                path=self._path,
                remedy=_REMEDY if is_sound else _DAMAGED,
            ) from error


def _now() -> int:
    """Return the time in milliseconds since 1970, which all processes of the machine share."""
    return time.time_ns() // 1_000_000
