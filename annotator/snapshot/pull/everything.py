"""Pulls or updates the whole content of a snapshot: ClinVar's VCF, CIViC and the Disease Ontology.

    pull      lock ─ ClinVar ─ CIViC ─ ontology ─ build ─ publish
    update    lock ─ find newer releases ─ the same for these, the others are copied ─ compare ─ publish

Data received before a pull is stopped are kept in a hidden folder beside the snapshot, and the same command continues
from them. A snapshot is published, or replaces an older one, in a single step: running jobs continue with the old one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from annotator.errors import NetworkError, OutputError, UsageError
from annotator.net import HttpClient, HttpLimits
from annotator.result import Release
from annotator.runtime.event_loop import run_coroutine
from annotator.runtime.locks import lock
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_use, cannot_write
from annotator.runtime.progress import Progress
from annotator.snapshot.build import build_snapshot, check_target, publish
from annotator.snapshot.civic.options import CivicOptions
from annotator.snapshot.manifest import Manifest, StoredSource
from annotator.snapshot.pull.civic import CivicPull, CivicWay
from annotator.snapshot.pull.clinvar import CLINVAR, FILE_LIMITS, ClinVarFiles, downloading, pull_folder
from annotator.sources.civic.knowledge import Knowledge
from annotator.variants.assembly import Assembly

__all__ = ["ONTOLOGY", "PARTS", "PullOptions", "iso_date", "pull_snapshot", "update_snapshot"]

ONTOLOGY = "https://purl.obolibrary.org/obo/doid.obo"
"""Address of the Disease Ontology's file, always the newest release."""

PARTS = ("clinvar", "civic", "ontology")
"""Parts of a pull."""

_LAYOUT = {"clinvar": "clinvar", "civic": "civic", "ontology": "doid.obo"}


class PullOptions(NamedTuple):
    """Options of a pull: parts, releases and addresses.

    Attributes:
        only: some of `PARTS`.
        tables: whether to download ClinVar's three tables too (1 GB).
        releases: ISO date by `clinvar` or `civic`; the newest release if not listed.
        mirrors: address by part, in place of the usual one. The empty name is a folder for all parts, which contains
            `clinvar/`, `civic/` and `doid.obo`.
        threads: number of worker processes that build the snapshot.
        ca_bundle: certificates (PEM) of authorities to trust in addition to the system's.
        limits: limits for file servers.
        service_limits: limits for CIViC's service, fields of HttpLimits.

    """

    only: Sequence[str] = PARTS
    tables: bool = False
    releases: Mapping[str, str] = {}
    mirrors: Mapping[str, str] = {}
    threads: int = 1
    ca_bundle: Path | None = None
    limits: HttpLimits = FILE_LIMITS
    service_limits: Mapping[str, float] = {}

    def mirror(self, part: str) -> str | None:
        """Return the configured address of a part; None for the usual one."""
        base = self.mirrors.get("")
        return self.mirrors.get(part) or (f"{base.rstrip('/')}/{_LAYOUT[part]}" if base else None)

    def clinvar(self) -> ClinVarFiles:
        """Return the files of ClinVar to download."""
        release = self.releases.get("clinvar")
        day = None if release is None else release.replace("-", "")
        return ClinVarFiles(self.mirror("clinvar") or CLINVAR, day, tables=self.tables)

    def civic(self, folder: Path) -> CivicPull:
        """Return the pull of CIViC: a sweep of its service, or files if a release or a folder of files is named."""
        url = self.mirror("civic")
        is_service = url is None or url.rstrip("/").endswith("graphql")
        way = CivicWay.GRAPHQL if is_service and "civic" not in self.releases else CivicWay.FILES
        return CivicPull(way, url, folder / "civic", ca_bundle=self.ca_bundle)

    def check(self) -> None:
        """Refuse contradictory options, before any request.

        Raises:
            UsageError: a part is unknown, there is nothing to pull, or a release is not a date.

        """
        named = [*self.only, *self.mirrors, *self.releases]
        unknown = [part for part in named if part not in {*PARTS, ""}]
        if unknown:
            raise UsageError(
                f"nothing with the name {unknown[0]!r} can be downloaded",
                remedy=f"Choose from {', '.join(PARTS)}",
            )
        if not set(self.only) & {"clinvar", "civic"}:
            raise UsageError(
                "--only selects neither ClinVar nor CIViC", remedy="Add clinvar or civic to --only"
            )
        for release in self.releases.values():
            iso_date(release)
        self.clinvar()


