"""The journal of an online run: every response, stored in one SQLite file as soon as it arrives.

A stopped run continues from it, failed lookups can be retried, and it can be replayed without a network:

    identifiers with a response        are not requested again
    identifiers without a response     are requested, or `Failed` in a replay
    the day on which the journal began is the release of the responses, because the service states none

A response is the list of records that the service returned for one identifier, and its time (UTC). Records are stored
once, by their identifier in the knowledge base. One process at a time writes a journal. Its threads alternate, the one
that sends requests (see `runtime.event_loop`) and the one that waits for it: SQLite's check for a single thread is
unnecessary.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from annotator.errors import JournalError
from annotator.net.json_values import is_writable
from annotator.net.sqlite_errors import error_name, has_no_locks, is_damage, is_held
from annotator.runtime.locks import has_locks
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import remedy_of, why

__all__ = ["Journal", "ServiceRow", "StoredResponse"]

_FORMAT = "1"
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (source TEXT, id TEXT, fields TEXT NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE answers (
  source TEXT, identifier TEXT, ids TEXT NOT NULL, time TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (source, identifier)
) WITHOUT ROWID;
"""
_ANEW = "Remove it to start again"
_ELSEWHERE = "Use another file with --journal"
_AT_ONCE = 500  # SQLite allows 999 parameters in its older versions

ServiceRow: TypeAlias = Mapping[str, Any]
"""A record as the service returned it: plain JSON values by field."""


class StoredResponse(NamedTuple):
    """A service's response for one identifier: the records by their identifiers, empty if not found."""

    identifier: str
    rows: Mapping[str, ServiceRow]


