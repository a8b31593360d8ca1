"""The bases that a record covers, as an index defines them.

htslib's releases differ: in older ones (1.16) INFO/END replaces the length of REF, newer ones (1.24) take the largest
of REF, END, SVLEN and LEN. An index may state more than a record covers, never less, because readers check each record
again. The largest of all is used here, so that an index serves old and new readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["HEAD_COLUMNS", "end_of"]

HEAD_COLUMNS = 9
"""Columns before the samples."""

_END = re.compile(rb"(?:^|;)END=(\d*)")
_SVLEN = re.compile(rb"(?:^|;)SVLEN=([^;]*)")
_DIGITS = re.compile(rb"\d+")
_MOST_DIGITS = 19  # more digits make a number that no index can hold
# Alleles for which SVLEN states how much of the reference they replace (VCF 4.5, section 3), and a gVCF's block.
_SPANNING = re.compile(rb"<(?:CNV|DEL|DUP|INV)[>:]")
_BLOCK = re.compile(rb"<(?:\*|NON_REF)>")


def end_of(columns: Sequence[bytes], begin: int) -> int:
    """Return the end of a record: the 0-based position after its last base.

    Args:
        columns: columns of the record; the samples may be one column or several.
        begin: 0-based position of its first base.

    """
    length = max(len(columns[3]), 1)
    alts, info = columns[4], columns[7]
    if _SPANNING.search(alts) and (found := _SVLEN.search(info)):
        length = max(length, *_numbers(found[1].split(b",")))
    if _BLOCK.search(alts) and len(columns) > HEAD_COLUMNS:
        length = max(length, *_numbers(_values(b"LEN", columns)))
    stated = _END.search(info)
    return max(begin + length, _number(stated[1]) if stated else 0)


def _values(key: bytes, columns: Sequence[bytes]) -> Iterable[bytes]:
    """Yield the samples' values of a FORMAT key."""
    keys = columns[HEAD_COLUMNS - 1].split(b":")
    if key not in keys:
        return
    place = keys.index(key)
    for column in columns[HEAD_COLUMNS:]:
        for sample in column.split(b"\t"):
            values = sample.split(b":", place + 1)
            if place < len(values):
                yield values[place]


def _numbers(texts: Iterable[bytes]) -> list[int]:
    """Return the sizes written in texts, without their signs; 0 for a text that is not a number."""
    return [0, *(_number(found[0]) for text in texts if (found := _DIGITS.search(text)))]


def _number(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:_MOST_DIGITS] or b"0")
