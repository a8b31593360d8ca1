"""BCF as a stream of records that are edited as bytes (`vcf.bcf`); `vcf.transcode` converts them to and from text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_read
from annotator.vcf.bcf import MAGIC, Dictionary, Records, cut, header_size
from annotator.vcf.bgzf import data_from, gunzip, inflate, is_bgzf, read_blocks
from annotator.vcf.bounds import check_header, check_record
from annotator.vcf.files import Input
from annotator.vcf.record_index import INDEX_AGAIN, RecordIndex
from annotator.vcf.regions import Region, regions_of_file
from annotator.vcf.splice import Piece
from annotator.vcf.transcode import binary_header

__all__ = ["BinaryStream", "head_of"]

_CHUNK_SIZE = 1 << 20
_HEAD = 9  # bytes: the magic, and the size of the header's text
_FETCH_AGAIN = "Download or write the file again"


class BinaryStream:
    """A BCF as a stream: its header, then chunks of whole records.

    Args:
        source: the input.
        regions: only records that overlap one of these, found through the input's index; empty for all.

    Attributes:
        head: the header, from the magic to the end of its text, as htslib writes it.
        dictionary: dictionary of the records.
        warnings: always empty: a BCF has no lines.

    Raises:
        InputError: the header cannot be read, or the file is truncated or damaged.

    """

    warnings: tuple[str, ...] = ()

    def __init__(self, source: Input, regions: Sequence[str] = ()) -> None:
        self._source = source
        self._regions = regions
        head, self._rest = _split_head(_pieces(source), source.name)
        self.head = binary_header(head, path=source.name)
        self.dictionary = Dictionary(self.head)

    def chunks(self) -> Iterator[Records]:
        """Return an iterator over the records, in chunks of whole records."""
        return self._in_regions() if self._regions else _whole(self._rest, self._source.name)

    def _in_regions(self) -> Iterator[Records]:
        path, index = _indexed(self._source)
        numbers = {name: number for number, name in sorted(self.dictionary.contigs.items())}
        last = Region("", stop=0)
        for region in regions_of_file(self._regions, list(numbers), str(path)):
            number = numbers[region.contig]
            offset = index.first_record(number, max(region.start - 1, 0), region.stop)
            if offset is not None:
                # A long record that extends from one region into the next was returned with the first.
                before = last.stop if last.contig == region.contig and last.stop is not None else -1
                chunks = _whole(map(_Data, data_from(path, offset)), str(path))
                yield from _overlapping(chunks, number, region, before, path)
            last = region


def head_of(source: Input) -> bytes:
    """Return the header of a BCF unchanged, from the magic bytes to the end of its text.

    Raises:
        InputError: the file is truncated or damaged.

    """
    return _split_head(_pieces(source), source.name)[0]


class _Data(NamedTuple):
    """Some of the uncompressed bytes of a BCF, and the BGZF block that contains exactly these, if there is one."""

    data: bytes
    block: bytes | None = None


def _pieces(source: Input) -> Iterator[_Data]:
    """Yield the uncompressed bytes of a BCF, in pieces."""
    start = source.first
    try:
        if start.startswith(MAGIC[:3]):
            while piece := source.file.read(_CHUNK_SIZE):
                yield _Data(piece)
        elif is_bgzf(start):
            yield from _inflated(source.file, source.name)
        else:
            yield from map(_Data, gunzip(source.file, path=source.name))
    except OSError as error:
        raise cannot_read(error, source.name) from error


def _inflated(file: BinaryIO, name: str) -> Iterator[_Data]:
    for block in read_blocks(file, path=name):
        data = inflate(block, path=name)
        yield _Data(data, block if len(block) < len(data) else None)


def _is_compressed(path: Path) -> bool:
    with path.open("rb") as file:
        return is_bgzf(file.read(1 << 6))


def _indexed(source: Input) -> tuple[Path, RecordIndex]:
    """Return the path of a BCF, and its index."""
    index = Path(f"{source.path}.csi")
    if source.path is None or not _is_compressed(source.path):
        remedy = (
            "Compress it with `bcftools view -Ob -o FILE.bcf`, and create the index with `bcftools index`"
        )
        raise InputError("-r needs a compressed BCF with an index", path=source.name, remedy=remedy)
    if not index.exists():
        remedy = f"Create the index with: bcftools index {source.name}"
        raise InputError("-r needs an index", path=source.name, remedy=remedy)
    return source.path, RecordIndex(index)


def _split_head(pieces: Iterator[_Data], name: str) -> tuple[bytes, Iterator[_Data]]:
    """Split a BCF after its header."""
    data = bytearray()
    for piece in pieces:
        data += piece.data
        if not data.startswith(MAGIC[: len(data)]):
            raise InputError(
                "the file is not a BCF of version 2.2",
                path=name,
                remedy="Write it as VCF with the tool that created it",
            )
        size = header_size(bytes(data[:_HEAD]))
        if len(data) >= _HEAD:
            check_header(size, name)
        if len(data) >= size:
            return bytes(data[:size]), chain([_Data(bytes(data[size:]))], pieces)
    raise InputError("the file is truncated inside its header", path=name, remedy=_FETCH_AGAIN)


def _whole(pieces: Iterable[_Data], name: str) -> Iterator[Records]:
    """Join and cut pieces into chunks of whole records."""
    held: list[_Data] = []
    length, wanted = 0, _CHUNK_SIZE
    for piece in pieces:
        held.append(piece)
        length += len(piece.data)
        if length >= wanted:
            records, rest, size = _cut(held)
            yield records
            held, length = [_Data(rest)], len(rest)
            check_record(size, name)
            wanted = max(_CHUNK_SIZE, size)
    records, rest, _ = _cut(held)
    yield records
    if rest:
        raise InputError("the file is truncated inside a record", path=name, remedy=_FETCH_AGAIN)


def _cut(held: Sequence[_Data]) -> tuple[Records, bytes, int]:
    """Split as `cut` does, and keep with the records the blocks that contain nothing else."""
    records, rest, size = cut(b"".join([piece.data for piece in held]))
    stop, start = len(records.data), 0
    pieces: list[Piece] = []
    for data, block in held:
        end = start + len(data)
        if start < min(stop, end):
            pieces.append(Piece(start, min(stop, end), block if end <= stop else None))
        start = end
    return records._replace(pieces=pieces), rest, size


def _overlapping(
    chunks: Iterable[Records], contig: int, region: Region, before: int, path: Path
) -> Iterator[Records]:
    """Yield the records that overlap a region and begin after a position, 1-based."""
    is_first = True
    for chunk in chunks:
        kept: list[int] = []
        for number in range(len(chunk.starts)):
            on, first, last = chunk.span(number)
            if is_first and on != contig:
                raise InputError("the index does not belong to the file", path=path, remedy=INDEX_AGAIN)
            is_first = False
            if on != contig or (region.stop is not None and first > region.stop):
                yield chunk.chosen(kept)
                return
            if last >= region.start and first > before:
                kept.append(number)
        yield chunk.chosen(kept)
