"""What every engine is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from annotator.annotation.pipeline import Pipeline
from annotator.annotation.summary import Summary
from annotator.errors import InputError
from annotator.vcf.detection import AssemblyVerdict
from annotator.vcf.files import Output
from annotator.vcf.header import Header, HeaderEdit

__all__ = ["Engine", "Work", "located", "with_lines"]


class Work(Protocol):
    """What an engine is to do: decided before the first record, and handed to worker processes."""

    @property
    def verdict(self) -> AssemblyVerdict:
        """Assembly of the input."""
        ...

    @property
    def edit(self) -> HeaderEdit:
        """The header of the output, and which INFO keys are written and removed."""
        ...

    def empty_summary(self) -> Summary:
        """Give the counts of no records."""
        ...

    def annotator(self) -> Pipeline:
        """Make an annotator that does what was decided."""
        ...


class Engine(Protocol):
    """Reads one input and writes it with INFO added: the same records, in the same order.

    Attributes:
        header: of the input.

    """

    header: Header

    @property
    def used_keys(self) -> Mapping[str, int]:
        """INFO keys of its first records, declared or not, and the 1-based line where each is first used."""
        ...

    def run(self, plan: Work, output: Output) -> Summary:
        """Write the whole output; give the counts.

        Raises:
            InputError: the input is cut off or malformed.

        """
        ...


def located(error: InputError, first_line: int | None, records: int) -> InputError:
    """Count an error's line from the start of the input: a worker counts from the start of its chunk.

    Args:
        error: the worker's error.
        first_line: 1-based number of the first record's line, None where it is not known.
        records: number of records before the chunk.

    """
    if error.line is None:
        return error
    line = None if first_line is None else first_line + records + error.line - 1
    return type(error)(error.what, path=error.path, line=line, remedy=error.remedy)


def with_lines(summary: Summary, first_line: int | None) -> Summary:
    """Count the line of the first mismatch from the start of the input, as `located` does."""
    mismatch = summary.first_ref_mismatch
    if mismatch is not None and mismatch.line is not None:
        line = None if first_line is None else first_line + mismatch.line - 1
        summary.first_ref_mismatch = mismatch._replace(line=line)
    return summary
