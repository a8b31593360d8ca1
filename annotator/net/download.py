"""Resumable downloads of large files: only the missing part is requested (RFC 9110, 13.1.5 and 14).

The bytes are written to `NAME.part` beside the target, and `NAME.part.json` identifies the file to which they belong.
Nothing is lost if the process is killed; the file is renamed when it is complete and its checksum is correct.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from annotator.errors import OutputError
from annotator.net.address import is_allowed, same_server, shown
from annotator.net.errors import ChecksumError, PassingError, RefusedError
from annotator.net.exchange import Exchange, Sender, Sending
from annotator.net.failures import REDIRECTS, redirect_refused, redirect_target
from annotator.runtime.durable import sync_to_disk
from annotator.runtime.locks import lock
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_read, cannot_write

__all__ = ["Download", "Downloaded", "md5_of"]

_HOPS = 5
_PIECE = 1 << 18
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)").fullmatch


class Downloaded(NamedTuple):
    """A completed download.

    Attributes:
        size: bytes.
        md5: hexadecimal, of the whole file.
        kept: bytes received earlier, in this run or a previous one, that the last request did not request again.

    """

    size: int
    md5: str
    kept: int


class Download:
    """One download."""

    def __init__(
        self, sender: Sender, url: URL, path: Path, progress: Callable[[int, int | None], None]
    ) -> None:
        self._sender = sender
        self._url = url
        self._path = path
        self._progress = progress
        self._kept = 0

    async def run(self, expected_md5: Callable[[], Awaitable[str]] | None) -> Downloaded:
        """Download the file and rename it to its final name.

        Args:
            expected_md5: returns the expected checksum; called after the download, because a file that is replaced
                during the download must be compared with its own checksum. None to skip the check.

        """
        with _Part(self._path, str(self._url)) as part:
            reached = part.size

            async def stretch() -> bool:
                """Download until the end (True), or until the connection breaks (False) after new data came."""
                nonlocal reached
                try:
                    await self._fetch(part)
                except PassingError:
                    if part.size <= reached:
                        raise
                    reached = part.size
                    return False
                return True

            while not part.is_complete and not await self._sender.guarded(self._url, stretch):
                pass
            size, md5 = part.size, await asyncio.to_thread(part.md5)
            if expected_md5 is not None and md5 != await expected_md5():
                part.remove()
                raise ChecksumError(
                    "the file does not match its published MD5 checksum and was removed",
                    path=shown(self._url),
                    remedy="Download the file again. If the error persists, use another mirror, or check whether a "
                    "proxy changes the file",
                )
            part.finish()
        return Downloaded(size, md5, self._kept)

    async def _fetch(self, part: _Part) -> None:
        """Download the missing part, as far as the connection lasts."""
        url = self._url
        headers = {"Accept-Encoding": "identity", **part.condition()}
        for _ in range(_HOPS):
            request = Exchange("GET", url, headers, None, 0)
            async with self._sender.sent(request, bounded=False) as (response, sending):
                if response.status not in REDIRECTS:
                    await self._receive(part, response, sending, url)
                    return
                target = redirect_target(response, url)
                if not is_allowed(target) or (target.scheme != "https" and not same_server(target, url)):
                    raise redirect_refused(url, target, response.status)
            url = target
        raise RefusedError("the server redirects endlessly", path=shown(self._url), remedy="Try again later")

    async def _receive(
        self, part: _Part, response: aiohttp.ClientResponse, sending: Sending, url: URL
    ) -> None:
        if response.status == 416:
            part.settle(_content_range(response.headers)[1])
            return
        await self._sender.check(response, url)
        pieces = response.content.iter_chunked(_PIECE)
        first = b""
        if response.status == 206:
            part.check(response.headers)
        elif response.status == 200:
            first = await anext(pieces, b"")
            sending.received += len(first)
            if part.size and _is_page(response, first):  # without a part, the reader of the file detects this
                raise PassingError("the server sent a web page instead of the file")
            part.start(response.headers, response.content_length)
        else:
            raise RefusedError(
                f"the server responded with status {response.status} instead of a file",
                path=shown(url),
                status=response.status,
                remedy="Check the address",
            )
        self._kept = part.size
        self._progress(part.size, part.total)
        if first:
            part.write(first)
            self._progress(part.size, part.total)
        async for piece in pieces:
            sending.received += len(piece)
            part.write(piece)
            self._progress(part.size, part.total)
        part.end()


def _is_page(response: aiohttp.ClientResponse, first: bytes) -> bool:
    """Return whether a server under maintenance sent an HTML page, which must not replace the received part."""
    start = first[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return response.content_type in _PAGES or start.startswith((b"<!doctype html", b"<html"))


def _content_range(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the offset of the first byte (0-based) and the total size, as far as Content-Range states them."""
    found = _CONTENT_RANGE(headers.get("Content-Range", "").strip())
    if found is None:
        return None, None
    return None if found[1] is None else int(found[1]), int(found[2])


