"""Reads the columns of many lines at once, without splitting a line.

A genome has millions of records, and few of them are of interest. Here numpy finds, for all lines of a chunk, the
offsets of the columns, CHROM and POS, the length of REF, and whether REF and ALT are plain sequences; nothing is
decoded, and no object is created per line. A line that is unusual in any way is marked, and examined separately later;
the results for all other lines are exact.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import SUBSTITUTIONS

__all__ = ["LETTER_BITS", "PLAIN", "AlleleKinds", "ContigRun", "ScannedLines", "kinds_of_alleles", "scan"]

Integers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]

_TAB, _NEWLINE, _SPACE, _HASH, _COMMA, _DOT, _ZERO = b"\t\n #,.0"
_LONGEST = 16  # REF and ALT up to this length are examined here
_LONGEST_POS = 18  # decimal digits that always fit into an int64
_WORD = 8  # bytes, each a digit of POS
_POWERS = 10 ** np.arange(_WORD + 1)
# By the number of digits: the shift in bits that moves them to the end of the word, and the code of padding digits.
_MOVED = np.array([0, *(64 - 8 * count for count in range(1, _WORD + 1))], dtype=np.uint64)
_ZEROS = np.array(
    [int.from_bytes(b"0" * count, "big") << 64 - 8 * count for count in range(_WORD + 1)], np.uint64
)
_HIGH_BITS, _ABOVE_NINE = (np.uint64(int.from_bytes(bytes([byte]) * _WORD, "big")) for byte in (0x80, 0x76))
_STEPS = [
    (np.uint64(10), np.uint64(8), np.uint64(0x00FF_00FF_00FF_00FF)),
    (np.uint64(100), np.uint64(16), np.uint64(0x0000_FFFF_0000_FFFF)),
    (np.uint64(10_000), np.uint64(32), np.uint64(0x0000_0000_FFFF_FFFF)),
]

PLAIN = np.zeros(256, dtype=bool)
PLAIN[list(b"ACGTacgt")] = True
"""Whether a byte is a base; an N is not, because it cannot be compared."""

LETTER_BITS = 0xDF
"""Bits of an ASCII letter but for its case."""

# Summed over the bytes of ALTs: the number of commas, and `_ODD` or more if there is any other byte that is not a
# base.
_ODD = 1 << 10
_ODD_CODES = np.where(PLAIN, 0, _ODD)
_ODD_CODES[[_COMMA, _DOT]] = 1, _ODD + 1

_BASE = np.zeros(256, dtype=np.uint8)  # number of a base, from 1, for either case
for _number, _letter in enumerate("ACGT", 1):
    _BASE[[ord(_letter), ord(_letter.lower())]] = _number
_BASE_COUNT = np.uint8(5)
# by the numbers of both bases, the number of the substitution in `SUBSTITUTIONS`
_SUBSTITUTION = np.zeros(25, dtype=np.uint8)
for _number, _text in enumerate(SUBSTITUTIONS[1:], 1):
    _SUBSTITUTION[_BASE[ord(_text[0])] * _BASE_COUNT + _BASE[ord(_text[2])]] = _number


class ContigRun(NamedTuple):
    """Consecutive lines with the same CHROM: its text, the index of the first line and of the line after the last."""

    name: str
    first: int
    stop: int


class ScannedLines(NamedTuple):
    """The lines of a chunk, as columns.

    Attributes:
        starts: offset of each line in the chunk.
        stops: offset of each line end.
        runs: CHROM, by runs of lines.
        positions: 1-based POS.
        last_keys: last position at which a key of an allele of the line can start; the first is POS.
        alleles: number of ALTs of the usual lines.
        unanchored: lines whose only ALT is an indel without a base before it in the record.
        unusual: lines whose alleles were not examined.
        mixed: usual lines with several ALTs of different kinds, or with one that replaces several bases: `last_keys`
            and `alleles` hold for them; `unanchored` is set, because one of their indels may be unanchored.
        substitutions: number in `allele.SUBSTITUTIONS` of the only ALT of a usual line; 0 for any other.
        refs: offset of the first base of each line's REF; meaningless for a usual line without ALT bases.
        ref_lengths: number of bases of that REF.
        tabs: offsets of each line's tabs, one row per line; None if the records are not text.

    """

    starts: Integers
    stops: Integers
    runs: list[ContigRun]
    positions: Integers
    last_keys: Integers
    alleles: Integers
    unanchored: Mask
    unusual: Mask
    mixed: Mask
    substitutions: Bytes
    refs: Integers
    ref_lengths: Integers
    tabs: Integers | None = None

    def holding(self, pattern: re.Pattern[bytes], text: bytes) -> Integers:
        """Return the lines in which a pattern occurs."""
        places = np.fromiter((match.start() for match in pattern.finditer(text)), dtype=np.int64)
        return np.unique(np.searchsorted(self.starts, places, side="right") - 1)


def scan(text: bytes, columns: int) -> ScannedLines | None:
    """Scan a chunk of whole lines, each with its line end.

    Args:
        text: the lines.
        columns: number of columns that every line must have, 8 or more.

    Returns:
        None if any line is malformed: a wrong number of columns, a POS that is not a number, an empty CHROM, a `#` at
        its start. Parsing line by line then finds the faulty one.

    """
    data = np.frombuffer(text, dtype=np.uint8)
    ends = _ends_of_columns(data, columns)
    if ends is None:
        return None
    tabs, stops = ends[:, :-1], ends[:, -1]
    starts = np.concatenate(([0], stops[:-1] + 1))
    first = data[starts]
    if np.any(first <= _SPACE) or np.any(first == _HASH):
        return None
    positions = _positions(text, tabs[:, 0] + 1, tabs[:, 1])
    if positions is None:
        return None
    kinds = kinds_of_alleles(data, tabs)
    runs = _runs(text, data, starts, tabs[:, 0])
    refs = tabs[:, 2] + 1
    lengths = tabs[:, 3] - refs
    return ScannedLines(
        starts, stops, runs, positions, positions + kinds.reach, *kinds[1:], refs, lengths, tabs
    )


def _ends_of_columns(data: Bytes, columns: int) -> Integers | None:
    """Return the offsets of tabs and line end, one row per line; None unless every line has the right number."""
    ends = np.flatnonzero(data <= _NEWLINE)  # includes tabs
    lines, rest = divmod(ends.size, columns)
    if rest:
        return None
    rows = ends.reshape(lines, columns)
    found = data[rows]
    # If there are as many tabs as expected, and a line end after each row of them, there can be no others.
    all_there = np.count_nonzero(found == _TAB) == lines * (columns - 1) and np.all(found[:, -1] == _NEWLINE)
    return rows if all_there else None


def _positions(text: bytes, starts: Integers, stops: Integers) -> Integers | None:
    """Return POS of each line, whose digits are from `starts` to before `stops`; None if one is not a number."""
    lengths = stops - starts
    if lengths.size == 0 or lengths.min() < 1 or lengths.max() > _LONGEST_POS:
        return None
    # Seven columns follow, each with at least its tab or line end: a word from the last digit on is within the text.
    words = np.ndarray((len(text) - _WORD + 1,), dtype="<u8", buffer=text, strides=(1,))
    positions = _decimal(words[starts], np.minimum(lengths, _WORD))
    for done in range(_WORD, int(lengths.max()), _WORD):
        longer = np.flatnonzero(lengths > done)
        more = np.minimum(lengths[longer] - done, _WORD)
        rest = _decimal(words[starts[longer] + done], more)
        if positions is None or rest is None:
            return None
        positions[longer] = positions[longer] * _POWERS[more] + rest
    return positions


def _decimal(words: Words, lengths: Integers) -> Integers | None:
    """Return the numbers whose decimal digits are the first bytes of words; None if any of these bytes is not a digit.

    The digits are shifted to the end of the word and zeros are put before them. Then each pair of neighbours becomes
    one number of twice as many bits: eight of one digit, four of two, two of four, one of eight.
    """
    digits = (words << _MOVED[lengths]) ^ _ZEROS[lengths]
    if np.any((digits | digits + _ABOVE_NINE) & _HIGH_BITS):
        return None
    for power, bits, kept in _STEPS:
        digits = (digits * power + (digits >> bits)) & kept
    return digits.astype(np.int64)


def _runs(text: bytes, data: Bytes, starts: Integers, stops: Integers) -> list[ContigRun]:
    """Return CHROM by runs, by comparing each line's with that of the line before."""
    lengths = stops - starts
    differs = lengths[1:] != lengths[:-1]
    for place in range(int(lengths.max())):
        # If both names are shorter than this, the compared bytes belong to other columns, or are past the end.
        here = data[np.minimum(starts + place, data.size - 1)]
        differs |= (here[1:] != here[:-1]) & (place < lengths[1:])
    firsts = np.concatenate(([0], np.flatnonzero(differs) + 1)).tolist()
    names = [text[starts[first] : stops[first]].decode("utf-8", "surrogateescape") for first in firsts]
    return [
        ContigRun(name, first, stop)
        for name, first, stop in zip(names, firsts, [*firsts[1:], starts.size], strict=True)
    ]


