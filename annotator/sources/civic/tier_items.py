"""Input and output of tier suggestions: CIViC's items, knowledge about the allele, and the suggestion itself."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.records import Assertion, CivicRecord, EvidenceItem
from annotator.sources.civic.therapies import joined_therapies

__all__ = ["CallOrigin", "Effect", "Suggestion", "TierItem", "items_of_record"]


class CallOrigin(enum.StrEnum):
    """Origin of a call. UNKNOWN means that it cannot be determined, as for a tumour without its normal."""

    SOMATIC = "somatic"
    GERMLINE = "germline"
    NORMAL_ONLY = "normal only"
    UNKNOWN = "unknown"


class TierItem(NamedTuple):
    """An evidence item or assertion, reduced to what determines a tier. Words are CIViC's, with spaces.

    Attributes:
        id: such as `EID1409` or `AID7`.
        type, level, direction, significance, origin, rating, status, disease, doid: as in CIViC.
        relation: relation of its disease to the patient's: `same`, `broader`, `narrower` or `other`.
        therapies: names.
        interaction: how the therapies are used; empty if the release does not state it.
        source: publication, such as `PubMed:21639808`.
        profile: name of the molecular profile.
        match: matching level of CIViC's variant.
        category: AMP/ASCO/CAP category of an assertion, such as `Tier I - Level A`.
        is_retracted, is_flagged: whether its publication was retracted, or a curator flagged it for review.

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
    """Knowledge about the allele other than the items: it decides whether a match by gene is used.

    Attributes:
        is_oncogenic: classified as oncogenic, likely oncogenic, pathogenic or likely pathogenic.
        is_benign: classified as benign or likely benign, for tumours or in the germline.

    """

    is_oncogenic: bool = False
    is_benign: bool = False


class Suggestion(NamedTuple):
    """A suggested tier for one profile, disease, therapies and significance.

    Attributes:
        tier: one of `TIERS`; empty if none can be suggested.
        type, significance, disease, relation, profile, match: those of its items.
        therapies: names; empty except for predictive items.
        interaction: how the therapies are used. Substitutes are evaluated one by one.
        items: ids of the items on which it is based.
        against: ids of items that contradict.
        reason: reason for this tier, or for none, as text for people.

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
    """Yield the items of a CIViC record.

    Args:
        record: record of the allele, with the relations of its diseases to the patient's.
        match: matching level of the allele; variants matched at another level state it themselves.

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
