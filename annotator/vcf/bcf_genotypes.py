"""Genotypes of a BCF record (BCFv2.2; VCF 4.3, section 6.3.3): integers, an allele's number plus one, times two."""

from __future__ import annotations

import struct

__all__ = ["genotypes"]

_HEAD = struct.Struct("<II")
_COUNTS = struct.Struct("<I")  # number of FORMAT keys in the highest byte, number of samples in the others
_COUNTS_AT = 28
_LONG = 15
_INTEGERS = {1: "b", 2: "h", 3: "i"}
_WIDTHS = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}


def genotypes(data: bytes, start: int, key: int | None) -> list[frozenset[int]]:
    """Give the allele numbers of each sample, 0 for REF, without missing ones.

    Args:
        data: holds the record.
        start: offset of it.
        key: number of GT in the dictionary; None if it has none.

    Returns:
        One set per sample; no set at all where the record has no GT.

    Raises:
        IndexError, KeyError, struct.error: the record is malformed.

    """
    (shared, _), (counts,) = _HEAD.unpack_from(data, start), _COUNTS.unpack_from(data, start + _COUNTS_AT)
    keys, samples = counts >> 24, counts & 0xFFFFFF
    offset = start + _HEAD.size + shared
    for _ in range(keys):
        number, offset = _integer(data, offset)
        descriptor = data[offset]
        count, offset = descriptor >> 4, offset + 1
        if count == _LONG:
            count, offset = _integer(data, offset)
        size = count * _WIDTHS[descriptor & 15]
        if number == key and key is not None:
            values = struct.Struct(f"<{count}{_INTEGERS[descriptor & 15]}")
            return [_alleles(values.unpack_from(data, offset + sample * size)) for sample in range(samples)]
        offset += samples * size
    return []


def _alleles(values: tuple[int, ...]) -> frozenset[int]:
    # 0 and 1 are missing alleles; what ends a shorter genotype is negative.
    return frozenset((value >> 1) - 1 for value in values if value > 1)


def _integer(data: bytes, offset: int) -> tuple[int, int]:
    """Typed integer at an offset, and the offset after it."""
    integer = struct.Struct(f"<{_INTEGERS[data[offset] & 15]}")
    (value,) = integer.unpack_from(data, offset + 1)
    return int(value), offset + 1 + integer.size
