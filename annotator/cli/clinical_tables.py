"""`annotator snapshot clinical-tables`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import FILE, FOLDER, THREADS, option
from annotator.vcf.files import STREAM, atomic_output

__all__ = ["command"]


@click.command(
    "clinical-tables",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator snapshot clinical-tables tab_delimited/ -o variants.jsonl",),
)
@click.argument("tables", type=FOLDER, metavar="DIR")
@option(
    "-o", "--output", default=STREAM, type=FILE, metavar="FILE", help="Output file; default: standard output."
)
@THREADS
def command(tables: Path, output: str, threads: int) -> None:
    """Derive NLM Clinical Tables records from ClinVar's tables.

    DIR contains variant_summary.txt.gz and hgvs4variation.txt.gz. The output has one line per
    VariationID, with a JSON object as the service of `--source clinvar=api` returns it (NLM Clinical Tables, variants
    v4). The objects are derived by the steps that NLM documents; no network is used.
    """
    from annotator.snapshot.clinvar.tables.service import service_records

    progress = console().progress(streams=output == STREAM)
    with atomic_output(output) as out:
        for record in service_records(tables, threads, progress=progress):
            out.file.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
