"""`annotator report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import PATH, option
from annotator.cli.report_options import view_options
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.report.writing import Views

__all__ = ["command"]


def _tell_columns(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from annotator.report.tsv import NOTES, tsv_columns

        for column in tsv_columns():
            click.echo(f"{column.name}\t{column.description}")
        for note in NOTES:
            click.echo(f"# {note}")
        context.exit()


def _tell_schema(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from annotator.report.json_ import schema_text

        click.echo(schema_text(), nl=False)
        context.exit()


@click.command(
    "report",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator report annotated.vcf.gz -o report.html --disease melanoma",),
)
@click.argument("vcf", nargs=-1, type=PATH, metavar="VCF…")
@option("-o", "--output", "report", type=PATH, metavar="FILE", help="HTML page, one file.", section="Reports")
@view_options
@option(
    "--disease",
    default="",
    metavar="NAME",
    help="Of the headline's therapies: words of its name, or DOID:1909; default: as annotated.",
)
@option(
    "--limit",
    default=5000,
    show_default=True,
    type=int,
    metavar="N",
    help="Alleles that the page holds at most.",
)
@option(
    "--tsv-columns", is_flag=True, is_eager=True, expose_value=False, callback=_tell_columns,
    help="Tell the columns of --tsv.",
)  # fmt: skip
@option(
    "--json-schema", is_flag=True, is_eager=True, expose_value=False, callback=_tell_schema,
    help="Tell the JSON Schema of --json.",
)  # fmt: skip
def command(vcf: tuple[Path, ...], views: Views, disease: str, limit: int) -> None:
    """Show what annotated files say: a page for people, tables for programs.

    VCF is a VCF or BCF that `annotator annotate` wrote, or several of one assembly: samples and alleles are then
    shown together. The page asks nothing of the network.
    """
    from annotator.report.writing import write_views

    if not views.paths:
        raise UsageError("nothing is to be written", remedy="Name a file with -o, --tsv, --json or --multiqc")
    report = write_views(views._replace(disease=disease, limit=limit), vcf, progress=console().progress())
    sizes = f"{len(report.files):,} files, {len(report.columns):,} samples, {len(report.alleles):,} matched alleles"
    console().say(
        f"{sizes}: {', '.join(map(str, views.paths))}",
        "sum",
        files=len(report.files),
        samples=len(report.columns),
        alleles=len(report.alleles),
    )
