"""Options for the views of a report, shared by `annotate` and `report`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

from annotator.cli.options import PATH, option, with_options

__all__ = ["view_options"]

R = TypeVar("R")

_SAMPLES = tuple(
    option(*declarations, name, multiple=True, metavar="SAMPLE", help=help_, section="Reports")
    for declarations, name, help_ in (
        (
            ("--tumour", "--tumor"),
            "tumours",
            "Name of a tumour sample, if the header and the sample names do not show it; can be repeated.",
        ),
        (
            ("--normal",),
            "normals",
            "Name of a sample of normal tissue, if the header and the sample names do not show it; can be repeated.",
        ),
    )
)

_DATE = option(
    "--report-date",
    default="",
    metavar="DATE",
    help="Date to print on the HTML report, as YYYY-MM-DD. Default: no date.",
    section="Reports",
)

_TABLES = tuple(
    option(*declarations, type=PATH, metavar="FILE", help=help_, section="Reports")
    for declarations, help_ in (
        (("--tsv",), "Write a table with one row per allele and CIViC or CGI entry."),
        (("--json", "json_"), "Write the report as JSON (schema: `annotator report --json-schema`)."),
        (
            ("--xlsx",),
            "Write the table as an Excel workbook; gene names do not become dates (needs `pip install "
            "vcf-annotator[xlsx]`).",
        ),
        (("--multiqc",), "Write MultiQC custom content; the file name must end in _mqc.json."),
    )
)


def view_options(*html: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Return a decorator that adds the options; the command gets all of them as one argument, `views`.

    Args:
        html: names of the option of the HTML report.

    """
    page = option(
        *html,
        "html",
        type=PATH,
        metavar="FILE",
        help="Write a self-contained HTML report.",
        section="Reports",
    )

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        @wraps(command)
        def with_views(
            *,
            html: Path | None,
            tsv: Path | None,
            json_: Path | None,
            multiqc: Path | None,
            xlsx: Path | None,
            tumours: tuple[str, ...],
            normals: tuple[str, ...],
            report_date: str,
            **others: object,
        ) -> R:
            if not any((html, tsv, json_, multiqc, xlsx)):
                return command(views=None, **others)
            from annotator.report.writing import Views

            views = Views(
                html,
                tsv,
                json_,
                multiqc,
                tumours=tumours,
                normals=normals,
                xlsx=xlsx,
                report_date=report_date,
            )
            return command(views=views, **others)

        return with_options(with_views, (page, *_TABLES, *_SAMPLES, _DATE))

    return decorate
