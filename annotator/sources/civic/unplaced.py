"""CIViC's variants with an allele that has no certain position in the assembly.

An allele of the input that may be one of them is not reported as absent from CIViC. Stored for each: the region in
which it can be, and the bases that it deletes and inserts, as far as CIViC states them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.criteria import Region
from annotator.variants.allele import AlleleKey, may_be_same

__all__ = ["REASON", "Bases", "UnplacedVariant", "unplaced_from_json", "unplaced_to_json"]

REASON = "unplaced_civic_variant"
"""Reason of an `unsupported` allele that may be one of them."""

Bases: TypeAlias = "str | int | None"
"""Bases as far as known: all of them, their number, or only that there are some."""


class UnplacedVariant(NamedTuple):
    """A variant whose allele has no certain position.

    Attributes:
        id: CIViC's number.
        region: region in which it can be; its first or last base is replaced, or next to an insertion.
        changes: deleted and inserted bases of its alleles; empty text for none.

    """

    id: int
    region: Region
    changes: tuple[tuple[Bases, Bases], ...]

    def may_be(self, allele: AlleleKey) -> bool:
        """Return whether an allele of the assembly may be the variant's."""
        last = max(allele.start + len(allele.deleted) - 1, allele.start)
        if (
            allele.contig != self.region.contig
            or allele.start > self.region.stop + 1
            or last < self.region.start
        ):
            return False
        return any(_fits(allele, deleted, inserted) for deleted, inserted in self.changes)


def _fits(allele: AlleleKey, deleted: Bases, inserted: Bases) -> bool:
    if isinstance(deleted, str) and isinstance(inserted, str):
        one = AlleleKey(allele.contig, allele.start, deleted, inserted)
        if not one.is_indel:
            return one == allele
        rotations = range(max(len(deleted), len(inserted)))
        return any(may_be_same(allele, one._replace(start=allele.start + places)) for places in rotations)
    return _has(allele.deleted, deleted) and _has(allele.inserted, inserted)


def _has(bases: str, known: Bases) -> bool:
    if isinstance(known, str):
        return bases == known
    return bool(bases) if known is None else len(bases) == known


def unplaced_to_json(variants: Iterable[UnplacedVariant]) -> str:
    """Return variants as text."""
    return json.dumps(sorted(variants, key=lambda variant: variant.id), separators=(",", ":"))


def unplaced_from_json(text: str) -> Sequence[UnplacedVariant]:
    """Return the variants of a text."""
    return [
        UnplacedVariant(id_, Region(*region), tuple((deleted, inserted) for deleted, inserted in changes))
        for id_, region, changes in json.loads(text)
    ]
