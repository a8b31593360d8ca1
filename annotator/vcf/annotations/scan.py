"""Search of a chunk for lines whose annotations name one of many genes or transcripts, without splitting lines.

An annotated line has up to hundreds of entries, and few lines name a gene of interest. An entry begins after a comma or
after the key of the annotation, so that a window of bytes from each of these positions contains the parts of interest:

    CSQ=T|missense_variant|MODERATE|BRAF|ENSG00000157764|…,T|intron_variant|MODIFIER|BRAF|…
        window of the first entry                          window of the second

numpy finds the part in all windows at once and compares it with all names at once, by up to 16 of its bytes. A comma
elsewhere in a line does not begin an entry; its window may only add a false positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.info import decode_text
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.annotations.layout import Layout, Part
from annotator.vcf.scan import Bytes, Integers, Mask, ScannedLines

__all__ = ["MARGIN", "NameScanner", "NameSet"]

Words: TypeAlias = NDArray[np.uint64]

_WINDOW = 160  # bytes; an entry whose part is further on is examined separately
_NEAR = 4  # index of the last part for which half a window suffices
_BEFORE_KEY = b"\t;"
_ENDS = (b",", b";", b"\t", b"\n")  # that end an entry
_PIPE, _COMMA, _SEMICOLON, _DOT, _NINE, _AFTER_ODD = b"|,;.9-"  # signs below a hyphen are odd in a name
_NOT_ASCII = 0x80
_WORD = 8
_LONGEST = 2 * _WORD  # bytes of a name that are compared at once
# The bits of a little-endian word that a number of bytes fills.
_FILLED = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], dtype=np.uint64)
MARGIN = _WINDOW + _LONGEST
"""Bytes that must follow a text, so that a window that begins at its end can be examined."""
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_EACH_BYTE, _HIGH_BITS = (np.uint64(int.from_bytes(bytes([byte]) * _WORD, "big")) for byte in (0x01, 0x80))
_INFO = 7  # tabs before the end of the column
_INDEX_BITS = np.uint64(48)  # the remaining bits of a hash are an index into a table of 65,536


class _Names(NamedTuple):
    """Names to search for.

    Attributes:
        texts: the names as written.
        hashes: hashes of the names of up to 16 bytes, sorted.
        table: whether any hash has these first 16 bits.

    """

    texts: frozenset[bytes]
    hashes: Words
    table: Mask

    @classmethod
    def of(cls, names: Iterable[str]) -> _Names:
        texts = frozenset(name.encode() for name in names)
        short = [text for text in texts if len(text) <= _LONGEST]
        words = np.frombuffer(b"".join(text.ljust(_LONGEST, b"\0") for text in short), dtype="<u8")
        lengths = np.array([len(text) for text in short], dtype=np.int64)
        hashes = np.sort(_hashes(words[::2], words[1::2], lengths))
        table = np.zeros(1 << 16, dtype=bool)
        table[hashes >> _INDEX_BITS] = True
        return cls(texts, hashes, table)


def _hashes(first: Words, second: Words, lengths: Integers) -> Words:
    """Hash names of up to 16 bytes, given as two words whose unused bytes are 0."""
    mixed: Words = (first * _FACTORS[0]) ^ (second * _FACTORS[1]) ^ (lengths.astype(np.uint64) * _FACTORS[2])
    mixed ^= mixed >> np.uint64(29)
    mixed *= _FACTORS[0]
    return mixed


class NameSet(NamedTuple):
    """Names, of which a line must contain at least one.

    Attributes:
        genes: symbols and NCBI Gene numbers.
        transcripts: accessions without versions.
        changes: parts in which an entry has its changes.

    """

    genes: frozenset[str] = frozenset()
    transcripts: frozenset[str] = frozenset()
    changes: tuple[Part, ...] = ()


class _Column(NamedTuple):
    """A part of an annotation in which names are searched.

    Attributes:
        place: 0-based index of the part.
        names: names to search for.
        is_versioned: whether a version may follow a name.
        is_number: whether the names are numbers.
        is_last: whether the part is the last one of an entry.
        number: number of the set.
        changes: indexes of the parts in which an entry has its changes.

    """

    place: int
    names: _Names
    is_versioned: bool
    is_number: bool
    is_last: bool
    number: int
    changes: frozenset[int] = frozenset()


class NameScanner:
    """Search for lines of text that name one of some genes or transcripts.

    Args:
        layouts: layouts of the annotations.
        sets: names to search for.

    """

    def __init__(self, layouts: Sequence[Layout], sets: Sequence[NameSet]) -> None:
        self._count = len(sets)
        named = [
            (
                layout.key.encode("utf-8", "surrogateescape") + b"=",
                [column for n, names in enumerate(sets) for column in _columns(layout, names, n)],
            )
            for layout in layouts
        ]
        self._columns = [(key, columns) for key, columns in named if columns]

    def lines(
        self, lines: ScannedLines, padded: bytes, places: Sequence[Integers | None] | None = None
    ) -> list[Integers]:
        """Return, for each set, the lines that name one of its members, ascending, possibly with a few false positives.

        Args:
            lines: the chunk, scanned as text.
            padded: the bytes that were scanned, followed by `MARGIN` bytes that are 0.
            places: for each set, offsets of changes of which an entry must contain one; None for no such condition.

        """
        data = np.frombuffer(padded, dtype=np.uint8)
        found: list[list[Integers]] = [[np.zeros(0, dtype=np.int64)] for _ in range(self._count)]
        for key, columns in self._columns:
            entries = _Entries(key, padded, lines, data)
            for group, of_group in _grouped(columns, places or [None] * self._count):
                beginnings = entries.all if of_group is None else entries.around(of_group, group[0].changes)
                if beginnings.size:
                    windows = _Windows(padded, data, beginnings, group)
                    for column in group:
                        found[column.number].append(windows.naming(column))
        return [_line_of(lines, np.concatenate(of_set)) for of_set in found]


def _columns(layout: Layout, names: NameSet, number: int) -> Iterator[_Column]:
    numbers = frozenset(name for name in names.genes if name.isdecimal())
    changes = frozenset(layout.parts[part] for part in names.changes if part in layout.parts)
    is_same = layout.parts.get(Part.GENE_ID) == layout.parts.get(Part.SYMBOL)
    for part, of_part in (
        (Part.SYMBOL, names.genes),
        (Part.GENE_ID, frozenset[str]() if is_same else numbers),
        (Part.FEATURE, names.transcripts),
    ):
        place = layout.parts.get(part)
        if of_part and place is not None:
            is_last = place == len(layout.names) - 1
            yield _Column(
                place,
                _Names.of(of_part),
                part is Part.FEATURE,
                part is Part.GENE_ID,
                is_last,
                number,
                changes,
            )


def _grouped(
    columns: Sequence[_Column], places: Sequence[Integers | None]
) -> Iterator[tuple[list[_Column], Integers | None]]:
    """Yield the columns that are searched in the same entries, and the offsets of which these must contain one."""
    everywhere = [column for column in columns if places[column.number] is None]
    if everywhere:
        yield everywhere, None
    for number, of_set in enumerate(places):
        group = [column for column in columns if column.number == number]
        if group and of_set is not None:
            yield group, of_set


def _line_of(lines: ScannedLines, offsets: Integers) -> Integers:
    """Return the lines in which offsets lie, ascending, each once."""
    found: Integers = np.unique(np.searchsorted(lines.starts, offsets, side="right") - 1)
    return found


class _Entries:
    """The entries of one annotation in a chunk.

    Args:
        key: INFO key of the annotation, and `=`.
        text: the chunk.
        lines: the chunk, scanned as text.
        data: the bytes of the chunk.

    """

    def __init__(self, key: bytes, text: bytes, lines: ScannedLines, data: Bytes) -> None:
        self._key = key
        self._text = text
        self._lines = lines
        self._data = data

    @cached_property
    def all(self) -> Integers:
        """The offsets at which entries begin."""
        return self._of(np.arange(self._lines.starts.size))

    def _of(self, numbers: Integers) -> Integers:
        """Return the offsets at which the entries of some lines begin."""
        firsts, stops, _ = _values_of(self._key, self._text, self._lines, numbers)
        return np.concatenate((firsts, _within(self._commas, firsts, stops) + 1))

    @cached_property
    def _commas(self) -> Integers:
        return np.flatnonzero(self._data == _COMMA)

    def around(self, places: Integers, changes: frozenset[int]) -> Integers:
        """Return the beginnings of the entries that contain one of some offsets in one of some parts.

        Where an offset lies in another part, a comma within a part may have cut an entry: then all entries of the line
        are returned.

        Args:
            places: the offsets, ascending.
            changes: 0-based indexes of the parts.

        """
        text = self._text
        of_line = np.searchsorted(self._lines.starts, places, side="right") - 1
        firsts, stops, numbers = _values_of(self._key, text, self._lines, np.unique(of_line))
        if not numbers.size:
            return numbers
        row = np.minimum(np.searchsorted(numbers, of_line), numbers.size - 1)
        is_inside = (numbers[row] == of_line) & (places >= firsts[row]) & (places < stops[row])
        rows, places = row[is_inside], places[is_inside]
        found, others = [], []
        for number, first, place in zip(
            numbers[rows].tolist(), firsts[rows].tolist(), places.tolist(), strict=True
        ):
            start = max(first, text.rfind(b",", first, place) + 1)
            if text.count(b"|", start, place) in changes:
                found.append(start)
            else:
                others.append(number)
        beginnings = np.array(found, dtype=np.int64)
        return np.concatenate((beginnings, self._of(np.unique(others)))) if others else beginnings


class _Windows:
    """Bytes from the beginnings of entries on.

    Args:
        padded: the text, followed by as many bytes as a window and a name are long.
        data: the same bytes.
        entries: offsets at which entries begin.
        columns: parts in which names are searched.

    """

    def __init__(self, padded: bytes, data: Bytes, entries: Integers, columns: Sequence[_Column]) -> None:
        width = _WINDOW if max(column.place for column in columns) > _NEAR else _WINDOW // 2
        windows = np.lib.stride_tricks.sliding_window_view(data, width)[entries]
        pipes = np.flatnonzero(windows.ravel() == _PIPE)
        self._firsts = np.arange(entries.size) * width
        before = np.searchsorted(pipes, np.append(self._firsts, entries.size * width))
        self._counts, self._before = np.diff(before), before[:-1]
        self._pipes = pipes
        self._entries = entries
        self._padded, self._data = padded, data

    def naming(self, column: _Column) -> Integers:
        """Return the beginnings of the entries with one of the names of a column."""
        place = column.place
        is_whole = self._counts > place
        rows = np.flatnonzero(is_whole)
        first, before, entries = self._firsts[rows], self._before[rows], self._entries[rows]
        starts = self._pipes[before + place - 1] - first + entries + 1 if place else entries
        stops = self._pipes[before + place] - first + entries
        if column.is_number:  # most annotations have Ensembl's identifiers here, which begin with a letter
            begins = self._data[starts]
            digits = np.flatnonzero((begins <= _NINE) | (begins >= _NOT_ASCII))
            entries, starts, stops = entries[digits], starts[digits], stops[digits]
        is_one, is_odd = _equal(self._padded, self._data, starts, stops, column)
        # Examined separately: entries that extend beyond the window before the part ends, and parts that need parsing.
        others = np.concatenate((self._entries[~is_whole], entries[is_odd])).tolist()
        named = [start for start in others if _names_one(self._padded, start, column)]
        return np.concatenate((entries[is_one & ~is_odd], np.array(named, dtype=np.int64)))


def _equal(
    padded: bytes, data: Bytes, starts: Integers, stops: Integers, column: _Column
) -> tuple[Mask, Mask]:
    """Return which parts of a text are one of the names of a column, and which parts need a closer look."""
    names, lengths = column.names, stops - starts
    if column.is_versioned:
        lengths = _without_version(data, starts, lengths)
    words = np.ndarray((len(padded) - _WORD + 1,), dtype="<u8", buffer=padded, strides=(1,))
    first = words[starts] & _FILLED[np.minimum(lengths, _WORD)]
    second = words[starts + _WORD] & _FILLED[np.clip(lengths - _WORD, 0, _WORD)]
    hashes = _hashes(first, second, lengths)
    is_one: Mask = names.table[hashes >> _INDEX_BITS]
    rows = np.flatnonzero(is_one)
    is_one[rows] = np.isin(hashes[rows], names.hashes)
    # An entry may end before the part does; encoded parts, and parts with surrounding spaces, need parsing.
    odd: Mask = (lengths > _LONGEST) | column.is_last
    odd |= _has_odd_byte(first, np.minimum(lengths, _WORD))
    odd |= _has_odd_byte(second, np.clip(lengths - _WORD, 0, _WORD))
    if column.is_versioned:  # what follows the first dot is no part of an accession
        odd |= _has_byte(first, _DOT) | _has_byte(second, _DOT)
    return is_one, odd


def _has_odd_byte(words: Words, counts: Integers) -> Mask:
    """Return which words have, among their first bytes, one that no plain name contains.

    These are spaces, line ends, the signs below a hyphen (`%`, `&`, `,`), a semicolon and bytes beyond ASCII.
    """
    filled = words | (~_FILLED[counts] & (_EACH_BYTE * np.uint64(_NINE)))
    is_low: Mask = (filled - _EACH_BYTE * np.uint64(_AFTER_ODD)) & ~filled & _HIGH_BITS != 0
    is_low |= filled & _HIGH_BITS != 0
    return is_low | _has_byte(filled, _SEMICOLON)


def _has_byte(words: Words, byte: int) -> Mask:
    """Return which words have a byte among their eight."""
    differing = words ^ (_EACH_BYTE * np.uint64(byte))
    found: Mask = (differing - _EACH_BYTE) & ~differing & _HIGH_BITS != 0
    return found


def _values_of(
    key: bytes, text: bytes, lines: ScannedLines, numbers: Integers
) -> tuple[Integers, Integers, Integers]:
    """Return where the value of an INFO key begins in those of some lines that have it, and where their INFO ends.

    The third array has the numbers of these lines.
    """
    assert lines.tabs is not None
    ends = lines.tabs[:, _INFO] if lines.tabs.shape[1] > _INFO else lines.stops
    firsts, stops, having = [], [], []
    spans = zip(
        numbers.tolist(), lines.tabs[numbers, _INFO - 1].tolist(), ends[numbers].tolist(), strict=True
    )
    for number, start, stop in spans:
        place = text.find(key, start, stop)
        while place >= 0 and text[place - 1] not in _BEFORE_KEY:
            place = text.find(key, place + 1, stop)
        if place >= 0:
            firsts.append(place + len(key))
            stops.append(stop)
            having.append(number)
    return (
        np.array(firsts, dtype=np.int64),
        np.array(stops, dtype=np.int64),
        np.array(having, dtype=np.int64),
    )


def _within(places: Integers, starts: Integers, stops: Integers) -> Integers:
    """Return the offsets that are within one of some ranges; both in ascending order."""
    first = np.searchsorted(places, starts)
    counts = np.searchsorted(places, stops) - first
    before = np.cumsum(counts) - counts
    inside: Integers = places[np.arange(counts.sum()) + np.repeat(first - before, counts)]
    return inside


def _without_version(data: Bytes, starts: Integers, lengths: Integers) -> Integers:
    """Return the lengths of accessions without `.` and a version of up to three digits."""
    stops = starts + lengths
    for digits in (1, 2, 3):
        is_version = (data[np.maximum(stops - digits - 1, 0)] == _DOT) & (lengths > digits + 1)
        lengths = np.where(is_version & (starts + lengths == stops), lengths - digits - 1, lengths)
    return lengths


def _names_one(padded: bytes, start: int, column: _Column) -> bool:
    stops = [stop for sign in _ENDS if (stop := padded.find(sign, start)) >= 0]
    parts = padded[start : min(stops, default=len(padded))].split(b"|")
    return column.place < len(parts) and _is_name(parts[column.place], column)


def _is_name(text: bytes, column: _Column) -> bool:
    name = decode_text(text.decode("utf-8", "surrogateescape").strip())
    name = name.partition(".")[0] if column.is_versioned else name
    return name.encode("utf-8", "surrogateescape") in column.names.texts
