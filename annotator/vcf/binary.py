"""BCF as a stream of records; and, by htslib through cyvcf2, VCF text to BCF and back.

cyvcf2 can neither put several integers into one INFO field nor change a header without rewriting the records, so
the records of a BCF are edited as bytes (`vcf.bcf`). What a VCF's text means in BCF, and what a BCF looks like as
text, htslib alone decides: a chunk is written to a file, read by it, and written to another in the other format.
The files have no names (they are opened again through /dev/fd), so nothing is left of them whatever happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

from annotator.errors import InputError
from annotator.vcf.bcf import MAGIC, WRITE_AGAIN, Dictionary, Records, cut, header_size, header_text
from annotator.vcf.bgzf import data_from, gunzip, inflate, is_bgzf, read_blocks
from annotator.vcf.files import Input
from annotator.vcf.record_index import INDEX_AGAIN, RecordIndex
from annotator.vcf.regions import Region, regions_of_file
from annotator.vcf.splice import Piece

__all__ = ["BinaryStream", "Decoder", "Encoder", "binary_header", "head_of", "text_header"]

_CHUNK_SIZE = 1 << 20
_FETCH_AGAIN = "Fetch or write it again"

# Modes of htslib, both with blocks that are not compressed; levels of its logging, the second its default.
_TEXT, _BINARY = "wz0", "wb0"
_ERRORS, _WARNINGS = 1, 3

_VERSION_WITHIN = 1 << 10  # bytes of a header


class BinaryStream:
    """A BCF as a stream: its header, then chunks of whole records.

    Args:
        source: the input.
        regions: only records that overlap one of these, found by the input's index; empty for all.

    Attributes:
        head: the header, from the magic to the end of its text, as htslib writes it.
        dictionary: of the records.

    Raises:
        InputError: the header cannot be read, or the file is cut off or damaged.

    """

    def __init__(self, source: Input, regions: Sequence[str] = ()) -> None:
        self._source = source
        self._regions = regions
        head, self._rest = _split_head(_pieces(source), source.name)
        self.head = binary_header(head, path=source.name)
        self.dictionary = Dictionary(self.head)

    def chunks(self) -> Iterator[Records]:
        """Give the records, in chunks of whole ones."""
        return self._in_regions() if self._regions else _whole(self._rest, self._source.name)

    def _in_regions(self) -> Iterator[Records]:
        path, index = _indexed(self._source)
        numbers = {name: number for number, name in sorted(self.dictionary.contigs.items())}
        last = Region("", stop=0)
        for region in regions_of_file(self._regions, list(numbers), str(path)):
            number = numbers[region.contig]
            offset = index.first_record(number, max(region.start - 1, 0), region.stop)
            if offset is not None:
                # A long record that reaches from one region into the next was returned with the first.
                before = last.stop if last.contig == region.contig and last.stop is not None else -1
                chunks = _whole(map(_Data, data_from(path, offset)), str(path))
                yield from _overlapping(chunks, number, region, before, path)
            last = region


def head_of(source: Input) -> bytes:
    """Give the header of a BCF as it stands there, from the magic to the end of its text.

    Raises:
        InputError: the file is cut off or damaged.

    """
    return _split_head(_pieces(source), source.name)[0]


class _Data(NamedTuple):
    """Some of the uncompressed bytes of a BCF, and the BGZF block that holds just them, if it makes them smaller."""

    data: bytes
    block: bytes | None = None


def _pieces(source: Input) -> Iterator[_Data]:
    """Give the uncompressed bytes of a BCF, in pieces."""
    start = source.file.peek(len(MAGIC))
    try:
        if start.startswith(MAGIC[:3]):
            while piece := source.file.read(_CHUNK_SIZE):
                yield _Data(piece)
        elif is_bgzf(start):
            yield from _inflated(source.file, source.name)
        else:
            yield from map(_Data, gunzip(source.file, path=source.name))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=source.name) from error


def _inflated(file: BinaryIO, name: str) -> Iterator[_Data]:
    for block in read_blocks(file, path=name):
        data = inflate(block, path=name)
        yield _Data(data, block if len(block) < len(data) else None)


def _indexed(source: Input) -> tuple[Path, RecordIndex]:
    """Return the path of a BCF, and its index."""
    index = Path(f"{source.path}.csi")
    if source.path is None or not index.exists():
        remedy = f"Compress it with bcftools view -Ob, and make the index with: bcftools index {source.name}"
        raise InputError("-r needs a compressed BCF with an index", path=source.name, remedy=remedy)
    return source.path, RecordIndex(index)


def _split_head(pieces: Iterator[_Data], name: str) -> tuple[bytes, Iterator[_Data]]:
    """Split a BCF after its header."""
    data = b""
    for piece in pieces:
        data += piece.data
        if not data.startswith(MAGIC[: len(data)]):
            raise InputError(
                "not a BCF of version 2.2", path=name, remedy="Write it as VCF by the tool that made it"
            )
        size = header_size(data)
        if len(data) >= size:
            return data[:size], chain([_Data(data[size:])], pieces)
    raise InputError("the file is cut off inside its header", path=name, remedy=_FETCH_AGAIN)


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
            wanted = max(_CHUNK_SIZE, size)
    records, rest, _ = _cut(held)
    yield records
    if rest:
        raise InputError("the file is cut off inside a record", path=name, remedy=_FETCH_AGAIN)


def _cut(held: Sequence[_Data]) -> tuple[Records, bytes, int]:
    """Do as `cut` does; the records know the blocks that hold nothing else."""
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
    """Return the records that overlap a region and begin after a position, 1-based."""
    is_first = True
    for chunk in chunks:
        kept: list[int] = []
        for number in range(len(chunk.starts)):
            on, first, last = chunk.span(number)
            if is_first and on != contig:
                raise InputError("its index does not fit the file", path=path, remedy=INDEX_AGAIN)
            is_first = False
            if on != contig or (region.stop is not None and first > region.stop):
                yield chunk.chosen(kept)
                return
            if last >= region.start and first > before:
                kept.append(number)
        yield chunk.chosen(kept)


def binary_header(header: bytes, *, path: str) -> bytes:
    """Give a header as BCF has it, from the magic to the end of its text, with the `IDX` of each line.

    A line that has its `IDX` keeps it; another gets the next that is free.

    Args:
        header: of a VCF, as text; or of a BCF, from the magic to the end of its text.
        path: name of the file, for errors.

    Raises:
        InputError: htslib cannot read it.

    """
    return _header(header, _BINARY, path=path, logging=_WARNINGS)


def text_header(head: bytes, *, path: str) -> bytes:
    """Give the header of a BCF as text, without `IDX`, as `bcftools view` shows it."""
    return _header(head, _TEXT, path=path, logging=_ERRORS)


def _header(header: bytes, mode: str, *, path: str, logging: int) -> bytes:
    try:
        return _transcoded(header, b"", 0, mode, logging=logging)
    except _RefusedError as error:
        what = "htslib cannot read the header and says why on standard error"
        raise InputError(what, path=path, remedy="Correct it, for instance by bcftools reheader") from error


class Decoder:
    """Gives the records of a BCF as VCF lines.

    Args:
        head: of the BCF, as `binary_header` gives it.
        path: name of the input, for errors.

    """

    def __init__(self, head: bytes, *, path: str) -> None:
        self._head = head
        self._path = path

    def lines(self, records: Records) -> bytes:
        """Give records as lines.

        Raises:
            InputError: a record is malformed.

        """
        try:
            text = _transcoded(self._head, records.data, len(records.starts), _TEXT)
        except _RefusedError as error:
            what = f"the record at {records.place(error.number, Dictionary(self._head))} is malformed"
            raise InputError(what, path=self._path, remedy=WRITE_AGAIN) from error
        return text[text.index(b"\n", text.index(b"\n#CHROM\t") + 1) + 1 :]


class Encoder:
    """Gives VCF lines as the records of a BCF.

    Args:
        head: of the BCF, as `binary_header` gives it.
        path: name of the input, for errors.

    """

    def __init__(self, head: bytes, *, path: str) -> None:
        self._header = header_text(head)
        self._dictionary = Dictionary(head)
        self._contigs = {
            name.encode("utf-8", "surrogateescape") for name in self._dictionary.contigs.values()
        }
        self._path = path

    def records(self, lines: bytes) -> bytes:
        """Give whole lines as records.

        Raises:
            InputError: a record cannot be stored in BCF, or uses what the header does not declare. Its line is
                counted from the first one given.

        """
        if not lines:
            return b""
        split = lines.removesuffix(b"\n").split(b"\n")
        for number, line in enumerate(split):
            # htslib makes such a contig up, which is too late for a header that is written.
            if line[: line.find(b"\t")] not in self._contigs:
                raise self._refused(line, number)
        try:
            data = _transcoded(self._header, lines, len(split), _BINARY)
        except _RefusedError as error:
            raise self._refused(split[error.number], error.number) from error
        return data[header_size(data) :]

    def _refused(self, line: bytes, number: int) -> InputError:
        text = line.decode("utf-8", "surrogateescape")
        undeclared = self._dictionary.undeclared(text)
        if undeclared is None:
            what = "cannot be stored in BCF: htslib refuses it and says why on standard error"
            remedy = "Correct it, or write VCF: -O z"
        else:
            what = f"uses {undeclared}, which the header does not declare: BCF needs that"
            remedy = (
                "Declare it (bcftools reheader --fai for contigs, annotate -h for others), or write VCF: -O z"
            )
        where = ":".join(text.split("\t")[:2])
        return InputError(f"the record at {where} {what}", path=self._path, line=number + 1, remedy=remedy)


class _RefusedError(Exception):
    """A record, given by its 0-based number, that htslib cannot read or write."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _transcoded(header: bytes, records: bytes, expected: int, mode: str, *, logging: int = _ERRORS) -> bytes:
    """Give a VCF or BCF in the other format.

    Args:
        header: its header.
        records: its records.
        expected: number of these.
        mode: of the output.
        logging: what htslib says about the header; about the records it says all.

    """
    count = 0
    with TemporaryFile() as source, TemporaryFile() as target:
        source.write(header)
        source.write(records)
        source.seek(0)
        copied = _copied_by_pysam if _explicit_phase(header) else _copied_by_cyvcf2
        try:
            for _ in copied(f"/dev/fd/{source.fileno()}", f"/dev/fd/{target.fileno()}", mode, logging):
                count += 1
        except Exception as error:  # neither library raises anything narrower
            raise _RefusedError(min(count, expected - 1)) from error
        if count != expected:
            raise _RefusedError(min(count, expected - 1))
        target.seek(0)
        # Not every failure to write is told, but the blocks show it.
        blocks = read_blocks(target, path="a temporary file")
        return b"".join([inflate(block, path="a temporary file") for block in blocks])


