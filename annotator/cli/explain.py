"""`annotator explain`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import AS_JSON, PATH, option, reference_option, snapshot_option
from annotator.explain.explain import explain
from annotator.explain.views import text_lines
from annotator.result import Match
from annotator.sources.civic.choice import DEFAULT, LADDER
from annotator.variants.assembly import Assembly

__all__ = ["command"]


@click.command(
    "explain",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator explain chr7:140753336:A:T --snapshot GRCh38.snapshot --vcf tumour.vcf.gz",),
)
@click.argument("query", metavar="ALLELE|HGVS|rsID", nargs=-1, required=True)
@snapshot_option("Snapshot that is asked", required=True)
@option("--vcf", type=PATH, metavar="FILE", help="Look for it here: what CSQ and ANN say of it counts.")
@reference_option("indels are left-aligned, REF is checked.")
@option(
    "--assembly",
    type=click.Choice([a.value for a in Assembly]),
    help="Of the query, if it may not be the snapshot's; of the VCF, if its header does not tell.",
)
@option(
    "--civic-match",
    type=click.Choice([rung.value for rung in LADDER]),
    default=DEFAULT.lowest.value,
    show_default=True,
    help="Last rung of CIViC's ladder, as for annotate.",
)
@AS_JSON
def command(
    query: tuple[str, ...],
    snapshot: Path,
    vcf: Path | None,
    reference: Path | None,
    assembly: str | None,
    civic_match: str,
    as_json: bool,
) -> None:
    """Tell why an allele is annotated as it is, or not at all.

    What was asked and how it was normalised, each rung of the ladders and why it matched or not, what stands close by,
    and which releases were asked. An allele is contig:POS:REF:ALT.
    """
    found = explain(
        " ".join(query),
        snapshot,
        vcf=vcf,
        reference=reference,
        assembly=None if assembly is None else Assembly(assembly),
        civic_match=Match(civic_match),
        progress=console().progress(),
    )
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
        return
    for line in text_lines(found):
        click.echo(line)
