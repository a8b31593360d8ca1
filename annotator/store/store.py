"""The store: a read-only table of alleles in one memory-mapped file.

A lookup consists of two bisections: for the contig's run of rows, then for the position within it. Rows are sorted by
contig (in the order of their first appearance in the directory), start, deleted and inserted bases. Text is stored once
per distinct value, in pools; a row contains its number. Numbers are little-endian and as narrow as possible.

    magic      8 bytes  b"ANNSTOR3"
    length     8 bytes  of the directory
    checksum   4 bytes  CRC-32 of the directory; followed by 4 bytes of padding
    directory  JSON     {"rows": n, "contigs": [[name, first, last]], "columns": {…}, "pools": {…},
                        "lookups": {…}, "indels": {…}, "size": n, "checksums": n}
    sections   each aligned to 64 bytes: columns (arrays of u8, u16 or u32), pools (u32 offsets, then UTF-8),
               lookups (sorted u64 keys, then the u32 row of each; or the u32 rows alone, sorted by a column),
               indels (tables of the rows with several representations: `store.indels`)
    checksums  u32 for each block of the sections, verified when the block is first read: `store.pages`

There is no pickle and nothing executable; opening reads the directory and maps the rest, so that processes share it.
"""

from __future__ import annotations

import json
import struct
import sys
from binascii import crc32
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from annotator.errors import SnapshotError
from annotator.store.indels import INDEL_TABLES, OPEN_LEFT, OPEN_RIGHT, IndelTable
from annotator.store.mapped_file import REBUILD, MappedFile
from annotator.store.pages import BLOCK_BITS, MAGIC, PREAMBLE, Column, Pages
from annotator.variants.allele import SUBSTITUTIONS, AlleleKey
from annotator.variants.query import Loci
from annotator.variants.shift import FURTHEST, Spellings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.int64]
    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["Store"]

_FIRST_TEXTS = 256
_KEPT_BATCHES = 64  # batches of records between two releases of memory-mapped pages
_OPEN_MARGIN = 2 * FURTHEST  # covers every indel that is short enough for the prefilter
_TYPECODES: dict[str, Literal["B", "H", "I"]] = {"u1": "B", "u2": "H", "u4": "I"}


