"""Reference bases of many positions at once, from a memory map of a FASTA and its index.

The index states where a sequence starts in the file and how long its lines are, so that the offset of a base is
arithmetic. For a FASTA in BGZF, the blocks that contain the offsets are decompressed, each once per call.
"""

from __future__ import annotations

import io
import mmap
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.errors import FastaError, InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.bgzf import inflate, next_block
from annotator.vcf.scan import PLAIN, Bytes, Integers, Mask

__all__ = ["FastaBytes"]

Offsets: TypeAlias = NDArray[np.uint64]

_UPPER = np.uint8(0xDF)
_ANEW = "Create the FASTA file and its index again: bgzip, then samtools faidx {}"
_LARGEST_BLOCK = 1 << 16  # bytes of a BGZF block, compressed
_LONGEST = 64
"""Longest REF in bases that is compared here; lines with a longer one are examined separately."""


class _Entry(NamedTuple):
    """A line of a FASTA index: length of the sequence in bases, offset of the first, bases and bytes per line."""

    length: int
    offset: int
    line_bases: int
    line_bytes: int

    @property
    def stop(self) -> int:
        """Return the offset after the last base."""
        lines, inside = divmod(max(self.length - 1, 0), self.line_bases)
        return self.offset + lines * self.line_bytes + inside + 1


class FastaBytes:
    """The bytes of an indexed FASTA.

    Args:
        path: path of the FASTA, plain or BGZF; its index (`.fai`, and `.gzi` for BGZF) is beside it.

    Raises:
        FastaError: the FASTA or an index cannot be read.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[int, Bytes] = (-1, np.zeros(0, dtype=np.uint8))
        try:
            self._entries = dict(map(_entry, Path(f"{path}.fai").read_text().splitlines()))
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._blocks = _blocks(path) if mapped[:2] == b"\x1f\x8b" else None
            if self._blocks is None and max(entry.stop for entry in self._entries.values()) > len(mapped):
                raise ValueError("the file is shorter than its index states")
        except (OSError, ValueError, TypeError) as error:
            raise FastaError(
                f"the FASTA file or its index cannot be read ({error})",
                path=path,
                remedy=f"Create the index again with: samtools faidx {path}",
            ) from error
        self._data = np.frombuffer(mapped, dtype=np.uint8)

    def agreeing(
        self, name: str | None, positions: Integers, text: bytes, refs: Integers, lengths: Integers
    ) -> Mask:
        """Return which REFs certainly agree with the sequence, ignoring case.

        Not included are a REF that differs, that is too long to be compared here, that extends beyond the sequence, or
        that covers an ambiguity code of the sequence.

        Args:
            name: name of the sequence in the FASTA; None if the FASTA lacks the sequence.
            positions: 1-based position of the first base of each REF.
            text: bytes that contain the REFs.
            refs: offsets of the REFs in the text.
            lengths: lengths of the REFs; 0 for one that is not compared.

        """
        entry = None if name is None else self._entries.get(name)
        if entry is None:
            return np.zeros(positions.size, dtype=bool)
        good: Mask = (lengths >= 1) & (lengths <= _LONGEST) & (positions >= 1)
        good &= positions + lengths - 1 <= entry.length
        # The bases of all these REFs, concatenated; most have one base.
        sizes = np.where(good, lengths, 0)
        rows = np.repeat(np.arange(sizes.size), sizes)
        steps = np.arange(rows.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        lines, inside = np.divmod(positions[rows] - 1 + steps, entry.line_bases)
        found = self._at(entry.offset + lines * entry.line_bytes + inside)
        same = (
            (found & _UPPER) == (np.frombuffer(text, dtype=np.uint8)[refs[rows] + steps] & _UPPER)
        ) & PLAIN[found]
        good[rows[~same]] = False
        return good

    def _at(self, offsets: Integers) -> Bytes:
        """Return the bytes at offsets of the uncompressed FASTA; 0 beyond its end."""
        if self._blocks is None:
            return _taken(self._data, offsets)
        found = np.zeros(offsets.size, dtype=np.uint8)
        numbers = np.searchsorted(self._blocks[:, 1], offsets.astype(np.uint64), side="right") - 1
        for number in np.unique(numbers):
            rows = np.flatnonzero(numbers == number)
            found[rows] = _taken(self._block(int(number)), offsets[rows] - int(self._blocks[number, 1]))
        return found

    def _block(self, number: int) -> Bytes:
        """Return the data of a BGZF block; the last one is cached, because neighbouring chunks share a block."""
        if number != self._last[0]:
            assert self._blocks is not None
            start = int(self._blocks[number, 0])
            piece = io.BytesIO(self._data[start : start + _LARGEST_BLOCK].tobytes())
            try:
                block = inflate(next_block(piece, start, str(self._path)), path=str(self._path))
            except InputError as error:
                raise FastaError(error.what, path=self._path, remedy=_ANEW.format(self._path)) from error
            self._last = number, np.frombuffer(block, dtype=np.uint8)
        return self._last[1]


def _taken(data: Bytes, offsets: Integers) -> Bytes:
    """Return the bytes at offsets; 0 beyond the end."""
    if offsets.size and int(offsets.max()) < data.size:
        return data[offsets]
    inside = np.minimum(offsets, data.size - 1)
    return np.where(offsets < data.size, data[inside], 0).astype(np.uint8)


def _entry(line: str) -> tuple[str, _Entry]:
    name, *numbers = line.split("\t")
    entry = _Entry(*map(int, numbers[:4]))
    if entry.line_bases < 1:
        raise ValueError(f"lines of {entry.line_bases} bases in the index")
    return name, entry


def _blocks(path: Path) -> Offsets:
    """Return the start of each BGZF block, one row per block: in the file, and in the uncompressed data."""
    index = np.fromfile(f"{path}.gzi", dtype="<u8")
    pairs = index[1:].reshape(-1, 2)
    if not index.size or pairs.shape[0] != index[0]:
        raise ValueError("the index of its blocks (.gzi) is damaged")
    return np.concatenate((np.zeros((1, 2), dtype=np.uint64), pairs))
