"""Pairs of genes joined by a junction of DNA or RNA, and their order in the transcript if known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["GenePair", "Side", "pairs_of_sides"]


class GenePair(NamedTuple):
    """Two genes joined by a junction.

    Attributes:
        first: symbol; if `is_ordered`, of the 5' partner, whose promoter drives the fusion.
        second: symbol; if `is_ordered`, of the 3' partner.
        is_ordered: whether the 5' partner is known.
        is_inferred: whether the pair follows only from the genes at both ends, not from a fusion called by a caller or
            an annotation.

    """

    first: str
    second: str
    is_ordered: bool = False
    is_inferred: bool = False


class Side(NamedTuple):
    """A gene at one side of a junction.

    Attributes:
        gene: symbol.
        role: 1 if the side with its promoter is kept, so that it can be the 5' partner; -1 if the other side is kept; 0
            if unknown.

    """

    gene: str
    role: int = 0


def pairs_of_sides(one: Iterable[Side], other: Iterable[Side]) -> Iterator[GenePair]:
    """Yield the gene pairs of both sides of a junction, with the 5' gene first if the orientations determine it.

    If both sides keep their promoters, or neither does, no transcript runs from one gene into the other in that
    orientation. Such a pair is returned unordered, because enhancers and complex events also join genes in this way.
    """
    others = list(other)
    for near in one:
        for far in others:
            if near.gene.upper() == far.gene.upper():
                continue
            if (near.role, far.role) == (-1, 1):
                yield GenePair(far.gene, near.gene, is_ordered=True)
            else:
                yield GenePair(near.gene, far.gene, is_ordered=(near.role, far.role) == (1, -1))
