"""The network part of a run: the client, the journal, and the sources that use them.

Imported only by an online run, or by the replay of one.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.plan import Online
from annotator.errors import JournalError, UsageError
from annotator.net import Egress, HttpClient
from annotator.net.journal import Journal
from annotator.runtime.event_loop import EventLoop
from annotator.runtime.progress import Progress
from annotator.runtime.text import counted
from annotator.sources.civic.sweeping import WAYS
from annotator.sources.clinvar.api import ClinVarApi
from annotator.sources.clinvar.egress_plan import ClinVarEgressPlan
from annotator.sources.clinvar.service import FIELDS
from annotator.sources.clinvar.service_queries import SOURCE, ServiceClient
from annotator.sources.source import Source
from annotator.variants.allele import BaseSource
from annotator.variants.assembly import Assembly
from annotator.variants.reference import Reference

if TYPE_CHECKING:
    from annotator.annotation.online.civic import CivicOnline

__all__ = ["NetworkAccount", "opened_online", "planned_online"]


class NetworkAccount:
    """Requests of a run over the network.

    Attributes:
        online: sources of the run.
        journal: journal of the run, None if none is kept.

    """

    def __init__(
        self,
        online: Online,
        journal: Journal,
        clients: Sequence[HttpClient],
        kept: Path | None,
        warnings: Sequence[str] = (),
    ) -> None:
        self.online = online
        self.journal = kept
        self._open_journal = journal
        self._clients = clients
        self._warnings = warnings

    def finish(self, *, is_complete: bool) -> None:
        """Record in the journal whether every lookup has a response."""
        if self._clients:
            self._open_journal.note("finished", "yes" if is_complete else "no")

    def note_run(self, run: str) -> None:
        """Record the options of the run in the journal, so that it can be repeated."""
        if self._clients:
            self._open_journal.note("run", run)

    def statements(self) -> dict[str, str]:
        """Return all statements that the sources of the run received, by the ids of their entries."""
        return {id_: text for source in self.online.sources for id_, text in source.statements().items()}

    @property
    def warnings(self) -> list[str]:
        """Return warnings for the user, as sentences without full stops."""
        return [*self._warnings, *(warning for client in self._clients for warning in client.warnings)]

    @property
    def lines(self) -> list[str]:
        """Return the data that were sent, one line per host."""
        if not self._clients:
            return []
        return [
            f"sent to {host}: {counted(account.requests, 'request')} with "
            f"{counted(account.identifiers, 'identifier')}, {account.bytes_sent:,} bytes sent, "
            f"{account.bytes_received:,} bytes received"
            for host, account in self._clients[0].egress.hosts.items()  # shared by all clients
        ]


@contextmanager
def opened_online(
    config: AnnotateOptions, assembly: Assembly, progress: Progress | None = None
) -> Iterator[NetworkAccount]:
    """Open the sources of an online run, for as long as it lasts.

    Args:
        config: options of the run, with `online`.
        assembly: assembly of the input.
        progress: called with the lookups made.

    Raises:
        JournalError: the journal cannot be used.
        OutputError: the egress log cannot be written.
        UsageError: an address is not permitted, or a limit is invalid.

    """
    assert config.online is not None
    with ExitStack() as stack:
        runner = stack.enter_context(EventLoop())
        asking = _OnlineSetup(config, config.online, stack, runner, progress)
        yield asking.account(assembly)


class _OnlineSetup:
    """Requests of a run, while its sources are being opened."""

    def __init__(
        self,
        config: AnnotateOptions,
        online: OnlineOptions,
        stack: ExitStack,
        runner: EventLoop,
        progress: Progress | None,
    ) -> None:
        self._config = config
        self._online = online
        self._stack = stack
        self._runner = runner
        self._progress = progress
        self._way, self._uses_clinvar = _chosen(online)
        self._civic = None if self._way is None else _civic(config, self._way)
        self._egress = Egress(None if online.is_replay else online.egress_log)
        self._clients: list[HttpClient] = []

    def account(self, assembly: Assembly) -> NetworkAccount:
        """Open all sources; this sweeps CIViC."""
        config = self._config
        journal = self._stack.enter_context(self._journal())
        sources: list[Source[Any]] = []
        if self._uses_clinvar:
            service = ServiceClient(self._opened(_client), journal, self._online.clinvar_url, self._progress)
            sources.append(ClinVarApi(service, journal, assembly, _reference(config, assembly)))
        warnings: list[str] = []
        if self._civic is not None:
            folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="annotator-")))
            civic = self._civic
            client = self._opened(lambda _online, egress: civic.client(egress))
            sources.append(civic.source(client, journal, assembly, self._runner, folder, self._progress))
            warnings = civic.warnings
        return NetworkAccount(Online(sources, self._runner), journal, self._clients, config.journal, warnings)

    def _opened(self, made: Callable[[OnlineOptions, Egress], HttpClient]) -> HttpClient | None:
        if self._online.is_replay:
            return None
        client = made(self._online, self._egress)
        self._runner.run(client.__aenter__())
        self._stack.callback(lambda: self._runner.run(client.__aexit__(None, None, None)))
        self._clients.append(client)
        return client

    def _journal(self) -> Journal:
        clinvar = {"source": SOURCE} if self._uses_clinvar else {}
        civic = {} if self._civic is None else dict(self._civic.settings)
        if self._online.is_replay:
            assert self._online.journal is not None
            return Journal.replay(
                self._online.journal, clinvar | {"civic": civic["civic"]} if civic else clinvar
            )
        path = self._config.journal
        is_private = path is None
        if path is None:
            path = Path(self._stack.enter_context(TemporaryDirectory(prefix="annotator-"))) / "journal"
        if clinvar:
            clinvar |= {"url": self._online.clinvar_url, "fields": ",".join(FIELDS)}
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return Journal.open(path, today, clinvar | civic, is_private=is_private)


def _civic(config: AnnotateOptions, way: str) -> CivicOnline:
    # Imported here: a run that queries only ClinVar does not need the modules that sweep and store CIViC.
    from annotator.annotation.online.civic import CivicOnline

    return CivicOnline(config, way)


def _chosen(online: OnlineOptions) -> tuple[str | None, bool]:
    """Return the CIViC interface, and whether ClinVar is queried.

    A replay uses what its journal has, unless an option chooses otherwise.
    """
    if not online.is_replay:
        return online.civic if online.civic in WAYS else None, online.clinvar
    if online.journal is None:
        raise UsageError("no journal to replay was named", remedy="Use --replay JOURNAL")
    with Journal.replay(online.journal, {}) as journal:
        has_clinvar, civic = journal.fact("source") is not None, journal.fact("civic")
    found = next((way for way, source in WAYS.items() if source == civic), None)
    way = found if online.civic is None else online.civic if online.civic in WAYS else None
    asks_clinvar = online.clinvar and has_clinvar
    if way is None and not asks_clinvar:
        raise JournalError(
            "the journal has none of the required responses",
            path=online.journal,
            remedy="Use the journal of a run with the same input and options",
        )
    return way, asks_clinvar


class _CivicPlan:
    """Data that a sweep would send: the same for every input."""

    def __init__(self, online: OnlineOptions) -> None:
        from annotator.annotation.online.civic import civic_plan_lines

        self.lines = civic_plan_lines(online)


@contextmanager
def planned_online(
    config: AnnotateOptions, assembly: Assembly
) -> Iterator[tuple[Online, list[ClinVarEgressPlan | _CivicPlan]]]:
    """Open sources that count what an online run would send."""
    assert config.online is not None
    sources: list[ClinVarEgressPlan] = []
    plans: list[ClinVarEgressPlan | _CivicPlan] = []
    if config.online.clinvar:
        sources = [ClinVarEgressPlan(config.online.clinvar_url, assembly, _reference(config, assembly))]
        plans += sources
    if config.online.civic in WAYS:
        plans.append(_CivicPlan(config.online))
    with EventLoop() as runner:
        yield Online(sources, runner), plans


def _reference(config: AnnotateOptions, assembly: Assembly) -> BaseSource | None:
    return None if config.reference is None else Reference(config.reference, assembly)


def _client(online: OnlineOptions, egress: Egress) -> HttpClient:
    return HttpClient(online.limits(), egress=egress, ca_bundle=online.ca_bundle)
