"""Sending one request: its time slot, its attempts, and the errors of failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import aiohttp
from yarl import URL

from annotator._version import __version__
from annotator.net.address import host_of, proxy_of, shown
from annotator.net.circuit import Circuit
from annotator.net.egress import Egress
from annotator.net.errors import PassingError, RefusedError, TooLargeError, UnavailableError
from annotator.net.failures import failure, refused, trusting
from annotator.net.limits import HttpLimits
from annotator.net.retries import PASSING, TOO_MANY, attempts, retry_after
from annotator.net.state import HostState, state_folder
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted

__all__ = ["Exchange", "Sender", "Sending"]

Result = TypeVar("Result")

_FRESH = 0.03  # seconds after which a time slot has passed: less than the margin in the interval

_CLOSING_TURNS = 4  # iterations of the event loop in which closed connections end

_NOT_REACHED = "Check the address and the network; behind a proxy, set HTTPS_PROXY and NO_PROXY"

_OUTSIDE = "the client is used outside of its `async with`"


class Exchange(NamedTuple):
    """The request of one HTTP exchange."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | None
    identifiers: int


@dataclass(slots=True)
class Sending:
    """One sent request, for the account of data that left the machine."""

    left: bool = False
    received: int = 0
    status: int | None = None


@dataclass(slots=True)
class _Host:
    """State of a client for one host.

    Attributes:
        name: name, with its port if that is not the scheme's default.
        state: state shared by all processes of the machine.
        circuit: circuit breaker.
        places: semaphore for concurrent requests.
        turn: lock held while waiting for the next time slot, so that only one task of this process waits.
        silent_refusals: consecutive responses 429 that stated no waiting time.

    """

    name: str
    state: HostState
    circuit: Circuit
    places: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    silent_refusals: int = 0