def _explicit_phase(header: bytes) -> bool:
    """Whether a genotype may tell the phase of its first allele (`/0|1`), as it may from VCF 4.4 on."""
    version = re.search(rb"##fileformat=VCFv(\d+)\.(\d+)", header[:_VERSION_WITHIN])
    return version is not None and (int(version[1]), int(version[2])) >= (4, 4)


def _copied_by_cyvcf2(source: str, target: str, mode: str, logging: int) -> Iterator[None]:
    """Copy a file in the mode of another format; give a sign after each record."""
    from cyvcf2.cyvcf2 import VCF, Writer, set_htslib_log_level

    try:
        set_htslib_log_level(logging)
        reader = VCF(source, lazy=True)
        set_htslib_log_level(_ERRORS)
        writer = Writer(target, reader, mode)
    finally:
        set_htslib_log_level(_WARNINGS)
    for record in reader:
        if writer.write_record(record) != 0:
            raise OSError
        yield
    writer.close()
    reader.close()


def _copied_by_pysam(source: str, target: str, mode: str, logging: int) -> Iterator[None]:
    """Do the same by another htslib: cyvcf2's is 1.19, which drops the phase of the first allele."""
    from pysam import VariantFile, set_verbosity

    before = set_verbosity(logging)
    try:
        reader = VariantFile(source)
        writer = VariantFile(target, mode, header=reader.header)
    finally:
        set_verbosity(before)
    with reader, writer:
        for record in reader:
            writer.write(record)
            yield
