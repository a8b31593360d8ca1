"""Explains which of ClinVar's copy-number and structural records a loss or gain overlaps."""

from __future__ import annotations

from annotator.explain.explanation import Answer, LevelResult, Outcome
from annotator.result import Found, Result, Unsupported
from annotator.runtime.text import agreeing, counted
from annotator.sources.clinvar_sv.layout import SHORTEST
from annotator.sources.clinvar_sv.records import Overlap, OverlapRecord
from annotator.sources.clinvar_sv.snapshot import OverlapSource
from annotator.variants.query import Query, StructuralQuery
from annotator.variants.reasons import reason_of

__all__ = ["overlap_answer", "span_notes"]

_SHOWN = 10  # records in the text; the field lists more


def overlap_answer(source: OverlapSource, query: Query | StructuralQuery | None) -> Answer | None:
    """Return the result for an allele; None for one that is too short to be structural.

    Args:
        source: ClinVar's copy-number and structural records.
        query: an allele with bases or a symbolic ALT; None for a breakend.

    """
    if isinstance(query, Query):
        if max(len(query.allele.deleted), len(query.allele.inserted)) < SHORTEST:
            return None
        (result,) = source.resolve([query])
        return _answer(source, result)
    found = None if query is None else source.resolve_structural(query)
    if found is None:
        return Answer(
            source.knowledge_base,
            "unsupported",
            levels=(_level(Outcome.NOT_TRIED, "only deletions, duplications and copy numbers are compared"),),
        )
    return _answer(source, found)


def span_notes(query: StructuralQuery) -> list[str]:
    """Return a note on the bases that a symbolic ALT covers; none if they are unknown."""
    if not query.start:
        return []
    length = counted(query.stop - query.start + 1, "base")
    return [f"the ALT covers {query.contig}:{query.start:,}-{query.stop:,} ({length})"]


def _answer(source: OverlapSource, result: Result[OverlapRecord]) -> Answer:
    name, least = source.knowledge_base, f"{source.least:g}"
    if isinstance(result, Unsupported):
        return Answer(name, result.word, levels=(_level(Outcome.NOT_TRIED, reason_of(result.reason)),))
    if not isinstance(result, Found):
        why = f"no record of the same direction (loss or gain) overlaps sufficiently (--sv-overlap {least})"
        return Answer(name, result.word, levels=(_level(Outcome.NO_MATCH, why),))
    record: OverlapRecord = result.record
    shown = record.overlaps[:_SHOWN]
    verb = agreeing(record.number, "overlaps", "overlap")
    why = (
        f"{counted(record.number, 'record')} of the same direction {verb} sufficiently (--sv-overlap {least})"
    )
    more = f"; and {record.number - len(shown):,} more" if record.number > len(shown) else ""
    return Answer(
        name,
        "found",
        str(result.match),
        "&".join(f"VCV{one.variation_id}" for one in shown),
        "; ".join(map(_said, shown)) + more,
        (_level(Outcome.MATCHED, why),),
    )


def _level(outcome: Outcome, why: str) -> LevelResult:
    return LevelResult("region", outcome, why)


def _said(one: Overlap) -> str:
    """Return a record as text for people."""
    stars = "" if one.stars is None else f" ({counted(one.stars, 'star')})"
    reciprocal, of_record, of_allele = (f"{part / 1000:g}" for part in one.thousandths)
    return (
        f"{one.kind.replace('_', ' ')}, {(one.classification or 'no classification').replace('_', ' ')}{stars}: "
        f"{one.relation}, reciprocal overlap {reciprocal}, covering {of_record} of the record and {of_allele} of "
        "the allele"
    )
