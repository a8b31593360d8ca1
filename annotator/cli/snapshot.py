"""`annotator snapshot` and its commands."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.assembly import Assembly
from annotator.cli import clinical_tables, diff, pull
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.folder import Snapshot
from annotator.snapshot.manifest import Manifest

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.group("snapshot", no_args_is_help=True)
def command() -> None:
    """Make and look at snapshots: releases of ClinVar and CIViC, stored for one assembly."""


command.add_command(clinical_tables.command)
command.add_command(diff.snapshot_command)
command.add_command(pull.command)


@command.command("build", no_args_is_help=True)
@click.option(
    "--assembly", type=click.Choice([a.value for a in Assembly]), required=True, help="Of all alleles."
)
@click.option("--clinvar", type=_PATH, metavar="VCF", help="ClinVar's VCF of that assembly.")
@click.option(
    "--clinvar-tables",
    type=_PATH,
    metavar="DIR",
    help="Folder with variant_summary.txt.gz, hgvs4variation.txt.gz and variation_allele.txt.gz: beside --clinvar, "
    "its indels are found by HGVS too; alone, all comes from them.",
)
@click.option(
    "--clinvar-release",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Date of the tables (YYYY-MM-DD), which they do not tell, where they stand alone.",
)
@click.option("--civic", type=_PATH, metavar="DIR", help="Folder with the files of a CIViC release.")
@click.option(
    "--reference",
    type=_PATH,
    metavar="FASTA",
    help="Indexed FASTA: CIViC's alleles are checked, and its indels left-aligned.",
)
@click.option(
    "--chain",
    type=_PATH,
    metavar="FILE",
    help="Chain file from the other assembly: CIViC's alleles are lifted.",
)
@click.option(
    "--caid-table",
    type=_PATH,
    metavar="TSV",
    help="Alleles by their CAID, from: annotator snapshot pull caid.",
)
@click.option(
    "--disease-ontology",
    type=_PATH,
    metavar="OBO",
    help="doid.obo: --disease tells broader and narrower ones.",
)
@click.option("-o", "--output", type=_PATH, required=True, metavar="SNAPSHOT", help="Folder to make.")
@click.option(
    "--retrieved",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="When the files were fetched (YYYY-MM-DD), for the record.",
)
@click.option("-@", "--threads", default=1, show_default=True, metavar="N", help="Worker processes.")
@click.option("--force", is_flag=True, help="Replace a snapshot of that name.")
def build(
    assembly: str,
    clinvar: Path | None,
    clinvar_tables: Path | None,
    clinvar_release: object,
    civic: Path | None,
    reference: Path | None,
    chain: Path | None,
    caid_table: Path | None,
    disease_ontology: Path | None,
    output: Path,
    retrieved: object,
    threads: int,
    force: bool,
) -> None:
    """Build a snapshot from files of ClinVar and CIViC.

    \b
    Example:
      annotator snapshot build --assembly GRCh38 --clinvar clinvar.vcf.gz --civic civic/ -o GRCh38.snapshot
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    manifest = build_snapshot(
        output,
        Assembly(assembly),
        clinvar=clinvar,
        clinvar_tables=clinvar_tables,
        clinvar_release=_date(clinvar_release),
        civic=civic,
        reference=reference,
        chain=chain,
        caid_table=caid_table,
        disease_ontology=disease_ontology,
        retrieved=_date(retrieved),
        threads=threads,
        replace=force,
    )
    for line in _described(manifest):
        click.echo(line, err=True)


def _date(moment: object) -> str | None:
    """ISO date of what click made of a date."""
    return None if moment is None else str(moment)[:10]


@command.command("info", no_args_is_help=True)
@click.argument("snapshot", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="The manifest as it is stored.")
def info(snapshot: Path, as_json: bool) -> None:
    """Tell what a snapshot holds and where it came from."""
    manifest = Snapshot.open(snapshot).manifest
    click.echo(manifest.to_json().rstrip() if as_json else "\n".join(_described(manifest)))


@command.command("verify", no_args_is_help=True)
@click.argument("snapshot", type=_PATH)
def verify(snapshot: Path) -> None:
    """Compare every file of a snapshot with its checksum."""
    Snapshot.open(snapshot).verify()
    click.echo(f"{snapshot}: every file is as it was built", err=True)


def _described(manifest: Manifest) -> list[str]:
    lines = [f"assembly: {manifest.assembly}"]
    for name, source in manifest.sources.items():
        lines.append(f"{name}: release {source.release}, from {source.origin}, {source.size:,} bytes")
        lines.append(f"  licence: {source.licence}")
        if source.origin_sha256:
            lines.append(f"  sha256 of the origin: {source.origin_sha256}")
        if source.retrieved is not None:
            lines.append(f"  retrieved: {source.retrieved}")
        lines += [f"  {what}: {count:,}" for what, count in source.counts.items()]
    return lines
