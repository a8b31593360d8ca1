"""`annotator cgi`: a tumour sample to the Cancer Genome Interpreter, and its answer back into the VCF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import FILE, PATH, Writing, assembly_option, option, writing_options
from annotator.cli.outcome import INCOMPLETE, tell
from annotator.cli.ticket_options import (
    Reaching,
    cancelled,
    reaching_options,
    seconds,
    shown_status,
    waited_for,
    waiting_options,
)
from annotator.errors import UsageError
from annotator.variants.assembly import Assembly
from annotator.vcf.files import STREAM

if TYPE_CHECKING:
    from annotator.annotation.options import AnnotateOptions
    from annotator.dispatch.cgi.client import CgiDispatcher
    from annotator.dispatch.cgi.fields import Joining
    from annotator.dispatch.ticket import Ticket
    from annotator.variants.allele import AlleleKey

__all__ = ["command"]

_TICKET = click.argument("ticket", type=PATH)
_SHOWN = 20  # alleles that are told one by one


@click.group(
    "cgi",
    cls=Group,
    no_args_is_help=True,
    examples=(
        "annotator cgi mutations tumour.vcf.gz --sample TUMOUR -o tumour.tsv",
        "annotator cgi submit tumour.tsv --cancer-type CM",
        "annotator cgi wait tumour.ticket.json",
        "annotator cgi collect tumour.ticket.json --vcf tumour.vcf.gz -o annotated.vcf.gz",
    ),
)
def command() -> None:
    """Hand a tumour sample to the Cancer Genome Interpreter, and join its answer.

    The account comes from CGI_EMAIL and CGI_TOKEN, or from the files that CGI_EMAIL_FILE and CGI_TOKEN_FILE name.
    """


@command.command(
    "mutations",
    no_args_is_help=True,
    examples=("annotator cgi mutations tumour.vcf.gz --sample TUMOUR -o tumour.tsv",),
)
@click.argument("input", metavar="VCF", type=FILE)
@option("-o", "--output", type=PATH, required=True, metavar="FILE", help="NAME.tsv; beside it its manifest.")
@option("--sample", metavar="NAME", help="The tumour's; default: the only sample.")
@option("--all-alts", is_flag=True, help="Every ALT, whatever the genotypes say.")
@assembly_option()
def mutations(
    input: str,  # noqa: A002  # the name that the help shows
    output: Path,
    sample: str | None,
    all_alts: bool,
    assembly: str | None,
) -> None:
    """Write what CGI takes of a VCF or BCF: the alleles that the sample carries, sorted, one per row.

    What it does not take is left out and listed with the reason in NAME.manifest.tsv, which leads from each row back
    to its record. Copy numbers and fusions, where the VCF names the genes, stand in NAME.cnas.tsv and
    NAME.translocations.tsv.
    """
    from annotator.dispatch.cgi.extract import extract_mutations

    stated = None if assembly is None else Assembly(assembly)
    found = extract_mutations(
        input, sample=sample, all_alts=all_alts, assembly=stated, progress=console().progress()
    )
    found.mutations.write(output)
    for warning in found.warnings:
        console().warn(f"{warning}.")
    for line in found.mutations.told():
        console().say(line, "sum")


@command.command(
    "submit", no_args_is_help=True, examples=("annotator cgi submit tumour.tsv --cancer-type CM",)
)
@click.argument("mutations", type=PATH)
@option("--cancer-type", required=True, metavar="CODE", help="CGI's, or tcga:CODE or oncotree:CODE.")
@option("--reference", type=click.Choice(["hg19", "hg38"]), help="Default: what the manifest says.")
@option("--cnas", type=PATH, metavar="FILE", help="Copy numbers; default: NAME.cnas.tsv, if it is there.")
@option(
    "--translocations",
    type=PATH,
    metavar="FILE",
    help="Fusions; default: NAME.translocations.tsv, likewise.",
)
@option("--ticket", type=PATH, metavar="FILE", help="Default: NAME.ticket.json.")
@option("--force", is_flag=True, help="Make another job of what was submitted before.")
@option(
    "--settle",
    default="20",
    show_default=True,
    callback=seconds,
    metavar="TIME",
    help="How long to look for a job that a stopped submission may have made.",
)
@reaching_options
def submit(
    mutations: Path,
    cancer_type: str,
    reference: str | None,
    cnas: Path | None,
    translocations: Path | None,
    ticket: Path | None,
    force: bool,
    settle: float,
    reaching: Reaching,
) -> None:
    """Send a sample, once, and write its ticket.

    Submitting the same again gives the same job; a submission that was stopped finds the job that it made.
    """
    from annotator.dispatch.base import submitted
    from annotator.dispatch.cgi.cancer_types import cancer_type as type_of
    from annotator.dispatch.cgi.mutations import part_path
    from annotator.dispatch.cgi.upload import parcel_of

    type_ = type_of(cancer_type)
    if type_.code != cancer_type:
        console().say(f"{cancer_type} is {type_.code} at CGI: {type_.name}")
    parcel = parcel_of(mutations, type_, reference=reference, cnas=cnas, translocations=translocations)
    path = ticket or part_path(mutations, "ticket").with_suffix(".json")

    async def send(dispatcher: CgiDispatcher) -> Ticket:
        return await submitted(dispatcher, parcel, path, force=force, settle=settle)

    sent = reaching.run("cgi", send)
    console().say(f"{path}: job {sent.known_job()}, {', '.join(parcel.files)}", job=sent.known_job())
    click.echo(sent.known_job())


@command.command("status", no_args_is_help=True, examples=("annotator cgi status tumour.ticket.json",))
@_TICKET
@reaching_options
def status(ticket: Path, reaching: Reaching) -> None:
    """Tell where the job stands, in CGI's word."""
    shown_status(ticket, reaching, "cgi")