class AlleleKinds(NamedTuple):
    """The columns of `ScannedLines` that describe alleles; `reach` is the distance from POS to the last key."""

    reach: Integers
    alleles: Integers
    unanchored: Mask
    unusual: Mask
    mixed: Mask
    substitutions: Bytes


def kinds_of_alleles(data: Bytes, tabs: Integers) -> AlleleKinds:
    """Return the kind of each line's alleles: single bases, an anchored indel, no ALT, or a mixture of plain sequences.

    REF  ALT     key at                    unanchored
    A    T       POS
    A    C,T     POS
    A    .       (no allele)
    A    ATT     POS, or POS + 1           if the last bases are the same
    ATT  A       POS to POS + len(REF)     if the last bases are the same
    AT   A,AG    POS to POS + len(REF)     taken to be so (`mixed`)
    """
    refs, alts, stops = (tabs[:, column] + 1 for column in (2, 3, 4))
    ref_lengths, alt_lengths = alts - refs - 1, stops - alts - 1
    single = (ref_lengths == 1) & (alt_lengths == 1)
    substitutions = _SUBSTITUTION[_BASE[data[refs]] * _BASE_COUNT + _BASE[data[alts]]] * single
    # Most lines are complete now; the others are classified separately.
    others = np.flatnonzero(substitutions == 0)
    kinds = _kinds_of_others(data, refs[others], ref_lengths[others], alts[others], alt_lengths[others])
    size = refs.size
    reach, alleles = np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.int64)
    unanchored, unusual, mixed = np.zeros((3, size), dtype=bool)
    reach[others], alleles[others], unanchored[others], unusual[others], mixed[others], _ = kinds
    return AlleleKinds(reach, alleles, unanchored, unusual, mixed, substitutions)


