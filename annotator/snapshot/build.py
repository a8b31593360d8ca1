"""Builds a snapshot from files of ClinVar and CIViC."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from annotator.errors import KnowledgeBaseError, SnapshotError, UsageError
from annotator.runtime.durable import sync_to_disk
from annotator.runtime.finished import note_finished
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_use, cannot_write
from annotator.runtime.progress import Progress
from annotator.runtime.signals import signals_held
from annotator.runtime.text import is_date
from annotator.snapshot.civic.options import CivicOptions
from annotator.snapshot.clinvar.release import ClinVarRelease, read_clinvar_vcf, sha256_of
from annotator.snapshot.custom.named_files import NamedFiles, check_kept
from annotator.snapshot.manifest import MANIFEST, Manifest, StoredSource
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.registry import rank
from annotator.variants.assembly import Assembly

__all__ = ["build_snapshot", "check_target", "publish"]

CLINVAR_STORE = "clinvar.store"
CLINVAR_PROTEIN_STORE = "clinvar_protein.store"
CLINVAR_SV_STORE = "clinvar_sv.store"
CLINVAR_LICENCE = (
    "Public domain; NCBI requests attribution (https://www.ncbi.nlm.nih.gov/clinvar/docs/maintenance_use/)"
)
CUSTOM_LICENCE = "As stated by the provider of the file"
CIVIC_LICENCE = "CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/)"


def build_snapshot(
    output: str | Path,
    assembly: Assembly | str,
    *,
    clinvar: str | Path | None = None,
    clinvar_tables: str | Path | None = None,
    clinvar_release: str | None = None,
    civic: str | Path | Knowledge | None = None,
    civic_options: CivicOptions | None = None,
    vcf: Mapping[str, str | Path] | None = None,
    vcf_fields: Mapping[str, Sequence[str]] | None = None,
    bed: Mapping[str, str | Path] | None = None,
    kept: str | Path | None = None,
    retrieved: str | None = None,
    threads: int = 1,
    replace: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Build a snapshot for one assembly.

    The folder is renamed to its final name only when it is complete. The same files produce the same bytes.

    Args:
        output: folder to make.
        assembly: `GRCh37` or `GRCh38`.
        clinvar: ClinVar's VCF of that assembly.
        clinvar_tables: folder of ClinVar's tables. With `clinvar`, its insertions and deletions can also be found by
            the expressions of hgvs4variation; without it, alleles and records come from the tables. In both cases its
            copy-number and structural records come from the tables.
        clinvar_release: ISO date of the tables if they are used alone: they do not state it themselves.
        civic: folder of a CIViC release, or data swept from a CIViC service.
        civic_options: statuses of the evidence to keep, and optional files for placing CIViC's alleles.
        vcf: VCF or BCF files to use as knowledge bases, by name; their INFO fields are written as `name_FIELD`.
        vcf_fields: INFO fields to keep, by the name of the file.
        bed: BED or bedGraph files whose regions are written to the INFO field of their name.
        kept: snapshot of the same assembly whose other knowledge bases are copied.
        retrieved: ISO date on which the files were downloaded, for the manifest.
        threads: number of worker processes; it does not affect the snapshot.
        replace: whether to replace an existing snapshot of that name.
        progress: called with the bytes read of ClinVar's files.

    Raises:
        UsageError: no file is given, the tables' release is unknown, a name or field of the user's files is not
            allowed, or the output exists.
        KnowledgeBaseError: a file is invalid.
        OutputError: the folder cannot be written.

    """
    assembly = Assembly(assembly)
    target = Path(output)
    origins = _Origins(
        assembly,
        clinvar,
        clinvar_tables,
        clinvar_release,
        civic,
        civic_options or CivicOptions(),
        NamedFiles.of(vcf or {}, vcf_fields or {}, bed or {}),
        kept,
        retrieved,
        threads,
        progress,
    )
    _check_origins(origins)
    check_target(target, replace=replace)
    partial = _beside(target, "partial")
    try:
        _create(partial, target)
        manifest = _fill(partial, origins)
        publish(partial, target)
    except OSError as error:
        raise cannot_use(error, target) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _beside(target: Path, suffix: str) -> Path:
    """Return a new name beside the target, known before the folder exists: so it can be removed at any time."""
    return target.absolute().with_name(f".{target.name}.{os.urandom(6).hex()}.{suffix}")


def _create(beside: Path, target: Path) -> None:
    try:
        beside.mkdir(mode=0o700)
    except OSError as error:
        raise cannot_write(error, target) from error


def _check_origins(origins: _Origins) -> None:
    is_official = not (origins.clinvar is None and origins.clinvar_tables is None and origins.civic is None)
    if not (is_official or origins.custom.vcf or origins.custom.bed):
        raise UsageError(
            "there is nothing to build a snapshot from",
            remedy="Use --clinvar, --clinvar-tables, --civic, --vcf or --bed",
        )
    alone = origins.clinvar is None and origins.clinvar_tables is not None
    if alone and origins.clinvar_release is None:
        raise UsageError(
            "ClinVar's tables do not state their release",
            remedy="Use --clinvar-release with the date shown on the server, or add --clinvar",
        )
    if origins.clinvar_release is None:
        return
    if not alone:
        raise UsageError(
            "--clinvar-release applies only to ClinVar's tables without its VCF",
            remedy="Omit it",
        )
    if not is_date(origins.clinvar_release):
        raise UsageError(
            f"the release {origins.clinvar_release!r} is not a date", remedy="Write it as YYYY-MM-DD"
        )


