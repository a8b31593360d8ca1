"""Pairs of genes that a junction of DNA or RNA joins, and their order in the transcript as far as that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["GenePair", "Side", "pairs_of_sides"]


class GenePair(NamedTuple):
    """Two genes that are joined.

    Attributes:
        first: symbol; of the 5' partner, whose promoter drives the fusion, if `is_ordered`.
        second: symbol; of the 3' partner if `is_ordered`.
        is_ordered: whether it is known which one is the 5' partner.
        is_inferred: whether no caller or annotation calls it a fusion, but just both ends lie in these genes.

    """

    first: str
    second: str
    is_ordered: bool = False
    is_inferred: bool = False


class Side(NamedTuple):
    """A gene at one side of a junction.

    Attributes:
        gene: symbol.
        role: 1 if its promoter's side is kept, so that it can be the 5' partner, -1 if the other side is, 0 if unknown.

    """

    gene: str
    role: int = 0


def pairs_of_sides(one: Iterable[Side], other: Iterable[Side]) -> Iterator[GenePair]:
    """Yield the pairs of genes of both sides of a junction, each 5' gene first where the sides tell which it is.

    Where both sides keep their promoters, or none does, no transcript runs from one gene into the other as they are
    oriented; such a pair is returned without an order, because enhancers and complex events join genes so, too.
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
