"""Small inputs that tests write: VCF and ClinVar files, FASTA files, snapshots; and the command as a process."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from annotator.snapshot.build import build_snapshot
from annotator.variants.assembly import Assembly
from annotator.vcf.bgzf import EOF_BLOCK, deflate

MT_LENGTH = 16_569
MT_BASES = "".join(random.Random(16_569).choices("ACGT", k=MT_LENGTH))  # noqa: S311
"""A mitochondrion of the right length and invented bases: the one contig small enough for a test's FASTA."""

BRAF_V600E = "7\t140753336\t.\tA\tT\t.\t.\t."
"""GRCh38; in ClinVar as VariationID 13961, a record of `CLINVAR_RECORDS`."""

ONE_CONTIG = "7"
"""Contig whose length in the header of a small VCF proves its assembly."""


class ClinVarEntry(NamedTuple):
    """The parts of a line of ClinVar's VCF that these tests use."""

    contig: str
    position: int
    variation: int
    ref: str
    alt: str
    significance: str = "Pathogenic"
    review_status: str = "criteria_provided,_single_submitter"


CLINVAR_RECORDS = (
    ClinVarEntry("7", 140753336, 13961, "A", "T", "Pathogenic", "reviewed_by_expert_panel"),
    ClinVarEntry("7", 140753336, 9000001, "A", "C", "Likely_pathogenic"),
    ClinVarEntry("13", 32340300, 9325, "GT", "G", "Pathogenic", "reviewed_by_expert_panel"),
)
"""BRAF V600E, BRAF V600G with an invented number, and BRCA2 c.5946del, on GRCh38."""


class Ran(NamedTuple):
    """How a process of the command ended."""

    status: int
    out: bytes
    err: str


def command(*arguments: str | Path) -> list[str]:
    """Give the command line of the annotator that these tests test."""
    return [sys.executable, "-m", "annotator", *map(str, arguments)]


def run_annotator(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> Ran:
    """Run the command to its end."""
    ran = subprocess.run(command(*arguments), input=stdin, capture_output=True, cwd=cwd, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr.decode())


def vcf_text(
    records: Iterable[str],
    *,
    assembly: Assembly = Assembly.GRCH38,
    contigs: Sequence[str] = (ONE_CONTIG, "13", "MT"),
    meta: Iterable[str] = (),
    samples: Sequence[str] = (),
) -> str:
    """Give the text of a VCF.

    Args:
        records: data lines without line ends.
        assembly: whose lengths the `##contig` lines state.
        contigs: canonical names of the contigs that are declared.
        meta: more `##` lines.
        samples: names of the samples.

    """
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    if samples:
        columns += ["FORMAT", *samples]
    declared = (f"##contig=<ID={contig},length={assembly.lengths[contig]}>" for contig in contigs)
    lines = ["##fileformat=VCFv4.2", *declared, *meta, "\t".join(columns), *records]
    return "".join(f"{line}\n" for line in lines)


def bgzip(data: bytes) -> bytes:
    """Give data as a BGZF file, with its end-of-file block."""
    return deflate(data, 6) + EOF_BLOCK


def write_vcf(
    path: Path,
    records: Iterable[str] = (BRAF_V600E,),
    *,
    assembly: Assembly = Assembly.GRCH38,
    contigs: Sequence[str] = (ONE_CONTIG, "13", "MT"),
    meta: Iterable[str] = (),
    samples: Sequence[str] = (),
) -> Path:
    """Write a VCF, as BGZF if the path ends in `.gz`; the arguments are those of `vcf_text`."""
    text = vcf_text(records, assembly=assembly, contigs=contigs, meta=meta, samples=samples).encode()
    path.write_bytes(bgzip(text) if path.suffix == ".gz" else text)
    return path


def data_lines(vcf: bytes) -> list[str]:
    """Give the records of a VCF's text."""
    return [line for line in vcf.decode().splitlines() if not line.startswith("#")]


def info_of(line: str) -> dict[str, str]:
    """Give the INFO column of a record by key; a flag is the empty text."""
    column = line.split("\t")[7]
    if column == ".":
        return {}
    return {key: value for key, _, value in (item.partition("=") for item in column.split(";"))}


def write_clinvar(
    path: Path,
    entries: Iterable[ClinVarEntry] = CLINVAR_RECORDS,
    *,
    assembly: Assembly = Assembly.GRCH38,
    date: str = "2026-02-26",
) -> Path:
    """Write a VCF in the layout of ClinVar's."""
    lines = [
        "##fileformat=VCFv4.1",
        f"##fileDate={date}",
        "##source=ClinVar",
        f"##reference={assembly}",
        '##INFO=<ID=ALLELEID,Number=1,Type=Integer,Description="the ClinVar Allele ID">',
        '##INFO=<ID=CLNHGVS,Number=.,Type=String,Description="HGVS">',
        '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="review status">',
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="classification">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    for entry in entries:
        info = f"ALLELEID={entry.variation + 15_000};CLNREVSTAT={entry.review_status};CLNSIG={entry.significance}"
        lines.append(
            f"{entry.contig}\t{entry.position}\t{entry.variation}\t{entry.ref}\t{entry.alt}\t.\t.\t{info}"
        )
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def write_snapshot(
    folder: Path,
    entries: Iterable[ClinVarEntry] = CLINVAR_RECORDS,
    *,
    assembly: Assembly = Assembly.GRCH38,
    date: str = "2026-02-26",
) -> Path:
    """Build a snapshot of ClinVar entries; its ClinVar file stands beside it."""
    clinvar = write_clinvar(folder.with_suffix(".clinvar.vcf"), entries, assembly=assembly, date=date)
    build_snapshot(folder, assembly, clinvar=clinvar)
    return folder


def write_fasta(path: Path, sequences: Mapping[str, str], *, width: int = 60, index: bool = True) -> Path:
    """Write a FASTA, as BGZF if the path ends in `.gz`, and its index."""
    text = "".join(
        f">{name}\n" + "".join(f"{bases[at : at + width]}\n" for at in range(0, len(bases), width))
        for name, bases in sequences.items()
    ).encode()
    path.write_bytes(bgzip(text) if path.suffix == ".gz" else text)
    if index:
        import pysam

        pysam.faidx(str(path))
    return path