def check_target(target: Path, *, replace: bool, is_complete_pull: bool = False) -> None:
    """Refuse a folder that must not be replaced, before any input is read or downloaded.

    Args:
        target: folder of the snapshot.
        replace: whether an existing snapshot may be replaced.
        is_complete_pull: whether everything is downloaded, so that the snapshot can be updated instead.

    Raises:
        UsageError: it is not a snapshot, or it is an existing snapshot and `replace` is False.

    """
    if not target.exists():
        return
    if not (target / MANIFEST).is_file():
        raise UsageError("the folder exists and is not a snapshot", path=target, remedy="Choose another name")
    if not replace:
        update = f"Fetch newer releases with `annotator snapshot update {shlex.quote(str(target))}`, choose"
        raise UsageError(
            "the snapshot already exists",
            path=target,
            remedy=f"{update if is_complete_pull else 'Choose'} another name, or replace it with --force",
        )


class _Origins(NamedTuple):
    """Files that a snapshot is built from."""

    assembly: Assembly
    clinvar: str | Path | None
    clinvar_tables: str | Path | None
    clinvar_release: str | None
    civic: str | Path | Knowledge | None
    civic_options: CivicOptions
    custom: NamedFiles
    kept: str | Path | None
    retrieved: str | None
    workers: int
    progress: Progress | None


def _fill(folder: Path, origins: _Origins) -> Manifest:
    sources = {}
    if origins.kept is not None:
        sources = _taken_over(folder, Path(origins.kept), origins)
    if origins.clinvar is not None or origins.clinvar_tables is not None:
        sources |= _store_clinvar(folder, origins)
    if origins.civic is not None:
        sources["civic"] = _store_civic(folder, origins, origins.civic)
    if origins.custom.vcf or origins.custom.bed:
        sources |= _store_custom(folder, origins)
    manifest = Manifest(origins.assembly, dict(sorted(sources.items(), key=lambda item: rank(item[0]))))
    path = folder / MANIFEST
    # A kind of ClinVar's in the counts may have bytes that are not UTF-8: these are valid escapes in JSON.
    path.write_text(manifest.to_json(), encoding="utf-8", errors="backslashreplace")
    _sync(path)
    return manifest


def _taken_over(folder: Path, kept: Path, origins: _Origins) -> dict[str, StoredSource]:
    """Copy the knowledge bases that are not rebuilt from a snapshot.

    This precedes any building, so that CIViC's build finds its ClinVar.
    """
    manifest = Manifest.read(kept)
    if manifest.assembly is not origins.assembly:
        raise UsageError(
            f"the snapshot is for {manifest.assembly}, not for {origins.assembly}",
            path=kept,
            remedy=f"Use a snapshot for {origins.assembly}, or build one in another folder",
        )
    anew = {"civic"} if origins.civic is not None else set()
    if origins.clinvar is not None or origins.clinvar_tables is not None:
        anew |= {"clinvar", "clinvar_protein", "clinvar_sv"}
    anew |= {f"vcf:{name}" for name in origins.custom.vcf} | {f"bed:{name}" for name in origins.custom.bed}
    taken = {name: source for name, source in manifest.sources.items() if name not in anew}
    if origins.custom.vcf or origins.custom.bed:
        from annotator.snapshot.custom.stores import fields_of_kept

        check_kept(origins.custom, fields_of_kept(kept, taken))
    for source in taken.values():
        path = folder / source.file
        shutil.copyfile(kept / source.file, path)
        if sha256_of(path) != source.sha256:
            raise SnapshotError(
                "the file is damaged", path=kept / source.file, remedy="Build the snapshot again"
            )
        _sync(path)
    return taken


def _store_clinvar(folder: Path, origins: _Origins) -> dict[str, StoredSource]:
    from annotator.snapshot.clinvar.proteins import write_proteins

    release, files = _clinvar_release(origins)
    if not len(release.table):
        raise KnowledgeBaseError(
            "the file has no record with an allele", path=files[0], remedy="Download the file again"
        )
    path = folder / CLINVAR_STORE
    with path.open("wb") as file:
        duplicates = release.table.write(file)
    counts = dict(sorted(release.counts.items())) | {"alleles": len(release.table)}
    for reason, count in sorted(release.table.open_indels.items()):
        counts[f"indels with only some equivalent forms: {reason}"] = count
    if duplicates:
        counts["left out: allele has another record"] = duplicates
    names = ", ".join(file.name for file in files)
    made = _Made(release.version, names, checksum_of(files), CLINVAR_LICENCE, counts)
    stored = {"clinvar": _stored(path, made, origins.retrieved)}
    path = folder / CLINVAR_PROTEIN_STORE
    if missense := write_proteins(release.table, release.missense, path):
        made = made._replace(counts={f"missense records, {missense.origin}": missense.records})
        stored["clinvar_protein"] = _stored(path, made, origins.retrieved)
    if release.structural is not None:
        from annotator.snapshot.clinvar.structural import write_structural

        path = folder / CLINVAR_SV_STORE
        write_structural(release.structural.rows, path)
        made = made._replace(counts=dict(sorted(release.structural.counts.items())))
        stored["clinvar_sv"] = _stored(path, made, origins.retrieved)
    return stored


