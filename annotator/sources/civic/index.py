"""The ways from a name, a region or a number to CIViC's variants, as a store has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from annotator.sources.civic.criteria import Region
from annotator.sources.civic.layout import StoredVariant

__all__ = ["Index"]


class Index(NamedTuple):
    """Indexes that matching uses: each finds variants, by their numbers in the store's pool.

    Attributes:
        named: variants by the hash of a name.
        within: variants whose region overlaps one.
        structural_within: variants of copy numbers whose region overlaps one.
        variant: one of them.
        residues: residues of a gene's protein that CIViC's names tell, in one-letter code by position.

    """

    named: Callable[[int], Sequence[int]]
    within: Callable[[Region], Sequence[int]]
    structural_within: Callable[[Region], Sequence[int]]
    variant: Callable[[int], StoredVariant]
    residues: Callable[[str], Mapping[int, str]]
