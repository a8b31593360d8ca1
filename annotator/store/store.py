"""The store: a read-only table of alleles in one memory-mapped file.

A lookup is two bisections: the contig's run of rows, then the position within it. Rows are sorted by contig (in
the order of their first appearance in the directory), start, deleted and inserted bases. Text is kept once per
distinct value, in pools; a row holds its number there. Numbers are little-endian and as narrow as they can be.

    magic      8 bytes  b"ANNSTOR1"
    length     8 bytes  of the directory
    directory  JSON     {"rows": n, "contigs": [[name, first, last]], "columns": {…}, "pools": {…},
                        "lookups": {…}, "size": n}
    sections   each aligned to 64 bytes: columns (arrays of u8, u16 or u32), pools (u32 offsets, then UTF-8),
               look-ups (sorted u64 keys, then the u32 row of each; or the u32 rows alone, sorted by a column)

No pickle, nothing executable; opening reads the directory and maps the rest, so that processes share it.
"""

from __future__ import annotations

import json
import mmap
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

from annotator.errors import SnapshotError
from annotator.variants.allele import SUBSTITUTIONS, AlleleKey
from annotator.variants.assembly import CANONICAL_CONTIGS
from annotator.variants.query import Loci

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = Sequence[int] | NDArray[np.unsignedinteger[Any]]
    Integers: TypeAlias = NDArray[np.int64]
    Keys: TypeAlias = NDArray[np.uint64]
    Mask: TypeAlias = NDArray[np.bool_]

Section: TypeAlias = bytes | bytearray | memoryview

__all__ = ["Lookup", "Store", "TextPool", "contig_order", "write_store"]

_MAGIC = b"ANNSTOR1"
_PREAMBLE = struct.Struct("<8sQ")
_ALIGNMENT = 64
_FIRST_TEXTS = 256
_KEPT_BATCHES = 64  # of records, between two moments at which pages are given back
_TYPECODES = {"u1": "B", "u2": "H", "u4": "I"}


def contig_order(contig: str) -> tuple[int, str]:
    """Sort key of a canonical contig name: 1 to 22, X, Y, MT, then the others by name."""
    if contig in CANONICAL_CONTIGS:
        return CANONICAL_CONTIGS.index(contig), ""
    return len(CANONICAL_CONTIGS), contig


