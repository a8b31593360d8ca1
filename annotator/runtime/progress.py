"""How far something is that takes long: what the library tells whoever started it, and never prints.

Whoever wants to know passes a function. It is called about once per megabyte, file or answer, never per record, and
what it does cannot change what is written.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

__all__ = ["Progress", "Step", "Unit", "counting"]


class Unit(enum.StrEnum):
    """Unit that progress is counted in."""

    BYTES = "bytes"
    ALLELES = "alleles"
    IDENTIFIERS = "identifiers"
    ENTRIES = "entries"
    SECONDS = "seconds"


class Step(NamedTuple):
    """How far a task is.

    Attributes:
        label: what is being done, such as `annotating tumour.vcf.gz`. A new label is a new task.
        done: how much of it, from its beginning.
        total: how much there is to do; None if that is not known, and it may grow.
        unit: what `done` and `total` count.

    """

    label: str
    done: int
    total: int | None
    unit: Unit


Progress: TypeAlias = Callable[[Step], None]
"""Called with every step, in the thread and process that started the task."""


def counting(
    progress: Progress | None, label: str, total: int | None, unit: Unit = Unit.BYTES
) -> Callable[[int], None]:
    """Return a function that adds to the amount done and reports the progress.

    Args:
        progress: called with every step; None for no progress report.
        label: name of the task.
        total: total amount; None if it is not known.
        unit: what is counted.

    """
    done = 0

    def advanced(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(Step(label, done, total, unit))

    return advanced
