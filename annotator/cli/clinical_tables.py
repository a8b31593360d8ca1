"""`annotator snapshot clinical-tables`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from annotator.vcf.files import STREAM, atomic_output

__all__ = ["command"]


@click.command("clinical-tables", no_args_is_help=True)
@click.argument("tables", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "-o", "--output", default=STREAM, metavar="FILE", help="Where to; standard output if not given."
)
@click.option("-@", "--threads", default=1, show_default=True, metavar="N", help="Worker processes.")
def command(tables: Path, output: str, threads: int) -> None:
    """Make the records of NLM's Clinical Tables service (variants v4) from ClinVar's tables, without asking it.

    DIR holds variant_summary.txt.gz and hgvs4variation.txt.gz. One JSON object per line and VariationID, by the
    steps that the service's page describes: what its API answers from.
    """
    from annotator.snapshot.clinvar_tables.service import service_records

    with atomic_output(output) as out:
        for record in service_records(tables, threads):
            out.file.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
