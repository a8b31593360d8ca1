"""Groups the rows of a table by VariationID, in a temporary file: memory could not hold them.

The lines of a range of VariationIDs are a part. They are collected in one buffer per part; a buffer that fills a BGZF
block is compressed and appended to one file, and its offset is recorded. A part fits into memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.snapshot.clinvar.tables.reading import Integers, Lines, Mask, RawChunk, TableFile, open_table
from annotator.vcf.bgzf import EOF_BLOCK, MAX_BLOCK_DATA, deflate, inflate, read_blocks

__all__ = ["PartedTable", "part_table"]

_RANGE_BITS = 13  # 8,192 VariationIDs: about 100,000 expressions
_PARTS = 2_048  # the last part takes all further IDs; ClinVar uses a third of them
_LEVEL = 1


class PartedTable(NamedTuple):
    """A table in parts.

    Attributes:
        file: the table, with its names and columns.
        spill: the temporary file.
        places: offset and size in the temporary file of each piece, by part, in order.

    """

    file: TableFile
    spill: Path
    places: dict[int, array[int]]

    def variations(self, part: int) -> Iterator[tuple[int, list[dict[str, str]]]]:
        """Yield the VariationIDs of a part, ascending, each with its rows by column name in the order of the file."""
        text = self._text(part)
        if not text:
            return
        chunk = RawChunk(text, 1)
        lines = self.file.lines(chunk)
        ids = self.file.numbers(lines, "VariationID", chunk)
        order = np.argsort(ids, kind="stable")
        names = sorted(self.file.columns, key=self.file.columns.__getitem__)
        firsts = np.flatnonzero(np.diff(ids[order], prepend=-1))
        for rows in np.split(order, firsts[1:]):
            yield int(ids[rows[0]]), [dict(zip(names, cells, strict=True)) for cells in lines.split(rows)]

    def _text(self, part: int) -> bytes:
        places = self.places.get(part, array("Q"))
        pieces = []
        with self.spill.open("rb") as file:
            for offset, size in zip(places[::2], places[1::2], strict=True):
                file.seek(offset)
                pieces.append(file.read(size))
        blocks = read_blocks(BytesIO(b"".join(pieces) + EOF_BLOCK), path=str(self.spill))
        return b"".join([inflate(block, path=str(self.spill)) for block in blocks])


def part_table(
    path: Path,
    spill: Path,
    keep: Callable[[TableFile, Lines], Mask] | None = None,
    progress: Progress | None = None,
) -> PartedTable:
    """Group the rows of a table by VariationID.

    Args:
        path: the table; rows without a VariationID are omitted.
        spill: file to write.
        keep: selects lines; None to keep all.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the table is invalid, truncated or corrupt.
        OSError: the file cannot be written.

    """
    with open_table(path, progress) as (file, chunks), spill.open("wb") as out:
        file.places(["VariationID"])
        parts = _Parts(out)
        for chunk in chunks:
            lines = file.lines(chunk)
            ids = file.numbers(lines, "VariationID", chunk)
            wanted = ids >= 0 if keep is None else (ids >= 0) & keep(file, lines)
            _distribute(lines, ids, np.flatnonzero(wanted), parts)
        parts.flush()
    return PartedTable(file, spill, parts.places)


def _distribute(lines: Lines, ids: Integers, rows: Integers, parts: _Parts) -> None:
    if not rows.size:
        return
    numbers = np.minimum(ids[rows] >> _RANGE_BITS, _PARTS - 1)
    order = np.argsort(numbers, kind="stable")
    rows, numbers = rows[order], numbers[order]
    firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
    starts, stops = lines.starts[rows, 0].tolist(), (lines.stops[rows, -1] + 1).tolist()
    for first, last in zip(firsts.tolist(), [*firsts[1:].tolist(), rows.size], strict=True):
        text = [lines.text[starts[row] : stops[row]] for row in range(first, last)]
        parts.add(int(numbers[first]), b"".join(text))


class _Parts:
    """Buffers of the parts, and the offsets of their blocks in the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._offset = 0
        self._buffers: dict[int, bytearray] = {}
        self.places: dict[int, array[int]] = {}

    def add(self, part: int, text: bytes) -> None:
        buffer = self._buffers.setdefault(part, bytearray())
        buffer += text
        if whole := len(buffer) // MAX_BLOCK_DATA * MAX_BLOCK_DATA:
            self._write(part, bytes(buffer[:whole]))
            del buffer[:whole]

    def flush(self) -> None:
        for part, buffer in self._buffers.items():
            self._write(part, bytes(buffer))
        self._buffers.clear()

    def _write(self, part: int, text: bytes) -> None:
        compressed = deflate(text, _LEVEL)
        self._file.write(compressed)
        self.places.setdefault(part, array("Q")).extend((self._offset, len(compressed)))
        self._offset += len(compressed)
