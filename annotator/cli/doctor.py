"""`annotator doctor`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from annotator.annotation.options import AnnotateOptions
from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import AS_JSON, ASSEMBLY, FILE, declared, option, snapshot_option
from annotator.cli.screen import echo
from annotator.doctor.diagnosis import Level, text_lines
from annotator.doctor.examine import examine
from annotator.variants.assembly import Assembly

__all__ = ["command"]

_REFERENCE = declared(
    AnnotateOptions,
    "reference",
    section="Options",
    help="Indexed FASTA file to check REF and to find indels that are not left-aligned (several times slower).",
)[0]


@click.command(
    "doctor",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator doctor tumour.vcf.gz --snapshot GRCh38.snapshot",),
)
@click.argument("vcf", metavar="VCF", type=FILE)
@_REFERENCE
@snapshot_option("Snapshot to check for its assembly and its age")
@ASSEMBLY
@option(
    "--fix-command",
    is_flag=True,
    help="Print only the bcftools commands that repair the file.",
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
    """Check a VCF or BCF file before it is annotated.

    The checks cover assembly, contigs, sort order, alleles and annotations. With --reference, REF is compared with the
    FASTA file.

    Exit status: 0, or 1 if the file must be repaired before it can be annotated.
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
        echo(json.dumps(found.to_json(), indent=2))
    elif fix_command:
        for line in found.commands:
            echo(line)
        if not found.commands:
            console().say("nothing to fix")
    else:
        for line in text_lines(found):
            echo(line)
    if found.worst is Level.ERROR:
        click.get_current_context().exit(1)
