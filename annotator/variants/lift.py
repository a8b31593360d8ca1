"""Lift alleles and spans from one assembly to the other through blocks of aligned bases.

A block is a run of bases, without a gap and on either strand, that both assemblies share. A table of the blocks of
GRCh37 and GRCh38 ships with the package (`aligned_blocks.README.md` documents its origin and licence); a chain file has
blocks of the same form (`chain_file`).

An allele is lifted only if one block contains all its bases. For an insertion or deletion, the block must also contain
the adjacent bases: next to a gap it is unknown which copy of a repeat is changed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from importlib import resources

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly

__all__ = ["AlignedBlock", "Lift", "Span", "read_aligned_blocks", "shipped_lift"]

TABLE = "aligned_blocks.tsv.gz"
"""The table that ships with the package, in this module's folder."""

_COMPLEMENT = str.maketrans("ACGTNRYSWKMBDHV", "TGCANYRSWMKVHDB")


class AlignedBlock(NamedTuple):
    """A run of bases, without a gap, that two assemblies share.

    Attributes:
        contig: canonical contig in the source assembly.
        start: 1-based first base in the source assembly.
        length: number of bases.
        target_contig: canonical contig in the target assembly.
        target_start: 1-based first base in the target assembly, on its forward strand, whatever the strand of the
            block.
        is_reverse: whether the block is on the reverse strand of the target assembly.

    """

    contig: str
    start: int
    length: int
    target_contig: str
    target_start: int
    is_reverse: bool

    @property
    def stop(self) -> int:
        """1-based last base in the source assembly."""
        return self.start + self.length - 1

    @property
    def target_stop(self) -> int:
        """1-based last base in the target assembly."""
        return self.target_start + self.length - 1

    def inverse(self) -> AlignedBlock:
        """Return the block for the opposite direction."""
        return AlignedBlock(
            self.target_contig, self.target_start, self.length, self.contig, self.start, self.is_reverse
        )


class Span(NamedTuple):
    """A span of bases, 1-based and inclusive, and whether its strand is opposite to the source assembly's."""

    contig: str
    start: int
    stop: int
    is_reverse: bool = False


