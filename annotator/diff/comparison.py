"""Two sides of a comparison, their changes, and counts of these.

Changes are generated one by one, in genomic order: two years of ClinVar have hundreds of thousands, which are never in
memory at once.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from annotator.diff.changes import Change, ChangeKind, Direction
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Comparison", "FailOn", "Side", "Tally"]


class FailOn(enum.StrEnum):
    """Changes that are reported by the exit status.

    `worse`: a classification moved towards pathogenic or oncogenic, or such a record is new. `level-a`: new CIViC
    evidence of level A, or evidence that reached it. `vanished`: a record or an evidence item was removed. `any`: any
    change.
    """

    WORSE = "worse"
    LEVEL_A = "level-a"
    VANISHED = "vanished"
    ANY = "any"

    def concerns(self, change: Change) -> bool:
        """Return whether a change is of this kind."""
        if self is FailOn.WORSE:
            return change.direction is Direction.WORSE
        if self is FailOn.LEVEL_A:
            return _reached_level_a(change)
        if self is FailOn.VANISHED:
            return change.kind in {ChangeKind.VANISHED, ChangeKind.GONE_EVIDENCE}
        return True


def _reached_level_a(change: Change) -> bool:
    if change.level != "A" or change.kind is ChangeKind.GONE_EVIDENCE:
        return False
    return not change.before.startswith("level A:")


class Side(NamedTuple):
    """One of the two compared sides.

    Attributes:
        name: name of the file or folder, without its path.
        releases: release by knowledge base.

    """

    name: str
    releases: dict[str, str]


@dataclass
class Tally:
    """Counts of changes.

    Attributes:
        kinds: number of changes by knowledge base and kind.
        worse: number of changes for the worse.
        level_a: number of new evidence of level A.
        compared: number of alleles or variants that were compared, by knowledge base.
        left_out: number of alleles or variants that could not be compared, by reason.
        alarming: number of changes of the kinds that are reported by the exit status.

    """

    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    worse: int = 0
    level_a: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    alarming: int = 0

    @property
    def changes(self) -> int:
        """Number of changes."""
        return self.kinds.total()

    def counted(self, changes: Iterator[Change], fail_on: Collection[FailOn] = ()) -> Iterator[Change]:
        """Count changes while they are generated."""
        for change in changes:
            self.kinds[change.knowledge_base, change.kind] += 1
            self.worse += FailOn.WORSE.concerns(change)
            self.level_a += FailOn.LEVEL_A.concerns(change)
            self.alarming += any(one.concerns(change) for one in fail_on)
            yield change


class Comparison(NamedTuple):
    """Two sides and their changes.

    Attributes:
        before: the older side.
        after: the newer side.
        assembly: assembly of both sides.
        changes: the changes, as an iterator.
        tally: their counts, complete after the last change.
        notes: warnings for the user, as sentences without full stops.

    """

    before: Side
    after: Side
    assembly: str
    changes: Iterator[Change]
    tally: Tally
    notes: tuple[str, ...] = ()