def _clinvar_release(origins: _Origins) -> tuple[ClinVarRelease, list[Path]]:
    """Read ClinVar's files; return the release and the files that were read."""
    assembly, workers = origins.assembly, origins.workers
    files: list[Path] = []
    if origins.clinvar is not None:
        files = [Path(origins.clinvar)]
        release = read_clinvar_vcf(files[0], assembly, workers, origins.progress)
    if origins.clinvar_tables is not None:
        # Imported here: reading tables needs numpy, and few snapshots are built from them.
        from annotator.snapshot.clinvar.tables.build import add_lookups, read_clinvar_tables, table_paths

        tables = table_paths(Path(origins.clinvar_tables), lookups_only=bool(files))
        if files:
            found, structural = add_lookups(release.table, tables, assembly, workers, origins.progress)
            release.counts.update(found.counts)
            release = replace(release, missense=found.missense, structural=structural)
        else:
            assert origins.clinvar_release is not None
            read = read_clinvar_tables(tables, assembly, workers, origins.progress)
            release = ClinVarRelease(origins.clinvar_release, *read)
        files += tables
    return release, files


def _store_civic(folder: Path, origins: _Origins, origin: str | Path | Knowledge) -> StoredSource:
    # Imported here: a snapshot of ClinVar alone does not need most of it.
    from annotator.snapshot.civic.make_store import CivicMaker
    from annotator.snapshot.civic.release import read_civic_release

    maker = CivicMaker(origins.assembly, origins.civic_options)
    knowledge, name = (
        (origin, "a CIViC service")
        if not isinstance(origin, str | Path)
        else (read_civic_release(Path(origin)), Path(origin).resolve().name)
    )
    path = folder / "civic.store"
    built = maker.make(knowledge, path, folder / CLINVAR_STORE)
    placed = {way: " ".join(map(str, variants)) for way, variants in built.placed.items()}
    made = _Made(
        knowledge.release,
        name,
        knowledge.sha256 or "",
        CIVIC_LICENCE,
        built.counts,
        placed,
        built.account,
        built.warnings,
    )
    return _stored(path, made, origins.retrieved)


def _store_custom(folder: Path, origins: _Origins) -> dict[str, StoredSource]:
    from annotator.snapshot.custom.stores import write_custom

    stored = {}
    reference = origins.civic_options.reference
    for store in write_custom(
        folder,
        origins.custom,
        origins.assembly,
        None if reference is None else Path(reference),
        origins.workers,
        origins.progress,
    ):
        sha256 = sha256_of(store.origin)
        release = store.release or f"sha256:{sha256[:12]}"
        made = _Made(
            release,
            store.origin.name,
            sha256,
            CUSTOM_LICENCE,
            dict(sorted(store.counts.items())),
            warnings=store.warnings,
        )
        stored[store.name] = _stored(store.path, made, origins.retrieved)
    return stored


def checksum_of(files: Sequence[Path]) -> str:
    """Return the checksum of the files from which a store was made.

    For one file it is its SHA-256; for several it is the SHA-256 of the output of `sha256sum`, in order.
    """
    if len(files) == 1:
        return sha256_of(files[0])
    lines = [f"{sha256_of(file)}  {file.name}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class _Made(NamedTuple):
    """Origin of a store; the fields are those of StoredSource."""

    release: str
    origin: str
    origin_sha256: str
    licence: str
    counts: dict[str, int]
    placed: dict[str, str] | None = None
    account: dict[str, int] | None = None
    warnings: tuple[str, ...] = ()


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
        sync_to_disk(file.fileno())


def publish(partial: Path, target: Path) -> None:
    """Rename a complete snapshot to its final name. An existing one is replaced in a single step if possible."""
    with signals_held():
        _rename(partial, target)
        note_finished(str(target))


def _rename(partial: Path, target: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    partial.chmod(0o777 & ~mask)
    if not target.exists():
        partial.rename(target)
        return
    if _exchanged(partial, target):
        _remove(partial)
        return
    # A folder cannot be renamed onto one that is not empty: the old one is renamed first, so that the name is briefly
    # missing.
    aside = _beside(target, "old")
    target.rename(aside)
    partial.rename(target)
    _remove(aside)


def _remove(replaced: Path) -> None:
    if replaced.is_symlink():  # the name was a link to a snapshot, which is kept
        replaced.unlink()
    else:
        shutil.rmtree(replaced)


_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange the names of two folders in a single step; return False if the system or the file system cannot."""
    import ctypes

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
