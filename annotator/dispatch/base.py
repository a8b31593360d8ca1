"""The contract of dispatchers, and their shared steps: nothing is submitted twice, and a stopped run continues.

    parcel → intent on disk → search for the job ──→ submit, once → ticket with the job
                                                   ↘ found ─────↗
    ticket → wait: poll until the job is done, or the deadline passed (UnfinishedError)
           → collect, cancel

A dispatcher serves one service. It never repeats a submission by itself: only the service's list of jobs shows whether
a submission without a response arrived.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeAlias

from annotator.dispatch.ticket import Submission, Ticket, locked
from annotator.errors import DispatchError, TicketError, UnfinishedError
from annotator.net import CircuitOpenError, UnansweredError, UnavailableError
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Access", "Dispatcher", "Factory", "JobState", "JobStatus", "submitted", "waited"]

SETTLE = 20.0  # seconds until a submission appears in the service's list
_BACK_OFF = 1.25


class JobState(enum.StrEnum):
    """State of a job. An unknown state of the service is `UNKNOWN`, and is polled again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class JobStatus(NamedTuple):
    """A service's description of a job's state.

    Attributes:
        state: state in our terms.
        word: word of the service.

    """

    state: JobState
    word: str


class Access(NamedTuple):
    """Connection to a service. Credentials come from the environment or its files, never from here.

    Attributes:
        url: an address other than the service's own; None for its own.
        ca_bundle: certificates of authorities to trust in addition to the system's; None for no others.
        egress_log: file to which one line is appended per request; None for none.

    """

    url: str | None = None
    ca_bundle: Path | None = None
    egress_log: Path | None = None


class Dispatcher(Protocol):
    """A service that accepts whole samples.

    Attributes:
        name: name in the registry.
        service: address of the service.

    """

    name: str
    service: str

    async def find(self, ticket: Ticket) -> str | None:
        """Return the service's job for a ticket; None if it has none."""
        ...

    async def submit(self, ticket: Ticket, parcel: Submission) -> str:
        """Submit a parcel, once, and return the job's name.

        Raises:
            UnansweredError: the submission may or may not have arrived.
            DispatchError: the service refused it.
            NetworkError: the submission did not arrive.

        """
        ...

    async def poll(self, ticket: Ticket) -> JobStatus:
        """Return the state of the job.

        Raises:
            DispatchError: the service does not have the job, or refuses access.
            NetworkError: the request failed.

        """
        ...

    async def collect(self, ticket: Ticket, path: Path) -> None:
        """Download the result of a finished job, check it, and rename it to its final name in one step.

        Raises:
            DispatchError: there is no result, or it is invalid.
            NetworkError: the download failed.

        """
        ...

    async def cancel(self, ticket: Ticket) -> None:
        """Remove the ticket's own job from the service; a job that no longer exists is not an error."""
        ...


Factory: TypeAlias = Callable[[Access], AbstractAsyncContextManager[Dispatcher]]
"""Function that makes a dispatcher, for use in `async with`."""


async def submitted(
    dispatcher: Dispatcher, parcel: Submission, path: Path, *, force: bool = False, settle: float = SETTLE
) -> Ticket:
    """Submit a parcel exactly once, however often this is called or stopped; return its ticket.

    Args:
        dispatcher: dispatcher of the service.
        parcel: the parcel.
        path: path of the ticket.
        force: whether to submit a parcel again, as another job.
        settle: seconds for which a submission that may have arrived is searched before it counts as lost.

    Raises:
        TicketError: the ticket belongs to another parcel, or is in use.
        UnansweredError: the submission may have arrived; another call will find out.
        AnnotatorError: any error of the dispatcher.

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
    """Search for the job repeatedly for a number of seconds: a submission may appear in the list late."""
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
    """Poll until a job is finished; outages of the service are tolerated.

    Args:
        dispatcher: dispatcher of the service.
        ticket: ticket of the job.
        deadline: seconds after which waiting ends.
        every: seconds between the first polls.
        at_most_every: maximum seconds between polls.
        on_status: called with each status.

    Raises:
        UnfinishedError: the deadline passed before the job was finished.
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
