"""Reads ClinVar's tables in chunks of lines, and their columns by name.

The tables are tab-separated, without quotes, with 34, 40 or 43 columns in variant_summary, 13 in hgvs4variation, 4 in
variation_allele. Comment lines start with `#`; the last of them before the data names the columns. Columns were only
ever appended, but their order is not relied on. A carriage return may occur anywhere and is ignored. numpy examines a
whole chunk at once, without an object per line: a table has up to 57 million.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.errors import InputError, KnowledgeBaseError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import counted
from annotator.vcf.bgzf import gunzip, inflate, is_bgzf, read_blocks
from annotator.vcf.bounds import check_header, check_line
from annotator.vcf.files import WatchedFile

__all__ = ["SUFFIXES", "Integers", "Lines", "Mask", "RawChunk", "TableFile", "find_table", "open_table"]

Bytes: TypeAlias = NDArray[np.uint8]
Integers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

SUFFIXES = (".txt.gz", ".txt")
"""Suffixes of a table's file, the preferred one first."""

_DOWNLOAD = "Download it again from ftp.ncbi.nlm.nih.gov/pub/clinvar/tab_delimited"

_READ = 1 << 20
_CHUNK = 1 << 22  # bytes of text
_HEAD = 18  # bytes that distinguish BGZF from other gzip
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TAB, _NEWLINE, _GREATER, _ZERO = b"\t\n>0"
_LONGEST_NUMBER = 9  # decimal digits; fits into 32 bits
_NOTHING = ("", "-", "-1", "na")


