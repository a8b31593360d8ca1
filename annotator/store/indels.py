"""Tables of the store's indels that have more than one representation.

A row of the store has one start, the leftmost position of its allele. Most insertions and deletions can be shifted to
the right, by three bases on average; the table `shifted` has the start of the rightmost representation of each of
these. Rows with unknown representations are in `open_left`, or in `open_right` if only those further right are unknown.

    rows       u32   row of the store, ascending
    last       u32   start of the rightmost known representation
    furthest   u32   largest `last` of the rows up to this one on the same contig
    open       u8    1 if there may be representations further left, 2 if further right; 3 for both

Whether any indel overlaps a range of positions takes one bisection: the starts determine the rows up to the end of the
range, and `furthest` shows whether one of these extends into it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from annotator.runtime.named_tuple import NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers: TypeAlias = NDArray[np.int64]
    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["INDEL_TABLES", "OPEN_LEFT", "OPEN_RIGHT", "IndelTable", "indel_columns"]

INDEL_TABLES = ("shifted", "open_left", "open_right")
OPEN_LEFT, OPEN_RIGHT = 1, 2


class IndelTable(NamedTuple):
    """One of these tables.

    Attributes:
        starts: start of each row of the store.
        rows, last, furthest, open: the columns, as described above.

    """

    starts: Sequence[int]
    rows: Sequence[int]
    last: Sequence[int]
    furthest: Sequence[int]
    open: Sequence[int]

    def entries(self, first_row: int, stop_row: int) -> tuple[int, int]:
        """Return the first entry of a contig and the entry after its last, by the rows of the contig."""
        return bisect_left(self.rows, first_row), bisect_left(self.rows, stop_row)

    def around(self, low: int, high: int, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Yield the indels of a contig with a representation within a range of positions, from right to left.

        Args:
            low: first entry of the contig.
            high: entry after its last.
            first: 1-based first position.
            last: last position, inclusive.

        Yields:
            The row, the start of its rightmost representation, and its `open`.

        """
        reaching = bisect_right(range(low, high), last, key=lambda entry: self.starts[self.rows[entry]])
        for entry in range(low + reaching - 1, low - 1, -1):
            if self.furthest[entry] < first:
                return
            if self.last[entry] >= first:
                yield self.rows[entry], self.last[entry], self.open[entry]

    def meets(self, first_row: int, stop_row: int, first: Integers, last: Integers) -> Mask:
        """Return for each of many ranges of positions on a contig whether an indel has a representation in it."""
        import numpy as np

        rows = np.asarray(self.rows)
        low, high = np.searchsorted(rows, [first_row, stop_row])
        if low == high:
            return np.zeros(first.size, dtype=bool)
        starts = np.asarray(self.starts)[rows[low:high]]
        before = np.searchsorted(starts, last, side="right")
        found: Mask = (before > 0) & (np.asarray(self.furthest)[low:high][before - 1] >= first)
        return found


def indel_columns(
    runs: Sequence[tuple[int, int]], starts: Integers, rows: Integers, shift: Integers, open_: Integers
) -> list[NDArray[np.unsignedinteger]]:
    """Return the columns of a table.

    Args:
        runs: first row and row after the last of each contig of the store.
        starts: start of each row of the store.
        rows: the rows of the table, ascending.
        shift: number of positions by which each can be shifted to the right.
        open_: whether each has unknown representations.

    """
    import numpy as np

    last = starts[rows].astype(np.int64) + shift
    furthest = last.copy()
    for first_row, stop_row in runs:
        of_contig = slice(*np.searchsorted(rows, [first_row, stop_row]))
        furthest[of_contig] = np.maximum.accumulate(last[of_contig]) if last[of_contig].size else 0
    return [rows.astype("<u4"), last.astype("<u4"), furthest.astype("<u4"), open_.astype("u1")]
