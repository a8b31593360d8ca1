"""The records of any input as text, for read-only use; those of a BCF as `bcftools view` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.files import Input, InputFormat
from annotator.vcf.header import Header
from annotator.vcf.stream import TextStream

__all__ = ["RecordTexts", "read_texts"]


class RecordTexts(NamedTuple):
    """An input that is being read.

    Attributes:
        header: header of the input.
        first_line: 1-based line number of the first record; None if there are no lines, or an index is used.
        texts: the records: pieces of whole lines, each with its line end, except possibly the last one of a file.

    """

    header: Header
    first_line: int | None
    texts: Iterator[bytes]


def read_texts(source: Input, regions: Sequence[str] = ()) -> RecordTexts:
    """Read an input.

    Args:
        source: VCF (plain, gzip, BGZF) or BCF.
        regions: only records that overlap one of these, found through the input's index; empty for all.

    Raises:
        InputError: there is no header; or, while the texts are read, the file is truncated or corrupt.

    """
    if source.format is InputFormat.BCF:
        return _binary(source, regions)
    stream = TextStream(source, regions)
    texts = (chunk.text(source.name) for chunk in stream.chunks())
    return RecordTexts(stream.header, stream.first_line, texts)


def _binary(source: Input, regions: Sequence[str]) -> RecordTexts:
    from annotator.vcf.binary import BinaryStream
    from annotator.vcf.transcode import Decoder, text_header

    stream = BinaryStream(source, regions)
    header = Header.parse(text_header(stream.head, path=source.name), path=source.name)
    decoder = Decoder(stream.head, path=source.name)
    texts = (decoder.lines(records) for records in stream.chunks() if len(records.starts))
    return RecordTexts(header, None, texts)
