"""Inserts changed lines into a chunk; in a BGZF chunk, only the affected blocks are compressed again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.bgzf import Octets, deflate

__all__ = ["Edit", "Piece", "spliced", "spliced_blocks"]


class Edit(NamedTuple):
    """Bytes of a text, from `start` to before `stop`, and their replacement."""

    start: int
    stop: int
    new: bytes


class Piece(NamedTuple):
    """Bytes of a text, from `start` to before `stop`, and the BGZF block that contains exactly these, if any."""

    start: int
    stop: int
    block: Octets | None


def spliced(text: bytes, edits: Sequence[Edit], start: int = 0, stop: int | None = None) -> bytes:
    """Return part of a text with edits applied.

    Args:
        text: the text.
        edits: in order, not overlapping, all within the part.
        start: start of the part.
        stop: end of the part (exclusive); None for the end of the text.

    """
    parts: list[bytes] = []
    for edit in edits:
        parts += (text[start : edit.start], edit.new)
        start = edit.stop
    parts.append(text[start:stop])
    return b"".join(parts)


def spliced_blocks(text: bytes, edits: Sequence[Edit], pieces: Sequence[Piece], level: int) -> bytes:
    """Return a text with edits applied, as BGZF blocks; blocks without an edit are copied.

    Args:
        text: the text.
        edits: in order, without overlaps.
        pieces: the whole text, in order.
        level: compression level of the affected blocks.

    """
    out: list[Octets] = []
    for run in _runs(edits, pieces):
        if run.block is not None:
            out.append(run.block)
        else:
            out.append(deflate(spliced(text, run.edits, run.start, run.stop), level))
    return b"".join(out)


class _Run(NamedTuple):
    start: int
    stop: int
    block: Octets | None
    edits: Sequence[Edit]


def _runs(edits: Sequence[Edit], pieces: Sequence[Piece]) -> Iterator[_Run]:
    """Merge neighbouring pieces that are changed or have no block of their own; yield the others unchanged."""
    start = None
    first = edit = 0
    for piece in pieces:
        touched = edit < len(edits) and edits[edit].start < piece.stop
        if piece.block is not None and not touched:
            if start is not None:
                yield _Run(start, piece.start, None, edits[first:edit])
                start = None
            yield _Run(piece.start, piece.stop, piece.block, ())
            continue
        if start is None:
            start, first = piece.start, edit
        # An edit that extends into the next piece remains current, and thus affects that piece too.
        while edit < len(edits) and edits[edit].stop <= piece.stop:
            edit += 1
    if start is not None:
        yield _Run(start, pieces[-1].stop, None, edits[first:])
