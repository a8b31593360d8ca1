"""An explanation: one model, from which the text for people and the JSON are made."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.result import Release

__all__ = ["JSON_FORMAT", "AlleleExplanation", "Answer", "Explanation", "LevelResult", "NearMiss", "Outcome"]

JSON_FORMAT = "annotator-explain/1"
"""Version of the JSON: a change that a reader could stumble over raises the number."""

_JSON_KEYS = {"levels": "rungs"}  # version 1 of the JSON has this name


class Outcome(enum.StrEnum):
    """Outcome of one matching level.

    `matched`: a record was found. `again`: only records of a better level were found. `below`: a record was found, but
    the level is not used by default. `no_match`: no record was found. `not_tried`: the level needs missing data,
    or a better level has matched.
    """

    MATCHED = "matched"
    AGAIN = "again"
    BELOW = "below"
    NO_MATCH = "no_match"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class LevelResult:
    """One matching level: its name (`exact`, …), its outcome, and why, as a sentence without its full stop."""

    name: str
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Something known close by that is not the allele.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        kind: `other_allele` (same position), `shifted` (may be the same, further left or right), `part` (of a change of
            several bases), `whole` (of which it is a part), `overlap`, `other_ref` (same position, other reference
            bases), `same_codon`, `same_rsid`, `category` (a CIViC variant that is met by many alleles).
        what: the allele or variant, in words.
        id: such as `VCV13961` or `VID12`.
        says: its classification, or how much evidence it has.

    """

    knowledge_base: str
    kind: str
    what: str
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one knowledge base answers, and how.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        answer: `found`, `absent` or `unsupported`.
        match: the matching level of the record that was found.
        id: `VCV…`, or `VID…` joined by `&`.
        says: what the record says, in words.
        levels: results of the matching levels, best first.
        near: near misses.

    """

    knowledge_base: str
    answer: str
    match: str = ""
    id: str = ""
    says: str = ""
    levels: tuple[LevelResult, ...] = ()
    near: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class AlleleExplanation:
    """One allele that the query came down to.

    Attributes:
        spelled: as VCF spells it, `contig:POS REF>ALT`.
        key: as it is looked up, `contig:start deleted>inserted`; empty for one that cannot be looked up.
        hgvs: its genomic expression, if that can be told.
        origin: where it comes from: the query, a record of the VCF, a knowledge base.
        normalisation: what was done to it, sentences without their full stops.
        unsupported: why it cannot be looked up as an allele; empty if it can.
        answers: one per knowledge base; of a symbolic ALT or a breakend of a record, CIViC's, by its genes.

    """

    spelled: str
    key: str = ""
    hgvs: str = ""
    origin: str = ""
    normalisation: tuple[str, ...] = ()
    unsupported: str = ""
    answers: tuple[Answer, ...] = ()


@dataclass(slots=True)
class Explanation:
    """What was asked and what came of it.

    Attributes:
        asked: the query.
        kind: what kind it is.
        assembly: of the snapshot.
        releases: that were asked.
        steps: how the query was understood, sentences without their full stops.
        alleles: what it came down to; several for an rs number.
        advice: what would lead further.

    """

    asked: str
    kind: str
    assembly: str
    releases: tuple[Release, ...]
    steps: list[str] = field(default_factory=list)
    alleles: list[AlleleExplanation] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)

    def advise(self, sentence: str) -> None:
        """Add a piece of advice, once."""
        if sentence not in self.advice:
            self.advice.append(sentence)

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as values of JSON."""
        releases = [release._asdict() for release in self.releases]
        plain = asdict(
            self, dict_factory=lambda items: {_JSON_KEYS.get(key, key): value for key, value in items}
        )
        return {"format": JSON_FORMAT, **plain, "releases": releases}
