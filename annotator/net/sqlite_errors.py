"""Interpretation of SQLite's errors: a damaged file, a lock held by another process, or a file system without locks."""

from __future__ import annotations

import sqlite3

__all__ = ["error_name", "has_no_locks", "is_damage", "is_held"]

_DAMAGE = ("SQLITE_ERROR", "SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_MISMATCH", "SQLITE_CONSTRAINT")
_HELD = ("SQLITE_BUSY", "SQLITE_LOCKED")
# SQLite reports ENOLCK, ENOSYS and EOPNOTSUPP from fcntl() as I/O errors.
_NO_LOCKS = ("SQLITE_NOLFS", "SQLITE_PROTOCOL", "SQLITE_IOERR_LOCK", "SQLITE_IOERR_RDLOCK")
_NO_LOCKS_EITHER = ("SQLITE_IOERR_UNLOCK", "SQLITE_IOERR_CHECKRESERVEDLOCK", "SQLITE_IOERR_SHMLOCK")


def error_name(error: sqlite3.Error) -> str:
    """Return SQLite's name of an error; errors of the Python module itself have none and mean SQLITE_ERROR."""
    return getattr(error, "sqlite_errorname", "SQLITE_ERROR")


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether the file is damaged, or not a database with the expected tables."""
    return error_name(error).startswith(_DAMAGE)


def is_held(error: sqlite3.Error) -> bool:
    """Return whether another process holds a lock on the file."""
    return error_name(error).startswith(_HELD)


def has_no_locks(error: sqlite3.Error) -> bool:
    """Return whether the file system refused to lock the file, though no other process holds it."""
    return error_name(error).startswith((*_NO_LOCKS, *_NO_LOCKS_EITHER))