class TextPool:
    """Texts numbered in the order in which they were first added; each is kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def add(self, text: str) -> int:
        """Give the text's number."""
        return self._numbers.setdefault(text, len(self._numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)


class Lookup(NamedTuple):
    """Another way to rows than by allele.

    Attributes:
        keys: 64-bit numbers in ascending order, repeated where several rows have one; None where they are the
            values of the column of the look-up's name.
        rows: the row of each key; those of equal keys in ascending order.

    """

    keys: Keys | None
    rows: Numbers


def write_store(
    file: IO[bytes],
    contigs: Sequence[tuple[str, int, int]],
    columns: Mapping[str, Numbers],
    pools: Mapping[str, Iterable[str]],
    lookups: Mapping[str, Lookup] | None = None,
) -> None:
    """Write a store.

    Args:
        file: where to; written from its current position, which must be 0.
        contigs: name, first row and row after the last of each contig, in row order.
        columns: numbers per row, 0 to 2**32 - 1; `start` and `allele` (a number in the pool `allele`, whose texts
            are deleted and inserted bases with a `>` between) are required.
        pools: texts by number.
        lookups: other ways to rows, by name.

    """
    sections: list[Section] = []
    directory: dict[str, Any] = {"rows": len(columns["start"]), "contigs": [list(run) for run in contigs]}
    directory["columns"] = {name: _add_column(sections, values) for name, values in columns.items()}
    directory["pools"] = {name: _add_pool(sections, texts) for name, texts in pools.items()}
    directory["lookups"] = {name: _add_lookup(sections, lookup) for name, lookup in (lookups or {}).items()}
    _write_sections(file, directory, sections)


def _add_column(sections: list[Section], values: Numbers) -> dict[str, Any]:
    import numpy as np

    column = np.asarray(values, dtype=None if isinstance(values, np.ndarray) else np.uint32)
    largest = int(column.max(initial=0))
    kind = "u1" if largest < 1 << 8 else "u2" if largest < 1 << 16 else "u4"
    sections.append(_bytes_of(column.astype(f"<{kind}", copy=False)))
    return {"type": kind, "section": len(sections) - 1}


def _add_pool(sections: list[Section], texts: Iterable[str]) -> dict[str, Any]:
    offsets = array("I", [0])
    encoded = bytearray()
    for text in texts:
        encoded += text.encode("utf-8", "surrogateescape")
        offsets.append(len(encoded))
    if sys.byteorder == "big":
        offsets.byteswap()
    sections.append(offsets.tobytes())
    sections.append(encoded)
    return {"size": len(offsets) - 1, "section": len(sections) - 2}


def _add_lookup(sections: list[Section], lookup: Lookup) -> dict[str, Any]:
    import numpy as np

    rows = np.asarray(lookup.rows, dtype="<u4")
    if lookup.keys is not None:
        sections.append(_bytes_of(np.asarray(lookup.keys, dtype="<u8")))
    sections.append(_bytes_of(rows))
    return {"size": len(rows), "section": len(sections) - 1, "has_keys": lookup.keys is not None}


def _bytes_of(numbers: NDArray[Any]) -> memoryview:
    """Give an array's bytes without a copy: of all of ClinVar they are 100 MB."""
    import numpy as np

    return np.ascontiguousarray(numbers).view("u1").data


def _write_sections(file: IO[bytes], directory: dict[str, Any], sections: list[Section]) -> None:
    # Offsets count from the end of the directory, so that they do not depend on its own length.
    offset, spans = 0, []
    for section in sections:
        spans.append([offset, len(section)])
        offset += len(section) + -len(section) % _ALIGNMENT
    directory["sections"] = spans
    directory["size"] = offset
    text = json.dumps(directory, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + _PREAMBLE.size) % _ALIGNMENT)
    file.write(_PREAMBLE.pack(_MAGIC, len(text)))
    file.write(text)
    for section in sections:
        file.write(section)
        file.write(bytes(-len(section) % _ALIGNMENT))


