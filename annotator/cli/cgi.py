"""`annotator cgi`: submits a tumour sample to the Cancer Genome Interpreter, and joins its result into the VCF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.annotation.options import AnnotateOptions, check_amplification_copies
from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.options import ASSEMBLY, FILE, PATH, WRITING, declared, option, run_options
from annotator.cli.outcome import INCOMPLETE, print_outcome
from annotator.cli.screen import echo
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
from annotator.runtime.text import counted
from annotator.variants.assembly import Assembly
from annotator.vcf.files import STREAM

if TYPE_CHECKING:
    from annotator.dispatch.cgi.client import CgiDispatcher
    from annotator.dispatch.cgi.fields import Joining
    from annotator.dispatch.ticket import Ticket
    from annotator.variants.allele import AlleleKey

__all__ = ["command"]

_AMPLIFICATION = declared(AnnotateOptions, "amplification_copies", section="Options")[0]
_TICKET = click.argument("ticket", type=PATH)
_SHOWN = 20  # alleles that are listed individually


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
    """Send a tumour sample to the Cancer Genome Interpreter.

    The credentials come from CGI_EMAIL and CGI_TOKEN, or from the files named by CGI_EMAIL_FILE and CGI_TOKEN_FILE.
    """


@command.command(
    "mutations",
    no_args_is_help=True,
    examples=("annotator cgi mutations tumour.vcf.gz --sample TUMOUR -o tumour.tsv",),
)
@click.argument("input", metavar="VCF", type=FILE)
@option(
    "-o",
    "--output",
    type=PATH,
    required=True,
    metavar="FILE",
    help="Table NAME.tsv to write; its manifest NAME.manifest.tsv is written beside it.",
)
@option("--sample", metavar="NAME", help="Name of the tumour sample; default: the only sample of the file.")
@option("--all-alts", is_flag=True, help="Write every ALT, regardless of the genotypes.")
@_AMPLIFICATION
@ASSEMBLY
def mutations(
    input: str,  # noqa: A002  # the name that the help shows
    output: Path,
    sample: str | None,
    all_alts: bool,
    amplification_copies: float,
    assembly: str | None,
) -> None:
    """Write the alleles of one sample in CGI's input format.

    NAME.manifest.tsv links each row to its VCF record, and lists the alleles that CGI does not accept with the reason.
    Copy number alterations and fusions are written to NAME.cnas.tsv and NAME.translocations.tsv if the VCF names the
    genes. A gene with at least 6 copies (--amplification-copies) is written as an amplification, and a gene with 0
    copies as a deletion. Alterations with an unknown copy number are omitted.
    """
    from annotator.dispatch.cgi.extract import extract_mutations

    check_amplification_copies(amplification_copies)
    stated = None if assembly is None else Assembly(assembly)
    found = extract_mutations(
        input,
        sample=sample,
        all_alts=all_alts,
        assembly=stated,
        amplification_copies=amplification_copies,
        progress=console().progress(),
    )
    found.mutations.write(output)
    for warning in found.warnings:
        console().warn(f"{warning}.")
    for line in found.mutations.summary_lines():
        console().say(line, "sum")


@command.command(
    "submit", no_args_is_help=True, examples=("annotator cgi submit tumour.tsv --cancer-type CM",)
)
@click.argument("mutations", type=PATH)
@option(
    "--cancer-type",
    required=True,
    metavar="CODE",
    help="Cancer type: a CGI code, tcga:CODE or oncotree:CODE.",
)
@option(
    "--reference",
    type=click.Choice(["hg19", "hg38"]),
    help="Reference genome of the mutations; default: as in the manifest.",
)
@option(
    "--cnas",
    type=PATH,
    metavar="FILE",
    help="Table of copy number alterations; default: NAME.cnas.tsv, if it exists.",
)
@option(
    "--translocations",
    type=PATH,
    metavar="FILE",
    help="Table of fusions; default: NAME.translocations.tsv, if it exists.",
)
@option("--ticket", type=PATH, metavar="FILE", help="Ticket to write; default: NAME.ticket.json.")
@option("--force", is_flag=True, help="Submit a new job even if the same input was submitted before.")
@option(
    "--settle",
    default="20",
    show_default=True,
    callback=seconds,
    metavar="TIME",
    help="Time to search for the job of an interrupted submission: a number of seconds, or 10m, 2h, 1d.",
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
    """Submit a sample to CGI, and write its ticket.

    Submitting the same input again returns the same job, also after an interrupted submission.
    """
    from annotator.dispatch.base import submitted
    from annotator.dispatch.cgi.cancer_types import cancer_type as type_of
    from annotator.dispatch.cgi.mutations import part_path
    from annotator.dispatch.cgi.upload import parcel_of

    type_ = type_of(cancer_type)
    if type_.code != cancer_type:
        console().say(f"{cancer_type} is {type_.code} in CGI: {type_.name}")
    parcel = parcel_of(mutations, type_, reference=reference, cnas=cnas, translocations=translocations)
    path = ticket or part_path(mutations, "ticket").with_suffix(".json")

    async def send(dispatcher: CgiDispatcher) -> Ticket:
        return await submitted(dispatcher, parcel, path, force=force, settle=settle)

    sent = reaching.run("cgi", send)
    console().say(f"{path}: job {sent.known_job()}, {', '.join(parcel.files)}", job=sent.known_job())
    echo(sent.known_job())


@command.command("status", no_args_is_help=True, examples=("annotator cgi status tumour.ticket.json",))
@_TICKET
@reaching_options
def status(ticket: Path, reaching: Reaching) -> None:
    """Print the status of a job."""
    shown_status(ticket, reaching, "cgi")


@command.command("logs", no_args_is_help=True, examples=("annotator cgi logs tumour.ticket.json",))
@_TICKET
@reaching_options
def logs(ticket: Path, reaching: Reaching) -> None:
    """Print the log of a job."""

    async def read(dispatcher: CgiDispatcher, held: Ticket) -> list[str]:
        return await dispatcher.logs(held)

    for line in reaching.with_ticket(ticket, read, "cgi"):
        echo(line)


@command.command(
    "wait", no_args_is_help=True, examples=("annotator cgi wait tumour.ticket.json --deadline 8h",)
)
@_TICKET
@waiting_options
@reaching_options
def wait(ticket: Path, deadline: float, every: float, reaching: Reaching) -> None:
    """Wait until a job is finished.

    Exit status 75 means that it was not finished by the deadline: run the command again.
    """
    waited_for(ticket, reaching, deadline=deadline, every=every, name="cgi")


@command.command(
    "collect",
    no_args_is_help=True,
    examples=("annotator cgi collect tumour.ticket.json --vcf tumour.vcf.gz -o annotated.vcf.gz",),
)
@_TICKET
@option(
    "--manifest",
    type=PATH,
    metavar="FILE",
    help="Manifest of the submitted mutations; default: "
    "NAME.manifest.tsv beside the ticket "
    "NAME.ticket.json.",
)
@option("--vcf", type=FILE, metavar="INPUT", help="VCF or BCF file to annotate with the result.")
@option("-o", "--output", type=FILE, metavar="FILE", help="VCF or BCF file to write.")
@run_options(*WRITING, "assembly")
@reaching_options
def collect(
    ticket: Path,
    manifest: Path | None,
    vcf: str | None,
    output: str | None,
    options: AnnotateOptions,
    reaching: Reaching,
) -> None:
    """Fetch the result of a job and annotate a VCF file with it.

    These files are written to the folder of NAME.ticket.json: the archive of the result, NAME.missing.tsv with the
    alleles for which CGI returned no result, and NAME.biomarkers.tsv with the biomarkers of the sample as a whole. A
    result is downloaded only once. Exit status 3 means that CGI returned no result for some alleles.
    """
    if (vcf is None) != (output is None):
        raise UsageError(
            "--vcf and -o must be used together", remedy="Use both, or neither to fetch the result only"
        )
    joining = _fetched(ticket, manifest, options.reference, reaching)
    for line in joining.summary_lines:
        console().say(line, "sum")
    if vcf is not None and output is not None:
        _join(options._replace(input=vcf, output=output), joining)
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
        console().warn(f"the VCF has no record for {_shown(key)}, which was submitted.", "missing")
    if len(joined.missing) > _SHOWN:
        more = counted(len(joined.missing) - _SHOWN, "other submitted allele")
        console().warn(f"the VCF has no record for {more}.", "missing")
    print_outcome(joined.report)


def _shown(key: AlleleKey) -> str:
    return f"{key.contig}:{key.start} {key.deleted or '-'}>{key.inserted or '-'}"


@command.command("cancel", no_args_is_help=True, examples=("annotator cgi cancel tumour.ticket.json",))
@_TICKET
@reaching_options
def cancel(ticket: Path, reaching: Reaching) -> None:
    """Delete the job of a ticket at CGI, and the ticket.

    No other job is deleted.
    """
    cancelled(ticket, reaching, "cgi")


@command.command("list", examples=("annotator cgi list",))
@reaching_options
def list_(reaching: Reaching) -> None:
    """List the jobs of the account.

    The columns are name, status, date, cancer type, reference and title.
    """

    async def described(dispatcher: CgiDispatcher) -> list[str]:
        return [
            "\t".join((job.id, job.word, job.date, job.cancer_type, job.reference, job.title))
            for name in await dispatcher.jobs()
            for job in (await dispatcher.job(name),)
        ]

    for line in reaching.run("cgi", described):
        echo(line)


@command.command("cancer-types", examples=("annotator cgi cancer-types melanoma",))
@click.argument("word", required=False)
def cancer_types(word: str | None) -> None:
    """List CGI's cancer types, or those similar to WORD.

    The columns are code, name and the codes of the parent types.
    """
    from annotator.dispatch.cgi.cancer_types import cancer_types as all_types
    from annotator.dispatch.cgi.cancer_types import searched

    for one in all_types().values() if word is None else searched(word):
        echo("\t".join((one.code, one.name, ",".join(one.lineage()))))
