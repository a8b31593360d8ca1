"""Similar alleles in a knowledge base."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from annotator.explain.sample import ASIDE
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey, may_be_same
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType

__all__ = ["codon_of", "similar_rows", "similarity_of"]

_LONGEST = 1_000  # bases of a deletion that overlaps the allele from the left
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def similar_rows(
    store: Store, allele: AlleleKey, codon: tuple[int, int] | None = None
) -> Iterator[tuple[str, int, AlleleKey]]:
    """Yield rows of alleles that are similar but not equal to an allele: the kind of similarity, the row, its key.

    Args:
        store: the store to search.
        allele: the key.
        codon: first and last position of the codon that it changes, if known.

    """
    first, stop = store.contigs.get(allele.contig, (0, 0))
    starts = store.columns["start"]
    low = bisect_left(starts, allele.start - max(ASIDE, _LONGEST), first, stop)
    high = bisect_right(starts, allele.start + max(ASIDE, len(allele.deleted)), first, stop)
    for row in range(low, high):
        key = store.key(row)
        kind = None if key == allele else similarity_of(allele, key, codon)
        if kind == "shifted" and not store.spellings(row).is_open:
            continue  # all its representations are known, and the allele is none of them
        if kind is not None:
            yield kind, row, key


def similarity_of(allele: AlleleKey, known: AlleleKey, codon: tuple[int, int] | None = None) -> str | None:
    """Return how a known allele is related to the query; None if it is not similar.

    >>> similarity_of(AlleleKey("7", 10, "AT", "GC"), AlleleKey("7", 11, "T", "C"))
    'part'
    """
    if abs(allele.start - known.start) <= ASIDE and may_be_same(allele, known):
        return "shifted"
    if _contradict(allele, known):
        return "other_ref"
    if _is_part(known, allele):
        return "part"
    if _is_part(allele, known):
        return "whole"
    if allele.start == known.start:
        return "other_allele"
    if _overlap(allele, known):
        return "overlap"
    if codon is not None and codon[0] <= known.start <= codon[1] and not known.is_indel:
        return "same_codon"
    return None


def _end(allele: AlleleKey) -> int:
    """Return the last replaced position; for an insertion the base before it."""
    return allele.start + len(allele.deleted) - 1


def _overlap(one: AlleleKey, other: AlleleKey) -> bool:
    return one.start <= _end(other) and other.start <= _end(one)


def _contradict(one: AlleleKey, other: AlleleKey) -> bool:
    """Return whether two alleles disagree about reference bases: then one is of another assembly, or misplaced."""
    first, last = max(one.start, other.start), min(_end(one), _end(other))
    if last < first:
        return False
    mine = one.deleted[first - one.start : last - one.start + 1]
    theirs = other.deleted[first - other.start : last - other.start + 1]
    return mine != theirs and "N" not in mine + theirs


def _is_part(part: AlleleKey, whole: AlleleKey) -> bool:
    """Return whether a substitution is one of those that make up a change of several bases."""
    if part.is_indel or len(part.deleted) != len(part.inserted) or len(whole.deleted) != len(whole.inserted):
        return False
    offset = part.start - whole.start
    inside = offset >= 0 and offset + len(part.deleted) <= len(whole.deleted)
    if not inside or len(part.deleted) == len(whole.deleted):
        return False
    return whole.inserted[offset : offset + len(part.inserted)] == part.inserted


def codon_of(allele: AlleleKey, coding: Sequence[HgvsExpression]) -> tuple[int, int] | None:
    """Return first and last position of the codon that a substitution changes, from its position on a transcript.

    `c.1799T>A` is the second base of its codon; if the contig has A there, the gene is on the reverse strand. If an
    intron splits the codon, the result is only a part of it.
    """
    if len(allele.deleted) != 1 or len(allele.inserted) != 1:
        return None
    for expression in coding:
        place, _, bases = expression.change.rpartition(expression.change[-3:])
        if expression.sequence_type is not SequenceType.CODING or not place.isdecimal() or bases:
            continue
        old = expression.change[-3]
        phase = (int(place) - 1) % 3
        if old == allele.deleted:
            return allele.start - phase, allele.start + 2 - phase
        if old == allele.deleted.translate(_COMPLEMENT):
            return allele.start - 2 + phase, allele.start + phase
    return None
