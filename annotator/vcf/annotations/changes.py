"""Search of a chunk for HGVS changes that can be one of many, by their numbers, without splitting lines.

Nearly all entries of an annotated file change another residue or base than those of interest. Every change has a dot
after one letter, and most have a number there, or after three letters:

    ENST00000288602.11:c.1799T>A|ENSP00000288602.6:p.Val600Glu
                        ^                           ^

numpy finds all dots at once, and reads the eight bytes from each number as one word, whose digits are evaluated
together. A change that is written in another way is always kept.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.variants.amino_acids import RESIDUE_LETTERS, STOP, THREE_LETTERS
from annotator.vcf.scan import Bytes, Integers, Mask

__all__ = ["ChangeText", "ExpressionFilter", "SpelledResidueFilter"]

Words: TypeAlias = NDArray[np.uint64]

_WORD = 8
_MASK = (1 << 16) - 1
_KINDS_WITH_NUMBER = ("del", "dup", "ins", "inv", "=", "[", "%", *"ACGTNRYSWKMBDHV")
"""Text after a number on its own; `=` follows a base: no change (`c.2236A=`)."""
_ENDS = b"|,;\t\r\n"
_ENCODED = re.compile(b"%(?:2[ABDEabde]|3[0-9Ee]|[4-7][0-9A-Fa-f])")
"""An encoded letter, digit, dot or other sign of a change: not a colon, comma or equals sign."""


def _each(byte: int) -> np.uint64:
    return np.uint64(byte * 0x0101010101010101)


def _words(*values: int) -> list[np.uint64]:
    return [np.uint64(value) for value in values]


_BYTE, _7, _8, _16, _32, _48, _56 = _words(0xFF, 7, 8, 16, 32, 48, 56)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_TEN, _PAIRS, _UPPER, _LOWER = _words(10, 0x000000FF000000FF, 0x000F424000000064, 0x0000271000000001)
_THREE_BYTES, _SILENT = _words(0xFFFFFF, int.from_bytes(b"%3D", "little"))
_LETTERS = string.ascii_letters
_COUNTS = np.uint64(0x0001020304050607)  # times 1 << 8 * k, its highest byte is k


class ChangeText:
    """A chunk, and the places in it where a change can begin.

    Args:
        padded: the chunk, followed by `MARGIN` bytes.

    """

    def __init__(self, padded: bytes) -> None:
        self._padded = padded
        self.data: Bytes = np.frombuffer(padded, dtype=np.uint8)
        self._words = np.ndarray((len(padded) - _WORD + 1,), dtype="<u8", buffer=padded, strides=(1,))

    def dots_after(self, letters: bytes) -> Integers:
        """Return the offsets of the dots that follow one of some letters."""
        dots, before = self._dots
        is_after = np.zeros(dots.size, dtype=bool)
        for letter in letters:
            is_after |= before == letter
        return dots[is_after]

    @cached_property
    def encoded(self) -> Integers:
        """The offsets of encoded signs that a change may contain."""
        signs = np.flatnonzero(self.data == ord("%"))
        is_silent = (self.data[signs + 1] == ord("3")) & (self.data[signs + 2] == ord("D"))  # the usual one
        others = signs[~is_silent].tolist()
        return np.array([place for place in others if _ENCODED.match(self._padded, place)], dtype=np.int64)

    @cached_property
    def _dots(self) -> tuple[Integers, Bytes]:
        dots = np.flatnonzero(self.data == ord("."))
        return dots, self.data[np.maximum(dots - 1, 0)]

    def words(self, starts: Integers) -> Words:
        """Return the eight bytes from each of some offsets as numbers, the first byte as the lowest."""
        return self._words[starts].astype(np.uint64, copy=False)


def _numbers(words: Words) -> tuple[Integers, Integers]:
    """Return the numbers at the beginning of some words, and their digits; 8 digits mean that more may follow."""
    digits = words ^ _each(0x30)
    others = (digits | (digits + _each(0x76))) & _each(0x80)
    lowest = others & (~others + np.uint64(1))
    counts = np.where(others == 0, _8, ((lowest >> _7) * _COUNTS) >> _56)
    # The digits are moved to the highest bytes, zeros precede them, and pairs are joined step by step.
    values = np.where(counts == 0, np.uint64(0), digits << ((_8 - np.maximum(counts, np.uint64(1))) * _8))
    values = values * _TEN + (values >> _8)
    values = ((values & _PAIRS) * _UPPER + ((values >> _16) & _PAIRS) * _LOWER) >> _32
    return values.astype(np.int64), counts.astype(np.int64)


def _byte(words: Words, place: int) -> Words:
    """Return the byte at an index of each word."""
    found: Words = (words >> np.uint64(8 * place)) & _BYTE
    return found


def _is_between(values: Words, first: str, last: str) -> Mask:
    return (values >= ord(first)) & (values <= ord(last))


def _is_residue(words: Words) -> Mask:
    """Return which words begin with the three-letter code of a residue."""
    return (
        _is_between(_byte(words, 0), "A", "Z")
        & _is_between(_byte(words, 1), "a", "z")
        & _is_between(_byte(words, 2), "a", "z")
    )


def _table_of(numbers: Iterable[int]) -> Mask:
    """Return whether any of some numbers has these last bits, which excludes most others."""
    table = np.zeros(_MASK + 1, dtype=bool)
    table[[number & _MASK for number in numbers]] = True
    return table


def _hashes(codes: Words) -> Words:
    """Return an index into a table of 65,536 for each of some codes of three bytes."""
    found: Words = (codes * _FACTOR) >> _48
    return found


def _code(letters: str) -> int:
    """Return three letters as a number, the first letter as the lowest byte."""
    return int.from_bytes(letters.encode(), "little")


_CERTAIN = np.array(sorted(_code(THREE_LETTERS[one]) for one in RESIDUE_LETTERS + STOP), dtype=np.int64)
"""Codes of the residues that name one amino acid, and of a stop."""


def _is_certain(codes: Integers) -> Mask:
    places = np.minimum(np.searchsorted(_CERTAIN, codes), _CERTAIN.size - 1)
    found: Mask = _CERTAIN[places] == codes
    return found


def _with_encoded(places: Integers, text: ChangeText) -> Integers:
    """Return places of changes and those of encoded signs, ascending."""
    return np.sort(np.concatenate((places, text.encoded))) if text.encoded.size else places


_IS_END = np.array([byte in _ENDS for byte in range(256)])


class SpelledResidueFilter:
    """Filter for protein changes that may affect one of some residues.

    Args:
        residues: three letters and number of each, such as `Val600`; only the number if the letters are not known.

    """

    def __init__(self, residues: Iterable[str]) -> None:
        listed = list(residues)
        numbers = {int(residue.lstrip(_LETTERS)) for residue in listed}
        self._has = _table_of(numbers)
        self._any = np.array(sorted(int(one) for one in listed if one.isdecimal()), dtype=np.int64)
        keys = (int(one[3:]) << 24 | _code(one[:3]) for one in listed if not one.isdecimal())
        self._keys = np.array(sorted(keys), dtype=np.int64)

    def places(self, text: ChangeText) -> Integers:
        """Return the offsets of protein changes, without substitutions, silent changes and new stops elsewhere."""
        dots = text.dots_after(b"p")
        starts = dots + 1
        starts += text.data[starts] == ord("(")
        numbers, counts = _numbers(text.words(starts + 3))
        codes = (text.words(starts) & _THREE_BYTES).astype(np.int64)
        is_of_interest = self._has[numbers & _MASK]
        rows = np.flatnonzero(is_of_interest)
        keys = numbers[rows] << 24 | codes[rows]
        is_of_interest[rows] = np.isin(keys, self._keys) | np.isin(numbers[rows], self._any)
        others = np.flatnonzero(~is_of_interest & (counts > 0))
        ends = starts[others] + 3 + counts[others]
        after = text.words(ends)
        ends += 3
        ends += text.data[ends] == ord(")")
        is_silent = (after & _THREE_BYTES) == _SILENT
        is_simple = _is_certain(codes[others]) & (_is_residue(after) | is_silent) & _IS_END[text.data[ends]]
        is_elsewhere = np.zeros(dots.size, dtype=bool)
        is_elsewhere[others[is_simple]] = True
        return _with_encoded(dots[~is_elsewhere], text)


class ExpressionFilter:
    """Filter for changes of nucleotides that may be one of some.

    Args:
        beginnings: beginnings of the changes, such as `c.1799T>A` or `c.2236`.

    """

    def __init__(self, beginnings: Iterable[str]) -> None:
        listed = tuple(beginnings)
        self._letters = "".join(sorted({beginning[0] for beginning in listed})).encode()
        texts = [
            beginning[2:] + kind
            for beginning in listed
            for kind in (_KINDS_WITH_NUMBER if beginning[-1:].isdecimal() else ("",))
        ]
        keys = [found for text in texts if (found := re.match("([0-9]+)(.)", text))]
        self._keys = np.array(sorted({int(key[1]) << 8 | ord(key[2]) for key in keys}), dtype=np.int64)
        codes = {
            int.from_bytes(text.encode()[:3].ljust(3, bytes([last])), "little")
            for text in texts
            for last in (range(256) if len(text) < 3 else (0,))
        }
        self._begins = np.zeros(_MASK + 1, dtype=bool)
        self._begins[_hashes(np.array(sorted(codes), dtype=np.uint64))] = True

    def places(self, text: ChangeText) -> Integers:
        """Return the offsets of changes that may be one of those searched for."""
        dots = text.dots_after(self._letters)
        words = text.words(dots + 1)
        is_number = _is_between(words & _BYTE, "0", "9")
        likely = np.flatnonzero(self._begins[_hashes(words & _THREE_BYTES)] | ~is_number)
        dots, words = dots[likely], words[likely]
        numbers, counts = _numbers(words)
        keys = numbers << 8 | text.data[dots + 1 + counts]
        return _with_encoded(dots[(counts == 0) | (counts == _WORD) | np.isin(keys, self._keys)], text)
