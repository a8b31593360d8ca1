"""The command line: the only part that prints, exits and handles signals.

Exit status: 0 complete; 1 error, nothing written; 2 wrong usage; 3 written, but some lookups failed; 75 a job is not
finished yet, run again; 130 interrupted; 143 terminated; 141 the reader closed the output.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence

import click

from annotator.cli.console import Console
from annotator.cli.group import ASKED_BY_SHELL, annotator
from annotator.errors import AnnotatorError, OutputError, UnfinishedError, UsageError
from annotator.runtime.blas import spare_blas_threads
from annotator.runtime.finished import ended, forget_finished
from annotator.runtime.os_errors import remedy_of, why

__all__ = ["main", "run"]

_UNFINISHED = 75  # EX_TEMPFAIL of sysexits.h: workflow managers retry later


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _terminated)
    spare_blas_threads()
    if ASKED_BY_SHELL in os.environ:
        from annotator.cli.completion import completed

        sys.exit(completed(os.environ[ASKED_BY_SHELL]))
    status = run(sys.argv[1:] if arguments is None else arguments)
    gc.freeze()  # the process ends soon: collecting garbage would take longer than a panel's records
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    forget_finished()
    words = list(arguments)
    # Usage errors are reported as JSON too, and they occur before any option is read.
    console = Console(as_json="--log-json" in words)
    if console.as_json:
        console.capture()
    try:
        return _status(words, console)
    except _Terminated as request:
        console.fail(ended("terminated"), "interrupted", mark="")
        return request.status
    finally:
        console.close()


def _status(words: list[str], console: Console) -> int:
    try:
        console.read_environment()
        # Not click's own `main`, which treats a closed pipe as an error.
        with annotator.make_context("annotator", words, obj=console) as context:
            annotator.invoke(context)
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        _print_usage(error, console)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        console.fail(ended("interrupted"), "interrupted", mark="")
        return 128 + signal.SIGINT
    except BrokenPipeError:
        _forget_standard_output()
        return 128 + signal.SIGPIPE
    except UsageError as error:
        console.fail_with(error, "usage")
        return 2
    except UnfinishedError as error:
        console.fail_with(error, "unfinished", mark="NOT FINISHED: ")
        return _UNFINISHED
    except AnnotatorError as error:
        console.fail_with(error)
        if isinstance(error, OutputError) and sys.stdout is not None:
            _forget_standard_output()
        return 1
    except OSError as error:
        where = None if error.filename is None else os.fsdecode(error.filename)
        console.fail_with(
            AnnotatorError(f"cannot be used ({why(error)})", path=where, remedy=remedy_of(error))
        )
        return 1
    except MemoryError:
        console.fail_with(
            AnnotatorError("no memory is left", remedy="Use fewer workers (-@ 1), or request more memory")
        )
        return 1
    except Exception as error:  # noqa: BLE001  # the last place that can say what happened
        _report_crash(error, words, console)
        return 1
    return 0


def _print_usage(error: click.ClickException, console: Console) -> None:
    if not console.as_json:
        console.end()
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = None if context is None else context.command_path
    console.fail(error.format_message(), "usage", kind="usage", type=type(error).__name__, command=command)


def _report_crash(error: Exception, words: list[str], console: Console) -> None:
    """Print one line about an unexpected error, and write a report that is safe to send."""
    from annotator.cli.crash import described, write_report

    if os.environ.get("ANNOTATOR_DEBUG"):
        raise error
    report = write_report(error, words)
    where = (
        ""
        if report is None
        else f" Please send the report {report} to the developers; it does not contain your data."
    )
    console.fail(
        f"unexpected error, which is a bug in annotator: {described(error)}. No output was written.{where}",
        "crash",
        kind="crash",
        type=type(error).__name__,
        report=None if report is None else str(report),
    )


def _terminated(number: int, _frame: object) -> None:
    # An exception, so that every open file is cleaned up.
    raise _Terminated(128 + number)


class _Terminated(SystemExit):
    """A scheduler or `kill` wants this process to end."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _forget_standard_output() -> None:
    """Prevent the interpreter from flushing at its end to a closed pipe or a full device."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
