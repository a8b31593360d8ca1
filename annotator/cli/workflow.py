"""`annotator workflow`: the Snakemake workflow that comes with annotator, and what its rules call."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import click

from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import FILE, FOLDER, PATH, option
from annotator.cli.outcome import tell_joint
from annotator.errors import AnnotatorError, InputError, OutputError
from annotator.vcf.files import STREAM, open_input

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
    console().say(f"{folder}: edit config/config.yaml and config/samples.tsv, then run snakemake there")


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


# A sheet of samples


class _Sheet(NamedTuple):
    """What is checked of a sheet.

    Attributes:
        path: of the sheet.
        to_cgi: whether tumours with a cancer type go to the Cancer Genome Interpreter.
        to_opal: whether samples with an accession id have a report in Opal.
        cut_above: bytes from which on files are cut into shards; None for no such limit.
        is_early: whether VCFs may be missing.

    """

    path: Path
    to_cgi: bool
    to_opal: bool
    cut_above: float | None
    is_early: bool


@command.command("check", no_args_is_help=True, examples=("annotator workflow check config/samples.tsv",))
@click.argument("sheet", type=PATH)
@option("--cgi", is_flag=True, help="Samples with a cancer type go to the Cancer Genome Interpreter.")
@option("--opal", is_flag=True, help="Samples with an accession id have a report in Opal.")
@option(
    "--cut-above", type=float, metavar="MB", help="Files of so many megabytes or more are cut into shards."
)
@option("--later", is_flag=True, help="VCFs may be missing: something makes them later.")
def check(sheet: Path, cgi: bool, opal: bool, cut_above: float | None, later: bool) -> None:
    """Check a sheet of samples against their files, and name every row that is wrong.

    The sheet is a table separated by tabs with the columns sample, vcf and assembly, and those that can be left out:
    disease, cancer_type, tissue, vcf_sample, accession_id and genome_id. Paths are relative to the working directory.
    """
    least = None if cut_above is None else cut_above * 1_000_000
    problems = list(_problems(_Sheet(sheet, cgi, opal, least, later)))
    for problem in problems:
        console().fail_with(problem)
    if problems:
        click.get_current_context().exit(1)


def _problems(sheet: _Sheet) -> Iterator[AnnotatorError]:
    """Give what is wrong with the rows, in their order."""
    lines: dict[str, int] = {}
    for number, row in _rows(sheet.path):
        name = row.get("sample", "")
        if name in lines:
            yield _wrong(sheet.path, number, name, f"it stands in line {lines[name]} already")
        lines.setdefault(name, number)
        yield from (
            _wrong(sheet.path, number, name, error.what, error.remedy) for error in _wrongs(row, sheet)
        )
    if not lines:
        yield InputError("it names no sample", path=sheet.path)


def _wrong(path: Path, line: int, sample: str, what: str, remedy: str | None = None) -> InputError:
    return InputError(f"sample {sample or '(without a name)'}: {what}", path=path, line=line, remedy=remedy)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Give each row with its 1-based line number. Lines that are empty or begin with # count, and are left out."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read ({error})", path=path) from error
    names: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if names is None:
            names = cells
        elif len(cells) > len(names):
            raise InputError("it has more cells than there are columns", path=path, line=number)
        else:
            yield number, dict(zip(names, cells, strict=False))


def _wrongs(row: Mapping[str, str], sheet: _Sheet) -> Iterator[AnnotatorError]:
    """Give what is wrong with one row, and with the file that it names."""
    from annotator.dispatch.cgi.cancer_types import cancer_type
    from annotator.variants.assembly import Assembly

    if row.get("cancer_type"):
        try:
            cancer_type(row["cancer_type"])
        except AnnotatorError as error:
            yield error
    if row.get("assembly") not in set(Assembly):
        yield InputError(f"{row.get('assembly')!r} is no assembly", remedy="Write GRCh37 or GRCh38")
        return
    if sheet.to_opal and row.get("accession_id") and row["assembly"] != Assembly.GRCH37:
        yield InputError("Opal's reports are on GRCh37", remedy="Leave out the accession_id")
    try:
        yield from _wrongs_of_vcf(row, Assembly(row["assembly"]), sheet)
    except AnnotatorError as error:
        yield InputError(f"{row.get('vcf')}: {error.what}", remedy=error.remedy)


def _wrongs_of_vcf(row: Mapping[str, str], assembly: object, sheet: _Sheet) -> Iterator[AnnotatorError]:
    from annotator.annotation.options import AnnotateOptions
    from annotator.annotation.run import engine_of
    from annotator.variants.assembly import Assembly
    from annotator.vcf.detection import assembly_of
    from annotator.vcf.genotypes import carrier_of
    from annotator.vcf.shards import refusal

    name = row.get("vcf", "")
    if not name:
        yield InputError("it has no VCF")
        return
    if sheet.is_early and not Path(name).exists():
        return
    with open_input(name) as source:
        is_cut = sheet.cut_above is not None and Path(name).stat().st_size >= sheet.cut_above
        if is_cut and (refused := refusal(source)) is not None:
            yield InputError(refused.what, path=name, remedy=refused.remedy)
        header = engine_of(AnnotateOptions(name, STREAM, None), source).header
    assembly_of(header, stated=Assembly(str(assembly)), path=name)
    wanted = row.get("vcf_sample") or None
    if wanted is not None and wanted not in header.samples:
        known = ", ".join(header.samples) or "none at all"
        yield InputError(f"{name}: it has no sample {wanted}", remedy=f"It has {known}")
    elif sheet.to_cgi and row.get("cancer_type") and row.get("tissue") != "normal":
        carrier_of(header.samples, wanted, all_alts=False, path=name)


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
