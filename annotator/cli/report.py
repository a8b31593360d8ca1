"""`annotator report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import FOLDER, PATH, option
from annotator.cli.report_options import view_options
from annotator.cli.screen import echo
from annotator.errors import UsageError
from annotator.runtime.text import counted

if TYPE_CHECKING:
    from annotator.report.writing import Views

__all__ = ["command"]


def _print_columns(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from annotator.report.tsv import NOTES, tsv_columns

        for column in tsv_columns():
            echo(f"{column.name}\t{column.description}")
        for note in NOTES:
            echo(f"# {note}")
        context.exit()


def _print_schema(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from annotator.report.json_ import schema_text

        echo(schema_text(), nl=False)
        context.exit()


@click.command(
    "report",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator report annotated.vcf.gz -o report.html --disease melanoma",),
)
@click.argument("vcf", nargs=-1, type=PATH, metavar="VCF…")
@view_options("-o", "--output", "--html", "--report")
@option(
    "--disease",
    default="",
    metavar="DISEASE",
    help="Patient's disease: a Disease Ontology number (DOID:8923), a name, an abbreviation (NSCLC) or a code "
    "(oncotree:SKCM). Default: the disease that the files were annotated for.",
)
@option(
    "--snapshot",
    type=FOLDER,
    metavar="DIR",
    help="Snapshot with which the files were annotated, to show the statements of CIViC's evidence. Default: the "
    "folder that `annotator snapshot pull` writes to, if it contains the release in the header.",
)
@option(
    "--no-tiers",
    is_flag=True,
    help="Do not suggest AMP/ASCO/CAP tiers for the patient's disease.",
)
@option(
    "--limit",
    default=5000,
    show_default=True,
    type=int,
    metavar="N",
    help="Maximum number of alleles in the HTML report.",
)
@option(
    "--tsv-columns", is_flag=True, is_eager=True, expose_value=False, callback=_print_columns,
    help="Print the columns of --tsv with their descriptions, and exit.",
)  # fmt: skip
@option(
    "--json-schema", is_flag=True, is_eager=True, expose_value=False, callback=_print_schema,
    help="Print the JSON Schema of --json, and exit.",
)  # fmt: skip
def command(
    vcf: tuple[Path, ...],
    views: Views | None,
    disease: str,
    snapshot: Path | None,
    no_tiers: bool,
    limit: int,
) -> None:
    """Write HTML, TSV, JSON or MultiQC reports of annotated files.

    VCF is a VCF or BCF file that `annotator annotate` wrote. Several files on the same assembly are combined in one
    report. The HTML report loads nothing from the network.
    """
    from annotator.report.writing import write_views

    if views is None:
        raise UsageError(
            "no output was requested", remedy="Use -o, --tsv, --xlsx, --json or --multiqc with a file name"
        )
    views = views._replace(disease=disease, limit=limit, has_tiers=not no_tiers, snapshot=snapshot)
    report = write_views(views, vcf, progress=console().progress())
    for warning in report.warnings:
        console().warn(f"{warning}.")
    sizes = (
        f"{counted(len(report.files), 'file')}, {counted(len(report.columns), 'sample')}, "
        f"{counted(len(report.alleles), 'matched allele')}"
    )
    console().say(
        f"{sizes}: {', '.join(map(str, views.paths))}",
        "sum",
        files=len(report.files),
        samples=len(report.columns),
        alleles=len(report.alleles),
    )
