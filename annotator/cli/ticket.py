"""`annotator ticket`: jobs at any service that has a dispatcher, by their tickets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.command import Group
from annotator.cli.options import PATH, option
from annotator.cli.ticket_options import (
    Reaching,
    cancelled,
    reaching_options,
    shown_status,
    waited_for,
    waiting_options,
)
from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.dispatch.base import Dispatcher
    from annotator.dispatch.ticket import Ticket

__all__ = ["command"]

_TICKET = click.argument("ticket", type=PATH)


@click.group("ticket", cls=Group, no_args_is_help=True)
def command() -> None:
    """Go on with jobs at services, by their tickets.

    Hand something over, see where it stands, wait for it, fetch it, remove it.
    """


@command.command(
    "submit",
    no_args_is_help=True,
    examples=(
        "annotator ticket submit cgi tumour.ticket.json --fact cancer_type=CM --file mutations=tumour.tsv",
    ),
)
@click.argument("dispatcher", metavar="NAME")
@_TICKET
@option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="What is asked for.")
@option("--file", "files", multiple=True, metavar="KEY=PATH", help="What is handed over.")
@option("--force", is_flag=True, help="Hand over again what was handed over before.")
@reaching_options
def submit(
    dispatcher: str,
    ticket: Path,
    facts: tuple[str, ...],
    files: tuple[str, ...],
    force: bool,
    reaching: Reaching,
) -> None:
    """Hand something over to the dispatcher NAME, once, and write its ticket."""
    from annotator.dispatch.base import submitted
    from annotator.dispatch.ticket import Submission

    parcel = Submission(_pairs(facts), {key: _content(path) for key, path in _pairs(files).items()})

    async def hand_over(made: Dispatcher) -> Ticket:
        return await submitted(made, parcel, ticket, force=force)

    click.echo(reaching.run(dispatcher, hand_over).known_job())


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    return dict(text.partition("=")[::2] for text in texts)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error


@command.command("status", no_args_is_help=True, examples=("annotator ticket status tumour.ticket.json",))
@_TICKET
@reaching_options
def status(ticket: Path, reaching: Reaching) -> None:
    """Tell where the job stands, in the service's words."""
    shown_status(ticket, reaching)


@command.command(
    "wait", no_args_is_help=True, examples=("annotator ticket wait tumour.ticket.json --deadline 8h",)
)
@_TICKET
@waiting_options
@reaching_options
def wait(ticket: Path, deadline: float, every: float, reaching: Reaching) -> None:
    """Wait until the job is done; status 75 if it is not by the deadline."""
    waited_for(ticket, reaching, deadline=deadline, every=every)


@command.command(
    "fetch", no_args_is_help=True, examples=("annotator ticket fetch tumour.ticket.json -o result.zip",)
)
@_TICKET
@option("-o", "--output", type=PATH, required=True, metavar="FILE", help="Where to.")
@reaching_options
def fetch(ticket: Path, output: Path, reaching: Reaching) -> None:
    """Fetch the result of a job that is done."""

    async def collect(dispatcher: Dispatcher, held: Ticket) -> None:
        await dispatcher.collect(held, output)

    reaching.with_ticket(ticket, collect)


@command.command("cancel", no_args_is_help=True, examples=("annotator ticket cancel tumour.ticket.json",))
@_TICKET
@reaching_options
def cancel(ticket: Path, reaching: Reaching) -> None:
    """Remove the job from the service, and the ticket."""
    cancelled(ticket, reaching)
