"""Representations of a ClinVar indel, from its VCF position and its genomic HGVS expression."""

from __future__ import annotations

from annotator.runtime.named_tuple import NamedTuple
from annotator.store.indels import OPEN_LEFT, OPEN_RIGHT
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import parse_hgvs
from annotator.variants.shift import stated_shift

__all__ = ["ONE_SPELLING", "StatedSpellings", "stated_spellings"]


class StatedSpellings(NamedTuple):
    """Known representations of an indel.

    Attributes:
        shift: number of positions by which it can be shifted to the right.
        open: `OPEN_LEFT`, `OPEN_RIGHT` or both, if it may have others.
        reason: why there may be others; empty if all are known.

    """

    shift: int = 0
    open: int = 0
    reason: str = ""


ONE_SPELLING = StatedSpellings()
"""The value for an allele that is neither an insertion nor a deletion."""


def stated_spellings(
    allele: AlleleKey, hgvs: str | None, assembly: Assembly, *, is_leftmost: bool
) -> StatedSpellings:
    """Return the known representations of an indel.

    Args:
        allele: a pure insertion or deletion.
        hgvs: genomic HGVS expression of its record.
        assembly: assembly of the allele.
        is_leftmost: whether the base before the indel shows that it is left-aligned.

    """
    shift, reason = _stated(allele, hgvs, assembly)
    if shift is None:
        return StatedSpellings(0, OPEN_RIGHT if is_leftmost else OPEN_LEFT | OPEN_RIGHT, reason)
    if not is_leftmost:
        return StatedSpellings(shift, OPEN_LEFT, "not left-aligned")
    return StatedSpellings(shift)


def _stated(allele: AlleleKey, hgvs: str | None, assembly: Assembly) -> tuple[int | None, str]:
    if not hgvs:
        return None, "no genomic HGVS expression"
    accession, _, change = hgvs.partition(":")
    if assembly.contig(accession) != allele.contig:
        return None, "HGVS expression of another sequence"
    shift = stated_shift(allele, change[2:])
    if shift is None and (expression := parse_hgvs(hgvs)) is not None:
        shift = stated_shift(allele, expression.change)
    return shift, "HGVS expression without a position"
