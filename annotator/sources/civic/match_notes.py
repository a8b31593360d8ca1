"""What to know about a match beyond its level: the words of the sub-field `MatchNote`.

A level says what is equal (`codon`, `exon`, `gene`). A note says what the reader must not overlook: the match holds in
a weaker sense than its level, or under a condition that the record does not prove.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from annotator.result import Match

__all__ = ["MatchNote", "Reached"]


class MatchNote(enum.StrEnum):
    """Notes, as users read them in INFO; a space is written as `_` there."""

    NONE = ""
    PART_OF_LARGER_CHANGE = "part of a larger change"
    """The allele replaces several residues; among them is the variant's own change."""
    MAY_SKIP_EXON = "may skip the exon"
    """The allele is near a splice site, where changes often but not always cause exon skipping."""
    NOT_SHOWN_TO_BE_A_DUPLICATION = "insertion not shown to be a duplication"
    """The allele inserts residues in the region of a duplication; nothing shows that they double what is there."""


class Reached(NamedTuple):
    """How a variant was reached.

    Attributes:
        match: level of the match.
        note: what else to know about it.

    """

    match: Match
    note: MatchNote = MatchNote.NONE
