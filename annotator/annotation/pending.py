"""Data that a run keeps for its second pass: facts of single records that only the whole input can decide.

The counts of a run are in `summary`; this is its private state. The parts of a run are annotated separately, here or in
worker processes, and their data are combined in input order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from annotator.annotation.summary import Summary
from annotator.runtime.named_tuple import NamedTuple

if TYPE_CHECKING:
    from annotator.vcf.genotypes import CarriedRecord
    from annotator.vcf.structural import Breakend

__all__ = ["Pending", "Tally"]


class Pending:
    """Facts that require the whole input.

    Attributes:
        carriers: by CIViC's number of a variant that may be part of a combination profile, the samples that carry it,
            by their index among the columns; -1 if records have no genotypes.
        covered: likewise, for variants whose absence a profile requires, the samples in which a record covers their
            position.
        breakends: breakends whose mates may name other genes, if a source uses the genes of breakends.
        kept: byte ranges of the output (start inclusive, stop exclusive) with chunks that may be rewritten, in order.
        carried: records of which the chosen sample carries an ALT, in order; empty unless requested.

    """

    def __init__(
        self,
        carriers: Mapping[int, set[int]] | None = None,
        covered: Mapping[int, set[int]] | None = None,
        breakends: list[Breakend] | None = None,
    ) -> None:
        self.carriers: dict[int, set[int]] = dict(carriers or {})
        self.covered: dict[int, set[int]] = dict(covered or {})
        self.breakends: list[Breakend] = breakends or []
        self.kept: list[tuple[int, int]] = []
        self.carried: list[CarriedRecord] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pending) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Pending({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    @property
    def may_change_output(self) -> bool:
        """Whether the whole input may change results in this part."""
        return bool(self.carriers or self.breakends)

    def add(self, later: Pending, records: int) -> None:
        """Add the data of a later part of the same run; `records` is the number of records before that part."""
        for mine, theirs in ((self.carriers, later.carriers), (self.covered, later.covered)):
            for variant, samples in theirs.items():
                mine.setdefault(variant, set()).update(samples)
        self.breakends += later.breakends
        self.carried += [one._replace(number=one.number + records) for one in later.carried]


class Tally(NamedTuple):
    """The counts of a part of a run, and its data for the second pass."""

    summary: Summary
    pending: Pending

    def add(self, later: Tally) -> None:
        """Add the tally of a later part of the same run."""
        self.pending.add(later.pending, self.summary.records)
        self.summary.add(later.summary)
