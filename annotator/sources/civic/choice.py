"""User options for CIViC matching."""

from __future__ import annotations

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.copy_number import AMPLIFICATION_COPIES

__all__ = ["DEFAULT", "MATCH_LEVELS", "CivicChoice", "levels_down_to", "structural_down_to"]

MATCH_LEVELS = (
    Match.EXACT,
    Match.HGVS_G,
    Match.CAID,
    Match.CLINVAR_ID,
    Match.HGVS_C,
    Match.PROTEIN,
    Match.CODON,
    Match.EXON,
    Match.REGION,
    Match.GENE,
)
"""Matching levels, best first: `matching` describes them."""


def levels_down_to(lowest: Match) -> frozenset[Match]:
    """Return the matching levels from the most exact down to a lowest one."""
    levels = frozenset(MATCH_LEVELS[: MATCH_LEVELS.index(lowest) + 1])
    # Both are one level: an exon is a region with a number.
    return levels | {Match.REGION} if lowest is Match.EXON else levels


def structural_down_to(lowest: Match) -> frozenset[str]:
    """Return the kinds of ALTs without bases (`symbolic`, `breakend`) that levels down to the lowest can match."""
    if lowest is Match.GENE:
        return frozenset({"symbolic", "breakend"})
    return frozenset({"symbolic"} if Match.REGION in levels_down_to(lowest) else ())


class CivicChoice(NamedTuple):
    """Lowest matching level, and the patient's disease.

    Attributes:
        lowest: the lowest matching level to use.
        disease: key of the patient's disease, as in `DiseaseTerm`; empty for none.
        combinations: combination profiles known to be complete, by CIViC's numbers.
        has_tiers: whether to suggest tiers for the disease.
        amplification_copies: copy number from which a gain is an amplification.

    """

    lowest: Match = Match.PROTEIN
    disease: str = ""
    combinations: frozenset[int] = frozenset()
    has_tiers: bool = True
    amplification_copies: float = AMPLIFICATION_COPIES


DEFAULT = CivicChoice()
