"""A real HTTP server on loopback that misbehaves to order; the emulated services stand on it.

The server runs in a thread with its own event loop, so that the program under test may be this process, another
one, or both. It knows nothing of `annotator`.

    with RunningServer(application) as server:
        server.faults.then(None, Status(429, retry_after="1"), Reset())  # good, refused, torn; then good for ever
        ...
        assert [request.path for request in server.requests] == ["/search", "/search"]
"""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import gzip
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self
from weakref import WeakSet

from aiohttp import web

__all__ = [
    "EMPTY",
    "NOT_A_LIST",
    "NOT_JSON",
    "SHORT_LIST",
    "Body",
    "Bomb",
    "CutOff",
    "Drip",
    "Fault",
    "Faults",
    "Oversized",
    "Redirect",
    "Request",
    "Reset",
    "RunningServer",
    "Stall",
    "StallMidway",
    "Status",
    "http_date",
]

_PIECE = 1 << 16


class Request(NamedTuple):
    """A request as the server met it, whatever became of it.

    Attributes:
        time: when its headers had arrived, in seconds of `time.monotonic()`, which all processes of a machine share.
        path: without the query.
        query: decoded pairs, in their order.
        headers: names in lower case.
        peer_port: tells connections apart.
        method: such as GET.
        body: what was sent with it.
        number: counts from 1.

    """

    time: float
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    peer_port: int
    method: str
    body: bytes
    number: int


# Faults of a server. A fault that needs a body and has none damages the correct one.


@dataclass(frozen=True, slots=True)
class Status:
    """Another status, perhaps with Retry-After: seconds, or a date of `http_date`."""

    status: int
    retry_after: str | None = None
    body: bytes = b"not now"
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """Another body, under status 200."""

    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stall:
    """Silence before the answer, for so many seconds; then the good answer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class StallMidway:
    """Half of the body, silence for so many seconds, the other half."""

    seconds: float
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class CutOff:
    """The whole Content-Length is promised, so many bytes of the body are sent (None: half), and that is the end."""

    after: int | None = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Drip:
    """The body comes in so many pieces, with a pause of so many seconds before each."""

    pieces: int
    pause: float
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset (RST) without an answer."""


@dataclass(frozen=True, slots=True)
class Oversized:
    """So many bytes of body, their number told beforehand or not."""

    size: int
    told: bool = False


@dataclass(frozen=True, slots=True)
class Bomb:
    """A small gzip body that becomes so many bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection to another place."""

    location: str
    status: int = 302


Fault = (
    Status | Body | Stall | StallMidway | CutOff | Drip | Reset | Oversized | Bomb | Redirect
)  # what may go wrong with one request

NOT_JSON = Body(b"<html><body>Service maintenance</body></html>", "text/html")
NOT_A_LIST = Body(b'{"error": "something went wrong"}')
SHORT_LIST = Body(b"[0, []]")
EMPTY = Body(b"")


def http_date(seconds_from_now: float) -> str:
    """Give the time in so many seconds as Retry-After and Last-Modified write it; the format knows whole seconds."""
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds_from_now)
    return email.utils.format_datetime(then, usegmt=True)