def _kinds_of_others(
    data: Bytes, refs: Integers, ref_lengths: Integers, alts: Integers, alt_lengths: Integers
) -> AlleleKinds:
    """Return the kinds of alleles that are not single-base substitutions."""
    single = (ref_lengths == 1) & (alt_lengths == 1)
    in_ref, in_alt = _sums(data, refs, ref_lengths, alts, alt_lengths)
    no_alt = (alt_lengths == 1) & (in_alt == _ODD_CODES[_DOT])
    unusual = (ref_lengths < 1) | (alt_lengths < 1) | (in_ref > 0)
    # Among single bases, only lines with REF equal to ALT remain.
    unusual |= ((in_alt >= _ODD) | single) & ~no_alt
    alleles = np.where(no_alt, 0, in_alt + 1)
    mixed = (alleles > 1) & ~unusual
    listed = np.flatnonzero(mixed)
    mixed[listed] = ~_single_bases(data, refs, ref_lengths, alts, alt_lengths, listed)
    # With an anchor longer than one base the suffix may stop short of it.
    mixed |= (alleles == 1) & (np.minimum(ref_lengths, alt_lengths) > 1) & ~unusual
    listed = np.flatnonzero(mixed)
    if listed.size:
        columns = (refs[listed], ref_lengths[listed], alts[listed], alt_lengths[listed])
        unusual[listed] = _may_be_ref(data, *columns)
        mixed &= ~unusual
    last_of_ref, last_of_alt = data[refs + ref_lengths - 1], data[alts + alt_lengths - 1]
    unanchored = (alleles == 1) & ((last_of_ref | 0x20) == (last_of_alt | 0x20)) & ~unusual
    reach = np.where(single | no_alt, 0, ref_lengths)
    substitutions = np.zeros(refs.size, dtype=np.uint8)
    return AlleleKinds(reach, alleles, unanchored | mixed, unusual, mixed, substitutions)


