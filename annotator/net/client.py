"""The HTTP client of all services: with limits, retries and rates, and only to permitted addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

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
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["HttpClient", "HttpResponse"]

_HOPS = 5
_PIECE = 1 << 16
_REFUSAL = 1 << 16  # bytes of a refusal's body that are read


class HttpResponse(NamedTuple):
    """A response with a status from 200 to 299.

    Attributes:
        status: HTTP status.
        body: decompressed body.
        content_type: media type without parameters, in lower case; empty if the server stated none.

    """

    status: int
    body: bytes
    content_type: str


class HttpClient:
    """HTTPS client, open while its `async with` block lasts.

    Attributes:
        limits: limits per host.
        egress: account of the sent requests.
        warnings: warnings for the user, as sentences without full stops.

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
            egress: an account that several clients may share; None for a new one.
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
        unusable: Callable[[HttpResponse], str | None] | None = None,
    ) -> HttpResponse:
        """Send a GET request.

        Args:
            url: https, or http to this machine.
            params: added to the query, percent-encoded, in this order.
            identifiers: number of allele identifiers in them, for the account.
            headers: additional headers; their values never appear in an error.
            unusable: returns the reason why a response is unusable, as a clause, or None if it is usable. A server
                under maintenance may respond 200 with an HTML page; such a request is retried.

        Raises:
            UsageError: the address is not permitted; nothing was sent.
            RefusedError: the server refused the request.
            UnavailableError: no usable response, even at the last attempt.
            CircuitOpenError: the host keeps failing; nothing was sent.
            BudgetError: the daily number of requests is used up; nothing was sent.
            TooLargeError: the response is larger than the limit.
            NetworkError: the count of requests cannot be stored.

        """
        request = Exchange("GET", address(url, params), dict(headers or {}), None, identifiers)
        return await self._requested(request, unusable)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        identifiers: int = 0,
        headers: Mapping[str, str] | None = None,
        unusable: Callable[[HttpResponse], str | None] | None = None,
    ) -> HttpResponse:
        """Send a POST request, as for GraphQL; it must be harmless if it arrives twice.

        Args:
            url: https, or http to this machine.
            body: body of the request.
            content_type: its media type.
            identifiers: as in `get`.
            headers: as in `get`.
            unusable: as in `get`.

        Raises:
            The errors of `get`; a redirection is always refused.

        """
        all_headers = {**(headers or {}), "Content-Type": content_type}
        return await self._requested(Exchange("POST", address(url), all_headers, body, identifiers), unusable)

    async def post_once(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        identifiers: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """Send a POST request that must not arrive twice, such as a job: once sent, it is never repeated.

        Args:
            url: https, or http to this machine.
            body: body of the request.
            content_type: its media type.
            identifiers: as in `get`.
            headers: as in `get`.

        Raises:
            UnansweredError: it was sent, but no usable response came: it may have arrived.
            The errors of `get`; a redirection is always refused.

        """
        all_headers = {**(headers or {}), "Content-Type": content_type}
        request = Exchange("POST", address(url), all_headers, body, identifiers)

        async def once() -> HttpResponse:
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
    ) -> HttpResponse:
        """Send a DELETE request.

        It may arrive twice: the second time the server may respond that there is nothing to delete.

        Args:
            url: https, or http to this machine.
            identifiers: as in `get`.
            headers: as in `get`.

        Raises:
            The errors of `get`; a redirection is always refused.

        """
        return await self._requested(
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
        """Download a file of any size, continuing where an earlier attempt or run stopped.

        Args:
            url: https, or http to this machine. Redirections are followed to https.
            path: the file to write, in an existing folder. `PATH.part` contains the received part until it is complete.
            progress: called with the number of bytes received and the total number, None if unknown.
            expected_md5: returns the checksum (hexadecimal) after the download; None to skip the check.

        Raises:
            The errors of `get` except TooLargeError.
            ChecksumError: the file has another checksum; it was removed.
            OutputError: the file cannot be written, or another process is downloading it.

        """
        return await Download(self._sender, address(url), path, progress or (lambda _so_far, _of: None)).run(
            expected_md5
        )

    async def _requested(
        self, request: Exchange, unusable: Callable[[HttpResponse], str | None] | None
    ) -> HttpResponse:
        async def once() -> HttpResponse:
            answer = await self._followed(request)
            reason = None if unusable is None else unusable(answer)
            if reason is not None:
                raise PassingError(reason, left=True)
            return answer

        return await self._sender.guarded(request.url, once)

    async def _followed(self, request: Exchange) -> HttpResponse:
        """Send a request, following redirections to the same server."""
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

    async def _read(self, response: aiohttp.ClientResponse, sending: Sending, url: URL) -> HttpResponse:
        most = self.limits.max_body
        too_large = TooLargeError(
            f"the response is larger than {most:,} bytes",
            path=shown(url),
            remedy="Try again later, or contact the operators of the service",
        )
        if (response.content_length or 0) > most:
            raise too_large
        body = Body(response.headers.get("Content-Encoding", ""), most)
        async for piece in response.content.iter_chunked(_PIECE):
            sending.received += len(piece)
            if not body.add(piece):
                raise too_large
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return HttpResponse(response.status, body.whole(), content_type)


async def _beginning(response: aiohttp.ClientResponse, sending: Sending) -> bytes:
    """Return the start of a refusal's body, if it can be read; errors while reading are ignored."""
    try:
        body = Body(response.headers.get("Content-Encoding", ""), _REFUSAL)
        async for piece in response.content.iter_chunked(_PIECE):
            sending.received += len(piece)
            if not body.add(piece):
                return b""
        return body.whole()
    except (PassingError, aiohttp.ClientError, OSError):
        return b""
