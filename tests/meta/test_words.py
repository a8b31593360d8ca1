"""Texts for users and docstrings are plain English: words that make a reader read a sentence twice do not occur."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.docstrings import documented, prose, source_texts
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
        "workflow/schemas/config.schema.yaml", "annotator/report/templates/page.html.jinja", "test_data/README.md",
        "pyproject.toml", "CITATION.cff", "workflow/nextflow/annotator/annotate/main.nf", "SECURITY.md",
        "annotator/sources/civic/diseases.README.md",
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


# Docstrings and comments

RIDDLES = {
    r"tell|tells|telling|told": "show, state, return or determine",
    r"say|says|said|saying": "state, show or contain",
    r"asks?|asked|asking|unasked": "query, look up or request",
    r"gives?|gave": "return, use or produce",
    r"stands?|stood|standing": "is, is written, represents",
    r"as (?:it|they) stands?": "unchanged, as written",
    r"be had|was had|were had": "is not available, failed",
    r"looks? (?:at|for|through)|looked (?:at|for|through)|looking (?:at|for|through)": "examine, search",
    r"hand(?:s|ed)? (?:over|back|down)": "submit, return, pass",
    r"rests? (?:up)?on": "is based on",
    r"goes? on|went on|gone on": "continue",
    r"whoever|nobody|anybody|whosever": "name the reader, caller or process",
    r"one's own|by and by|in turn|anew|besides|beware|shall": "(archaic)",
    r"rungs?|ladders?|climb\w*": "matching level",
    r"survey\w*": "prefilter",
    r"mend|mends|mended|mending": "correct, fix",
    r"cut off": "truncated",
}
"""Words that are avoided in docstrings and comments, each with what is written instead."""

DEFENDED = {
    "the only name that we can give a report": "a name is given to something",
}
"""Fragments of docstrings in which a word may occur, each with its reason."""

IMPERATIVES = {
    "Accept", "Add", "Admit", "Allow", "Annotate", "Append", "Apply", "Begin", "Block", "Build", "Call",
    "Check", "Close", "Collect", "Combine", "Compare", "Complete", "Compress", "Concatenate", "Convert",
    "Copy", "Count", "Create", "Cut", "Decide", "Decode", "Delete", "Derive", "Describe", "Download",
    "Draw", "Encode", "End", "Examine", "Exchange", "Explain", "Fetch", "Fill", "Find", "Follow", "Group",
    "Hash", "Hold", "Index", "Join", "Keep", "Launch", "Lift", "List", "Locate", "Lock", "Look", "Lower", "Make",
    "Mark", "Merge", "Move", "Open", "Parse", "Pickle", "Place", "Poll", "Prepare", "Prevent", "Print",
    "Process", "Pull", "Put", "Raise", "Read", "Record", "Refuse", "Reject", "Release", "Remove", "Rename",
    "Replace", "Report", "Request", "Resolve", "Restore", "Retry", "Return", "Run", "Save", "Scan",
    "Search", "Send", "Set", "Shift", "Show", "Sort", "Split", "Start", "Step", "Store", "Submit", "Sweep",
    "Take", "Trim", "Use", "Verify", "Wait", "Write", "Yield",
}  # fmt: skip
"""Verbs with which docstrings of functions begin; another verb in the imperative may be added."""

_RIDDLE_PATTERNS = {word: _pattern(word) for word in RIDDLES}
_QUESTION = re.compile(r"(?:What|Whatever|That|Whose|Who|Where|When|How|Why|Which)\b")

DOCUMENTED = documented()


def riddles_in(text: str) -> Iterator[str]:
    """Yield each avoided word of a docstring or comment with its neighbours and what is written instead."""
    text = flat(prose(text))
    for fragment in DEFENDED:
        text = re.sub(re.escape(fragment), "·", text, flags=re.IGNORECASE)
    for word, pattern in _RIDDLE_PATTERNS.items():
        for match in pattern.finditer(text):
            yield f"…{text[max(0, match.start() - 40) : match.end() + 40]}… (write: {RIDDLES[word]})"


def test_no_docstring_or_comment_has_a_word_that_is_avoided() -> None:
    hits = [f"{one.where}: {found}" for one in DOCUMENTED for found in riddles_in(one.text)]
    assert hits == [], "\n".join(["", *hits])


def test_docstrings_of_functions_begin_with_a_verb_in_the_imperative() -> None:
    firsts = [(one, one.text.split()[0].rstrip(".,:;")) for one in DOCUMENTED if one.kind == "function"]
    others = [f"{one.where}: {one.text.splitlines()[0]}" for one, word in firsts if word not in IMPERATIVES]
    assert others == [], "\n".join(["", *others])


def test_docstrings_of_modules_classes_and_values_are_noun_phrases() -> None:
    nouns = [one for one in DOCUMENTED if one.kind in {"module", "class", "value", "property"}]
    questions = [
        f"{one.where}: {one.text.splitlines()[0]}" for one in nouns if _QUESTION.match(one.text.lstrip("\\"))
    ]
    assert questions == [], "\n".join(["", *questions])


@pytest.mark.parametrize("fragment", DEFENDED)
def test_a_defended_fragment_occurs_and_has_a_reason(fragment: str) -> None:
    assert any(pattern.search(fragment) for pattern in _RIDDLE_PATTERNS.values())
    assert any(fragment in flat(one.text).lower() for one in DOCUMENTED), "nothing has it any more: remove it"
    assert len(DEFENDED[fragment]) > 10


_MODULE = '''"""What is asked."""

LIMIT = 1  # nobody needs more
"""Some limit."""


class A:
    """An example.

    Attributes:
        said: the text.

    """

    @property
    def one(self):
        """Its `said`."""

    def two(self):
        """Tell it.

        >>> said()
        """
'''


def test_riddles_are_found_in_docstrings_and_comments_of_a_module() -> None:
    texts = list(source_texts(_MODULE))
    assert {kind for _, kind, _ in texts} == {"module", "comment", "value", "class", "property", "function"}
    found = {line: len(list(riddles_in(text))) for line, _, text in texts}
    assert found == {1: 1, 3: 1, 4: 0, 8: 0, 17: 0, 20: 1}
