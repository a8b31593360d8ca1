"""`annotator ticket`: jobs at any service with a dispatcher, identified by their tickets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.command import Group
from annotator.cli.options import PATH, option
from annotator.cli.screen import echo
from annotator.cli.ticket_options import (
    Reaching,
    cancelled,
    reaching_options,
    shown_status,
    waited_for,
    waiting_options,
)
from annotator.runtime.os_errors import cannot_read

if TYPE_CHECKING:
    from annotator.dispatch.base import Dispatcher
    from annotator.dispatch.ticket import Ticket

__all__ = ["command"]

_TICKET = click.argument("ticket", type=PATH)


@click.group("ticket", cls=Group, no_args_is_help=True)
def command() -> None:
    """Follow up jobs at external services by their tickets.

    A ticket is a file that identifies a submitted job.
    """


@command.command(
    "submit",
    no_args_is_help=True,
    examples=(
        "annotator ticket submit cgi tumour.ticket.json --fact cancer_type=CM --file mutations=tumour.tsv",
    ),
)
@click.argument("dispatcher", metavar="SERVICE")
@_TICKET
@option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="Setting of the job; can be repeated.")
@option("--file", "files", multiple=True, metavar="KEY=PATH", help="Input file of the job; can be repeated.")
@option("--force", is_flag=True, help="Submit a new job even if the same input was submitted before.")
@reaching_options
def submit(
    dispatcher: str,
    ticket: Path,
    facts: tuple[str, ...],
    files: tuple[str, ...],
    force: bool,
    reaching: Reaching,
) -> None:
    """Submit a job to a service, and write its ticket.

    SERVICE is cgi or opal. Submitting the same input again returns the same job.
    """
    from annotator.dispatch.base import submitted
    from annotator.dispatch.ticket import Submission

    parcel = Submission(_pairs(facts), {key: _content(path) for key, path in _pairs(files).items()})

    async def hand_over(made: Dispatcher) -> Ticket:
        return await submitted(made, parcel, ticket, force=force)

    echo(reaching.run(dispatcher, hand_over).known_job())


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    return dict(text.partition("=")[::2] for text in texts)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise cannot_read(error, path) from error


@command.command("status", no_args_is_help=True, examples=("annotator ticket status tumour.ticket.json",))
@_TICKET
@reaching_options
def status(ticket: Path, reaching: Reaching) -> None:
    """Print the status of a job."""
    shown_status(ticket, reaching)


@command.command(
    "wait", no_args_is_help=True, examples=("annotator ticket wait tumour.ticket.json --deadline 8h",)
)
@_TICKET
@waiting_options
@reaching_options
def wait(ticket: Path, deadline: float, every: float, reaching: Reaching) -> None:
    """Wait until a job is finished.

    Exit status 75 means that it was not finished by the deadline: run the command again.
    """
    waited_for(ticket, reaching, deadline=deadline, every=every)


@command.command(
    "fetch", no_args_is_help=True, examples=("annotator ticket fetch tumour.ticket.json -o result.zip",)
)
@_TICKET
@option("-o", "--output", type=PATH, required=True, metavar="FILE", help="File to write.")
@reaching_options
def fetch(ticket: Path, output: Path, reaching: Reaching) -> None:
    """Fetch the result of a finished job."""

    async def collect(dispatcher: Dispatcher, held: Ticket) -> None:
        await dispatcher.collect(held, output)

    reaching.with_ticket(ticket, collect)


@command.command("cancel", no_args_is_help=True, examples=("annotator ticket cancel tumour.ticket.json",))
@_TICKET
@reaching_options
def cancel(ticket: Path, reaching: Reaching) -> None:
    """Delete a job at the service, and its ticket."""
    cancelled(ticket, reaching)
