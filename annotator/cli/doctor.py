"""`annotator doctor`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from annotator.assembly import Assembly
from annotator.doctor.diagnosis import Level, text_lines
from annotator.doctor.examine import examine

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command("doctor", no_args_is_help=True)
@click.argument("vcf", metavar="VCF")
@click.option(
    "--reference",
    type=_PATH,
    metavar="FASTA",
    help="Indexed FASTA: REF is compared, and whether indels stand leftmost; takes several times as long.",
)
@click.option(
    "--snapshot",
    envvar="ANNOTATOR_SNAPSHOT",
    type=_PATH,
    metavar="DIR",
    help="Snapshot to annotate from (or ANNOTATOR_SNAPSHOT): its assembly, and its age.",
)
@click.option(
    "--assembly", type=click.Choice([a.value for a in Assembly]), help="If the header does not tell."
)
@click.option(
    "--fix-command",
    is_flag=True,
    help="Only the bcftools lines that would mend it, to read or to pipe into sh.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
def command(
    vcf: str,
    reference: Path | None,
    snapshot: Path | None,
    assembly: str | None,
    fix_command: bool,
    as_json: bool,
) -> None:
    """Look at VCF before it is annotated: what would go wrong or be missed, and what to do about it.

    Its assembly, contigs and order, what its alleles and annotations are like, and with a FASTA whether REF agrees.

    Exit status: 0, or 1 if it cannot be annotated as it is.

    \b
    Example:
      annotator doctor tumour.vcf.gz --reference GRCh38.fa --snapshot GRCh38.snapshot
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    found = examine(
        vcf,
        reference=reference,
        snapshot=snapshot,
        assembly=None if assembly is None else Assembly(assembly),
        today=datetime.now(UTC).date(),
    )
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
    elif fix_command:
        for line in found.commands:
            click.echo(line)
        if not found.commands:
            click.echo("nothing that bcftools could mend", err=True)
    else:
        for line in text_lines(found):
            click.echo(line)
    if found.worst is Level.ERROR:
        click.get_current_context().exit(1)
