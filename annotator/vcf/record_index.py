"""Reads the index of a BGZF file, TBI or CSI, to find where the records of a region begin.

Both list, for each bin (SAMv1, section 5.3), the stretches of the file that contain its records. TBI has a bin for
every 16 kb and five more levels above, and for every window of 16 kb the first record that extends into it; CSI has any
size and number of levels, and that first record for each bin that is not empty (CSIv1).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_read
from annotator.vcf.bgzf import inflate, read_blocks

__all__ = ["INDEX_AGAIN", "RecordIndex", "index_beside", "stale_index"]

_INT = struct.Struct("<i")
_CSI_HEAD = struct.Struct("<3i")  # bits of the smallest bin, levels above it, bytes of auxiliary data
_TBI_BIN = struct.Struct("<Ii")
_CSI_BIN = struct.Struct("<IQi")
_STRETCH = struct.Struct("<QQ")
_OFFSET = struct.Struct("<Q")
_NAMES_AT = 28  # bytes of the columns of a tabix index, before the names of the contigs
_TBI_SHIFT, _TBI_LEVELS = 14, 5
INDEX_AGAIN = "Index the file again with: bcftools index -f"
"""Advice for an unusable index."""


def index_beside(path: Path) -> Path | None:
    """Return the index of a file, under the name that bcftools and tabix use; None if there is none."""
    named = (Path(f"{path}{suffix}") for suffix in (".csi", ".tbi"))
    return next((index for index in named if index.exists()), None)


def stale_index(path: Path) -> Path | None:
    """Return the index of a file that was changed after it; None if the index is current or missing."""
    index = index_beside(path)
    if index is None or index.stat().st_mtime >= path.stat().st_mtime:
        return None
    return index


class _Bin(NamedTuple):
    """Records of one bin: virtual offset of the first that extends into it (0 if unknown), and their stretches."""

    first: int
    stretches: Sequence[tuple[int, int]]


class RecordIndex:
    """The index of one file.

    Args:
        path: path of the index.

    Attributes:
        names: contigs in the order of the index, if it names them: the index of a BCF does not.
        record_offsets: for each contig, virtual offsets at which records begin, in order.

    Raises:
        InputError: the index is damaged, or is neither TBI nor CSI.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        data = _data(path)
        self._is_csi = data.startswith(b"CSI\x01")
        self._shift, self._levels = _TBI_SHIFT, _TBI_LEVELS
        if not data.startswith((b"TBI\x01", b"CSI\x01")):
            raise _unusable(path, "it is neither TBI nor CSI")
        self._bins: list[dict[int, _Bin]] = []
        self._windows: list[tuple[int, ...]] = []
        try:
            self.names = self._parse(data)
        except struct.error as error:
            raise _unusable(path, "the file is truncated") from error
        self.record_offsets = [
            sorted({begin for one in bins.values() for begin, _ in one.stretches}) for bins in self._bins
        ]

    def _parse(self, data: bytes) -> list[str]:
        if self._is_csi:
            self._shift, self._levels, size = _CSI_HEAD.unpack_from(data, 4)
            names = _names(data[4 + _CSI_HEAD.size :][:size]) if size > _NAMES_AT else []
            offset = 4 + _CSI_HEAD.size + size
            (count,) = _INT.unpack_from(data, offset)
            offset += _INT.size
        else:
            (count,) = _INT.unpack_from(data, 4)
            (size,) = _INT.unpack_from(data, 4 + _NAMES_AT)
            offset = 8 + _NAMES_AT + size
            names = _names(data[8:offset])
        if not 0 < self._shift <= 32 or not 0 <= self._levels <= 10:
            raise struct.error
        self._firsts = [((1 << 3 * level) - 1) // 7 for level in range(self._levels + 1)]
        for _ in range(count):
            offset = self._parse_contig(data, offset)
        return names

    def _parse_contig(self, data: bytes, offset: int) -> int:
        (count,) = _INT.unpack_from(data, offset)
        offset += _INT.size
        counts = (
            (1 << 3 * (self._levels + 1)) - 1
        ) // 7 + 1  # htslib's pseudo-bin of counts, which contains no records
        bins: dict[int, _Bin] = {}
        for _ in range(count):
            if self._is_csi:
                number, first, stretches = _CSI_BIN.unpack_from(data, offset)
                offset += _CSI_BIN.size
            else:
                number, stretches = _TBI_BIN.unpack_from(data, offset)
                first = 0
                offset += _TBI_BIN.size
            stop = offset + stretches * _STRETCH.size
            if stop > len(data) or stretches < 0:
                raise struct.error
            if number != counts:
                bins[number] = _Bin(first, list(_STRETCH.iter_unpack(data[offset:stop])))
            offset = stop
        self._bins.append(bins)
        if not self._is_csi:
            (windows,) = _INT.unpack_from(data, offset)
            offset += _INT.size
            self._windows.append(struct.unpack_from(f"<{windows}Q", data, offset))
            offset += windows * _OFFSET.size
        return offset

    def first_record(self, contig: int, start: int, stop: int | None) -> int | None:
        """Return the virtual offset of a record from which on all records that overlap a region are found.

        Args:
            contig: contig number in the index.
            start: 0-based position of the first base of the region.
            stop: 0-based position after its last base; None for the end of the contig.

        Returns:
            None if no record of the contig can overlap the region.

        """
        bins = self._bins[contig] if contig < len(self._bins) else {}
        least = self._least(contig, bins, start)
        begins = (
            max(begin, least)
            for number, one in bins.items()
            if self._overlaps(number, start, stop)
            for begin, end in one.stretches
            if end > least
        )
        return min(begins, default=None)

    def _overlaps(self, number: int, start: int, stop: int | None) -> bool:
        level = bisect_right(self._firsts, number) - 1
        shift = self._shift + 3 * (self._levels - level)
        begin = number - self._firsts[level] << shift
        return (stop is None or begin < stop) and start < begin + (1 << shift)

    def _least(self, contig: int, bins: dict[int, _Bin], start: int) -> int:
        """Return a virtual offset such that no earlier record extends to the position; 0 if unknown."""
        window = start >> self._shift
        if not self._is_csi:
            windows = self._windows[contig] if contig < len(self._windows) else ()
            return windows[window] if window < len(windows) else 0
        # The smallest bin that contains the position, otherwise the nearest one before it, otherwise those that
        # enclose these.
        number = self._firsts[-1] + window
        while number and number not in bins:
            parent = (number - 1) >> 3
            number = number - 1 if number > 8 * parent + 1 else parent
        return bins[number].first if number in bins else 0


def _data(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return b"".join([inflate(block, path=str(path)) for block in read_blocks(file, path=str(path))])
    except InputError as error:
        raise _unusable(path, error.what) from error
    except OSError as error:
        raise cannot_read(error, path) from error


def _unusable(path: Path, why: str) -> InputError:
    return InputError(f"the index cannot be used: {why}", path=path, remedy=INDEX_AGAIN)


def _names(columns: bytes) -> list[str]:
    """Return the contigs that a tabix index names after its columns; each name ends in a NUL."""
    return [name.decode("utf-8", "surrogateescape") for name in columns[_NAMES_AT:].split(b"\0")[:-1]]
