"""What to know about a match beyond its level: the words of the sub-field `MatchNote`.

A level says what is equal (`codon`, `exon`, `gene`). A note says what the reader must not overlook: the match holds in
a weaker sense than its level, or under a condition that the record does not prove.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from annotator.result import Match
from annotator.variants.query import Consequence

__all__ = ["MatchNote", "Reached", "note_of"]


class MatchNote(enum.StrEnum):
    """Notes, as users read them in INFO; a space is written as `_` there."""

    NONE = ""
    PART_OF_LARGER_CHANGE = "part of a larger change"
    """The allele replaces several residues; among them is the variant's own change."""
    MAY_SKIP_EXON = "may skip the exon"
    """The allele is near a splice site, where changes often but not always cause exon skipping."""
    NOT_SHOWN_TO_BE_A_DUPLICATION = "insertion not shown to be a duplication"
    """The allele inserts residues in the region of a duplication; nothing shows that they double what is there."""
    OTHER_TRANSCRIPT = "other transcript"
    """Only a transcript that is not the picked, MANE or canonical one of its gene has the change. It follows."""
    COPIES_UNKNOWN = "copy number unknown"
    """The record does not state how many copies there are."""
    COPIES_ESTIMATED = "copy number estimated"
    """The number of copies follows from a ratio of reads, without regard to the purity of the sample."""
    ONE_COPY_LOST = "one copy lost"
    """A copy of the gene is left."""
    PART_OF_GENE = "part of the gene"
    """Only a part of the gene is lost; it holds coding sequence."""
    EXTENT_UNKNOWN = "extent unknown"
    """Nothing shows whether all of the gene is changed."""
    BEYOND_REGION = "beyond the region"
    """A duplication has one end inside the region and one outside, so that its reading frame is not known."""
    GENES_AT_ENDS = "genes at the ends"
    """Nobody calls it a fusion: its ends lie in both genes."""
    ORDER_UNKNOWN = "partner order unknown"
    """Which gene is the 5' partner of the fusion is not known."""
    JOINT_CHANGE = "joint change"
    """Several alleles of one haplotype make the change together, none of them alone. The alleles follow."""


class Reached(NamedTuple):
    """How a variant was reached.

    Attributes:
        match: level of the match.
        note: what else to know about it: a `MatchNote`, or one with what it is about; several joined by `&`.

    """

    match: Match
    note: str = MatchNote.NONE


def note_of(consequence: Consequence) -> str:
    """Return what limits a match by a consequence, such as `other transcript:ENST00000644969`; empty for nothing."""
    notes = []
    if not consequence.names_allele:
        notes.append(f"{MatchNote.OTHER_TRANSCRIPT}:{consequence.transcript}")
    if consequence.joint:
        notes.append(f"{MatchNote.JOINT_CHANGE}:{consequence.joint}")
    return "&".join(notes)
