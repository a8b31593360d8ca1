"""`annotator snapshot pull`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import (
    ALLELES_ASSEMBLY,
    ASSEMBLY_NAME,
    CA_BUNDLE,
    FOLDER,
    FORCE,
    NEW_SNAPSHOT,
    PATH,
    THREADS,
    option,
    with_civic_options,
)
from annotator.cli.pull_options import pull_options, pull_options_of
from annotator.errors import AnnotatorError, UsageError
from annotator.runtime.text import counted
from annotator.sources.registry import title_of
from annotator.variants.assembly import Assembly

if TYPE_CHECKING:
    from annotator.snapshot.civic.options import CivicOptions
    from annotator.snapshot.manifest import Manifest

__all__ = ["command"]


@click.group(
    "pull",
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=True,
    examples=(
        "annotator snapshot pull --assembly GRCh38",
        "annotator snapshot pull --assembly GRCh38 -o GRCh38.snapshot --release 2026-02-26",
    ),
)
@option(
    "--assembly", type=ASSEMBLY_NAME, help="Assembly of the snapshot; required unless a subcommand is used."
)
@option(
    "-o",
    "--output",
    type=FOLDER,
    metavar="SNAPSHOT",
    help="Snapshot folder to create; default: the folder in which annotate looks for a snapshot of that assembly.",
)
@pull_options
@FORCE
def command(assembly: str | None, output: Path | None, force: bool, **pulled: Any) -> None:
    """Download ClinVar and CIViC and build a snapshot.

    The snapshot also contains the Disease Ontology. The checksum of ClinVar's files is verified. If the command is
    interrupted, run it again: it resumes where it stopped.

    A mirror must have a folder clinvar/ with the layout of https://ftp.ncbi.nlm.nih.gov/pub/clinvar, and a folder
    civic/ with the layout of https://civicdb.org/downloads. --mirror civic=URL also accepts a GraphQL service.

    The subcommands download only ClinVar or only CIViC, with more options, or a table of ClinGen alleles.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    if assembly is None:
        raise UsageError("no assembly was selected", remedy="Use --assembly GRCh37 or --assembly GRCh38")
    # Imported here: only this command needs aiohttp.
    from annotator.snapshot.default import default_snapshot_path
    from annotator.snapshot.pull.everything import pull_snapshot

    target = output or default_snapshot_path(Assembly(assembly))
    with _kept(target, None):
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        manifest = pull_snapshot(
            target, assembly, pull_options_of(pulled), replace=force, progress=console().progress()
        )
    for name, source in manifest.sources.items():
        if "alleles" in source.counts:
            _print_summary(manifest, name, target)


@command.command(
    "clinvar",
    no_args_is_help=True,
    examples=("annotator snapshot pull clinvar --assembly GRCh38 -o GRCh38.snapshot",),
)
@ALLELES_ASSEMBLY
@NEW_SNAPSHOT
@option("--release", metavar="YYYYMMDD", help="Date of ClinVar's VCF release; default: the newest.")
@option(
    "--tables",
    is_flag=True,
    help="Also download ClinVar's three tables (1 GB), to match indels by HGVS and to list overlapping copy-number "
    "records.",
)
@option(
    "--mirror",
    metavar="URL",
    envvar="ANNOTATOR_CLINVAR_MIRROR",
    help="Address of a mirror of ClinVar; default: https://ftp.ncbi.nlm.nih.gov/pub/clinvar.",
)
@option(
    "--keep",
    type=FOLDER,
    metavar="DIR",
    help="Folder in which to keep downloaded files; files already in it are used.",
)
@CA_BUNDLE
@THREADS
@FORCE
def clinvar(
    assembly: str,
    output: Path,
    release: str | None,
    tables: bool,
    mirror: str | None,
    keep: Path | None,
    ca_bundle: Path | None,
    threads: int,
    force: bool,
) -> None:
    """Download ClinVar from NCBI and build a snapshot.

    The checksum of the download is verified. If the command is interrupted, run it again: it resumes where it
    stopped.
    """
    # Imported here: only this command needs aiohttp.
    from annotator.snapshot.pull.clinvar import CLINVAR, pull_clinvar

    with _kept(output, keep):
        manifest = pull_clinvar(
            output,
            assembly,
            release=release,
            tables=tables,
            mirror=mirror or CLINVAR,
            keep=keep,
            threads=threads,
            replace=force,
            progress=console().progress(),
            ca_bundle=ca_bundle,
        )
    _print_summary(manifest, "clinvar", output)


