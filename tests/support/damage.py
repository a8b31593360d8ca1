# ruff: noqa: S608  # names of tables of ours
"""Ways to damage a file: any bytes, and values of JSON and SQLite that no writer of ours would write."""

from __future__ import annotations

import copy
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["DEEP", "damage_rows", "damaged_bytes", "damaged_json"]

DEEP = "[" * 100_000 + "]" * 100_000
_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1.5,
    float("inf"),
    "",
    "x",
    "../x",
    "\ud800",
    "é\n\t\x1b[2J",
    [],
    [[]],
    [None, 1],
    {},
    {"x": []},
)
_ODD_CELLS = (
    None,
    -1,
    2**62,
    1.5,
    "",
    "x",
    "[",
    "null",
    "3",
    '["9"]',
    '[["1"]]',
    '{"1": 2}',
    b"\xff\xfe",
    DEEP,
)


def damaged_bytes(good: bytes, count: int) -> Iterator[bytes]:
    """Yield a file that was cut off, overwritten, doubled, or had bits flipped; always the same."""
    chosen = random.Random(f"{len(good)} {count}")  # noqa: S311  # which bytes, not a secret
    yield from (b"", good[:1], good[: len(good) // 2], good[:-1], good + b"\0", good * 2, b"\0" * len(good))
    yield from (b"#!/bin/sh\n" * 300, DEEP.encode(), b'{"format": %s}' % DEEP.encode(), b"\x1f\x8b" + good)
    for _ in range(count):
        bad = bytearray(good)
        place = chosen.randrange(len(bad))
        match chosen.randrange(4):
            case 0:
                bad[place] ^= 1 << chosen.randrange(8)
            case 1:
                bad[place : place + chosen.randrange(1, 64)] = chosen.randbytes(chosen.randrange(64))
            case 2:
                del bad[place:]
            case 3:
                bad[place : place + 4096] = bytes(len(bad[place : place + 4096]))
        yield bytes(bad)


def damaged_json(good: Any) -> Iterator[Any]:
    """Yield a JSON value with each of its values, at any depth, left out or replaced by odd ones."""
    yield from _ODD
    for path in _paths(good):
        for odd in (*_ODD, ...):
            bad = copy.deepcopy(good)
            holder = bad
            for step in path[:-1]:
                holder = holder[step]
            if odd is ...:
                del holder[path[-1]]
            else:
                holder[path[-1]] = odd
            yield bad


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (key,)
        yield from ((key, *path) for path in _paths(inner))


def damage_rows(good: Path, work: Path) -> Iterator[str]:
    """Write a database anew at `work` with one odd change each time, and yield what was changed."""
    connection = sqlite3.connect(good)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {
        table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables
    }
    connection.close()
    changes: list[tuple[str, tuple[Any, ...]]] = []
    for table, names in columns.items():
        changes += [(f"DROP TABLE {table}", ()), (f"DELETE FROM {table}", ())]
        changes += [(f"ALTER TABLE {table} RENAME COLUMN {name} TO other", ()) for name in names]
        changes += [
            (f"ALTER TABLE {table} RENAME TO other", ()),
            (f"CREATE TABLE another AS SELECT * FROM {table}", ()),
        ]
        for name in names:
            changes += [(f"UPDATE OR REPLACE {table} SET {name} = ?", (odd,)) for odd in _ODD_CELLS]
            changes += [(f"UPDATE {table} SET {name} = CAST(X'ff' AS TEXT)", ())]
            changes += [
                (f"UPDATE OR REPLACE {table} SET {name} = ? WHERE rowid_like({table}.{names[0]})", (odd,))
                for odd in _ODD_CELLS
            ]
    for statement, values in changes:
        work.write_bytes(good.read_bytes())
        connection = sqlite3.connect(work)
        connection.create_function(
            "rowid_like", 1, lambda value: str(value) in {"format", "rs1", "1", "a", "began"}
        )
        try:
            with connection:
                connection.execute(statement, values)
        except sqlite3.IntegrityError:
            continue
        finally:
            connection.close()
        yield json.dumps([statement, repr(values)[:60]])
