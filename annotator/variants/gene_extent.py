"""How much of a gene a deletion or a duplication changes, by what annotations say of its transcripts."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence

from annotator.variants.query import Consequence

__all__ = ["Extent", "extent_of"]

_WHOLE = {"transcript_ablation", "transcript_amplification", "feature_ablation", "feature_amplification"}
_ANY_EXTENT = {"duplication"}  # SnpEff has this word for a gene, an exon and a part of one
_CODING = {
    "coding_sequence_variant", "exon_loss_variant", "exon_loss", "frameshift_variant", "start_lost", "stop_lost",
    "stop_gained", "splice_donor_variant", "splice_acceptor_variant",
}  # fmt: skip
_MOST_OF_IT = 0.9  # of a region that a whole gene's event covers, though transcripts may end elsewhere
_LEAST_GENE = 1000
"""Bases of the shortest segment that can hold a whole gene of those that CIViC has copy numbers of."""


class Extent(enum.Enum):
    """How much of a gene an event changes."""

    REGION = enum.auto()
    WHOLE = enum.auto()
    CODING_PART = enum.auto()
    PART = enum.auto()
    UNKNOWN = enum.auto()


def extent_of(consequences: Sequence[Consequence], span: int, covered: float | None = None) -> Extent:
    """Return how much of a gene an event changes: by a known region of the gene, or by its transcripts.

    Args:
        consequences: for the transcripts of that gene.
        span: number of bases of the event; 0 where that is not known.
        covered: share of the gene's region that the event spans; None where one of them is not known.

    """
    if covered == 1:
        return Extent.REGION
    named = [one for one in consequences if one.names_allele] or consequences
    if named and all(_has(one, _WHOLE) for one in named):
        # A short transcript may lie within an event that changes only a part of the gene.
        return Extent.WHOLE if covered is None or covered >= _MOST_OF_IT else Extent.CODING_PART
    if any(_has(one, _CODING) for one in named):
        return Extent.CODING_PART
    if 0 < span <= _LEAST_GENE:
        return Extent.PART
    is_unknown = not named or any(_has(one, _ANY_EXTENT) for one in named)
    return Extent.UNKNOWN if is_unknown and covered is None else Extent.PART


def _has(consequence: Consequence, terms: Collection[str]) -> bool:
    return not consequence.terms.isdisjoint(terms)