class Faults:
    """The plan of misbehaviour: one entry is used up per request, None for a good answer.

    When the plan is used up, the rule decides; without one, all is well again.
    """

    def __init__(self, plan: Iterable[Fault | None] = ()) -> None:
        self._plan = deque(plan)  # its methods are atomic: the test adds, the server's thread takes
        self._rule: Callable[[Request], Fault | None] | None = None

    def then(self, *faults: Fault | None) -> None:
        """Add to the plan."""
        self._plan.extend(faults)

    def by(self, rule: Callable[[Request], Fault | None]) -> None:
        """Let a function of the request decide, once the plan is used up."""
        self._rule = rule

    def always(self, fault: Fault) -> None:
        """Let every request meet this fault, once the plan is used up."""
        self._rule = lambda _: fault

    def clear(self) -> None:
        """Be good from now on."""
        self._plan.clear()
        self._rule = None

    def take(self, request: Request) -> Fault | None:
        """Give what happens to this request."""
        try:
            return self._plan.popleft()
        except IndexError:
            return None if self._rule is None else self._rule(request)


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RunningServer:
    """An application served on 127.0.0.1, on this port or one that was free, until the `with` block ends.

    Attributes:
        url: `http://127.0.0.1:PORT`, or `https://` if a TLS context is given.
        requests: every request so far, in the order of arrival.
        faults: what goes wrong.

    """

    def __init__(
        self,
        application: web.Application,
        *,
        faults: Faults | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.faults = faults or Faults()
        self._tls = tls
        self._port = port
        self._application = application

        @web.middleware  # marks a function; a method cannot be marked
        async def meet(request: web.Request, handler: _Handler) -> web.StreamResponse:
            return await self._meet(request, handler)

        application.middlewares.insert(0, meet)
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._transports = WeakSet[asyncio.Transport]()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001  # it belongs to the thread of the test, which raises it
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=0.1)
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
            self.url = f"{'http' if self._tls is None else 'https'}://127.0.0.1:{runner.addresses[0][1]}"
            self._started.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()
            # Answers that nobody reads would keep their connections open for longer than the loop runs.
            for transport in self._transports:
                transport.abort()
            await asyncio.sleep(0)

    async def _meet(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Note the request, then let happen what the plan says."""
        arrived = time.monotonic()
        met = Request(
            arrived,
            request.path,
            list(request.query.items()),
            {name.lower(): value for name, value in request.headers.items()},
            _peer_port(request),
            request.method,
            await request.read(),
            len(self.requests) + 1,
        )
        self.requests.append(met)
        if request.transport is not None:
            self._transports.add(request.transport)
        fault = self.faults.take(met)
        if fault is None:
            return await handler(request)
        return await self._misbehave(fault, request, handler)

    async def _misbehave(self, fault: Fault, request: web.Request, handler: _Handler) -> web.StreamResponse:
        match fault:
            case Status():
                headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
                return web.Response(
                    status=fault.status,
                    body=fault.body,
                    content_type=fault.content_type,
                    headers={**headers, **fault.headers},
                )
            case Body():
                return web.Response(body=fault.body, content_type=fault.content_type, headers=fault.headers)
            case Redirect():
                return web.Response(status=fault.status, headers={"Location": fault.location})
            case Bomb():
                packed = gzip.compress(bytes(fault.size), mtime=0)
                return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case Stall():
                await self._pause(fault.seconds)
                return await handler(request)
            case Reset():
                return _reset(request)
            case Oversized():
                return await _oversized(request, fault)
            case StallMidway() | CutOff() | Drip():
                return await self._in_pieces(fault, request, handler)

    async def _in_pieces(
        self, fault: StallMidway | CutOff | Drip, request: web.Request, handler: _Handler
    ) -> web.StreamResponse:
        good = await handler(request) if fault.body is None else web.Response(body=fault.body)
        assert isinstance(good, web.Response), "only an answer that is whole in memory can be spoilt"
        body = good.body
        assert isinstance(body, bytes)
        answer = web.StreamResponse(status=good.status, headers=good.headers)
        answer.content_length = len(body)
        await answer.prepare(request)
        if isinstance(fault, CutOff):
            await answer.write(body[: len(body) // 2 if fault.after is None else fault.after])
            if request.transport is not None:
                request.transport.close()
            return answer
        pieces = 2 if isinstance(fault, StallMidway) else fault.pieces
        pause = fault.seconds if isinstance(fault, StallMidway) else fault.pause
        size = max(1, -(-len(body) // pieces))
        for at in range(0, len(body), size):
            if at or isinstance(fault, Drip):
                await self._pause(pause)
            await answer.write(body[at : at + size])
        return answer

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the server."""
        assert self._stopping is not None
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _peer_port(request: web.Request) -> int:
    peer = None if request.transport is None else request.transport.get_extra_info("peername")
    return 0 if peer is None else int(peer[1])


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()  # nobody is there to read it


async def _oversized(request: web.Request, fault: Oversized) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    if fault.told:
        answer.content_length = fault.size
    await answer.prepare(request)
    left = fault.size
    while left > 0 and request.transport is not None and not request.transport.is_closing():
        await answer.write(b" " * min(left, _PIECE))
        left -= _PIECE
    return answer
