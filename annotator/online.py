"""The network's part of a run: the client, the journal, and the sources that are asked through them.

Loaded only by a run that asks over the network, or replays one that did.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from annotator.allele import BaseSource
from annotator.assembly import Assembly
from annotator.config import AnnotateConfig, OnlineConfig
from annotator.errors import UsageError
from annotator.plan import Online
from annotator.reference import Reference
from annotator.sources.base import Source
from annotator.sources.clinvar.api import ClinVarApi
from annotator.sources.clinvar.asking import SOURCE, Asker
from annotator.sources.clinvar.egress_plan import ClinVarEgressPlan
from annotator.sources.clinvar.service import FIELDS
from annotator.sources.http import Egress, HttpClient, HttpLimits
from annotator.sources.journal import Journal

__all__ = ["NetworkAccount", "asked_online", "planned_online"]


class NetworkAccount:
    """What a run asked over the network.

    Attributes:
        online: its sources.
        journal: its journal, None if there is none to keep.
        replays: whether it asked the journal only.

    """

    def __init__(
        self, online: Online, journal: Journal, client: HttpClient | None, kept: Path | None
    ) -> None:
        self.online = online
        self.journal = kept
        self._open_journal = journal
        self._client = client

    def finish(self, *, is_complete: bool) -> None:
        """Note in the journal whether everything was answered."""
        if self._client is not None:
            self._open_journal.note("finished", "yes" if is_complete else "no")

    def note_run(self, run: str) -> None:
        """Note in the journal what the run was told, so that it can be done again."""
        if self._client is not None:
            self._open_journal.note("run", run)

    @property
    def warnings(self) -> list[str]:
        """What the user should be told, as sentences without their full stops."""
        return [] if self._client is None else list(self._client.warnings)

    @property
    def lines(self) -> list[str]:
        """What was sent, a line per host."""
        if self._client is None:
            return []
        return [
            f"sent to {host}: {account.requests:,} requests with {account.identifiers:,} identifiers, "
            f"{account.bytes_sent:,} bytes; {account.bytes_received:,} bytes came back"
            for host, account in self._client.egress.hosts.items()
        ]


@contextmanager
def asked_online(config: AnnotateConfig, assembly: Assembly) -> Iterator[NetworkAccount]:
    """Open what a run asks over the network, for as long as it lasts.

    Args:
        config: of the run, with `online`.
        assembly: of its input.

    Raises:
        JournalError: the journal cannot be used.
        OutputError: the log of what is sent cannot be written.
        UsageError: an address that may not be asked, or a limit that is none.

    """
    assert config.online is not None
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        client = None if config.online.is_replay else _client(config.online)
        journal = stack.enter_context(_journal(config, config.online, stack))
        if client is not None:
            runner.run(client.__aenter__())
            stack.callback(lambda: runner.run(client.__aexit__(None, None, None)))
        asker = Asker(client, journal, config.online.clinvar_url)
        sources: Sequence[Source[Any]] = [ClinVarApi(asker, journal, assembly, _reference(config, assembly))]
        yield NetworkAccount(Online(sources, runner), journal, client, config.journal)


@contextmanager
def planned_online(
    config: AnnotateConfig, assembly: Assembly
) -> Iterator[tuple[Online, list[ClinVarEgressPlan]]]:
    """Open, instead of what would be asked over the network, what counts what would be sent."""
    assert config.online is not None
    plan = ClinVarEgressPlan(config.online.clinvar_url, assembly, _reference(config, assembly))
    with asyncio.Runner() as runner:
        yield Online([plan], runner), [plan]


def _reference(config: AnnotateConfig, assembly: Assembly) -> BaseSource | None:
    return None if config.reference is None else Reference(config.reference, assembly)


def _client(online: OnlineConfig) -> HttpClient:
    limits = HttpLimits(
        requests_per_second=online.requests_per_second,
        connections=online.connections,
        daily_budget=online.daily_budget,
        max_requests_per_day=online.max_requests_per_day,
    )
    return HttpClient(limits, egress=Egress(online.egress_log))


def _journal(config: AnnotateConfig, online: OnlineConfig, stack: ExitStack) -> Journal:
    if online.is_replay:
        if online.journal is None:
            raise UsageError("there is no journal to replay", remedy="Name it with --replay")
        return Journal.replay(online.journal, {"source": SOURCE})
    path = config.journal
    if path is None:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="annotator-"))) / "journal"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    settings = {"source": SOURCE, "url": online.clinvar_url, "fields": ",".join(FIELDS)}
    return Journal.open(path, today, settings)
