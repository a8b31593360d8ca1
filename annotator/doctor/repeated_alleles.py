"""Counts alleles that more than one record describes, in one pass over the records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from annotator.variants.allele import AlleleKey, key_of, unsupported_reason

if TYPE_CHECKING:
    from annotator.vcf.scan import ScannedLines

__all__ = ["RepeatedAlleles", "lines_at_shared_positions"]


class RepeatedAlleles:
    """Search for repeated alleles among consecutive records of one position.

    Only consecutive records at one position are compared, so that memory does not grow with the file.
    """

    def __init__(self) -> None:
        self._position = ("", 0)
        self._counts: dict[AlleleKey, int] = {}

    def add(self, contig: str, position: int, columns: Sequence[bytes]) -> int:
        """Add a record and return how many of its alleles an earlier record has, each repeated allele once.

        Args:
            contig: CHROM as written.
            position: 1-based POS.
            columns: columns of the record, up to ALT or further.

        """
        if self._position != (contig, position):
            self._position = (contig, position)
            self._counts.clear()
        ref = columns[3].decode("latin-1")
        alts = columns[4].decode("latin-1").split(",")
        keys = {key_of(contig, position, ref, alt) for alt in alts if unsupported_reason(ref, alt) is None}
        for key in keys:
            self._counts[key] = self._counts.get(key, 0) + 1
        return sum(self._counts[key] == 2 for key in keys)


def lines_at_shared_positions(lines: ScannedLines) -> Iterator[tuple[str, int]]:
    """Yield lines of a chunk with their contigs: those that share their position with a neighbour.

    The first and the last line of each contig are always included, because the next chunk may continue there.
    """
    import numpy as np

    for name, first, stop in lines.runs:
        same = np.flatnonzero(np.diff(lines.positions[first:stop]) == 0) + first
        for number in np.unique(np.concatenate([[first, stop - 1], same, same + 1])).tolist():
            yield name, number