class _Fetched(NamedTuple):
    """Downloaded data; None for a part that was not requested."""

    clinvar: Path | None = None
    tables: Path | None = None
    civic: Knowledge | Path | None = None
    ontology: Path | None = None


def pull_snapshot(
    output: str | Path,
    assembly: Assembly | str,
    options: PullOptions | None = None,
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Pull all parts and build a snapshot from them.

    Args:
        output: folder to make.
        assembly: `GRCh37` or `GRCh38`.
        options: parts, releases and addresses; None for all parts from the usual addresses.
        replace: whether to replace an existing snapshot of that name.
        progress: called with the bytes received, then with those read.

    Raises:
        UsageError: the options contradict each other, or the output exists; nothing was sent.
        KnowledgeBaseError: the release does not exist, or a file is invalid.
        NetworkError: a download failed; data received before are kept.
        OutputError: a file cannot be written, or another process is pulling this snapshot.

    """
    options = options or PullOptions()
    options.check()
    assembly, target = Assembly(assembly), Path(output)
    check_target(target, replace=replace, is_complete_pull=True)
    with _locked(target) as folder:
        fetched = _fetch(options, options.only, folder, assembly, progress)
        return _build(target, assembly, fetched, options, progress, replace=replace)


def update_snapshot(
    snapshot: str | Path,
    options: PullOptions | None = None,
    *,
    progress: Progress | None = None,
    compare: Callable[[Path, Path], None] | None = None,
) -> list[str]:
    """Pull releases newer than a snapshot's, and replace the snapshot in a single step.

    Args:
        snapshot: folder of the snapshot.
        options: addresses; `only` and `releases` restrict the update.
        progress: called with the bytes received, then with those read.
        compare: called with the folders of the old and the new snapshot before the old one is replaced.

    Returns:
        The knowledge bases that were replaced; empty if the snapshot is up to date.

    Raises:
        SnapshotError: the snapshot does not exist.
        The errors of `pull_snapshot`.

    """
    target = Path(snapshot)
    manifest = Manifest.read(target)
    options = options or PullOptions()
    # Without its tables, ClinVar's copy-number and structural records would disappear; a dated release has no tables.
    has_tables = options.tables or ("clinvar_sv" in manifest.sources and "clinvar" not in options.releases)
    wanted = [part for part in options.only if part in {*manifest.sources, "ontology"}]
    options = options._replace(only=wanted, tables=has_tables)
    options.check()
    with _locked(target) as folder:
        newer = run_coroutine(_newer(options, manifest))
        if not set(newer) & {"clinvar", "civic"}:
            return []
        fetched = _fetch(options, newer, folder, manifest.assembly, progress)
        made = folder / "new.snapshot"
        shutil.rmtree(made, ignore_errors=True)
        after = _build(made, manifest.assembly, fetched, options, progress, kept=target)
        changed = [
            name for name, source in after.sources.items() if _differs(source, manifest.sources.get(name))
        ]
        if changed:
            if compare is not None:
                compare(target, made)
            publish(made, target)
    return changed


def _differs(after: StoredSource, before: StoredSource | None) -> bool:
    """Return whether a source has changed; the same responses of a service on another day count as unchanged."""
    if before is None or after.sha256 != before.sha256:
        return True
    return after.release != before.release and not after.release.startswith(Release.version_of_queries(""))


async def _newer(options: PullOptions, manifest: Manifest) -> list[str]:
    """Return the parts that may have a newer release, without downloading them."""
    parts = [part for part in options.only if part != "clinvar"]
    if parts == ["ontology"]:
        parts = []
    if "clinvar" in options.only:
        async with HttpClient(options.limits, ca_bundle=options.ca_bundle) as client:
            newest = options.releases.get("clinvar") or await options.clinvar().newest(
                client, manifest.assembly
            )
        if newest != manifest.sources["clinvar"].release:
            parts.insert(0, "clinvar")
    return parts


def _fetch(
    options: PullOptions,
    parts: Sequence[str],
    folder: Path,
    assembly: Assembly,
    progress: Progress | None,
) -> _Fetched:
    try:
        return run_coroutine(_fetched(options, parts, folder, assembly, progress))
    except OSError as error:
        raise cannot_use(error, folder) from error


async def _fetched(
    options: PullOptions, parts: Sequence[str], folder: Path, assembly: Assembly, progress: Progress | None
) -> _Fetched:
    found = _Fetched()
    async with HttpClient(options.limits, ca_bundle=options.ca_bundle) as client:
        if "clinvar" in parts:
            vcf, tables = await options.clinvar().fetch(client, folder, assembly, progress)
            found = found._replace(clinvar=vcf, tables=tables)
        if "civic" in parts and "ontology" in parts:
            path = folder / "doid.obo"
            url = options.mirror("ontology") or ONTOLOGY
            await client.download(url, path, progress=downloading(path.name, progress))
            _check_ontology(path, url)
            found = found._replace(ontology=path)
    if "civic" in parts:
        release = options.releases.get("civic")
        pull = options.civic(folder)
        pull.folder.mkdir(parents=True, exist_ok=True)
        civic = await pull.fetch(
            datetime.now(UTC).date(),
            progress,
            None if release is None else date.fromisoformat(iso_date(release)),
            limits=options.service_limits,
        )
        found = found._replace(civic=civic)
    return found


def _check_ontology(path: Path, url: str) -> None:
    with path.open("rb") as file:
        if file.read(15) == b"format-version:":
            return
    path.unlink()
    raise NetworkError(
        "the response is not an OBO file; it may be a login page of the network",
        path=url,
        remedy="Open the address in a browser and sign in, or use another --mirror ontology=URL. To use the built-in "
        "disease table instead, omit the ontology with --only clinvar,civic",
    )


def _build(
    target: Path,
    assembly: Assembly,
    fetched: _Fetched,
    options: PullOptions,
    progress: Progress | None,
    *,
    kept: Path | None = None,
    replace: bool = False,
) -> Manifest:
    return build_snapshot(
        target,
        assembly,
        clinvar=fetched.clinvar,
        clinvar_tables=fetched.tables,
        civic=fetched.civic,
        civic_options=CivicOptions(disease_ontology=fetched.ontology),
        kept=kept,
        retrieved=datetime.now(UTC).date().isoformat(),
        threads=options.threads,
        replace=replace,
        progress=progress,
    )


@contextmanager
def _locked(target: Path) -> Iterator[Path]:
    """Lock the folder with the incomplete data of a pull; the folder is removed when the pull is complete.

    Only a lock held by another process is an error: on a file system without locks the pull continues.

    Raises:
        OutputError: another process holds the lock, or the folder cannot be created.

    """
    folder = pull_folder(target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise cannot_write(error, folder, "Use -o with a folder that you can write to") from error
    try:
        if not lock(held):
            raise OutputError(
                "another process is pulling this snapshot", path=target, remedy="Wait until it has finished"
            )
        yield folder
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)


def iso_date(release: str) -> str:
    """Return a date as YYYY-MM-DD; it may also be written as YYYYMMDD.

    Raises:
        UsageError: it is not a date.

    """
    try:
        return date.fromisoformat(release).isoformat()
    except ValueError:
        raise UsageError(
            f"the release {release!r} is not a date", remedy="Write it as YYYY-MM-DD, such as 2026-02-26"
        ) from None
