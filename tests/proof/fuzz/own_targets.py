"""Fuzz targets, part 3: the user's own files and ClinVar's structural records, and what an annotation finds in them.

An input has two sections: the file that a snapshot is built from, and the VCF that is annotated with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.snapshot.build import build_snapshot
from annotator.sources.status import Status
from annotator.vcf.header import OnClash
from tests.proof.fuzz.place import file, folder, parts
from tests.proof.fuzz.targets import Target, check_conserved
from tests.support.small_clinvar_tables import write_small

__all__ = ["OWN_TARGETS"]


def _built(**sources: Any) -> Path:
    made = folder() / "own.snapshot"
    build_snapshot(made, "GRCh38", replace=True, retrieved="2026-03-01", **sources)
    return made


def _found(snapshot: Path, data: bytes) -> list[bytes]:
    """Annotate a VCF, check that nothing else was changed, and return the INFO of its records."""
    source, output = file("in.vcf", data), folder() / "own.vcf"
    annotate_file(
        AnnotateOptions(str(source), str(output), snapshot, on_clash=OnClash.REPLACE, status=Status.ALL)
    )
    after = output.read_bytes()
    check_conserved(data, after)
    return [line.split(b"\t")[7] for line in after.splitlines() if line.count(b"\t") > 6 and line[:1] != b"#"]


def structural(data: bytes) -> None:
    """Look up alleles in the structural records of ClinVar's tables; each part that is covered is from 0 to 1."""
    rows, calls = parts(data, 2)
    tables = write_small(folder() / "own-tables")
    (tables / "variant_summary.txt").write_bytes(rows)
    for info in _found(_built(clinvar_tables=tables, clinvar_release="2026-03-01"), calls):
        items = [item[6:] for item in info.split(b";") if item.startswith(b"CLNSV=")]
        entries = [entry.split(b"|") for one in items for alt in one.split(b",") for entry in alt.split(b"&")]
        for entry in entries:
            assert entry == [b"."] or all(0 <= float(one) <= 1 for one in entry[4:7]), entry


def own_vcf(data: bytes) -> None:
    """Look up alleles in a VCF of the user's."""
    known, calls = parts(data, 2)
    fields = {"own": ("AF", "AC", "ID", "FILTER")}
    _found(_built(vcf={"own": file("own.in.vcf", known)}, vcf_fields=fields), calls)


def own_regions(data: bytes) -> None:
    """Look up alleles in a BED file of the user's."""
    regions, calls = parts(data, 2)
    _found(_built(bed={"own": file("own.bed", regions)}), calls)


OWN_TARGETS: dict[str, Target] = {one.__name__: one for one in (structural, own_vcf, own_regions)}
