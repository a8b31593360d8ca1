"""CSI, the index of BCF (CSIv1 specification): where in the file the records of a region begin."""

from __future__ import annotations

import struct
from pathlib import Path

from annotator.errors import InputError

__all__ = ["CsiIndex"]

_HEAD = struct.Struct("<4s3i")
_COUNT = struct.Struct("<i")
_BIN = struct.Struct("<IQi")
_CHUNK = struct.Struct("<QQ")
_DAMAGED = "Index it again"


class CsiIndex:
    """The index of one file.

    Args:
        path: the index.

    Attributes:
        record_offsets: of each contig, virtual offsets at which records of it begin, in order.

    Raises:
        InputError: it is damaged, or no CSI.

    """

    def __init__(self, path: Path) -> None:
        from annotator.vcf.bgzf import inflate, read_blocks

        with path.open("rb") as file:
            data = b"".join(inflate(block, path=str(path)) for block in read_blocks(file, path=str(path)))
        try:
            self._parse(data)
        except struct.error as error:
            raise InputError("the index is cut off", path=path, remedy=_DAMAGED) from error
        if self._magic != b"CSI\x01":
            raise InputError("it is no CSI index", path=path, remedy=_DAMAGED)

    def _parse(self, data: bytes) -> None:
        self._magic, self._min_shift, self._depth, auxiliary = _HEAD.unpack_from(data)
        offset = _HEAD.size + auxiliary
        (references,) = _COUNT.unpack_from(data, offset)
        offset += _COUNT.size
        self._first: list[dict[int, int]] = []
        self.record_offsets: list[list[int]] = []
        counts = ((1 << 3 * (self._depth + 1)) - 1) // 7 + 1  # htslib's bin of counts, which holds no records
        for _ in range(references):
            (count,) = _COUNT.unpack_from(data, offset)
            offset += _COUNT.size
            bins, begins = {}, set()
            for _ in range(count):
                number, first, chunks = _BIN.unpack_from(data, offset)
                bins[number] = first
                offset += _BIN.size
                if number != counts:
                    begins |= {
                        begin for begin, _ in _CHUNK.iter_unpack(data[offset : offset + chunks * _CHUNK.size])
                    }
                offset += chunks * _CHUNK.size
            self._first.append(bins)
            self.record_offsets.append(sorted(begins))

    def first_record(self, contig: int, start: int) -> int | None:
        """Virtual offset from which all records that overlap a position or stand after it are found.

        Args:
            contig: number of the contig in the file's dictionary.
            start: 0-based position.

        Returns:
            None where the contig has no records.

        """
        bins = self._first[contig] if contig < len(self._first) else {}
        if not bins:
            return None
        # The smallest bin that holds the position, else the nearest one before it, else those that enclose these.
        number = ((1 << 3 * self._depth) - 1) // 7 + (start >> self._min_shift)
        while number and number not in bins:
            parent = (number - 1) >> 3
            number = number - 1 if number > 8 * parent + 1 else parent
        return bins.get(number, 0)
