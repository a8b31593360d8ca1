"""CIViC's evidence items and assertions of an allele, with their statements, for an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from annotator.explain.explanation import EvidenceEntry
from annotator.sources.civic.records import Assertion, CivicVariant, EvidenceItem
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.civic.therapies import joined_therapies

__all__ = ["evidence_of"]

_LAST = "~"


def evidence_of(source: CivicSnapshot, variants: Iterable[CivicVariant]) -> tuple[EvidenceEntry, ...]:
    """Return the evidence items and assertions of some variants, best level first; each once.

    Args:
        source: source of the variants, which also has the statements.
        variants: variants that an allele matched.

    """
    entries = {entry.id: entry for entry in _entries(variants)}
    statements = source.statements(entries)
    found = (
        replace(entry, statement=" ".join(statements.get(id_, "").split())) for id_, entry in entries.items()
    )
    return tuple(sorted(found, key=lambda one: (one.level or _LAST, int(one.id[3:]))))


def _entries(variants: Iterable[CivicVariant]) -> Iterator[EvidenceEntry]:
    for variant in variants:
        for profile in variant.profiles:
            for item in profile.evidence:
                therapies = joined_therapies(item.therapies, item.therapy_interaction)
                yield _entry(f"EID{item.id}", item.level, item, therapies, profile.name)
            for assertion in profile.assertions:
                therapies = joined_therapies(assertion.therapies, "")
                yield _entry(f"AID{assertion.id}", assertion.amp_level, assertion, therapies, profile.name)


def _entry(
    id_: str, level: str, item: EvidenceItem | Assertion, therapies: str, profile: str
) -> EvidenceEntry:
    negated = "does not support " if item.direction == "Does Not Support" else ""
    is_retracted = isinstance(item, EvidenceItem) and bool(item.retracted)
    remarks = [*(["retracted"] if is_retracted else []), *(["flagged for review"] if item.flagged else [])]
    effect = f"{negated}{item.significance}"
    return EvidenceEntry(
        id_, level, item.type, effect, therapies, item.disease, profile, ", ".join(remarks), ""
    )