class Store:
    """A store opened for reading.

    Attributes:
        contigs: first row and row after the last, by canonical contig name.
        columns: the numbers of each column, by name; indexed by row.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise SnapshotError(f"cannot be read ({error})", path=path, remedy=_REBUILD) from error
        self._map = memoryview(self._file)
        self._batches = 0
        directory, base = self._directory()
        try:
            self._lay_out(directory, base)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise SnapshotError("its directory is corrupt", path=path, remedy=_REBUILD) from error

    def _lay_out(self, directory: dict[str, Any], base: int) -> None:
        """Find the sections by the directory, which is as it was written, or else raises what it may."""
        sections = [self._map[base + start : base + start + size] for start, size in directory["sections"]]
        self.columns: dict[str, memoryview] = {
            name: sections[entry["section"]].cast(_TYPECODES[entry["type"]])
            for name, entry in directory["columns"].items()
        }
        self._pools = {
            name: (sections[entry["section"]].cast("I"), sections[entry["section"] + 1])
            for name, entry in directory["pools"].items()
        }
        self.rows: int = directory["rows"]
        self.contigs: dict[str, tuple[int, int]] = {
            name: (first, last) for name, first, last in directory["contigs"]
        }
        self._lookups = {
            name: self._lookup(name, entry, sections) for name, entry in directory.get("lookups", {}).items()
        }
        self._start = self.columns["start"]
        self._allele = self.columns["allele"]
        lengths = {len(column) for column in self.columns.values()}
        if lengths != {self.rows} or "allele" not in self._pools:
            raise ValueError("columns of unequal length")

    def _lookup(
        self, name: str, entry: dict[str, Any], sections: Sequence[memoryview]
    ) -> tuple[Callable[[int], int], Sequence[int]]:
        """Give what tells the key of a place of the look-up, and the row of each place."""
        rows: Sequence[int] = sections[entry["section"]].cast("I")
        if entry["has_keys"]:
            keys = sections[entry["section"] - 1].cast("Q")
            if len(keys) != len(rows):
                raise ValueError("a look-up of unequal length")
            return keys.__getitem__, rows
        column = self.columns[name]
        return (lambda place: column[rows[place]]), rows

    def _directory(self) -> tuple[dict[str, Any], int]:
        if sys.byteorder == "big":
            raise SnapshotError("snapshots need a little-endian machine", path=self.path)
        try:
            magic, length = _PREAMBLE.unpack_from(self._map)
            if magic != _MAGIC:
                raise SnapshotError("not a store of annotator's", path=self.path, remedy=_REBUILD)
            base = _PREAMBLE.size + length
            directory = json.loads(bytes(self._map[_PREAMBLE.size : base]))
            complete = len(self._map) == base + directory["size"]
        except (struct.error, ValueError, KeyError, TypeError) as error:
            raise SnapshotError("its directory is corrupt", path=self.path, remedy=_REBUILD) from error
        if not complete:
            raise SnapshotError("it is cut off", path=self.path, remedy=_REBUILD)
        return directory, base

    def __len__(self) -> int:
        return self.rows

    def text(self, pool: str, number: int) -> str:
        """Text of a pool by its number.

        Raises:
            SnapshotError: the store is damaged.

        """
        offsets, data = self._pools[pool]
        try:
            return str(data[offsets[number] : offsets[number + 1]], "utf-8", "surrogateescape")
        except IndexError as error:
            raise self.damaged() from error

    def texts(self, pool: str) -> Iterator[str]:
        """Texts of a pool in the order of their numbers.

        Raises:
            SnapshotError: the store has no such pool.

        """
        if pool not in self._pools:
            raise self.damaged()
        return (self.text(pool, number) for number in range(len(self._pools[pool][0]) - 1))

    def check(self, columns: Iterable[str], pools: Iterable[str]) -> None:
        """Demand columns and pools.

        Raises:
            SnapshotError: one is missing.

        """
        if not (self.columns.keys() >= set(columns) and self._pools.keys() >= set(pools)):
            raise self.damaged()

    def damaged(self) -> SnapshotError:
        """Give the error of a store whose content cannot be what was written."""
        return SnapshotError(
            "it is damaged", path=self.path, remedy="Check the snapshot with: annotator snapshot verify"
        )

    def key(self, row: int) -> AlleleKey:
        """Allele of a row."""
        contig = next(name for name, (first, last) in self.contigs.items() if first <= row < last)
        deleted, _, inserted = self.text("allele", self._allele[row]).partition(">")
        return AlleleKey(contig, self._start[row], deleted, inserted)

    def find(self, allele: AlleleKey) -> int | None:
        """Row of an allele, or None."""
        run = self.contigs.get(allele.contig)
        if run is None:
            return None
        first, last = run
        start = self._start
        row = bisect_left(start, allele.start, first, last)
        if row == last or start[row] != allele.start:
            return None
        wanted = f"{allele.deleted}>{allele.inserted}"
        while row < last and start[row] == allele.start:
            if self.text("allele", self._allele[row]) == wanted:
                return row
            row += 1
        return None

    def has_start(self, contig: str, first: int, last: int) -> bool:
        """Whether any allele of a contig starts within a range of positions, 1-based and inclusive."""
        run = self.contigs.get(contig)
        if run is None:
            return False
        row = bisect_left(self._start, first, *run)
        return row < run[1] and self._start[row] <= last

    def keys_between(self, contig: str, first: int, last: int) -> Iterator[AlleleKey]:
        """Return the alleles of a contig that start within a range of positions, 1-based and inclusive."""
        row, stop = self._run_of(contig)
        row = bisect_left(self._start, first, row, stop)
        while row < stop and self._start[row] <= last:
            deleted, _, inserted = self.text("allele", self._allele[row]).partition(">")
            yield AlleleKey(contig, self._start[row], deleted, inserted)
            row += 1

    def rows_of(self, lookup: str, key: int) -> list[int]:
        """Rows that a look-up has for a key, in ascending order; none if the store has no such look-up."""
        if lookup not in self._lookups:
            return []
        key_at, rows = self._lookups[lookup]
        places = range(len(rows))
        try:
            first = bisect_left(places, key, key=key_at)
            return [rows[place] for place in takewhile(lambda place: key_at(place) == key, places[first:])]
        except IndexError as error:
            raise self.damaged() from error

    def any_between(self, contig: str, first: Integers, last: Integers) -> Mask:
        """Tell, for many ranges of one contig at once, whether any allele starts within them.

        Args:
            contig: canonical contig name.
            first: 1-based first positions.
            last: last positions, inclusive.

        """
        return self._next_rows(contig, first, last)[1]

    def rows_at(self, contig: str, places: Loci) -> tuple[Mask, Integers]:
        """Tell the records of one contig that may have an allele of the store's: exactly, for substitutions.

        Args:
            contig: canonical contig name.
            places: where they can be known.

        Returns:
            Which records may have one; and the row of those whose only allele surely is one, -1 for all others.

        """
        import numpy as np

        self._batches += 1
        if self._batches % _KEPT_BATCHES == 0:
            self._give_pages_back()
        found = np.full(places.first.size, -1)
        rows, within = self._next_rows(contig, places.first, places.last)
        wanted = np.asarray(self._substitutions)[places.substitutions]
        undecided = np.flatnonzero(within & (wanted >= 0))
        within[undecided] = False
        rows, wanted, start = rows[undecided], wanted[undecided], places.first[undecided]
        starts, alleles, stop = np.asarray(self._start), np.asarray(self._allele), self._run_of(contig)[1]
        while undecided.size:
            is_it = alleles[rows] == wanted
            within[undecided[is_it]] = True
            found[undecided[is_it]] = rows[is_it]
            rows += 1
            further = (rows < stop) & (starts[np.minimum(rows, stop - 1)] == start)
            undecided, rows, wanted, start = (one[further] for one in (undecided, rows, wanted, start))
        return within, found

    def _give_pages_back(self) -> None:
        """Let go of the pages that were read: files are sorted, and few of them are read again.

        They stay in the machine's cache, so that this bounds the memory of a process and costs it next to nothing.
        """
        if sys.platform == "linux":
            self._file.madvise(mmap.MADV_DONTNEED)

    def _next_rows(self, contig: str, first: Integers, last: Integers) -> tuple[Integers, Mask]:
        """Give the first row at or after each position of one contig, and whether there is one up to its last."""
        import numpy as np

        begin, stop = self._run_of(contig)
        starts = np.asarray(self._start)[begin:stop]
        if not starts.size:
            return np.zeros(first.size, dtype=np.int64), np.zeros(first.size, dtype=bool)
        # The search is quick only among numbers of one type; positions beyond it are on no contig.
        rows = np.searchsorted(starts, np.clip(first, 0, np.iinfo(starts.dtype).max).astype(starts.dtype))
        within: Mask = (rows < starts.size) & (starts[np.minimum(rows, starts.size - 1)] <= last)
        within &= first <= starts[-1]
        return rows + begin, within

    def _run_of(self, contig: str) -> tuple[int, int]:
        """First row of a contig and the row after its last."""
        return self.contigs.get(contig, (0, 0))

    @cached_property
    def _substitutions(self) -> list[int]:
        """Number in the pool of each of `SUBSTITUTIONS`; -1 if it may stand further back in the pool.

        A store of any size has nearly all of them among its first texts.
        """
        size = len(self._pools["allele"][0]) - 1
        numbers = {self.text("allele", number): number for number in range(min(size, _FIRST_TEXTS))}
        missing = size if size <= _FIRST_TEXTS else -1
        return [-1, *(numbers.get(text, missing) for text in SUBSTITUTIONS[1:])]


_REBUILD = "Build the snapshot again with: annotator snapshot build"
