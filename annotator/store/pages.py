"""The blocks of a store, each verified by its checksum when it is first read.

A flipped bit must cause an error and must never hide an allele. Verifying a whole store when it is opened would take
longer than annotating a panel; therefore the body is divided into blocks of 4 KiB, and all access to its bytes goes
through this module. The table of checksums has a checksum of its own, which is in the directory.
"""

from __future__ import annotations

import struct
from array import array
from binascii import crc32
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BLOCK_BITS", "MAGIC", "PREAMBLE", "Column", "Pages", "checksums"]

MAGIC = b"ANNSTOR3"
PREAMBLE = struct.Struct("<8sQII")  # magic, length and CRC-32 of the directory, padding
BLOCK_BITS = 12
_BLOCK = 1 << BLOCK_BITS
_AT_ONCE = 64  # blocks that are read together


def checksums(pieces: Iterable[bytes | bytearray | memoryview]) -> array[int]:
    """Return the CRC-32 of each block of a body that is passed in pieces."""
    found = array("I")
    running, room = 0, _BLOCK
    for piece in pieces:
        view, place = memoryview(piece), 0
        while place < len(view):
            part = view[place : place + room]
            running = crc32(part, running)
            place += len(part)
            room -= len(part)
            if not room:
                found.append(running)
                running, room = 0, _BLOCK
    if room < _BLOCK:
        found.append(running)
    return found


class Pages:
    """The body of a store.

    Args:
        body: its bytes.
        expected: CRC-32 of each block.
        damaged: creates the error for a block whose checksum differs.
        of_file: function that returns a range of bytes of the file, fewer if it was truncated, and the offset of the
            body; None for the bytes of `body`. Those of the file are verified, before those of `body` are used, so that
            a failing disk raises an exception.

    """

    def __init__(
        self,
        body: memoryview,
        expected: Sequence[int],
        damaged: Callable[[], Exception],
        of_file: tuple[Callable[[int, int], bytes | memoryview], int] | None = None,
    ) -> None:
        self.body = body
        self.seen = bytearray(len(expected))
        self._expected = expected
        self._damaged = damaged
        self._read, self._base = of_file or ((lambda start, stop: body[start:stop]), 0)

    def check(self, start: int, stop: int) -> None:
        """Verify the blocks that a range of bytes overlaps, each once.

        Raises:
            SnapshotError: a block is damaged.

        """
        last = ((stop - 1) >> BLOCK_BITS) + 1
        block = self.seen.find(0, start >> BLOCK_BITS, last)
        while block >= 0:
            furthest = min(last, block + _AT_ONCE)
            known = self.seen.find(1, block + 1, furthest)
            self._verify(block, furthest if known < 0 else known)
            block = self.seen.find(0, block + 1, last)

    def _verify(self, first: int, stop: int) -> None:
        begin, end = first << BLOCK_BITS, min(stop << BLOCK_BITS, len(self.body))
        data = memoryview(self._read(self._base + begin, self._base + end))
        for block in range(first, stop):
            place = (block - first) << BLOCK_BITS
            if crc32(data[place : place + _BLOCK]) != self._expected[block]:
                raise self._damaged()
            self.seen[block] = 1

    def read(self, start: int, stop: int) -> memoryview:
        """Return a verified range of bytes."""
        if start < stop:
            self.check(start, stop)
        return self.body[start:stop]


class Column(Sequence[int]):
    """A sequence of numbers in a store, verified as they are read.

    Args:
        pages: the body.
        start: offset of the first byte of the numbers.
        stop: offset after their last byte.
        typecode: `B`, `H`, `I` or `Q`.

    """

    __slots__ = ("_bits", "_pages", "_seen", "_start", "_stop", "_view")

    def __init__(self, pages: Pages, start: int, stop: int, typecode: Literal["B", "H", "I", "Q"]) -> None:
        self._pages = pages
        self._seen = pages.seen
        self._start = start
        self._stop = stop
        self._view = pages.body[start:stop].cast(typecode)
        self._bits = self._view.itemsize.bit_length() - 1

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, place: Any) -> Any:
        """Return one number; numbers never cross the border of a block."""
        byte = self._start + (place << self._bits)
        if not self._seen[byte >> BLOCK_BITS]:
            self._pages.check(byte, byte + 1)
        return self._view[place]

    def __iter__(self) -> Iterator[int]:
        self._check_all()
        return iter(self._view)

    def at(self, places: Sequence[int]) -> list[int]:
        """Return the numbers at some indexes; all blocks between the lowest and the highest are verified."""
        if not places:
            return []
        self._pages.check(
            self._start + (min(places) << self._bits), self._start + ((max(places) + 1) << self._bits)
        )
        view = self._view
        return [view[place] for place in places]

    def array(self, first: int, stop: int) -> NDArray[np.unsignedinteger[Any]]:
        """Return the numbers from `first` to before `stop`, as a numpy array."""
        import numpy as np

        if first < stop:
            self._pages.check(self._start + (first << self._bits), self._start + (stop << self._bits))
        found: NDArray[np.unsignedinteger[Any]] = np.asarray(self._view)[first:stop]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # numpy's protocol
        """Return all numbers, for `numpy.asarray`."""
        import numpy as np

        self._check_all()
        return np.array(self._view, dtype=dtype) if copy else np.asarray(self._view, dtype=dtype)

    def _check_all(self) -> None:
        if self._start < self._stop:
            self._pages.check(self._start, self._stop)
