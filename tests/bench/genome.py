"""An invented genome, and alleles on it.

No sequence is stored: the base at a position is a hash of contig and position, so that every file of the workload
agrees on REF. Every indel is left-aligned as it stands, because its last base differs from the base before it: then
an allele has one spelling, and tools that match spelling by spelling find what tools that match alleles find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.int64]
    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["BASES", "Alleles", "alleles_at", "bases", "join", "reference_text"]

BASES = "ACGT"
LONGEST_INDEL = 20
_SNVS = 3
_SHAPES = 64  # more than there are shapes: a position and a shape make one number
_TEXT = np.frombuffer(BASES.encode(), dtype="S1")
_INSERTED = 1_000  # contig number from which on the hash gives inserted bases


class Alleles(NamedTuple):
    """Alleles of one contig, sorted, none twice.

    Attributes:
        contig: number of the contig, from 0.
        positions: 1-based POS.
        shapes: 1 to 3 for the SNV to the base so many letters on, 3 + k for an insertion and -k for a deletion of
            k bases after POS.

    """

    contig: int
    positions: Integers
    shapes: Integers

    def __len__(self) -> int:
        return len(self.positions)

    def of(self, chosen: Mask | Integers) -> Alleles:
        """Give some of them, by mask or by sorted numbers."""
        return Alleles(self.contig, self.positions[chosen], self.shapes[chosen])

    @property
    def keys(self) -> Integers:
        """One number per allele; sorted alleles have sorted keys."""
        return self.positions * _SHAPES + self.shapes + LONGEST_INDEL

    @property
    def are_snvs(self) -> Mask:
        return (self.shapes >= 1) & (self.shapes <= _SNVS)

    def spelled(self) -> tuple[list[str], list[str]]:
        """Give REF and ALT of each, as VCF spells them."""
        anchors = bases(self.contig, self.positions)
        refs: list[str] = _TEXT[anchors].astype("U1").tolist()
        alts: list[str] = _TEXT[(anchors + self.shapes) & 3].astype("U1").tolist()
        for number in np.flatnonzero(~self.are_snvs).tolist():
            position, shape = int(self.positions[number]), int(self.shapes[number])
            alts[number] = refs[number]
            if shape < 0:
                refs[number] = reference_text(self.contig, position, 1 - shape)
            else:
                alts[number] += self._inserted(position, shape - _SNVS)
        return refs, alts

    def _inserted(self, position: int, count: int) -> str:
        steps = np.arange(count, dtype=np.int64)
        inserted = bases(self.contig + _INSERTED, position * (LONGEST_INDEL + 1) + steps)
        anchor = int(bases(self.contig, np.array([position]))[0])
        if inserted[-1] == anchor:
            inserted[-1] = (anchor + 1 + position % 3) & 3
        return "".join(BASES[base] for base in inserted)


def bases(contig: int, positions: Integers) -> Integers:
    """Give the bases at some positions, as numbers in `BASES`."""
    mixed = positions.astype(np.uint64) + np.uint64((contig + 1) << 40)
    for shift, factor in ((31, 0x7FB5D329728EA185), (27, 0x81DADEF4BC2DD44D)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(33)).astype(np.int64) & 3


def reference_text(contig: int, position: int, count: int) -> str:
    """Give so many bases from a 1-based position on."""
    return "".join(BASES[base] for base in bases(contig, position + np.arange(count, dtype=np.int64)))


def alleles_at(rng: np.random.Generator, contig: int, positions: Integers, indels: float) -> Alleles:
    """Draw an allele for each position, and sort them; duplicates and indels that could move are left out.

    Args:
        rng: where chance comes from.
        contig: number of the contig.
        positions: 1-based, in any order.
        indels: share of insertions and deletions; they are short, by a geometric distribution.

    """
    count = len(positions)
    shapes = rng.integers(1, _SNVS + 1, count)
    sizes = np.minimum(rng.geometric(0.4, count), LONGEST_INDEL)
    kinds = rng.random(count)
    shapes = np.where(kinds < indels, _SNVS + sizes, shapes)
    shapes = np.where(kinds < indels / 2, -sizes, shapes)
    last = bases(contig, positions + np.maximum(-shapes, 0))
    fixed = (shapes > 0) | (last != bases(contig, positions))
    return join(Alleles(contig, positions[fixed], shapes[fixed]))


def join(*parts: Alleles) -> Alleles:
    """Put alleles of one contig together: sorted, none twice."""
    keys = np.unique(np.concatenate([part.keys for part in parts]))
    return Alleles(parts[0].contig, keys // _SHAPES, keys % _SHAPES - LONGEST_INDEL)
