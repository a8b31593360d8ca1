"""Shards of a VCF or BCF: runs of neighbouring records, extracted from a file of any size, and joined again.

    text     cut at the end of any line; no index is needed
      plain    bytes are copied
      BGZF     blocks are copied, except those that contain a border
    BCF      cut where its index has the start of a record, which nothing in the file marks; blocks are copied as well

A record is in exactly one shard, even if it overlaps others, as a long deletion may. Shards have about the same size in
bytes, and may be empty. A border is between two records of known contigs, so that no shard has only unknown ones, such
as the decoys at the end of a file: annotating such a shard would be an error.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_read
from annotator.variants.assembly import Assembly
from annotator.vcf.bgzf import (
    EOF_BLOCK,
    data_size,
    deflate,
    inflate,
    is_bgzf,
    is_surely_empty,
    read_blocks,
)
from annotator.vcf.blocks import BlockRun
from annotator.vcf.files import Input, InputFormat, open_input
from annotator.vcf.shard import Shard
from annotator.vcf.stream import Chunk, TextStream

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from annotator.vcf.record_index import RecordIndex

__all__ = ["Part", "join_parts", "open_shard", "refusal", "shard_pieces"]

_MITOCHONDRION = "MT"
_LEVEL = 1  # of blocks that are piped to another program, or contain a header
_WINDOW = 1 << 17  # bytes that contain the beginning of a BGZF block, wherever they begin
_READ = 1 << 18


def refusal(source: Input) -> InputError | None:
    """Return the error that explains why a file cannot be split into shards; None if it can."""
    if source.path is None:
        return InputError(
            "standard input cannot be split into shards", path=source.name, remedy="Use a file as the input"
        )
    if source.format is InputFormat.GZIP:
        return InputError(
            "the input is not compressed with bgzip, so it cannot be split into shards",
            path=source.name,
            remedy="Compress it with bgzip",
        )
    if source.format is not InputFormat.BCF:
        return None
    if not is_bgzf(source.first):
        return InputError(
            "the input is not compressed with bgzip, so it cannot be split into shards",
            path=source.name,
            remedy=f"Compress the file with: bcftools view -Ob {source.name}",
        )
    if not _index_path(source.path).exists():
        remedy = f"Create the index with: bcftools index {source.name}"
        return InputError(
            "a BCF can be split into shards only with an index", path=source.name, remedy=remedy
        )
    return None


@contextmanager
def open_shard(name: str, shard: Shard | None) -> Iterator[Input]:
    """Open one shard of a file as a stream, or the whole file if no shard is given.

    Raises:
        InputError: as `open_input`; or the file cannot be split.

    """
    with open_input(name) as source:
        if shard is None:
            yield source
        else:
            yield _ShardInput(source, shard)


class _ShardInput(Input):
    """A shard that is read like a stream."""

    def __init__(self, source: Input, shard: Shard) -> None:
        self.name = f"{source.name}, shard {shard.number} of {shard.of}"
        self.path = None
        self.format = source.format
        self.first = source.first
        self.size = None
        self._pieces = _Pieces(shard_pieces(source, shard))
        self.file = io.BufferedReader(self._pieces, _READ)

    def watch(self, advanced: Callable[[int], None]) -> None:
        """Report the bytes read to a function, as for any input."""
        self._pieces.advanced = advanced


class _Pieces(io.RawIOBase):
    """Pieces of bytes that are read as one file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")
        self.advanced: Callable[[int], None] = lambda _: None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        view = memoryview(buffer)
        taken, self._piece = self._piece[: len(view)], self._piece[len(view) :]
        view[: len(taken)] = taken
        self.advanced(len(taken))
        return len(taken)


def shard_pieces(source: Input, shard: Shard) -> Iterator[bytes]:
    """Yield one shard of a file in pieces: its header and a run of its records, as a file of the same format.

    Raises:
        InputError: the file cannot be split, or is truncated or damaged.

    """
    refused = refusal(source)
    if refused is not None:
        raise refused
    cut = {InputFormat.VCF: _plain, InputFormat.BGZF: _compressed, InputFormat.BCF: _binary}[source.format]
    try:
        yield from cut(source, shard)
    except OSError as error:
        raise cannot_read(error, source.name) from error


class _Place(NamedTuple):
    """A location in a file: the start of a piece or a BGZF block, and an offset within its data; all 0-based."""

    piece: int
    within: int


# Text


def _plain(source: Input, shard: Shard) -> Iterator[bytes]:
    file = source.file
    header = TextStream(source).header.to_bytes()
    start, stop = (sum(place) for place in _borders(file, shard, _next_place, _pieces_at))
    if shard.number > 1:  # the first shard begins at the start of the file
        yield header
    file.seek(start)
    while start < stop and (piece := file.read(min(_READ, stop - start))):
        yield piece
        start += len(piece)


