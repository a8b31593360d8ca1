"""VCF text to VCF text: chunks of lines, each annotated by a pure function, here or in worker processes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

from annotator.annotation.engines.base import Work
from annotator.annotation.engines.writing import write_chunks
from annotator.annotation.pending import Tally
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.workers import keep_freed_memory, ordered_map
from annotator.vcf.bgzf import data_size, deflate
from annotator.vcf.files import Input, Output
from annotator.vcf.splice import Edit, Piece, spliced, spliced_blocks
from annotator.vcf.stream import Chunk, TextStream
from annotator.vcf.text import RecordLines, holding_any, with_items

if TYPE_CHECKING:
    from annotator.annotation.prefilter import Prefiltered
    from annotator.vcf.scan import ScannedLines
    from annotator.vcf.tabix import IndexPart, TabixIndex

__all__ = ["LineJob", "LineWorker", "TextEngine"]

# Below this many bytes, splitting every line takes less time than importing numpy.
_SMALL = 1 << 19


class TextEngine:
    """The engine for VCF text.

    Args:
        source: the input: VCF, plain, gzip or BGZF.
        regions: only records that overlap one of these; empty for all.
        workers: number of processes.
        compression_level: compression level of a BGZF output; None for a plain one.
        index: whether to write an index beside a BGZF output.

    Attributes:
        header: header of the input.
        used_keys: INFO keys of its first records, declared or not, and the line where each is first used.

    """

    def __init__(
        self,
        source: Input,
        *,
        regions: tuple[str, ...],
        workers: int,
        compression_level: int | None,
        index: bool = False,
    ) -> None:
        self._stream = TextStream(source, regions)
        self._name = source.name
        self._workers = workers
        self._compression_level = compression_level
        self._index = index
        self.header = self._stream.header
        self.used_keys = self._stream.used_keys()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return warnings about the input after it was read."""
        return self._stream.warnings

    def run(self, plan: Work, output: Output) -> Tally:
        """Write the whole output; return the counts, and the data kept for the second pass."""
        header = plan.edit.header.to_bytes()
        level = self._compression_level
        head = header if level is None else deflate(header, level)
        index = self._new_index(output.name, len(head))
        job = LineJob(plan, self._name, level, self._index)

        def annotated(chunks: Iterable[Chunk]) -> Iterator[tuple[bytes, Tally]]:
            for data, tally, of_index in ordered_map(_worker, job, chunks, self._workers):
                yield data, tally
                if index is not None and of_index is not None:
                    index.add(of_index)

        def again(work: Work) -> Callable[[Chunk], bytes]:
            worker = LineWorker(LineJob(work, self._name, level))
            return lambda chunk: worker(chunk)[0]

        written = write_chunks(
            plan,
            output,
            self._stream.chunks(),
            annotated,
            again,
            head=head,
            is_blocked=level is not None,
            first_line=self._stream.first_line,
        )
        if index is not None and not written.is_rewritten:
            index.write(output)
        return written.tally

    def _new_index(self, name: str, start: int) -> TabixIndex | None:
        if not self._index:
            return None
        from annotator.vcf.tabix import TabixIndex

        return TabixIndex(name, start)


class LineJob(NamedTuple):
    """Everything that a worker needs to process its chunks.

    Attributes:
        plan: the task.
        name: name of the input, for errors.
        compression_level: compression level of a BGZF output; None for a plain one.
        indexed: whether the output is indexed.

    """

    plan: Work
    name: str
    compression_level: int | None
    indexed: bool = False


