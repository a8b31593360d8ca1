"""Search of a chunk for the entries of annotations that name one of many genes or transcripts.

An annotated line has up to hundreds of entries, and few lines name a gene of interest. An entry begins after a comma or
after the key of the annotation, and the pipes that follow separate its parts:

    CSQ=T|missense_variant|MODERATE|BRAF|ENSG00000157764|…,T|intron_variant|MODIFIER|BRAF|…
        first entry                 name                   second entry      name

numpy finds the name in all entries at once: one bit for each byte of the chunk marks the pipes, and the bits after the
beginning of an entry, read as one number, show where its parts begin. Eight bytes of each name are compared with all
names of interest at once; those that may be one are then compared as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.info import decode_text
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.annotations.layout import Layout, Part
from annotator.vcf.scan import Bytes, Integers, Mask, ScannedLines

__all__ = ["AnnotatedText", "NameScanner", "NameSet"]

Words: TypeAlias = NDArray[np.uint64]

_BEFORE_KEY = b"\t;"
_NAME = re.compile(rb"[^|,;\t\n]*")
_PIPE, _COMMA, _SEMICOLON, _NINE, _AFTER_ODD = b"|,;9-"  # signs below a hyphen are odd in a name
_NOT_ASCII = 0x80
_WORD = 8
_STEP = 56  # bits of a number that are certainly those of the next bytes
_STEPS, _KEY_STEPS = 3, 6
_AT_ONCE = 3  # pipes that are usually within so many bytes
_LONGEST_ALLELE = 3  # of those before the first pipe that are examined at once
_STEP_BITS, _ONE = (np.uint64(number) for number in ((1 << _STEP) - 1, 1))
_EXPONENT, _BIAS = np.uint64(52), 1023  # of a number of 64 bits with a decimal point
# The bits of a little-endian word that a number of bytes fills.
_FILLED = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], dtype=np.uint64)
_MARGIN = 1 << 8
"""Bytes that follow a text, so that the parts of an entry at its end can be examined."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_EACH_BYTE, _HIGH_BITS = (np.uint64(int.from_bytes(bytes([byte]) * _WORD, "big")) for byte in (0x01, 0x80))
_INFO = 7  # tabs before the end of the column
_INDEX_BITS = np.uint64(48)  # the remaining bits of a hash are an index into a table of 65,536


class NameSet(NamedTuple):
    """Names, of which a line must contain at least one.

    Attributes:
        genes: symbols and NCBI Gene numbers.
        transcripts: accessions without versions.

    """

    genes: frozenset[str] = frozenset()
    transcripts: frozenset[str] = frozenset()


class NameScanner:
    """Search for entries of annotations that name one of some genes or transcripts.

    Args:
        layouts: layouts of the annotations.
        sets: names to search for.

    """

    def __init__(self, layouts: Sequence[Layout], sets: Sequence[NameSet]) -> None:
        self._count = len(sets)
        self._columns = [(layout, columns) for layout in layouts if (columns := list(_columns(layout, sets)))]

    def entries(self, lines: ScannedLines, text: AnnotatedText) -> Iterator[tuple[Layout, list[Integers]]]:
        """Yield, for each annotation, the offsets of the entries that name a member of each set, ascending.

        Args:
            lines: the chunk, scanned as text.
            text: the same chunk.

        """
        commas = np.flatnonzero(text.data == _COMMA) if self._columns else np.zeros(0, dtype=np.int64)
        for layout, columns in self._columns:
            key = layout.key.encode("utf-8", "surrogateescape") + b"="
            entries = _entries_of(key, text, lines, commas)
            yield layout, self._naming(text, entries, columns)

    def _naming(self, text: AnnotatedText, entries: Integers, columns: Sequence[_Column]) -> list[Integers]:
        found: list[list[int]] = [[] for _ in range(self._count)]
        several: list[list[Integers]] = [[] for _ in range(self._count)]
        starts, place, far = entries, 0, np.zeros(0, dtype=np.int64)
        for column in columns:
            if column.place > place:
                starts, is_near = text.after(starts, column.place - place)
                place = column.place
                if not is_near.all():
                    far = np.concatenate((far, entries[~is_near]))
                    starts, entries = starts[is_near], entries[is_near]
            for entry in far.tolist():  # its parts are far apart, or there are too few
                for number in column.sets_of_entry(text.padded, entry):
                    found[number].append(entry)
            for first, stop, names in column.among(text, starts):
                for number in column.sets_of(names):
                    several[number].append(entries[first:stop])
        return [
            np.sort(np.concatenate((*of_set, np.array(one_by_one, dtype=np.int64))))
            for of_set, one_by_one in zip(several, found, strict=True)
        ]


