"""The part of an output's index for one chunk, computed line by line.

For chunks that are too small to justify importing numpy; `vcf.index_scan` does the same for larger ones.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.vcf.bgzf import block_sizes
from annotator.vcf.extent import HEAD_COLUMNS, end_of
from annotator.vcf.splice import Edit
from annotator.vcf.tabix import LAST_BASE, LEVEL_BITS, WINDOW_SHIFT, ContigPart, IndexPart

__all__ = ["Blocks", "index_part"]


class Blocks(NamedTuple):
    """Start offsets of the BGZF blocks of a chunk.

    Attributes:
        in_data: in the uncompressed data; the last item is the total size.
        in_file: in the file, relative to the first block; the last item is the total size.

    """

    in_data: list[int]
    in_file: list[int]

    @classmethod
    def of(cls, data: bytes) -> Blocks:
        """Read the headers of blocks."""
        sizes = list(block_sizes(data))
        in_data = accumulate((held for _, held in sizes), initial=0)
        return cls(list(in_data), list(accumulate((size for size, _ in sizes), initial=0)))

    def virtual(self, offset: int) -> int:
        """Return the virtual offset of a byte of the data; for the byte after the last, that of the following block."""
        block = bisect_right(self.in_data, offset) - 1
        return self.in_file[block] << 16 | offset - self.in_data[block]


def index_part(
    text: bytes, spans: Sequence[tuple[int, int]], edits: Sequence[Edit], data: bytes
) -> IndexPart:
    """Return the part of the index that describes one chunk.

    Args:
        text: the chunk as read.
        spans: start and stop of each line of the chunk.
        edits: the changes, in order; no edit changes the bases that a record covers.
        data: the BGZF blocks as which the chunk is written.

    """
    offsets = _offsets(spans, edits, Blocks.of(data))
    records = [
        _record(text[start:stop], offset) for (start, stop), offset in zip(spans, offsets, strict=True)
    ]
    contigs = [(name, list(run)) for name, run in groupby(records, lambda record: record.contig)]
    stops = [*(run[0].offset for _, run in contigs[1:]), len(data) << 16]
    return IndexPart(
        [_contig_part(name, run, stop) for (name, run), stop in zip(contigs, stops, strict=True)], len(data)
    )


class _Record(NamedTuple):
    """One record: its contig, the bases it covers (0-based, half-open), and its virtual offset."""

    contig: bytes
    begin: int
    end: int
    offset: int


def _offsets(spans: Sequence[tuple[int, int]], edits: Sequence[Edit], blocks: Blocks) -> Iterator[int]:
    """Yield the virtual offset of each line as it is written."""
    grown = edit = 0
    for start, _ in spans:
        while edit < len(edits) and edits[edit].start < start:
            grown += len(edits[edit].new) - (edits[edit].stop - edits[edit].start)
            edit += 1
        yield blocks.virtual(start + grown)


def _record(line: bytes, offset: int) -> _Record:
    columns = line.split(b"\t", HEAD_COLUMNS)
    begin = max((whole_number(columns[1]) or 1) - 1, 0)
    end = end_of(columns, begin)
    return _Record(columns[0], min(begin, LAST_BASE), min(end, LAST_BASE + 1), offset)


def _contig_part(name: bytes, records: Sequence[_Record], stop: int) -> ContigPart:
    begins = [record.begin for record in records]
    bins = [_bin(record.begin, record.end) for record in records]
    new_bins = [place for place, number in enumerate(bins) if place == 0 or number != bins[place - 1]]
    windows = [record.end - 1 >> WINDOW_SHIFT for record in records]
    reached = [-1, *accumulate(windows, max)]
    further = [place for place, window in enumerate(windows) if window > reached[place]]
    return ContigPart(
        name=name.decode("utf-8", "surrogateescape"),
        records=len(records),
        first=begins[0],
        last=begins[-1],
        reach=max(record.end for record in records),
        fall=next((pair for pair in pairwise(begins) if pair[1] < pair[0]), None),
        bins=array("q", [bins[place] for place in new_bins]),
        bin_offsets=array("q", [records[place].offset for place in new_bins]),
        windows=array("q", [windows[place] for place in further]),
        window_offsets=array("q", [records[place].offset for place in further]),
        stop=stop,
    )


def _bin(begin: int, end: int) -> int:
    """Return the smallest bin that contains a record."""
    level = 0
    first, last = begin >> WINDOW_SHIFT, end - 1 >> WINDOW_SHIFT
    while first != last:
        first, last, level = first >> 3, last >> 3, level + 1
    return first << LEVEL_BITS | level