def _may_be_ref(
    data: Bytes, refs: Integers, ref_lengths: Integers, alts: Integers, alt_lengths: Integers
) -> Mask:
    """Return which lines have an ALT that is empty, or of REF's length with the same first and last base."""
    sizes = alt_lengths + 1  # with the separator that ends the column
    stops = np.cumsum(sizes)
    places = np.arange(sizes.sum()) + np.repeat(alts - (stops - sizes), sizes)
    is_end = data[places] == _COMMA
    is_end[stops - 1] = True
    ends = np.flatnonzero(is_end)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lines = np.searchsorted(stops, ends, side="right")
    lengths = ends - starts
    firsts, lasts = data[places[starts]], data[places[ends - 1]]
    refs, last_of_ref = refs[lines], data[refs + ref_lengths - 1][lines]
    is_it = (lengths == ref_lengths[lines]) & (
        ((firsts ^ data[refs]) | (lasts ^ last_of_ref)) & LETTER_BITS == 0
    )
    found: Mask = np.bincount(lines, is_it | (lengths == 0), minlength=sizes.size) > 0
    return found


def _sums(
    data: Bytes, refs: Integers, ref_lengths: Integers, alts: Integers, alt_lengths: Integers
) -> tuple[Integers, Integers]:
    """Return the sums of `_ODD_CODES` over the bytes of each REF and of each ALT column; `_ODD` for long ones."""
    is_long = np.maximum(ref_lengths, alt_lengths) > _LONGEST
    # The bytes of all these REFs, separators and ALTs, concatenated.
    sizes = np.where(is_long, 0, alts + alt_lengths - refs)
    stops = np.cumsum(sizes)
    starts = stops - sizes
    codes = _ODD_CODES[data[np.arange(sizes.sum()) + np.repeat(refs - starts, sizes)]]
    sums = np.concatenate(([0], np.cumsum(codes)))
    of_ref = np.where(is_long, 0, ref_lengths)
    in_ref = sums[starts + of_ref] - sums[starts]
    in_alt = sums[stops] - sums[stops - np.where(is_long, 0, alt_lengths)]
    return in_ref, np.where(is_long, _ODD, in_alt)


def _single_bases(
    data: Bytes, refs: Integers, ref_lengths: Integers, alts: Integers, alt_lengths: Integers, lines: Integers
) -> Mask:
    """Return a mask of the given lines whose REF and ALTs are all single bases, with no ALT equal to REF."""
    lengths, firsts = alt_lengths[lines], alts[lines]
    ref = data[refs[lines]] | 0x20
    good: Mask = (ref_lengths[lines] == 1) & (lengths % 2 == 1)
    for place in range(int(lengths.max(initial=0))):
        inside = place < lengths
        byte = data[np.where(inside, firsts + place, 0)]
        is_comma = byte == _COMMA
        good &= ~inside | (is_comma if place % 2 else ~is_comma & ((byte | 0x20) != ref))
    return good
