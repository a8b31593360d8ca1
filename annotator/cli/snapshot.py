"""`annotator snapshot` and its commands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from annotator.cli import clinical_tables, diff, pull
from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import (
    ALLELES_ASSEMBLY,
    FOLDER,
    FORCE,
    NEW_SNAPSHOT,
    PATH,
    THREADS,
    option,
    with_civic_options,
)
from annotator.cli.pull_options import pull_options, pull_options_of
from annotator.cli.screen import echo
from annotator.errors import UsageError
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.civic.options import CivicOptions
from annotator.snapshot.folder import Snapshot, verify_files
from annotator.snapshot.manifest import Manifest, StoredSource
from annotator.variants.assembly import Assembly

__all__ = ["command"]

_CUSTOM = "Your own files"


@click.group("snapshot", cls=Group, no_args_is_help=True)
def command() -> None:
    """Download, build, inspect, verify and compare snapshots.

    A snapshot is a folder with releases of ClinVar and CIViC for one assembly.
    """


command.add_command(clinical_tables.command)
command.add_command(diff.snapshot_command)
command.add_command(pull.command)


@command.command(
    "build",
    no_args_is_help=True,
    examples=(
        "annotator snapshot build --assembly GRCh38 --clinvar clinvar.vcf.gz --civic civic/ -o GRCh38.snapshot",
        "annotator snapshot build --assembly GRCh38 --clinvar clinvar.vcf.gz --vcf gnomad=gnomad.vcf.gz "
        "--vcf-fields gnomad:AF,nhomalt --bed panel=panel.bed -o GRCh38.snapshot",
    ),
)
@ALLELES_ASSEMBLY
@NEW_SNAPSHOT
@FORCE
@THREADS
@option(
    "--retrieved",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Date on which the files were downloaded (YYYY-MM-DD), recorded in the manifest.",
)
@option("--clinvar", type=PATH, metavar="VCF", help="ClinVar's VCF file for the assembly.", section="ClinVar")
@option(
    "--clinvar-tables",
    type=FOLDER,
    metavar="DIR",
    help="Folder with ClinVar's tables variant_summary, hgvs4variation and variation_allele (.txt.gz), used with "
    "--clinvar to match indels by HGVS and to write CLNSV, or instead of --clinvar.",
    section="ClinVar",
)
@option(
    "--clinvar-release",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Release date of ClinVar's tables (YYYY-MM-DD), required without --clinvar.",
    section="ClinVar",
)
@option(
    "--civic",
    type=FOLDER,
    metavar="DIR",
    help="Folder with the TSV files of one CIViC release.",
    section="CIViC",
)
@option(
    "--vcf",
    multiple=True,
    metavar="NAME=FILE",
    help="VCF or BCF file to use as a knowledge base NAME, for example gnomad=gnomad.vcf.gz; can be repeated. "
    "Its INFO fields are written as NAME_FIELD. Use --reference to find indels in any representation.",
    section=_CUSTOM,
)
@option(
    "--vcf-fields",
    multiple=True,
    metavar="NAME:FIELD,...",
    help="INFO fields (or ID, QUAL, FILTER) of a --vcf file to keep, for example gnomad:AF,nhomalt,AC.",
    section=_CUSTOM,
)
@option(
    "--bed",
    multiple=True,
    metavar="NAME=FILE",
    help="BED or bedGraph file. The names or values of the regions that an ALT overlaps are written to the INFO field "
    "NAME. Can be repeated.",
    section=_CUSTOM,
)
@with_civic_options
def build(
    assembly: str,
    clinvar: Path | None,
    clinvar_tables: Path | None,
    clinvar_release: object,
    civic: Path | None,
    vcf: tuple[str, ...],
    vcf_fields: tuple[str, ...],
    bed: tuple[str, ...],
    civic_options: CivicOptions,
    output: Path,
    retrieved: object,
    threads: int,
    force: bool,
) -> None:
    """Build a snapshot from release files and your own files.

    The files are ClinVar's VCF or tables, a CIViC release, and any VCF or BED files.
    """
    manifest = build_snapshot(
        output,
        Assembly(assembly),
        clinvar=clinvar,
        clinvar_tables=clinvar_tables,
        clinvar_release=_date(clinvar_release),
        civic=civic,
        civic_options=civic_options,
        vcf=_named("--vcf", vcf, "=", "gnomad=gnomad.vcf.gz"),
        vcf_fields={
            name: fields.split(",")
            for name, fields in _named("--vcf-fields", vcf_fields, ":", "gnomad:AF,AC").items()
        },
        bed=_named("--bed", bed, "=", "panel=panel.bed"),
        retrieved=_date(retrieved),
        threads=threads,
        replace=force,
        progress=console().progress(),
    )
    console().say(_first_line(manifest), "sum", assembly=manifest.assembly)
    for name, source in manifest.sources.items():
        first, *more = _lines_of(name, source)
        release, size = source.release, source.size
        console().say(first, "source", source=name, release=release, bytes=size, counts=source.counts)
        for line in more:
            console().say(line)
        for warning in source.warnings:
            console().warn(f"{warning}.")


def _named(flag: str, values: Iterable[str], sign: str, example: str) -> dict[str, str]:
    """Return the values of options of the form `NAME=VALUE`, by name.

    Raises:
        UsageError: one has another form, or a name is used twice.

    """
    named: dict[str, str] = {}
    for text in values:
        name, found, value = text.partition(sign)
        if not found or not name or not value:
            raise UsageError(f"{flag} {text} has no name or no value", remedy=f"Write it as {flag} {example}")
        if name in named:
            raise UsageError(f"{flag} names {name} twice", remedy="Use every name once")
        named[name] = value
    return named


def _date(moment: object) -> str | None:
    """Return the ISO date of click's date."""
    return None if moment is None else str(moment)[:10]


