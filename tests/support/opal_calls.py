"""Calls of Opal's client by the tests."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import TypeVar

from annotator.dispatch.base import Access
from annotator.dispatch.opal.client import OpalClient
from annotator.dispatch.opal.credentials import OpalCredentials
from annotator.net import HttpLimits
from tests.servers.opal import Opal, Variant

Result = TypeVar("Result")

KEY = OpalCredentials(Opal().login, Opal().password)
AT_ONCE = HttpLimits(
    requests_per_second=1000,
    attempts=2,
    first_wait=0.01,
    read_seconds=5,
    total_seconds=20,
    failures_to_open=100,
)
BRAF = Variant("chr7", 140453136, "A", "T", "CONFIRMED", "PRIMARY_FINDING")


def ask(
    url: str,
    do: Callable[[OpalClient], Awaitable[Result]],
    *,
    key: OpalCredentials = KEY,
    safe_params: bool = False,
    limits: HttpLimits = AT_ONCE,
) -> Result:
    async def run() -> Result:
        async with OpalClient(Access(url), key, safe_params=safe_params, limits=limits) as client:
            return await do(client)

    return asyncio.run(run())


# Refusals and outages


def error_text(error: BaseException) -> str:
    """Return all text of an error that a user may see, including its chain."""
    return "".join(traceback.format_exception(error)) + repr(error)
