"""A snapshot opened for reading."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, SupportsIndex

from annotator.errors import SnapshotError, UsageError
from annotator.result import Release, Result, Unsupported
from annotator.runtime.os_errors import why
from annotator.runtime.progress import Progress, counting
from annotator.snapshot.manifest import Manifest, StoredSource
from annotator.sources.civic.choice import DEFAULT, CivicChoice
from annotator.sources.registry import needs_annotations, opener_of
from annotator.sources.resolve import resolve_batch
from annotator.sources.source import Source
from annotator.variants.allele import key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from annotator.variants.query import Query

__all__ = ["Snapshot", "verify_files"]


class Snapshot:
    """Releases of ClinVar and CIViC for one assembly, read from local files.

    Opening it takes milliseconds whatever its size: files are mapped, and shared by the processes that map them.

    >>> snapshot = Snapshot.open(path)                                      # doctest: +SKIP
    >>> snapshot.lookup("chr7", 140753336, "A", "T")["clinvar"].record      # doctest: +SKIP

    Attributes:
        path: folder of the snapshot.
        manifest: its manifest.
        sources: one source per knowledge base that can answer, ClinVar first.

    """

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        sources: list[Source[Any]],
        civic: CivicChoice = DEFAULT,
        *,
        is_annotated: bool = True,
    ) -> None:
        self.path = path
        self.manifest = manifest
        self.sources = sources
        self._civic = civic
        self._is_annotated = is_annotated
        self._statuses = {
            one: _status(one) for one in (path / held.file for held in manifest.sources.values())
        }

    def __fspath__(self) -> str:
        # An open snapshot is accepted wherever the path of one is.
        return str(self.path)

    def __repr__(self) -> str:
        held = ", ".join(f"{name} {release.version}" for name, release in self.releases.items())
        return f"<Snapshot {self.path}: {self.assembly}, {held}>"

    def __reduce__(self) -> tuple[object, ...]:
        # Files are mapped, not copied: another process opens the same folder.
        return type(self).open, (self.path.absolute(), self._civic, self._is_annotated)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the files, which are unmapped when no result uses them any more."""
        self.sources = []

    @classmethod
    def open(
        cls, path: str | PathLike[str], civic: CivicChoice = DEFAULT, is_annotated: bool = True
    ) -> Snapshot:
        """Open a snapshot's folder.

        Args:
            path: the folder.
            civic: the lowest CIViC matching level, and the patient's disease.
            is_annotated: whether the file has consequence annotations; without, knowledge bases that need them are not
                opened.

        Raises:
            SnapshotError: it does not exist, is corrupt or truncated, or has a newer format.

        """
        folder = Path(path)
        manifest = Manifest.read(folder)
        sources = [
            _open_source(folder, manifest, name, civic)
            for name in manifest.sources
            if is_annotated or not needs_annotations(name)
        ]
        return cls(folder, manifest, sources, civic, is_annotated=is_annotated)

    @property
    def assembly(self) -> Assembly:
        """The assembly of all its alleles."""
        return self.manifest.assembly

    @property
    def releases(self) -> dict[str, Release]:
        """Release by knowledge base."""
        return {name: self.manifest.release(name) for name in self.manifest.sources}

    def lookup(self, contig: str, position: int, ref: str, alt: str) -> dict[str, Result[Any]]:
        """Return each knowledge base's result for one allele.

        Args:
            contig: `7`, `chr7` or `NC_000007.14`.
            position: 1-based POS of `ref`.
            ref: REF.
            alt: one ALT. An indel must be left-aligned.

        Returns:
            By knowledge base: `Found(record, match)`, `NotFound()` or `Unsupported(reason)`.

        Raises:
            UsageError: a parameter cannot be part of a query.

        """
        _check_query(contig, position, ref, alt)
        reason = unsupported_reason(ref, alt)
        name = self.assembly.contig(contig)
        if reason is None and name is None:
            reason = "unknown_contig"
        if reason is not None or name is None:
            return {source.knowledge_base: Unsupported(reason or "") for source in self.sources}
        query = Query(key_of(name, position, ref, alt))
        answers = resolve_batch(self.sources, [[query]] * len(self.sources))
        return {
            source.knowledge_base: answer[0] for source, answer in zip(self.sources, answers, strict=True)
        }

    def check_unchanged(self) -> None:
        """Check that no file was written to since the snapshot was opened: results could mix both contents.

        A snapshot that another one replaced, as `snapshot update` does, is still there for those who have opened it.

        Raises:
            SnapshotError: a file was written to.

        """
        for path, before in self._statuses.items():
            now = _status(path)
            if before is not None and now is not None and now[:2] == before[:2] and now != before:
                raise SnapshotError(
                    "the file was changed while it was used",
                    path=path,
                    remedy="Check the snapshot with annotator snapshot verify, and run the command again",
                )

    def verify(self, progress: Progress | None = None) -> None:
        """Compare every file with its checksum.

        Args:
            progress: called with the bytes read.

        Raises:
            SnapshotError: a file differs from what was built.

        """
        verify_files(self.path, self.manifest, progress)


def verify_files(folder: Path, manifest: Manifest, progress: Progress | None = None) -> None:
    """Compare every file of a snapshot with its checksum, whether or not the file can be opened as a store.

    Raises:
        SnapshotError: a file is missing or differs from what was built.

    """
    size = sum(source.size for source in manifest.sources.values())
    advanced = counting(progress, f"verifying {folder.name}", size)
    for source in manifest.sources.values():
        path = _path_of(folder, source)
        found = _sha256_of(path, advanced)
        if found != source.sha256:
            raise SnapshotError(
                f"the SHA-256 is {found}, but the manifest states {source.sha256}",
                path=path,
                remedy="The file was changed or damaged after the snapshot was built; build or "
                "copy the snapshot again",
            )


def _status(path: Path) -> tuple[int, ...] | None:
    """Return device and number of a file, then what changes when it is written to; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _check_query(contig: object, position: object, ref: object, alt: object) -> None:
    for name, value in (("contig", contig), ("ref", ref), ("alt", alt)):
        if not isinstance(value, str) or not value:
            raise UsageError(
                f"{name}={value!r} is not a text", remedy="See the documentation of Snapshot.lookup"
            )
    if not isinstance(position, SupportsIndex) or isinstance(position, bool) or index(position) < 1:
        raise UsageError(f"position={position!r} is not a position", remedy="Use POS of the VCF, 1 or more")


_READ = 1 << 20


def _sha256_of(path: Path, advanced: Callable[[int], None]) -> str:
    import hashlib

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
            advanced(len(piece))
    return digest.hexdigest()


def _open_source(folder: Path, manifest: Manifest, name: str, civic: CivicChoice) -> Source[Any]:
    path = _path_of(folder, manifest.sources[name])
    opener = opener_of(name)
    if opener is not None:
        return opener(path, manifest.release(name), civic)
    raise SnapshotError(
        f"the snapshot contains the unknown knowledge base {name!r}", path=folder, remedy="Update annotator"
    )


def _path_of(folder: Path, stored: StoredSource) -> Path:
    """Return the path of a store, after checking its size.

    Raises:
        SnapshotError: the file is missing or truncated.

    """
    path = folder / stored.file
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:  # such as a name that is too long
        raise SnapshotError(
            f"cannot be read ({why(error)})", path=folder, remedy="Build or copy the snapshot again"
        ) from error
    if size != stored.size:
        found = (
            "the file is missing"
            if size is None
            else (f"the file has {size:,} bytes, but the manifest states {stored.size:,}")
        )
        raise SnapshotError(found, path=path, remedy="Build or copy the snapshot again")
    return path
