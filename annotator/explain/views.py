"""An explanation as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from annotator.explain.explanation import AlleleExplanation, Answer, EvidenceEntry, Explanation, Outcome
from annotator.runtime.text import counted
from annotator.sources.registry import title_of

__all__ = ["text_lines"]

_MOST_ENTRIES = 10
_MARKS = {
    Outcome.MATCHED: "yes",
    Outcome.AGAIN: "same",
    Outcome.BELOW: "off",
    Outcome.NO_MATCH: "no",
    Outcome.NOT_TRIED: "-",
}
_ANSWERS = {"absent": "not found"}
_NEAR = {
    "other_allele": "same position, different allele",
    "shifted": "may be the same change at another position of a repeat",
    "part": "part of this variant, which is a different allele",
    "whole": "larger variant that includes this one",
    "overlap": "overlaps",
    "other_ref": "same position, different reference bases",
    "same_codon": "same codon",
    "same_rsid": "same rs number",
    "category": "category that includes this codon",
}


def text_lines(explanation: Explanation) -> Iterator[str]:
    """Yield the explanation line by line."""
    releases = ", ".join(f"{title_of(one.knowledge_base)} {one.version}" for one in explanation.releases)
    yield (f"{explanation.query} ({explanation.kind}), looked up in {releases} on {explanation.assembly}")
    for step in explanation.steps:
        yield f"  {step}"
    if not explanation.alleles:
        yield "No allele was found for this variant."
    for allele in explanation.alleles:
        yield ""
        yield from _allele(allele)
    if explanation.advice:
        yield ""
    for sentence in explanation.advice:
        yield f"-> {sentence}."


def _allele(allele: AlleleExplanation) -> Iterator[str]:
    names = ", ".join(
        name for name in (allele.name, f"normalised {allele.key}" if allele.key else "", allele.hgvs) if name
    )
    origin = f"from {allele.origin}" if allele.origin else ""
    yield f"Allele {allele.spelled}" + "".join(f"; {part}" for part in (names, origin) if part)
    for note in allele.normalisation:
        yield f"  {note}"
    if allele.unsupported:
        what = "not applicable as an allele" if allele.answers else "not applicable"
        yield f"  {what}: {allele.unsupported}"
    for answer in allele.answers:
        yield from _answer(answer)


def _evidence(entries: Sequence[EvidenceEntry]) -> Iterator[str]:
    if entries:
        some = (
            f"; the first {_MOST_ENTRIES} are listed, --json lists all"
            if len(entries) > _MOST_ENTRIES
            else ""
        )
        yield f"    evidence, best level first ({counted(len(entries), 'entry')}{some}):"
    for one in entries[:_MOST_ENTRIES]:
        words = (one.type, one.effect, one.therapies, one.disease, one.profile)
        level = f" (level {one.level})" if one.level else ""
        level += f" [{one.remarks}]" if one.remarks else ""
        statement = f": {one.statement}" if one.statement else ""
        yield f"      {one.id}{level} {', '.join(word for word in words if word)}{statement}"


def _answer(answer: Answer) -> Iterator[str]:
    matched = f" ({answer.match}) {answer.id}: {answer.says}" if answer.match else ""
    yield f"  {title_of(answer.knowledge_base)}: {_ANSWERS.get(answer.answer, answer.answer)}{matched}"
    for (outcome, why), levels in groupby(answer.levels, key=lambda level: (level.outcome, level.why)):
        names = ", ".join(level.name for level in levels)
        yield f"    {_MARKS[outcome]:>5}  {names:<10}  {why}"
    yield from _evidence(answer.evidence)
    if answer.near:
        yield "    similar variants:"
    for near in answer.near:
        yield f"      {near.what} ({near.id}), {_NEAR[near.kind]}: {near.says}"
