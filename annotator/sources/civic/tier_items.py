"""What a suggested tier is made of: CIViC's items, what is known of the allele, and the suggestion itself."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from annotator.result import Match
from annotator.sources.civic.records import Assertion, CivicRecord, EvidenceItem
from annotator.sources.civic.therapies import joined_therapies

__all__ = ["CallOrigin", "Effect", "Suggestion", "TierItem", "items_of_record"]


class CallOrigin(enum.StrEnum):
    """Where a call comes from. UNKNOWN: nothing tells, as of a tumour without its normal."""

    SOMATIC = "somatic"
    GERMLINE = "germline"
    NORMAL_ONLY = "normal only"
    UNKNOWN = "unknown"


class TierItem(NamedTuple):
    """An evidence item or assertion, as far as a tier rests on it. Words are CIViC's, with spaces.

    Attributes:
        id: such as `EID1409` or `AID7`.
        type, level, direction, significance, origin, rating, status, disease, doid: as CIViC has them.
        relation: of its disease to the patient's: `same`, `broader`, `narrower` or `other`.
        therapies: names.
        interaction: how they belong together; empty where the release does not say.
        source: publication, such as `PubMed:21639808`.
        profile: name of the molecular profile.
        match: how CIViC's variant was matched.
        category: AMP/ASCO/CAP category of an assertion, such as `Tier I - Level A`.
        is_retracted, is_flagged: whether its publication was retracted, or a curator asks for a review.

    """

    id: str
    type: str
    level: str
    direction: str
    significance: str
    relation: str
    profile: str
    match: str = "exact"
    disease: str = ""
    doid: str = ""
    therapies: tuple[str, ...] = ()
    interaction: str = ""
    origin: str = ""
    rating: int | None = None
    status: str = "accepted"
    source: str = ""
    category: str = ""
    is_retracted: bool = False
    is_flagged: bool = False

    @property
    def is_assertion(self) -> bool:
        """Whether it is an assertion, not an evidence item."""
        return self.id.startswith("AID")


class Effect(NamedTuple):
    """What is known of the allele beyond the items: it decides whether a match by gene counts.

    Attributes:
        is_oncogenic: classified as oncogenic, likely oncogenic, pathogenic or likely pathogenic.
        is_benign: classified as benign or likely benign, for tumours or in the germline.

    """

    is_oncogenic: bool = False
    is_benign: bool = False


class Suggestion(NamedTuple):
    """A suggested tier for one profile, disease, therapies and significance.

    Attributes:
        tier: one of `TIERS`; empty where none can be suggested.
        type, significance, disease, relation, profile, match: of its items.
        therapies: names; empty but for predictive items.
        interaction: how they belong together. Substitutes are looked at one by one.
        items: ids that it rests on.
        against: ids of items that contradict.
        reason: why this tier, or why none, for people.

    """

    tier: str
    type: str
    significance: str
    disease: str
    relation: str
    profile: str
    match: str
    therapies: tuple[str, ...]
    interaction: str
    items: tuple[str, ...]
    against: tuple[str, ...]
    reason: str

    @property
    def is_conflicting(self) -> bool:
        """Whether an item of equal or better level contradicts."""
        return bool(self.against)

    @property
    def therapy(self) -> str:
        """Therapies as one text."""
        return joined_therapies(self.therapies, self.interaction)


def items_of_record(record: CivicRecord, match: Match) -> Iterator[TierItem]:
    """Yield the items of all that CIViC says of an allele.

    Args:
        record: of the allele, with the relations of its diseases to the patient's.
        match: how the allele was matched; variants that were matched in another way say so.

    """
    for variant in record.variants:
        how = (variant.match or match).value
        for profile in variant.profiles:
            for item in profile.evidence:
                yield _evidence(item, profile.name, how)
            for assertion in profile.assertions:
                yield _assertion(assertion, profile.name, how)


def _evidence(item: EvidenceItem, profile: str, match: str) -> TierItem:
    return TierItem(
        f"EID{item.id}",
        item.type,
        item.level,
        item.direction,
        item.significance,
        item.relation,
        profile,
        match,
        item.disease,
        item.doid,
        item.therapies,
        item.therapy_interaction,
        item.origin,
        item.rating,
        item.status,
        item.source,
        is_retracted=bool(item.retracted),
        is_flagged=item.flagged,
    )


def _assertion(item: Assertion, profile: str, match: str) -> TierItem:
    return TierItem(
        f"AID{item.id}",
        item.type,
        "",
        item.direction,
        item.significance,
        item.relation,
        profile,
        match,
        item.disease,
        item.doid,
        item.therapies,
        status=item.status,
        category=item.amp_category,
        is_flagged=item.flagged,
    )