class Sender:
    """Sender of requests; shared by the client and its downloads.

    Attributes:
        limits: limits per host.
        egress: account of the sent requests.
        warnings: warnings for the user.

    """

    def __init__(self, limits: HttpLimits, egress: Egress, ca_bundle: Path | None = None) -> None:
        self.limits = limits
        self.egress = egress
        self.warnings: list[str] = []
        self._hosts: dict[str, _Host] = {}
        self._ca_bundle = ca_bundle
        self._folder: Path | None = None
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Prepare for sending; must be called in the event loop.

        Raises:
            UsageError: the certificates to trust cannot be read.
            NetworkError: the count of requests cannot be stored.

        """
        self._folder = state_folder()
        # Created here instead of by aiohttp, which creates its own at import: SSL_CERT_FILE may be set later.
        connector = aiohttp.TCPConnector(ssl=trusting(self._ca_bundle), limit=0)
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_create_start.append(_refuse_to_send_again)
        tracing.on_connection_reuseconn.append(_refuse_to_send_again)
        tracing.on_connection_create_end.append(_note_that_it_leaves)
        tracing.on_connection_reuseconn.append(_note_that_it_leaves)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a few bytes may expand to gigabytes: see Body
            headers={"User-Agent": f"annotator/{__version__}", "Accept-Encoding": "gzip"},
            trace_configs=[tracing],
        )
        # A request that `_refuse_to_send_again` would refuse is not attempted in the first place: aiohttp would leak
        # the open connection that it had taken for it. The attribute is internal to aiohttp, for its test client; the
        # refusal works without it.
        self._session._retry_connection = False

    async def close(self) -> None:
        """Close every connection and file."""
        if self._session is not None:
            await self._session.close()
            # A connection that the other side closed is ended by callbacks, which need iterations of the loop.
            for _ in range(_CLOSING_TURNS):
                await asyncio.sleep(0)
        for host in self._hosts.values():
            host.state.close()
        self._hosts.clear()

    async def guarded(self, url: URL, once: Callable[[], Awaitable[Result]]) -> Result:
        """Call a function for a host, with the permitted number of attempts, unless the host's circuit is open."""
        host = await self._host(url)
        async with host.places:
            circuit = host.circuit
            is_probe = circuit.admit(time.monotonic())
            try:
                result = await self._tried(circuit, is_probe, url, once)
            except UnavailableError:
                circuit.failed(time.monotonic())
                raise
            except (RefusedError, TooLargeError):
                circuit.succeeded()
                raise
            except BaseException:
                if is_probe:
                    circuit.undecided()
                raise
            circuit.succeeded()
            return result

    async def _tried(
        self, circuit: Circuit, is_probe: bool, url: URL, once: Callable[[], Awaitable[Result]]
    ) -> Result:
        tries = attempts(self.limits)
        try:
            async for attempt in tries:
                with attempt:
                    # Other tasks may have found in the meantime that the host does not respond.
                    if circuit.is_open and not is_probe:
                        raise circuit.error()
                    return await once()
        except PassingError as error:
            times = f" ({self.limits.attempts} attempts)" if self.limits.attempts > 1 else ""
            remedy = "Try again later" if error.left else _NOT_REACHED
            gone = UnavailableError(f"{error.what}{times}", path=shown(url), remedy=remedy)
            gone.status, gone.reached = error.status, error.left
            raise gone from None
        raise AssertionError("the last attempt returns or raises")

    @asynccontextmanager
    async def sent(
        self, request: Exchange, *, bounded: bool = True
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, Sending]]:
        """Send a request in its time slot, add it to the account, and yield the response with its body unread.

        Args:
            request: request to send.
            bounded: whether the total time is limited; not for a large file.

        Raises:
            PassingError: the connection failed, broke or timed out.
            UnavailableError: the identity of the server cannot be verified.

        """
        assert self._session is not None, _OUTSIDE
        url = request.url
        await self._turn(await self._host(url))
        sending = Sending()
        try:
            async with self._session.request(
                request.method,
                url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                proxy=proxy_of(url),
                timeout=self._timeout(self.limits.total_seconds if bounded else None),
                trace_request_ctx=sending,
            ) as response:
                sending.status = response.status
                yield response, sending
        except PassingError as error:
            error.left = sending.left
            raise
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            translated = failure(error, url)
            if isinstance(translated, PassingError):
                translated.left = sending.left
            # Not chained: the texts of aiohttp's errors may contain the whole address.
            raise translated from None
        finally:
            if sending.left:
                self._account(request, sending)

    def _timeout(self, total: float | None) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=total, sock_connect=self.limits.connect_seconds, sock_read=self.limits.read_seconds
        )

    async def check(self, response: aiohttp.ClientResponse, url: URL) -> None:
        """Raise an error for a response with an error status.

        Raises:
            PassingError: a retry may succeed.
            UnavailableError: a retry may succeed, but only after a longer time than we wait.
            RefusedError: a retry would not change the result.

        """
        status = response.status
        if 200 <= status < 300:
            (await self._host(url)).silent_refusals = 0
            return
        if status < 500 and status not in PASSING:
            raise refused(status, url)
        pause = retry_after(response.headers) or 0.0
        host = await self._host(url)
        if status == TOO_MANY and not pause:
            pause = self._silent_pause(host)
        if pause > self.limits.longest_wait:
            raise UnavailableError(
                f"status {status}; the server requests a pause of {pause:,.0f} s",
                path=shown(url),
                remedy="Try again after that time",
            )
        if pause:
            await asyncio.to_thread(host.state.rest, pause)
        raise PassingError(f"status {status}", status)

    def _silent_pause(self, host: _Host) -> float:
        """Return how long to pause for a host that refuses requests without stating a time: doubled each time.

        The pauses between the attempts of one request together last as long as the window.
        """
        window, attempts = self.limits.window, self.limits.attempts
        if window is None or attempts == 1:
            return 0.0
        doubled = 1 << min(host.silent_refusals, attempts - 2)
        host.silent_refusals += 1
        return window * doubled / ((1 << (attempts - 1)) - 1)

    async def _host(self, url: URL) -> _Host:
        name = host_of(url)
        if name not in self._hosts:
            assert self._folder is not None, _OUTSIDE
            limits = self.limits
            state = await asyncio.to_thread(HostState, self._folder, name, limits)
            if name in self._hosts:  # another task created it in the meantime
                state.close()
            else:
                circuit = Circuit(name, limits.failures_to_open, limits.open_seconds)
                self._hosts[name] = _Host(name, state, circuit, asyncio.Semaphore(limits.connections))
        return self._hosts[name]

    async def _turn(self, host: _Host) -> None:
        """Wait for the next time slot for a request."""
        again = False
        async with host.turn:
            while True:
                # In a thread: another process may hold the lock, and other tasks of this one must continue.
                turn = await asyncio.to_thread(host.state.take, again=again)
                if turn.wait:
                    await asyncio.sleep(turn.wait)
                elif time.monotonic() - turn.taken < _FRESH:
                    break
                else:
                    again = True  # this process was delayed; its time slot has passed to another one
        if turn.today == self.limits.daily_budget + 1:
            self.warnings.append(
                f"this machine has sent more than {counted(self.limits.daily_budget, 'request')} to "
                f"{host.name} today (UTC); use a snapshot for this volume, or contact the operator of "
                "the service"
            )

    def _account(self, request: Exchange, sending: Sending) -> None:
        self.egress.note(
            host_of(request.url),
            identifiers=request.identifiers,
            sent=len(str(request.url)) + len(request.body or b""),
            received=sending.received,
            status=sending.status,
        )


async def _refuse_to_send_again(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: object
) -> None:
    """Prevent aiohttp from sending a request a second time.

    aiohttp repeats a GET request by itself if its connection breaks. Such a request would escape the limits and the
    account: it fails here instead, and is repeated in its own time slot.
    """
    if context.trace_request_ctx.left:
        raise PassingError("the connection broke before a response arrived")


async def _note_that_it_leaves(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: object
) -> None:
    context.trace_request_ctx.left = True
