"""Counting SNVs next to each other on one haplotype, which may be one change of several bases.

BRAF V600K is two substitutions in one codon. A file that has them as two records has V600E at one of them, and a lookup
of each allele finds V600E.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.columns import FIRST_SAMPLE
from annotator.vcf.text import RecordLines

if TYPE_CHECKING:
    from annotator.vcf.annotations.annotations import Annotations
    from annotator.vcf.scan import ScannedLines

__all__ = ["CODON_REACH", "PhasedNeighbours", "lines_with_neighbours"]

CODON_REACH = 2
"""Distance in bases of two positions that can be in one codon."""

_BASES = frozenset("ACGTacgt")
_RESIDUE = re.compile(r"[0-9]+", re.ASCII)


class _Call(NamedTuple):
    """Call of one sample at an SNV.

    Attributes:
        phase_set: name of the phase set; None for a genotype that is not phased.
        haplotypes: indexes of the haplotypes that carry an ALT.
        is_homozygous: whether all haplotypes carry an ALT, so that no phase is needed.

    """

    phase_set: str | None
    haplotypes: frozenset[int]
    is_homozygous: bool

    def is_with(self, other: _Call) -> bool:
        """Return whether a haplotype certainly carries both."""
        if not self.haplotypes or not other.haplotypes:
            return False
        if self.is_homozygous or other.is_homozygous:
            return True
        is_same_set = self.phase_set is not None and self.phase_set == other.phase_set
        return is_same_set and not self.haplotypes.isdisjoint(other.haplotypes)


class _Snv(NamedTuple):
    contig: str
    position: int
    calls: tuple[_Call, ...]
    residues: frozenset[tuple[str, str]] | None


class PhasedNeighbours:
    """Finds pairs of SNVs on one haplotype among consecutive records.

    Args:
        annotations: of the header. Of annotated records, only pairs that change one residue of a transcript count; of
            others, all pairs within `CODON_REACH`.
        columns: number of columns of a record.

    """

    def __init__(self, annotations: Annotations, columns: int) -> None:
        self._annotations = annotations
        self._columns = columns
        self._recent: list[_Snv] = []

    @property
    def is_possible(self) -> bool:
        """Whether the file has samples."""
        return self._columns > FIRST_SAMPLE

    def add(self, contig: str, position: int, line: bytes) -> bool:
        """Add a record, and return whether it makes a pair with an earlier record."""
        self._recent = [
            one for one in self._recent if one.contig == contig and 0 < position - one.position <= CODON_REACH
        ]
        snv = self._snv(contig, position, line)
        if snv is None:
            return False
        is_pair = any(self._are_one_change(one, snv) for one in self._recent)
        self._recent.append(snv)
        return is_pair

    def _are_one_change(self, one: _Snv, other: _Snv) -> bool:
        if (
            one.residues is not None
            and other.residues is not None
            and one.residues.isdisjoint(other.residues)
        ):
            return False
        return any(call.is_with(also) for call, also in zip(one.calls, other.calls, strict=True))

    def _snv(self, contig: str, position: int, line: bytes) -> _Snv | None:
        columns = line.decode("utf-8", "surrogateescape").rstrip("\r\n").split("\t")
        alts = columns[4].split(",")
        if columns[3] not in _BASES or len(columns) != self._columns:
            return None
        numbers = frozenset(str(number) for number, alt in enumerate(alts, start=1) if alt in _BASES)
        keys = columns[FIRST_SAMPLE - 1].split(":")
        calls = tuple(
            _call(dict(zip(keys, one.split(":"), strict=False)), numbers) for one in columns[FIRST_SAMPLE:]
        )
        if not any(call.haplotypes for call in calls):
            return None
        return _Snv(contig, position, calls, self._residues(line, len(alts)))

    def _residues(self, line: bytes, alts: int) -> frozenset[tuple[str, str]] | None:
        """Return transcripts, or genes where no transcript is named, with the residue that an ALT changes in each.

        None if the record has no annotation, so that nothing is known of its residues.
        """
        if not self._annotations.names_genes:
            return None
        sites = RecordLines([line], self._columns, path="", numbers=[1]).sites
        consequences = [
            one for alt in range(alts) for one in self._annotations.hints(sites, 0, alt).notes.consequences
        ]
        if not consequences:
            return None
        return frozenset(
            (one.transcript or one.gene, found[0])
            for one in consequences
            if (found := _RESIDUE.search(one.protein))
        )


def _call(values: dict[str, str], numbers: frozenset[str]) -> _Call:
    """Return what a sample states; PS names the phase set, in GATK's files PID with the phased genotype PGT."""
    genotype, phase_set = values.get("GT", ""), values.get("PS", "")
    if "|" not in genotype and "|" in values.get("PGT", "") and values.get("PID", ".") != ".":
        genotype, phase_set = values["PGT"], values["PID"]
    alleles = re.split(r"[|/]", genotype)
    carried = frozenset(number for number, allele in enumerate(alleles) if allele in numbers)
    is_phased = "|" in genotype and "/" not in genotype
    return _Call(phase_set if is_phased else None, carried, len(carried) == len(alleles))


def lines_with_neighbours(lines: ScannedLines) -> Iterator[tuple[str, int]]:
    """Yield lines of a chunk with their contigs: those within `CODON_REACH` of a neighbour.

    The first and last lines of each contig are always among them, as the next chunk may continue there.
    """
    import numpy as np

    for name, first, stop in lines.runs:
        steps = np.diff(lines.positions[first:stop])
        near = np.flatnonzero((steps >= 0) & (steps <= CODON_REACH)) + first
        ends = [*range(first, min(first + 3, stop)), *range(max(first, stop - 3), stop)]
        for number in np.unique(np.concatenate([ends, near, near + 1])).tolist():
            yield name, number
