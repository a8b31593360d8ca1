"""CIViC's INFO fields: a pipe field with one entry per evidence item or assertion, and a few values per ALT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from annotator.info import Hit, InfoField, encode_subfield
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.choice import CivicChoice
from annotator.sources.civic.records import (
    Assertion,
    CivicRecord,
    CivicVariant,
    EvidenceItem,
    MolecularProfile,
)
from annotator.sources.civic.tier import best_tier, suggested_tiers
from annotator.sources.civic.tier_items import items_of_record

__all__ = ["ALL_CIVIC_FIELDS", "CIVIC_FIELDS", "CIVIC_SUBFIELDS", "CIVIC_TIER", "civic_fields"]

CIVIC_SUBFIELDS = (
    "Allele", "AlleleIndex", "Match", "Gene", "Variant", "VariantID", "MolecularProfile",
    "MolecularProfileID", "EntityType", "EntityID", "EvidenceType", "Level", "Direction", "Significance",
    "Origin", "Rating", "Status", "Disease", "DOID", "Therapies", "TherapyInteraction", "Source",
    "AMPCategory", "URL", "DiseaseMatch", "MatchNote", "Flag",
    "RetractionNature", "ApprovedBy", "CytogeneticRegion", "KnownPartners",
)  # fmt: skip

_FLAGGED = "flagged_for_review"

# Diseases, therapies and CIViC's vocabulary are the same for many items.
_encoded = lru_cache(maxsize=1 << 12)(encode_subfield)


def _entries(hit: Hit[CivicRecord]) -> str | None:
    """Return the entries of one ALT, in an order that does not depend on the source's.

    Profiles are sorted by number; within a profile, evidence items by level and number, then assertions.
    """
    allele = f"{encode_subfield(hit.alt)}|{hit.number}"
    entries = [
        f"{allele}|{subject}|{item.text}|{_encoded_note(variant.note)}|{_FLAGGED if item.is_flagged else ''}"
        f"|{item.more}|{_listed(variant.bands)}|{_listed(variant.known_partners)}"
        for variant, profile in _ordered_profiles(hit.record)
        for subject in (f"{variant.match or hit.match}|{_subject(variant, profile)}",)
        for item in _items(profile)
    ]
    return ",".join(entries) or None


def _encoded_note(note: str) -> str:
    return "&".join(map(_encoded, note.split("&")))


def _ordered_profiles(record: CivicRecord) -> list[tuple[CivicVariant, MolecularProfile]]:
    pairs = [(variant, profile) for variant in record.variants for profile in variant.profiles]
    return sorted(pairs, key=lambda pair: (pair[1].id or 0, pair[0].id))


def _subject(variant: CivicVariant, profile: MolecularProfile) -> str:
    return (
        f"{_encoded(variant.gene)}|{_encoded(variant.name)}|{variant.id}"
        f"|{_encoded(profile.name)}|{'' if profile.id is None else profile.id}"
    )


class _Item(NamedTuple):
    """The parts of an entry that depend only on the item: those up to DiseaseMatch, and those after the flag."""

    text: str
    is_flagged: bool
    more: str


def _listed(texts: Iterable[str]) -> str:
    return "&".join(map(_encoded, texts))


def _items(profile: MolecularProfile) -> Iterator[_Item]:
    # An unknown level is sorted after E.
    for item in sorted(profile.evidence, key=lambda item: (item.level or "~", item.id)):
        yield _Item(_evidence_item(item), item.flagged, f"{_encoded(item.retraction_nature)}|")
    for assertion in sorted(profile.assertions, key=lambda assertion: assertion.id):
        yield _Item(_assertion(assertion), assertion.flagged, f"|{_listed(assertion.approvals)}")


def _evidence_item(item: EvidenceItem) -> str:
    words = (item.type, item.level, item.direction, item.significance, item.origin)
    return "|".join(
        (
            "evidence",
            str(item.id),
            *map(_encoded, words),
            "" if item.rating is None else str(item.rating),
            *map(_encoded, (item.status, item.disease, item.doid)),
            "&".join(map(_encoded, item.therapies)),
            _encoded(item.therapy_interaction),
            encode_subfield(f"{item.source}:retracted" if item.retracted else item.source),
            "",
            item.url,
            item.relation,
        )
    )


def _assertion(item: Assertion) -> str:
    return "|".join(
        (
            "assertion",
            str(item.id),
            _encoded(item.type),
            "",
            *map(_encoded, (item.direction, item.significance)),
            "",
            "",
            *map(_encoded, (item.status, item.disease, item.doid)),
            "&".join(map(_encoded, item.therapies)),
            "",
            "",
            _encoded(item.amp_category),
            item.url,
            item.relation,
        )
    )


def _variant_ids(hit: Hit[CivicRecord]) -> str:
    return "&".join(map(str, sorted(variant.id for variant in hit.record.variants)))


def _suggested_tier(hit: Hit[CivicRecord]) -> str | None:
    return best_tier(suggested_tiers(list(items_of_record(hit.record, hit.match)))) or None


def _best_level(hit: Hit[CivicRecord]) -> str | None:
    level = hit.record.best_level
    return None if level is None else encode_subfield(level)


CIVIC_FIELDS: tuple[InfoField[CivicRecord], ...] = (
    InfoField(
        "CIVIC",
        ".",
        "String",
        "CIViC evidence items and assertions, one entry per allele, molecular profile and evidence item or assertion. "
        f"Format: {'|'.join(CIVIC_SUBFIELDS)}",
        _entries,
    ),
    InfoField("CIVIC_VID", "A", "String", "CIViC variant IDs, separated by &", _variant_ids),
    InfoField(
        "CIVIC_MATCH",
        "A",
        "String",
        "Best matching level of the CIViC variants: exact, hgvs_g, caid, clinvar_id, hgvs_c, protein, codon, exon, "
        "region or gene",
        lambda hit: hit.match.value,
    ),
    InfoField(
        "CIVIC_LEVEL",
        "A",
        "String",
        "Best CIViC evidence level, A to E, of the evidence items and assertions whose Direction is Supports; for "
        "assertions, the level of the AMP category. Items of uncertain significance and from retracted sources are not "
        "counted",
        _best_level,
    ),
)

CIVIC_TIER: InfoField[CivicRecord] = InfoField(
    "CIVIC_TIER",
    "A",
    "String",
    "Suggested AMP/ASCO/CAP tier for the patient's disease (I-A, I-B, II-C or II-D), derived only from CIViC "
    "assertions and evidence items; the origin of the call and ClinVar are not used, so variants matched by "
    "gene have a tier only in the report; a suggestion, not a classification",
    _suggested_tier,
)
"""Written if a disease is given."""

ALL_CIVIC_FIELDS = (*CIVIC_FIELDS, CIVIC_TIER)
"""All fields that a run may write."""


def civic_fields(choice: CivicChoice) -> tuple[InfoField[CivicRecord], ...]:
    """Return the fields of a run; with a disease, they include a suggested tier unless that is disabled."""
    return ALL_CIVIC_FIELDS if choice.disease and choice.has_tiers else CIVIC_FIELDS
