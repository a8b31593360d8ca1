"""Options of all commands that query Opal: the connection, and the selected report."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from annotator.annotation.online_options import OnlineOptions
from annotator.cli.options import PATH, declared, option, with_options
from annotator.cli.ticket_options import SERVICE
from annotator.errors import DispatchError, TicketError, UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted

if TYPE_CHECKING:
    from annotator.dispatch.opal.client import OpalClient

__all__ = ["OpalConnection", "Selection", "opal_connection_options", "selection_options"]

T = TypeVar("T")


class OpalConnection(NamedTuple):
    """Connection to the service."""

    url: str | None
    credentials: Path | None
    ca_bundle: Path | None
    egress_log: Path | None
    safe_params: bool

    def run(self, request: Callable[[OpalClient], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function with a client of the service, and return its result."""
        # Imported here: only these commands need aiohttp.
        from annotator.dispatch.base import Access
        from annotator.dispatch.opal.client import OpalClient
        from annotator.dispatch.opal.credentials import OpalCredentials

        credentials = OpalCredentials.found(self.credentials)

        async def requested() -> T:
            access = Access(self.url, self.ca_bundle, self.egress_log)
            async with OpalClient(access, credentials, safe_params=self.safe_params) as client:
                return await request(client)

        return asyncio.run(requested())


class Selection(NamedTuple):
    """The selected report, by one of three options."""

    report_id: int | None
    accession_id: str | None
    ticket: Path | None

    async def number(self, client: OpalClient) -> int:
        """Return the report's number.

        Raises:
            DispatchError: no report, or more than one, has the accession id.
            TicketError: the ticket has no report, or its report is at another address.

        """
        from annotator.dispatch.opal.launching import listed, number_of
        from annotator.dispatch.ticket import Ticket

        if self.ticket is not None:
            ticket = Ticket.read(self.ticket)
            number = number_of(ticket)
            # The API key is never sent to an address that only a file names.
            if ticket.service != client.service:
                raise TicketError(
                    f"the ticket belongs to the service at {ticket.service}, not to {client.service}",
                    path=self.ticket,
                    remedy="If that is correct, set the address with --url",
                )
            return number
        if self.report_id is not None:
            return self.report_id
        found = await client.with_accession(self.accession_id or "")
        if len(found) == 1:
            return next(iter(found))
        if not found:
            raise DispatchError(
                "no report has exactly this accession ID",
                path=client.service,
                remedy="Search with: annotator opal reports --accession-id PART",
            )
        raise DispatchError(
            f"{counted(len(found), 'report')} have this accession ID: {listed(found)}",
            path=client.service,
            remedy="Choose one with --report-id",
        )


_ASKING = (
    option(
        "--url",
        envvar=("ANNOTATOR_OPAL_URL", "FABRIC_API_URL", "OMICIA_API_URL"),
        metavar="URL",
        help="Address of the service (environment variable ANNOTATOR_OPAL_URL or FABRIC_API_URL); default: Fabric's.",
        section=SERVICE,
    ),
    option(
        "--credentials",
        type=PATH,
        metavar="FILE",
        help="File with one line login:password; default: the environment variables FABRIC_API_LOGIN and "
        "FABRIC_API_PASSWORD.",
        section=SERVICE,
    ),
    *declared(OnlineOptions, "ca_bundle", "egress_log", section=SERVICE),
    option(
        "--safe-params",
        is_flag=True,
        help="Send search terms in a request header instead of the address, which servers log.",
        section=SERVICE,
    ),
)

_SELECTION = (
    option("--report-id", type=click.IntRange(min=1), metavar="N", help="Number of the report."),
    option("--accession-id", metavar="ID", help="Accession ID of the report; must be unique."),
    option("--ticket", type=PATH, metavar="FILE", help="Ticket of the report's launch."),
)


def opal_connection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the connection options to a command, which receives them as one argument, `connection`."""

    @functools.wraps(command)
    def wrapped(
        *,
        url: str | None,
        credentials: Path | None,
        ca_bundle: Path | None,
        egress_log: Path | None,
        safe_params: bool,
        **others: Any,
    ) -> Any:
        return command(
            connection=OpalConnection(url, credentials, ca_bundle, egress_log, safe_params), **others
        )

    return with_options(wrapped, _ASKING)


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select a report to a command, which receives them as one argument, `selection`."""

    @functools.wraps(command)
    def wrapped(
        *, report_id: int | None, accession_id: str | None, ticket: Path | None, **others: Any
    ) -> Any:
        if sum(one is not None for one in (report_id, accession_id, ticket)) != 1:
            raise UsageError(
                "no report was chosen", remedy="Use exactly one of --report-id, --accession-id and --ticket"
            )
        return command(selection=Selection(report_id, accession_id, ticket), **others)

    return with_options(wrapped, _SELECTION)