class RawChunk(NamedTuple):
    """Whole lines as they are in the file; `first_line` is the 1-based number of the first."""

    text: bytes
    first_line: int


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table after its header was read.

    Attributes:
        path: the file.
        columns: 0-based index of each column by its name, without the `#` before the first.
        width: number of columns.

    """

    path: Path
    columns: dict[str, int]
    width: int

    def places(self, names: Iterable[str]) -> list[int]:
        """Return the indexes of columns.

        Raises:
            KnowledgeBaseError: the table lacks a column.

        """
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise KnowledgeBaseError(
                f"the table has no column {' and no column '.join(map(repr, missing))}",
                path=self.path,
                remedy="Use the original file of ClinVar with its header line",
            )
        return [self.columns[name] for name in names]

    def lines(self, chunk: RawChunk) -> Lines:
        """Return the lines of a chunk; blank ones are omitted.

        Raises:
            KnowledgeBaseError: a line has a different number of columns than the header.

        """
        text = chunk.text.replace(b"\r", b"") if b"\r" in chunk.text else chunk.text
        if not text.endswith(b"\n"):
            text += b"\n"
        lines = Lines.of(text, self.width)
        return lines if lines is not None else self._looked_at(text, chunk.first_line)

    def _looked_at(self, text: bytes, first_line: int) -> Lines:
        """Return the lines of a chunk in which some are blank or malformed."""
        kept = []
        for number, line in enumerate(text.removesuffix(b"\n").split(b"\n"), first_line):
            if not line.strip():
                continue
            count = line.count(b"\t") + 1
            if count != self.width:
                what = f"the line has {counted(count, 'column')} instead of {self.width}"
                raise KnowledgeBaseError(what, path=self.path, line=number, remedy=_DOWNLOAD)
            kept.append(line + b"\n")
        lines = Lines.of(b"".join(kept), self.width)
        assert lines is not None
        return lines

    def numbers(self, lines: Lines, name: str, chunk: RawChunk) -> Integers:
        """Return the numbers of a column; -1 for an empty value.

        Raises:
            KnowledgeBaseError: a cell is neither a number nor empty.

        """
        place = self.columns[name]
        numbers, is_number = lines.numbers(place)
        for row in np.flatnonzero(~is_number).tolist():
            cell = lines.cell(row, place)
            if cell not in _NOTHING:
                raise KnowledgeBaseError(
                    f"{name} {cell!r} is not a number",
                    path=self.path,
                    line=_line_number(chunk, row),
                    remedy=_DOWNLOAD,
                )
        numbers[~is_number] = -1
        return numbers


def _line_number(chunk: RawChunk, row: int) -> int:
    """Return the line number of a row, counting blank lines."""
    filled = [number for number, line in enumerate(chunk.text.split(b"\n"), chunk.first_line) if line.strip()]
    return filled[row]


class Lines:
    """Lines of a table that all have its number of columns.

    Attributes:
        text: the lines, each with its line end.
        starts: offset of each cell's first byte, one row per line and one column per column.
        stops: offset after each cell's last byte, likewise.

    """

    def __init__(self, text: bytes, starts: Integers, stops: Integers) -> None:
        self.text = text
        self.starts = starts
        self.stops = stops
        self._bytes: Bytes = np.frombuffer(text, dtype=np.uint8)

    @classmethod
    def of(cls, text: bytes, width: int) -> Lines | None:
        """Return the lines of a text that ends with a line end; None if one has a different number of columns."""
        data = np.frombuffer(text, dtype=np.uint8)
        ends = np.flatnonzero((data == _TAB) | (data == _NEWLINE))
        if ends.size % width:
            return None
        stops = ends.reshape(-1, width)
        are_newlines = data[stops] == _NEWLINE
        if not (are_newlines[:, -1].all() and int(are_newlines.sum()) == len(stops)):
            return None
        starts = np.concatenate(([0], ends[:-1] + 1)) if ends.size else ends
        return cls(text, starts.reshape(-1, width), stops)

    def __len__(self) -> int:
        return len(self.starts)

    def cell(self, row: int, place: int) -> str:
        """Return one cell."""
        return self.text[self.starts[row, place] : self.stops[row, place]].decode("utf-8", "surrogateescape")

    def split(self, rows: Integers) -> Iterator[list[str]]:
        """Yield the cells of some lines."""
        firsts, lasts = self.starts[rows, 0].tolist(), self.stops[rows, -1].tolist()
        for first, last in zip(firsts, lasts, strict=True):
            yield self.text[first:last].decode("utf-8", "surrogateescape").split("\t")

    def texts(self, rows: Integers, place: int) -> list[bytes]:
        """Return the cells of one column in some lines."""
        firsts, lasts = self.starts[rows, place].tolist(), self.stops[rows, place].tolist()
        return [self.text[first:last] for first, last in zip(firsts, lasts, strict=True)]

    def sizes(self, place: int) -> Integers:
        """Return the size in bytes of each cell of a column."""
        return self.stops[:, place] - self.starts[:, place]

    def are(self, place: int, word: str) -> Mask:
        """Return whether each cell of a column equals a word."""
        wanted = word.encode()
        found: Mask = self.sizes(place) == len(wanted)
        rows = np.flatnonzero(found)
        for offset, byte in enumerate(wanted):
            rows = rows[self._bytes[self.starts[rows, place] + offset] == byte]
        found[:] = False
        found[rows] = True
        return found

    def hold_substitution(self, place: int) -> Mask:
        """Return whether each cell of a column contains a `>`."""
        signs = np.flatnonzero(self._bytes == _GREATER)
        after = np.searchsorted(signs, self.starts[:, place])
        signs = np.append(signs, len(self.text))
        found: Mask = signs[after] < self.stops[:, place]
        return found

    def numbers(self, place: int) -> tuple[Integers, Mask]:
        """Return the numbers of a column, and which of its cells are plain numbers of at most nine digits."""
        starts, sizes = self.starts[:, place], self.sizes(place)
        values = np.zeros(len(self), dtype=np.int64)
        are = (sizes > 0) & (sizes <= _LONGEST_NUMBER)
        for offset in range(_LONGEST_NUMBER):
            within = are & (sizes > offset)
            if not within.any():
                break
            digits = self._bytes[np.where(within, starts + offset, 0)].astype(np.int64) - _ZERO
            are &= ~within | ((digits >= 0) & (digits <= 9))
            values = np.where(within, values * 10 + digits, values)
        return values, are


def find_table(folder: Path, name: str) -> Path:
    """Find a table in a folder: `<name>.txt.gz`, else `<name>.txt`.

    Raises:
        KnowledgeBaseError: the folder has neither.

    """
    for suffix in SUFFIXES:
        path = folder / f"{name}{suffix}"
        if path.is_file():
            return path
    raise KnowledgeBaseError(
        f"{name}.txt.gz is missing",
        path=folder,
        remedy="Download variant_summary, hgvs4variation and variation_allele from "
        "ftp.ncbi.nlm.nih.gov/pub/clinvar/tab_delimited to one folder",
    )


@contextlib.contextmanager
def open_table(
    path: Path, progress: Progress | None = None
) -> Iterator[tuple[TableFile, Iterator[RawChunk]]]:
    """Open a table (plain, gzip or BGZF); yield its header, and its data in chunks of some megabytes.

    Args:
        path: the table.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the table cannot be read, has no header or no data, or, while the chunks are read, is found
            to be damaged or truncated.

    """
    try:
        raw = WatchedFile(path)
    except OSError as error:
        raise KnowledgeBaseError(f"cannot be read ({error.strerror})", path=path) from error
    raw.advanced = counting(progress, f"reading {path.name}", path.stat().st_size)
    with io.BufferedReader(raw, _READ) as file:
        pieces = _Counted(_pieces(file, path))
        try:
            header, rest, first_line = _split_header(pieces, path)
        except (InputError, OSError) as error:
            raise _unreadable(error, path, pieces.lines + 1) from error
        if not header or not rest:
            what = "the table has no data" if header else "the table has no header, which starts with #"
            raise KnowledgeBaseError(what, path=path, remedy=_DOWNLOAD)
        names = [name.strip() for name in header.decode("utf-8", "replace").lstrip("#").split("\t")]
        columns = {name: place for place, name in reversed(list(enumerate(names)))}
        yield TableFile(path, columns, len(names)), _chunks(rest, pieces, first_line, path)


class _Counted:
    """Pieces of a text, with a count of the lines that ended in them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.lines = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self.lines += piece.count(b"\n")
        return piece


