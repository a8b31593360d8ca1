"""The options that say which views of a report are written, of `annotate` and `report` alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

import click

__all__ = ["view_options"]

R = TypeVar("R")

_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--tsv", type=_PATH, metavar="FILE", help="Table: a row per allele and CIViC entry."),
    click.option("--json", "json_", type=_PATH, metavar="FILE", help="JSON, by the schema that is shipped."),
    click.option("--multiqc", type=_PATH, metavar="FILE", help="MultiQC custom content: …_mqc.json."),
)


def view_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options; the command, which has an option `report` for the page itself, gets all as one `views`."""

    @wraps(command)
    def with_views(
        *,
        report: Path | None,
        tsv: Path | None,
        json_: Path | None,
        multiqc: Path | None,
        **others: object,
    ) -> R:
        from annotator.report.writing import Views

        return command(views=Views(report, tsv, json_, multiqc), **others)

    made: Callable[..., R] = with_views
    for option in reversed(_OPTIONS):
        made = option(made)
    return made
