"""Reads many BGZF blocks at a time without decompressing them: a genome has sixteen thousand."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import accumulate, pairwise
from typing import Any, BinaryIO, SupportsIndex

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.bgzf import USUAL_HEADER, checked_end, next_block

__all__ = ["BlockReader", "BlockRun"]

_READ = 1 << 20
_LARGEST = 1 << 16
_SIZE = struct.Struct("<H")  # of the block, minus one, after the usual header
_DATA_SIZE = struct.Struct("<I")  # at the end of a block
_SMALLEST = len(USUAL_HEADER) + _SIZE.size + 2 * _DATA_SIZE.size


class BlockRun(NamedTuple):
    """Consecutive complete blocks.

    Attributes:
        data: the concatenated blocks.
        sizes: size of each block in bytes.

    """

    data: bytes = b""
    sizes: tuple[int, ...] = ()

    @classmethod
    def of(cls, blocks: Iterable[bytes]) -> BlockRun:
        """Concatenate blocks."""
        kept = tuple(blocks)
        return cls(b"".join(kept), tuple(map(len, kept)))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Pickle the blocks out of band, without copying them (PEP 574)."""
        from annotator.runtime.shared_memory import apart  # only worker processes need it

        if int(protocol) < 5:
            return BlockRun, tuple(self)
        return BlockRun, (apart(self.data), self.sizes)

    def each(self) -> Iterator[memoryview]:
        """Return an iterator over the blocks."""
        view = memoryview(self.data)
        return (view[start:stop] for start, stop in pairwise(accumulate(self.sizes, initial=0)))


class BlockReader:
    """Reader that steps through a BGZF file block by block and returns the skipped blocks in one piece.

    Args:
        file: positioned at the start of a block.
        path: name of the file, for errors.

    Attributes:
        offset: size in bytes of the blocks that were stepped over, counted from where reading began.

    """

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file = file
        self._path = path
        self._buffer = b""
        self._start = self._at = 0  # in the buffer: offset of the blocks not yet taken, and of the next block
        self._sizes: list[int] = []
        self._last_size = -1  # of the previous block's data; -1 if there was none
        self.offset = 0

    def step(self) -> int | None:
        """Step over the next block; return the uncompressed size that it states, None at the end of the file.

        Raises:
            InputError: as for `read_blocks`.

        """
        if len(self._buffer) - self._at < _LARGEST:
            self._fill()
        size = self._next_size()
        if not size:
            checked_end(self._last_size, self.offset, self._path)
            return None
        self._at += size
        self.offset += size
        self._sizes.append(size)
        self._last_size = _DATA_SIZE.unpack_from(self._buffer, self._at - _DATA_SIZE.size)[0]
        return self._last_size

    @property
    def last(self) -> bytes:
        """Return the block that was last stepped over."""
        return self._buffer[self._at - self._sizes[-1] : self._at]

    def take(self) -> BlockRun:
        """Return the blocks that were stepped over since the last call."""
        run = BlockRun(self._buffer[self._start : self._at], tuple(self._sizes))
        self._start, self._sizes = self._at, []
        return run

    def _fill(self) -> None:
        if more := self._file.read(_READ):
            self._buffer = self._buffer[self._start :] + more
            self._start, self._at = 0, self._at - self._start

    def _next_size(self) -> int:
        """Return the size of the next block; 0 at the end of the file."""
        buffer, start = self._buffer, self._at
        if buffer.startswith(USUAL_HEADER, start) and len(buffer) - start >= _SMALLEST:
            size = int(_SIZE.unpack_from(buffer, start + len(USUAL_HEADER))[0]) + 1
            if _SMALLEST < size <= len(buffer) - start:
                return size
        # An unusual header, the end of the file, or an error.
        return len(next_block(BytesIO(buffer[start : start + _LARGEST]), self.offset, self._path))
