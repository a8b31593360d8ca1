"""The contract of every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from annotator.annotation.pending import Pending, Tally
from annotator.annotation.pipeline import Pipeline
from annotator.annotation.summary import Summary
from annotator.errors import InputError
from annotator.result import Failed, Found, Result
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.source import Combinations
from annotator.vcf.detection import AssemblyVerdict
from annotator.vcf.files import Output
from annotator.vcf.header import Header, HeaderEdit

__all__ = ["Correction", "Engine", "SecondPass", "Work", "located", "with_lines"]


class Work(Protocol):
    """The task of an engine: decided before the first record, and sent to worker processes."""

    @property
    def verdict(self) -> AssemblyVerdict:
        """Assembly of the input."""
        ...

    @property
    def edit(self) -> HeaderEdit:
        """The header of the output, and which INFO keys are written and removed."""
        ...

    def empty_tally(self) -> Tally:
        """Return the counts of an empty input."""
        ...

    def second_pass(self, pending: Pending) -> SecondPass | None:
        """Return the changes that the whole input requires; None if no record waits for them."""
        ...

    def annotator(self) -> Pipeline:
        """Make the annotator for this task."""
        ...


class Correction(NamedTuple):
    """A result that the whole input changes: that of a breakend whose mate names another gene.

    Attributes:
        knowledge_base: knowledge base of the result.
        before: status word of the result that was counted.
        after: the final result.

    """

    knowledge_base: str
    before: str
    after: Result[Any]


class SecondPass(NamedTuple):
    """Changes that follow from the whole input.

    Attributes:
        work: task for the kept chunks; None if they are unchanged.
        combinations: CIViC's combination profiles that the samples satisfy.
        corrections: results that differ from those counted.

    """

    work: Work | None
    combinations: Combinations
    corrections: Sequence[Correction] = ()

    def correct(self, summary: Summary) -> None:
        """Apply the corrections to the counts."""
        summary.combinations_complete = len(self.combinations.complete)
        summary.combinations_partial = self.combinations.partial
        for knowledge_base, before, after in self.corrections:
            words = summary.answers.get(knowledge_base, Counter())
            words[before] -= 1
            words[after.word] += 1
            if isinstance(after, Failed):
                summary.failures[after.reason] += 1
            if before == "unsupported" and isinstance(after, Found):
                summary.unsupported.subtract(["breakend"])
        summary.unsupported = +summary.unsupported


class Engine(Protocol):
    """Reads one input and writes it with INFO added: the same records, in the same order.

    Attributes:
        header: header of the input.

    """

    header: Header

    @property
    def used_keys(self) -> Mapping[str, int]:
        """INFO keys of its first records, declared or not, and the 1-based line where each is first used."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return warnings about the input after it was read, as sentences without full stops."""
        ...

    def run(self, plan: Work, output: Output) -> Tally:
        """Write the whole output; return the counts, and the data kept for the second pass.

        Raises:
            InputError: the input is truncated or malformed.

        """
        ...


def located(error: InputError, first_line: int | None, records: int) -> InputError:
    """Return an error with its line counted from the start of the input: a worker counts from the start of its chunk.

    Args:
        error: the worker's error.
        first_line: 1-based number of the first record's line, None if unknown.
        records: number of records before the chunk.

    """
    if error.line is None:
        return error
    line = None if first_line is None else first_line + records + error.line - 1
    return type(error)(error.what, path=error.path, line=line, remedy=error.remedy)


def with_lines(tally: Tally, first_line: int | None) -> Tally:
    """Return a tally whose first mismatch has its line counted from the start of the input, as `located` does."""
    summary = tally.summary
    mismatch = summary.first_ref_mismatch
    if mismatch is not None and mismatch.line is not None:
        line = None if first_line is None else first_line + mismatch.line - 1
        summary.first_ref_mismatch = mismatch._replace(line=line)
    return tally
