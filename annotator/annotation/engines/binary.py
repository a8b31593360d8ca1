"""BCF in, BCF out, or both: chunks of records, each annotated by a pure function, here or in worker processes.

BCF → BCF   records ─────────────────── INFO put into their bytes ─────────────────→ records; unchanged blocks copied
BCF → VCF   records ──htslib──→ lines ── the text engine's worker ─────────────────→ lines
VCF → BCF                       lines ── the text engine's worker → lines ──htslib──→ records
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, SupportsIndex

from annotator.annotation.engines.base import Work
from annotator.annotation.engines.text import LineJob, LineWorker
from annotator.annotation.engines.writing import write_chunks
from annotator.annotation.pending import Tally
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.workers import ordered_map
from annotator.vcf.bcf import BinaryChunk, Dictionary, Records, header_text, malformed
from annotator.vcf.bgzf import deflate
from annotator.vcf.binary import BinaryStream
from annotator.vcf.binary_check import first_malformed
from annotator.vcf.binary_scan import scan_records
from annotator.vcf.files import Input, InputFormat, Output, OutputFormat
from annotator.vcf.header import Header
from annotator.vcf.splice import Edit, spliced, spliced_blocks
from annotator.vcf.stream import Chunk, TextStream
from annotator.vcf.transcode import Decoder, Encoder, binary_header, text_header
from annotator.vcf.undeclared import with_declarations

__all__ = ["BinaryEngine"]


class BinaryEngine:
    """The engine for BCF.

    Args:
        source: the input: BCF, or VCF if the output is BCF.
        regions: only records that overlap one of these; empty for all.
        threads: number of processes.
        format_: format of the output.
        compression_level: compression level of the output, if it is compressed.

    Attributes:
        header: header of the input. If BCF is read and written, each line has its number in the dictionary as `IDX`.
        used_keys: INFO keys of a VCF's first records, declared or not, and the line where each is first used.

    """

    def __init__(
        self,
        source: Input,
        *,
        regions: tuple[str, ...],
        threads: int,
        format_: OutputFormat,
        compression_level: int,
    ) -> None:
        self._name = source.name
        self._threads = threads
        self._format = format_
        self._level = _level(format_, compression_level)
        self._head = b""
        self.used_keys: Mapping[str, int] = {}  # a BCF cannot contain undeclared keys
        self._stream: BinaryStream | TextStream
        self._first_line: int | None = None
        if source.format is InputFormat.BCF:
            self._stream = BinaryStream(source, regions)
            self._head = self._stream.head
            text = header_text(self._head) if format_.is_bcf else text_header(self._head, path=self._name)
            self.header = Header.parse(text, path=source.name)
        else:
            self._stream = TextStream(source, regions)
            self._first_line = self._stream.first_line
            self.header = with_declarations(self._stream, source)
            self.used_keys = self._stream.used_keys()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return warnings about the input after it was read."""
        return self._stream.warnings

    def run(self, plan: Work, output: Output) -> Tally:
        """Write the whole output; return the counts, and the data kept for the second pass."""
        header = plan.edit.header.to_bytes()
        head = binary_header(header, path=self._name) if self._format.is_bcf else header
        job = _Job(plan, self._name, self._head, head, self._level)
        make = self._worker()

        def again(work: Work) -> Callable[[Any], bytes]:
            worker = make(job._replace(plan=work))
            return lambda chunk: worker(chunk)[0]

        chunks: Iterator[Any] = self._stream.chunks()
        return write_chunks(
            plan,
            output,
            chunks,
            lambda remembered: ordered_map(make, job, remembered, self._threads),
            again,
            head=job.compressed(head),
            is_blocked=job.level is not None,
            first_line=self._first_line,
        ).tally

    def _worker(self) -> Callable[[_Job], Callable[[Any], _Annotated]]:
        if not self._head:
            return _Encoding
        return _Editing if self._format.is_bcf else _Decoding


