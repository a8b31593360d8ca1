"""Positions at which CIViC's insertions and deletions can be written, from a snapshot's knowledge of the reference.

CIViC's coordinates may have an indel at any of its positions. How far it can be shifted is determined by reference
bases:

    a FASTA, if there is one
    ClinVar's record of the same indel, which has all its representations
    bases that alleles of ClinVar and CIViC replace or can be shifted through, which are the reference's
    CIViC's own HGVS expression, which has the indel at its rightmost position, and shows what a duplication doubles

If these do not suffice, the indel remains open at that end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from annotator.store.store import Store
from annotator.variants.allele import AlleleKey, BaseSource
from annotator.variants.shift import Spellings, known_spellings, rotated, stated_shift

__all__ = ["StatedBases", "doubled_bases", "moved", "rightmost_start", "spellings_of"]

_BLOCK = 256  # bases that are looked up at a time
_LONGEST = 1_000  # bases by which an allele may start before a block and still contribute bases to it


class StatedBases:
    """Known reference bases.

    Args:
        reference: a FASTA; None for none.
        clinvar: store of ClinVar; None for none.
        alleles: further alleles of the same assembly.

    """

    def __init__(
        self, reference: BaseSource | None, clinvar: Store | None, alleles: Iterable[AlleleKey]
    ) -> None:
        self._reference = reference
        self._clinvar = clinvar
        self._bases: dict[tuple[str, int], str] = {}
        self._blocks: set[tuple[str, int]] = set()
        for allele in alleles:
            self._learn(allele.contig, allele.start, allele.deleted)

    def at(self, contig: str, position: int) -> str:
        """Return the base at a 1-based position; empty if unknown."""
        if self._reference is not None and (base := self._reference.bases(contig, position, position)):
            return base
        block = position // _BLOCK
        if self._clinvar is not None and (contig, block) not in self._blocks:
            self._blocks.add((contig, block))
            for start, bases in self._stated(self._clinvar, contig, block * _BLOCK):
                self._learn(contig, start, bases)
        return self._bases.get((contig, position), "")

    def _learn(self, contig: str, start: int, bases: str) -> None:
        for position, base in enumerate(bases, start):
            if base in "ACGT":
                self._bases[contig, position] = base

    @staticmethod
    def _stated(store: Store, contig: str, start: int) -> Iterator[tuple[int, str]]:
        """Yield the bases that ClinVar's alleles around a block show, with the position of the first one."""
        first, stop = store.contigs.get(contig, (0, 0))
        starts = store.columns["start"]
        for row in range(
            bisect_left(starts, start - _LONGEST, first, stop),
            bisect_left(starts, start + _BLOCK, first, stop),
        ):
            spellings = store.spellings(row)
            key, shift = spellings.key, spellings.last - spellings.key.start
            sequence = key.deleted or key.inserted
            length = len(key.deleted) + shift
            yield key.start, (sequence * (length // len(sequence) + 1))[:length] if shift else key.deleted


def spellings_of(
    allele: AlleleKey, known: StatedBases, clinvar: Store | None, rightmost: int | None
) -> Spellings:
    """Return the positions at which an indel may be written.

    Args:
        allele: a pure insertion or deletion, at any of its positions.
        known: reference bases.
        clinvar: store of ClinVar; None for none.
        rightmost: rightmost start of the indel according to an HGVS expression; None if unknown.

    """
    row = None if clinvar is None else clinvar.find(allele)
    if clinvar is not None and row is not None:
        spellings = clinvar.spellings(row)
        if not spellings.is_open:
            return spellings
    return known_spellings(allele, lambda position: known.at(allele.contig, position), rightmost)


def rightmost_start(allele: AlleleKey, changes: Iterable[str]) -> int | None:
    """Return the rightmost start of an indel according to the genomic expressions of its variant; None if unknown.

    Args:
        allele: a pure insertion or deletion, at any of its positions.
        changes: changes of the expressions on the contig, such as `104_105del`.

    """
    for change in changes:
        shift = stated_shift(allele, change)
        if shift is None and change.endswith("dup"):
            # The bases before an insertion that doubles them are known: it may be written before them as well.
            length = len(allele.inserted)
            shift = stated_shift(allele._replace(start=allele.start - length), change)
            shift = None if shift is None or shift < length else shift - length
        if shift is not None:
            return allele.start + shift
    return None


def doubled_bases(allele: AlleleKey, rightmost: int, changes: Sequence[str]) -> AlleleKey | None:
    """Return the reference bases that an insertion doubles, as an allele that deletes them; None if unknown.

    Args:
        allele: a pure insertion, at any of its positions.
        rightmost: its rightmost start.
        changes: changes of the expressions on the contig, such as `104_105dup`.

    """
    length = len(allele.inserted)
    first = rightmost - length
    span = f"{first}_{rightmost - 1}" if length > 1 else f"{first}"
    if not length or f"{span}dup" not in changes:
        return None
    return AlleleKey(allele.contig, first, rotated(allele.inserted, rightmost - allele.start), "")


def moved(alleles: Iterable[AlleleKey], spellings: Mapping[AlleleKey, Spellings]) -> tuple[AlleleKey, ...]:
    """Return alleles with each indel at its leftmost known position."""
    return tuple(sorted({spellings[one].key if one in spellings else one for one in alleles}))
