"""The options that say which views of a report are written, of `annotate` and `report` alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

from annotator.cli.options import PATH, option, with_options

__all__ = ["view_options"]

R = TypeVar("R")

_OPTIONS = tuple(
    option(*declarations, type=PATH, metavar="FILE", help=help_, section="Reports")
    for declarations, help_ in (
        (("--tsv",), "Table: a row per allele and entry of CIViC, CGI."),
        (("--json", "json_"), "JSON, by the schema that is shipped."),
        (("--multiqc",), "MultiQC custom content: …_mqc.json."),
    )
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

    return with_options(with_views, _OPTIONS)