def _level(format_: OutputFormat, compression_level: int) -> int | None:
    """Return the level of the BGZF blocks.

    As in htslib, uncompressed BCF is in blocks too, so that truncation is detected.
    """
    levels = {OutputFormat.VCF: None, OutputFormat.BCF_UNCOMPRESSED: 0}
    return levels.get(format_, compression_level)


class _Job(NamedTuple):
    """Everything that a worker needs to process its chunks.

    Attributes:
        plan: the task.
        name: name of the input, for errors.
        input_head: header of a BCF input.
        output_head: header of the output.
        level: compression level; None for none.

    """

    plan: Work
    name: str
    input_head: bytes
    output_head: bytes
    level: int | None

    def compressed(self, data: bytes) -> bytes:
        """Return the bytes as they are written: compressed if the output is."""
        return data if self.level is None else deflate(data, self.level)


class _Annotated(NamedTuple):
    """A chunk as it is written, and its counts."""

    data: bytes
    tally: Tally

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Pickle the bytes out of band, without copying them (PEP 574)."""
        if int(protocol) < 5:
            return _Annotated, tuple(self)
        from annotator.runtime.shared_memory import apart  # only worker processes need it

        return _Annotated, (apart(self.data), self.tally)


class _Editing:
    """BCF to BCF."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._annotator = job.plan.annotator()
        self._decoder = Decoder(job.input_head, path=job.name)
        self._read = Dictionary(job.input_head)
        self._written = Dictionary(job.output_head)
        self._numbers = frozenset(self._read.tags.values())

    def __call__(self, records: Records) -> _Annotated:
        self._check(records)
        if self._annotator.carrier is not None:
            # htslib parses genotypes, as it does for text output.
            self._annotator.collect_carried(self._decoder.lines(records), None)
        owned = self._job.plan.edit.owned
        worth = records if owned else self._worth_asking(records)
        chunk = BinaryChunk(worth, self._read, path=self._job.name)
        edits = chunk.edits(self._annotator.annotate(chunk.sites), owned, self._written)
        return _Annotated(self._put_together(records, edits), self._annotator.take_tally())

    def _check(self, records: Records) -> None:
        """Refuse records that are not well-formed: most are copied, and no other tool could read the output.

        Raises:
            InputError: a record is malformed.

        """
        number = first_malformed(records, self._numbers)
        if number is not None:
            raise malformed(records, number, self._read, self._job.name)

    def _put_together(self, records: Records, edits: Sequence[Edit]) -> bytes:
        """Return a chunk as it is written; BGZF blocks without changes are copied."""
        level = self._job.level
        if not level or not records.pieces:  # uncompressed output has no blocks to copy
            return self._job.compressed(spliced(records.data, edits))
        return spliced_blocks(records.data, edits, records.pieces, level)

    def _worth_asking(self, records: Records) -> Records:
        scanned = scan_records(records, self._read)
        if scanned is None:
            return records
        prefiltered = self._annotator.prefiltered(scanned, records.data)
        worth = prefiltered.worth | prefiltered.known
        self._annotator.count_absent(scanned, prefiltered, worth)
        return Records(records.data, scanned.starts[worth].tolist())


class _Decoding:
    """BCF to VCF."""

    def __init__(self, job: _Job) -> None:
        self._decoder = Decoder(job.input_head, path=job.name)
        self._annotated = LineWorker(LineJob(job.plan, job.name, job.level))

    def __call__(self, records: Records) -> _Annotated:
        return _Annotated(*self._annotated(Chunk(self._decoder.lines(records))))


class _Encoding:
    """VCF to BCF."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._encoder = Encoder(job.output_head, path=job.name)
        self._annotated = LineWorker(LineJob(job.plan, job.name, None))

    def __call__(self, lines: Chunk) -> _Annotated:
        text, tally = self._annotated(lines)
        encoded = self._encoder.records(text)
        tally.summary.rounded = encoded.rounded
        tally.summary.first_rounded = encoded.first_rounded
        return _Annotated(self._job.compressed(encoded.data), tally)
