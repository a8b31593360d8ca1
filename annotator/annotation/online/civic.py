"""The CIViC part of an online run: sweep CIViC, make a store from it, and match there.

Nothing about the input is sent: CIViC never learns which alleles it contains.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.plan import civic_choice
from annotator.errors import NetworkError
from annotator.net import Egress, HttpClient
from annotator.net.journal import Journal
from annotator.result import Release
from annotator.runtime.progress import Progress
from annotator.runtime.text import counted
from annotator.snapshot.build import CLINVAR_STORE
from annotator.snapshot.civic.make_store import CivicMaker
from annotator.snapshot.civic.options import CivicOptions
from annotator.sources.civic.graphql import sweep_graphql
from annotator.sources.civic.incomplete import CivicIncomplete
from annotator.sources.civic.key import civic_key
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.civic.sweeping import WAYS, Parts, Statuses, civic_limits
from annotator.sources.civic.unavailable import CivicUnavailable
from annotator.sources.civic.v1 import sweep_v1
from annotator.sources.resolve import Runner
from annotator.sources.source import Source
from annotator.store.store import Store
from annotator.variants.assembly import Assembly

__all__ = ["CivicOnline", "civic_plan_lines"]

_V1_RATE = 2.0  # requests a second: V1 allowed 600 in 5 minutes
_V1_CONNECTIONS = 4
_GRAPHQL_REQUESTS = 80
_V1_REQUESTS = 2_000


class CivicOnline:
    """CIViC, queried over the network.

    Args:
        config: options of the run, with `online`.
        way: one of `WAYS`.

    Attributes:
        settings: parameters on which the responses in a journal depend.
        warnings: warnings about the sweep for the user.

    """

    def __init__(self, config: AnnotateOptions, way: str) -> None:
        assert config.online is not None
        self._config = config
        self._online: OnlineOptions = config.online
        self._way = way
        self.source_name = WAYS[way]
        self.settings: Mapping[str, str] = {
            "civic": self.source_name,
            "civic_url": self._online.civic_url,
            "civic_statuses": self._online.civic_statuses,
        }
        self.warnings: list[str] = []
        self._key: str | None = None

    def client(self, egress: Egress) -> HttpClient:
        """Make the client that sweeps; it shares the account of what is sent.

        Raises:
            UsageError: the API key cannot be used.

        """
        online = self._online
        chosen: dict[str, Any] = {
            "attempts": online.attempts,
            "max_requests_per_day": online.max_requests_per_day,
        }
        if online.civic_rate is not None:
            chosen["requests_per_second"] = online.civic_rate
        if self._way == "v1":
            return HttpClient(
                civic_limits(_V1_RATE, **{"connections": _V1_CONNECTIONS, **chosen}),
                egress=egress,
                ca_bundle=online.ca_bundle,
            )
        self._key = civic_key(online.civic_url, online.civic_key_file)
        return HttpClient(
            civic_limits(has_key=self._key is not None, **chosen), egress=egress, ca_bundle=online.ca_bundle
        )

    def source(
        self,
        client: HttpClient | None,
        journal: Journal,
        assembly: Assembly,
        runner: Runner,
        folder: Path,
        progress: Progress | None = None,
    ) -> Source[Any]:
        """Sweep CIViC, and return the source made from it; if that fails, one whose lookups all fail.

        Args:
            client: None to take all content from the journal.
            journal: stores every part.
            assembly: assembly of the input.
            runner: runs the requests.
            folder: an empty folder for the store, for as long as the run lasts.
            progress: called with the entries received.

        Raises:
            FastaError: the FASTA cannot be used.
            KnowledgeBaseError: the chain, the table of CAIDs or the ontology cannot be used; no request was sent.

        """
        began = journal.began
        maker = CivicMaker(assembly, self._options())
        try:
            knowledge = runner.run(self._swept(Parts(self.source_name, journal, client, progress)))
        except NetworkError as error:
            where = "" if error.path is None else f" ({error.path})"
            self.warnings.append(f"lookups in CIViC failed: {error.what}{where}")
            release = Release(
                "civic", self.source_name, Release.version_of_queries(began), str(assembly), None, began
            )
            return CivicUnavailable(release, error.reason, civic_choice(self._config))
        release = Release("civic", self.source_name, knowledge.release, str(assembly), None, began)
        store = folder / "civic.store"
        snapshot = self._config.snapshot  # its ClinVar is used to place alleles
        built = maker.make(knowledge, store, None if snapshot is None else snapshot / CLINVAR_STORE)
        self.warnings += built.warnings
        made = CivicSnapshot if knowledge.is_complete else CivicIncomplete
        return made(Store(store), release, civic_choice(self._config))

    def _options(self) -> CivicOptions:
        online = self._online
        return CivicOptions(
            self._config.reference,
            online.chain,
            online.caid_table,
            online.disease_ontology,
            Statuses(online.civic_statuses).words,
        )

    async def _swept(self, parts: Parts) -> Knowledge:
        statuses = Statuses(self._online.civic_statuses)
        if self._way == "v1":
            return await sweep_v1(parts, self._online.civic_url, statuses)
        return await sweep_graphql(parts, self._online.civic_url, statuses, token=self._key)


def civic_plan_lines(online: OnlineOptions) -> list[str]:
    """Return, as lines to print, what a download of CIViC would send."""
    most = _V1_REQUESTS if online.civic == "v1" else _GRAPHQL_REQUESTS
    return [
        online.civic_url,
        f"  no patient data; at most about {counted(most, 'request')} for all of CIViC "
        f"({online.civic_statuses}), which is then matched on this machine",
    ]
