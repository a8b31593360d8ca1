"""All records of the Clinical Tables service, made from ClinVar's tables of any size."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.runtime.signals import signals_held
from annotator.runtime.workers import ordered_map
from annotator.snapshot.clinvar.tables.construction import ASSEMBLIES, service_record
from annotator.snapshot.clinvar.tables.expressions import HGVS_TABLE
from annotator.snapshot.clinvar.tables.partition import PartedTable, part_table
from annotator.snapshot.clinvar.tables.reading import Lines, Mask, TableFile, find_table
from annotator.snapshot.clinvar.tables.summary import SUMMARY_TABLE

__all__ = ["service_records"]

_SUMMARY_COLUMNS = (
    "Assembly", "Name", "HGNC_ID", "RS# (dbSNP)", "nsv/esv (dbVar)", "Chromosome", "Start", "Stop",
    "PhenotypeIDS", "PhenotypeList",
)  # fmt: skip
_HGVS_COLUMNS = ("NucleotideExpression", "ProteinExpression", "ProteinChange")


def service_records(
    folder: Path, workers: int = 1, scratch: Path | None = None, progress: Progress | None = None
) -> Iterator[dict[str, str]]:
    """Yield the service's records, by ascending VariationID.

    variant_summary has the VariationID of every row, so that variation_allele is not needed.

    Args:
        folder: has variant_summary and hgvs4variation, as `<name>.txt.gz` or `<name>.txt`.
        workers: number of processes; it does not affect the result.
        scratch: folder for temporary files, about as large as the compressed tables; None for the system's.
        progress: called with the bytes read of the tables.

    Raises:
        KnowledgeBaseError: a table is missing, invalid, truncated or corrupt.
        OSError: the temporary files cannot be written.

    """
    paths = [find_table(folder, name) for name in (SUMMARY_TABLE, HGVS_TABLE)]
    with signals_held():  # from then on, the end of the process removes it
        folder_of_spills = tempfile.TemporaryDirectory(dir=scratch)
    with folder_of_spills as name:
        spills = [Path(name, path.name) for path in paths]
        job = _Job(
            part_table(paths[0], spills[0], _of_the_service, progress),
            part_table(paths[1], spills[1], _with_columns, progress),
        )
        for records in ordered_map(_Maker, job, sorted(job.summary.places), workers):
            yield from records


def _of_the_service(file: TableFile, lines: Lines) -> Mask:
    place = file.places(_SUMMARY_COLUMNS)[0]
    wanted = lines.are(place, ASSEMBLIES[0])
    for assembly in ASSEMBLIES[1:]:
        wanted |= lines.are(place, assembly)
    return wanted


def _with_columns(file: TableFile, lines: Lines) -> Mask:
    nucleotide, protein, _ = file.places(_HGVS_COLUMNS)
    return (lines.sizes(nucleotide) > 0) | (lines.sizes(protein) > 0)


class _Job(NamedTuple):
    summary: PartedTable
    hgvs: PartedTable


class _Maker:
    """Maker of the records of a part."""

    def __init__(self, job: _Job) -> None:
        self._job = job

    def __call__(self, part: int) -> list[dict[str, str]]:
        expressions = self._job.hgvs.variations(part)
        number, own = next(expressions, (None, []))
        records = []
        for variation, rows in self._job.summary.variations(part):
            while number is not None and number < variation:
                number, own = next(expressions, (None, []))
            record = service_record(rows, own if number == variation else ())
            if record is not None:
                records.append(record)
        return records
