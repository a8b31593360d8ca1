"""VariationIDs that are not one allele: haplotypes, compound heterozygotes and others, from variation_allele."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress
from annotator.runtime.workers import ordered_map
from annotator.snapshot.clinvar.tables.reading import RawChunk, TableFile, open_table

__all__ = [
    "ALLELE_TABLE",
    "SEVERAL",
    "Compounds",
    "distinct_pairs",
    "pairs_of",
    "read_compounds",
    "several_alleles",
]

Ids: TypeAlias = NDArray[np.uint32]
Integers: TypeAlias = NDArray[np.int64]
Pairs: TypeAlias = NDArray[np.uint64]

ALLELE_TABLE = "variation_allele"
_SINGLE = "Variant"  # the type of a VariationID that is one allele
SEVERAL = "several alleles"


class Compounds:
    """VariationIDs that are not one allele, and their types."""

    def __init__(self, kinds: dict[int, str]) -> None:
        self._kinds = kinds

    def __iter__(self) -> Iterator[int]:
        return iter(self._kinds)

    def kind(self, variation_id: int) -> str | None:
        """Return the type of a VariationID, such as `Haplotype`; None if it is one allele or not in the table."""
        return self._kinds.get(variation_id)


def read_compounds(path: Path, workers: int, progress: Progress | None = None) -> Compounds:
    """Read variation_allele.

    A VariationID is one allele if its type is `Variant` and the table has one AlleleID for it.

    Args:
        path: the file.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the file is invalid, truncated or corrupt.

    """
    kinds: dict[int, str] = {}
    pairs: list[Pairs] = []
    with open_table(path, progress) as (file, chunks):
        file.places(("VariationID", "Type", "AlleleID"))
        for part in ordered_map(_Reader, file, chunks, workers):
            pairs.append(part.pairs)
            kinds |= part.kinds
    several = dict.fromkeys(several_alleles(distinct_pairs(pairs)).tolist(), SEVERAL)
    return Compounds(several | kinds)


class _Part(NamedTuple):
    pairs: Pairs
    kinds: dict[int, str]


class _Reader:
    """Reader of chunks of variation_allele."""

    def __init__(self, file: TableFile) -> None:
        self._file = file

    def __call__(self, chunk: RawChunk) -> _Part:
        lines = self._file.lines(chunk)
        variations = self._file.numbers(lines, "VariationID", chunk)
        place = self._file.columns["Type"]
        others = np.flatnonzero(~lines.are(place, _SINGLE) & (variations >= 0))
        kinds = {int(variations[row]): lines.cell(row, place) for row in others.tolist()}
        return _Part(pairs_of(variations, self._file.numbers(lines, "AlleleID", chunk)), kinds)


def pairs_of(variation_ids: Integers, allele_ids: Integers) -> Pairs:
    """Return distinct pairs, sorted, each as one number: VariationID in the upper, AlleleID in the lower 32 bits.

    Numbers below 0 mean no value, and pairs with one are omitted.
    """
    both = (variation_ids >= 0) & (allele_ids >= 0)
    return np.unique(
        (variation_ids[both].astype(np.uint64) << np.uint64(32)) | allele_ids[both].astype(np.uint64)
    )


def distinct_pairs(parts: Iterable[Pairs]) -> Pairs:
    """Return the distinct pairs of several sorted parts."""
    return np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *parts]))


def several_alleles(pairs: Pairs) -> Ids:
    """Return the VariationIDs that occur in more than one of some distinct pairs."""
    variations = (pairs >> np.uint64(32)).astype(np.uint32)
    return np.unique(variations[1:][variations[1:] == variations[:-1]])
