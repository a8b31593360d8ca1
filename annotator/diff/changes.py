"""Kinds of changes, and the comparison of two releases for one allele or variant.

The comparison covers what a reanalysis needs: ClinVar's classifications (germline, oncogenicity, somatic clinical
impact) with their stars, and CIViC's evidence items and assertions with their levels. Names of diseases, genes and
identifiers are not compared.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.sources.clinvar.classification import Classification, read_classification
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
]


class ChangeKind(enum.StrEnum):
    """Kind of a change."""

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
    """Direction of a changed classification: towards pathogenic or oncogenic, away from it, or undetermined."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"


class Subject(NamedTuple):
    """The allele or variant that changed.

    Attributes:
        text: an allele (`7:140753336 A>T`, as its key) or a CIViC variant (`BRAF V600E`).
        id: number in the knowledge base, such as `VCV13961` or `VID12`.
        gene: symbols, joined by `&`; empty if unknown.
        name: gene and change of an allele, such as `BRAF V600E`, as in the report; empty where they are not known.

    """

    text: str
    id: str = ""
    gene: str = ""
    name: str = ""


class Change(NamedTuple):
    """One change of an allele or variant.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        subject: the allele or variant.
        kind: kind of change.
        before: old content; empty for none.
        after: new content; empty for none.
        direction: direction of a changed classification.
        item: number of the evidence item or assertion, such as `EID12`; empty for ClinVar.
        level: new level of the evidence, `A` to `E`; for removed evidence, its old level. Empty for none.

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
    """The compared content of a ClinVar record, in ClinVar's words; None for missing values."""

    classification: str | None = None
    review_status: str | None = None
    oncogenicity: str | None = None
    oncogenicity_review_status: str | None = None
    impact: str | None = None
    impact_review_status: str | None = None
    conflicting: str | None = None
    oncogenicity_conflicting: str | None = None

    @classmethod
    def of(cls, record: ClinVarRecord) -> ClinVarFacts:
        """Return the compared content of a record."""
        return cls(*(getattr(record, name) for name in cls._fields))

    @property
    def germline(self) -> Classification:
        """Its germline classification."""
        return read_classification(self.classification, self.conflicting)

    @property
    def tumour(self) -> Classification:
        """Its classification of oncogenicity."""
        return read_classification(self.oncogenicity, self.oncogenicity_conflicting)

    @property
    def clinical(self) -> Classification:
        """Its somatic clinical impact."""
        return read_classification(self.impact)

    @property
    def shown(self) -> str:
        """Classifications as text, each with its stars."""
        parts = [
            _with_stars(self.classification, self.review_status),
            _with_stars(self.oncogenicity, self.oncogenicity_review_status),
            self.impact or "",
        ]
        return "; ".join(part for part in parts if part) or "no classification"


def clinvar_changes(
    subject: Subject, before: ClinVarFacts | None, after: ClinVarFacts | None
) -> Iterator[Change]:
    """Yield the changes of one allele in ClinVar; None is an allele that was not found."""
    if before == after:
        return
    if before is None or after is None:
        yield _come_or_gone(subject, before, after)
        return
    for kind, stars_kind, old, new, was, now in (
        (ChangeKind.CLASSIFICATION, ChangeKind.STARS, before[:2], after[:2], before.germline, after.germline),
        (
            ChangeKind.ONCOGENICITY,
            ChangeKind.ONCOGENICITY_STARS,
            before[2:4],
            after[2:4],
            before.tumour,
            after.tumour,
        ),
        (ChangeKind.IMPACT, None, before[4:6], after[4:6], before.clinical, after.clinical),
    ):
        shown = _with_stars(*old), _with_stars(*new)
        if old[0] == new[0] and was.rank != now.rank:  # a conflict of other classes than before
            shown = _with_submissions(shown[0], before, kind), _with_submissions(shown[1], after, kind)
        if old[0] != new[0] or was.rank != now.rank:
            yield Change("clinvar", subject, kind, *shown, _direction(was, now))
        elif stars_kind is not None and stars(old[1]) != stars(new[1]):
            yield Change("clinvar", subject, stars_kind, *shown)


def _come_or_gone(subject: Subject, before: ClinVarFacts | None, after: ClinVarFacts | None) -> Change:
    if after is None:
        assert before is not None
        return Change("clinvar", subject, ChangeKind.VANISHED, before.shown, "")
    is_harmful = any(one.is_harmful for one in (after.germline, after.tumour, after.clinical))
    direction = Direction.WORSE if is_harmful else Direction.OTHER
    return Change("clinvar", subject, ChangeKind.APPEARED, "", after.shown, direction)


def _direction(before: Classification, after: Classification) -> Direction:
    if not before.rank:  # no classification, or one that is on no scale, such as `not_provided`
        return Direction.WORSE if after.is_harmful else Direction.OTHER
    if not after.rank or before.rank == after.rank:
        return Direction.OTHER
    return Direction.WORSE if after.rank > before.rank else Direction.BETTER


def _with_submissions(words: str, facts: ClinVarFacts, kind: ChangeKind) -> str:
    is_germline = kind is ChangeKind.CLASSIFICATION
    submissions = facts.conflicting if is_germline else facts.oncogenicity_conflicting
    return f"{words}: {submissions}" if submissions else words


def _with_stars(words: str | None, review_status: str | None) -> str:
    if words is None:
        return ""
    number = stars(review_status)
    return words if number is None else f"{words} ({number}*)"


class CivicItem(NamedTuple):
    """The compared content of an evidence item or assertion.

    Attributes:
        id: such as `EID12` or `AID7`.
        level: `A` to `E`; for an assertion that of its AMP category, or empty.
        said: type, direction, significance, therapies and AMP category, in this order; empty texts for missing ones.
        disease: name of the disease.
        doid: number of the disease, by which diseases are compared: names are occasionally edited.

    """

    id: str
    level: str
    said: tuple[str, str, str, str, str]
    disease: str
    doid: str

    @property
    def essence(self) -> tuple[str, tuple[str, ...], str]:
        """The values that are compared."""
        return self.level, self.said, self.doid or self.disease

    @property
    def shown(self) -> str:
        """Text for people."""
        text = ", ".join(word for word in (*self.said, self.disease) if word)
        return f"level {self.level}: {text}" if self.level else text


def civic_changes(
    subject: Subject, before: Sequence[CivicItem] | None, after: Sequence[CivicItem] | None
) -> Iterator[Change]:
    """Yield the changes of one allele or variant in CIViC; None is one that was not found."""
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


def _order(id_: str) -> tuple[str, int, str]:
    return id_[:3], whole_number(id_[3:]) or 0, id_


def _number_of(items: Sequence[CivicItem]) -> str:
    return f"{len(items)} evidence items and assertions"
