"""Requests of the tests of the HTTP client, and the server that answers them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from aiohttp import web

from annotator.net import (
    Egress,
    HttpClient,
    HttpLimits,
    HttpResponse,
)
from tests.servers.base import (
    RunningServer,
)

Result = TypeVar("Result")

GOOD = json.dumps([1, ["13961"], None, [["13961", "BRAF"]]]).encode()

AT_ONCE = HttpLimits(
    requests_per_second=1000,
    attempts=3,
    first_wait=0.01,
    read_seconds=10,
    total_seconds=20,
    failures_to_open=100,
)
"""Limits of a test that is not about limits."""


def limits(**changed: Any) -> HttpLimits:
    return replace(AT_ONCE, **changed)


async def search(_request: web.Request) -> web.Response:
    return web.Response(body=GOOD, content_type="application/json", charset="utf-8")


def application() -> web.Application:
    made = web.Application()
    made.router.add_route("*", "/search", search)
    return made


def with_client(
    do: Callable[[HttpClient], Awaitable[Result]],
    allowed: HttpLimits = AT_ONCE,
    egress: Egress | None = None,
) -> Result:
    """Do something with a client, in an event loop of its own."""

    async def run() -> Result:
        async with HttpClient(allowed, egress=egress) as client:
            return await do(client)

    return asyncio.run(run())


def ask(server: RunningServer, allowed: HttpLimits = AT_ONCE) -> HttpResponse:
    return with_client(lambda client: client.get(f"{server.url}/search"), allowed)


def named(value: object) -> str | None:
    return re.sub(r"\W+", "-", str(value)) if not isinstance(value, str) else ""
