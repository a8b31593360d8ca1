"""Genotypes of a BCF record (BCFv2.2; VCF 4.3, section 6.3.3): integers, 2 * (allele number + 1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["calls", "genotypes"]

_HEAD = struct.Struct("<II")
_COUNTS = struct.Struct("<I")  # number of FORMAT keys in the highest byte, number of samples in the others
_COUNTS_AT = 28
_LONG = 15
_FLOAT = 5
_CHARACTER = 7
_INTEGERS = {1: "b", 2: "h", 3: "i"}
_WIDTHS = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}


def genotypes(data: bytes, start: int, key: int | None) -> list[frozenset[int]]:
    """Return the allele numbers in each sample's genotype: 0 for REF, missing alleles omitted.

    Args:
        data: bytes that contain the record.
        start: offset of the record in `data`.
        key: number of GT in the dictionary; None if GT is not declared.

    Returns:
        One set per sample; an empty list if the record has no GT.

    Raises:
        IndexError, KeyError, struct.error: the record is malformed.

    """
    for one in _formats(data, start):
        if one.key == key and key is not None:
            values = struct.Struct(f"<{one.length}{_INTEGERS[one.type_]}")
            offsets = (one.offset + sample * one.size for sample in range(one.samples))
            return [_alleles(values.unpack_from(data, offset)) for offset in offsets]
    return []


def calls(data: bytes, start: int, keys: Mapping[int, str]) -> list[dict[str, str]]:
    """Return each sample's values of some FORMAT keys, as VCF writes them; without missing values.

    Args:
        data: bytes that contain the record.
        start: offset of the record in `data`.
        keys: FORMAT keys by their numbers in the dictionary.

    Raises:
        IndexError, KeyError, struct.error: the record is malformed.

    """
    found: list[dict[str, str]] = []
    for one in _formats(data, start):
        found = found or [{} for _ in range(one.samples)]
        if one.key in keys:
            name = keys[one.key]
            for sample, call in enumerate(found):
                offset = one.offset + sample * one.size
                text = _text(data[offset : offset + one.size], one.type_, is_genotype=name == "GT")
                if text.strip("."):
                    call[name] = text
    return found


class _Format(NamedTuple):
    """One FORMAT key of a record: the offset and type of its values."""

    key: int
    type_: int
    length: int
    size: int
    offset: int
    samples: int


def _formats(data: bytes, start: int) -> Iterator[_Format]:
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
        yield _Format(number, descriptor & 15, count, size, offset, samples)
        offset += samples * size


def _text(value: bytes, type_: int, *, is_genotype: bool) -> str:
    """Return a sample's value as VCF writes it; a genotype without its phase."""
    if type_ == _CHARACTER:
        return value.rstrip(b"\0").decode("utf-8", "surrogateescape")
    if type_ == _FLOAT:
        floats = (one for (one,) in struct.iter_unpack("<f", value) if one == one)  # noqa: PLR0124  # missing is a NaN
        return ",".join(f"{one:g}" for one in floats)
    if type_ not in _INTEGERS:
        return ""
    letter = _INTEGERS[type_]
    least = (
        -(1 << (8 * struct.calcsize(letter) - 1)) + 8
    )  # the values below are reserved, the lowest for missing
    numbers = [one for (one,) in struct.iter_unpack(f"<{letter}", value)]
    if is_genotype:
        return "/".join(str((one >> 1) - 1) if one > 1 else "." for one in numbers if one >= 0)
    return ",".join(str(one) for one in numbers if one >= least)


def _alleles(values: tuple[int, ...]) -> frozenset[int]:
    # 0 and 1 are missing alleles; the padding of a shorter genotype is negative.
    return frozenset((value >> 1) - 1 for value in values if value > 1)


def _integer(data: bytes, offset: int) -> tuple[int, int]:
    """Return the typed integer at an offset, and the offset after it."""
    integer = struct.Struct(f"<{_INTEGERS[data[offset] & 15]}")
    (value,) = integer.unpack_from(data, offset + 1)
    return int(value), offset + 1 + integer.size
