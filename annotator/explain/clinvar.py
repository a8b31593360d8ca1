"""ClinVar's matching levels for one allele, with the outcome of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annotator.diff.changes import ClinVarFacts
from annotator.diff.snapshots import shown_allele
from annotator.explain.explanation import Answer, LevelResult, NearMiss, Outcome
from annotator.explain.similar import codon_of, similar_rows
from annotator.result import Found, Match
from annotator.sources.clinvar.layout import EXPRESSIONS, RSIDS
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.sources.indels import compared_indels
from annotator.sources.resolve import resolve_batch
from annotator.variants.allele import AlleleKey, may_be_same
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression
from annotator.variants.query import Identifiers, Query

__all__ = ["clinvar_answer", "described"]

_MOST_NEAR = 12
_LEVELS = (Match.HGVS_G, Match.HGVS_C, Match.RSID)


def described(record: ClinVarRecord) -> str:
    """Return a record's content as text for people."""
    classified = ClinVarFacts.of(record).shown
    diseases = (record.diseases or "").replace("_", " ").split("|")
    shown = ", ".join(diseases[:2]) + (f" and {len(diseases) - 2} more" if len(diseases) > 2 else "")
    return f"{classified} for {shown}" if shown else classified


def clinvar_answer(source: ClinVarSnapshot, query: Query, assembly: Assembly) -> Answer:
    """Return ClinVar's result for an allele, and the outcome of each matching level."""
    [[resolution]] = resolve_batch([source], [[query]])
    identifiers = query.identify()
    near = tuple(_near(source, query, identifiers))
    if isinstance(resolution, Found):
        record: ClinVarRecord = resolution.record
        levels = tuple(_level_results(source, query, identifiers, assembly, resolution.match))
        id_ = f"VCV{record.variation_id}"
        return Answer("clinvar", "found", str(resolution.match), id_, described(record), levels, near)
    return Answer(
        "clinvar",
        resolution.word,
        levels=tuple(_level_results(source, query, identifiers, assembly, None)),
        near=near,
    )


def _level_results(
    source: ClinVarSnapshot,
    query: Query,
    identifiers: Identifiers,
    assembly: Assembly,
    match: Match | None,
) -> Iterator[LevelResult]:
    if match is Match.EXACT:
        yield LevelResult(Match.EXACT, Outcome.MATCHED, _equal_allele(source, query))
        for name in _LEVELS:
            why = "not needed: the same allele was found exactly"
            if name is Match.RSID:
                why = _others_of_rsids(source, query, identifiers) or why
            yield LevelResult(name, Outcome.NOT_TRIED, why)
        return
    shown = shown_allele(query.allele)
    undecided = set[int]()
    if query.allele.is_indel:
        shown += " in any equivalent form"
        _, undecided = compared_indels(source.store, query)
    yield LevelResult(Match.EXACT, Outcome.NO_MATCH, f"ClinVar has no {shown}")
    if undecided:
        yield _by_expressions(source, query, Match.HGVS_G, identifiers.genomic, assembly, match)
        yield _by_expressions(source, query, Match.HGVS_C, identifiers.coding, assembly, match)
    else:
        why = "not needed: all equivalent forms of the allele were compared"
        yield LevelResult(Match.HGVS_G, Outcome.NOT_TRIED, why)
        yield LevelResult(Match.HGVS_C, Outcome.NOT_TRIED, why)
    ambiguous = _others_of_rsids(source, query, identifiers)
    why = "not needed: the bases were compared, and an rs number alone does not identify an allele"
    yield LevelResult(Match.RSID, Outcome.NOT_TRIED, ambiguous or why)


def _equal_allele(source: ClinVarSnapshot, query: Query) -> str:
    row = source.store.find(query.allele)
    if row is None:
        row, _ = compared_indels(source.store, query)
    shown = shown_allele(query.allele)
    if row is None or (key := source.store.key(row)) == query.allele:
        return f"ClinVar has {shown}"
    return f"ClinVar has {shown_allele(key)}, which is equivalent to {shown}"


def _by_expressions(
    source: ClinVarSnapshot,
    query: Query,
    name: Match,
    expressions: Sequence[HgvsExpression],
    assembly: Assembly,
    match: Match | None,
) -> LevelResult:
    if match in _LEVELS and _LEVELS.index(match) < _LEVELS.index(name):
        return LevelResult(name, Outcome.NOT_TRIED, "not needed: matched at a better level")
    if not expressions:
        kind = "HGVSg" if name is Match.HGVS_G else "HGVSc"
        return LevelResult(
            name, Outcome.NOT_TRIED, f"no record of the VCF states an HGVS expression of the allele ({kind})"
        )
    others = []
    for expression in expressions:
        for row in source.store.rows_of(EXPRESSIONS, expression_hash(expression, assembly)):
            key = source.store.key(row)
            if match is name and may_be_same(query.allele, key):
                return LevelResult(name, Outcome.MATCHED, f"{expression} is ClinVar's {shown_allele(key)}")
            others.append(f"{expression} is ClinVar's {shown_allele(key)}, which is another allele")
    shown = ", ".join(map(str, expressions[:3]))
    return LevelResult(name, Outcome.NO_MATCH, others[0] if others else f"ClinVar's indels have no {shown}")


def _others_of_rsids(source: ClinVarSnapshot, query: Query, identifiers: Identifiers) -> str:
    """Return the other alleles with the record's rs numbers: an rs number is a hint, never a match."""
    others = {
        rsid: [
            key for row in source.store.rows_of(RSIDS, rsid) if (key := source.store.key(row)) != query.allele
        ]
        for rsid in identifiers.rsids
    }
    ambiguous = [
        (
            f"rs{rsid} also identifies {', '.join(map(shown_allele, keys[:4]))}; an rs number can "
            "belong to several alleles"
        )
        for rsid, keys in others.items()
        if keys
    ]
    return "; ".join(ambiguous)


# Near misses


def _near(source: ClinVarSnapshot, query: Query, identifiers: Identifiers) -> Iterator[NearMiss]:
    codon = codon_of(query.allele, identifiers.coding)
    seen: set[AlleleKey] = set()
    found = sorted(
        similar_rows(source.store, query.allele, codon), key=lambda one: (_ORDER.index(one[0]), one[1])
    )
    for kind, row, key in found[:_MOST_NEAR]:
        seen.add(key)
        yield _miss(source, kind, row, key)
    for rsid in identifiers.rsids:
        for row in source.store.rows_of(RSIDS, rsid):
            key = source.store.key(row)
            if key not in seen and key != query.allele:
                seen.add(key)
                yield _miss(source, "same_rsid", row, key)


_ORDER = ("shifted", "other_allele", "other_ref", "part", "whole", "same_codon", "overlap")


def _miss(source: ClinVarSnapshot, kind: str, row: int, key: AlleleKey) -> NearMiss:
    record = source.record(row)
    return NearMiss("clinvar", kind, shown_allele(key), f"VCV{record.variation_id}", described(record))
