"""An explanation: the model from which the text for people and the JSON are made."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.result import Release

__all__ = [
    "JSON_FORMAT",
    "AlleleExplanation",
    "Answer",
    "EvidenceEntry",
    "Explanation",
    "LevelResult",
    "NearMiss",
    "Outcome",
]

JSON_FORMAT = "annotator-explain/1"
"""Version of the JSON; incompatible changes increase it."""

_JSON_KEYS = {"levels": "rungs", "query": "asked"}  # names in version 1 of the JSON


class Outcome(enum.StrEnum):
    """Outcome of one matching level.

    `matched`: a record was found. `again`: only records of a better level were found. `below`: a record was found, but
    the level is not used by default. `no_match`: no record was found. `not_tried`: the level needs missing data, or a
    better level has matched.
    """

    MATCHED = "matched"
    AGAIN = "again"
    BELOW = "below"
    NO_MATCH = "no_match"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class LevelResult:
    """One matching level: its name (`exact`, …), its outcome, and the reason, as a sentence without full stop."""

    name: str
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A similar allele or variant in a knowledge base.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        kind: `other_allele` (same position), `shifted` (may be the same, further left or right), `part` (of a change of
            several bases), `whole` (a larger change that includes it), `overlap`, `other_ref` (same position, other
            reference bases), `same_codon`, `same_rsid`, `category` (a CIViC variant that many alleles match).
        what: the allele or variant, as text for people.
        id: such as `VCV13961` or `VID12`.
        says: its classification, or the amount of its evidence.

    """

    knowledge_base: str
    kind: str
    what: str
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """An evidence item or assertion of CIViC.

    Attributes:
        id: `EID12` or `AID7`.
        level: `A` to `E`; for an assertion that of its AMP category, or empty.
        type: such as `Predictive`.
        effect: significance, such as `Resistance`, after `does not support` for evidence against it.
        therapies: as one text.
        disease: its name.
        profile: name of its molecular profile.
        remarks: `retracted`, `flagged for review`, or both; empty for most.
        statement: text of the item, or summary of the assertion; empty if the snapshot has none.

    """

    id: str
    level: str
    type: str
    effect: str
    therapies: str
    disease: str
    profile: str
    remarks: str
    statement: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one knowledge base, and how it was obtained.

    Attributes:
        knowledge_base: `clinvar`, `clinvar_sv` or `civic`.
        answer: `found`, `absent` or `unsupported`.
        match: matching level of the record.
        id: `VCV…`, or `VID…` joined by `&`.
        says: content of the record, as text for people.
        levels: results of the matching levels, best first.
        near: near misses.
        evidence: CIViC's evidence items and assertions, best level first.

    """

    knowledge_base: str
    answer: str
    match: str = ""
    id: str = ""
    says: str = ""
    levels: tuple[LevelResult, ...] = ()
    near: tuple[NearMiss, ...] = ()
    evidence: tuple[EvidenceEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class AlleleExplanation:
    """One allele of the query.

    Attributes:
        spelled: as written in VCF, `contig:POS REF>ALT`.
        key: as looked up, `contig:start deleted>inserted`; empty if it cannot be looked up.
        hgvs: genomic HGVS expression, if it can be determined.
        origin: origin of the allele: the query, a record of the VCF, a knowledge base.
        normalisation: normalisation steps, as sentences without full stops.
        unsupported: why it cannot be looked up as an allele; empty if it can.
        name: gene and change with the HGVS expression of the transcript that names it, as in the report; empty without
            an annotation.
        answers: one per knowledge base; for a symbolic ALT or a breakend of a record, CIViC's, by its genes, and for
            a deletion, duplication or copy number those of ClinVar's structural records.

    """

    spelled: str
    key: str = ""
    hgvs: str = ""
    origin: str = ""
    normalisation: tuple[str, ...] = ()
    unsupported: str = ""
    answers: tuple[Answer, ...] = ()
    name: str = ""


@dataclass(slots=True)
class Explanation:
    """A query and its explanation.

    Attributes:
        query: text of the query.
        kind: kind of the query.
        assembly: assembly of the snapshot.
        releases: releases that were used.
        steps: interpretation of the query, as sentences without full stops.
        alleles: alleles of the query; several for an rs number.
        advice: how to learn more.

    """

    query: str
    kind: str
    assembly: str
    releases: tuple[Release, ...]
    steps: list[str] = field(default_factory=list)
    alleles: list[AlleleExplanation] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    def advise(self, sentence: str) -> None:
        """Add a piece of advice, unless it is already there."""
        if sentence not in self.advice:
            self.advice.append(sentence)

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as values of JSON."""
        releases = [release._asdict() for release in self.releases]
        plain = asdict(
            self, dict_factory=lambda items: {_JSON_KEYS.get(key, key): value for key, value in items}
        )
        return {"format": JSON_FORMAT, **plain, "releases": releases}
