"""Servers that count requests and do not say, or say in their own way, when they may be asked again."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest
from aiohttp import web

from annotator.net import HttpClient, HttpLimits, HttpResponse, UnavailableError
from annotator.net.retries import retry_after
from tests.servers.base import Faults, Request, RunningServer, Status

SILENT = Status(429, body=b"")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


def application() -> web.Application:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="yes")

    made = web.Application()
    made.router.add_get("/", answer)
    return made


def ask(server: RunningServer, limits: HttpLimits) -> tuple[HttpResponse, HttpClient]:
    async def asked() -> tuple[HttpResponse, HttpClient]:
        async with HttpClient(limits) as client:
            return await client.get(f"{server.url}/"), client

    return asyncio.run(asked())


def pauses(requests: list[Request]) -> list[float]:
    return [later.time - sooner.time for sooner, later in itertools.pairwise(requests)]


def limits(**changed: float) -> HttpLimits:
    return HttpLimits(**{"requests_per_second": 1000.0, "attempts": 4, "first_wait": 0.001, **changed})  # type: ignore[arg-type]


def test_a_silent_429_is_waited_out_within_the_window() -> None:
    with RunningServer(application(), faults=Faults([SILENT, SILENT, SILENT])) as server:
        answer, client = ask(server, limits(window=0.7))
        assert answer.body == b"yes"
        assert [account.limited for account in client.egress.hosts.values()] == [3]
        first, second, third = pauses(server.requests)
    # 1/7, 2/7 and 4/7 of the window; a server that counts in windows has then surely begun a new one.
    assert first >= 0.09
    assert second >= 0.19
    assert third >= 0.39
    assert first + second + third >= 0.69


def test_without_a_window_a_silent_429_is_a_failure_like_others() -> None:
    faults = Faults()
    faults.always(SILENT)
    with RunningServer(application(), faults=faults) as server:
        with pytest.raises(UnavailableError, match="status 429"):
            ask(server, limits())
        assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit-Reset": "7"}, 7.0),
        ({"RateLimit-Reset": "1700000030", "Date": "Tue, 14 Nov 2023 22:13:20 GMT"}, 30.0),
        ({"RateLimit-Reset": "1600000000", "Date": "Tue, 14 Nov 2023 22:13:20 GMT"}, 0.0),
        ({"RateLimit-Reset": "1700000030", "Retry-After": "2"}, 2.0),
        ({"RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
def test_a_reset_header_replaces_a_missing_retry_after(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


def test_a_reset_is_waited_for() -> None:
    refusal = Status(429, body=b"Too many", headers={"RateLimit-Limit": "600", "RateLimit-Reset": "1"})
    with RunningServer(application(), faults=Faults([refusal])) as server:
        answer, _ = ask(server, limits())
        assert answer.body == b"yes"
        assert pauses(server.requests)[0] >= 0.95