class AnnotatedText:
    """A chunk with what finds the parts of entries in it.

    Args:
        text: the chunk.

    """

    def __init__(self, text: bytes) -> None:
        self.padded = padded = text + bytes(_MARGIN)
        self.data: Bytes = np.frombuffer(padded, dtype=np.uint8)
        self.words: Words = np.ndarray((len(padded) - _WORD + 1,), dtype="<u8", buffer=padded, strides=(1,))
        pipes = np.packbits(self.data == _PIPE, bitorder="little")
        self._pipes: Words = np.ndarray((pipes.size - _WORD + 1,), dtype="<u8", buffer=pipes, strides=(1,))
        self._end = len(text)

    def after(self, offsets: Integers, count: int) -> tuple[Integers, Mask]:
        """Return the offsets after the next pipes, and which of them were found within the examined bytes.

        Args:
            offsets: where the search begins.
            count: how many pipes follow, 1 or more.

        """
        bits = self._bits(offsets)
        for _ in range(count - 1):
            bits &= bits - _ONE
        is_near = bits != 0
        found = offsets + _lowest(bits) + 1
        rows = np.flatnonzero(~is_near)
        if rows.size:
            found[rows], is_near[rows] = self._further(offsets[rows], count)
        return found, is_near

    def _further(self, offsets: Integers, count: int, steps: int = _STEPS) -> tuple[Integers, Mask]:
        """Find the pipes of `after` in several steps."""
        found, missing = np.zeros(offsets.size, dtype=np.int64), np.full(offsets.size, count)
        for _ in range(steps):
            bits = self._bits(offsets) & _STEP_BITS
            for _ in range(count - 1):
                is_one = (missing > 1) & (bits != 0)
                bits[is_one] &= bits[is_one] - _ONE
                missing[is_one] -= 1
            is_last = (missing == 1) & (bits != 0)
            found[is_last] = offsets[is_last] + _lowest(bits[is_last]) + 1
            missing[is_last] = 0
            if not missing.any():
                break
            offsets = np.minimum(offsets + _STEP, self._end)
        return found, missing == 0

    def keys_before_pipes(self, key: bytes, begins: Integers, ends: Integers) -> Integers:
        """Return where a key and a short allele are directly before the first pipe of some ranges; -1 elsewhere."""
        places = np.full(begins.size, -1)
        if len(key) >= _WORD:
            return places
        afters, is_near = self._further(begins, 1, _KEY_STEPS)
        rows = np.flatnonzero(is_near & (afters <= ends))
        shift, wanted = np.uint64(8 * (_WORD - len(key))), np.uint64(int.from_bytes(key, "little"))
        for length in range(1, _LONGEST_ALLELE + 1):
            starts = afters[rows] - 1 - length
            is_key = (self.words[starts - _WORD] >> shift) == wanted
            before = self.data[starts - len(key) - 1]
            is_key &= (before == _BEFORE_KEY[0]) | (before == _BEFORE_KEY[1])
            places[rows[is_key]] = starts[is_key] - len(key)
            rows = rows[~is_key]
        return places

    def has_part(self, entries: Integers, place: int) -> Mask:
        """Return which entries may have a part that is not empty, by its 0-based index."""
        starts, found = entries, np.zeros(entries.size, dtype=bool)
        for count in range(place, 0, -_AT_ONCE):
            starts, is_near = self.after(starts, min(count, _AT_ONCE))
            found |= ~is_near
        found |= self.data[starts] != _PIPE
        return found

    def _bits(self, offsets: Integers) -> Words:
        """Return which of the next bytes are pipes, the first one as the lowest bit."""
        found: Words = self._pipes[offsets >> 3] >> (offsets & 7).astype(np.uint64)
        return found


