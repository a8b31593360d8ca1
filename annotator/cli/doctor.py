"""`annotator doctor`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import AS_JSON, FILE, assembly_option, option, reference_option, snapshot_option
from annotator.doctor.diagnosis import Level, text_lines
from annotator.doctor.examine import examine
from annotator.variants.assembly import Assembly

__all__ = ["command"]


@click.command(
    "doctor",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator doctor tumour.vcf.gz --snapshot GRCh38.snapshot",),
)
@click.argument("vcf", metavar="VCF", type=FILE)
@reference_option("REF is compared, and whether indels stand leftmost; takes several times as long.")
@snapshot_option("Snapshot to annotate from, for its assembly and its age")
@assembly_option()
@option(
    "--fix-command",
    is_flag=True,
    help="Only the bcftools lines that would mend it, to read or to pipe into sh.",
)
@AS_JSON
def command(
    vcf: str,
    reference: Path | None,
    snapshot: Path | None,
    assembly: str | None,
    fix_command: bool,
    as_json: bool,
) -> None:
    """Tell what would go wrong with a VCF, and what to do about it.

    Looked at are its assembly, contigs and order, what its alleles and annotations are like, and with a FASTA whether
    REF agrees.

    Exit status: 0, or 1 if it cannot be annotated as it is.
    """
    found = examine(
        vcf,
        reference=reference,
        snapshot=snapshot,
        assembly=None if assembly is None else Assembly(assembly),
        today=datetime.now(UTC).date(),
        progress=console().progress(),
    )
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
    elif fix_command:
        for line in found.commands:
            click.echo(line)
        if not found.commands:
            console().say("nothing that bcftools could mend")
    else:
        for line in text_lines(found):
            click.echo(line)
    if found.worst is Level.ERROR:
        click.get_current_context().exit(1)