class Store:
    """A store opened for reading.

    Attributes:
        contigs: first row and row after the last, by canonical contig name.
        columns: the numbers of each column, by column name; indexed by row.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = MappedFile(path)
        self._batches = 0
        self._entries: dict[tuple[int, tuple[int, int]], tuple[int, int]] = {}
        directory, base = self._directory()
        try:
            self._lay_out(directory, base)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise SnapshotError("the directory of the file is corrupt", path=path, remedy=REBUILD) from error

    def _lay_out(self, directory: dict[str, Any], base: int) -> None:
        """Locate the sections by the verified directory; a directory of another format raises any exception."""
        end = base + directory["size"]
        table = memoryview(self._file.read(end, len(self._file.content)))
        if crc32(table) != directory["checksums"]:
            raise self.damaged()
        body = self._file.content[base:end]
        self._pages = Pages(body, table.cast("I"), self.damaged, (self._file.read, base))
        sections = [(index(start), index(start + size)) for start, size in directory["sections"]]
        self.columns: dict[str, Column] = {
            name: self._column(sections[entry["section"]], _TYPECODES[entry["type"]])
            for name, entry in directory["columns"].items()
        }
        self._pools = {
            name: (self._column(sections[entry["section"]], "I"), sections[entry["section"] + 1])
            for name, entry in directory["pools"].items()
        }
        self.rows: int = index(directory["rows"])
        self.contigs: dict[str, tuple[int, int]] = {
            name: (first, last) for name, first, last in directory["contigs"]
        }
        self._lookups = {
            name: self._lookup(name, entry, sections) for name, entry in directory.get("lookups", {}).items()
        }
        self._start = self.columns["start"]
        self._allele = self.columns["allele"]
        tables = [self._indels(directory["indels"].get(name), sections) for name in INDEL_TABLES]
        self._shifted, self._open_left, self._open_right = tables
        lengths = {len(column) for column in self.columns.values()}
        if lengths != {self.rows} or "allele" not in self._pools:
            raise ValueError("columns of unequal length")
        runs = sorted(self.contigs.values())
        if [*(first for first, _ in runs), self.rows] != [0, *(last for _, last in runs)]:
            raise ValueError("contigs that do not cover the rows")

    def _column(self, span: tuple[int, int], typecode: Literal["B", "H", "I", "Q"]) -> Column:
        return Column(self._pages, *span, typecode)

    def _indels(self, section: int | None, sections: Sequence[tuple[int, int]]) -> IndelTable:
        if section is None:
            return IndelTable(self._start, b"", b"", b"", b"")
        rows, last, furthest = (self._column(one, "I") for one in sections[section : section + 3])
        table = IndelTable(self._start, rows, last, furthest, self._column(sections[section + 3], "B"))
        if len({len(column) for column in table[1:]}) != 1:
            raise ValueError("a table of indels of unequal length")
        return table

    def _lookup(
        self, name: str, entry: dict[str, Any], sections: Sequence[tuple[int, int]]
    ) -> tuple[Callable[[int], int], Sequence[int]]:
        """Return a function from an index position to its key, and the row of each position."""
        rows: Sequence[int] = self._column(sections[entry["section"]], "I")
        if entry["has_keys"]:
            keys = self._column(sections[entry["section"] - 1], "Q")
            if len(keys) != len(rows):
                raise ValueError("a look-up of unequal length")
            return keys.__getitem__, rows
        column = self.columns[name]
        return (lambda place: column[rows[place]]), rows

    def _directory(self) -> tuple[dict[str, Any], int]:
        if sys.byteorder == "big":
            raise SnapshotError(
                "snapshots require a little-endian machine",
                path=self.path,
                remedy="Use a machine with an x86-64 or ARM64 processor",
            )
        try:
            magic, length, checksum, _ = PREAMBLE.unpack(self._file.read(0, PREAMBLE.size))
            if magic != MAGIC:
                raise SnapshotError(
                    "the file is not part of an annotator snapshot", path=self.path, remedy=REBUILD
                )
            base = PREAMBLE.size + length
            text = self._file.read(PREAMBLE.size, min(base, len(self._file.content)))
            directory = json.loads(text) if crc32(text) == checksum else {}
            size = directory["size"]
            complete = len(self._file.content) == base + size + 4 * (-(-size >> BLOCK_BITS))
        except (struct.error, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise SnapshotError(
                "the directory of the file is corrupt", path=self.path, remedy=REBUILD
            ) from error
        if not complete:
            raise SnapshotError("the file is truncated", path=self.path, remedy=REBUILD)
        return directory, base

    def __len__(self) -> int:
        return self.rows

    def text(self, pool: str, number: int) -> str:
        """Return the text with a number in a pool.

        Raises:
            SnapshotError: the store is damaged.

        """
        offsets, (start, stop) = self._pools[pool]
        try:
            begin, end = start + offsets[number], min(start + offsets[number + 1], stop)
            return str(self._pages.read(begin, end), "utf-8", "surrogateescape")
        except IndexError as error:
            raise self.damaged() from error

    def texts_at(self, pool: str, numbers: Sequence[int]) -> list[str]:
        """Return many texts of a pool by their numbers.

        Raises:
            SnapshotError: the store is damaged.

        """
        if not numbers:
            return []
        import numpy as np

        offsets, (start, stop) = self._pools[pool]
        wanted = np.asarray(numbers, dtype=np.int64)
        low, high = int(wanted.min()), int(wanted.max()) + 1
        if high >= len(offsets):
            raise self.damaged()
        bounds = offsets.array(low, high + 1).astype(np.int64)
        firsts, lasts = bounds[wanted - low] + start, np.minimum(bounds[wanted - low + 1] + start, stop)
        body = self._pages.read(int(firsts.min()), int(lasts.max()))
        base = int(firsts.min())
        pairs = zip((firsts - base).tolist(), (lasts - base).tolist(), strict=True)
        return [str(body[first:last], "utf-8", "surrogateescape") for first, last in pairs]

    def texts(self, pool: str) -> Iterator[str]:
        """Yield the texts of a pool in the order of their numbers.

        Raises:
            SnapshotError: the store has no such pool.

        """
        if pool not in self._pools:
            raise self.damaged()
        return (self.text(pool, number) for number in range(len(self._pools[pool][0]) - 1))

    def check(self, columns: Iterable[str], pools: Iterable[str]) -> None:
        """Check that columns and pools exist.

        Raises:
            SnapshotError: one is missing.

        """
        if not (self.columns.keys() >= set(columns) and self._pools.keys() >= set(pools)):
            raise self.damaged()

    def damaged(self) -> SnapshotError:
        """Return the error for a store with invalid content."""
        return SnapshotError(
            "the file is damaged", path=self.path, remedy="Check the snapshot with: annotator snapshot verify"
        )

    def key(self, row: int) -> AlleleKey:
        """Return the allele of a row."""
        contig = next(name for name, (first, last) in self.contigs.items() if first <= row < last)
        deleted, _, inserted = self.text("allele", self._allele[row]).partition(">")
        return AlleleKey(contig, self._start[row], deleted, inserted)

    def find(self, allele: AlleleKey) -> int | None:
        """Return the row of an allele in any of its representations, or None."""
        run = self.contigs.get(allele.contig)
        if run is None:
            return None
        first, last = run
        start = self._start
        row = bisect_left(start, allele.start, first, last)
        wanted = f"{allele.deleted}>{allele.inserted}"
        while row < last and start[row] == allele.start:
            if self.text("allele", self._allele[row]) == wanted:
                return row
            row += 1
        return self._find_shifted(allele, run) if allele.is_indel and self._shifted.rows else None

    def _find_shifted(self, allele: AlleleKey, run: tuple[int, int]) -> int | None:
        for row, last, open_ in self._around(self._shifted, run, allele.start, allele.start):
            if self._spellings(allele.contig, row, last, open_).holds(allele):
                return row
        return None

    def _around(
        self, table: IndelTable, run: tuple[int, int], first: int, last: int
    ) -> Iterator[tuple[int, int, int]]:
        """Yield the indels of a table with a representation within a range of positions of a contig."""
        key = id(table), run
        if key not in self._entries:  # a bisection of all indels, which is the same for each of a contig
            self._entries[key] = table.entries(*run)
        return table.around(*self._entries[key], first, last)

    def _spellings(self, contig: str, row: int, last: int, open_: int) -> Spellings:
        deleted, _, inserted = self.text("allele", self._allele[row]).partition(">")
        key = AlleleKey(contig, self._start[row], deleted, inserted)
        return Spellings(key, last, bool(open_ & OPEN_LEFT), bool(open_ & OPEN_RIGHT))

    def spellings(self, row: int) -> Spellings:
        """Return the known representations of a row's allele."""
        key = self.key(row)
        for table in (self._open_left, self._open_right, self._shifted) if key.is_indel else ():
            place = bisect_left(table.rows, row)
            if place < len(table.rows) and table.rows[place] == row:
                return self._spellings(key.contig, row, table.last[place], table.open[place])
        return Spellings(key, key.start)

    @property
    def has_open_indels(self) -> bool:
        """Whether any indel may have unknown representations."""
        return bool(self._open_left.rows or self._open_right.rows)

    def open_indels(self, allele: AlleleKey, *, is_leftmost: bool) -> Iterator[tuple[int, Spellings]]:
        """Yield rows near an indel that may have unknown representations, and their known ones.

        Args:
            allele: a pure insertion or deletion.
            is_leftmost: whether it is known to be left-aligned: then it is none whose leftmost representation is known.

        """
        run = self.contigs.get(allele.contig)
        if run is None:
            return
        margin = FURTHEST + 2 * len(allele.deleted or allele.inserted)
        for table in (self._open_left,) if is_leftmost else (self._open_left, self._open_right):
            around = self._around(table, run, allele.start - margin, allele.start + margin)
            for row, last, open_ in around:
                yield row, self._spellings(allele.contig, row, last, open_)

    def rows_between(self, contig: str, first: int, last: int) -> range:
        """Return the rows of a contig that start within a range of positions, 1-based and inclusive."""
        begin, stop = self._run_of(contig)
        row = bisect_left(self._start, first, begin, stop)
        return range(row, bisect_right(self._start, last, row, stop))

    def keys_between(self, contig: str, first: int, last: int) -> Iterator[AlleleKey]:
        """Yield the alleles of a contig that start within a range of positions, 1-based and inclusive."""
        for row in self.rows_between(contig, first, last):
            deleted, _, inserted = self.text("allele", self._allele[row]).partition(">")
            yield AlleleKey(contig, self._start[row], deleted, inserted)

    def number_of(self, pool: str, text: str) -> int | None:
        """Return the number of a text in a pool whose texts are sorted by code point.

        None if it is not there, or if the store has no such pool.
        """
        if pool not in self._pools:
            return None
        size = len(self._pools[pool][0]) - 1
        place = bisect_left(range(size), text, key=lambda number: self.text(pool, number))
        return place if place < size and self.text(pool, place) == text else None

    def rows_of(self, lookup: str, key: int) -> list[int]:
        """Return the rows that a lookup table has for a key, ascending; empty if the store has no such table."""
        if lookup not in self._lookups:
            return []
        key_at, rows = self._lookups[lookup]
        places = range(len(rows))
        try:
            first = bisect_left(places, key, key=key_at)
            return [rows[place] for place in takewhile(lambda place: key_at(place) == key, places[first:])]
        except IndexError as error:
            raise self.damaged() from error

    def table_of(self, lookup: str) -> dict[int, list[int]]:
        """Return the rows of all keys of a lookup table, ascending, for many lookups of a small table."""
        found: dict[int, list[int]] = {}
        if lookup in self._lookups:
            key_at, rows = self._lookups[lookup]
            try:
                for place, row in enumerate(rows):
                    found.setdefault(key_at(place), []).append(row)
            except IndexError as error:
                raise self.damaged() from error
        return found

    def starts_between(self, contig: str, first: Integers, last: Integers) -> Mask:
        """Return, for many ranges of positions on a contig, whether an allele starts within each, in its first form."""
        return self._next_rows(contig, first, last)[1]

    def any_at(self, contig: str, loci: Loci) -> Mask:
        """Return which records of one contig may have an allele of the store, in any representation."""
        return self._next_rows(contig, loci.first, loci.last)[1] | self._indels_at(contig, loci)

    def _indels_at(self, contig: str, loci: Loci) -> Mask:
        """Return which records may have an indel of the store in a representation other than the leftmost."""
        import numpy as np

        found: Mask = np.zeros(loci.first.size, dtype=bool)
        run = self._run_of(contig)
        for table, may_be, margin in (
            (self._shifted, loci.last > loci.first, 0),
            (self._open_left, loci.last > loci.first, _OPEN_MARGIN),
            (self._open_right, loci.shiftable, _OPEN_MARGIN),
        ):
            records = may_be.nonzero()[0] if table.rows else ()
            if len(records):
                first, last = loci.first[records] - margin, loci.last[records] + margin
                found[records] |= table.meets(*run, first, last)
        return found

    def rows_at(self, contig: str, places: Loci) -> tuple[Mask, Integers]:
        """Return the records of one contig that may match an allele of the store; for substitutions this is exact.

        Args:
            contig: canonical contig name.
            places: positions at which each record's alleles can match.

        Returns:
            Mask of the records that may match; and for each record the row if its only allele certainly matches, else
            -1.

        """
        import numpy as np

        self._batches += 1
        if self._batches % _KEPT_BATCHES == 0:
            self._file.give_pages_back()  # files are sorted, and few pages are read again
        found = np.full(places.first.size, -1)
        rows, within = self._next_rows(contig, places.first, places.last)
        shifted = self._indels_at(contig, places)
        wanted = np.asarray(self._substitutions)[places.substitutions]
        undecided = np.flatnonzero(within & (wanted >= 0))
        within[undecided] = False
        rows, wanted, start = rows[undecided], wanted[undecided], places.first[undecided]
        first, stop = self._run_of(contig)
        starts, alleles = self._start.array(first, stop), self._allele.array(first, stop)
        while undecided.size:
            is_it = alleles[rows - first] == wanted
            within[undecided[is_it]] = True
            found[undecided[is_it]] = rows[is_it]
            rows += 1
            further = (rows < stop) & (starts[np.minimum(rows, stop - 1) - first] == start)
            undecided, rows, wanted, start = (one[further] for one in (undecided, rows, wanted, start))
        return within | shifted, found

    def _next_rows(self, contig: str, first: Integers, last: Integers) -> tuple[Integers, Mask]:
        """Return the first row at or after each position of one contig, and whether one lies at or before `last`."""
        import numpy as np

        begin, stop = self._run_of(contig)
        starts = self._start.array(begin, stop)
        if not starts.size:
            return np.zeros(first.size, dtype=np.int64), np.zeros(first.size, dtype=bool)
        # The search is fast only among numbers of one type; positions beyond its range are on no contig.
        rows = np.searchsorted(starts, np.clip(first, 0, np.iinfo(starts.dtype).max).astype(starts.dtype))
        within: Mask = (rows < starts.size) & (starts[np.minimum(rows, starts.size - 1)] <= last)
        within &= first <= starts[-1]
        return rows + begin, within

    def _run_of(self, contig: str) -> tuple[int, int]:
        """Return the first row of a contig and the row after its last."""
        return self.contigs.get(contig, (0, 0))

    @cached_property
    def _substitutions(self) -> list[int]:
        """Return the pool number of each of `SUBSTITUTIONS`; -1 if it was not among the first texts.

        A store of any size has nearly all of them among its first texts.
        """
        size = len(self._pools["allele"][0]) - 1
        numbers = {self.text("allele", number): number for number in range(min(size, _FIRST_TEXTS))}
        missing = size if size <= _FIRST_TEXTS else -1
        return [-1, *(numbers.get(text, missing) for text in SUBSTITUTIONS[1:])]
