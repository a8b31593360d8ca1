"""What a change is, and how what two releases say of one thing is compared.

Compared is what a reanalysis asks for: ClinVar's classifications (germline, oncogenicity, somatic clinical impact) with
their stars, and CIViC's evidence items and assertions with their levels. Names of diseases, genes and identifiers are
not.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from annotator.sources.clinvar.records import ClinVarRecord, stars

__all__ = [
    "Change",
    "ChangeKind",
    "CivicItem",
    "ClinVarFacts",
    "Direction",
    "Subject",
    "civic_changes",
    "clinvar_changes",
    "severity",
]


class ChangeKind(enum.StrEnum):
    """What kind of change."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    CLASSIFICATION = "classification"
    STARS = "stars"
    ONCOGENICITY = "oncogenicity"
    ONCOGENICITY_STARS = "oncogenicity_stars"
    IMPACT = "impact"
    NEW_EVIDENCE = "new_evidence"
    GONE_EVIDENCE = "gone_evidence"
    CHANGED_EVIDENCE = "changed_evidence"


class Direction(enum.StrEnum):
    """Where a classification moved: towards pathogenic or oncogenic, away from it, or neither can be said."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"


class Subject(NamedTuple):
    """What changed.

    Attributes:
        text: an allele (`7:140753336 A>T`, as its key) or a CIViC variant (`BRAF V600E`).
        id: how the knowledge base numbers it, such as `VCV13961` or `VID12`.
        gene: symbols, joined by `&`; empty where they are not told.

    """

    text: str
    id: str = ""
    gene: str = ""


class Change(NamedTuple):
    """One change of one thing.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        subject: what changed.
        kind: what kind of change.
        before: what was said before; empty for nothing.
        after: what is said now; empty for nothing.
        direction: where a classification moved.
        item: number of the evidence item or assertion, such as `EID12`; empty for ClinVar.
        level: level of the evidence now, `A` to `E`; of what is gone, the level that it had. Empty for none.

    """

    knowledge_base: str
    subject: Subject
    kind: ChangeKind
    before: str
    after: str
    direction: Direction = Direction.OTHER
    item: str = ""
    level: str = ""


class ClinVarFacts(NamedTuple):
    """What is compared of a ClinVar record, in its words; None is what it does not say."""

    classification: str | None = None
    review_status: str | None = None
    oncogenicity: str | None = None
    oncogenicity_review_status: str | None = None
    impact: str | None = None
    impact_review_status: str | None = None

    @classmethod
    def of(cls, record: ClinVarRecord) -> ClinVarFacts:
        """Facts of a record."""
        return cls(*(getattr(record, name) for name in cls._fields))

    @property
    def shown(self) -> str:
        """In words: its classifications, each with its stars."""
        parts = [
            _with_stars(self.classification, self.review_status),
            _with_stars(self.oncogenicity, self.oncogenicity_review_status),
            self.impact or "",
        ]
        return "; ".join(part for part in parts if part) or "no classification"


_RANKS = {
    "benign": 1,
    "benign/likely_benign": 2,
    "likely_benign": 3,
    "uncertain_significance": 4,
    "uncertain_risk_allele": 4,
    # What conflicts may lie on either side of uncertain.
    "conflicting_interpretations_of_pathogenicity": 4,
    "conflicting_classifications_of_pathogenicity": 4,
    "conflicting_classifications_of_oncogenicity": 4,
    "likely_risk_allele": 5,
    "established_risk_allele": 6,
    "likely_pathogenic,_low_penetrance": 6,
    "likely_pathogenic": 7,
    "likely_oncogenic": 7,
    "pathogenic,_low_penetrance": 7,
    "pathogenic/likely_pathogenic": 8,
    "pathogenic/likely_pathogenic/pathogenic,_low_penetrance": 8,
    "pathogenic": 9,
    "oncogenic": 9,
}
_HARMFUL = 7


def severity(classification: str | None) -> int | None:
    """Rank of a classification, 1 (benign) to 9 (pathogenic, oncogenic); None where it has none, as `drug_response`.

    Of several kinds that stand together (`Pathogenic|drug_response`) the gravest counts. Conflicting ones rank as
    uncertain.

    >>> severity("Likely_pathogenic")
    7
    """
    if classification is None:
        return None
    ranks = [_RANKS[word] for word in re.split(r"[|;]", classification.lower()) if word in _RANKS]
    return max(ranks, default=None)


def clinvar_changes(
    subject: Subject, before: ClinVarFacts | None, after: ClinVarFacts | None
) -> Iterator[Change]:
    """Give what changed of one allele; None is an allele that ClinVar does not know."""
    if before == after:
        return
    if before is None or after is None:
        yield _come_or_gone(subject, before, after)
        return
    for kind, stars_kind, old, new in (
        (ChangeKind.CLASSIFICATION, ChangeKind.STARS, before[:2], after[:2]),
        (ChangeKind.ONCOGENICITY, ChangeKind.ONCOGENICITY_STARS, before[2:4], after[2:4]),
        (ChangeKind.IMPACT, None, before[4:6], after[4:6]),
    ):
        shown = _with_stars(*old), _with_stars(*new)
        if old[0] != new[0]:
            yield Change("clinvar", subject, kind, *shown, _direction(old[0], new[0]))
        elif stars_kind is not None and stars(old[1]) != stars(new[1]):
            yield Change("clinvar", subject, stars_kind, *shown)


def _come_or_gone(subject: Subject, before: ClinVarFacts | None, after: ClinVarFacts | None) -> Change:
    if after is None:
        assert before is not None
        return Change("clinvar", subject, ChangeKind.VANISHED, before.shown, "")
    ranks = severity(after.classification) or 0, severity(after.oncogenicity) or 0
    direction = Direction.WORSE if max(ranks) >= _HARMFUL else Direction.OTHER
    return Change("clinvar", subject, ChangeKind.APPEARED, "", after.shown, direction)


def _direction(before: str | None, after: str | None) -> Direction:
    old, new = severity(before), severity(after)
    if before is None and new is not None:
        return Direction.WORSE if new >= _HARMFUL else Direction.OTHER
    if old is None or new is None or old == new:
        return Direction.OTHER
    return Direction.WORSE if new > old else Direction.BETTER


def _with_stars(words: str | None, review_status: str | None) -> str:
    if words is None:
        return ""
    number = stars(review_status)
    return words if number is None else f"{words} ({number}*)"


class CivicItem(NamedTuple):
    """What is compared of an evidence item or assertion.

    Attributes:
        id: such as `EID12` or `AID7`.
        level: `A` to `E`; empty for assertions.
        said: type, direction, significance, therapies and AMP category, in this order; empty where there is none.
        disease: name of the disease.
        doid: its number, by which diseases are compared: their names are polished now and then.

    """

    id: str
    level: str
    said: tuple[str, str, str, str, str]
    disease: str
    doid: str

    @property
    def essence(self) -> tuple[str, tuple[str, ...], str]:
        """What is compared."""
        return self.level, self.said, self.doid or self.disease

    @property
    def shown(self) -> str:
        """In words."""
        text = ", ".join(word for word in (*self.said, self.disease) if word)
        return f"level {self.level}: {text}" if self.level else text


def civic_changes(
    subject: Subject, before: Sequence[CivicItem] | None, after: Sequence[CivicItem] | None
) -> Iterator[Change]:
    """Give what changed of one allele or variant; None is one that CIViC does not know."""
    if before == after:
        return
    if before is None and after is not None:
        yield Change("civic", subject, ChangeKind.APPEARED, "", _number_of(after))
    elif after is None and before is not None:
        yield Change("civic", subject, ChangeKind.VANISHED, _number_of(before), "")
    old, new = _by_id(before or ()), _by_id(after or ())
    for id_ in sorted(old.keys() | new.keys(), key=_order):
        was, now = old.get(id_), new.get(id_)
        if was is not None and now is not None and was.essence == now.essence:
            continue
        if was is None and now is not None:
            yield Change("civic", subject, ChangeKind.NEW_EVIDENCE, "", now.shown, item=id_, level=now.level)
        elif now is None and was is not None:
            yield Change("civic", subject, ChangeKind.GONE_EVIDENCE, was.shown, "", item=id_, level=was.level)
        elif was is not None and now is not None:
            shown = was.shown, now.shown
            yield Change("civic", subject, ChangeKind.CHANGED_EVIDENCE, *shown, item=id_, level=now.level)


def _by_id(items: Sequence[CivicItem]) -> Mapping[str, CivicItem]:
    return {item.id: item for item in items}


def _order(id_: str) -> tuple[str, int]:
    return id_[:3], int(id_[3:])


def _number_of(items: Sequence[CivicItem]) -> str:
    return f"{len(items)} evidence items and assertions"
