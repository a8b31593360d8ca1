"""The text of a VCF as a stream: its header, then chunks of whole lines.

A chunk of a BGZF file keeps its compressed blocks: the worker that processes the chunk inflates them, possibly in
another process, and copies those that do not change. Only the last block of a chunk is decompressed here, to find where
its last line ends; the remainder is put in front of the next chunk.

    blocks   [aaaaaaaa][aaabbbbb][bbbbbbcc] [cccccccc][cc…
    lines    …………………↵……………………………↵…………………↵… ………………………
    chunks   head────blocks────────────┘│     head = remainder of the last chunk
                                        └──────────────→
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, SupportsIndex, TypeVar

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_read
from annotator.vcf.bgzf import gunzip, inflate, inflate_all, is_surely_empty
from annotator.vcf.blocks import BlockReader, BlockRun
from annotator.vcf.bounds import check_header, check_line
from annotator.vcf.files import Input, InputFormat
from annotator.vcf.header import Header

__all__ = ["Chunk", "TextStream"]

T = TypeVar("T")

_READ = 1 << 20
_SAMPLE = 100  # records
_SAMPLE_SIZE = 64 << 20  # bytes of text that the first records may have in total
_LINE_HEAD = 64  # bytes of a header line that show its kind
_MARKED = b"\xef\xbb\xbf##"  # a byte order mark may precede the first line
_HELD = 2  # chunks at the end of a file that may contain only empty lines
_CHUNK = 1 << 21  # bytes of text: a few milliseconds of work


class Chunk(NamedTuple):
    """Complete lines; the last one of a file may lack its line end.

    Attributes:
        head: bytes before the blocks; all bytes if the input is not BGZF.
        blocks: BGZF blocks that follow.
        left_over: bytes at the end of the last block that are not part of this chunk.

    """

    head: bytes
    blocks: BlockRun = BlockRun()
    left_over: int = 0

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Pickle the blocks out of band, without copying them (PEP 574)."""
        from annotator.runtime.shared_memory import apart  # only worker processes need it

        if int(protocol) < 5:
            return Chunk, tuple(self)
        return Chunk, (apart(self.head), self.blocks, self.left_over)

    def text(self, path: str) -> bytes:
        """Return the decompressed text of the chunk.

        Raises:
            InputError: a block is damaged; `path` names the file.

        """
        if not self.blocks.sizes:
            return self.head
        data = inflate_all(list(self.blocks.each()), path=path, data=self.blocks.data)
        if not self.head and not self.left_over:
            return data
        return b"".join((self.head, memoryview(data)[: len(data) - self.left_over]))


