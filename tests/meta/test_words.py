"""User-facing texts are plain English: words that send a reader back to read a sentence twice do not occur."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.user_texts import template_texts, user_texts

FORBIDDEN = {
    r"tell|tells|telling|told": "report, print, show, list or return",
    r"say|says|said|saying": "report, state, show or classify",
    r"give|gives|giving|gave": "return, use, set or produce",
    r"asks?|asked|asking|unasked": "look up, query or request",
    r"questions?": "query (an allele to look up)",
    r"absent|absence": "not found",
    r"(?:not|is|are|was|were) known|known (?:to|by)|knows?|knew": "found, listed, unknown",
    r"rungs?|ladders?|climb\w*": "matching level",
    r"joint|jointly|(?:variants?|alleles?|patients?|changes?|samples?) together": "combination profile; combined",
    r"profiles of several variants": "combination profiles",
    r"survey\w*": "prefilter",
    r"places?(?! of)|in its place|site of": "position (of a variant), location",
    r"leaves? --?[\w-]+": "omit",
    r"GAIN kind": "copy number gain",
    r"no filter against": "PASS only",
    r"what matters": "key findings",
    r"the sum": "the summary",
    r"shall|besides|of such|what it takes|in turn|of all(?=[.;,]|$)|theirs": "(archaic, or no whole thought)",
    r"stands?|stood|standing": "is, represents",
    r"speaks? against|be had|was had|hand(?:ed|s)? over|beware": "(a riddle)",
    r"mend|mends|mended|mending": "correct, repair",
}
"""Words that are avoided, as STYLE.md lists them, each with what is written instead."""


EXCEPTIONS = {
    "Ask its owner": "a person is asked, not a service",
    "status is found, absent (not found)": "a value of ANNSTATUS, which is an interface; its meaning follows",
    'counts as absent when CIViC requires its absence ("NOT …")': "a genotype of the sample, not a lookup",
    "joint change": "the value joint_change of MatchNote, which is an interface",
}
"""Fragments in which a word may occur, each with its reason."""


def _pattern(word: str) -> re.Pattern[str]:
    spaced = word.replace(" ", r"\s+")
    return re.compile(rf"(?<![\w.<-])(?:{spaced})(?![\w(]|-\w|\.\w)", re.IGNORECASE)


PATTERNS = {word: _pattern(word) for word in FORBIDDEN}


def flat(text: str) -> str:
    return " ".join(text.split())


def hits_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each avoided word of a text that no exception excuses, with what is written instead."""
    text = flat(text)
    for fragment in EXCEPTIONS:
        text = text.replace(fragment, "·")
    for word, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            start, end = max(0, match.start() - 40), match.end() + 40
            yield f"…{text[start:end]}…", FORBIDDEN[word]


TEXTS = user_texts()


def test_no_text_for_users_has_a_word_that_is_avoided() -> None:
    hits = [
        f"{text.where}: {found} (write: {instead})" for text in TEXTS for found, instead in hits_in(text.text)
    ]
    assert hits == [], "\n".join(["", *hits])


@pytest.mark.parametrize("fragment", EXCEPTIONS)
def test_an_exception_is_needed_and_has_a_reason(fragment: str) -> None:
    assert any(pattern.search(fragment) for pattern in PATTERNS.values())
    assert any(fragment in flat(text.text) for text in TEXTS), "nothing has it any more: remove the exception"
    assert len(EXCEPTIONS[fragment]) > 10


@pytest.mark.parametrize(
    "sentence",
    [
        "Write INPUT with what ClinVar and CIViC say of each allele.",
        "Tell why an allele is annotated as it is.",
        "Ask again what a run over the network got no answer for.",
        "1 records stand on 1 contigs; they were kept and not asked about",
        "An answer that could not be had is told apart from one that is not there.",
        "Only alleles that a sample carries stand here.",
        "molecular profiles of several variants: 2 satisfied",
        "a filter that speaks against a call",
        "index the file, or leave -W",
        "matched by the ladder's last rung",
        "this shall\nnot occur",
        "absent: asked about, and not known",
        "gene, place, disease",
        "What matters",
    ],
)
def test_a_sentence_of_the_old_style_is_found(sentence: str) -> None:
    assert list(hits_in(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Annotate a VCF or BCF file with ClinVar and CIViC.",
        "annotator essay --told",
        "standard output",
        "a chain file in place of the built-in table",
        "other_transcript",
    ],
)
def test_a_plain_sentence_is_not_found(sentence: str) -> None:
    assert not list(hits_in(sentence))


def test_texts_of_every_kind_are_collected() -> None:
    files = {text.where.partition(":")[0] for text in TEXTS}
    assert {
        "README.md", "CHANGELOG.md", "workflow/README.md", "annotator/guide/matching.md", "annotator/cli/annotate.py",
        "annotator/report/report.schema.json", "annotator/report/templates/page.js", "workflow/config/config.yaml",
        "workflow/schemas/config.schema.yaml", "annotator/report/templates/page.html.jinja",
    } <= files  # fmt: skip
    assert len(TEXTS) > 2000


def test_headings_labels_and_literals_of_a_template_are_collected() -> None:
    page = '<h2 title="A tip">What {{ x }} is</h2>\n{{ tile("a known allele") }}<p>One <b>two</b>\nthree</p>{# no #}'
    assert list(template_texts(page)) == [
        (2, "a known allele"),
        (1, "A tip"),
        (1, "What · is"),
        (2, "One two three"),
    ]
