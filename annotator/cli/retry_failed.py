"""`annotator retry-failed`."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.cli.outcome import tell
from annotator.run import retry_failed

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command("retry-failed", no_args_is_help=True)
@click.argument("output", type=_PATH)
@click.option("--journal", type=_PATH, metavar="FILE", help="Of that run; default: OUTPUT.journal.")
def command(output: Path, journal: Path | None) -> None:
    """Ask again what `annotate --online` got no answer for, and write OUTPUT anew.

    The input must still be there. What was answered is taken from the journal. A run that was stopped goes on.

    \b
    Example:
      annotator retry-failed annotated.vcf.gz
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    report = retry_failed(output, journal)
    if report is None:
        click.echo(f"{output}: nothing had failed", err=True)
    else:
        tell(report)