def _lowest(bits: Words) -> Integers:
    """Return the index of the lowest bit that is set; meaningless for 0."""
    lowest = bits & (~bits + _ONE)
    return (lowest.astype(np.float64).view(np.uint64) >> _EXPONENT).astype(np.int64) - _BIAS


class _Column:
    """A part of an annotation in which names are searched.

    Args:
        place: 0-based index of the part.
        sets: numbers of the sets that have each name.
        is_versioned: whether a version may follow a name.
        is_number: whether the names are numbers.

    """

    def __init__(
        self, place: int, sets: dict[str, list[int]], *, is_versioned: bool, is_number: bool
    ) -> None:
        self.place = place
        self._sets = {name.encode(): numbers for name, numbers in sets.items()}
        self._is_versioned = is_versioned
        self._is_number = is_number
        lengths = sorted(set(map(len, self._sets)))
        self._shortest, self._longest = lengths[0], lengths[-1]
        self._beginnings = _table(name[:_WORD] for name in self._sets)
        self._endings = [
            (length - _WORD, _table(name[-_WORD:] for name in self._sets if len(name) == length))
            for length in lengths
            if is_versioned and length >= _WORD
        ]

    def among(self, text: AnnotatedText, starts: Integers) -> Iterator[tuple[int, int, bytes]]:
        """Yield runs of parts that may be one of the names: index of the first part, of the one after, and the name.

        Args:
            text: the chunk.
            starts: offset of the part in each entry.

        """
        if self._is_versioned:
            rows = np.flatnonzero(self._may_be_accessions(text, starts))
            runs = rows, rows + 1
        else:
            runs = self._runs(text, starts)
        for first, stop, start in zip(
            runs[0].tolist(), runs[1].tolist(), starts[runs[0]].tolist(), strict=True
        ):
            yield first, stop, _name_at(text.padded, start)

    def _runs(self, text: AnnotatedText, starts: Integers) -> tuple[Integers, Integers]:
        """Return the runs of equal parts that may be a name: consecutive entries usually name the same gene."""
        rows = np.arange(starts.size)
        if self._is_number:  # most annotations have Ensembl's identifiers here, which begin with a letter
            begins = text.data[starts]
            rows = np.flatnonzero((begins <= _NINE) | (begins >= _NOT_ASCII))
            starts = starts[rows]
        stops, is_near = text.after(starts, 1)
        lengths = np.where(is_near, stops - starts - 1, _STEP)
        within = np.minimum(lengths, _WORD)
        words = text.words[starts] & _FILLED[within]
        is_first = np.ones(rows.size + 1, dtype=bool)
        is_first[1:-1] = (words[1:] != words[:-1]) | (lengths[1:] != lengths[:-1]) | (lengths[1:] > _WORD)
        is_first[1:-1] |= rows[1:] != rows[:-1] + 1
        borders = np.flatnonzero(is_first)
        firsts = borders[:-1]
        likely = self._beginnings[_hashes(words[firsts])] | _has_odd_byte(words[firsts], within[firsts])
        chosen = np.flatnonzero(likely)
        return rows[firsts[chosen]], rows[borders[chosen + 1] - 1] + 1

    def _may_be_accessions(self, text: AnnotatedText, starts: Integers) -> Mask:
        if self._shortest < _WORD:
            return np.ones(starts.size, dtype=bool)
        likely = _has_sign(text.words[starts])
        for offset in range(_WORD, self._longest, _WORD):
            likely |= _has_sign(text.words[starts + offset])
        for offset, table in self._endings:
            likely |= table[_hashes(text.words[starts + offset])]
        return likely

    def sets_of_entry(self, padded: bytes, entry: int) -> Sequence[int]:
        """Return the sets that have the name in an entry."""
        stop = min(place for sign in b",;\t\n\0" if (place := padded.find(sign, entry)) >= 0)
        parts = padded[entry:stop].split(b"|")
        return self.sets_of(parts[self.place]) if self.place < len(parts) else ()

    def sets_of(self, text: bytes) -> Sequence[int]:
        """Return the sets that have a name, which may be encoded, surrounded by spaces or followed by a version."""
        name = decode_text(text.decode("utf-8", "surrogateescape").strip())
        name = name.partition(".")[0] if self._is_versioned else name
        return self._sets.get(name.encode("utf-8", "surrogateescape"), ())


