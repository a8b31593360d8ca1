"""Pulls CIViC into a snapshot: a sweep of its GraphQL service or of a mirror's V1, or the files of a dated release.

A sweep has more details than the files (retractions, numbers in ontologies, the newest entries); the files are dated
and can be downloaded again (https://civicdb.org/downloads/01-Aug-2024/01-Aug-2024-VariantSummaries.tsv; a release is
made on the first of each month). The same code makes the store of either.

A stopped pull continues where it was: pages of a sweep are kept in a journal, files in a folder, until the snapshot is
built.
"""

from __future__ import annotations

import enum
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from annotator.errors import KnowledgeBaseError, NetworkError, UsageError
from annotator.net import HttpClient, HttpLimits, RefusedError
from annotator.net.journal import Journal
from annotator.runtime.event_loop import run_coroutine
from annotator.runtime.os_errors import cannot_use
from annotator.runtime.progress import Progress
from annotator.snapshot.build import build_snapshot, check_target
from annotator.snapshot.civic.options import CivicOptions
from annotator.snapshot.manifest import Manifest
from annotator.snapshot.pull.clinvar import FILE_LIMITS, downloading, pull_folder
from annotator.sources.civic.graphql import sweep_graphql
from annotator.sources.civic.key import civic_key
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import GRAPHQL, V1, Parts, Statuses, civic_limits
from annotator.sources.civic.v1 import sweep_v1
from annotator.variants.assembly import Assembly

__all__ = ["DOWNLOADS", "CivicPull", "CivicWay", "pull_civic"]

DOWNLOADS = "https://civicdb.org/downloads"
"""Address of CIViC's releases."""

