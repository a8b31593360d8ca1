"""`annotator opal`: the clinical reports of Omicia Opal (Fabric Genomics)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.command import Group
from annotator.cli.console import console
from annotator.cli.opal_options import OpalConnection, Selection, opal_connection_options, selection_options
from annotator.cli.options import AS_JSON, FILE, PATH, WRITING, option, run_options
from annotator.cli.outcome import INCOMPLETE, print_outcome
from annotator.cli.screen import echo
from annotator.cli.ticket_options import check_pause, status_printer, waiting_options
from annotator.errors import UsageError
from annotator.runtime.text import agreeing, counted
from annotator.vcf.files import STREAM, atomic_output

if TYPE_CHECKING:
    from annotator.annotation.allele_table import AlleleTable
    from annotator.annotation.options import AnnotateOptions
    from annotator.dispatch.opal.client import OpalClient
    from annotator.dispatch.opal.launching import Launch
    from annotator.dispatch.opal.variants import OpalVariant, ReportVariants
    from annotator.dispatch.ticket import Ticket

__all__ = ["command"]

_COLUMNS = ("id", "version", "status", "test_type", "created_on", "genome_id", "panel_id", "accession_id")
_SHOWN = 20  # alleles that are listed individually


@click.group("opal", cls=Group, no_args_is_help=True)
def command() -> None:
    """Find, launch and fetch clinical reports of Omicia Opal.

    The variants of a report can be added to a VCF file. Login and password of the API key for Opal (Fabric Genomics)
    come from FABRIC_API_LOGIN and FABRIC_API_PASSWORD, or from a file. Patient data are omitted unless requested.
    """


@command.command("reports", examples=('annotator opal reports --accession-id A-17 --status "Approved"',))
@option("--accession-id", metavar="PART", help="List reports whose accession ID contains this text.")
@option(
    "--external-id",
    metavar="PART",
    help="List reports whose genome has an external ID that contains this text.",
)
@option(
    "--genome-id",
    type=click.IntRange(min=1),
    metavar="N",
    help="List reports of the genome with this number.",
)
@option("--genome-name", metavar="NAME", help="List reports of the genome with this name.")
@option("--report-type", metavar="TYPE", help="List reports whose field report_type has this value.")
@option("--report-status", metavar="WORD", help="List reports whose field report_status has this value.")
@option(
    "--order-by",
    type=click.Choice(["run_date", "report_type", "report_status"]),
    help="Sort the list by this column.",
)
@option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=100,
    show_default=True,
    metavar="N",
    help="Number of reports per request.",
)
@option("--offset", type=click.IntRange(0), default=0, metavar="N", help="Number of reports to skip.")
@option("--status", metavar="WORD", help="List reports whose field status is exactly this text.")
@option("--test-type", metavar="WORD", help="List reports whose field test_type is exactly this text.")
@AS_JSON
@opal_connection_options
def reports(
    *,
    limit: int,
    offset: int,
    status: str | None,
    test_type: str | None,
    as_json: bool,
    connection: OpalConnection,
    **filters: str | int | None,
) -> None:
    """List reports as a tab-separated table."""
    from annotator.dispatch.opal.answers import shareable

    given = [(name, str(value)) for name, value in filters.items() if value is not None]
    found = connection.run(lambda client: client.reports(given, offset=offset, limit=limit))
    wanted = {"status": status, "test_type": test_type}
    chosen = [
        shareable(report)[0]
        for report in found.values()
        if all(value is None or report.get(name) == value for name, value in wanted.items())
    ]
    if as_json:
        echo(_json(chosen))
        return
    echo("\t".join(_COLUMNS))
    for row in chosen:
        echo("\t".join(_cell(row.get(name)) for name in _COLUMNS))


@command.command("report", examples=("annotator opal report --accession-id A-17 --extended -o report.json",))
@selection_options
@option("--extended", is_flag=True, help="Include the variants of the report.")
@option("--patient-fields", is_flag=True, help="Include the patient's data; requires -o.")
@option(
    "-o", "--output", default=STREAM, type=FILE, metavar="FILE", help="Output file; default: standard output."
)
@opal_connection_options
def report(
    *, selection: Selection, extended: bool, patient_fields: bool, output: str, connection: OpalConnection
) -> None:
    """Write one report as JSON, without patient data."""
    from annotator.dispatch.opal.answers import Facts, shareable

    if patient_fields and output == STREAM:
        raise UsageError(
            "--patient-fields requires an output file",
            remedy="Use -o FILE; only you will be able to read it",
        )

    async def request(client: OpalClient) -> Facts:
        return await client.report(await selection.number(client), extended=extended)

    facts = connection.run(request)
    shown, left_out = (facts, 0) if patient_fields else shareable(facts)
    with atomic_output(output) as out:
        if patient_fields and out.path is not None:
            out.path.chmod(0o600)
        out.file.write(f"{_json(shown)}\n".encode())
    if left_out:
        console().say(
            f"left out: {counted(left_out, 'value')} that may belong to the patient; "
            "include them with --patient-fields -o FILE"
        )


@command.command("wait", examples=("annotator opal wait --ticket A-17.json --deadline 8h",))
@selection_options
@waiting_options
@opal_connection_options
def wait(*, selection: Selection, deadline: float, every: float, connection: OpalConnection) -> None:
    """Wait until a report is approved.

    A report is approved when its final PDF exists. Exit status 75 means that it was not approved by the deadline: run
    the command again.
    """
    from annotator.dispatch.base import waited
    from annotator.dispatch.opal.launching import OpalDispatcher, ticket_of

    async def request(client: OpalClient) -> int:
        check_pause(every, client.service)
        number = await selection.number(client)
        await waited(
            OpalDispatcher(client),
            ticket_of(client.service, number),
            deadline=deadline,
            every=every,
            at_most_every=5 * every,  # a clinician takes hours
            on_status=status_printer("status: "),
        )
        return number

    console().say(f"report {connection.run(request)} is approved")


@command.command("pdf", examples=("annotator opal pdf --accession-id A-17 -o A-17.pdf",))
@selection_options
@option(
    "--preview",
    is_flag=True,
    help="Save a draft of a report that is not approved yet, with DRAFT in the file name.",
)
@option("-o", "--output", type=FILE, metavar="FILE", help="PDF file to write; default: opal-report-N.pdf.")
@opal_connection_options
def pdf(*, selection: Selection, preview: bool, output: str | None, connection: OpalConnection) -> None:
    """Save the PDF of a report.

    Exit status 75 means that the PDF does not exist yet.
    """
    from annotator.dispatch.opal.pdf import draft_name, save_final, save_preview

    if preview and output is not None:
        draft_name(output)

    async def request(client: OpalClient) -> tuple[int, str, int]:
        number = await selection.number(client)
        name = output or f"opal-report-{number}.pdf"
        if preview:
            return number, *await save_preview(client, number, name)
        return number, name, await save_final(client, number, name)

    number, name, size = connection.run(request)
    console().say(f"{name}: {'draft of ' if preview else ''}report {number}, {size:,} bytes", bytes=size)


@command.command(
    "variants",
    examples=("annotator opal variants --accession-id A-17 --vcf germline.vcf.gz -o joined.vcf.gz",),
)
@selection_options
@option(
    "--vcf",
    type=FILE,
    metavar="INPUT",
    help="VCF or BCF file to annotate, - for standard input; its assembly must be GRCh37.",
)
@option(
    "-o", "--output", default=STREAM, type=FILE, metavar="FILE", help="Output file; default: standard output."
)
@run_options(*WRITING)
@option(
    "--missing",
    type=PATH,
    metavar="FILE",
    help="File that lists the report's alleles without a record in the VCF.",
)
@opal_connection_options
def variants(
    *,
    selection: Selection,
    vcf: str | None,
    output: str,
    missing: Path | None,
    options: AnnotateOptions,
    connection: OpalConnection,
) -> None:
    """Annotate a VCF file with the variants of a report.

    INFO fields OPAL_STATUS and OPAL_REPORT are written. Without --vcf the variants are listed. The VCF must be on
    GRCh37, like Opal's reports. Exit status 3 means that some alleles of the report have no record in the VCF.
    """
    from annotator.annotation.allele_table import Keys
    from annotator.dispatch.opal.variants import report_variants
    from annotator.variants.assembly import Assembly

    if vcf is None and (missing is not None or options.write_index or options.output_type is not None):
        raise UsageError("--missing, -W and -O require --vcf", remedy="Add --vcf FILE, or omit these options")
    config = None if vcf is None else options._replace(input=vcf, output=output)
    if config is not None:
        config.check_files()
    keys = Keys(Assembly.GRCH37, options.reference)

    async def request(client: OpalClient) -> ReportVariants:
        return await report_variants(client, await selection.number(client), keys)

    found = connection.run(request)
    if config is None:
        _list(found, output)
    else:
        _join(found, found.table(), config, missing)


def _list(found: ReportVariants, output: str) -> None:

    def row(spelling: str, variant: OpalVariant) -> str:
        return f"{spelling}\t{'&'.join(variant.status)}\t{'&'.join(variant.to_report)}"

    rows = [row(found.spellings[key], found.variants[key]) for key in sorted(found.variants)]
    _write_lines(output, ["chrom\tpos\tref\talt\tstatus\tto_report", *rows])


def _join(
    found: ReportVariants, table: AlleleTable[OpalVariant], config: AnnotateOptions, missing: Path | None
) -> None:
    from annotator.annotation.join import join_alleles

    joined = join_alleles(config, table, console().progress(streams=config.output == STREAM))
    absent = [found.spellings[key] for key in joined.missing]
    if missing is not None:
        _write_lines(str(missing), ["chrom\tpos\tref\talt", *absent])
    for reason, count in sorted(found.refused.items()):
        console().warn(
            f"{counted(count, 'allele')} of the report cannot be added to the VCF: {reason}.",
            reason=reason,
            alleles=count,
        )
    if absent:
        console().warn(
            f"{len(absent):,} of {counted(len(table.records), 'allele')} of the report "
            f"{agreeing(len(absent), 'has', 'have')} no record in the VCF:",
            "missing",
            alleles=len(absent),
        )
        for spelling in absent[:_SHOWN]:
            console().warn(spelling.replace("\t", " "), "missing", mark="  ")
        if len(absent) > _SHOWN:
            more = f"and {len(absent) - _SHOWN:,} more (list all with --missing FILE)"
            console().warn(more, "missing", mark="  ")
    print_outcome(joined.report)
    if absent or found.refused:
        click.get_current_context().exit(INCOMPLETE)


@command.command(
    "launch",
    no_args_is_help=True,
    examples=(
        "annotator opal launch panel --accession-id A-17 --genome-id 119 --panel-id 1200 --ticket A-17.json",
    ),
)
@click.argument("kind", type=click.Choice(["panel", "exome", "somatic_panel"]))
@option(
    "--accession-id",
    required=True,
    metavar="ID",
    help="Accession ID of the report; use it to find the report later.",
)
@option("--genome-id", type=click.IntRange(min=1), metavar="N", help="Number of the genome in Opal.")
@option(
    "--panel-id", type=click.IntRange(min=1), metavar="N", help="Number of the panel; optional for an exome."
)
@option(
    "--project-id",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of the project that will receive the genome.",
)
@option("--filter-id", type=click.IntRange(min=1), metavar="N", help="Number of the filter protocol.")
@option("--disease-id", metavar="ID", help="ID of the disease, for a somatic_panel.")
@option("--include-cosmic", is_flag=True, help="Include COSMIC, for a somatic_panel.")
@option("--ticket", type=PATH, required=True, metavar="FILE", help="Ticket to write.")
@option("--force", is_flag=True, help="Launch a new report even if one with the accession ID exists.")
@option(
    "--settle",
    type=click.FloatRange(0),
    metavar="SECONDS",
    default=20.0,
    show_default=True,
    help="Seconds to search for the report of an interrupted launch.",
)
@opal_connection_options
def launch(*, ticket: Path, force: bool, settle: float, connection: OpalConnection, **facts: Any) -> None:
    """Launch a report on a genome in Opal.

    If a report with the accession ID exists, it is used and no second one is launched. Use the ticket with the commands
    wait, pdf, report and variants.
    """
    from annotator.dispatch.opal.launching import Launch

    wanted = Launch(**facts)
    held = connection.run(lambda client: _launched(client, wanted, ticket, settle, force=force))
    console().say(f"report {held.known_job()}: {ticket}", job=held.known_job())


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
