"""Rewrites parts of an output if the whole input shows that their records need further results.

The results of a record may depend on later records: those of CIViC's combination profiles do, and those of fusions,
whose two breakends are in two records, each with its own gene. Therefore chunks with a part of such a profile or with a
breakend are kept as they were read. If the whole input adds results, these chunks are annotated again, and the output
is replaced; the input is never read twice.

    a file      the data from the first such chunk on are moved aside, and written again
    a stream    from the first such chunk on, everything waits in a temporary file until the end
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO, Generic, Self, TypeVar

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.scratch import scratch_on_disk
from annotator.vcf.files import Output

__all__ = ["Remembered", "Rewritable"]

Item = TypeVar("Item")


class Remembered(Generic[Item]):
    """Items sent to workers: those without a result yet are remembered in order."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._taken: deque[Item] = deque()

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            self._taken.append(item)
            yield item

    def answered(self, *, keep: bool) -> Item | None:
        """Return the item of the next result, or None if it need not be kept."""
        item = self._taken.popleft()
        return item if keep else None


class _Kept(NamedTuple, Generic[Item]):
    """A chunk that may be rewritten: its bytes in the output, from `start` to before `stop`, and its input."""

    start: int
    stop: int
    item: Item


class Rewritable(Generic[Item]):
    """An output whose chunks can be rewritten before it is complete; use it in a `with` block.

    Args:
        output: the output.

    Attributes:
        is_rewritten: whether any chunk was rewritten.

    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._kept: list[_Kept[Item]] = []
        self._size = 0
        self._spool: BinaryIO | None = None  # for a stream, from the first kept chunk on
        self._spooled_from = 0
        self._stack = ExitStack()
        self.is_rewritten = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def write(self, data: bytes, item: Item | None = None) -> None:
        """Write the next bytes.

        Args:
            data: bytes of one chunk, or of the data around the chunks.
            item: the chunk as it was read, if it may have to be rewritten.

        """
        if item is not None:
            self._kept.append(_Kept(self._size, self._size + len(data), item))
            if self._output.path is None and self._spool is None:
                self._spool = self._temporary()
                self._spooled_from = self._size
        (self._spool or self._output.file).write(data)
        self._size += len(data)

    @property
    def kept(self) -> list[tuple[int, int]]:
        """Return the byte ranges (stop exclusive) of the chunks that may have to be rewritten, in order."""
        return [(kept.start, kept.stop) for kept in self._kept]

    def finish(self, again: Callable[[Item], bytes] | None) -> None:
        """Complete the output.

        Args:
            again: returns the new bytes of a kept chunk; None if nothing changes.

        """
        if again is None or not self._kept:
            if self._spool is not None:
                self._spool.seek(0)
                _copy(self._spool, self._output.file)
            return
        self.is_rewritten = True
        first = self._kept[0].start
        aside = self._spool or self._moved_aside(first)
        origin = self._spooled_from if self._spool is not None else first
        for start, stop, item in self._pieces(first):
            if item is not None:
                self._output.file.write(again(item))
            else:
                aside.seek(start - origin)
                _copy(aside, self._output.file, stop - start)

    def _pieces(self, first: int) -> Iterator[tuple[int, int, Item | None]]:
        """Yield the output from the first kept chunk on: the kept chunks, and the byte ranges between them."""
        place = first
        for kept in self._kept:
            if kept.start > place:
                yield place, kept.start, None
            yield kept
            place = kept.stop
        if place < self._size:
            yield place, self._size, None

    def _moved_aside(self, first: int) -> BinaryIO:
        """Move the end of a file into a temporary one, and continue writing where it began."""
        path, file = self._output.path, self._output.file
        assert path is not None
        file.flush()
        aside = self._temporary()
        with path.open("rb") as written:
            written.seek(first)
            _copy(written, aside)
        file.seek(first)
        file.truncate()
        return aside

    def _temporary(self) -> BinaryIO:
        folder = None if self._output.path is None else self._output.path.parent
        return self._stack.enter_context(scratch_on_disk(folder))


_PIECE = 1 << 20


def _copy(source: BinaryIO, target: BinaryIO, size: int = sys.maxsize) -> None:
    """Copy a number of bytes, or all that follow."""
    while size > 0 and (piece := source.read(min(size, _PIECE))):
        target.write(piece)
        size -= len(piece)
