"""Writing parts of an output again, when the whole has shown that more is to be said of them.

What is said of a record may depend on records after it: CIViC's profiles of several variants do, and its fusions, whose
two breakends stand in two records, each with its own gene. So chunks with a part of such a profile or with a breakend
are kept, as they were read. If the whole has more to say of them, these chunks are annotated once more and put in the
place of what was written; the input is never read twice.

    a file      what follows the first such chunk is moved aside, and written anew
    a stream    from the first such chunk on, everything waits in a temporary file until the end
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO, Generic, NamedTuple, Self, TypeVar

from annotator.vcf.files import Output

__all__ = ["Remembered", "Rewritable"]

Item = TypeVar("Item")


class Remembered(Generic[Item]):
    """Items on their way through workers: those that were taken and not answered yet are at hand, in order."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._taken: deque[Item] = deque()

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            self._taken.append(item)
            yield item

    def answered(self, *, keep: bool) -> Item | None:
        """Return the item that the next result belongs to, or None if it is not to be kept."""
        item = self._taken.popleft()
        return item if keep else None


class _Kept(NamedTuple, Generic[Item]):
    """A chunk that may be written again: its bytes in the output, from `start` to before `stop`, and what was read."""

    start: int
    stop: int
    item: Item


class Rewritable(Generic[Item]):
    """An output whose chunks can be written again before it is complete; use it in a `with` block.

    Args:
        output: what is written.

    Attributes:
        is_rewritten: whether anything was.

    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._kept: list[_Kept[Item]] = []
        self._size = 0
        self._spool: BinaryIO | None = None  # of a stream, from the first kept chunk on
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
            data: of one chunk, or of what stands around the chunks.
            item: the chunk as it was read, if it may have to be written again.

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
        """Bytes of the chunks that may have to be written again, from a first to before a last, in order."""
        return [(kept.start, kept.stop) for kept in self._kept]

    def finish(self, again: Callable[[Item], bytes] | None) -> None:
        """Complete the output.

        Args:
            again: gives the new bytes of a kept chunk; None where all stays as it is.

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
        """Yield what follows the first kept chunk: the kept chunks, and the byte ranges between them."""
        place = first
        for kept in self._kept:
            if kept.start > place:
                yield place, kept.start, None
            yield kept
            place = kept.stop
        if place < self._size:
            yield place, self._size, None

    def _moved_aside(self, first: int) -> BinaryIO:
        """Move the end of a file into a temporary one, and go on writing where it began."""
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
        import tempfile  # it takes longer to load than a panel to annotate

        folder = None if self._output.path is None else self._output.path.parent
        made: BinaryIO = self._stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115  # the stack is one
        return made


_PIECE = 1 << 20


def _copy(source: BinaryIO, target: BinaryIO, size: int = sys.maxsize) -> None:
    """Copy so many bytes, or all that follow."""
    while size > 0 and (piece := source.read(min(size, _PIECE))):
        target.write(piece)
        size -= len(piece)
