"""The extent to which a deletion or duplication changes a gene, from annotations of its transcripts."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence

from annotator.variants.query import Consequence

__all__ = ["Extent", "extent_of"]

_WHOLE = {"transcript_ablation", "transcript_amplification", "feature_ablation", "feature_amplification"}
_ANY_EXTENT = {"duplication"}  # SnpEff uses this term for a gene, an exon and a part of one
_CODING = {
    "coding_sequence_variant", "exon_loss_variant", "exon_loss", "frameshift_variant", "start_lost", "stop_lost",
    "stop_gained", "splice_donor_variant", "splice_acceptor_variant",
}  # fmt: skip
_MOST_OF_IT = 0.9  # share of the region that counts as the whole gene, because transcripts may end elsewhere
_LEAST_GENE = 1000
"""Length in bases of the shortest event that can contain any whole gene for which CIViC has copy-number variants."""


class Extent(enum.Enum):
    """The extent to which an event changes a gene."""

    REGION = enum.auto()
    WHOLE = enum.auto()
    CODING_PART = enum.auto()
    PART = enum.auto()
    UNKNOWN = enum.auto()


def extent_of(consequences: Sequence[Consequence], span: int, covered: float | None = None) -> Extent:
    """Return the extent to which an event changes a gene, from the gene's known region or from its transcripts.

    Args:
        consequences: consequences for the transcripts of that gene.
        span: length of the event in bases; 0 if unknown.
        covered: share of the gene's region that the event covers; None if unknown.

    """
    if covered == 1:
        return Extent.REGION
    named = [one for one in consequences if one.names_allele] or consequences
    if named and all(_has(one, _WHOLE) for one in named):
        # A short transcript may lie entirely within an event that changes only a part of the gene.
        return Extent.WHOLE if covered is None or covered >= _MOST_OF_IT else Extent.CODING_PART
    if any(_has(one, _CODING) for one in named):
        return Extent.CODING_PART
    if 0 < span <= _LEAST_GENE:
        return Extent.PART
    is_unknown = not named or any(_has(one, _ANY_EXTENT) for one in named)
    return Extent.UNKNOWN if is_unknown and covered is None else Extent.PART


def _has(consequence: Consequence, terms: Collection[str]) -> bool:
    return not consequence.terms.isdisjoint(terms)
