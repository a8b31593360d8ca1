"""`annotator workflow`: the Snakemake workflow that comes with annotator, and what its rules call."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import FILE, FOLDER, PATH, option
from annotator.cli.outcome import tell_joint
from annotator.errors import AnnotatorError, OutputError
from annotator.vcf.files import STREAM

__all__ = ["command"]

_BESIDE_THE_PACKAGE = "_workflow"  # where the wheel has it; a checkout has it at its top


@click.group("workflow", cls=Group, no_args_is_help=True, examples=("annotator workflow init cohort",))
def command() -> None:
    """Set up the Snakemake workflow, and do what its rules call.

    After init, edit config/config.yaml and config/samples.tsv in the new folder, and run there: snakemake --cores 4
    """


@command.command("path", examples=("annotator workflow path",))
def path() -> None:
    """Tell where the workflow is: for `snakemake -s`, or a module in a Snakefile of one's own."""
    click.echo(str(_folder()))


@command.command("init", no_args_is_help=True, examples=("annotator workflow init cohort",))
@click.argument("folder", type=FOLDER, metavar="DIR")
def init(folder: Path) -> None:
    """Copy the workflow into DIR, with a configuration to fill in.

    What is there is never written over.
    """
    there = [name for name in ("workflow", "config") if (folder / name).exists()]
    if there:
        raise OutputError(f"it has a {there[0]} already", path=folder, remedy="Name another folder")
    try:
        shutil.copytree(
            _folder(), folder / "workflow", ignore=shutil.ignore_patterns("__pycache__", ".snakemake")
        )
        (folder / "workflow" / "config").replace(folder / "config")
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror})", path=folder) from error
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
        raise AnnotatorError("this installation lacks the workflow", path=package, remedy="Install it again")
    return found[0]


@command.command("check", no_args_is_help=True, examples=("annotator workflow check config/samples.tsv",))
@click.argument("sheet", type=PATH)
@option("--cgi", is_flag=True, help="Samples with a cancer type go to the Cancer Genome Interpreter.")
@option("--opal", is_flag=True, help="Samples with an accession id have a report in Opal.")
@option(
    "--cut-above", type=float, metavar="MB", help="Files of this many megabytes or more are cut into shards."
)
@option("--later", is_flag=True, help="Do not require the VCFs to exist: another rule makes them later.")
def check(sheet: Path, cgi: bool, opal: bool, cut_above: float | None, later: bool) -> None:
    """Check a sample sheet and the files that it names, and list every row that is wrong.

    The sheet is a tab-separated table with the columns sample, vcf and assembly, and optionally disease, cancer_type,
    tissue, vcf_sample, accession_id and genome_id. Paths are relative to the working directory.
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
@option("-o", "--output", required=True, type=FILE, metavar="FILE", help="BGZF file to write.")
@option("-W", "--write-index", is_flag=True, help="Index it.")
def gather(parts: tuple[str, ...], output: str, write_index: bool) -> None:
    """Join annotated shards, in the order in which they are named, without compressing them again.

    Shards that were annotated with --shard have NAME.vcf.gz.shard.json beside them. By these, what CIViC says of
    several variants together is judged for the whole, and only the records concerned are annotated once more.
    """
    from annotator.annotation.merge_shards import gather as gathered

    streams = output == STREAM
    tell_joint(gathered(parts, output, write_index=write_index, progress=console().progress(streams=streams)))
