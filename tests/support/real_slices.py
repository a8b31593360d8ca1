"""Real slices of ClinVar and of the reference, and the indels in them that can be shifted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pysam

from annotator import Assembly
from tests.support.clinvar_rows import ClinVarRow, info_items, trimmed

SLICES = {
    "13": (32_000_000, 33_000_000, "GRCh38_chr13_32000000_33000000.fa.gz"),
    "17": (43_000_000, 44_000_000, "GRCh38_chr17_43000000_44000000.fa.gz"),
}
"""1-based, inclusive: BRCA2 and BRCA1."""


MOVABLE = 5_360
"""Insertions and deletions that can stand further right than ClinVar writes them; 31 more have bases N."""


class Query(NamedTuple):
    """A record to annotate; `expected` is the AlleleID of each ALT, None for one that ClinVar does not have."""

    chrom: str
    position: int
    ref: str
    alts: tuple[str, ...]
    expected: tuple[str | None, ...]


class Locus(NamedTuple):
    """The sequence of a slice: `bases(start, stop)` is 1-based and inclusive."""

    start: int
    sequence: str

    def bases(self, start: int, stop: int) -> str:
        assert self.start <= start, "outside the slice"
        return self.sequence[start - self.start : stop - self.start + 1]


def write_padded_fasta(path: Path, loci: dict[str, Locus]) -> None:
    """Write whole chromosomes that are N but for the slices: their lengths prove the assembly."""
    width = 1_000_000
    with path.open("w") as file:
        for contig, locus in loci.items():
            before = "N" * (locus.start - 1)
            after = "N" * (Assembly.GRCH38.lengths[contig] - len(before) - len(locus.sequence))
            bases = before + locus.sequence + after
            file.write(f">chr{contig}\n")
            file.writelines(f"{bases[at : at + width]}\n" for at in range(0, len(bases), width))
    pysam.faidx(str(path))


def room(row: ClinVarRow, locus: Locus) -> int:
    """How many bases to the right an insertion or deletion can stand without changing the sequence it makes."""
    _, start, deleted, inserted = trimmed(row.chrom, row.position, row.ref, row.alt)
    moving = deleted or inserted
    behind = start + len(deleted)
    steps = 0
    while locus.bases(behind + steps, behind + steps) == moving[steps % len(moving)]:
        steps += 1
    return steps


def shifted(row: ClinVarRow, locus: Locus, steps: int) -> Query:
    """Write an insertion or deletion that many bases further right, behind its anchor base."""
    _, start, deleted, inserted = trimmed(row.chrom, row.position, row.ref, row.alt)
    moving = deleted or inserted
    turned = moving[steps % len(moving) :] + moving[: steps % len(moving)]
    anchor = locus.bases(start + steps - 1, start + steps - 1)
    ref, alt = (anchor + turned, anchor) if deleted else (anchor, anchor + turned)
    return Query(row.chrom, start + steps - 1, ref, (alt,), (row.allele_id,))


def is_pure_indel(row: ClinVarRow) -> bool:
    return (
        min(len(row.ref), len(row.alt)) == 1 != max(len(row.ref), len(row.alt)) and row.ref[0] == row.alt[0]
    )


def has_plain_bases(row: ClinVarRow) -> bool:
    """Whether an allele can be compared: ClinVar's VCF has a few whose bases are N."""
    return row.alt != "." and set(row.ref + row.alt) <= set("ACGT")


def without_places(text: str) -> str:
    """Give ClinVar's VCF with expressions that name each indel and say nothing of its place."""
    return "".join(map(_without_place, text.splitlines(keepends=True)))


def _without_place(line: str) -> str:
    columns = line.split("\t")
    if line.startswith("#") or len(columns[3]) == len(columns[4]) or columns[4] == ".":
        return line
    position, ref = int(columns[1]), columns[3]
    allele_id = info_items(columns[7].strip())["ALLELEID"]
    change = f"(?_{position})_({position + len(ref)}_?)del{allele_id}"
    return re.sub(r"(CLNHGVS=[^:;]*:g\.)[^;]*", lambda found: found[1] + change, line)