@command.command("logs", no_args_is_help=True, examples=("annotator cgi logs tumour.ticket.json",))
@_TICKET
@reaching_options
def logs(ticket: Path, reaching: Reaching) -> None:
    """Print the log of the job."""

    async def read(dispatcher: CgiDispatcher, held: Ticket) -> list[str]:
        return await dispatcher.logs(held)

    for line in reaching.with_ticket(ticket, read, "cgi"):
        click.echo(line)


@command.command(
    "wait", no_args_is_help=True, examples=("annotator cgi wait tumour.ticket.json --deadline 8h",)
)
@_TICKET
@waiting_options
@reaching_options
def wait(ticket: Path, deadline: float, every: float, reaching: Reaching) -> None:
    """Wait until the job is done; status 75 if it is not by the deadline, then wait again."""
    waited_for(ticket, reaching, deadline=deadline, every=every, name="cgi")


@command.command(
    "collect",
    no_args_is_help=True,
    examples=("annotator cgi collect tumour.ticket.json --vcf tumour.vcf.gz -o annotated.vcf.gz",),
)
@_TICKET
@option("--manifest", type=PATH, metavar="FILE", help="Default: NAME.manifest.tsv beside NAME.ticket.json.")
@option("--vcf", type=FILE, metavar="INPUT", help="Join the answer into this VCF or BCF.")
@option("-o", "--output", type=FILE, metavar="FILE", help="The VCF or BCF to write.")
@writing_options
@assembly_option("Matching")
@reaching_options
def collect(
    ticket: Path,
    manifest: Path | None,
    vcf: str | None,
    output: str | None,
    assembly: str | None,
    writing: Writing,
    reaching: Reaching,
) -> None:
    """Fetch the result of a job that is done, and join it into a VCF.

    Beside NAME.ticket.json appear the archive as it came, NAME.missing.tsv with the alleles that did not come back,
    and NAME.biomarkers.tsv with the biomarkers that belong to the sample and to no allele. What was fetched is not
    fetched again. Status 3 if alleles did not come back.
    """
    if (vcf is None) != (output is None):
        raise UsageError("--vcf and -o go together", remedy="Give both, or neither to fetch only")
    joining = _fetched(ticket, manifest, writing.reference, reaching)
    for line in joining.told:
        console().say(line, "sum")
    if vcf is not None and output is not None:
        stated = None if assembly is None else Assembly(assembly)
        _join(writing.config(vcf, output, None, stated), joining)
    if joining.missing.count("\n") > 1:
        click.get_current_context().exit(INCOMPLETE)


def _fetched(path: Path, manifest: Path | None, reference: Path | None, reaching: Reaching) -> Joining:
    from annotator.dispatch.cgi.collecting import ResultFiles, fetched, joinable
    from annotator.dispatch.ticket import Ticket

    ticket = Ticket.read(path)
    files = ResultFiles.beside(path, ticket)
    if manifest is not None:
        files = files._replace(manifest=manifest)
    if not files.archive.exists():

        async def fetch(dispatcher: CgiDispatcher, held: Ticket) -> None:
            await fetched(dispatcher, held, files.archive)

        reaching.with_ticket(path, fetch, "cgi")
    return joinable(files, ticket, reference)


def _join(config: AnnotateOptions, joining: Joining) -> None:
    from annotator.annotation.join import join_alleles

    joined = join_alleles(config, joining.table, console().progress(streams=config.output == STREAM))
    for key in joined.missing[:_SHOWN]:
        console().warn(f"the VCF does not have {_shown(key)}, which was sent.", "missing")
    if len(joined.missing) > _SHOWN:
        console().warn(f"nor {len(joined.missing) - _SHOWN:,} more.", "missing")
    tell(joined.report)


def _shown(key: AlleleKey) -> str:
    return f"{key.contig}:{key.start} {key.deleted or '-'}>{key.inserted or '-'}"


@command.command("cancel", no_args_is_help=True, examples=("annotator cgi cancel tumour.ticket.json",))
@_TICKET
@reaching_options
def cancel(ticket: Path, reaching: Reaching) -> None:
    """Remove the ticket's own job from CGI, and the ticket. No other job is touched."""
    cancelled(ticket, reaching, "cgi")


@command.command("list", examples=("annotator cgi list",))
@reaching_options
def list_(reaching: Reaching) -> None:
    """List the jobs of the account: name, status, date, cancer type, reference and title."""

    async def described(dispatcher: CgiDispatcher) -> list[str]:
        return [
            "\t".join((job.id, job.word, job.date, job.cancer_type, job.reference, job.title))
            for name in await dispatcher.jobs()
            for job in (await dispatcher.job(name),)
        ]

    for line in reaching.run("cgi", described):
        click.echo(line)


@command.command("cancer-types", examples=("annotator cgi cancer-types melanoma",))
@click.argument("word", required=False)
def cancer_types(word: str | None) -> None:
    """List CGI's cancer types, or those that are like WORD: code, name and the codes of all above it."""
    from annotator.dispatch.cgi.cancer_types import cancer_types as all_types
    from annotator.dispatch.cgi.cancer_types import searched

    for one in all_types().values() if word is None else searched(word):
        click.echo("\t".join((one.code, one.name, ",".join(one.lineage()))))