def _compressed(source: Input, shard: Shard) -> Iterator[bytes]:
    file, name = source.file, source.name
    header = TextStream(source).header.to_bytes()
    start, stop = _borders(
        file, shard, lambda file, at: _next_block(file, name, at), lambda file, at: _blocks_at(file, name, at)
    )
    if shard.number > 1:
        yield deflate(header, _LEVEL)
    yield from _copied(file, name, start, stop)


def _copied(file: BinaryIO, name: str, start: _Place, stop: _Place) -> Iterator[bytes]:
    """Yield the blocks between two locations of a BGZF file, and an end-of-file block."""
    file.seek(start.piece)
    at = start.piece
    for block in read_blocks(file, path=name) if start < stop else ():
        if at >= stop.piece + (stop.within > 0):
            break
        first = start.within if at == start.piece else 0
        last = stop.within if at == stop.piece else None
        if first or last is not None:
            yield deflate(inflate(block, path=name)[first:last], _LEVEL)
        elif data_size(block) or not is_surely_empty(block):  # the reader of the shard checks it
            yield block
        at += len(block)
    yield EOF_BLOCK


def _borders(
    file: BinaryIO,
    shard: Shard,
    next_place: Callable[[BinaryIO, int], int],
    pieces_at: Callable[[BinaryIO, int], Iterator[tuple[int, bytes]]],
) -> tuple[_Place, _Place]:
    """Return the locations at which a shard of a text file begins and at which the next one begins."""
    size = file.seek(0, io.SEEK_END)

    def border(number: int) -> _Place:
        if number in {0, shard.of}:
            return _Place(size if number else 0, 0)
        at = next_place(file, size * number // shard.of)
        return _line_of_known_contig(pieces_at(file, at)) or _Place(size, 0)

    return border(shard.number - 1), border(shard.number)


def _line_of_known_contig(pieces: Iterator[tuple[int, bytes]]) -> _Place | None:
    """Return the first line that begins within the pieces and, like the line before it, is on a known contig.

    Args:
        pieces: the file offset of each piece, and its data.

    """
    begun: _Place | None = None  # start of the line; None until a line start was seen
    line, is_known = b"", False
    for at, data in pieces:
        position = 0
        while (end := data.find(b"\n", position) + 1) > 0:
            line += data[position:end]
            was_known, is_known = is_known, begun is not None and _is_known(line.partition(b"\t")[0])
            if was_known and is_known:
                return begun
            line, position, begun = b"", end, _Place(at, end)
        line += data[position:]
    return None


@cache
def _is_known(contig: bytes) -> bool:
    name = contig.decode("utf-8", "replace")
    # UCSC's hg19 has a different mitochondrion, which counts as unknown.
    return any(assembly.contig(name) not in {None, _MITOCHONDRION} for assembly in Assembly)


def _next_place(_file: BinaryIO, offset: int) -> int:
    return offset


def _pieces_at(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
    file.seek(offset)
    while piece := file.read(_READ):
        yield offset, piece
        offset += len(piece)


def _next_block(file: BinaryIO, name: str, offset: int) -> int:
    """Return the offset of the first BGZF block at or after an offset; its checksum is verified."""
    file.seek(offset)
    window = file.read(_WINDOW)
    mark = EOF_BLOCK[:4]
    found = window.find(mark)
    while found >= 0:
        file.seek(offset + found)
        try:
            inflate(next(read_blocks(file, path=name)), path=name)
        except InputError:
            found = window.find(mark, found + 1)
        else:
            return offset + found
    if len(window) == _WINDOW:
        raise InputError(
            f"no BGZF block starts at byte {offset:,}", path=name, remedy="Compress it with bgzip"
        )
    return offset + len(window)


def _blocks_at(file: BinaryIO, name: str, offset: int) -> Iterator[tuple[int, bytes]]:
    file.seek(offset)
    # At the end of the file there is no block, which is not an error.
    for block in read_blocks(file, path=name) if file.peek(1) else ():  # type: ignore[attr-defined]
        yield offset, inflate(block, path=name)
        offset += len(block)


# BCF


def _binary(source: Input, shard: Shard) -> Iterator[bytes]:
    from annotator.vcf.binary import head_of
    from annotator.vcf.record_index import RecordIndex

    assert source.path is not None
    file, name = source.file, source.name
    head = head_of(source)
    places = _record_places(RecordIndex(_index_path(source.path)), head, name)
    size = file.seek(0, io.SEEK_END)
    start, stop = (
        _binary_border(places, size, number, shard.of) for number in (shard.number - 1, shard.number)
    )
    for place in (start, stop):
        _check_place(file, name, place, size)
    if shard.number > 1:
        yield deflate(head, _LEVEL)
    yield from _copied(file, name, start, stop)


def _index_path(path: Path) -> Path:
    return Path(f"{path}.csi")


def _record_places(index: RecordIndex, head: bytes, name: str) -> list[_Place]:
    """Return the indexed locations of records that follow another record of the same known contig."""
    from annotator.vcf.bcf import Dictionary
    from annotator.vcf.transcode import binary_header

    contigs = Dictionary(binary_header(head, path=name)).contigs
    return sorted(
        _Place(offset >> 16, offset & 0xFFFF)
        for number, offsets in enumerate(index.record_offsets)
        if _is_known(contigs.get(number, "").encode("utf-8", "surrogateescape"))
        for offset in offsets[1:]
    )


def _binary_border(places: Sequence[_Place], size: int, number: int, of: int) -> _Place:
    if number == 0:
        return _Place(0, 0)
    least = size * number // of
    return next((place for place in places if number < of and place.piece >= least), _Place(size, 0))


def _check_place(file: BinaryIO, name: str, place: _Place, size: int) -> None:
    """Refuse an index that evidently belongs to another file.

    Raises:
        InputError: there is no block at the location, or no record.

    """
    if place.piece >= size:
        return
    file.seek(place.piece)
    what, remedy = "the index belongs to another file", "Create the index again"
    try:
        block = inflate(next(read_blocks(file, path=name)), path=name)
    except InputError as error:
        raise InputError(what, path=name, remedy=remedy) from error
    if place.within > len(block):
        raise InputError(what, path=name, remedy=remedy)


# Joining


class Part(NamedTuple):
    """An annotated shard.

    Attributes:
        path: path of the file: BGZF text.
        again: byte ranges of it (start inclusive, stop exclusive) that contain whole blocks of whole lines to be
            rewritten; in order.

    """

    path: str
    again: Sequence[tuple[int, int]] = ()


def join_parts(
    parts: Sequence[Part],
    out: BinaryIO,
    rewritten: Callable[[Chunk], bytes] | None = None,
    advanced: Callable[[int], None] = lambda _: None,
) -> None:
    """Write the records of all parts one after the other, with one header; blocks are copied.

    Args:
        parts: in order.
        out: writes a BGZF file.
        rewritten: returns, as BGZF blocks, the replacement of lines that are rewritten.
        advanced: called with each number of bytes that are read.

    Raises:
        InputError: a part is truncated or not a BGZF file, its header differs from the first one, or it lacks the bytes
            to be rewritten.

    """
    first: bytes | None = None
    for part in parts:
        with open_input(part.path) as source:
            source.watch(advanced)
            if source.format is not InputFormat.BGZF:
                raise InputError(
                    "the file is not a compressed VCF",
                    path=part.path,
                    remedy="Use the files that were written with --shard",
                )
            stream = TextStream(source)
            header = stream.header.to_bytes()
            if first is None:
                first = header
                out.write(deflate(header, _LEVEL))
            elif header != first:
                raise InputError(
                    "the header differs from that of the first part",
                    path=part.path,
                    remedy="Annotate all parts with the same options",
                )
            for piece in _joined(part, stream.offset, stream.chunks(), rewritten):
                out.write(piece)
    out.write(EOF_BLOCK)


def _joined(
    part: Part, at: int, chunks: Iterator[Chunk], rewritten: Callable[[Chunk], bytes] | None
) -> Iterator[bytes]:
    """Yield the blocks of a part that follow the last block of its header, which ends at file offset `at`."""
    ranges = deque(part.again if rewritten is not None else ())
    taken: list[bytes] = []
    is_first = True
    for chunk in chunks:
        if is_first and chunk.head:  # in later chunks it is the rest of a block that was already written
            yield deflate(chunk.head, _LEVEL)
        is_first = False
        for block in map(bytes, chunk.blocks.each()):
            at += len(block)
            if not ranges or at <= ranges[0][0]:
                yield block
                continue
            taken.append(block)
            if at >= ranges[0][1]:
                start, stop = ranges.popleft()
                if at != stop or at - sum(map(len, taken)) != start:
                    raise _unlike(part)
                assert rewritten is not None
                yield rewritten(Chunk(b"", BlockRun.of(taken)))
                taken = []
    if ranges:
        raise _unlike(part)


def _unlike(part: Part) -> InputError:
    return InputError(
        "the file was changed after it was annotated", path=part.path, remedy="Annotate the shard again"
    )
