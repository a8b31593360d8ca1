"""In which places CIViC's insertions and deletions may be spelled, by what a snapshot knows of the reference.

CIViC's coordinates have an indel at any of its places. Where it can be shifted to is decided by reference bases:

    a FASTA, if there is one
    ClinVar's record of the same indel, which has all its spellings
    bases that alleles of ClinVar and CIViC replace or can be shifted through, which are the reference's
    CIViC's own HGVS expression, which has the indel at its rightmost place, and of a duplication tells what it doubles

Where these do not suffice, the indel stays open at that end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from annotator.store.store import Store
from annotator.variants.allele import AlleleKey, BaseSource
from annotator.variants.shift import Spellings, known_spellings, rotated, stated_shift

__all__ = ["StatedBases", "doubled_bases", "moved", "rightmost_start", "spellings_of"]

_BLOCK = 256  # bases that are looked up at a time
_LONGEST = 1_000  # bases that an allele may start before a block and still tell bases of it


class StatedBases:
    """Reference bases that are known.

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
        """Return the base at a 1-based position; empty if it is not known."""
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
        """Yield the bases that ClinVar's alleles around a block tell, with the position of the first."""
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
    """Return where an indel may be spelled.

    Args:
        allele: a pure insertion or deletion, at any of its places.
        known: reference bases.
        clinvar: store of ClinVar; None for none.
        rightmost: its rightmost start by an HGVS expression; None for none.

    """
    row = None if clinvar is None else clinvar.find(allele)
    if clinvar is not None and row is not None:
        spellings = clinvar.spellings(row)
        if not spellings.is_open:
            return spellings
    return known_spellings(allele, lambda position: known.at(allele.contig, position), rightmost)


def rightmost_start(allele: AlleleKey, changes: Iterable[str]) -> int | None:
    """Return the rightmost start of an indel by the genomic expressions of its variant; None if none tells.

    Args:
        allele: a pure insertion or deletion, at any of its places.
        changes: what the expressions say of the contig, such as `104_105del`.

    """
    for change in changes:
        shift = stated_shift(allele, change)
        if shift is None and change.endswith("dup"):
            # The bases before an insertion that doubles them are known: it may stand before them as well.
            length = len(allele.inserted)
            shift = stated_shift(allele._replace(start=allele.start - length), change)
            shift = None if shift is None or shift < length else shift - length
        if shift is not None:
            return allele.start + shift
    return None


def doubled_bases(allele: AlleleKey, rightmost: int, changes: Sequence[str]) -> AlleleKey | None:
    """Return the bases of the reference that an insertion doubles, as an allele that deletes them; None if none tells.

    Args:
        allele: a pure insertion, at any of its places.
        rightmost: its rightmost start.
        changes: what the expressions say of the contig, such as `104_105dup`.

    """
    length = len(allele.inserted)
    first = rightmost - length
    span = f"{first}_{rightmost - 1}" if length > 1 else f"{first}"
    if not length or f"{span}dup" not in changes:
        return None
    return AlleleKey(allele.contig, first, rotated(allele.inserted, rightmost - allele.start), "")


def moved(alleles: Iterable[AlleleKey], spellings: Mapping[AlleleKey, Spellings]) -> tuple[AlleleKey, ...]:
    """Return alleles with each indel at its leftmost known place."""
    return tuple(sorted({spellings[one].key if one in spellings else one for one in alleles}))
