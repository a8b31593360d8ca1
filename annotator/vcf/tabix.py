"""The tabix index (TBI), or CSI for contigs that it cannot hold, built while the file is written.

The writer of each chunk describes where its records are (`IndexPart`); the parts are combined here. An index lists, for
each bin (SAMv1, section 5.3), the stretches of the file that contain its records, and for each window of 16 kb the
offset of the first record that extends into it.

    level 5  [                                 512 Mb                                 ]   bin 0
    level 4  [   64 Mb   ][   64 Mb   ] …                                                 bins 1-8
    …
    level 0  [16 kb][16 kb] …                                                             bins 4681-37448

A bin is identified by its level, counted from the smallest bins, and its number within the level. This works for any
number of levels, which is known only after the last record. A virtual offset is that of a block in the file, times
65,536, plus that of a byte in the block's data.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import sub
from pathlib import Path

from annotator.errors import OutputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.bgzf import EOF_BLOCK, deflate
from annotator.vcf.files import Output

__all__ = ["LAST_BASE", "LEVEL_BITS", "WINDOW_SHIFT", "ContigPart", "IndexPart", "TabixIndex"]

WINDOW_SHIFT = 14
"""A window and a bin of level 0 have 2**14 bases; a bin of the next level has eight times as many."""

LEVEL_BITS = 4
"""A bin is its number within its level, shifted left by this number of bits, plus the level."""

_TBI_LEVELS = 5
_CSI_LEVELS = 6  # minimum, as tabix writes
_MOST_LEVELS = 10  # with more levels, bin numbers would need more than 31 bits

LAST_BASE = 1 << WINDOW_SHIFT + 3 * _MOST_LEVELS
"""Largest 1-based position that an index can hold."""

_LEVEL_MASK = (1 << LEVEL_BITS) - 1
_COMPRESSION = 2
# Preset VCF; CHROM and POS are columns 1 and 2; no column for the end; `#` starts a header line; none is skipped.
_VCF = (2, 1, 2, 0, ord("#"), 0)
_NEAR = 1 << 16  # bytes in the file: records this close are read together anyway
_UNSORTED = "the records are not sorted by position within their contigs"
_SORT = "Sort the file with `bcftools sort`, or omit -W"


class ContigPart(NamedTuple):
    """Consecutive records of one contig, in one chunk.

    Attributes:
        name: name of the contig.
        records: number of records.
        first: 0-based position of the first record.
        last: 0-based position of the last record.
        reach: 0-based position after the last base of any record; larger than LAST_BASE if it cannot be indexed.
        fall: 0-based positions of a record and of the next one, if that has a smaller position; None if sorted.
        bins: bins of runs of consecutive records in one bin.
        bin_offsets: virtual offset of the first record of each run.
        windows: last windows of the records that extend further than all before them.
        window_offsets: virtual offset of each of these records.
        stop: virtual offset after the last record.

    All offsets are relative to the start of the chunk.

    """

    name: str
    records: int
    first: int
    last: int
    reach: int
    fall: tuple[int, int] | None
    bins: array[int]
    bin_offsets: array[int]
    windows: array[int]
    window_offsets: array[int]
    stop: int


class IndexPart(NamedTuple):
    """Part of the index for one chunk: its records, by runs of one contig, and its size in the file."""

    contigs: Sequence[ContigPart]
    size: int


class TabixIndex:
    """The index of a file that is being written.

    Args:
        name: name of the file, for errors.
        start: size in the file of the data before the first chunk.

    """

    def __init__(self, name: str, start: int) -> None:
        self._name = name
        self._offset = start
        self._contigs: dict[str, _Contig] = {}
        self._current: _Contig | None = None

    def add(self, part: IndexPart) -> None:
        """Add the chunk that was written next.

        Raises:
            OutputError: the records are not sorted: a position is smaller than the one before it, or a contig occurs
                again; or a position is larger than any index can hold.

        """
        for contig in part.contigs:
            self._contig(contig).add(contig, self._offset << 16)
        self._offset += part.size

    def _contig(self, part: ContigPart) -> _Contig:
        known = self._contigs.get(part.name)
        if known is not None and known is not self._current:
            raise self._unsorted(f"contig {part.name} occurs again at {part.name}:{part.first + 1}")
        fall = part.fall
        if known is not None and part.first < known.last:
            fall = (known.last, part.first)
        if fall is not None:
            raise self._unsorted(f"{part.name}:{fall[1] + 1} comes after {part.name}:{fall[0] + 1}")
        if part.reach > LAST_BASE:
            what = f"the output cannot be indexed: a record of {part.name} ends after base {LAST_BASE:,}"
            raise OutputError(what, path=self._name, remedy="Correct its POS or END, or omit -W")
        if known is None:
            known = self._contigs[part.name] = _Contig()
        self._current = known
        return known

    def _unsorted(self, where: str) -> OutputError:
        what = f"the output cannot be indexed: {_UNSORTED}: {where}"
        return OutputError(what, path=self._name, remedy=_SORT)

    def write(self, output: Output) -> None:
        """Write the index beside the output, which is complete but does not yet have its final name."""
        assert output.path is not None
        output.file.flush()
        suffix, data = self.to_bytes()
        made = Path(f"{output.path}{suffix}")
        output.companions.append((made, Path(f"{output.name}{suffix}")))
        made.write_bytes(deflate(data, _COMPRESSION) + EOF_BLOCK)

    def to_bytes(self) -> tuple[str, bytes]:
        """Return the suffix of the index and its uncompressed data."""
        reach = max((contig.reach for contig in self._contigs.values()), default=0)
        if reach <= _limit(_TBI_LEVELS):
            return ".tbi", b"".join(self._tbi())
        levels = next(levels for levels in range(_CSI_LEVELS, _MOST_LEVELS + 1) if reach <= _limit(levels))
        return ".csi", b"".join(self._csi(levels))

    def _tbi(self) -> Iterator[bytes]:
        yield struct.pack("<4si", b"TBI\x01", len(self._contigs))
        yield self._columns()
        for contig in self._contigs.values():
            yield from contig.bins_of_tbi()
            yield from contig.linear()
        yield struct.pack("<Q", 0)

    def _csi(self, levels: int) -> Iterator[bytes]:
        columns = self._columns()
        yield struct.pack("<4s3i", b"CSI\x01", WINDOW_SHIFT, levels, len(columns))
        yield columns
        yield struct.pack("<i", len(self._contigs))
        for contig in self._contigs.values():
            yield from contig.bins_of_csi(levels)
        yield struct.pack("<Q", 0)

    def _columns(self) -> bytes:
        """Return the column numbers and contig names of the index header."""
        names = b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in self._contigs)
        return struct.pack("<7i", *_VCF, len(names)) + names


def _limit(levels: int) -> int:
    """Return the number of bases that an index with `levels` levels above its smallest bins can cover."""
    return 1 << WINDOW_SHIFT + 3 * levels


class _Contig:
    """The records of one contig, over all chunks; offsets are relative to the start of the file."""

    __slots__ = (
        "_bin_offsets",
        "_bins",
        "_records",
        "_stop",
        "_window_offsets",
        "_windows",
        "last",
        "reach",
    )

    def __init__(self) -> None:
        self.last = 0
        self.reach = 0
        self._records = 0
        self._stop = 0
        self._bins = array("q")
        self._bin_offsets = array("q")
        self._windows = array("q")
        self._window_offsets = array("q")

    def add(self, part: ContigPart, base: int) -> None:
        """Add the following records.

        Args:
            part: the records.
            base: virtual offset of the start of their chunk.

        """
        skipped = 1 if self._bins and self._bins[-1] == part.bins[0] else 0
        self._bins += part.bins[skipped:]
        self._bin_offsets.extend([base + offset for offset in part.bin_offsets[skipped:]])
        reached = self._windows[-1] if self._windows else -1
        skipped = bisect_left(part.windows, reached + 1)
        self._windows += part.windows[skipped:]
        self._window_offsets.extend([base + offset for offset in part.window_offsets[skipped:]])
        self._records += part.records
        self._stop = base + part.stop
        self.last = part.last
        self.reach = max(self.reach, part.reach)

    def bins_of_tbi(self) -> Iterator[bytes]:
        """Yield each bin with its chunks, and the pseudo-bin that holds the record counts."""
        bins = self._stretches()
        firsts = _first_numbers(_TBI_LEVELS)
        words: list[int] = []
        for number, stretches in bins.items():
            # The bin and the number of its stretches have 32 bits each: together the size of an offset.
            final = firsts[number & _LEVEL_MASK] + (number >> LEVEL_BITS)
            words.append(final | len(stretches) >> 1 << 32)
            words += stretches
        words += (_number_of_counts(firsts) | 2 << 32, *self._counts())
        yield struct.pack(f"<i{len(words)}Q", len(bins) + 1, *words)

    def linear(self) -> Iterator[bytes]:
        """Yield, for each window, the offset of the first record that overlaps or follows it."""
        windows = map(sub, self._windows, chain((-1,), self._windows))
        words = list(chain.from_iterable(map(repeat, self._window_offsets, windows)))
        yield struct.pack(f"<i{len(words)}Q", len(words), *words)

    def bins_of_csi(self, levels: int) -> Iterator[bytes]:
        """Yield each bin with the offset of the first record that overlaps it, and its chunks."""
        bins = self._stretches()
        firsts = _first_numbers(levels)
        yield struct.pack("<i", len(bins) + 1)
        for number, stretches in bins.items():
            count = len(stretches)
            final = firsts[number & _LEVEL_MASK] + (number >> LEVEL_BITS)
            first_offset = self._first_offset(number)
            yield struct.pack(f"<IQi{count}Q", final, first_offset, count >> 1, *stretches)
        yield struct.pack("<IQi4Q", _number_of_counts(firsts), 0, 2, *self._counts())

    def _first_offset(self, number: int) -> int:
        level = number & _LEVEL_MASK
        window = (number >> LEVEL_BITS) << 3 * level
        return self._window_offsets[bisect_left(self._windows, window)]

    def _counts(self) -> tuple[int, int, int, int]:
        """Return the start and end offsets of the records, and the numbers of placed and unplaced records."""
        return self._bin_offsets[0], self._stop, self._records, 0

    def _stretches(self) -> dict[int, list[int]]:
        """Return starts and stops of the stretches of each bin, alternating, in file order."""
        bins: dict[int, list[int]] = {}
        stops = chain(self._bin_offsets[1:], (self._stop,))
        for number, start, stop in zip(self._bins, self._bin_offsets, stops, strict=True):
            stretches = bins.get(number)
            if stretches is None:
                bins[number] = [start, stop]
            else:
                _append(stretches, start, stop)
        return _with_small_ones_merged(bins)


def _append(stretches: list[int], start: int, stop: int) -> None:
    """Add a stretch, or extend the last one if it stops in the block in which this one starts."""
    if stretches and stretches[-1] >> 16 >= start >> 16:
        stretches[-1] = max(stretches[-1], stop)
    else:
        stretches += (start, stop)


def _with_small_ones_merged(bins: dict[int, list[int]]) -> dict[int, list[int]]:
    """Move records within 64 KiB of the file from a bin to the next larger one, if that exists, as htslib does.

    Reading them takes one access to the file in any case, and the index is much smaller.
    """
    for level, numbers in enumerate(_by_level(bins)):
        grown = set()
        for number in numbers:
            stretches = bins[number]
            parent = number >> LEVEL_BITS + 3 << LEVEL_BITS | level + 1
            if parent in bins and (stretches[-1] >> 16) - (stretches[0] >> 16) < _NEAR:
                bins[parent] += bins.pop(number)
                grown.add(parent)
        bins |= {parent: _in_order(bins[parent]) for parent in grown}
    return bins


def _by_level(bins: Iterable[int]) -> list[list[int]]:
    levels: list[list[int]] = [[] for _ in range(_MOST_LEVELS + 1)]
    for number in bins:
        levels[number & _LEVEL_MASK].append(number)
    return levels


def _in_order(stretches: list[int]) -> list[int]:
    ordered: list[int] = []
    for start, stop in sorted(zip(stretches[::2], stretches[1::2], strict=True)):
        _append(ordered, start, stop)
    return ordered


def _first_numbers(levels: int) -> list[int]:
    """Return the number of the first bin of each level, in an index with this many levels above the smallest bins."""
    return [(1 << 3 * (levels - level)) // 7 for level in range(levels + 1)]


def _number_of_counts(firsts: Sequence[int]) -> int:
    """Return the number of the pseudo-bin for counts: two more than that of the last bin."""
    last = 8 * firsts[0]
    return last + 2
