"""The missense changes of one allele, on the transcripts that name it."""

from __future__ import annotations

from annotator.result import Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.protein_change import parse_protein_change
from annotator.variants.query import Consequence, Notes

__all__ = ["JOINT", "NO_CHANGE", "NO_PICK", "PickedChange", "picked_changes"]

NO_CHANGE = "no_protein_change"
"""The allele is missense, but its annotation does not contain the protein change."""
NO_PICK = "no_picked_transcript"
"""The transcripts of a gene have different protein changes, and none of them is marked as picked."""
JOINT = "joint_protein_change"
"""The annotated protein change is made by several alleles together."""

_MISSENSE = "missense_variant"
_NOT_MISSENSE = frozenset({"start_lost", "initiator_codon_variant", "stop_gained", "stop_lost"})


class PickedChange(NamedTuple):
    """The change of one residue of one gene's protein.

    Attributes:
        old: one-letter code of the residue.
        residue: its number, from 1.
        new: one-letter code of what replaces it.
        transcripts: accessions without versions, that of the annotation first; none if it names no transcript.
        consequences: the annotated consequences on these transcripts.

    """

    old: str
    residue: int
    new: str
    transcripts: tuple[str, ...]
    consequences: tuple[Consequence, ...]

    @property
    def is_near_splice(self) -> bool:
        """Whether the annotation places the allele at a splice site or near one."""
        return any("splice" in term for one in self.consequences for term in one.terms)


def picked_changes(notes: Notes) -> list[PickedChange] | Unsupported:
    """Return the missense changes of an allele, one per gene; none for an allele that is not missense.

    A change of several residues, and one of the initiator codon, is no missense change of one residue. If the change
    of the allele cannot be determined, the result is the reason.
    """
    if notes.joint and not any(one.names_allele for one in notes.consequences):
        return Unsupported(JOINT)  # the record of another allele has the change
    by_gene: dict[str, list[Consequence]] = {}
    for one in notes.consequences:
        if one.names_allele and _MISSENSE in one.terms and one.terms.isdisjoint(_NOT_MISSENSE):
            by_gene.setdefault(one.gene or one.gene_id, []).append(one)
    found: list[PickedChange] = []
    for consequences in by_gene.values():
        change = _change_of(consequences)
        if isinstance(change, Unsupported):
            return change
        if change is not None:
            found.append(change)
    return found


def _change_of(consequences: list[Consequence]) -> PickedChange | Unsupported | None:
    if any(one.joint for one in consequences):
        return Unsupported(JOINT)
    parsed = [parse_protein_change(one.protein) if one.protein else None for one in consequences]
    changes = [change for change in parsed if change is not None]
    if len(changes) < len(parsed):
        return Unsupported(NO_CHANGE)
    change = changes[0]
    if len({one.key for one in changes}) > 1:
        return Unsupported(NO_PICK)
    old = change.letters.get(change.start, "")
    if not change.is_substitution or change.start == 1 or not old:
        return None
    names = (name for one in consequences for name in (_transcript_of(one), *one.partners) if name)
    return PickedChange(old, change.start, change.new, tuple(dict.fromkeys(names)), tuple(consequences))


def _transcript_of(one: Consequence) -> str:
    """Return the transcript of a consequence; without a field for it, that of its HGVS expression."""
    accession, colon, _ = one.coding.partition(":")
    return one.transcript or (accession.partition(".")[0] if colon else "")
