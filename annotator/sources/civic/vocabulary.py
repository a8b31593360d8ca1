"""CIViC's vocabulary: the words of its files, and their names in GraphQL.

The names derive from the words (`Does Not Support` is DOES_NOT_SUPPORT) except for two. A test compares this with the
published schema. Words that CIViC adds later are kept unchanged, counted and reported in a warning.
"""

from __future__ import annotations

import re

from annotator.sources.civic.sweeping import Findings

__all__ = ["VOCABULARY", "word_of_name", "word_of_text"]

_TYPES = ("Diagnostic", "Functional", "Oncogenic", "Predictive", "Predisposing", "Prognostic")
_SIGNIFICANCES = (
    "Adverse Response", "Benign", "Better Outcome", "Dominant Negative", "Gain of Function", "Likely Benign",
    "Likely Oncogenic", "Likely Pathogenic", "Loss of Function", "N/A", "Negative", "Neomorphic", "Oncogenic",
    "Oncogenicity", "Pathogenic", "Poor Outcome", "Positive", "Predisposition", "Protectiveness",
    "Reduced Sensitivity", "Resistance", "Sensitivity/Response", "Unaltered Function", "Uncertain Significance",
    "Unknown",
)  # fmt: skip

VOCABULARY: dict[str, tuple[str, ...]] = {
    "type": _TYPES,
    "level": ("A", "B", "C", "D", "E"),
    "direction": ("Does Not Support", "N/A", "Supports"),
    "significance": _SIGNIFICANCES,
    "variant origin": (
        "Combined", "Common Germline", "Mixed", "N/A", "Rare Germline", "Somatic", "Unknown",
    ),
    "status": ("accepted", "rejected", "submitted"),
    "therapy interaction": ("Combination", "Sequential", "Substitutes"),
    "AMP category": (
        "Not Applicable", "Tier I - Level A", "Tier I - Level B", "Tier II - Level C", "Tier II - Level D",
        "Tier III", "Tier IV",
    ),
    "source type": ("ASCO", "ASH", "PubMed"),
    "reference build": ("GRCh37", "GRCh38", "NCBI36"),
    "fusion partner": ("known", "multiple", "unknown"),
    "offset direction": ("negative", "positive"),
}  # fmt: skip
"""Words by their kind."""

_ODD = {"SENSITIVITY/RESPONSE": "SENSITIVITYRESPONSE", "N/A": "NA", "NOT APPLICABLE": "NA"}


def _name_of(word: str) -> str:
    upper = word.upper()
    return _ODD.get(upper) or re.sub(r"[^A-Z0-9]+", "_", upper)


_WORDS = {kind: {_name_of(word): word for word in words} for kind, words in VOCABULARY.items()}


def word_of_name(kind: str, name: str | None, findings: Findings) -> str:
    """Return the files' word for a name in GraphQL; empty for None, the name itself if unknown.

    >>> word_of_name("direction", "DOES_NOT_SUPPORT", Findings())
    'Does Not Support'
    """
    if not name:
        return ""
    word = _WORDS[kind].get(name)
    return findings.keep(kind, name) if word is None else word


# Words that V1 used in its first years, as in its later responses and the files.
_FORMER = {
    "Somatic Mutation": "Somatic",
    "Germline Mutation": "Rare Germline",
    "Sensitivity": "Sensitivity/Response",
}


def word_of_text(kind: str, text: str | None, findings: Findings) -> str:
    """Return the files' word for a word of V1, whatever its age; the word itself if unknown.

    >>> word_of_text("variant origin", "Somatic Mutation", Findings())
    'Somatic'
    """
    text = " ".join((text or "").split())
    word = _FORMER.get(text, text)
    return findings.keep(kind, word) if word and word not in VOCABULARY[kind] else word