class Lift:
    """Coordinate conversion from one assembly to the other.

    Args:
        source: assembly from which coordinates are lifted.
        target: assembly to which coordinates are lifted.
        blocks: in any order. A base that several blocks cover is lifted only if they agree.

    """

    def __init__(self, source: Assembly, target: Assembly, blocks: Iterable[AlignedBlock]) -> None:
        self.source = source
        self.target = target
        self._blocks: dict[str, list[AlignedBlock]] = {}
        for block in sorted(blocks):
            self._blocks.setdefault(block.contig, []).append(block)
        self._starts = {contig: [block.start for block in found] for contig, found in self._blocks.items()}
        self._reach = {contig: _furthest_stops(found) for contig, found in self._blocks.items()}

    def allele(self, allele: AlleleKey) -> AlleleKey | None:
        """Lift an allele; return None if it has no unique position in the target.

        On the reverse strand its bases are complemented.
        """
        before = 1 if allele.is_indel else 0
        after = before if allele.deleted else 0  # an insertion starts at the base after it
        last = allele.start + max(len(allele.deleted), 1) - 1
        lifted = self._within_a_block(allele.contig, allele.start - before, last + after)
        if lifted is None:
            return None
        start, deleted, inserted = lifted.start + before, allele.deleted, allele.inserted
        if lifted.is_reverse:
            deleted, inserted = (bases.translate(_COMPLEMENT)[::-1] for bases in (deleted, inserted))
        if deleted and inserted:
            return key_of(lifted.contig, start, deleted, inserted)
        return AlleleKey(lifted.contig, start, deleted, inserted)

    def span(self, contig: str, start: int, stop: int) -> Span | None:
        """Lift a span by its ends; return None if the lifted ends do not belong together.

        An end in a gap moves inwards to the nearest aligned base, by no more than a tenth of the span's length.
        """
        most = (stop - start + 1) // 10
        first, last = self._aligned_from(contig, start), self._aligned_before(contig, stop)
        if first is None or last is None or first - start > most or stop - last > most or first > last:
            return None
        ends = [self._within_a_block(contig, position, position) for position in (first, last)]
        low, high = ends
        if low is None or high is None or (low.contig, low.is_reverse) != (high.contig, high.is_reverse):
            return None
        if low.is_reverse:
            low, high = high, low
        is_kept = low.start <= high.start and abs((high.start - low.start) - (last - first)) <= max(
            _TOLERATED, (last - first) // 4
        )
        return Span(low.contig, low.start, high.start, low.is_reverse) if is_kept else None

    def around(self, contig: str, start: int, stop: int) -> Span:
        """Return the region of the target in which a span without a unique position can be.

        The region is bounded by the aligned bases on both sides if these belong together; otherwise it is the whole
        contig.
        """
        before, after = self._aligned_before(contig, start - 1), self._aligned_from(contig, stop + 1)
        low = Span(contig, 1, 1) if before is None else self._within_a_block(contig, before, before)
        length = self.target.lengths.get(contig, 1)
        high = Span(contig, length, length) if after is None else self._within_a_block(contig, after, after)
        if low is None or high is None or any(end[::3] != (contig, False) for end in (low, high)):
            return Span(contig, 1, length)
        return Span(contig, low.start, high.start) if low.start <= high.start else Span(contig, 1, length)

    def _within_a_block(self, contig: str, first: int, last: int) -> Span | None:
        """Return the target position of a short span; None if it contains a gap, or blocks disagree."""
        found = {
            _placed(block, first, last) if block.start <= first and last <= block.stop else None
            for block in self._over(contig, first, last)
        }
        return found.pop() if len(found) == 1 else None

    def _over(self, contig: str, first: int, last: int) -> list[AlignedBlock]:
        """Return the blocks that contain any base of a span."""
        blocks, reach = self._blocks.get(contig, []), self._reach.get(contig, [])
        index = bisect_right(self._starts.get(contig, []), last) - 1
        found = []
        while index >= 0 and reach[index] >= first:
            if blocks[index].stop >= first:
                found.append(blocks[index])
            index -= 1
        return found

    def _aligned_from(self, contig: str, position: int) -> int | None:
        """Return the first aligned base at or after a position."""
        if self._over(contig, position, position):
            return position
        starts = self._starts.get(contig, [])
        index = bisect_right(starts, position)
        return starts[index] if index < len(starts) else None

    def _aligned_before(self, contig: str, position: int) -> int | None:
        """Return the last aligned base at or before a position."""
        if self._over(contig, position, position):
            return position
        index = bisect_right(self._starts.get(contig, []), position) - 1
        return self._reach[contig][index] if index >= 0 else None


_TOLERATED = 1000  # bases by which a short span may grow or shrink


def _furthest_stops(blocks: list[AlignedBlock]) -> list[int]:
    """Return the last base of each block or any block before it."""
    found: list[int] = []
    for block in blocks:
        found.append(max(block.stop, found[-1] if found else 0))
    return found


def _placed(block: AlignedBlock, first: int, last: int) -> Span:
    if block.is_reverse:
        return Span(
            block.target_contig, block.target_stop - (last - block.start), _mirrored(block, first), True
        )
    start = block.target_start + first - block.start
    return Span(block.target_contig, start, start + last - first)


def _mirrored(block: AlignedBlock, position: int) -> int:
    return block.target_stop - (position - block.start)


def read_aligned_blocks() -> list[AlignedBlock]:
    """Read the packaged table: blocks from GRCh37 to GRCh38."""
    import gzip

    packed = resources.files(__package__).joinpath(TABLE).read_bytes()
    found = []
    for line in gzip.decompress(packed).decode("ascii").splitlines():
        if not line.startswith("#"):
            contig, start, length, target_start, strand = line.split("\t")
            found.append(
                AlignedBlock(contig, int(start), int(length), contig, int(target_start), strand == "-")
            )
    return found


def shipped_lift(target: Assembly) -> Lift:
    """Return the lift to an assembly through the packaged table."""
    source = Assembly.GRCH37 if target is Assembly.GRCH38 else Assembly.GRCH38
    blocks = read_aligned_blocks()
    if source is Assembly.GRCH38:
        blocks = [block.inverse() for block in blocks]
    return Lift(source, target, blocks)
