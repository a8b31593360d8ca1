"""Pulls a release of ClinVar from NCBI and builds a snapshot from it.

ClinVar's files (https://ftp.ncbi.nlm.nih.gov/pub/clinvar/): the VCF of each assembly is replaced weekly; dated ones are
beside it, then in `weekly/`, then in `archive_2.0/YEAR/`. Beside each file is its MD5 as `.md5`. Only the newest tables
are available: hgvs4variation and variation_allele are not archived.

A stopped pull continues where it was: downloaded data are kept in a folder until the snapshot is built.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from annotator.errors import KnowledgeBaseError, NetworkError, UsageError
from annotator.net import HttpClient, HttpLimits, RefusedError, TooLargeError
from annotator.net.download import md5_of
from annotator.runtime.event_loop import run_coroutine
from annotator.runtime.os_errors import cannot_write
from annotator.runtime.progress import Progress, Step, Unit
from annotator.snapshot.build import build_snapshot, check_target
from annotator.snapshot.manifest import Manifest
from annotator.variants.assembly import Assembly

__all__ = ["CLINVAR", "FILE_LIMITS", "TABLES", "ClinVarFiles", "downloading", "pull_clinvar", "pull_folder"]

CLINVAR = "https://ftp.ncbi.nlm.nih.gov/pub/clinvar"
"""Address of ClinVar at NCBI."""

TABLES = tuple(
    f"tab_delimited/{name}.txt.gz" for name in ("variant_summary", "hgvs4variation", "variation_allele")
)
"""ClinVar's tables, relative to its folder."""

FILE_LIMITS = HttpLimits(requests_per_second=5.0, connections=1, read_seconds=60.0)
"""Limits for a file server: few files, one at a time."""

_MISSING = frozenset({404, 410})
_MD5_FILE = re.compile(r"\s*([0-9A-Fa-f]{32})(\s|$)").match
_FILE_DATE = re.compile(rb"^##fileDate=(\d{4}-\d{2}-\d{2})\s*$", re.MULTILINE).search
_HEAD = 1 << 16  # bytes of a VCF that contain its first lines


def pull_clinvar(
    output: str | Path,
    assembly: Assembly | str,
    *,
    release: str | None = None,
    tables: bool = False,
    mirror: str = CLINVAR,
    keep: str | Path | None = None,
    threads: int = 1,
    replace: bool = False,
    progress: Progress | None = None,
    limits: HttpLimits = FILE_LIMITS,
    ca_bundle: Path | None = None,
) -> Manifest:
    """Download ClinVar's files and build a snapshot of them.

    Args:
        output: folder to make.
        assembly: `GRCh37` or `GRCh38`.
        release: `YYYYMMDD`; None for the newest.
        tables: whether the three tables are downloaded too, so that indels are also found by their HGVS expressions.
        mirror: address of a folder laid out like NCBI's.
        keep: folder in which downloaded files are kept; None to remove them when the snapshot is built. An existing
            file with the published MD5 is not downloaded again.
        threads: number of worker processes that build the snapshot.
        replace: whether to replace an existing snapshot of that name.
        progress: called with the bytes received, then with those read.
        limits: limits of the requests.
        ca_bundle: certificates (PEM) of authorities to trust in addition to the system's.

    Raises:
        UsageError: the options contradict each other, or the output exists; nothing was sent.
        KnowledgeBaseError: the release does not exist, or a file is invalid.
        NetworkError: a download failed.
        OutputError: a file cannot be written.

    """
    assembly, target = Assembly(assembly), Path(output)
    files = ClinVarFiles(mirror, release, tables=tables)
    check_target(target, replace=replace)  # before the download, not only after it
    folder = pull_folder(target) if keep is None else Path(keep)

    async def fetched() -> tuple[Path, Path | None]:
        async with HttpClient(limits, ca_bundle=ca_bundle) as client:
            return await files.fetch(client, folder, assembly, progress)

    vcf, table_folder = run_coroutine(fetched())
    manifest = build_snapshot(
        target,
        assembly,
        clinvar=vcf,
        clinvar_tables=table_folder,
        retrieved=datetime.now(UTC).date().isoformat(),
        threads=threads,
        replace=replace,
        progress=progress,
    )
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return manifest


def pull_folder(output: Path) -> Path:
    """Return the hidden folder beside the output that holds the files of an unfinished download."""
    return output.absolute().with_name(f".{output.absolute().name}.pull")


