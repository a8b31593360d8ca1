"""Writes an output chunk by chunk, and rewrites chunks in the second pass; shared by both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from annotator.annotation.engines.base import Work, located, with_lines
from annotator.annotation.engines.second_pass import Remembered, Rewritable
from annotator.annotation.pending import Tally
from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.bgzf import EOF_BLOCK
from annotator.vcf.files import Output

__all__ = ["Written", "write_chunks"]

Item = TypeVar("Item")


class Written(NamedTuple):
    """Result of writing an output.

    Attributes:
        tally: counts of the whole input, after the second pass.
        is_rewritten: whether the second pass rewrote any chunk.

    """

    tally: Tally
    is_rewritten: bool


def write_chunks(
    work: Work,
    output: Output,
    chunks: Iterable[Item],
    annotated: Callable[[Iterable[Item]], Iterator[tuple[bytes, Tally]]],
    again: Callable[[Work], Callable[[Item], bytes]],
    *,
    head: bytes,
    is_blocked: bool,
    first_line: int | None,
) -> Written:
    """Write a header and all chunks.

    Args:
        work: the task.
        output: the output.
        chunks: chunks of the input.
        annotated: yields the output of each chunk, in order, and its counts.
        again: returns the function that annotates one chunk in the second pass.
        head: the header as written.
        is_blocked: whether the output consists of BGZF blocks.
        first_line: line number of the first record; None if records have no lines.

    Raises:
        InputError: a record is malformed; the error has its line.

    """
    tally = work.empty_tally()
    remembered = Remembered(chunks)
    with Rewritable[Item](output) as written:
        written.write(head)
        try:
            for data, part in annotated(remembered):
                written.write(data, remembered.answered(keep=part.pending.may_change_output))
                tally.add(part)
        except InputError as error:
            raise located(error, first_line, tally.summary.records) from error
        if is_blocked:
            written.write(EOF_BLOCK)
        tally.pending.kept = written.kept
        second = work.second_pass(tally.pending)
        written.finish(None if second is None or second.work is None else again(second.work))
    if second is not None:
        second.correct(tally.summary)
    return Written(with_lines(tally, first_line), written.is_rewritten)
