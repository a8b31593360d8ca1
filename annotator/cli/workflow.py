"""`annotator workflow`: the Snakemake workflow of annotator, and helper commands for its rules."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import FILE, FOLDER, PATH, option
from annotator.cli.outcome import print_combinations
from annotator.cli.screen import echo
from annotator.errors import AnnotatorError, OutputError
from annotator.runtime.os_errors import cannot_write
from annotator.vcf.files import STREAM

__all__ = ["command"]

_BESIDE_THE_PACKAGE = "_workflow"  # location in the wheel; in a checkout it is at the top


@click.group("workflow", cls=Group, no_args_is_help=True, examples=("annotator workflow init cohort",))
def command() -> None:
    """Set up the Snakemake workflow and run its helper commands.

    After `init`, edit config/config.yaml and config/samples.tsv in the new folder. Then run there: snakemake --cores 4
    """


@command.command("path", examples=("annotator workflow path",))
def path() -> None:
    """Print the path of the workflow.

    Use it with `snakemake -s` or as a module in another Snakefile.
    """
    echo(str(_folder()))


@command.command("init", no_args_is_help=True, examples=("annotator workflow init cohort",))
@click.argument("folder", type=FOLDER, metavar="DIR")
def init(folder: Path) -> None:
    """Copy the workflow and its configuration to a folder.

    Existing files are never overwritten.
    """
    there = [name for name in ("workflow", "config") if (folder / name).exists()]
    if there:
        raise OutputError(f"the folder already has a {there[0]}", path=folder, remedy="Use another folder")
    try:
        shutil.copytree(
            _folder(), folder / "workflow", ignore=shutil.ignore_patterns("__pycache__", ".snakemake")
        )
        (folder / "workflow" / "config").replace(folder / "config")
    except OSError as error:
        raise cannot_write(error, folder) from error
    console().say(
        f"{folder}: edit config/config.yaml and config/samples.tsv, then run snakemake in that folder"
        " (on a cluster with --workflow-profile workflow/profiles/slurm)"
    )


def _folder() -> Path:
    import annotator

    package = Path(annotator.__file__).parent
    found = [
        place
        for place in (package / _BESIDE_THE_PACKAGE, package.parent / "workflow")
        if (place / "Snakefile").is_file()
    ]
    if not found:
        raise AnnotatorError(
            "this installation does not contain the workflow",
            path=package,
            remedy="Install the package again",
        )
    return found[0]


@command.command("check", no_args_is_help=True, examples=("annotator workflow check config/samples.tsv",))
@click.argument("sheet", type=PATH)
@option("--cgi", is_flag=True, help="Check cancer types for the Cancer Genome Interpreter.")
@option("--opal", is_flag=True, help="Check accession IDs for Opal.")
@option(
    "--cut-above",
    type=float,
    metavar="MB",
    help="Minimum size in megabytes of files that are split into shards.",
)
@option(
    "--later",
    is_flag=True,
    help="Accept VCF files that do not exist yet because another rule writes them.",
)
def check(sheet: Path, cgi: bool, opal: bool, cut_above: float | None, later: bool) -> None:
    """Check a sample sheet and the VCF files listed in it.

    The sheet is a tab-separated table with the columns sample, vcf and assembly, and optionally disease, cancer_type,
    tissue, vcf_sample, accession_id and genome_id. Paths are relative to the working directory. Every row with a
    problem is listed.
    """
    from annotator.cli.sample_sheet import SampleSheet, problems_of

    least = None if cut_above is None else cut_above * 1_000_000
    problems = list(problems_of(SampleSheet(sheet, cgi, opal, least, later)))
    for problem in problems:
        console().fail_with(problem)
    if problems:
        click.get_current_context().exit(1)


# Shards: runs of neighbouring records


@command.command(
    "gather",
    no_args_is_help=True,
    examples=("annotator workflow gather 1.vcf.gz 2.vcf.gz -o whole.vcf.gz -W",),
)
@click.argument("parts", nargs=-1, required=True, type=FILE, metavar="PART.vcf.gz...")
@option("-o", "--output", required=True, type=FILE, metavar="FILE", help="Compressed VCF file to write.")
@option("-W", "--write-index", is_flag=True, help="Write an index of the output.")
def gather(parts: tuple[str, ...], output: str, write_index: bool) -> None:
    """Join annotated shards into one file.

    List the shards in order. NAME.vcf.gz.shard.json must be beside each shard that was annotated with --shard: it is
    needed to evaluate CIViC's combination profiles for the whole file and to update the affected records.
    """
    from annotator.annotation.merge_shards import gather as gathered

    streams = output == STREAM
    print_combinations(
        gathered(parts, output, write_index=write_index, progress=console().progress(streams=streams))
    )