class TextStream:
    """The text of a VCF.

    Args:
        source: the input: VCF, plain, gzip or BGZF.
        regions: only records that overlap one of these, found through the input's index; empty for all.

    Attributes:
        header: header of the input.
        first_line: 1-based line number of the first record, None if an index is used.

    Raises:
        InputError: there is no header, or the file is truncated or corrupt.

    """

    def __init__(self, source: Input, regions: Sequence[str] = ()) -> None:
        self._source = source
        self._regions = regions
        self._blank_lines = 0
        self._blocks = BlockReader(source.file, source.name)
        self._pieces = _guarded(self._all_pieces(), source.name)
        text, self._head = _split_header(self._pieces, source.name)
        self.header = Header.parse(text, path=source.name)
        self._header_lines = text.count(b"\n")
        self.first_line = None if regions else self._header_lines + 1

    @property
    def offset(self) -> int:
        """Number of bytes of the BGZF blocks read so far."""
        return self._blocks.offset

    def first_lines(self) -> list[bytes]:
        """Return the first records, without their line ends; must be called before any chunk is read.

        There are fewer if records are so long that their text would fill the memory.
        """
        held = bytearray(self._head)
        lines = held.count(b"\n")
        while lines < _SAMPLE and (len(held) < _SAMPLE_SIZE or not lines):
            piece = next(self._pieces, b"")
            if not piece:
                break
            held += piece
            lines += piece.count(b"\n")
            check_line(0 if lines else len(held), self._source.name)
        self._head = bytes(held)
        sample = self._head
        if len(sample) > _SAMPLE_SIZE:
            sample = sample[: sample.rfind(b"\n", 0, _SAMPLE_SIZE) + 1 or sample.find(b"\n") + 1 or None]
        return sample.split(b"\n", _SAMPLE)[:_SAMPLE]

    def used_keys(self) -> dict[str, int]:
        """Return the INFO keys of the first records, with the 1-based line on which each is first used.

        The same records are examined regardless of the compression.
        """
        keys: dict[str, int] = {}
        for number, line in enumerate(self.first_lines(), self._header_lines + 1):
            columns = line.split(b"\t", 8)
            for item in columns[7].rstrip(b"\r").split(b";") if len(columns) >= 8 else ():
                keys.setdefault(item.partition(b"=")[0].decode("utf-8", "surrogateescape"), number)
        return keys

    def chunks(self) -> Iterator[Chunk]:
        """Yield the records, without empty lines at the end of the file."""
        held: deque[Chunk] = deque()
        for chunk in self._all_chunks():
            held.append(chunk)
            if len(held) > _HELD:
                yield held.popleft()
        while held:
            last = held.pop()
            text = last.text(self._source.name)
            size, blank = _without_blank_end(text)
            if not blank:
                held.append(last)
                break
            self._blank_lines += blank
            if size:
                held.append(Chunk(text[:size]))
                break
        yield from held

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the input after all chunks were read, as sentences without full stops."""
        if not self._blank_lines:
            return ()
        lines = "an empty line" if self._blank_lines == 1 else f"{self._blank_lines:,} empty lines"
        return (f"{lines} after the last record: dropped",)

    def _all_chunks(self) -> Iterator[Chunk]:
        if self._regions:
            from annotator.vcf.index import lines_in_regions  # not needed by runs without -r

            declared = [contig.name for contig in self.header.contigs]
            lines = lines_in_regions(self._source, self._regions, declared)
            return _chunks_of_text(_guarded(lines, self._source.name), self._source.name)
        if self._source.format is InputFormat.BGZF:
            return _guarded(_chunks_of_blocks(self._head, self._blocks, self._source.name), self._source.name)
        return _chunks_of_text(chain([self._head], self._pieces), self._source.name)

    def _all_pieces(self) -> Iterator[bytes]:
        """Yield the decompressed bytes, in pieces."""
        if self._source.format is InputFormat.VCF:
            while piece := self._source.file.read(_READ):
                yield piece
        elif self._source.format is InputFormat.GZIP:
            yield from gunzip(self._source.file, path=self._source.name)
        else:
            while self._blocks.step() is not None:
                yield inflate(self._blocks.take().data, path=self._source.name)


_BLANK = b" \t\r\n"  # other control characters make a line that is an error, not an empty one


def _without_blank_end(text: bytes) -> tuple[int, int]:
    """Return the size of a text without the empty lines at its end, and how many these are.

    A line that contains only blanks and tabs counts as empty.
    """
    if text[text.rfind(b"\n", 0, -1) + 1 :].strip(_BLANK):
        return len(text), 0
    end = len(text.rstrip(_BLANK))
    tail = text[end:]
    kept = tail.find(b"\n") + 1 if end else 0  # the line end of the last record
    rest = tail[kept:]
    return end + kept, rest.count(b"\n") + (not rest.endswith(b"\n") and bool(rest))


def _guarded(items: Iterator[T], name: str) -> Iterator[T]:
    """Convert errors of the operating system into ours."""
    try:
        yield from items
    except OSError as error:
        raise cannot_read(error, name) from error


def _split_header(pieces: Iterator[bytes], name: str) -> tuple[bytes, bytes]:
    """Read up to the `#CHROM` line, or the first other line that is not empty or `##`; return that, and the rest.

    Each byte is examined once, however long a line is and however many lines there are.
    """
    read: list[bytes] = []
    head = b""  # of the current line
    is_first, size = True, 0
    for piece in pieces:
        start = 0
        size += len(piece)
        check_header(size, name)
        while (end := piece.find(b"\n", start) + 1) > 0:
            head += piece[start : min(end, start + _LINE_HEAD)]
            if head.strip() and not head.startswith(b"##") and not (is_first and head.startswith(_MARKED)):
                return b"".join([*read, piece[:end]]), piece[end:]
            head, start, is_first = b"", end, False
        head = (head + piece[start : start + _LINE_HEAD])[:_LINE_HEAD]
        read.append(piece)
    return b"".join(read), b""


def _chunks_of_text(pieces: Iterable[bytes], name: str) -> Iterator[Chunk]:
    """Cut a text into chunks that end at the first line end after their size, independent of the input pieces.

    Each byte is examined and copied once, however long a line is.
    """
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        start = 0
        while (end := piece.find(b"\n", start + max(_CHUNK - 1 - size, 0)) + 1) > 0:
            held.append(piece[start:end])
            chunk = Chunk(b"".join(held))
            held.clear()
            start, size = end, 0
            yield chunk
            del chunk
        if start < len(piece):
            held.append(piece[start:])
            size += len(piece) - start
            check_line(size, name)
    if held:
        yield Chunk(b"".join(held))


def _chunks_of_blocks(head: bytes, blocks: BlockReader, name: str) -> Iterator[Chunk]:
    """Group blocks into chunks that end in the first block after their size that contains a line end."""
    size = 0
    while (added := blocks.step()) is not None:
        size += added
        if size < _CHUNK or not added:
            continue
        check_line(size, name)
        last = inflate(blocks.last, path=name)
        end = last.rfind(b"\n") + 1
        if end > 0:
            yield Chunk(head, blocks.take(), len(last) - end)
            head, size = last[end:], 0
    run = blocks.take()
    if not size:
        _check_empty(run, name)
    if head or size:
        yield Chunk(head, run if size else BlockRun())


def _check_empty(run: BlockRun, name: str) -> None:
    """Check that blocks that state to be empty have no data, of which nothing would be read.

    Raises:
        InputError: a block has data.

    """
    for block in run.each():
        if not is_surely_empty(block):
            inflate(block, path=name)