def _validator(headers: Mapping[str, str]) -> str | None:
    """Return the validator of a file's version; a weak ETag is not one (RFC 9110, 13.1.5)."""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified")


class _Part:
    """The received part of a file, on disk."""

    def __init__(self, target: Path, url: str) -> None:
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._facts = target.with_name(f"{target.name}.part.json")
        self._url = url
        self._validator: str | None = None
        self.total: int | None = None
        self.size = 0

    def __enter__(self) -> Self:
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            is_free = lock(self._file)
            self.size = os.lseek(self._file, 0, os.SEEK_END)
            if is_free:
                self._recall()
        except OSError as error:
            os.close(self._file)
            raise self._unwritable(error) from error
        if not is_free:
            os.close(self._file)
            raise OutputError(
                "another process is downloading it",
                path=self._target,
                remedy="Wait until that process has finished",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def _recall(self) -> None:
        """Read the identity of the received part; discard the part if its identity is unknown."""
        try:
            facts = json.loads(self._facts.read_text(encoding="utf-8"))
            url, validator, total = facts["url"], facts["validator"], facts["total"]
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            url = validator = total = None
        if url == self._url and isinstance(validator, str) and (total is None or isinstance(total, int)):
            self._validator, self.total = validator, total
        else:
            self._forget()

    def _forget(self) -> None:
        os.ftruncate(self._file, 0)
        self.size = 0
        self._validator = self.total = None

    @property
    def is_complete(self) -> bool:
        """Whether all bytes were received, if the total is known."""
        return self.total is not None and self.size == self.total

    def condition(self) -> dict[str, str]:
        """Return the headers that request the rest of the file, provided that it has not changed."""
        if not self.size or self._validator is None:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator}

    def check(self, headers: Mapping[str, str]) -> None:
        """Check that the response continues this file."""
        first, total = _content_range(headers)
        if first != self.size or total is None or _validator(headers) not in {None, self._validator}:
            self._forget()
            raise PassingError("the server sent another part of the file than requested")
        self.total = total

    def start(self, headers: Mapping[str, str], length: int | None) -> None:
        """Start over: the response contains the whole file."""
        try:
            self._forget()
            self._validator, self.total = _validator(headers), length
            facts = {"url": self._url, "validator": self._validator, "total": self.total}
            self._facts.write_text(json.dumps(facts), encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from error

    def settle(self, total: int | None) -> None:
        """Accept the part as complete if the file has its size; otherwise it is another file."""
        if total is not None and total == self.size:
            self.total = total
            return
        self._forget()
        raise PassingError("the file on the server is shorter than the part downloaded before")

    def write(self, piece: bytes) -> None:
        """Append bytes. They are passed to the kernel before this returns: a killed process loses none."""
        rest = memoryview(piece)
        try:
            while rest:
                written = os.pwrite(self._file, rest, self.size)
                self.size += written
                rest = rest[written:]
        except OSError as error:
            raise self._unwritable(error) from error

    def end(self) -> None:
        """Record that the server has sent the whole response."""
        if self.total is None:
            self.total = self.size
        if self.size != self.total:
            if self.size > self.total:
                self._forget()
            raise PassingError("the server sent a different number of bytes than announced")

    def md5(self) -> str:
        """Return the MD5 of the bytes."""
        return md5_of(self._path)

    def finish(self) -> None:
        """Rename the complete file to its final name."""
        try:
            sync_to_disk(self._file)
            self._path.replace(self._target)
            self._facts.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def remove(self) -> None:
        """Remove the received part."""
        self._path.unlink(missing_ok=True)
        self._facts.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> OutputError:
        return cannot_write(error, self._path)


def md5_of(path: Path) -> str:
    """Return the MD5 of a file (hexadecimal), as NCBI publishes it: it detects damage, not forgery.

    Raises:
        InputError: the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise cannot_read(error, path) from error
