"""What every dispatcher is, and the steps that all share: nothing is sent twice, and a stopped run goes on.

    parcel → intent on disk → is there such a job? → submit, once → ticket with the job
                                                   ↘ found ─────↗
    ticket → wait: poll until the job is done, or the deadline passed (UnfinishedError)
           → collect, cancel

A dispatcher knows one service. It never sends the same submission again by itself: whether one arrived that got no
answer, only the service's list of jobs tells.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from annotator.dispatch.ticket import Submission, Ticket, locked
from annotator.errors import DispatchError, TicketError, UnfinishedError
from annotator.net import CircuitOpenError, UnansweredError, UnavailableError

__all__ = ["Access", "Dispatcher", "Factory", "JobState", "JobStatus", "submitted", "waited"]

SETTLE = 20.0  # seconds in which a submission that arrived shows in the service's list
_BACK_OFF = 1.25


class JobState(enum.StrEnum):
    """Where a job stands. What a service says and we do not know is `UNKNOWN`: it is asked again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class JobStatus(NamedTuple):
    """What a service says of a job.

    Attributes:
        state: in our words.
        word: in the service's own.

    """

    state: JobState
    word: str


class Access(NamedTuple):
    """How a service is reached. Credentials come from the environment or its files, never from here.

    Attributes:
        url: another address than the service's own; None for that.
        ca_bundle: certificates of authorities to trust in addition to the system's; None for no others.
        egress_log: file to which a line is appended per request; None for none.

    """

    url: str | None = None
    ca_bundle: Path | None = None
    egress_log: Path | None = None


class Dispatcher(Protocol):
    """One service that takes whole samples.

    Attributes:
        name: as the registry has it.
        service: its address.

    """

    name: str
    service: str

    async def find(self, ticket: Ticket) -> str | None:
        """Return the job that the service has for a ticket; None if it has none."""
        ...

    async def submit(self, ticket: Ticket, parcel: Submission) -> str:
        """Send a parcel, once, and give the job's name.

        Raises:
            UnansweredError: it may have arrived, or not.
            DispatchError: the service refused it.
            NetworkError: it did not arrive.

        """
        ...

    async def poll(self, ticket: Ticket) -> JobStatus:
        """Ask where the job stands.

        Raises:
            DispatchError: the service does not have the job, or refuses to tell.
            NetworkError: it could not be asked.

        """
        ...

    async def collect(self, ticket: Ticket, path: Path) -> None:
        """Fetch the result of a job that is done, check it, and let it appear under a name in one step.

        Raises:
            DispatchError: there is none, or it is not what it should be.
            NetworkError: it could not be fetched.

        """
        ...

    async def cancel(self, ticket: Ticket) -> None:
        """Remove the ticket's own job from the service; one that is gone already is no error."""
        ...


Factory: TypeAlias = Callable[[Access], AbstractAsyncContextManager[Dispatcher]]
"""Makes a dispatcher, usable within `async with`."""


async def submitted(
    dispatcher: Dispatcher, parcel: Submission, path: Path, *, force: bool = False, settle: float = SETTLE
) -> Ticket:
    """Hand a parcel over once, however often this is called or stopped; give its ticket.

    Args:
        dispatcher: of the service.
        parcel: what is handed over.
        path: of the ticket.
        force: whether to hand over again what was handed over before, as another job.
        settle: seconds that a submission which may have arrived is looked for before it counts as lost.

    Raises:
        TicketError: the ticket is of another parcel, or in use.
        UnansweredError: the submission may have arrived; calling this again tells.
        AnnotatorError: what the dispatcher raises.

    """
    with locked(path):
        held = Ticket.read(path) if path.exists() else None
        if held is not None:
            _check(dispatcher, held, parcel, path, force=force)
            if held.job is not None and not force:
                return held
        resumed = held is not None and held.job is None and held.digest == parcel.digest
        if held is not None and resumed:
            intent = held
        else:
            number = held.number + 1 if held is not None and held.digest == parcel.digest else 1
            intent = Ticket.intended(dispatcher.name, dispatcher.service, parcel, number)
            intent.write(path)
        job = await _found(dispatcher, intent, settle if resumed else 0.0)
        if job is None:
            job = await _sent(dispatcher, intent, parcel, settle)
        ticket = intent.with_job(job)
        ticket.write(path)
        return ticket


def _check(dispatcher: Dispatcher, held: Ticket, parcel: Submission, path: Path, *, force: bool) -> None:
    if (held.dispatcher, held.service) != (dispatcher.name, dispatcher.service):
        raise TicketError(
            f"the ticket belongs to {held.dispatcher} at {held.service}",
            path=path,
            remedy="Use another file name for the new ticket",
        )
    if held.digest != parcel.digest and not force:
        raise TicketError(
            "the ticket belongs to a job with other input or other settings",
            path=path,
            remedy="Use another file name for the new ticket, or replace the old one with --force",
        )


async def _sent(dispatcher: Dispatcher, intent: Ticket, parcel: Submission, settle: float) -> str:
    try:
        return await dispatcher.submit(intent, parcel)
    except UnansweredError:
        job = await _found(dispatcher, intent, settle)
        if job is None:
            raise
        return job


async def _found(dispatcher: Dispatcher, intent: Ticket, within: float) -> str | None:
    """Look for the job, again and again for so many seconds: what arrived may show only later."""
    end = time.monotonic() + within
    pause = 0.25
    while (job := await dispatcher.find(intent)) is None and time.monotonic() < end:
        await asyncio.sleep(min(pause, max(0.0, end - time.monotonic())))
        pause = min(2 * pause, 5.0)
    return job


async def waited(
    dispatcher: Dispatcher,
    ticket: Ticket,
    *,
    deadline: float,
    every: float = 30.0,
    at_most_every: float = 60.0,
    on_status: Callable[[JobStatus], None] = lambda _: None,
) -> JobStatus:
    """Poll until a job is done. An outage of the service is waited for too.

    Args:
        dispatcher: of the service.
        ticket: of the job.
        deadline: seconds after which waiting ends.
        every: seconds between the first polls.
        at_most_every: seconds that the pauses grow to.
        on_status: called with each status.

    Raises:
        UnfinishedError: the deadline passed first.
        DispatchError: the job failed, or the service does not have it.

    """
    end = time.monotonic() + deadline
    pause = every
    last = "no answer"
    while True:
        try:
            status = await dispatcher.poll(ticket)
        except (UnavailableError, CircuitOpenError) as error:
            last = f"no answer: {error.what}"
        else:
            on_status(status)
            if status.state is JobState.DONE:
                return status
            if status.state is JobState.FAILED:
                raise DispatchError(
                    f"the job {ticket.known_job()} ended with status {status.word}",
                    path=dispatcher.service,
                    remedy="Read its log, correct the input and submit it again",
                )
            last = status.word
        left = end - time.monotonic()
        if left <= 0:
            raise UnfinishedError(
                f"the job {ticket.known_job()} is not finished yet (last status: {last})",
                path=dispatcher.service,
                remedy="Run the same command again later",
            )
        await asyncio.sleep(min(pause, left))
        pause = min(pause * _BACK_OFF, max(every, at_most_every))