_TABLES = ("VariantSummaries", "MolecularProfileSummaries", "AssertionSummaries")
_EVIDENCE = {
    Statuses.ACCEPTED: ("ClinicalEvidenceSummaries", "AcceptedClinicalEvidenceSummaries"),
    Statuses.WITH_SUBMITTED: ("AcceptedAndSubmittedClinicalEvidenceSummaries",),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MISSING = frozenset({404, 410})
_JOURNAL = "civic.journal"
# a stopped sweep is continued within this time: older pages are of another state
_RESUMED = timedelta(days=1)
_V1_RATE = 2.0  # requests a second: V1 allowed 600 in 5 minutes


class CivicWay(enum.StrEnum):
    """Method of pulling CIViC."""

    GRAPHQL = "graphql"
    V1 = "v1"
    FILES = "files"


_URLS = {CivicWay.GRAPHQL: "https://civicdb.org/api/graphql", CivicWay.FILES: DOWNLOADS}


class CivicPull:
    """A pull of CIViC, and the folder for its incomplete data.

    Attributes:
        way: the method.
        url: address of the service or of the folder of releases.
        folder: folder for pages or files until the snapshot is built.
        statuses: statuses of evidence and assertions.
        ca_bundle: certificates (PEM) of authorities to trust in addition to the system's; None for no others.

    """

    def __init__(
        self,
        way: CivicWay,
        url: str | None,
        folder: Path,
        statuses: Statuses = Statuses.ACCEPTED,
        ca_bundle: Path | None = None,
    ) -> None:
        self.way = way
        self.url = (url or _URLS[way]).rstrip("/")
        self.folder = folder
        self.statuses = statuses
        self.ca_bundle = ca_bundle

    async def fetch(
        self,
        today: date,
        progress: Progress | None,
        release: date | None = None,
        key_file: Path | None = None,
        limits: Mapping[str, Any] | None = None,
    ) -> Knowledge | Path:
        """Sweep the service, or download the files of a release.

        Args:
            today: current date in UTC.
            progress: called with the amount received.
            release: date of a release's files; None for the newest.
            key_file: file with an API key; None to use CIVIC_API_KEY, if set.
            limits: limits of the service requests, fields of HttpLimits.

        Returns:
            The swept content, or the folder of the files.

        Raises:
            UsageError: the API key cannot be used.
            KnowledgeBaseError: the release does not exist.
            JournalError: the journal cannot be used.
            NetworkError: a download failed; data received before are kept.
            OutputError: a file cannot be written.

        """
        if self.way is CivicWay.FILES:
            return await self.downloaded(release, today, FILE_LIMITS, progress)
        return await self.swept(key_file, limits or {}, progress, today)

    def finish(self, today: date) -> None:
        """Record that the data here were used, so that the next pull begins a new journal."""
        if self.way is not CivicWay.FILES:
            with Journal.open(self.folder / _JOURNAL, today.isoformat(), {}, is_private=True) as journal:
                journal.note("finished", "yes")

    async def swept(
        self, key_file: Path | None, limits: Mapping[str, Any], progress: Progress | None, today: date
    ) -> Knowledge:
        """Sweep a service.

        Raises:
            UsageError: the API key cannot be used.
            JournalError: the journal cannot be used.
            NetworkError: a request failed.

        """
        key = civic_key(self.url, key_file) if self.way is CivicWay.GRAPHQL else None
        source = GRAPHQL if self.way is CivicWay.GRAPHQL else V1
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {"civic": source, "civic_url": self.url, "civic_statuses": str(self.statuses)}
        per_second = 3.0 if self.way is CivicWay.GRAPHQL else _V1_RATE
        limited = civic_limits(per_second, has_key=key is not None, **limits)
        oldest = (today - _RESUMED).isoformat()
        async with HttpClient(limited, ca_bundle=self.ca_bundle) as client:
            path = self.folder / _JOURNAL
            day = today.isoformat()
            with Journal.open(path, day, settings, anew_before=oldest, is_private=True) as journal:
                parts = Parts(source, journal, client, progress)
                if self.way is CivicWay.V1:
                    return await sweep_v1(parts, self.url, self.statuses)
                return await sweep_graphql(parts, self.url, self.statuses, token=key)

    async def downloaded(
        self, release: date | None, today: date, limits: HttpLimits, progress: Progress | None
    ) -> Path:
        """Download the files of a release; return their folder.

        Raises:
            KnowledgeBaseError: the release does not exist.
            NetworkError: a download failed.
            OutputError: a file cannot be written.

        """
        async with HttpClient(limits, ca_bundle=self.ca_bundle) as client:
            tried = []
            for day in [release] if release is not None else _newest(today):
                name = f"{day:%d}-{_MONTHS[day.month - 1]}-{day:%Y}"
                folder = self.folder / name
                folder.mkdir(parents=True, exist_ok=True)
                if await self._file(client, name, _TABLES[:1], folder, progress):
                    for names in ((_TABLES[1],), (_TABLES[2],), _EVIDENCE[self.statuses]):
                        if not await self._file(client, name, names, folder, progress):
                            raise _missing(f"{self.url}/{name}/{name}-{names[0]}.tsv")
                    return folder
                shutil.rmtree(folder)
                tried.append(f"{self.url}/{name}")
            raise _missing(*tried)

    async def _file(
        self,
        client: HttpClient,
        release: str,
        names: tuple[str, ...],
        folder: Path,
        progress: Progress | None,
    ) -> bool:
        """Download a file under the first of its names that the server has; return whether it has one."""
        for name in names:
            file = f"{release}-{name}.tsv"
            if (folder / file).exists():
                return True
            try:
                await client.download(
                    f"{self.url}/{release}/{file}",
                    folder / file,
                    progress=downloading(file, progress),
                )
            except RefusedError as error:
                if error.status not in _MISSING:
                    raise
            else:
                return True
        return False


def pull_civic(
    output: str | Path,
    assembly: Assembly | str,
    *,
    way: CivicWay | str = CivicWay.GRAPHQL,
    url: str | None = None,
    statuses: Statuses | str = Statuses.ACCEPTED,
    options: CivicOptions | None = None,
    release: str | None = None,
    key_file: str | Path | None = None,
    keep: str | Path | None = None,
    update: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    limits: Mapping[str, Any] | None = None,
    today: date | None = None,
    ca_bundle: Path | None = None,
) -> Manifest:
    """Pull CIViC and build a snapshot from it, or add it to an existing one.

    Args:
        output: folder to make.
        assembly: `GRCh37` or `GRCh38`.
        way: the method.
        url: address of the service, or of a folder laid out like CIViC's `downloads`; None for CIViC's own.
        statuses: statuses of evidence and assertions.
        options: optional files for placing alleles.
        release: ISO date of a release's files; None for the newest.
        key_file: file with an API key for `url`; None to use CIVIC_API_KEY, if set.
        keep: folder in which downloaded data are kept; None to remove them when the snapshot is built.
        update: whether `output` is a snapshot whose other knowledge bases are kept.
        replace: whether to replace an existing snapshot of that name.
        progress: called with the amount received.
        limits: limits of the service requests, fields of HttpLimits.
        today: current date in UTC; None to use the clock.
        ca_bundle: certificates (PEM) of authorities to trust in addition to the system's.

    Raises:
        UsageError: the options contradict each other, or the output exists; nothing was sent.
        KnowledgeBaseError: the release does not exist, or a file is invalid.
        NetworkError: a request failed; data received before are kept.
        OutputError: a file cannot be written.

    """
    assembly, way, target = Assembly(assembly), CivicWay(way), Path(output)
    _check(way, url, release)
    if not update:
        check_target(target, replace=replace)  # before any request, not only after it
    elif Manifest.read(target).assembly is not assembly:
        raise UsageError(
            f"the snapshot is not for {assembly}",
            path=target,
            remedy="Use a snapshot for this assembly, or download to another folder",
        )
    now = today or datetime.now(UTC).date()
    folder = pull_folder(target) if keep is None else Path(keep)
    pulling = CivicPull(way, url, folder, Statuses(statuses), ca_bundle)
    day = None if release is None else _day(release)
    key = None if key_file is None else Path(key_file)
    try:
        civic = run_coroutine(pulling.fetch(now, progress, day, key, limits))
    except OSError as error:
        raise cannot_use(error, folder) from error
    if isinstance(civic, Knowledge) and not civic.is_complete:
        raise NetworkError(
            f"the download of CIViC is incomplete: {'; '.join(civic.warnings)}. Nothing was built",
            path=pulling.url,
            remedy="Run the command again, or pull the files of a release with --from files",
        )
    manifest = build_snapshot(
        target,
        assembly,
        civic=civic,
        civic_options=(options or CivicOptions())._replace(statuses=Statuses(statuses).words),
        retrieved=now.isoformat(),
        kept=target if update else None,
        replace=replace or update,
    )
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        pulling.finish(now)
    return manifest


def _check(way: CivicWay, url: str | None, release: str | None) -> None:
    if way is CivicWay.V1 and url is None:
        raise UsageError(
            "CIViC itself no longer offers its V1 API", remedy="Set the address of a mirror with --url"
        )
    if way is not CivicWay.FILES and release is not None:
        raise UsageError(
            "a service offers only the current state, not a dated release",
            remedy="Use --from files for a dated release",
        )
    if release is not None:
        _day(release)


def _day(release: str) -> date:
    try:
        return date.fromisoformat(release)
    except ValueError:
        raise UsageError(
            f"the release {release!r} is not a date", remedy="Write it as YYYY-MM-DD, for example 2024-08-01"
        ) from None


def _newest(today: date) -> Iterator[date]:
    """Yield the dates of the newest releases: the last one may be a month late."""
    first = today.replace(day=1)
    yield first
    yield (
        first.replace(year=first.year - 1, month=12)
        if first.month == 1
        else first.replace(month=first.month - 1)
    )


def _missing(*tried: str) -> KnowledgeBaseError:
    return KnowledgeBaseError(
        "no such release on the server",
        remedy=f"Tried {', '.join(tried)}. Releases are listed at https://civicdb.org/releases/main",
    )