@command.command(
    "civic",
    no_args_is_help=True,
    examples=(
        "annotator snapshot pull civic --assembly GRCh37 -o GRCh37.snapshot",
        "annotator snapshot pull civic --assembly GRCh38 -o GRCh38.snapshot --update --chain hg19ToHg38.over.chain.gz",
        "annotator snapshot pull civic --assembly GRCh37 -o 2024.snapshot --from files --release 2024-08-01",
    ),
)
@ALLELES_ASSEMBLY
@NEW_SNAPSHOT
@option(
    "--from",
    "way",
    type=click.Choice(["graphql", "v1", "files"]),
    default="graphql",
    show_default=True,
    help="Source of CIViC: its GraphQL service, the V1 API of a mirror, or the files of a dated release.",
)
@option(
    "--url",
    metavar="URL",
    envvar="ANNOTATOR_CIVIC_URL",
    help="Address of the service, or of a mirror of https://civicdb.org/downloads.",
)
@option("--release", metavar="YYYY-MM-DD", help="Date of the release for --from files; default: the newest.")
@option(
    "--civic-status",
    "statuses",
    type=click.Choice(["accepted", "accepted+submitted"]),
    default="accepted",
    show_default=True,
    help="Status of the evidence items and assertions to include.",
)
@option(
    "--civic-key-file",
    type=PATH,
    metavar="FILE",
    help="File that contains only a CIViC API key; default: the environment variable CIVIC_API_KEY, if set.",
)
@option(
    "--civic-rate",
    type=float,
    metavar="N",
    help="Maximum number of requests per second; default: 3 without an API key.",
)
@option(
    "--keep", type=FOLDER, metavar="DIR", help="Folder in which to keep the responses or downloaded files."
)
@option("--update", is_flag=True, help="Replace CIViC in an existing snapshot and keep the rest of it.")
@CA_BUNDLE
@FORCE
@with_civic_options
def civic(
    assembly: str,
    output: Path,
    way: str,
    url: str | None,
    release: str | None,
    statuses: str,
    civic_key_file: Path | None,
    civic_rate: float | None,
    keep: Path | None,
    update: bool,
    ca_bundle: Path | None,
    force: bool,
    civic_options: CivicOptions,
) -> None:
    """Download CIViC and build a snapshot.

    If the command is interrupted, run it again: it resumes where it stopped.
    """
    from annotator.snapshot.pull.civic import pull_civic

    with _kept(output, keep):
        manifest = pull_civic(
            output,
            assembly,
            way=way,
            url=url,
            statuses=statuses,
            release=release,
            key_file=civic_key_file,
            keep=keep,
            options=civic_options,
            update=update,
            replace=force,
            progress=console().progress(),
            limits={} if civic_rate is None else {"requests_per_second": civic_rate},
            ca_bundle=ca_bundle,
        )
    _print_summary(manifest, "civic", output)


@command.command(
    "caid", no_args_is_help=True, examples=("annotator snapshot pull caid --civic civic/ -o caid.tsv",)
)
@option(
    "--civic",
    type=FOLDER,
    required=True,
    metavar="DIR",
    help="Folder with the TSV files of one CIViC release.",
)
@option("-o", "--output", type=PATH, required=True, metavar="TSV", help="Table to write.")
@option(
    "--url",
    metavar="URL",
    envvar="ANNOTATOR_REGISTRY_URL",
    help="Address of the registry; default: https://reg.clinicalgenome.org.",
)
@option(
    "--rate",
    type=float,
    default=5.0,
    show_default=True,
    metavar="N",
    help="Maximum number of requests per second.",
)
@CA_BUNDLE
@FORCE
def caid(
    civic: Path, output: Path, url: str | None, rate: float, ca_bundle: Path | None, force: bool
) -> None:
    """Look up CIViC's alleles in the ClinGen Allele Registry.

    The output contains the positions of the alleles in both assemblies; use it with `snapshot build --caid-table`.
    About 800 requests are sent. If the command is interrupted, run it again: it resumes where it stopped.
    """
    from annotator.net import HttpLimits
    from annotator.snapshot.pull.caids import REGISTRY, pull_caid

    limits = HttpLimits(requests_per_second=rate, connections=2)
    with _kept(output, None):
        pulled = pull_caid(
            output,
            civic,
            url=url or REGISTRY,
            limits=limits,
            progress=console().progress(),
            replace=force,
            ca_bundle=ca_bundle,
        )
    console().say(
        f"{output}: {counted(pulled.requested, 'CAID')} looked up, {pulled.placed:,} with a position, "
        f"{pulled.unknown:,} not found",
        "sum",
        asked=pulled.requested,
        placed=pulled.placed,
        unknown=pulled.unknown,
    )


@contextmanager
def _kept(output: Path, keep: Path | None) -> Iterator[None]:
    """Print where the files of an interrupted download are kept."""
    from annotator.snapshot.pull.clinvar import pull_folder

    try:
        yield
    except (AnnotatorError, KeyboardInterrupt):
        folder = pull_folder(output)
        if keep is None and folder.exists():
            console().say(f"the download so far is kept in {folder}", "kept", path=str(folder))
        raise


def _print_summary(manifest: Manifest, knowledge_base: str, output: Path) -> None:
    source = manifest.sources[knowledge_base]
    alleles = source.counts["alleles"]
    console().say(
        f"{output}: {title_of(knowledge_base)} {source.release}, {manifest.assembly}, "
        f"{counted(alleles, 'allele')}",
        "sum",
        source=knowledge_base,
        release=source.release,
        assembly=manifest.assembly,
        alleles=alleles,
    )
    for warning in source.warnings:
        console().warn(f"{warning}.")