def _check_release(release: str, *, tables: bool) -> None:
    try:
        is_date = date.fromisoformat(release).strftime("%Y%m%d") == release
    except ValueError:
        is_date = False
    if not is_date:
        raise UsageError(
            f"the release {release!r} is not a date", remedy="Write it as YYYYMMDD, for example 20260226"
        )
    if tables:
        raise UsageError(
            "NCBI does not archive hgvs4variation and variation_allele, so no tables exist for a "
            "dated release",
            remedy="Omit --tables, or omit --release to use the newest tables",
        )


def _vcf_places(assembly: Assembly, release: str | None) -> list[str]:
    """Return the paths at which a release of the VCF may be, relative to ClinVar's folder, most likely first."""
    folder = f"vcf_{assembly}"
    if release is None:
        return [f"{folder}/clinvar.vcf.gz"]
    name = f"clinvar_{release}.vcf.gz"
    return [f"{folder}/{place}{name}" for place in ("", "weekly/", f"archive_2.0/{release[:4]}/")]


class ClinVarFiles:
    """Files of a mirror of ClinVar.

    Args:
        mirror: address of a folder laid out like NCBI's.
        release: `YYYYMMDD`; None for the newest.
        tables: whether to include the three tables.

    Raises:
        UsageError: the release is not a date, or has no tables.

    """

    def __init__(self, mirror: str = CLINVAR, release: str | None = None, *, tables: bool = False) -> None:
        if release is not None:
            _check_release(release, tables=tables)
        self._mirror = mirror.rstrip("/")
        self._release = release
        self._tables = TABLES if tables else ()

    async def fetch(
        self, client: HttpClient, folder: Path, assembly: Assembly, progress: Progress | None
    ) -> tuple[Path, Path | None]:
        """Download the files into a folder, laid out like the mirror.

        Returns:
            The VCF, and the folder of the tables or None.

        Raises:
            KnowledgeBaseError: the release does not exist.
            NetworkError: a file cannot be downloaded.
            OutputError: a file cannot be written.

        """
        wanted = [_vcf_places(assembly, self._release), *([table] for table in self._tables)]
        # All are looked up before the first is downloaded, so that a missing file is reported at once.
        found = [await self._find(client, places) for places in wanted]
        vcf, *others = [await self._fetch(client, folder, place, md5, progress) for place, md5 in found]
        return vcf, others[0].parent if others else None

    async def newest(self, client: HttpClient, assembly: Assembly) -> str | None:
        """Return the ISO date of the newest VCF from its first lines; None if the mirror cannot send only these."""
        place = _vcf_places(assembly, None)[0]
        try:
            answer = await client.get(f"{self._mirror}/{place}", headers={"Range": f"bytes=0-{_HEAD - 1}"})
            text = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(answer.body, _HEAD)
        except (TooLargeError, zlib.error):
            return None
        found = _FILE_DATE(text)
        return None if found is None else found[1].decode()

    async def _find(self, client: HttpClient, places: Sequence[str]) -> tuple[str, str]:
        """Return the first server path that has the file, and its published MD5."""
        tried = []
        for place in places:
            try:
                return place, await self._published_md5(client, place)
            except RefusedError as error:
                if error.status not in _MISSING:
                    raise
                tried.append(f"{self._mirror}/{place}.md5")
        raise KnowledgeBaseError(
            f"no such file on the server: {places[0].rpartition('/')[2]}",
            remedy=f"Tried {', '.join(tried)}. The dates of available releases are listed there",
        )

    async def _published_md5(self, client: HttpClient, place: str) -> str:
        url = f"{self._mirror}/{place}.md5"
        answer = await client.get(url)
        found = _MD5_FILE(answer.body.decode("ascii", "replace"))
        if found is None:
            raise NetworkError(
                "the response is not an MD5 checksum; it may be a login page of the network",
                path=url,
                remedy="Open the address in a browser and sign in, or use another --mirror",
            )
        return found[1].lower()

    async def _fetch(
        self, client: HttpClient, folder: Path, place: str, md5: str, progress: Progress | None
    ) -> Path:
        path = folder / place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(error, path.parent) from error
        if path.is_file() and await asyncio.to_thread(md5_of, path) == md5:
            return path
        await client.download(
            f"{self._mirror}/{place}",
            path,
            progress=downloading(path.name, progress),
            expected_md5=lambda: self._published_md5(client, place),
        )
        return path


def downloading(name: str, progress: Progress | None) -> Callable[[int, int | None], None]:
    """Return a callback that reports the bytes of a file received so far, for the HTTP client."""

    def show_progress(so_far: int, of: int | None) -> None:
        if progress is not None:
            progress(Step(f"downloading {name}", so_far, of, Unit.BYTES))

    return show_progress
