"""`annotator snapshot pull`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.assembly import Assembly
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from annotator.snapshot.manifest import Manifest

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.group("pull", no_args_is_help=True)
def command() -> None:
    """Download a release over https and build a snapshot of it."""


@command.command("clinvar", no_args_is_help=True)
@click.option(
    "--assembly", type=click.Choice([a.value for a in Assembly]), required=True, help="Of all alleles."
)
@click.option("-o", "--output", type=_PATH, required=True, metavar="SNAPSHOT", help="Folder to make.")
@click.option("--release", metavar="YYYYMMDD", help="Release of ClinVar's VCF; default: the newest.")
@click.option(
    "--tables", is_flag=True, help="ClinVar's three tables too (1 GB): indels are also found by their HGVS."
)
@click.option(
    "--mirror",
    metavar="URL",
    envvar="ANNOTATOR_CLINVAR_MIRROR",
    help="Folder that is laid out as https://ftp.ncbi.nlm.nih.gov/pub/clinvar, the default.",
)
@click.option(
    "--keep", type=_PATH, metavar="DIR", help="Keep the downloaded files there, and use those that are."
)
@click.option(
    "-@",
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Worker processes.",
)
@click.option("--force", is_flag=True, help="Replace a snapshot of that name.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def clinvar(
    assembly: str,
    output: Path,
    release: str | None,
    tables: bool,
    mirror: str | None,
    keep: Path | None,
    threads: int,
    force: bool,
    quiet: bool,
) -> None:
    """Download ClinVar's VCF from NCBI, check it, and build a snapshot of it.

    What has arrived when this is stopped is kept: the same command goes on from there.

    \b
    Example:
      annotator snapshot pull clinvar --assembly GRCh38 -o GRCh38.snapshot
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    # Loaded here: only this command needs aiohttp.
    from annotator.snapshot.pull import CLINVAR, pull_clinvar, pull_folder

    told = _Told(quiet=quiet)
    try:
        manifest = pull_clinvar(
            output,
            assembly,
            release=release,
            tables=tables,
            mirror=mirror or CLINVAR,
            keep=keep,
            threads=threads,
            replace=force,
            progress=told.progress,
        )
    except (AnnotatorError, KeyboardInterrupt):
        told.end()
        folder = pull_folder(output)
        if keep is None and folder.exists():
            click.echo(f"what has arrived is kept in {folder}", err=True)
        raise
    told.end()
    if not quiet:
        click.echo(_summary(manifest, output), err=True)


def _summary(manifest: Manifest, output: Path) -> str:
    source = manifest.sources["clinvar"]
    return f"{output}: ClinVar {source.release}, {manifest.assembly}, {source.counts['alleles']:,} alleles"


class _Told:
    """Tells on standard error what arrives: a bar on a terminal, else a line per tenth of a file."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._name: str | None = None
        self._bar: Any = None
        self._tenths = -1

    def progress(self, name: str, so_far: int, of: int | None) -> None:
        """Tell how much of a file is there."""
        if self._quiet:
            return
        if name != self._name:
            self.end()
            self._name, self._tenths = name, -1
        if self._terminal and of:
            self._draw(name, so_far, of)
        else:
            self._line(name, so_far, of)

    def _draw(self, name: str, so_far: int, of: int) -> None:
        if self._bar is None:
            self._bar = click.progressbar(length=of, label=name, file=sys.stderr)
            self._bar.render_progress()
        self._bar.update(so_far - self._bar.pos)

    def _line(self, name: str, so_far: int, of: int | None) -> None:
        tenths = so_far * 10 // of if of else so_far // 50_000_000
        if tenths == self._tenths:
            return
        self._tenths = tenths
        share = f" ({so_far * 100 // of} %)" if of else ""
        click.echo(f"{name}: {so_far:,} bytes{share}", err=True)

    def end(self) -> None:
        """End the line of a bar."""
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None
