"""What a user chooses of CIViC's answers."""

from __future__ import annotations

from typing import NamedTuple

from annotator.resolution import Match

__all__ = ["DEFAULT", "CivicChoice"]


class CivicChoice(NamedTuple):
    """How far down to match, and for which patient.

    Attributes:
        lowest: the last rung of the ladder to climb down to.
        disease: number of the patient's disease in the Disease Ontology, without `DOID:`; empty for none.
        joint: molecular profiles of several variants that are known to be satisfied, by CIViC's numbers.

    """

    lowest: Match = Match.PROTEIN
    disease: str = ""
    joint: frozenset[int] = frozenset()


DEFAULT = CivicChoice()