class _Annotated(NamedTuple):
    """A chunk as it is written, its counts, and its part of the index, if there is one."""

    data: bytes
    tally: Tally
    of_index: IndexPart | None

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Pickle the bytes out of band, without copying them (PEP 574)."""
        from annotator.runtime.shared_memory import apart  # only worker processes need it

        if int(protocol) < 5:
            return _Annotated, tuple(self)
        return _Annotated, (apart(self.data), self.tally, self.of_index)


def _worker(job: LineJob) -> Callable[[Chunk], _Annotated]:
    return LineWorker(job).with_index


class LineWorker:
    """Annotates chunks of lines."""

    def __init__(self, job: LineJob) -> None:
        self._name = job.name
        self._level = job.compression_level
        self._indexed = job.indexed
        self._columns = len(job.plan.edit.header.columns)
        self._owned = frozenset(key.encode("utf-8", "surrogateescape") for key in job.plan.edit.owned)
        self._written = frozenset(key.encode("utf-8", "surrogateescape") for key in job.plan.edit.written)
        self._annotator = job.plan.annotator()

    def __call__(self, chunk: Chunk) -> tuple[bytes, Tally]:
        """Return a chunk as it is written, and its counts."""
        return self.with_index(chunk)[:2]

    def with_index(self, chunk: Chunk) -> _Annotated:
        """Return a chunk as it is written, its counts and, if required, its part of the index."""
        text = chunk.text(self._name)
        lines = self._scanned(text)
        edits = self.edits(text, lines)
        if self._annotator.carrier is not None:
            self._annotator.collect_carried(text, lines)
        level = self._level
        data = spliced(text, edits) if level is None else spliced_blocks(text, edits, _pieces(chunk), level)
        index = _index_part(text, lines, edits, data) if self._indexed else None
        return _Annotated(data, self.take_tally(), index)

    def take_tally(self) -> Tally:
        """Return the counts since the last call, and the data kept for the second pass."""
        return self._annotator.take_tally()

    def _scanned(self, text: bytes) -> ScannedLines | None:
        """Scan a text; return None if it is small or malformed, so that its lines are parsed one by one."""
        if len(text) < _SMALL and "numpy" not in sys.modules:
            return None
        from annotator.vcf.scan import scan

        keep_freed_memory()
        return scan(text if text.endswith(b"\n") else text + b"\n", self._columns)

    def edits(self, text: bytes, lines: ScannedLines | None) -> list[Edit]:
        """Look up the lines of a text; return the edits. The result is the same with or without a scan."""
        if lines is None:
            spans = _spans(text)
            return self._edits_of_lines(text, spans, range(1, len(spans) + 1))
        prefiltered = self._annotator.prefiltered(lines, text)
        worth = prefiltered.worth
        if self._owned:
            worth[lines.holding(self._owned_keys(), text)] = True
        known = self._edits_of_known(text, lines, prefiltered)
        self._annotator.count_absent(lines, prefiltered, worth)
        spans = list(zip(lines.starts[worth].tolist(), lines.stops[worth].tolist(), strict=True))
        numbers = (worth.nonzero()[0] + 1).tolist()
        named = [of_source[worth].tolist() for of_source in prefiltered.named]
        checked = prefiltered.checked[worth].tolist()
        return sorted(known + self._edits_of_lines(text, spans, numbers, named, checked))

    def _edits_of_known(self, text: bytes, lines: ScannedLines, prefiltered: Prefiltered) -> list[Edit]:
        """Return the edits that add items to lines settled by the prefilter.

        A line that already has such a field is parsed instead.
        """
        from annotator.vcf.info_spans import info_spans

        numbers = prefiltered.known.nonzero()[0]
        if not numbers.size:
            return []
        spans = info_spans(text, lines, numbers)
        infos = [text[start:stop] for start, stop in spans]
        if clashing := holding_any(infos, self._written):
            prefiltered.worth[numbers[clashing]] = True
            return self._edits_of_known(text, lines, prefiltered)
        items = self._annotator.items([rows[numbers] for rows in prefiltered.rows])
        return [
            Edit(*span, with_items(info, added.encode("utf-8", "surrogateescape")))
            for span, info, added in zip(spans, infos, items, strict=True)
            if added
        ]

    def _owned_keys(self) -> re.Pattern[bytes]:
        keys = b"|".join(re.escape(key) for key in sorted(self._owned))
        return re.compile(rb"[\t;](?:" + keys + rb")(?=[=;\t\r\n]|$)")

    def _edits_of_lines(
        self,
        text: bytes,
        spans: Sequence[tuple[int, int]],
        numbers: Sequence[int],
        named: Sequence[Sequence[bool]] | None = None,
        checked: Sequence[bool] | None = None,
    ) -> list[Edit]:
        lines = [text[start:stop] for start, stop in spans]
        records = RecordLines(lines, self._columns, path=self._name, numbers=numbers)
        changed = records.changed(self._annotator.annotate(records.sites, named, checked), self._owned)
        return [Edit(*spans[index], line) for index, line in changed.items()]


def _pieces(chunk: Chunk) -> list[Piece]:
    """Return the part of a chunk's text that each of its blocks contains."""
    pieces = [Piece(0, len(chunk.head), None)] if chunk.head else []
    start = len(chunk.head)
    for block in chunk.blocks.each():
        stop = start + data_size(block)
        if stop > start:
            pieces.append(Piece(start, stop, block))
        start = stop
    if chunk.left_over:
        last = pieces[-1]
        pieces[-1] = Piece(last.start, last.stop - chunk.left_over, None)
    return pieces


def _index_part(text: bytes, lines: ScannedLines | None, edits: Sequence[Edit], data: bytes) -> IndexPart:
    if lines is None:
        from annotator.vcf.index_part import index_part

        return index_part(text, _spans(text), edits, data)
    from annotator.vcf.index_scan import index_part_of_scan

    return index_part_of_scan(text, lines, edits, data)


def _spans(text: bytes) -> list[tuple[int, int]]:
    """Return start and stop of each line of a text, without its line end."""
    return list(_each_span(text))


def _each_span(text: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = text.find(b"\n", start)
        if stop < 0:
            stop = len(text)
        yield start, stop
        start = stop + 1
