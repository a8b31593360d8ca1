"""Limitations of a match beyond its level: the values of the sub-field `MatchNote`.

The level states what is equal (`codon`, `exon`, `gene`). A note states what the reader must not overlook: the match
holds in a weaker sense than its level, or under a condition that the record does not prove.
"""

from __future__ import annotations

import enum

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.query import Consequence

__all__ = ["MatchNote", "Reached", "note_of"]


class MatchNote(enum.StrEnum):
    """Notes as written in INFO, where a space becomes `_`."""

    NONE = ""
    PART_OF_LARGER_CHANGE = "part of a larger change"
    """The allele replaces several residues, and the variant's own change is among them."""
    MAY_SKIP_EXON = "may skip the exon"
    """The allele is near a splice site, where changes often but not always cause exon skipping."""
    NOT_SHOWN_TO_BE_A_DUPLICATION = "insertion not shown to be a duplication"
    """The allele inserts residues in the region of a duplication; it is not shown that they are copies."""
    OTHER_TRANSCRIPT = "other transcript"
    """Only a transcript that is not the picked, MANE or canonical one of its gene has the change; the transcript
    follows.
    """
    COPIES_UNKNOWN = "copy number unknown"
    """The record does not state the copy number."""
    COPIES_ESTIMATED = "copy number estimated"
    """The copy number was computed from a ratio of reads, without correction for the purity of the sample."""
    ONE_COPY_LOST = "one copy lost"
    """One copy of the gene is left."""
    PART_OF_GENE = "part of the gene"
    """Only a part of the gene is lost, including coding sequence."""
    EXTENT_UNKNOWN = "extent unknown"
    """It is unknown whether the whole gene is changed."""
    BEYOND_REGION = "beyond the region"
    """A duplication has one end inside the region and one outside, so that its reading frame is unknown."""
    GENES_AT_ENDS = "genes at the ends"
    """No caller reports a fusion: the ends of the event are in both genes."""
    ORDER_UNKNOWN = "partner order unknown"
    """The 5' partner of the fusion is unknown."""
    JOINT_CHANGE = "joint change"
    """Several alleles of one haplotype cause the change only in combination; the alleles follow."""


class Reached(NamedTuple):
    """Matching level of a variant, and its limitation.

    Attributes:
        match: level of the match.
        note: limitation: a `MatchNote`, possibly with its subject; several are joined by `&`.

    """

    match: Match
    note: str = MatchNote.NONE


def note_of(consequence: Consequence) -> str:
    """Return the limitation of a match by a consequence, such as `other transcript:ENST00000644969`; empty for none."""
    notes = []
    if not consequence.names_allele:
        notes.append(f"{MatchNote.OTHER_TRANSCRIPT}:{consequence.transcript}")
    if consequence.joint:
        notes.append(f"{MatchNote.JOINT_CHANGE}:{consequence.joint}")
    return "&".join(notes)
