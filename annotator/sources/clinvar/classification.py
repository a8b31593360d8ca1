"""Parses a ClinVar classification: its parts, the gravest of them, and their rank.

The notation is that of CLNSIG, ONC, SCI, CLNSIGCONF and CLNSIGINCL, or of ClinVar's tables (with spaces and `; `). A
value can contain several parts:

    Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance   `/` joins classes of one scale
    Conflicting_classifications_of_pathogenicity|risk_factor  `|` joins kinds of classification
    Pathogenic,_drug_response                                 before 2021, `,` joined them
    Pathogenic(6)|Uncertain_significance(12)                  with numbers of submissions (CLNSIGCONF)

Terms: https://www.ncbi.nlm.nih.gov/clinvar/docs/clinsig/ and the terms of somatic variants (oncogenicity,
AMP/ASCO/CAP tiers). `VUS-high`, `VUS-mid` and `VUS-low` came in 2026.
"""

from __future__ import annotations

from functools import lru_cache

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number

__all__ = ["CLASSES", "HARMFUL", "Classification", "read_classification", "submissions"]

CLASSES = (
    "Pathogenic",
    "Pathogenic or likely",
    "Likely pathogenic",
    "Risk allele",
    "Uncertain significance",
    "Conflicting",
    "Likely benign",
    "Benign or likely",
    "Benign",
    "Other",
    "No classification",
)
"""Groups of germline classifications, gravest first."""

HARMFUL = 40
"""Rank from which a laboratory acts on a classification: risk alleles and all that is graver."""

_CONFLICTING, _CONFLICTING_HARMFUL = 30, 35
# Ranks are multiples of ten, so that a value whose parts disagree (`Pathogenic/Likely_pathogenic`) can rank just below
# its gravest part.
_RANKS = {
    "Benign": 10,
    "Likely_benign": 20,
    "VUS-low": 25,
    "Uncertain_significance": 30,
    "Uncertain_risk_allele": 30,
    "VUS-mid": 30,
    "VUS-high": 33,
    "Likely_risk_allele": 40,
    "Likely_pathogenic,_low_penetrance": 50,
    "Established_risk_allele": 50,
    "Pathogenic,_low_penetrance": 60,
    "Likely_pathogenic": 70,
    "Likely_oncogenic": 70,
    "Pathogenic": 90,
    "Oncogenic": 90,
}
_TIER_RANKS = {"Tier_IV": 10, "Tier_III": 30, "Tier_II": 70, "Tier_I": 90}
_SPELLINGS = {word.lower(): word for word in _RANKS}
_PATHOGENIC = frozenset({"Pathogenic", "Pathogenic,_low_penetrance"})
_LIKELY_PATHOGENIC = frozenset({"Likely_pathogenic", "Likely_pathogenic,_low_penetrance"})
_ONCOGENIC = frozenset({"Oncogenic", "Likely_oncogenic"})
_RISK = frozenset({"Established_risk_allele", "Likely_risk_allele"})
_UNCERTAIN = frozenset({"Uncertain_significance", "Uncertain_risk_allele", "VUS-high", "VUS-mid", "VUS-low"})
_BENIGN = frozenset({"Benign"})
_LIKELY_BENIGN = frozenset({"Likely_benign"})
_LOW_PENETRANCE = "low_penetrance"
_SILENT = ("not_provided", "no_classification", "no_interpretation", "no_assertion", "not_specified")
_CACHED = 1 << 12


class Classification(NamedTuple):
    """Parsed value of a classification field.

    Attributes:
        parts: its terms in the spelling of ClinVar's VCF, in the order written.
        gravest: the gravest part; empty if none is on ClinVar's scales, as for `drug_response`.
        rank: rank for comparisons, 10 (benign, tier IV) to 90 (pathogenic, oncogenic, tier I); 0 if it is on no scale.

    """

    parts: tuple[str, ...]
    gravest: str
    rank: int

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def is_harmful(self) -> bool:
        """Whether a laboratory acts on one of its parts: a risk allele, or graver; tier I or II."""
        return self.rank >= HARMFUL - 1  # one less if a milder class is joined to it

    @property
    def is_conflicting(self) -> bool:
        """Whether submissions to ClinVar disagree."""
        return any(part.lower().startswith("conflicting") for part in self.parts)

    @property
    def is_pathogenic(self) -> bool:
        """Whether it is pathogenic or likely pathogenic, including low penetrance; not for a conflict."""
        return not (_PATHOGENIC | _LIKELY_PATHOGENIC).isdisjoint(self.parts) and not self.is_conflicting

    @property
    def is_oncogenic(self) -> bool:
        """Whether it is oncogenic or likely oncogenic; not for a conflict."""
        return not _ONCOGENIC.isdisjoint(self.parts) and not self.is_conflicting

    @property
    def is_benign(self) -> bool:
        """Whether it is benign or likely benign and nothing graver."""
        return self.gravest in _BENIGN | _LIKELY_BENIGN and not self.is_conflicting

    @property
    def tier(self) -> str:
        """Gravest AMP/ASCO/CAP tier of a somatic clinical impact, `I` to `IV`; empty for none."""
        tiers = [name for name in map(_tier, self.parts) if name]
        return max(tiers, key=_TIER_RANKS.__getitem__).removeprefix("Tier_") if tiers else ""

    @property
    def is_silent(self) -> bool:
        """Whether ClinVar has a record without a classification (`not_provided`, `no_classification…`)."""
        return bool(self.parts) and all(part.lower().startswith(_SILENT) for part in self.parts)

    @property
    def group(self) -> str:
        """Its group in `CLASSES`; empty without any classification field."""
        return _group_of(self)


