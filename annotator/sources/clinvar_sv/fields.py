"""INFO fields of ClinVar's copy-number and structural records: facts beside CLNSIG, no classification of the allele."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotator.info import Hit, InfoField, encode_subfield
from annotator.sources.clinvar_sv.layout import MOST_LISTED

if TYPE_CHECKING:
    from annotator.sources.clinvar_sv.records import Overlap, OverlapRecord

__all__ = ["OVERLAP_FIELDS"]


def _listed(hit: Hit[OverlapRecord]) -> str:
    return "&".join(_entry(one, is_imprecise=hit.record.is_imprecise) for one in hit.record.overlaps)


def _entry(one: Overlap, *, is_imprecise: bool) -> str:
    notes = ["record_imprecise"] * one.is_imprecise + ["call_imprecise"] * is_imprecise
    parts = (
        str(one.variation_id),
        one.kind,
        one.classification or ".",
        "." if one.stars is None else str(one.stars),
        *(f"{part // 1000}.{part % 1000:03}" for part in one.thousandths),
        one.relation + (f"({'+'.join(notes)})" if notes else ""),
    )
    return "|".join(map(encode_subfield, parts))


OVERLAP_FIELDS: tuple[InfoField[OverlapRecord], ...] = (
    InfoField(
        "CLNSV",
        "A",
        "String",
        "ClinVar copy-number and structural records that overlap the deletion or duplication and have its direction "
        "(loss or gain), as VariationID|type|classification|stars|reciprocal_overlap|covered_fraction_of_record|"
        "covered_fraction_of_allele|relation, separated by &; relation is same (reciprocal overlap of at least 0.8), "
        "contains (the allele contains the record), within (the allele is within the record) or overlaps, followed by "
        "(record_imprecise) or (call_imprecise) if breakpoints are imprecise; not a classification of the allele "
        "itself",
        _listed,
    ),
    InfoField(
        "CLNSV_COUNT",
        "A",
        "Integer",
        f"Total number of ClinVar records for CLNSV, which lists at most {MOST_LISTED} of them",
        lambda hit: str(hit.record.number),
    ),
)
