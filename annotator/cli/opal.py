"""`annotator opal`: the clinical reports of Omicia Opal (Fabric Genomics)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.opal_options import Asking, Selection, asking_options, selection_options
from annotator.cli.ticket_options import check_pause, waiting_options
from annotator.errors import UsageError
from annotator.vcf.files import STREAM, OutputFormat, atomic_output
from annotator.vcf.header import OnClash

if TYPE_CHECKING:
    from annotator.dispatch.alleles import AlleleTable
    from annotator.dispatch.base import Progress
    from annotator.dispatch.opal.client import OpalClient
    from annotator.dispatch.opal.launching import Launch
    from annotator.dispatch.opal.variants import OpalVariant, ReportVariants
    from annotator.dispatch.ticket import Ticket

__all__ = ["command"]

_PATH = click.Path(path_type=Path)
_COLUMNS = ("id", "version", "status", "test_type", "created_on", "genome_id", "panel_id", "accession_id")
_INCOMPLETE = 3
_SHOWN = 20  # alleles that are told one by one


@click.group("opal", no_args_is_help=True)
def command() -> None:
    """Clinical reports of Omicia Opal (Fabric Genomics): find, launch, wait for and fetch them, join their variants.

    Login and password of the API key come from FABRIC_API_LOGIN and FABRIC_API_PASSWORD, or from a file. What a
    report says of its patient is left out unless asked for.
    """


@command.command("reports")
@click.option("--accession-id", metavar="PART", help="The accession id has this in it.")
@click.option("--external-id", metavar="PART", help="The genome's external id has this in it.")
@click.option("--genome-id", type=click.IntRange(min=1), metavar="N", help="Of this genome.")
@click.option("--genome-name", metavar="NAME", help="Of the genome of this name.")
@click.option("--report-type", metavar="TYPE", help="The service's report_type, of the analysis.")
@click.option("--report-status", metavar="WORD", help="The service's report_status, of the analysis.")
@click.option("--order-by", type=click.Choice(["run_date", "report_type", "report_status"]))
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Reports per request."
)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many.")
@click.option("--status", metavar="WORD", help="Only reports whose status is just this.")
@click.option("--test-type", metavar="WORD", help="Only reports whose test_type is just this.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@asking_options
def reports(
    *,
    limit: int,
    offset: int,
    status: str | None,
    test_type: str | None,
    as_json: bool,
    asking: Asking,
    **filters: str | int | None,
) -> None:
    """List reports, all pages of them, as a table separated by tabs."""
    from annotator.dispatch.opal.answers import shareable

    given = [(name, str(value)) for name, value in filters.items() if value is not None]
    found = asking.run(lambda client: client.reports(given, offset=offset, limit=limit))
    wanted = {"status": status, "test_type": test_type}
    chosen = [
        shareable(report)[0]
        for report in found.values()
        if all(value is None or report.get(name) == value for name, value in wanted.items())
    ]
    if as_json:
        click.echo(_json(chosen))
        return
    click.echo("\t".join(_COLUMNS))
    for row in chosen:
        click.echo("\t".join(_cell(row.get(name)) for name in _COLUMNS))


@command.command("report")
@selection_options
@click.option("--extended", is_flag=True, help="With its variants.")
@click.option("--patient-fields", is_flag=True, help="With all that it says of the patient; needs -o.")
@click.option("-o", "--output", default=STREAM, metavar="FILE", help="Default: standard output.")
@asking_options
def report(
    *, selection: Selection, extended: bool, patient_fields: bool, output: str, asking: Asking
) -> None:
    """Write one report as JSON, without what it says of the patient."""
    from annotator.dispatch.opal.answers import Facts, shareable

    if patient_fields and output == STREAM:
        raise UsageError(
            "--patient-fields writes to a file only",
            remedy="Name it with -o; only you will be able to read it",
        )

    async def ask(client: OpalClient) -> Facts:
        return await client.report(await selection.number(client), extended=extended)

    facts = asking.run(ask)
    shown, left_out = (facts, 0) if patient_fields else shareable(facts)
    with atomic_output(output) as out:
        if patient_fields and out.path is not None:
            out.path.chmod(0o600)
        out.file.write(f"{_json(shown)}\n".encode())
    if left_out:
        click.echo(
            f"left out: {left_out} facts that may be the patient's (--patient-fields -o FILE)", err=True
        )


@command.command("wait")
@selection_options
@waiting_options
@asking_options
def wait(*, selection: Selection, deadline: float, every: float, asking: Asking) -> None:
    """Wait until a report is approved: until its final PDF is there, which alone proves it.

    Ends with status 75 if it is not by the deadline: wait again.
    """
    from annotator.dispatch.base import waited
    from annotator.dispatch.opal.launching import OpalDispatcher, ticket_of

    last = ""

    def told(progress: Progress) -> None:
        nonlocal last
        if progress.word != last:
            last = progress.word
            click.echo(f"status: {last}", err=True)

    async def ask(client: OpalClient) -> int:
        check_pause(every, client.service)
        number = await selection.number(client)
        await waited(
            OpalDispatcher(client),
            ticket_of(client.service, number),
            deadline=deadline,
            every=every,
            at_most_every=5 * every,  # a clinician takes hours
            told=told,
        )
        return number

    click.echo(f"report {asking.run(ask)} is approved", err=True)


@command.command("pdf")
@selection_options
@click.option(
    "--preview", is_flag=True, help="A draft of a report that is not approved; its name says DRAFT."
)
@click.option("-o", "--output", metavar="FILE", help="Default: opal-report-N.pdf")
@asking_options
def pdf(*, selection: Selection, preview: bool, output: str | None, asking: Asking) -> None:
    """Save the PDF of a report. Ends with status 75 if there is none yet."""
    from annotator.dispatch.opal.pdf import draft_name, save_final, save_preview

    if preview and output is not None:
        draft_name(output)

    async def ask(client: OpalClient) -> tuple[int, str, int]:
        number = await selection.number(client)
        name = output or f"opal-report-{number}.pdf"
        if preview:
            return number, *await save_preview(client, number, name)
        return number, name, await save_final(client, number, name)

    number, name, size = asking.run(ask)
    click.echo(f"{name}: {'draft of ' if preview else ''}report {number}, {size:,} bytes", err=True)


@command.command("variants")
@selection_options
@click.option("--vcf", metavar="INPUT", help="VCF or BCF to join them into, - for standard input.")
@click.option("-o", "--output", default=STREAM, metavar="FILE", help="Default: standard output.")
@click.option(
    "-O", "--output-type", type=click.Choice([one.value for one in OutputFormat]), help="As in annotate."
)
@click.option("-W", "--write-index", is_flag=True, help="Index the output.")
@click.option("--reference", type=_PATH, metavar="FASTA", help="Of GRCh37: left-aligns indels on both sides.")
@click.option(
    "--on-clash",
    type=click.Choice([choice.value for choice in OnClash]),
    default=OnClash.ERROR.value,
    show_default=True,
    help="If another tool wrote an INFO field of our name.",
)
@click.option("--missing", type=_PATH, metavar="FILE", help="List the report's alleles that no record has.")
@asking_options
def variants(
    *,
    selection: Selection,
    vcf: str | None,
    output: str,
    output_type: str | None,
    write_index: bool,
    reference: Path | None,
    on_clash: str,
    missing: Path | None,
    asking: Asking,
) -> None:
    """Join what a report says of its variants into a VCF, as OPAL_STATUS and OPAL_REPORT; or list them.

    Opal's reports are on GRCh37, and so must be the VCF. Status 3 if alleles of the report have no record in it.
    """
    from annotator.assembly import Assembly
    from annotator.config import AnnotateConfig
    from annotator.dispatch.alleles import Keys
    from annotator.dispatch.opal.variants import report_variants

    if vcf is None and (missing is not None or write_index or output_type is not None):
        raise UsageError("nothing is joined", remedy="Name the VCF with --vcf")
    config = None
    if vcf is not None:
        format_ = None if output_type is None else OutputFormat(output_type)
        config = AnnotateConfig(
            vcf,
            output,
            None,
            output_format=format_,
            write_index=write_index,
            reference=reference,
            assembly=None,
            on_clash=OnClash(on_clash),
        )
        config.check_files()
    keys = Keys(Assembly.GRCH37, reference)

    async def ask(client: OpalClient) -> ReportVariants:
        return await report_variants(client, await selection.number(client), keys)

    found = asking.run(ask)
    if config is None:
        _list(found, output)
    else:
        _join(found, found.table(), config, missing)


def _list(found: ReportVariants, output: str) -> None:

    def row(spelling: str, variant: OpalVariant) -> str:
        return f"{spelling}\t{'&'.join(variant.status)}\t{'&'.join(variant.to_report)}"

    rows = [row(found.spellings[key], found.variants[key]) for key in sorted(found.variants)]
    _write_lines(output, ["chrom\tpos\tref\talt\tstatus\tto_report", *rows])


def _join(found: ReportVariants, table: AlleleTable[OpalVariant], config: Any, missing: Path | None) -> None:
    from annotator.cli.outcome import tell
    from annotator.dispatch.join import join_alleles

    joined = join_alleles(config, table)
    absent = [found.spellings[key] for key in joined.missing]
    if missing is not None:
        _write_lines(str(missing), ["chrom\tpos\tref\talt", *absent])
    for reason, count in sorted(found.refused.items()):
        click.echo(f"WARNING: {count:,} alleles of the report cannot be joined: {reason}.", err=True)
    if absent:
        click.echo(
            f"WARNING: no record has {len(absent):,} of {len(table.records):,} alleles of the report:",
            err=True,
        )
        for spelling in absent[:_SHOWN]:
            click.echo(f"  {spelling.replace(chr(9), ' ')}", err=True)
        if len(absent) > _SHOWN:
            click.echo(f"  and {len(absent) - _SHOWN:,} more (--missing FILE lists all)", err=True)
    tell(joined.report)
    if absent or found.refused:
        click.get_current_context().exit(_INCOMPLETE)


@command.command("launch", no_args_is_help=True)
@click.argument("kind", type=click.Choice(["panel", "exome", "somatic_panel"]))
@click.option("--accession-id", required=True, metavar="ID", help="By it the report is found again.")
@click.option("--genome-id", type=click.IntRange(min=1), metavar="N", help="The genome in Opal.")
@click.option("--panel-id", type=click.IntRange(min=1), metavar="N", help="The panel; an exome may lack it.")
@click.option("--project-id", type=click.IntRange(min=1), metavar="N", help="Where the genome will come to.")
@click.option("--filter-id", type=click.IntRange(min=1), metavar="N", help="The filter protocol.")
@click.option("--disease-id", metavar="ID", help="Of a somatic_panel.")
@click.option("--include-cosmic", is_flag=True, help="For a somatic_panel.")
@click.option("--ticket", type=_PATH, required=True, metavar="FILE", help="Where the launch is noted.")
@click.option("--force", is_flag=True, help="Launch another report although there is one.")
@click.option(
    "--settle",
    type=click.FloatRange(0),
    default=20.0,
    show_default=True,
    help="Seconds in which a launch that was stopped may still show at the service.",
)
@asking_options
def launch(*, ticket: Path, force: bool, settle: float, asking: Asking, **facts: Any) -> None:
    """Launch a report on a genome that is in Opal: once, however often this is called or stopped.

    A report that has the accession id already is the one. The ticket is for wait, pdf, report and variants.

    \b
    Example:
      annotator opal launch panel --accession-id A-17 --genome-id 119 --panel-id 1200 --ticket A-17.json
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    from annotator.dispatch.opal.launching import Launch

    wanted = Launch(**facts)
    held = asking.run(lambda client: _launched(client, wanted, ticket, settle, force=force))
    click.echo(f"report {held.known_job()}: {ticket}", err=True)


async def _launched(client: OpalClient, wanted: Launch, path: Path, settle: float, *, force: bool) -> Ticket:
    from annotator.dispatch.base import submitted
    from annotator.dispatch.opal.launching import OpalDispatcher
    from annotator.dispatch.ticket import Ticket

    held = Ticket.read(path) if path.exists() else None
    parcel = wanted.parcel(held)
    goes_on = held is not None and held.job is None and held.digest == parcel.digest
    if force and not goes_on:
        parcel = wanted.parcel(held, await client.with_accession(wanted.accession_id))
    return await submitted(OpalDispatcher(client), parcel, path, force=force, settle=settle)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _cell(value: object) -> str:
    return "" if value is None else str(value).translate({9: " ", 10: " ", 13: " "})


def _write_lines(output: str, lines: Iterable[str]) -> None:
    with atomic_output(output) as out:
        out.file.write("".join(f"{line}\n" for line in lines).encode())
