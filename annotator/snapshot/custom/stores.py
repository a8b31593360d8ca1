"""Writing the stores of the user's own knowledge bases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.runtime.text import agreeing, counted
from annotator.snapshot.custom.named_files import WRONG_NUMBER, WRONG_TYPE, NamedFiles
from annotator.snapshot.manifest import StoredSource
from annotator.sources.custom.layout import FIELDS, fields_from_json
from annotator.store.store import Store
from annotator.variants.assembly import Assembly

__all__ = ["CustomStore", "fields_of_kept", "write_custom"]


class CustomStore(NamedTuple):
    """A store that was written.

    Attributes:
        name: name in the manifest, such as `vcf:gnomad`.
        path: the store.
        origin: file that it was built from.
        release: date of that file; empty if it states none.
        counts: what was read, kept and omitted.
        warnings: what the user of the snapshot should know, as sentences without their full stops.

    """

    name: str
    path: Path
    origin: Path
    release: str
    counts: Counter[str]
    warnings: tuple[str, ...] = ()


def write_custom(
    folder: Path,
    files: NamedFiles,
    assembly: Assembly,
    reference: Path | None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[CustomStore]:
    """Read the user's files and write a store for each.

    Args:
        folder: folder of the snapshot.
        files: the files by name.
        assembly: assembly of the snapshot.
        reference: indexed FASTA, to find all representations of indels; None for none.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: a file is invalid.
        UsageError: a field would have the name of another one.

    """
    from annotator.snapshot.custom.bed import read_bed
    from annotator.snapshot.custom.vcf import read_vcf

    stores = []
    for name, vcf in files.vcf.items():
        alleles = read_vcf(name, vcf, assembly, reference, workers, progress)
        path = folder / f"{name}.vcf.store"
        with path.open("wb") as file:
            differing = alleles.write(file)
        stores.append(
            CustomStore(
                f"vcf:{name}",
                path,
                vcf.path,
                alleles.version,
                alleles.counts,
                _warnings(name, alleles.counts, differing),
            )
        )
    for name, bed in files.bed.items():
        regions = read_bed(name, bed, assembly)
        path = folder / f"{name}.bed.store"
        with path.open("wb") as file:
            regions.write(file)
        stores.append(CustomStore(f"bed:{name}", path, bed, "", regions.counts))
    return stores


def fields_of_kept(folder: Path, sources: Mapping[str, StoredSource]) -> dict[str, list[str]]:
    """Return the INFO fields of the user's files in a snapshot, by the names of the files.

    Args:
        folder: folder of the snapshot.
        sources: stores by their names in the manifest; others than the user's are ignored.

    Raises:
        SnapshotError: a store is damaged.

    """
    found = {}
    for name, source in sources.items():
        kind, colon, title = name.partition(":")
        if colon and kind in {"vcf", "bed"}:
            store = Store(folder / source.file)
            try:
                found[title] = [field.id for field in fields_from_json(store.text(FIELDS, 0))]
            except (ValueError, TypeError, LookupError, RecursionError) as error:
                raise store.damaged() from error
    return found


def _warnings(name: str, counts: Counter[str], differing: int) -> tuple[str, ...]:
    found = []
    if differing:
        found.append(
            f"{name}: {counted(differing, 'record')} {agreeing(differing, 'repeats', 'repeat')} the allele of an "
            "earlier record with other values; the values of the first record are used"
        )
    for what, count in counts.items():
        key, _, reason = what.partition(": ")
        if reason == WRONG_NUMBER:
            found.append(
                f"{name}: {key} has the wrong number of values in {counted(count, 'record')} and is missing there"
            )
        elif reason == WRONG_TYPE:
            found.append(
                f"{name}: {key} has a value that is {WRONG_TYPE} in {counted(count, 'record')} and is missing there"
            )
    return tuple(found)