def _pieces(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield the decompressed text of a file in pieces."""
    first = file.read(_HEAD)
    file.seek(0)
    if is_bgzf(first):
        for block in read_blocks(file, path=str(path)):  # type: ignore[arg-type]
            yield inflate(block, path=str(path))
    elif first.startswith(b"\x1f\x8b"):
        yield from gunzip(file, path=str(path))  # type: ignore[arg-type]
    else:
        while piece := file.read(_READ):
            yield piece


def _unreadable(error: InputError | OSError, path: Path, line: int) -> KnowledgeBaseError:
    what = error.what if isinstance(error, InputError) else f"cannot be read ({error.strerror})"
    return KnowledgeBaseError(what, path=path, line=line, remedy=_DOWNLOAD)


def _split_header(pieces: Iterable[bytes], path: Path) -> tuple[bytes, bytes, int]:
    """Return the last comment line before the data, the data read with it, and the number of their first line."""
    text, header, number, start = b"", b"", 1, 0
    for piece in pieces:
        text += piece
        check_header(len(text), str(path))
        if number == 1:
            text = text.removeprefix(_BYTE_ORDER_MARK)
        while (end := text.find(b"\n", start) + 1) > 0:
            line = text[start:end].replace(b"\r", b"").rstrip(b"\n")
            if line and not line.startswith(b"#"):
                return header, text[start:], number
            header = line or header
            start, number = end, number + 1
    rest = text[start:]
    return (rest.replace(b"\r", b""), b"", number) if rest.startswith(b"#") else (header, rest, number)


def _chunks(text: bytes, pieces: _Counted, first_line: int, path: Path) -> Iterator[RawChunk]:
    """Yield the data of a table, cut after the first line end beyond a chunk's size."""
    gathered, size = [text], len(text)
    try:
        for piece in pieces:
            gathered.append(piece)
            size += len(piece)
            check_line(size - _CHUNK, str(path))
            if size < _CHUNK or (end := piece.rfind(b"\n") + 1) == 0:
                continue
            gathered[-1] = piece[:end]
            text = b"".join(gathered)
            yield RawChunk(text, first_line)
            first_line += text.count(b"\n")
            gathered, size = [piece[end:]], len(piece) - end
    except (InputError, OSError) as error:
        raise _unreadable(error, path, pieces.lines + 1) from error
    if text := b"".join(gathered):
        yield RawChunk(text, first_line)