@lru_cache(_CACHED)
def _group_of(read: Classification) -> str:
    if not read.parts:
        return ""
    if read.is_conflicting:
        return "Conflicting"
    words = frozenset(read.parts)
    for surely, likely, groups in (
        (_PATHOGENIC, _LIKELY_PATHOGENIC, CLASSES[0:3]),
        (_RISK, _RISK, CLASSES[3:4] * 3),
        (_UNCERTAIN, _UNCERTAIN, CLASSES[4:5] * 3),
        (_LIKELY_BENIGN, _BENIGN, (CLASSES[6], CLASSES[7], CLASSES[8])),
    ):
        is_sure, is_likely = not words.isdisjoint(surely), not words.isdisjoint(likely)
        if is_sure or is_likely:
            return groups[1] if is_sure and is_likely else groups[0] if is_sure else groups[2]
    return "No classification" if read.is_silent else "Other"


@lru_cache(_CACHED)  # there are few distinct values, and reports need each many times
def read_classification(text: str | None, conflicting: str | None = None) -> Classification:
    """Parse a classification.

    Args:
        text: the value as ClinVar's VCF or tables write it; None or empty for none.
        conflicting: the classifications in a conflict (CLNSIGCONF, ONCCONF). If one of them is pathogenic or likely
            pathogenic, the conflict ranks above uncertain, not equal to it.

    >>> read_classification("Pathogenic/Likely_risk_allele").gravest
    'Pathogenic'
    >>> read_classification("Pathogenic; drug response").parts
    ('Pathogenic', 'drug_response')
    """
    parts = tuple(_parts(text or ""))
    ranks = [_rank(part, conflicting) for part in parts]
    ranked = sorted(((rank, part) for rank, part in zip(ranks, parts, strict=True) if rank), reverse=True)
    if not ranked:
        return Classification(parts, "", 0)
    rank, gravest = ranked[0]
    # Between its gravest and the next milder class: `Pathogenic/Likely_pathogenic` is less than `Pathogenic`.
    return Classification(parts, gravest, rank - (ranked[-1][0] < rank))


def submissions(conflicting: str | None) -> dict[str, int]:
    """Return the number of submissions of each class of a conflict.

    Releases before 2022 separate the classes by commas.

    >>> submissions("Pathogenic(6)|Uncertain_significance(12)")
    {'Pathogenic': 6, 'Uncertain_significance': 12}
    >>> submissions("Pathogenic(1),Uncertain_significance(1)")
    {'Pathogenic': 1, 'Uncertain_significance': 1}
    """
    found: dict[str, int] = {}
    for one in (conflicting or "").replace(";", "|").replace("),", ")|").split("|"):
        words, _, number = one.strip().partition("(")
        count = whole_number(number.rstrip(")"))
        for term in _parts(words):
            found[term] = found.get(term, 0) + (1 if count is None else count)
    return found


def _parts(text: str) -> list[str]:
    terms: list[str] = []
    for kind in text.strip().replace(";", "|").replace("&", "|").split("|"):
        words = "_".join(kind.split())
        # `Tier_IV_-_Benign/Likely_benign` is one word of another scale.
        for one in (words,) if words.lower().startswith("tier_") else words.split("/"):
            terms += _terms(one)
    return list(dict.fromkeys(terms))


def _terms(text: str) -> list[str]:
    """Split a term at its commas, except the one within low penetrance."""
    terms: list[str] = []
    for piece in text.split(","):
        word = piece.strip("_").partition("(")[0]
        if not word or word == ".":
            continue
        if word.lower() == _LOW_PENETRANCE and terms:
            terms[-1] = _spelled(f"{terms[-1]},_{_LOW_PENETRANCE}")
        else:
            terms.append(_spelled(word))
    return terms


def _spelled(word: str) -> str:
    return _SPELLINGS.get(word.lower(), word)


def _tier(part: str) -> str:
    name = part.partition("_-_")[0]
    return name if name in _TIER_RANKS else ""


def _rank(part: str, conflicting: str | None) -> int:
    if part.lower().startswith("conflicting"):
        harmful = any(_RANKS.get(one, 0) >= HARMFUL for one in submissions(conflicting))
        return _CONFLICTING_HARMFUL if harmful else _CONFLICTING
    return _RANKS.get(part) or _TIER_RANKS.get(_tier(part), 0)