def _columns(layout: Layout, sets: Sequence[NameSet]) -> Iterator[_Column]:
    """Yield the columns of a layout, in the order of its parts."""
    is_same = layout.parts.get(Part.GENE_ID) == layout.parts.get(Part.SYMBOL)
    genes = [names.genes if layout.names_genes else frozenset[str]() for names in sets]
    of_parts = {
        Part.SYMBOL: genes,
        Part.GENE_ID: [frozenset(filter(str.isdecimal, () if is_same else names)) for names in genes],
        Part.FEATURE: [names.transcripts for names in sets],
    }
    for part, place in sorted(layout.parts.items(), key=lambda item: item[1]):
        by_name: dict[str, list[int]] = {}
        for number, names in enumerate(of_parts.get(part, ())):
            for name in names:
                by_name.setdefault(name, []).append(number)
        if by_name:
            yield _Column(place, by_name, is_versioned=part is Part.FEATURE, is_number=part is Part.GENE_ID)


def _table(beginnings: Iterable[bytes]) -> Mask:
    """Return whether any of some texts of up to eight bytes has these first bits of its hash."""
    words = np.frombuffer(b"".join(text.ljust(_WORD, b"\0") for text in beginnings), dtype="<u8")
    table = np.zeros(1 << 16, dtype=bool)
    table[_hashes(words)] = True
    return table


def _hashes(words: Words) -> Words:
    found: Words = (words * _FACTOR) >> _INDEX_BITS
    return found


def _has_odd_byte(words: Words, counts: Integers) -> Mask:
    """Return which words have, among their first bytes, one that no plain name contains.

    These are spaces, line ends, the signs below a hyphen (`%`, `&`, `,`), a semicolon and bytes beyond ASCII.
    """
    filled = words | (~_FILLED[counts] & (_EACH_BYTE * np.uint64(_NINE)))
    differing = filled ^ (_EACH_BYTE * np.uint64(_SEMICOLON))
    found: Mask = _has_sign(filled) | ((differing - _EACH_BYTE) & ~differing & _HIGH_BITS != 0)
    return found


def _has_sign(words: Words) -> Mask:
    """Return which words have a byte below a hyphen or beyond ASCII."""
    found: Mask = (((words - _EACH_BYTE * np.uint64(_AFTER_ODD)) & ~words) | words) & _HIGH_BITS != 0
    return found


def _name_at(padded: bytes, start: int) -> bytes:
    name = _NAME.match(padded, start)
    assert name is not None
    return name[0]


def _entries_of(key: bytes, text: AnnotatedText, lines: ScannedLines, commas: Integers) -> Integers:
    """Return the offsets at which entries begin, ascending."""
    assert lines.tabs is not None
    begins = lines.tabs[:, _INFO - 1]
    ends = lines.tabs[:, _INFO] if lines.tabs.shape[1] > _INFO else lines.stops
    places = text.keys_before_pipes(key, begins, ends)
    for row in np.flatnonzero(places < 0).tolist():
        place, end = text.padded.find(key, int(begins[row]), int(ends[row])), int(ends[row])
        while place >= 0 and text.padded[place - 1] not in _BEFORE_KEY:
            place = text.padded.find(key, place + 1, end)
        places[row] = place
    having = np.flatnonzero(places >= 0)
    firsts = places[having] + len(key)
    others = _within(commas, firsts, ends[having]) + 1
    return np.sort(np.concatenate((firsts, others)), kind="stable")  # which merges two ascending ranges


def _within(places: Integers, starts: Integers, stops: Integers) -> Integers:
    """Return the offsets that are within one of some ranges; both in ascending order."""
    first = np.searchsorted(places, starts)
    counts = np.searchsorted(places, stops) - first
    before = np.cumsum(counts) - counts
    inside: Integers = places[np.arange(counts.sum()) + np.repeat(first - before, counts)]
    return inside
