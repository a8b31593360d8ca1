"""ClinVar's copy-number and structural records that a loss or gain overlaps."""

from __future__ import annotations

import enum

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Overlap", "OverlapRecord", "Relation"]

_SAME = 800  # thousandths of reciprocal overlap
_WHOLE = 990  # thousandths of a range that count as the whole of it
_GIANT = 5_000_000  # bases of a record that nearly any deletion or duplication would be part of


class Relation(enum.StrEnum):
    """Relation of an allele to a record: about the same range, the whole record, within the record, or neither."""

    SAME = "same"
    CONTAINS = "contains"
    WITHIN = "within"
    OVERLAPS = "overlaps"


class Overlap(NamedTuple):
    """A record of ClinVar's that an allele overlaps.

    Attributes:
        variation_id: VariationID.
        kind: ClinVar's type, such as `copy_number_loss`.
        classification: germline classification; None if it has none.
        stars: of the germline classification; None if it has none.
        shared: number of bases that allele and record share.
        record_length: number of bases of the record.
        allele_length: number of bases of the allele.
        is_benign: whether it is classified as benign or likely benign.
        is_imprecise: whether the record has no exact breakpoints.

    """

    variation_id: int
    kind: str
    classification: str | None
    stars: int | None
    shared: int
    record_length: int
    allele_length: int
    is_benign: bool
    is_imprecise: bool

    @property
    def thousandths(self) -> tuple[int, int, int]:
        """Reciprocal overlap, part of the record and part of the allele that are shared, rounded down."""
        of_record = 1000 * self.shared // self.record_length
        of_allele = 1000 * self.shared // self.allele_length
        return min(of_record, of_allele), of_record, of_allele

    @property
    def relation(self) -> Relation:
        """Relation of the allele to the record."""
        reciprocal, of_record, of_allele = self.thousandths
        if reciprocal >= _SAME:
            return Relation.SAME
        if of_record >= _WHOLE:
            return Relation.CONTAINS
        return Relation.WITHIN if of_allele >= _WHOLE else Relation.OVERLAPS

    @property
    def rank(self) -> tuple[bool, bool, bool, int, float, int]:
        """Sort key: records above 5 Mb and benign ones last, then the same range, stars and overlap decide."""
        return (
            self.record_length > _GIANT,
            self.is_benign,
            self.relation != Relation.SAME,
            1 if self.stars is None else -self.stars,
            -self.shared / max(self.record_length, self.allele_length),
            self.variation_id,
        )


class OverlapRecord(NamedTuple):
    """ClinVar's records that an allele overlaps enough.

    Attributes:
        overlaps: the first `MOST_LISTED` of them, most important first.
        number: number of all of them.
        is_imprecise: whether the allele has no exact breakpoints.

    """

    overlaps: tuple[Overlap, ...]
    number: int
    is_imprecise: bool = False
