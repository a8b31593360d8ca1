"""File locks. On file systems without locks, a file counts as not locked by another process.

Lustre without `flock`, NFS without a lock daemon and some FUSE file systems refuse every lock with ENOSYS, ENOLCK or
EOPNOTSUPP. Code that only avoids duplicate work continues without a lock there; code that must not write a file twice
checks `has_locks` first, or creates a file that must not exist before.
"""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

__all__ = ["can_lock", "has_locks", "lock"]

_HELD = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES})


def lock(file: int, *, waits: bool = False) -> bool:
    """Lock an open file for this process alone, until the file is closed.

    Args:
        file: its descriptor.
        waits: whether to wait for another process that holds it.

    Returns:
        Whether no other process holds the lock; True also if the file system has no locks.

    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except OSError as error:
        return error.errno not in _HELD
    return True


def can_lock(file: int) -> bool:
    """Return whether the file system of an open file has locks; if it has, the file is locked as by `lock`."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _HELD
    return True


def has_locks(folder: Path) -> bool:
    """Return whether SQLite can lock files in a folder; True also if no file can be created to test it."""
    from tempfile import TemporaryFile

    try:
        file = TemporaryFile(dir=folder)  # noqa: SIM115  # its errors are of another kind than those of the lock
    except OSError:
        return True
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno in _HELD
    return True
