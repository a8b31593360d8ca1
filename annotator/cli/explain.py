"""`annotator explain`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from annotator.assembly import Assembly
from annotator.explain.explain import explain
from annotator.explain.views import text_lines
from annotator.resolution import Match
from annotator.sources.civic.choice import DEFAULT, LADDER

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command("explain", no_args_is_help=True)
@click.argument("question", metavar="ALLELE|HGVS|rsID", nargs=-1, required=True)
@click.option(
    "--snapshot",
    envvar="ANNOTATOR_SNAPSHOT",
    type=_PATH,
    required=True,
    metavar="DIR",
    help="Snapshot that is asked (or ANNOTATOR_SNAPSHOT).",
)
@click.option(
    "--vcf", type=_PATH, metavar="FILE", help="Look for it here: what CSQ and ANN say of it counts."
)
@click.option(
    "--reference", type=_PATH, metavar="FASTA", help="Indexed FASTA: indels are left-aligned, REF is checked."
)
@click.option(
    "--assembly",
    type=click.Choice([a.value for a in Assembly]),
    help="Of the question, if it may not be the snapshot's; of the VCF, if its header does not tell.",
)
@click.option(
    "--civic-match",
    type=click.Choice([rung.value for rung in LADDER]),
    default=DEFAULT.lowest.value,
    show_default=True,
    help="Last rung of CIViC's ladder, as for annotate.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
def command(
    question: tuple[str, ...],
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

    \b
    Example:
      annotator explain chr7:140753336:A:T --snapshot GRCh38.snapshot --vcf tumour.vcf.gz
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    found = explain(
        " ".join(question),
        snapshot,
        vcf=vcf,
        reference=reference,
        assembly=None if assembly is None else Assembly(assembly),
        civic_match=Match(civic_match),
    )
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
        return
    for line in text_lines(found):
        click.echo(line)
