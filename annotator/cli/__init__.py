"""The command line: the only place that prints, exits and decides what a signal means.

Exit status: 0 complete; 1 error, nothing written; 2 wrong usage; 3 written, but some alleles could not be asked
about; 75 a job is not done yet, run again; 130 interrupted; 143 terminated; 141 the reader of the output went away.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import click

from annotator.cli.group import annotator
from annotator.errors import AnnotatorError, UnfinishedError, UsageError

__all__ = ["main"]

_UNFINISHED = 75  # EX_TEMPFAIL of sysexits.h: workflow managers try again later


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(_status(arguments))


def _status(arguments: Sequence[str] | None) -> int:
    try:
        # Not click's own `main`: it takes a reader that has gone for an error.
        words = sys.argv[1:] if arguments is None else list(arguments)
        with annotator.make_context("annotator", words) as context:
            annotator.invoke(context)
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: nothing was written", err=True)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        _forget_standard_output()
        return 128 + signal.SIGPIPE
    except UsageError as error:
        click.echo(f"ERROR: {error}", err=True)
        return 2
    except UnfinishedError as error:
        click.echo(f"NOT FINISHED: {error}", err=True)
        return _UNFINISHED
    except AnnotatorError as error:
        click.echo(f"ERROR: {error}", err=True)
        return 1
    return 0


def _terminated(number: int, _frame: object) -> None:
    # An exception, so that every open file is cleaned up on the way out.
    raise SystemExit(128 + number)


def _forget_standard_output() -> None:
    """Keep the interpreter from flushing to a reader that has gone."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
