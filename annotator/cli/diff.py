"""`annotator diff` and `annotator snapshot diff`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import AS_JSON, FILE, FOLDER, PATH, option, with_options
from annotator.cli.screen import echo
from annotator.diff.comparison import Comparison, FailOn
from annotator.diff.files import compare_files
from annotator.diff.snapshots import compare_snapshots
from annotator.diff.views import DiffPage, json_lines, summary_lines, table_lines
from annotator.vcf.files import atomic_output

__all__ = ["DIFFERENT", "command", "snapshot_command"]

DIFFERENT = 4
"""Exit status if there is a change of a kind in `--fail-on`."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        option(
            "--fail-on",
            callback=_fail_on,
            shell_complete=_complete_fail_on,
            metavar="KIND,…",
            help="Exit with status 4 if there are changes of these kinds: worse (towards pathogenic or "
            "oncogenic), level-a (new level A evidence), vanished (record or evidence removed), any.",
        ),
        option("--html", type=PATH, metavar="FILE", help="Also write the comparison as an HTML page."),
        AS_JSON,
    )
    return with_options(function, options)


def _complete_fail_on(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{one}" for one in FailOn if one.startswith(last)]


def _fail_on(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[FailOn, ...]:
    words = [word.strip() for word in (value or "").split(",") if word.strip()]
    for word in words:
        if word not in set(FailOn):
            raise click.BadParameter(f"unknown kind of change {word!r}; known kinds are {', '.join(FailOn)}")
    return tuple(map(FailOn, words))


@click.command(
    "diff",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator diff march.vcf.gz june.vcf.gz --fail-on worse,level-a",),
)
@click.argument("before", metavar="A", type=FILE)
@click.argument("after", metavar="B", type=FILE)
@_options
def command(before: str, after: str, fail_on: Sequence[FailOn], html: Path | None, as_json: bool) -> None:
    """Compare two annotated files and list what changed.

    A is the older file, B the newer one. The table goes to standard output, the summary to standard error.

    Exit status: 0, or 4 if a change of a kind in --fail-on was found.
    """
    _print_comparison(
        compare_files(before, after, fail_on, console().progress(streams=True)), html, as_json=as_json
    )


@click.command(
    "diff",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator snapshot diff march.snapshot june.snapshot --html changes.html --fail-on any",),
)
@click.argument("before", metavar="A", type=FOLDER)
@click.argument("after", metavar="B", type=FOLDER)
@_options
def snapshot_command(
    before: Path, after: Path, fail_on: Sequence[FailOn], html: Path | None, as_json: bool
) -> None:
    """Compare two snapshots and list what changed.

    Changes are listed per ClinVar allele and per CIViC variant. The table goes to standard output, the summary to
    standard error.

    Exit status: 0, or 4 if a change of a kind in --fail-on was found.
    """
    _print_comparison(
        compare_snapshots(before, after, fail_on, console().progress(streams=True)), html, as_json=as_json
    )


def print_changes(before: Path, after: Path, *, as_json: bool) -> None:
    """Print the changes from one snapshot to another."""
    _print_comparison(
        compare_snapshots(before, after, (), console().progress(streams=True)), None, as_json=as_json
    )


def _print_comparison(comparison: Comparison, html: Path | None, *, as_json: bool) -> None:
    page = None if html is None else DiffPage()
    if page is not None:
        comparison = comparison._replace(changes=page.watched(comparison.changes))
    for line in json_lines(comparison) if as_json else table_lines(comparison):
        echo(line)
    if page is not None and html is not None:
        with atomic_output(str(html)) as output:
            output.file.write(page.html(comparison).encode("utf-8", "xmlcharrefreplace"))
    _print_summary(comparison)
    if comparison.tally.alarming:
        click.get_current_context().exit(DIFFERENT)


def _print_summary(comparison: Comparison) -> None:
    tally = comparison.tally
    *lines, last = summary_lines(comparison)
    for line in lines:
        console().say(line)
    console().say(
        last,
        "sum",
        changes=tally.changes,
        worse=tally.worse,
        level_a=tally.level_a,
        alarming=tally.alarming,
        compared=tally.compared,
        left_out=tally.left_out,
    )
