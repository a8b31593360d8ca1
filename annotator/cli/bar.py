"""Progress for people: as text, and as a bar on a terminal. Imported only for long tasks."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from itertools import repeat
from typing import Any

import click

from annotator.cli.screen import visible
from annotator.runtime.progress import Step, Unit

__all__ = ["Bar", "described"]

_WIDTH, _NARROWEST = 30, 8  # characters of the bar itself
_WORDS = 40  # characters of its frame and the text after it
_SHORTEST = 12  # characters of the text before it
_USUAL_COLUMNS = 80
_BIG = ("B", "kB", "MB", "GB", "TB")


class Bar:
    """A progress bar on standard error, if that is a terminal.

    Args:
        step: the first step to draw.

    """

    def __init__(self, step: Step) -> None:
        columns = _columns()
        label = _cut(visible(step.label), max(columns - _NARROWEST - _WORDS, _SHORTEST))
        self._words = ""
        self._bar: Any = click.progressbar(
            repeat(None),  # endless: each step states whether its length is known
            length=step.total,
            label=label,
            file=sys.stderr,
            width=max(min(columns - len(label) - _WORDS, _WIDTH), _NARROWEST),
            show_eta=False,
            show_percent=False,
            item_show_func=lambda _: self._words,
        )

    def draw(self, step: Step, rate: float | None, seconds_left: float | None) -> None:
        """Draw a step; the arguments are those of `described`."""
        self._words = described(step, rate, seconds_left, is_short=True)
        self._bar.length = step.total
        self._bar.finished = False
        self._bar.update(step.done - self._bar.pos)
        self._bar.render_progress()

    def end(self) -> None:
        """End the line of the bar, and restore the cursor."""
        self._bar.render_finish()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
    except OSError:
        return _USUAL_COLUMNS


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def described(step: Step, rate: float | None, seconds_left: float | None, *, is_short: bool = False) -> str:
    """Return the progress of a task as text.

    Args:
        step: the task's current step.
        rate: units per second; None if unknown.
        seconds_left: estimated seconds left; None if unknown.
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
