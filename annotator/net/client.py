"""The one client of all services: bounded, patient, polite, and never further than it was told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from yarl import URL

from annotator.net.address import address, same_server, shown
from annotator.net.body import Body
from annotator.net.download import Download, Downloaded
from annotator.net.egress import Egress
from annotator.net.errors import PassingError, RefusedError, TooLargeError, UnansweredError
from annotator.net.exchange import Exchange, Sender, Sending
from annotator.net.failures import REDIRECTS, redirect_refused, redirect_target
from annotator.net.limits import HttpLimits

__all__ = ["HttpAnswer", "HttpClient"]

_HOPS = 5
_PIECE = 1 << 16
_REFUSAL = 1 << 16  # bytes of a refusal that are read


class HttpAnswer(NamedTuple):
    """An answer with a status from 200 to 299.

    Attributes:
        status: HTTP status.
        body: decompressed.
        content_type: media type without parameters, in lower case; empty if the server named none.

    """

    status: int
    body: bytes
    content_type: str


class HttpClient:
    """Asks servers over https, for as long as its `async with` block lasts.

    Attributes:
        limits: what each host is spared.
        egress: the account of what was sent.
        warnings: what the user should be told, a sentence each, without its full stop.

    """

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        egress: Egress | None = None,
        ca_bundle: Path | None = None,
    ) -> None:
        """Prepare a client; nothing is opened before `async with`.

        Args:
            limits: those of `HttpLimits` if None.
            egress: one account may be shared by several clients; a new one if None.
            ca_bundle: certificates (PEM) of authorities to trust in addition to the system's; None for no others.

        """
        self._sender = Sender(limits or HttpLimits(), egress or Egress(), ca_bundle)
        self.limits = self._sender.limits
        self.egress = self._sender.egress
        self.warnings = self._sender.warnings

    async def __aenter__(self) -> Self:
        self._sender.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sender.close()

    async def get(
        self,
        url: str,
        params: Sequence[tuple[str, str]] = (),
        *,
        identifiers: int = 0,
        headers: Mapping[str, str] | None = None,
        unusable: Callable[[HttpAnswer], str | None] | None = None,
    ) -> HttpAnswer:
        """Ask by GET.

        Args:
            url: https, or http to this machine.
            params: added to its query, percent-encoded, in this order.
            identifiers: how many of alleles are in them, for the account.
            headers: more of them; their values never appear in an error.
            unusable: says why an answer is none, as a clause, or None if it is one. A server that is being repaired
                may well answer 200 with a page for people; such an answer is asked for again.

        Raises:
            UsageError: the address may not be asked; nothing was sent.
            RefusedError: the server said no.
            UnavailableError: no usable answer, also not at the last attempt.
            CircuitOpenError: the host keeps failing; nothing was sent.
            BudgetError: the day's requests are used up; nothing was sent.
            TooLargeError: the answer is larger than the limit.
            NetworkError: the count of requests cannot be kept.

        """
        request = Exchange("GET", address(url, params), dict(headers or {}), None, identifiers)
        return await self._asked(request, unusable)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        identifiers: int = 0,
        headers: Mapping[str, str] | None = None,
        unusable: Callable[[HttpAnswer], str | None] | None = None,
    ) -> HttpAnswer:
        """Ask by POST, as GraphQL is asked; it must do no harm when it arrives twice.

        Args:
            url: https, or http to this machine.
            body: what is sent.
            content_type: its media type.
            identifiers: as for `get`.
            headers: as for `get`.
            unusable: as for `get`.

        Raises:
            The errors of `get`; a redirection is always refused.

        """
        all_headers = {**(headers or {}), "Content-Type": content_type}
        return await self._asked(Exchange("POST", address(url), all_headers, body, identifiers), unusable)

    async def post_once(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        identifiers: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send by POST what must not arrive twice, such as a job: once it has left, it is never sent again.

        Args:
            url: https, or http to this machine.
            body: what is sent.
            content_type: its media type.
            identifiers: as for `get`.
            headers: as for `get`.

        Raises:
            UnansweredError: it left, and no usable answer came: it may have arrived.
            The errors of `get`; a redirection is always refused.

        """
        all_headers = {**(headers or {}), "Content-Type": content_type}
        request = Exchange("POST", address(url), all_headers, body, identifiers)

        async def once() -> HttpAnswer:
            try:
                return await self._followed(request)
            except PassingError as error:
                if not error.left:
                    raise
                raise UnansweredError(
                    f"the request may have arrived, but {error.what}",
                    path=shown(request.url),
                    remedy="Check whether it arrived before you send it again",
                ) from None

        return await self._sender.guarded(request.url, once)

    async def delete(
        self, url: str, *, identifiers: int = 0, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Ask by DELETE. It may arrive twice: the second time the server may say that there is nothing to delete.

        Args:
            url: https, or http to this machine.
            identifiers: as for `get`.
            headers: as for `get`.

        Raises:
            The errors of `get`; a redirection is always refused.

        """
        return await self._asked(
            Exchange("DELETE", address(url), dict(headers or {}), None, identifiers), None
        )

    async def download(
        self,
        url: str,
        path: Path,
        *,
        progress: Callable[[int, int | None], None] | None = None,
        expected_md5: Callable[[], Awaitable[str]] | None = None,
    ) -> Downloaded:
        """Fetch a file of any size, going on where an earlier attempt or run stopped.

        Args:
            url: https, or http to this machine. Redirections are followed to https.
            path: the file to make, in a folder that exists. `PATH.part` holds what has arrived until all has.
            progress: called with the bytes that are there and those that there will be, None if that is unknown.
            expected_md5: gives the checksum (hexadecimal) when all has arrived; None to check nothing.

        Raises:
            The errors of `get` but for TooLargeError.
            ChecksumError: the file has another checksum; it was removed.
            OutputError: the file cannot be written, or another process is downloading it.

        """
        return await Download(self._sender, address(url), path, progress or (lambda _so_far, _of: None)).run(
            expected_md5
        )

    async def _asked(
        self, request: Exchange, unusable: Callable[[HttpAnswer], str | None] | None
    ) -> HttpAnswer:
        async def once() -> HttpAnswer:
            answer = await self._followed(request)
            reason = None if unusable is None else unusable(answer)
            if reason is not None:
                raise PassingError(reason, left=True)
            return answer

        return await self._sender.guarded(request.url, once)

    async def _followed(self, request: Exchange) -> HttpAnswer:
        """Send a request, and again where the same server says that its answer has moved."""
        url = request.url
        for _ in range(_HOPS):
            async with self._sender.sent(request._replace(url=url)) as (response, sending):
                if response.status not in REDIRECTS:
                    try:
                        await self._sender.check(response, url)
                    except RefusedError as error:
                        error.body = await _beginning(response, sending)
                        raise
                    return await self._read(response, sending, url)
                target = redirect_target(response, url)
                if request.method != "GET" or not same_server(target, url):
                    raise redirect_refused(url, target, response.status)
            url = target
        raise RefusedError(
            "the server redirects endlessly",
            path=shown(request.url),
            remedy="Try again later",
            status=response.status,
        )

    async def _read(self, response: aiohttp.ClientResponse, sending: Sending, url: URL) -> HttpAnswer:
        most = self.limits.max_body
        too_large = TooLargeError(
            f"the response is larger than {most:,} bytes", path=shown(url), remedy="Request less at once"
        )
        if (response.content_length or 0) > most:
            raise too_large
        body = Body(response.headers.get("Content-Encoding", ""), most)
        async for piece in response.content.iter_chunked(_PIECE):
            sending.received += len(piece)
            if not body.add(piece):
                raise too_large
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return HttpAnswer(response.status, body.whole(), content_type)


async def _beginning(response: aiohttp.ClientResponse, sending: Sending) -> bytes:
    """Return the start of a refusal's body, as far as it can be read; errors while reading are ignored."""
    try:
        body = Body(response.headers.get("Content-Encoding", ""), _REFUSAL)
        async for piece in response.content.iter_chunked(_PIECE):
            sending.received += len(piece)
            if not body.add(piece):
                return b""
        return body.whole()
    except (PassingError, aiohttp.ClientError, OSError):
        return b""
