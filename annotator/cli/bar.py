"""How far something is, for people: as words, and as a bar on a terminal. Loaded only when something takes long."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from itertools import repeat
from typing import Any

import click

from annotator.runtime.progress import Step, Unit

__all__ = ["Bar", "described"]

_WIDTH, _NARROWEST = 30, 8  # characters of the bar itself
_WORDS = 40  # of its frame and what stands after it
_SHORTEST = 12  # of what stands before it
_USUAL_COLUMNS = 80
_BIG = ("B", "kB", "MB", "GB", "TB")


class Bar:
    """A bar on the terminal that standard error is.

    Args:
        step: the first to be drawn.

    """

    def __init__(self, step: Step) -> None:
        columns = _columns()
        label = _cut(step.label, max(columns - _NARROWEST - _WORDS, _SHORTEST))
        self._words = ""
        self._bar: Any = click.progressbar(
            repeat(None),  # endless: whether its length is known is told with each step
            length=step.total,
            label=label,
            file=sys.stderr,
            width=max(min(columns - len(label) - _WORDS, _WIDTH), _NARROWEST),
            show_eta=False,
            show_percent=False,
            item_show_func=lambda _: self._words,
        )

    def draw(self, step: Step, rate: float | None, seconds_left: float | None) -> None:
        """Show a step; the arguments are those of `described`."""
        self._words = described(step, rate, seconds_left, is_short=True)
        self._bar.length = step.total
        self._bar.finished = False
        self._bar.update(step.done - self._bar.pos)
        self._bar.render_progress()

    def end(self) -> None:
        """End its line, and give the cursor back."""
        self._bar.render_finish()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
    except OSError:
        return _USUAL_COLUMNS


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def described(step: Step, rate: float | None, seconds_left: float | None, *, is_short: bool = False) -> str:
    """Return how far a task has come, as text.

    Args:
        step: the task's current step.
        rate: units per second; None while it is not known.
        seconds_left: estimated seconds left; None while they are not known.
        is_short: whether to show only the percentage, if it is known.

    >>> described(Step("reading", 450_000, 1_000_000, Unit.BYTES), 50_000.0, 11.0)
    '45 % of 1.0 MB, 50.0 kB/s, 0:00:11 left'
    >>> described(Step("asking", 120, None, Unit.ALLELES), 10.0, None)
    '120 alleles, 10/s'
    """
    if step.unit is Unit.SECONDS:
        return f"{timedelta(seconds=step.done)}"
    parts = [_share(step) if is_short and step.total else _amount(step)]
    if rate is not None:
        parts.append(f"{_bytes(rate)}/s" if step.unit is Unit.BYTES else f"{_number(rate)}/s")
    if seconds_left is not None:
        parts.append(f"{timedelta(seconds=round(seconds_left))} left")
    return ", ".join(parts)


def _share(step: Step) -> str:
    return f"{step.done * 100 // (step.total or 1)} %"


def _amount(step: Step) -> str:
    if step.unit is Unit.BYTES:
        return f"{_share(step)} of {_bytes(step.total)}" if step.total else _bytes(step.done)
    of = "" if step.total is None else f" of {step.total:,}"
    return f"{step.done:,}{of} {step.unit}"


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _bytes(count: float) -> str:
    power = 0
    while count >= 1000 and power < len(_BIG) - 1:
        count /= 1000
        power += 1
    return f"{count:.{int(power > 0)}f} {_BIG[power]}"
