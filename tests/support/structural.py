"""ClinVar's copy-number and structural records that tests write, snapshots of them, and runs on calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from annotator.variants.assembly import Assembly
from tests.support.inputs import BRAF_V600E, Ran, data_lines, info_of, run_annotator, write_clinvar, write_vcf
from tests.support.small_clinvar_tables import Row, summary_row, write_small

META = (
    '##ALT=<ID=DEL,Description="Deletion">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End">',
    '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="Length">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type">',
    '##INFO=<ID=CN,Number=.,Type=Float,Description="Copies">',
    '##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="Imprecise">',
    '##INFO=<ID=CIPOS,Number=.,Type=Integer,Description="Interval">',
    '##INFO=<ID=CIEND,Number=.,Type=Integer,Description="Interval">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Copies">',
)
CONTIGS = (*map(str, range(1, 23)), "X", "Y", "MT")


class Listed(NamedTuple):
    """One entry of CLNSV."""

    variation: int
    type: str
    classification: str
    stars: str
    reciprocal: str
    of_record: str
    of_allele: str
    relation: str


def structural_row(variation: int, kind: str, contig: str, start: int, stop: int, **cells: str) -> Row:
    """Row of variant_summary on GRCh38 without alleles."""
    place = {"Chromosome": contig, "ChromosomeAccession": Assembly.GRCH38.accessions[contig], "Type": kind}
    place |= {"Start": str(start), "Stop": str(stop), "Name": f"invented({variation})"}
    return summary_row(variation, -1, "na", "na", **place | cells)


def structural_snapshot(
    folder: Path, rows: Iterable[Row], *, is_of_vcf: bool = True, assembly: str = "GRCh38"
) -> Path:
    """Build a snapshot of ClinVar's tables with some rows, and of its VCF if `is_of_vcf`."""
    tables = write_small(folder / "tables", rows)
    snapshot = folder / "snapshot"
    origin: Sequence[str | Path] = ("--clinvar-release", "2026-02-26")
    if is_of_vcf:
        origin = ("--clinvar", write_clinvar(folder / "clinvar.vcf", assembly=Assembly(assembly)))
    built = run_annotator(
        *("snapshot", "build", "--assembly", assembly, "--clinvar-tables", tables, *origin, "-o", snapshot)
    )
    assert built.status == 0, built.err
    return snapshot


def annotated(
    folder: Path, snapshot: Path, records: Iterable[str], *options: str, samples: Sequence[str] = ()
) -> Ran:
    """Annotate records, which are written to `input.vcf`."""
    write_vcf(folder / "input.vcf", records, contigs=CONTIGS, meta=META, samples=samples)
    return run_annotator("annotate", folder / "input.vcf", "--snapshot", snapshot, *options)


def infos(ran: Ran) -> list[Mapping[str, str]]:
    """Give the INFO of each record of an output."""
    assert ran.status == 0, ran.err
    return [info_of(line) for line in data_lines(ran.out)]


def listed(info: Mapping[str, str], alt: int = 0) -> list[Listed]:
    """Give the entries of CLNSV for an ALT."""
    value = info.get("CLNSV", ".").split(",")[alt if "," in info.get("CLNSV", "") else 0]
    entries = [] if value == "." else value.split("&")
    return [Listed(int(number), *others) for number, *others in (entry.split("|") for entry in entries)]


def call(contig: str, position: int, alt: str, info: str, ref: str = "N", *samples: str) -> str:
    """Give a record."""
    return "\t".join([contig, str(position), ".", ref, alt, ".", "PASS", info, *samples])


SHORT_CALL = BRAF_V600E