class Journal:
    """An open journal.

    Attributes:
        path: path of its file.
        began: ISO date in UTC on which the journal was begun.
        is_new: whether this run began it.

    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, is_new: bool) -> None:
        self.path = path
        self.is_new = is_new
        self._connection = connection
        facts = self._facts()
        if facts.get("format") != _FORMAT:
            raise JournalError(
                f"the journal has format {facts.get('format')}, but this version of annotator reads "
                f"{_FORMAT}",
                path=path,
                remedy=_ANEW,
            )
        self.began = date.fromisoformat(facts["began"]).isoformat()

    @classmethod
    def open(
        cls,
        path: Path,
        today: str,
        settings: Mapping[str, str],
        *,
        anew_before: str | None = None,
        is_private: bool = False,
    ) -> Self:
        """Begin a journal, or continue an unfinished one; a finished one is replaced.

        Args:
            path: path of its file.
            today: ISO date in UTC.
            settings: parameters on which the responses depend, such as the address of the service; they must be equal
                to those of a journal that is continued.
            anew_before: for a journal that only avoids repeated downloads: a journal with other settings, or begun
                before this ISO date, is replaced instead of refused; None for a journal that must not be lost.
            is_private: whether no other run opens it, or it only avoids repeated downloads: it then needs no lock if
                the file system has none.

        Raises:
            JournalError: the file belongs to another program or another run, is damaged or in use, or cannot be locked.

        """
        with _translated(path):
            exists = path.exists() and path.stat().st_size > 0
            if exists and cls._is_past(path, settings, anew_before):
                path.unlink()
                exists = False
            _make_private(path)
            query = "mode=rw" if has_locks(path.absolute().parent) else "mode=rw&nolock=1"
            if not is_private and "nolock" in query:
                raise _without_locks(path)
            connection = _connected(path, query, isolation_level=None)
            try:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("BEGIN EXCLUSIVE")
                if not exists:
                    _create(connection, {"format": _FORMAT, "began": today, **settings})
                connection.execute("COMMIT")
                journal = cls(path, connection, is_new=not exists)
                journal._demand(settings)
            except BaseException:
                connection.close()
                raise
        return journal

    @classmethod
    def replay(cls, path: Path, settings: Mapping[str, str]) -> Self:
        """Open a journal for reading only.

        Raises:
            JournalError: the journal does not exist, belongs to another run, or is damaged.

        """
        if not path.is_file():
            raise JournalError(
                "no such journal",
                path=path,
                remedy="Select the journal of the run with --journal; only runs with --online write one",
            )
        with _translated(path):
            finished = cls._finished(path, settings)
            if finished is not None:
                return finished
            suffix = "" if has_locks(path.absolute().parent) else "&nolock=1"
            try:
                return cls._opened(path, settings, f"mode=ro{suffix}")
            except sqlite3.OperationalError as error:
                # A run that was killed while writing left an incomplete transaction, which is rolled back first.
                if not error_name(error).startswith("SQLITE_READONLY"):
                    raise
                return cls._opened(path, settings, f"mode=rw{suffix}")

    @classmethod
    def _finished(cls, path: Path, settings: Mapping[str, str]) -> Self | None:
        """Open the journal of a finished run, which needs no lock; None if it is not one, or another run's."""
        try:
            journal = cls._opened(path, settings, "mode=ro&nolock=1")
        except (sqlite3.Error, JournalError, ValueError, LookupError, TypeError, AttributeError):
            return None  # any error occurs again on normal opening, and is reported there
        if journal.fact("finished") == "yes":
            return journal
        journal.close()
        return None

    @classmethod
    def _opened(cls, path: Path, settings: Mapping[str, str], query: str) -> Self:
        connection = _connected(path, query)
        try:
            journal = cls(path, connection, is_new=False)
            journal._demand(settings)
        except BaseException:
            connection.close()
            raise
        return journal

    @classmethod
    def _is_past(cls, path: Path, settings: Mapping[str, str], anew_before: str | None) -> bool:
        with cls.replay(path, {}) as journal:
            if journal.fact("finished") == "yes":
                return True
            return anew_before is not None and (
                journal.began < anew_before
                or any(journal.fact(name) != value for name, value in settings.items())
            )

    def _demand(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            found = self.fact(name)
            if found != value:
                raise JournalError(
                    f"the journal belongs to another run: {name} is {found}, but {value} in this run",
                    path=self.path,
                    remedy="Use another file with --journal, or remove this one to start again",
                )

    def _facts(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT name, value FROM meta"))

    def fact(self, name: str) -> str | None:
        """Return a stored fact, or None."""
        with _translated(self.path):
            row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Store a fact."""
        with _translated(self.path):
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def known(self, source: str, identifiers: Iterable[str]) -> Iterator[StoredResponse]:
        """Yield the stored responses for some identifiers, in any order."""
        with _translated(self.path):
            remaining = iter(identifiers)
            while some := tuple(islice(remaining, _AT_ONCE)):
                yield from self._known(source, some)

    def _known(self, source: str, identifiers: Sequence[str]) -> Iterator[StoredResponse]:
        ids = {
            identifier: _parsed(text, list)
            for identifier, text in self._select("answers", "identifier, ids", source, identifiers)
        }
        wanted = list(dict.fromkeys(id_ for some in ids.values() for id_ in some))
        rows: dict[str, ServiceRow] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            found = self._select("records", "id, fields", source, wanted[start : start + _AT_ONCE])
            rows |= {id_: _parsed(text, dict) for id_, text in found}
        for identifier, some in ids.items():
            yield StoredResponse(identifier, {id_: rows[id_] for id_ in some})

    def _select(self, table: str, columns: str, source: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        key = columns.partition(",")[0]
        marks = ",".join("?" * len(keys))
        query = f"SELECT {columns} FROM {table} WHERE source = ? AND {key} IN ({marks})"  # noqa: S608  # names of ours
        return self._connection.execute(query, (source, *keys)).fetchall()

    def add(self, source: str, answers: Iterable[StoredResponse]) -> None:
        """Store responses, all or none; they are on disk when this returns."""
        answers = list(answers)
        with _translated(self.path):
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT OR IGNORE INTO records VALUES (?, ?, ?)",
                [(source, id_, _json(row)) for answer in answers for id_, row in answer.rows.items()],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO answers (source, identifier, ids) VALUES (?, ?, ?)",
                [(source, answer.identifier, _json(list(answer.rows))) for answer in answers],
            )
            self._connection.execute("COMMIT")

    def forget(self, source: str) -> None:
        """Delete all responses of a source, so that they are requested again."""
        with _translated(self.path):
            self._connection.execute("BEGIN")
            for table in ("answers", "records"):
                self._connection.execute(f"DELETE FROM {table} WHERE source = ?", (source,))  # noqa: S608  # names of ours
            self._connection.execute("COMMIT")

    def count(self, source: str) -> int:
        """Return the number of identifiers with a response."""
        query = "SELECT COUNT(*) FROM answers WHERE source = ?"
        with _translated(self.path):
            return int(self._connection.execute(query, (source,)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connected(path: Path, query: str, **options: Any) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{query}"
    made: sqlite3.Connection = sqlite3.connect(
        address, uri=True, timeout=1, check_same_thread=False, **options
    )
    return made


def _make_private(path: Path) -> None:
    """Create the file if it does not exist, readable by the user alone: it names the variants of a patient."""
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise JournalError(
            f"cannot be written ({error.strerror})", path=path, remedy="Use another file with --journal"
        ) from error


def _create(connection: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    for statement in filter(str.strip, _TABLES.split(";")):
        connection.execute(statement)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if is_writable(value) else json.dumps(value, separators=(",", ":"))


def _parsed(text: str, kind: type[Any]) -> Any:
    """Return a JSON value that must have a given type."""
    value = json.loads(text)
    if not isinstance(value, kind):
        raise TypeError(f"a {type(value).__name__} in place of a {kind.__name__}")
    return value


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Convert SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(error, path) from error
    except OSError as error:
        raise JournalError(
            f"cannot be used ({why(error)})", path=path, remedy=remedy_of(error, _ELSEWHERE)
        ) from error
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(error, path) from error


def _error(error: sqlite3.Error, path: Path) -> JournalError:
    if is_held(error):
        return JournalError("another process is using it", path=path, remedy="Wait until it has finished")
    if has_no_locks(error):
        return _without_locks(path)
    if is_damage(error):
        return _damaged(error, path)
    return JournalError(f"cannot be used ({error})", path=path, remedy=_ELSEWHERE)


def _damaged(error: Exception, path: Path) -> JournalError:
    return JournalError(f"the file is not a journal, or it is damaged ({error})", path=path, remedy=_ANEW)


def _without_locks(path: Path) -> JournalError:
    return JournalError(
        "its file system has no locks, so two runs could write to it at once",
        path=path,
        remedy="Use a file on a local disk with --journal",
    )
