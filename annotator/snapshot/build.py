"""Building a snapshot from files of ClinVar and CIViC."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from annotator.assembly import Assembly
from annotator.errors import KnowledgeBaseError, OutputError, UsageError
from annotator.reference import Reference
from annotator.snapshot.clinvar_vcf import read_clinvar_vcf, sha256_of
from annotator.snapshot.manifest import MANIFEST, Manifest, StoredSource

__all__ = ["build_snapshot"]

CLINVAR_LICENCE = (
    "Public domain; NCBI asks for attribution (https://www.ncbi.nlm.nih.gov/clinvar/docs/maintenance_use/)"
)
CIVIC_LICENCE = "CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/)"


def build_snapshot(
    output: str | Path,
    assembly: Assembly | str,
    *,
    clinvar: str | Path | None = None,
    civic: str | Path | None = None,
    reference: str | Path | None = None,
    retrieved: str | None = None,
    threads: int = 1,
    replace: bool = False,
) -> Manifest:
    """Build a snapshot for one assembly.

    The folder appears under its name only when it is complete. The same files give the same bytes.

    Args:
        output: folder to make.
        assembly: `GRCh37` or `GRCh38`.
        clinvar: ClinVar's VCF of that assembly.
        civic: folder of a CIViC release.
        reference: indexed FASTA of the assembly, to left-align CIViC's indels, which its files write in several ways.
        retrieved: ISO date on which the files were fetched, for the record.
        threads: number of worker processes; the snapshot is the same.
        replace: whether an existing snapshot of that name is replaced.

    Raises:
        UsageError: neither file is given, or the output exists.
        KnowledgeBaseError: a file is not what it should be.
        OutputError: the folder cannot be written.

    """
    assembly = Assembly(assembly)
    target = Path(output)
    if clinvar is None and civic is None:
        raise UsageError("nothing to build a snapshot from", remedy="Give --clinvar, --civic or both")
    _check_target(target, replace=replace)
    try:
        partial = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.absolute().parent)
        )
    except OSError as error:
        raise OutputError(f"cannot be made ({error.strerror})", path=target) from error
    try:
        manifest = _fill(partial, _Origins(assembly, clinvar, civic, reference, retrieved, threads))
        _publish(partial, target)
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror})", path=target) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _check_target(target: Path, *, replace: bool) -> None:
    if not target.exists():
        return
    if not (target / MANIFEST).is_file():
        raise UsageError("it exists and is not a snapshot", path=target, remedy="Choose another name")
    if not replace:
        raise UsageError(
            "the snapshot exists", path=target, remedy="Choose another name, or replace it with --force"
        )


class _Origins(NamedTuple):
    """What a snapshot is built from."""

    assembly: Assembly
    clinvar: str | Path | None
    civic: str | Path | None
    reference: str | Path | None
    retrieved: str | None
    workers: int


def _fill(folder: Path, origins: _Origins) -> Manifest:
    sources = {}
    if origins.clinvar is not None:
        sources["clinvar"] = _store_clinvar(folder, origins, Path(origins.clinvar))
    if origins.civic is not None:
        sources["civic"] = _store_civic(folder, origins, Path(origins.civic))
    manifest = Manifest(origins.assembly, sources)
    path = folder / MANIFEST
    path.write_text(manifest.to_json(), encoding="utf-8")
    _sync(path)
    return manifest


def _store_clinvar(folder: Path, origins: _Origins, origin: Path) -> StoredSource:
    release = read_clinvar_vcf(origin, origins.assembly, origins.workers)
    if not len(release.table):
        raise KnowledgeBaseError("no record of the file has an allele", path=origin)
    path = folder / "clinvar.store"
    with path.open("wb") as file:
        duplicates = release.table.write(file)
    counts = dict(sorted(release.counts.items())) | {"alleles": len(release.table) - duplicates}
    if duplicates:
        counts["left out: allele has another record"] = duplicates
    made = _Made(release.version, origin.name, sha256_of(origin), CLINVAR_LICENCE, counts)
    return _stored(path, made, origins.retrieved)


def _store_civic(folder: Path, origins: _Origins, origin: Path) -> StoredSource:
    from annotator.snapshot.civic_release import read_civic_release
    from annotator.sources.civic.snapshot import write_civic

    bases = None if origins.reference is None else Reference(Path(origins.reference), origins.assembly)
    release = read_civic_release(origin, origins.assembly, bases)
    path = folder / "civic.store"
    with path.open("wb") as file:
        write_civic(release.records, file)
    made = _Made(release.version, origin.resolve().name, release.sha256, CIVIC_LICENCE, dict(release.counts))
    return _stored(path, made, origins.retrieved)


class _Made(NamedTuple):
    """Where a store came from; the fields are StoredSource's."""

    release: str
    origin: str
    origin_sha256: str
    licence: str
    counts: dict[str, int]


def _stored(path: Path, made: _Made, retrieved: str | None) -> StoredSource:
    _sync(path)
    return StoredSource(
        **made._asdict(),
        file=path.name,
        size=path.stat().st_size,
        sha256=sha256_of(path),
        retrieved=retrieved,
    )


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _publish(partial: Path, target: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    partial.chmod(0o777 & ~mask)
    if not target.exists():
        partial.rename(target)
        return
    # A folder cannot be renamed onto one that is not empty: the old one steps aside for an instant.
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.absolute().parent))
    target.rename(aside / target.name)
    partial.rename(target)
    shutil.rmtree(aside)
