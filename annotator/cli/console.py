"""Messages on standard error: warnings, errors, the summary and progress.

    as text        sentences; for long tasks a progress bar on a terminal, otherwise a progress line from time to time
    --quiet        warnings and errors only
    --log-json     one JSON object per message and line, and no other output

Keys of an object: `time` (UTC), `level` (`info`, `warning`, `error`), `event` (what kind of message), `message` (the
sentence that the text would have), then the facts of the event, such as `records`, or of an error `path`, `line` and
`remedy`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import click

from annotator.cli.screen import echo
from annotator.errors import AnnotatorError, UsageError
from annotator.runtime.progress import Progress, Step

if TYPE_CHECKING:
    from annotator.cli.bar import Bar
    from annotator.cli.capture import Captured

__all__ = ["Console", "console"]

PERIOD = "ANNOTATOR_PROGRESS_SECONDS"
"""Environment variable: seconds before the first progress line, and between two; 30 if unset."""

Fact: TypeAlias = str | int | float | Mapping[str, int] | None

_PERIOD = 30.0
_PATIENCE = 0.5  # seconds that a task lasts before a bar is shown
_REDRAWN = 0.1  # seconds between two updates of a bar


class Console:
    """Output to standard error.

    Args:
        as_json: whether all messages are written as JSON.

    Attributes:
        as_json: whether all messages are written as JSON.
        is_quiet: whether only warnings and errors are printed.
        shows_progress: whether progress is printed.

    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.is_quiet = False
        self.shows_progress = True
        self._period = _PERIOD
        self._last_line = time.monotonic()
        self._task: _Task | None = None
        self._bar: Bar | None = None
        self._captured: Captured | None = None

    def read_environment(self) -> None:
        """Read the period between progress lines from the environment.

        Raises:
            UsageError: it is not a number of seconds.

        """
        text = os.environ.get(PERIOD) or _PERIOD
        try:
            self._period = float(text)
        except ValueError:
            raise UsageError(
                f"{PERIOD}={text} is not a number of seconds", remedy="Set a number of seconds, or unset it"
            ) from None

    def say(self, message: str, event: str = "note", **facts: Fact) -> None:
        """Print a message about normal progress, unless the console is quiet."""
        if not self.is_quiet:
            self._emit("info", event, "", message, facts)

    def warn(self, message: str, event: str = "warning", mark: str = "WARNING: ", **facts: Fact) -> None:
        """Print a warning; the arguments are those of `fail`."""
        self._emit("warning", event, mark, message, facts)

    def fail(self, message: str, event: str = "error", mark: str = "ERROR: ", **facts: Fact) -> None:
        """Print an error.

        Args:
            message: a sentence with its full stop.
            event: kind of message.
            mark: printed before the message in text output.
            facts: further values for JSON output.

        """
        self._emit("error", event, mark, message, facts)

    def fail_with(self, error: AnnotatorError, event: str = "error", mark: str = "ERROR: ") -> None:
        """Print an anticipated error."""
        self.fail(
            str(error),
            event,
            mark,
            kind=error.kind,
            type=type(error).__name__,
            path=error.path,
            line=error.line,
            remedy=error.remedy,
        )

    def _emit(self, level: str, event: str, mark: str, message: str, facts: Mapping[str, Fact]) -> None:
        self.end()
        if not self.as_json:
            echo(f"{mark}{message}", err=True)
            return
        line = _object(level, event, message, facts)
        if self._captured is None:
            echo(line, err=True)
        else:
            self._print_lines(self._captured)
            self._captured.write(line)

    def capture(self) -> None:
        """Allow only JSON on standard error until `close`."""
        from annotator.cli.capture import Captured

        self._captured = Captured.of_standard_error()

    def close(self) -> None:
        """End the line of a bar, print the remaining captured lines, and restore standard error."""
        self.end()
        captured, self._captured = self._captured, None
        if captured is not None:
            self._print_lines(captured)
            captured.close()

    def _print_lines(self, captured: Captured) -> None:
        for line in captured.lines():
            captured.write(_object("warning", "library", line, {}))

    # Progress

    def progress(self, *, streams: bool = False) -> Progress | None:
        """Return the function that shows progress; None if no progress is shown.

        Args:
            streams: whether the command writes to standard output. If that is a terminal, no bar is shown.

        """
        if not self.shows_progress or self.is_quiet or (streams and _is_terminal(sys.stdout)):
            return None
        return self._advance

    def _advance(self, step: Step) -> None:
        now = time.monotonic()
        if self._task is None or not self._task.is_continued_by(step):
            self.end()
            self._task = _Task(step, now)
        task = self._task
        task.step = step
        if self._draws_bars:
            is_due = self._bar is not None or now - task.began >= min(_PATIENCE, self._period)
            if is_due and (now - task.drawn >= min(_REDRAWN, self._period) or step.done == step.total):
                self._draw(task, now)
        elif now - self._last_line >= self._period:
            self._last_line = now
            self._write(task, now)

    @property
    def _draws_bars(self) -> bool:
        return not self.as_json and _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"

    def _draw(self, task: _Task, now: float) -> None:
        if self._bar is None:
            # Imported here: short tasks need no bar.
            from annotator.cli.bar import Bar

            self._bar = Bar(task.step)
        task.drawn = now
        self._bar.draw(task.step, task.rate(now), task.seconds_left(now))

    def _write(self, task: _Task, now: float) -> None:
        from annotator.cli.bar import described

        step, rate, left = task.step, task.rate(now), task.seconds_left(now)
        facts: dict[str, Fact] = {
            "label": step.label,
            "done": step.done,
            "total": step.total,
            "unit": step.unit,
        }
        if rate is not None:
            facts["per_second"] = round(rate, 3)
        if left is not None:
            facts["seconds_left"] = round(left)
        self._emit("info", "progress", "", f"{step.label}: {described(step, rate, left)}", facts)
        self._task = task

    def end(self) -> None:
        """End the line of a bar, so that the next message starts a new line."""
        task, self._task = self._task, None
        if self._bar is not None:
            bar, self._bar = self._bar, None
            if task is not None:
                now = time.monotonic()
                bar.draw(task.step, task.rate(now), task.seconds_left(now))
            bar.end()


class _Task:
    """A long task.

    Attributes:
        step: current step.
        began: start time, by a monotonic clock.
        drawn: time of the last drawing.

    """

    def __init__(self, step: Step, now: float) -> None:
        self.step = step
        self.began = now
        self.drawn = 0.0
        self._first = step.done  # a download may continue an earlier one

    def is_continued_by(self, step: Step) -> bool:
        return step.label == self.step.label and step.done >= self.step.done

    def rate(self, now: float) -> float | None:
        """Return the units per second since the start; None if unknown."""
        seconds, done = now - self.began, self.step.done - self._first
        return done / seconds if seconds > 0 and done > 0 else None

    def seconds_left(self, now: float) -> float | None:
        rate, (_, done, total, _) = self.rate(now), self.step
        return None if rate is None or total is None or done >= total else (total - done) / rate


def _object(level: str, event: str, message: str, facts: Mapping[str, Fact]) -> str:
    import json

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"time": now, "level": level, "event": event, "message": message, **facts})


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)  # a process may be started without standard streams
    return isatty is not None and bool(isatty())


def console() -> Console:
    """Return the console of the current command."""
    return click.get_current_context().ensure_object(Console)
