"""The part of an output's index for one chunk, computed for all lines at once.

`vcf.index_part` does the same without numpy.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.extent import HEAD_COLUMNS, end_of
from annotator.vcf.index_part import Blocks
from annotator.vcf.scan import Bytes, Integers, ScannedLines
from annotator.vcf.splice import Edit
from annotator.vcf.tabix import LAST_BASE, LEVEL_BITS, WINDOW_SHIFT, ContigPart, IndexPart

__all__ = ["index_part_of_scan"]

_TAB, _SEMICOLON, _ZERO, _NINE = b"\t;09"
_END = b"END="
_INFO = 7


def index_part_of_scan(text: bytes, lines: ScannedLines, edits: Sequence[Edit], data: bytes) -> IndexPart:
    """Return the part of the index that describes one chunk.

    Args:
        text: the chunk as read.
        lines: its lines.
        edits: the changes, in order; no edit changes the bases that a record covers.
        data: the BGZF blocks as which the chunk is written.

    """
    begins = np.minimum(np.maximum(lines.positions - 1, 0), LAST_BASE)
    ends = np.minimum(_ends(text, lines, begins), LAST_BASE + 1)
    records = _Records(lines, begins, ends, _offsets(lines.starts, edits, Blocks.of(data)))
    return IndexPart(list(_contig_parts(records, len(data) << 16)), len(data))


class _Records(NamedTuple):
    """The records, as columns: their lines, the bases they cover (0-based, half-open), their virtual offsets."""

    lines: ScannedLines
    begins: Integers
    ends: Integers
    offsets: Integers


def _ends(text: bytes, lines: ScannedLines, begins: Integers) -> Integers:
    """Return the ends of the records, as defined by `extent.end_of`."""
    assert lines.tabs is not None
    ends: Integers = begins + np.maximum(lines.tabs[:, 3] - lines.tabs[:, 2] - 1, 1)
    _take_stated_ends(text, lines, ends)
    if b"<" in text:
        for line in _lines_with_lengths(text, lines):
            columns = text[lines.starts[line] : lines.stops[line]].split(b"\t", HEAD_COLUMNS)
            ends[line] = min(end_of(columns, int(begins[line])), LAST_BASE + 1)
    return ends


def _take_stated_ends(text: bytes, lines: ScannedLines, ends: Integers) -> None:
    """Move the ends to INFO/END if that is further right."""
    places = _places_of_end(text)
    if not places.size:
        return
    assert lines.tabs is not None
    octets = np.frombuffer(text, dtype=np.uint8)
    of_line = np.searchsorted(lines.starts, places, side="right") - 1
    info_start = lines.tabs[of_line, _INFO - 1] + 1
    info_stop: Integers = lines.tabs[of_line, _INFO] if lines.tabs.shape[1] > _INFO else lines.stops[of_line]
    is_key = (places == info_start) | (octets[places - 1] == _SEMICOLON)
    is_key &= (places >= info_start) & (places < info_stop)
    stating, first = np.unique(of_line[is_key], return_index=True)
    stated = _numbers(octets, places[is_key][first] + len(_END), info_stop[is_key][first])
    ends[stating] = np.maximum(ends[stating], stated)


def _places_of_end(text: bytes) -> Integers:
    """Return the offsets of `END=`: of its first two bytes at an even offset, or of the two in its middle."""
    pairs = np.frombuffer(text, dtype="<u2", count=len(text) // 2)
    even = np.flatnonzero(pairs == int.from_bytes(_END[:2], "little")) * 2
    odd = np.flatnonzero(pairs == int.from_bytes(_END[1:3], "little")) * 2 - 1
    places = np.sort(np.concatenate((even, odd)))
    octets = np.frombuffer(text, dtype=np.uint8)
    places = places[(places >= 0) & (places + len(_END) <= octets.size)]
    for place, byte in enumerate(_END):
        places = places[octets[places + place] == byte]
    return places


def _numbers(octets: Bytes, starts: Integers, stops: Integers) -> Integers:
    """Return the numbers that start at some offsets, each up to its stop; 0 for none, LAST_BASE + 1 for any larger."""
    numbers = np.zeros(starts.size, dtype=np.int64)
    places = starts
    inside = places < stops
    while inside.any():
        digits = octets[np.where(inside, places, 0)].astype(np.int64) - _ZERO
        inside &= (digits >= 0) & (digits <= 9)
        numbers = np.where(inside, np.minimum(numbers * 10 + digits, LAST_BASE + 1), numbers)
        places = places + 1
        inside &= places < stops
    return numbers


def _lines_with_lengths(text: bytes, lines: ScannedLines) -> Iterator[int]:
    """Yield the lines that contain the letters LEN, as SVLEN and LEN do."""
    place = text.find(b"LEN")
    while place >= 0:
        line = int(np.searchsorted(lines.starts, place, side="right")) - 1
        yield line
        place = text.find(b"LEN", int(lines.stops[line]))


def _offsets(starts: Integers, edits: Sequence[Edit], blocks: Blocks) -> Integers:
    """Return the virtual offset of each line as it is written."""
    edited = np.asarray([edit.start for edit in edits], dtype=np.int64)
    grown = np.cumsum([0, *(len(edit.new) - (edit.stop - edit.start) for edit in edits)])
    written = starts + _repeated(grown, np.searchsorted(starts, edited, side="right"), starts.size)
    in_data, in_file = np.asarray(blocks.in_data), np.asarray(blocks.in_file)
    return written + _repeated((in_file << 16) - in_data, np.searchsorted(written, in_data[1:]), starts.size)


def _repeated(values: Integers, stops: Integers, size: int) -> Integers:
    """Return the first value repeated up to the first stop, the second up to the second, the last up to `size`."""
    return np.repeat(values, np.diff(stops, prepend=0, append=size))


def _contig_parts(records: _Records, stop: int) -> Iterator[ContigPart]:
    """Split the records by contig; `stop` is the virtual offset after the last one."""
    begins, offsets = records.begins, records.offsets
    runs = _Runs.of(records)
    bins, windows = _bins(begins, records.ends), records.ends - 1 >> WINDOW_SHIFT
    # With the contig in the high bits, one running maximum covers all contigs.
    further = runs.cut(_changes(np.maximum.accumulate(runs.numbers << 32 | windows)))
    new_bins = runs.cut(_changes(runs.numbers << 48 | bins))
    same_run = runs.numbers[1:] == runs.numbers[:-1]
    falls = runs.cut(np.flatnonzero((begins[1:] < begins[:-1]) & same_run))
    reaches = np.maximum.reduceat(records.ends, runs.firsts)
    stops = [*offsets[runs.firsts[1:]].tolist(), stop]
    for number, run in enumerate(records.lines.runs):
        yield ContigPart(
            name=run.name,
            records=run.stop - run.first,
            first=int(begins[run.first]),
            last=int(begins[run.stop - 1]),
            reach=int(reaches[number]),
            fall=_pair(begins, falls[number][0]) if falls[number].size else None,
            bins=_packed(bins[new_bins[number]]),
            bin_offsets=_packed(offsets[new_bins[number]]),
            windows=_packed(windows[further[number]]),
            window_offsets=_packed(offsets[further[number]]),
            stop=stops[number],
        )


def _pair(values: Integers, place: int) -> tuple[int, int]:
    return int(values[place]), int(values[place + 1])


class _Runs(NamedTuple):
    """Runs of records of one contig: the first record of each, and for each record the number of its run."""

    firsts: Integers
    numbers: Integers

    @classmethod
    def of(cls, records: _Records) -> _Runs:
        firsts = np.asarray([run.first for run in records.lines.runs])
        sizes = [run.stop - run.first for run in records.lines.runs]
        return cls(firsts, np.repeat(np.arange(firsts.size), sizes))

    def cut(self, places: Integers) -> list[Integers]:
        """Return, for each contig run, the given records that belong to it."""
        return np.split(places, np.searchsorted(places, self.firsts[1:]))


def _changes(values: Integers) -> Integers:
    """Return the indexes at which a value differs from the one before it; the first index is included."""
    return np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))


def _bins(begins: Integers, ends: Integers) -> Integers:
    """Return the smallest bin that contains each record."""
    firsts, lasts = begins >> WINDOW_SHIFT, ends - 1 >> WINDOW_SHIFT
    levels = np.zeros(begins.size, dtype=np.int64)
    while (apart := firsts != lasts).any():
        firsts = np.where(apart, firsts >> 3, firsts)
        lasts = np.where(apart, lasts >> 3, lasts)
        levels += apart
    return firsts << LEVEL_BITS | levels


def _packed(numbers: Integers) -> array[int]:
    """Return numbers in a form that can be sent to a process that has not imported numpy."""
    return array("q", numbers.astype(np.int64).tobytes())
