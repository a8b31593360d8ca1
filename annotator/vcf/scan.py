"""Reading the columns of many lines at once, without splitting one of them.

A genome has millions of records and few of them matter. Here numpy finds, for all lines of a chunk, where the
columns are, CHROM and POS, the length of REF, and whether REF and ALT are plain sequences; nothing is decoded
and no object is made per line. A line that is in any way unusual is marked so, and looked at one by one later:
what is said here of the others is exact.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.allele import SUBSTITUTIONS

__all__ = ["PLAIN", "AlleleKinds", "ContigRun", "ScannedLines", "kinds_of_alleles", "scan"]

Integers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Bytes: TypeAlias = NDArray[np.uint8]

_TAB, _NEWLINE, _SPACE, _HASH, _COMMA, _DOT, _ZERO = b"\t\n #,.0"
_LONGEST = 16  # REF and ALT up to this length are examined here
_LONGEST_POS = 18  # decimal digits that an int64 surely holds
_POWERS = 10 ** np.arange(_LONGEST_POS)[:, np.newaxis]

PLAIN = np.zeros(256, dtype=bool)
PLAIN[list(b"ACGTNacgtn")] = True
"""Whether a byte is a base."""

_BASE = np.zeros(256, dtype=np.uint8)  # number of a base, from 1, in either case
for _number, _letter in enumerate("ACGTN", 1):
    _BASE[[ord(_letter), ord(_letter.lower())]] = _number
_SUBSTITUTION = np.zeros((6, 6), dtype=np.uint8)  # by the numbers of its bases, its own in `SUBSTITUTIONS`
for _number, _text in enumerate(SUBSTITUTIONS[1:], 1):
    _SUBSTITUTION[_BASE[ord(_text[0])], _BASE[ord(_text[2])]] = _number


class ContigRun(NamedTuple):
    """Consecutive lines with the same CHROM: its text, the first line and the line after the last."""

    name: str
    first: int
    stop: int


class ScannedLines(NamedTuple):
    """The lines of a chunk, as columns.

    Attributes:
        starts: offset of each line in the chunk.
        stops: offset of its line end.
        runs: CHROM, by runs of lines.
        positions: 1-based POS.
        last_keys: last position at which an allele of the line can have its key; the first is POS.
        alleles: number of ALTs of the usual lines.
        unanchored: lines whose one ALT is an indel with no base before it in the record.
        unusual: lines about whose alleles nothing is said here.
        substitutions: number in `allele.SUBSTITUTIONS` of the only ALT of a usual line; 0 for any other.
        tabs: offsets of each line's tabs, a row per line; None where the records are not text.

    """

    starts: Integers
    stops: Integers
    runs: list[ContigRun]
    positions: Integers
    last_keys: Integers
    alleles: Integers
    unanchored: Mask
    unusual: Mask
    substitutions: Bytes
    tabs: Integers | None = None

    def holding(self, pattern: re.Pattern[bytes], text: bytes) -> Integers:
        """Give the lines in which a pattern occurs."""
        places = np.fromiter((match.start() for match in pattern.finditer(text)), dtype=np.int64)
        return np.unique(np.searchsorted(self.starts, places, side="right") - 1)


def scan(text: bytes, columns: int) -> ScannedLines | None:
    """Scan a chunk of whole lines, each with its line end.

    Args:
        text: the lines.
        columns: number of columns that every line must have, 8 or more.

    Returns:
        None if any line is malformed: another number of columns, a POS that is no number, an empty CHROM, a
        `#` at its start. Who then parses line by line finds out which.

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
    positions = _positions(data, tabs[:, 0] + 1, tabs[:, 1])
    if positions is None:
        return None
    kinds = kinds_of_alleles(data, tabs)
    runs = _runs(text, data, starts, tabs[:, 0])
    return ScannedLines(starts, stops, runs, positions, positions + kinds.reach, *kinds[1:], tabs)


def _ends_of_columns(data: Bytes, columns: int) -> Integers | None:
    """Offsets of the tabs and the line end, a row per line; None unless every line has as many as it should."""
    ends = np.flatnonzero(data <= _NEWLINE)  # which a tab is too
    lines, rest = divmod(ends.size, columns)
    # If there are as many tabs as there should be, and a line end after each row of them, nothing else is left.
    if rest or np.count_nonzero(data == _TAB) != lines * (columns - 1):
        return None
    rows = ends.reshape(lines, columns)
    return rows if np.all(data[rows[:, -1]] == _NEWLINE) else None


def _positions(data: Bytes, starts: Integers, stops: Integers) -> Integers | None:
    lengths = stops - starts
    if lengths.size == 0 or lengths.min() < 1 or lengths.max() > _LONGEST_POS:
        return None
    positions = np.zeros(starts.size, dtype=np.int64)
    for place in range(int(lengths.max())):  # from the last digit on
        digits = data[np.maximum(stops - 1 - place, 0)] - _ZERO  # what is no digit becomes more than 9
        digits *= place < lengths
        if digits.max() > 9:
            return None
        positions += digits * _POWERS[place]
    return positions


