"""Sweeps of an emulated V1 mirror."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

from annotator.net import HttpClient
from annotator.net.journal import Journal
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import V1, Parts, Statuses, civic_limits
from annotator.sources.civic.v1 import sweep_v1
from tests.conftest import REPOSITORY
from tests.servers.base import Faults, Request, RunningServer
from tests.servers.civic_database import Database
from tests.servers.civic_v1 import CivicV1, Options

DEMO = REPOSITORY / "test_data" / "demo" / "civic"


class Swept(NamedTuple):
    knowledge: Knowledge
    requests: list[Request]
    service: CivicV1


def sweep(
    database: Database,
    journal: Path,
    options: Options | None = None,
    *,
    faults: Faults | None = None,
    statuses: Statuses = Statuses.ACCEPTED,
    **limits: Any,
) -> Swept:
    """Sweep an emulated mirror once."""
    service = CivicV1(database, options or Options(rate=None))
    quick = {"attempts": 3, "first_wait": 0.001, "read_seconds": 5.0, "connections": 4, **limits}
    with RunningServer(service.application(), faults=faults) as server:

        async def run() -> Knowledge:
            async with HttpClient(civic_limits(2000.0, **quick)) as client:
                with Journal.open(journal, "2026-08-01", {}) as opened:
                    return await sweep_v1(Parts(V1, opened, client), f"{server.url}/api", statuses)

        return Swept(asyncio.run(run()), server.requests, service)
