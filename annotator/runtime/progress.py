"""Progress of long tasks, reported to a function of the caller; the library never prints it.

The function is called about once per megabyte, file or response, never per record, and cannot change the output.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeAlias

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Progress", "Step", "Unit", "counting"]


class Unit(enum.StrEnum):
    """Unit that progress is counted in."""

    BYTES = "bytes"
    ALLELES = "alleles"
    IDENTIFIERS = "identifiers"
    ENTRIES = "entries"
    SECONDS = "seconds"


class Step(NamedTuple):
    """State of a task.

    Attributes:
        label: description of the task, such as `annotating tumour.vcf.gz`. A new label means a new task.
        done: amount done since the task began.
        total: total amount; None if unknown; it may grow.
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
        total: total amount; None if unknown.
        unit: what is counted.

    """
    done = 0

    def advanced(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(Step(label, done, total, unit))

    return advanced