def _runs(text: bytes, data: Bytes, starts: Integers, stops: Integers) -> list[ContigRun]:
    """CHROM by runs, from comparing each line's with that of the line before."""
    lengths = stops - starts
    differs = lengths[1:] != lengths[:-1]
    for place in range(int(lengths.max())):
        # Where both names are shorter than this the bytes compared are other columns', or past the end.
        here = data[np.minimum(starts + place, data.size - 1)]
        differs |= (here[1:] != here[:-1]) & (place < lengths[1:])
    firsts = np.concatenate(([0], np.flatnonzero(differs) + 1)).tolist()
    names = [text[starts[first] : stops[first]].decode("utf-8", "surrogateescape") for first in firsts]
    return [
        ContigRun(name, first, stop)
        for name, first, stop in zip(names, firsts, [*firsts[1:], starts.size], strict=True)
    ]


class AlleleKinds(NamedTuple):
    """What `ScannedLines` says of the alleles; `reach` is the distance from POS to the last key."""

    reach: Integers
    alleles: Integers
    unanchored: Mask
    unusual: Mask
    substitutions: Bytes


def kinds_of_alleles(data: Bytes, tabs: Integers) -> AlleleKinds:
    """Tell the usual alleles: single bases, several single bases, an indel of one anchor base, and no ALT.

    REF  ALT     key at                    unanchored
    A    T       POS
    A    C,T     POS
    A    .       (no allele)
    A    ATT     POS, or POS + 1           if the last bases are the same
    ATT  A       POS to POS + len(REF)     if the last bases are the same
    """
    refs, ref_lengths = tabs[:, 2] + 1, tabs[:, 3] - tabs[:, 2] - 1
    alts, alt_lengths = tabs[:, 3] + 1, tabs[:, 4] - tabs[:, 3] - 1
    single = (ref_lengths == 1) & (alt_lengths == 1)
    ref, alt = data[refs], data[alts]
    no_alt = (alt_lengths == 1) & (alt == _DOT)
    unusual = (ref_lengths < 1) | (alt_lengths < 1) | ~PLAIN[ref]
    unusual |= ~PLAIN[alt] & ~no_alt
    unusual |= single & ((ref | 0x20) == (alt | 0x20))
    alleles = np.where(no_alt, 0, 1)
    unanchored = np.zeros(ref.size, dtype=bool)
    several = np.flatnonzero(~single & ~unusual & ~no_alt)
    commas = _examine(data, refs, ref_lengths, alts, alt_lengths, several, unusual)
    alleles[several] += commas
    listed = several[(commas > 0) & ~unusual[several]]
    of_single_bases = (ref_lengths[listed] == 1) & (alt_lengths[listed] == 2 * alleles[listed] - 1)
    unusual[listed[~of_single_bases]] = True
    listed = listed[of_single_bases]
    unusual[listed] |= ~_single_bases(data, ref, alts, alt_lengths, listed)
    indels = several[(commas == 0) & ~unusual[several]]
    same_end = (data[tabs[indels, 3] - 1] | 0x20) == (data[tabs[indels, 4] - 1] | 0x20)
    # With an anchor longer than one base the suffix may stop short of it: left to the exact way.
    anchored_longer = np.minimum(ref_lengths[indels], alt_lengths[indels]) > 1
    unusual[indels] |= anchored_longer
    unanchored[indels] = same_end & ~anchored_longer
    reach = np.where(single | no_alt, 0, ref_lengths)
    substitutions = _SUBSTITUTION[_BASE[ref], _BASE[alt]] * single
    return AlleleKinds(reach, alleles, unanchored & ~unusual, unusual, substitutions)


def _examine(
    data: Bytes,
    refs: Integers,
    ref_lengths: Integers,
    alts: Integers,
    alt_lengths: Integers,
    lines: Integers,
    unusual: Mask,
) -> Integers:
    """Mark lines whose REF or ALT is long or no plain sequence; give the number of commas in their ALTs."""
    commas = np.zeros(lines.size, dtype=np.int64)
    is_long = (ref_lengths[lines] > _LONGEST) | (alt_lengths[lines] > _LONGEST)
    unusual[lines] |= is_long
    short = np.flatnonzero(~is_long)
    if not short.size:
        return commas
    # The bytes of all these REFs, separators and ALTs, one after the other.
    starts, separators = refs[lines[short]], alts[lines[short]] - 1
    sizes = separators + 1 + alt_lengths[lines[short]] - starts
    firsts = np.cumsum(sizes) - sizes
    places = np.arange(sizes.sum()) + np.repeat(starts - firsts, sizes)
    octets = data[places]
    behind = places - np.repeat(separators, sizes)
    is_comma = (octets == _COMMA) & (behind > 0)
    odd = ~(PLAIN[octets] | is_comma | (behind == 0))
    commas[short] = np.add.reduceat(is_comma, firsts, dtype=np.int64)
    unusual[lines[short]] |= np.logical_or.reduceat(odd, firsts)
    return commas


def _single_bases(data: Bytes, ref: Bytes, alts: Integers, alt_lengths: Integers, lines: Integers) -> Mask:
    """Tell the lines whose ALTs are single bases, none of them REF's, among those whose lengths allow it."""
    good: Mask = np.ones(lines.size, dtype=bool)
    for place in range(int(alt_lengths[lines].max(initial=0))):
        inside = place < alt_lengths[lines]
        byte = data[np.where(inside, alts[lines] + place, 0)]
        if place % 2:
            good &= ~inside | (byte == _COMMA)
        else:
            good &= ~inside | (PLAIN[byte] & ((byte | 0x20) != (ref[lines] | 0x20)))
    return good
