"""CIViC's evidence and assertions as stored in the records of a snapshot: flat, with sorted lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from annotator.sources.civic import records
from annotator.sources.civic.knowledge import (
    CivicAssertion,
    CivicEvidence,
    CivicProfile,
    Knowledge,
)

__all__ = ["ACCEPTED", "stated_profiles", "statements_of"]

ACCEPTED = frozenset({"accepted"})


def stated_profiles(
    knowledge: Knowledge, counts: Counter[str], statuses: Collection[str] = ACCEPTED
) -> dict[int, records.MolecularProfile]:
    """Return the profiles that have evidence or assertions of the selected statuses, by CIViC's numbers.

    Args:
        knowledge: content of CIViC.
        counts: receives the number of items that are kept and omitted.
        statuses: statuses of the items to keep.

    """
    evidence: dict[int, list[records.EvidenceItem]] = {}
    for item in knowledge.evidence.values():
        if _is_kept("evidence items", item, knowledge, counts, statuses):
            evidence.setdefault(item.profile_id, []).append(_evidence_item(item))
    assertions: dict[int, list[records.Assertion]] = {}
    for assertion in knowledge.assertions.values():
        if _is_kept("assertions", assertion, knowledge, counts, statuses):
            assertions.setdefault(assertion.profile_id, []).append(_assertion(assertion))
    return {
        id_: records.MolecularProfile(
            id_ if knowledge.has_profiles else None,
            knowledge.profiles[id_].name,
            tuple(sorted(knowledge.profiles[id_].variant_ids)),
            tuple(sorted(evidence.get(id_, ()), key=lambda item: item.id)),
            tuple(sorted(assertions.get(id_, ()), key=lambda item: item.id)),
        )
        for id_ in sorted(evidence.keys() | assertions.keys())
    }


def statements_of(knowledge: Knowledge, profiles: Iterable[records.MolecularProfile]) -> dict[str, str]:
    """Return the texts of the evidence items and assertions of profiles by id (`EID1`); empty ones are omitted."""
    found: dict[str, str] = {}
    for profile in profiles:
        found.update((f"EID{item.id}", knowledge.evidence[item.id].statement) for item in profile.evidence)
        found.update(
            (f"AID{item.id}", knowledge.assertions[item.id].statement) for item in profile.assertions
        )
    return {id_: text for id_, text in found.items() if text}


def _is_kept(
    kind: str,
    item: CivicEvidence | CivicAssertion,
    knowledge: Knowledge,
    counts: Counter[str],
    statuses: Collection[str],
) -> bool:
    counts[kind] += 1
    profile = knowledge.profiles.get(item.profile_id)
    if item.status not in statuses:
        counts[f"left out: {kind} not {' or '.join(sorted(statuses))}"] += 1
        return False
    if profile is None:
        counts[f"left out: {kind} without a molecular profile"] += 1
        return False
    if profile.deprecated:
        counts[f"left out: {kind} on molecular profiles that CIViC has withdrawn"] += 1
        return False
    if profile.tree is None:
        counts[f"left out: {kind} on profiles that cannot be interpreted"] += 1
        return False
    others = "combination profiles or profiles without a variant"
    counts[f"{kind} on {'profiles with one variant' if _is_single(profile) else others}"] += 1
    return True


def _is_single(profile: CivicProfile) -> bool:
    return isinstance(profile.tree, int)


def _evidence_item(item: CivicEvidence) -> records.EvidenceItem:
    source, disease = item.source, item.disease
    return records.EvidenceItem(
        item.id,
        item.type,
        item.level,
        item.direction,
        item.significance,
        item.origin,
        item.rating,
        item.status,
        "" if disease is None else disease.name,
        "" if disease is None else disease.doid,
        tuple(sorted(therapy.name for therapy in item.therapies)),
        item.therapy_interaction,
        "" if source is None else f"{source.type}:{source.citation_id}",
        item.flagged,
        tuple(sorted(phenotype.name for phenotype in item.phenotypes)),
        "" if source is None else source.citation,
        # Only some inputs state whether a source was retracted; if not stated, it counts as not retracted.
        (source is not None and source.is_retracted) or None,
        retraction_nature="" if source is None else source.retraction_nature,
    )


def _assertion(item: CivicAssertion) -> records.Assertion:
    disease = item.disease
    return records.Assertion(
        item.id,
        item.type,
        item.direction,
        item.significance,
        item.status,
        "" if disease is None else disease.name,
        "" if disease is None else disease.doid,
        tuple(sorted(therapy.name for therapy in item.therapies)),
        item.amp_category,
        tuple(sorted(item.acmg_codes)),
        item.flagged,
        tuple(sorted(phenotype.name for phenotype in item.phenotypes)),
        tuple(sorted(item.clingen_codes)),
        item.nccn_guideline,
        item.nccn_version,
        item.regulatory_approval,
        item.companion_test,
        approvals=tuple(sorted(item.approvals)),
    )
