"""Options shared by the commands for jobs at a service: the connection, and the ticket."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from annotator.annotation.online_options import OnlineOptions
from annotator.cli.console import console
from annotator.cli.options import declared, option, with_options
from annotator.cli.screen import echo
from annotator.errors import TicketError, UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Step, Unit

if TYPE_CHECKING:
    from annotator.dispatch.base import Dispatcher, JobStatus
    from annotator.dispatch.ticket import Ticket

__all__ = [
    "SERVICE",
    "Reaching",
    "cancelled",
    "check_pause",
    "reaching_options",
    "seconds",
    "shown_status",
    "status_printer",
    "waited_for",
    "waiting_options",
]

T = TypeVar("T")

SERVICE = "Service"
"""Heading of the connection options."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPARING = 10.0  # seconds: the shortest pause between polls of a service that is not on this machine


class Reaching(NamedTuple):
    """Connection to a service."""

    url: str | None
    ca_bundle: Path | None
    egress_log: Path | None

    def run(self, name: str, do: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function with the dispatcher of a name, and return its result.

        Without `--url`, the address is taken from the environment (for example `ANNOTATOR_CGI_URL`), else the default.
        """
        # Imported here: only these commands need asyncio and aiohttp.
        import asyncio

        from annotator.dispatch.base import Access
        from annotator.dispatch.registry import factory

        url = self.url or os.environ.get(f"ANNOTATOR_{name.upper()}_URL") or None

        async def done() -> T:
            async with factory(name)(Access(url, self.ca_bundle, self.egress_log)) as dispatcher:
                return await do(dispatcher)

        return asyncio.run(done())

    def with_ticket(
        self, path: Path, do: Callable[[Any, Ticket], Coroutine[Any, Any, T]], name: str | None = None
    ) -> T:
        """Run a coroutine function with the dispatcher of a ticket, and return its result.

        Raises:
            TicketError: the ticket belongs to a dispatcher other than the named one, or to another address: the
                credentials are never sent to an address that only a file names.

        """
        from annotator.dispatch.ticket import Ticket

        ticket = Ticket.read(path)
        if name not in {None, ticket.dispatcher}:
            raise TicketError(
                f"the ticket belongs to {ticket.dispatcher}, not to {name}",
                path=path,
                remedy=f"Use a ticket of {name}",
            )

        async def checked(dispatcher: Dispatcher) -> T:
            if dispatcher.service != ticket.service:
                raise TicketError(
                    f"the ticket belongs to the service at {ticket.service}, not to {dispatcher.service}",
                    path=path,
                    remedy="If that is correct, set the address with --url",
                )
            return await do(dispatcher, ticket)

        return self.run(ticket.dispatcher, checked)


_REACHING = (
    option(
        "--url",
        metavar="URL",
        help="Address of the service (environment variable for CGI: ANNOTATOR_CGI_URL).",
        section=SERVICE,
    ),
    *declared(OnlineOptions, "ca_bundle", "egress_log", section=SERVICE),
)


def reaching_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the connection options to a command, which receives them as one argument, `reaching`."""

    @functools.wraps(command)
    def wrapped(*, url: str | None, ca_bundle: Path | None, egress_log: Path | None, **others: Any) -> Any:
        return command(reaching=Reaching(url, ca_bundle, egress_log), **others)

    return with_options(wrapped, _REACHING)


def seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """Return a time such as `90`, `30m`, `2h` or `1d` in seconds."""
    number, unit = (value[:-1], value[-1]) if value[-1:] in _UNITS else (value, "s")
    try:
        found = float(number) * _UNITS[unit]
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise click.BadParameter(f"{value!r} is not a time such as 90, 30m, 2h or 1d")
    return found


_WAITING = tuple(
    option(name, default=default, show_default=True, callback=seconds, metavar="TIME", help=help_)
    for name, default, help_ in (
        ("--deadline", "1h", "Maximum time to wait: a number of seconds, or 10m, 2h, 1d."),
        ("--every", "30", "Time between two status requests: a number of seconds, or 10m, 2h, 1d."),
    )
)


def waiting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the waiting options to a command: `deadline` and `every`, in seconds."""
    return with_options(command, _WAITING)


def check_pause(every: float, service: str) -> None:
    """Refuse too frequent polls of a service that is not on this machine.

    Raises:
        UsageError: `every`, in seconds, is too short.

    """
    from annotator.net.address import address, is_loopback

    if every < _SPARING and not is_loopback(address(service).host or ""):
        raise UsageError(f"--every {every:g} is too short", remedy=f"Use {_SPARING:g} seconds or more")


def shown_status(path: Path, reaching: Reaching, name: str | None = None) -> None:
    """Print the state of a ticket's job."""

    async def poll(dispatcher: Dispatcher, ticket: Ticket) -> str:
        return f"{ticket.known_job()}\t{(await dispatcher.poll(ticket)).word}"

    echo(reaching.with_ticket(path, poll, name))


def status_printer(mark: str = "") -> Callable[[JobStatus], None]:
    """Return a function that prints a job's status whenever it changes, and shows the waiting time in between.

    Args:
        mark: printed before the status.

    """
    out, began, last = console(), time.monotonic(), ""
    progress = out.progress()

    def on_status(answer: JobStatus) -> None:
        nonlocal last
        if answer.word != last:
            last = answer.word
            out.say(f"{mark}{last}", "status", status=last)
        if progress is not None:
            seconds_waited = int(time.monotonic() - began)
            progress(Step(f"waiting: {last}", seconds_waited, None, Unit.SECONDS))

    return on_status


def waited_for(
    path: Path, reaching: Reaching, *, deadline: float, every: float, name: str | None = None
) -> None:
    """Wait until the job of a ticket is finished; print changes of its state to standard error."""
    from annotator.dispatch.base import waited

    async def wait(dispatcher: Dispatcher, ticket: Ticket) -> None:
        check_pause(every, dispatcher.service)
        await waited(dispatcher, ticket, deadline=deadline, every=every, on_status=status_printer())

    reaching.with_ticket(path, wait, name)


def cancelled(path: Path, reaching: Reaching, name: str | None = None) -> None:
    """Remove the job of a ticket from the service, then the ticket."""
    from annotator.dispatch.ticket import locked

    async def cancel(dispatcher: Dispatcher, ticket: Ticket) -> str:
        await dispatcher.cancel(ticket)
        return ticket.known_job()

    with locked(path):
        job = reaching.with_ticket(path, cancel, name)
        path.unlink(missing_ok=True)
    console().say(f"deleted the job {job} and its ticket; downloaded results are kept", job=job)
