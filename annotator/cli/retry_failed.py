"""`annotator retry-failed`."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.annotation.run import retry_failed
from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import PATH, option
from annotator.cli.outcome import print_outcome

__all__ = ["command"]


@click.command(
    "retry-failed", cls=Command, no_args_is_help=True, examples=("annotator retry-failed annotated.vcf.gz",)
)
@click.argument("output", type=PATH)
@option("--journal", type=PATH, metavar="FILE", help="Journal of the online run; default: OUTPUT.journal.")
def command(output: Path, journal: Path | None) -> None:
    """Retry the lookups that failed in an online run.

    OUTPUT is the file that `annotate --online` wrote; it is replaced. The input file of that run must still exist.
    Responses received earlier are read from the journal.
    """
    report = retry_failed(output, journal, console().progress())
    if report is None:
        console().say(f"{output}: no lookup had failed")
    else:
        print_outcome(report)
