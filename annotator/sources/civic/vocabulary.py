"""CIViC's vocabulary: the words of its files, and the names that GraphQL has for them.

The names derive from the words (`Does Not Support` is DOES_NOT_SUPPORT) but for two. A test holds this against the
published schema. What CIViC adds later is kept as it comes, counted and warned about.
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
"""Words by what they tell."""

_ODD = {"SENSITIVITY/RESPONSE": "SENSITIVITYRESPONSE", "N/A": "NA", "NOT APPLICABLE": "NA"}


def _name_of(word: str) -> str:
    upper = word.upper()
    return _ODD.get(upper) or re.sub(r"[^A-Z0-9]+", "_", upper)


_WORDS = {kind: {_name_of(word): word for word in words} for kind, words in VOCABULARY.items()}


def word_of_name(kind: str, name: str | None, findings: Findings) -> str:
    """Word of the files for a name of GraphQL's; empty for None, the name itself if it is not known.

    >>> word_of_name("direction", "DOES_NOT_SUPPORT", Findings())
    'Does Not Support'
    """
    if not name:
        return ""
    word = _WORDS[kind].get(name)
    return findings.keep(kind, name) if word is None else word


# Words that V1 wrote in its first years, as its later answers and the files have them.
_FORMER = {
    "Somatic Mutation": "Somatic",
    "Germline Mutation": "Rare Germline",
    "Sensitivity": "Sensitivity/Response",
}


def word_of_text(kind: str, text: str | None, findings: Findings) -> str:
    """Word of the files for a word of V1's, whatever its age; the word itself if it is not known.

    >>> word_of_text("variant origin", "Somatic Mutation", Findings())
    'Somatic'
    """
    text = " ".join((text or "").split())
    word = _FORMER.get(text, text)
    return findings.keep(kind, word) if word and word not in VOCABULARY[kind] else word
