"""Indexes of a store that find CIViC's variants by a name, a region or a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.criteria import Region
from annotator.sources.civic.layout import StoredVariant

__all__ = ["Index"]


class Index(NamedTuple):
    """Indexes for matching: each returns variants by their numbers in the store's pool.

    Attributes:
        named: variants by the hash of a name.
        within: variants whose region overlaps a region.
        structural_within: copy-number variants whose region overlaps a region.
        variant: a variant by number.
        residues: residues of a gene's protein that occur in CIViC's names, in one-letter code by position.
        regions_of: variants of a gene whose region a change must overlap.

    """

    named: Callable[[int], Sequence[int]]
    within: Callable[[Region], Sequence[int]]
    structural_within: Callable[[Region], Sequence[int]]
    variant: Callable[[int], StoredVariant]
    residues: Callable[[str], Mapping[int, str]]
    regions_of: Callable[[str], Sequence[int]]