@command.command(
    "update",
    no_args_is_help=True,
    examples=(
        "annotator snapshot update GRCh38.snapshot",
        "annotator snapshot update GRCh38.snapshot --only clinvar",
    ),
)
@click.argument("snapshot", type=FOLDER)
@pull_options
@option("--json", "as_json", is_flag=True, help="Print the changes as JSON, one object per line.")
def update(snapshot: Path, as_json: bool, **pulled: Any) -> None:
    """Download newer releases and print what changed.

    The snapshot is replaced in a single step: running jobs continue to use the old one. A knowledge base without a
    newer release is kept as it is. The changes are printed in the format of `annotator snapshot diff`. The layout of a
    mirror is described in the help of annotator snapshot pull.
    """
    from annotator.snapshot.pull.everything import update_snapshot

    def compared(before: Path, after: Path) -> None:
        diff.print_changes(before, after, as_json=as_json)

    changed = update_snapshot(
        snapshot, pull_options_of(pulled), progress=console().progress(streams=True), compare=compared
    )
    manifest = Manifest.read(snapshot)
    for name, source in manifest.sources.items():
        state = "updated to" if name in changed else "up to date with"
        console().say(f"{snapshot}: {name} {state} release {source.release}", "sum", source=name)


@command.command("info", no_args_is_help=True, examples=("annotator snapshot info GRCh38.snapshot",))
@click.argument("snapshot", type=FOLDER)
@option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
def info(snapshot: Path, as_json: bool) -> None:
    """Show the releases, counts and origin of a snapshot."""
    manifest = Snapshot.open(snapshot).manifest
    echo(manifest.to_json().rstrip() if as_json else "\n".join(_described(manifest)))


@command.command("verify", no_args_is_help=True, examples=("annotator snapshot verify GRCh38.snapshot",))
@click.argument("snapshot", type=FOLDER)
def verify(snapshot: Path) -> None:
    """Compare every file of a snapshot with its checksum."""
    # Checksums are compared first: opening a damaged store would only advise to verify it.
    verify_files(snapshot, Manifest.read(snapshot), console().progress())
    Snapshot.open(snapshot)
    console().say(f"{snapshot}: all checksums match", "sum")


def _described(manifest: Manifest) -> list[str]:
    lines = [line for name, source in manifest.sources.items() for line in _lines_of(name, source)]
    warnings = [f"WARNING: {warning}." for source in manifest.sources.values() for warning in source.warnings]
    return [_first_line(manifest), *lines, *warnings]


def _first_line(manifest: Manifest) -> str:
    return f"assembly: {manifest.assembly}"


_LEFT_OUT = {
    "missing": "records without an ALT",
    "same_as_reference": "records with an ALT equal to REF",
    "symbolic": "records with a symbolic ALT",
    "spanning_deletion": "records with the ALT *",
    "breakend": "records with a breakend",
    "ambiguous_bases": "records with an ambiguity code or N in REF or ALT",
    "not_a_sequence": "records with letters that are not bases in REF or ALT",
    "unknown_contig": "records on contigs that are not part of the assembly",
    "allele has another record": "records of an allele that has another record",
}
"""Records of ClinVar that a snapshot does not contain, by their reason in the manifest."""


def _shown_count(what: str) -> str:
    kind, separator, reason = what.partition(": ")
    return f"{kind}{separator}{_LEFT_OUT.get(reason, reason)}"


def _lines_of(name: str, source: StoredSource) -> list[str]:
    lines = [f"{name}: release {source.release}, from {source.origin}, {source.size:,} bytes"]
    lines.append(f"  licence: {source.licence}")
    if source.origin_sha256:
        lines.append(f"  SHA-256 of the source files: {source.origin_sha256}")
    lines.append(f"  SHA-256 of the file in the snapshot: {source.sha256}")
    if source.retrieved is not None:
        lines.append(f"  retrieved: {source.retrieved}")
    lines += [f"  {_shown_count(what)}: {count:,}" for what, count in source.counts.items()]
    if source.account is not None:
        lines.append(
            f"  evidence items of the release ({sum(source.account.values()):,}) by the strictest level at which "
            "their variants can be matched:"
        )
        lines += [f"    {what}: {count:,}" for what, count in source.account.items()]
    return lines
