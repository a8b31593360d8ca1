"""Sweeps of an emulated GraphQL service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

from annotator.net import HttpClient
from annotator.net.journal import Journal
from annotator.sources.civic.graphql import sweep_graphql
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import GRAPHQL, Parts, Statuses, civic_limits
from tests.conftest import REPOSITORY
from tests.servers.base import (
    Faults,
    Request,
    RunningServer,
)
from tests.servers.civic_database import Database
from tests.servers.civic_graphql import PATH, CivicGraphql, Options

DEMO = REPOSITORY / "test_data" / "demo" / "civic"
UNLIMITED = Options(rate=None)


class Swept(NamedTuple):
    knowledge: Knowledge
    requests: list[Request]
    service: CivicGraphql
    client: HttpClient


def sweep(
    database: Database,
    journal: Path,
    options: Options = UNLIMITED,
    *,
    faults: Faults | None = None,
    statuses: Statuses = Statuses.ACCEPTED,
    token: str | None = None,
    **limits: Any,
) -> Swept:
    """Sweep an emulated service once."""
    service = CivicGraphql(database, options)
    with RunningServer(service.application(), faults=faults) as server:
        knowledge, client = swept(server, journal, statuses, token, **limits)
        return Swept(knowledge, server.requests, service, client)


def swept(
    server: RunningServer, path: Path, statuses: Statuses, token: str | None, **limits: Any
) -> tuple[Knowledge, HttpClient]:
    quick = {"attempts": 3, "first_wait": 0.001, "read_seconds": 5.0, **limits}

    async def run() -> tuple[Knowledge, HttpClient]:
        async with HttpClient(civic_limits(1000.0, **quick)) as client:
            with Journal.open(path, "2026-08-01", {}) as journal:
                parts = Parts(GRAPHQL, journal, client)
                return await sweep_graphql(parts, f"{server.url}{PATH}", statuses, token=token), client

    return asyncio.run(run())


def replayed(path: Path) -> Knowledge:
    with Journal.replay(path, {}) as journal:
        return asyncio.run(sweep_graphql(Parts(GRAPHQL, journal, None), "https://nowhere.invalid/"))
