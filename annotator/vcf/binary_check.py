"""The check that BCF records are well-formed, many at once: what is copied unread must be readable by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from annotator.vcf.bcf import Records
    from annotator.vcf.scan import Bytes, Integers

__all__ = ["first_malformed"]

# VCF 4.3, section 6.3: a record begins with 32 bytes of fixed layout; the first two sizes do not count themselves.
_SIZES = 8
_FIXED = 32
_FORMAT_AT = 28
_LONG = 15  # a length that follows as an integer
_TOO_FAR = 1 << 40  # beyond the end of any record
_WIDTHS = np.full(16, _TOO_FAR, dtype=np.int64)
_WIDTHS[[0, 1, 2, 3, 5, 7]] = (0, 1, 2, 4, 4, 1)
_INTEGER_WIDTHS = np.full(256, _TOO_FAR, dtype=np.int64)
_INTEGER_WIDTHS[[0x11, 0x12, 0x13]] = (1, 2, 4)
_SPARE = 8  # bytes behind the data, so that no integer is read beyond its end


def first_malformed(records: Records, keys: frozenset[int]) -> int | None:
    """Return the first record whose values do not fill exactly the bytes that it states.

    Args:
        records: whole records.
        keys: numbers of the header's FILTER, INFO and FORMAT entries.

    Returns:
        Its index; None if all are well-formed. Bytes behind the last FORMAT field are allowed, as htslib allows them.

    """
    return _Check(records, keys).first()


class _Check:
    def __init__(self, records: Records, keys: frozenset[int]) -> None:
        self._octets: Bytes = np.zeros(len(records.data) + _SPARE, dtype=np.uint8)
        self._octets[: len(records.data)] = np.frombuffer(records.data, dtype=np.uint8)
        self._last = len(records.data)
        self._starts: Integers = np.asarray(records.starts, dtype=np.int64)
        self._keys = np.array(sorted(keys), dtype=np.int64)

    def first(self) -> int | None:
        if not self._starts.size:
            return None
        starts = self._starts
        shared = starts + _SIZES + self._fixed(starts)
        end = shared + self._fixed(starts + 4)
        allele_info, formats = self._fixed(starts + 24), self._fixed(starts + _FORMAT_AT)
        place = self._after_values(self._after(starts + _FIXED), allele_info >> 16)  # ID, then REF and ALT
        place = self._after_fields(self._after(place), allele_info & 0xFFFF, None)  # FILTER, then INFO
        calls = self._after_fields(shared, formats >> 24, formats & 0xFFFFFF)
        bad = np.flatnonzero((place != shared) | (calls > end) | (shared < starts + _FIXED))
        return int(bad[0]) if bad.size else None

    def _at(self, places: Integers) -> Integers:
        octets: Integers = self._octets[np.minimum(places, self._last)].astype(np.int64)
        return octets

    def _fixed(self, places: Integers) -> Integers:
        """Return unsigned integers of four bytes."""
        octets = self._octets[np.minimum(places, self._last)[:, None] + np.arange(4)]
        values: Integers = octets.view("<u4")[:, 0].astype(np.int64)
        return values

    def _integers(self, places: Integers) -> tuple[Integers, Integers]:
        """Return typed integers, which must not be negative, and the offsets after them."""
        widths = _INTEGER_WIDTHS[self._at(places)]
        values = self._at(places + 1)
        wide = np.flatnonzero(widths > 1)
        if wide.size:
            values[wide] |= self._at(places[wide] + 2) << 8
            wider = wide[widths[wide] > 2]
            values[wider] |= (self._at(places[wider] + 3) << 16) | (self._at(places[wider] + 4) << 24)
        return np.where(values >> (8 * np.minimum(widths, 4) - 1), _TOO_FAR, values), places + 1 + widths

    def _after(self, places: Integers, samples: Integers | int = 1) -> Integers:
        """Return the offsets after typed values; of FORMAT, after those of all samples."""
        descriptors = self._at(places)
        counts, after = descriptors >> 4, places + 1
        long = np.flatnonzero(counts == _LONG)
        if long.size:
            counts[long], after[long] = self._integers(after[long])
        sizes = np.minimum(np.minimum(counts, 1 << 31) * _WIDTHS[descriptors & 15], _TOO_FAR)
        return np.minimum(after + np.where(sizes < _TOO_FAR, sizes * samples, _TOO_FAR), _TOO_FAR)

    def _after_values(self, places: Integers, counts: Integers) -> Integers:
        for number in range(int(counts.max())):
            rows = np.flatnonzero((counts > number) & (places < _TOO_FAR))
            if not rows.size:
                break
            places[rows] = self._after(places[rows])
        return places

    def _after_fields(self, places: Integers, counts: Integers, samples: Integers | None) -> Integers:
        """Return the offsets after so many pairs of a key and its value."""
        places = places.copy()
        for number in range(int(counts.max())):
            rows = np.flatnonzero((counts > number) & (places < _TOO_FAR))
            if not rows.size:
                break
            keys, values = self._integers(places[rows])
            after = self._after(values, 1 if samples is None else samples[rows])
            places[rows] = np.where(np.isin(keys, self._keys), after, _TOO_FAR)
        return places
