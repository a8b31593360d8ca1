"""In words: what normalisation did to an allele, and what to do if it cannot be looked up."""

from __future__ import annotations

from annotator.diff.snapshots import shown_allele
from annotator.explain.query import SpelledAllele
from annotator.runtime.text import counted
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly, position_on_x
from annotator.variants.query import Query

__all__ = ["ADVICE", "pseudo_autosomal_advice", "shift_notes", "spelling_notes"]

_GENES = (
    "Structural variants are matched by their genes and ranges. Use --vcf FILE with the record, so that CSQ or ANN can "
    "name the genes"
)

ADVICE = {
    "spanning_deletion": "Look up the deletion in the earlier record",
    "symbolic": _GENES,
    "breakend": _GENES,
    "ambiguous_bases": "Write the allele in the bases A, C, G and T",
    "not_left_aligned": "Use --reference FASTA to left-align the insertion or deletion, so that it can be "
    "compared reliably",
    "unknown_contig": "Check the name of the contig; alternate, decoy and viral contigs have no "
    "records in ClinVar or CIViC",
    "contradicts_reference": "Check the position, and that the FASTA file is of the same assembly",
    "other_assembly": "Use a snapshot for the same assembly, or lift the allele over first",
}
"""Advice by reason."""


def pseudo_autosomal_advice(key: AlleleKey, assembly: Assembly) -> str | None:
    """Return where to look up an allele of Y instead, if it is in a pseudo-autosomal region."""
    on_x = position_on_x(assembly, key.start) if key.contig == "Y" else None
    if on_x is None:
        return None
    shown = shown_allele(key._replace(contig="X", start=on_x))
    return f"Variants in pseudo-autosomal regions are listed on chromosome X: also look up {shown}"


def spelling_notes(spelled: SpelledAllele, trimmed: AlleleKey, assembly: Assembly) -> list[str]:
    """Return notes on how an allele was trimmed to its key, as sentences without full stops."""
    notes = []
    if spelled.ref != spelled.ref.upper() or spelled.alt != spelled.alt.upper():
        notes.append("lower case was read as upper case")
    if len(spelled.ref) > len(trimmed.deleted):
        notes.append(f"bases shared by REF and ALT were trimmed: {shown_allele(trimmed)}")
    length = assembly.lengths.get(trimmed.contig)
    if length is not None and spelled.position > length:
        notes.append(f"the position is beyond the end of contig {trimmed.contig}, which has {length:,} bases")
    return notes


def shift_notes(trimmed: AlleleKey, query: Query) -> list[str]:
    """Return a note on whether an indel was left-aligned or could not be; no note for other changes."""
    if not trimmed.is_indel:
        return []
    places = trimmed.start - query.allele.start
    if places:
        shown = shown_allele(query.allele)
        return [f"left-aligned by {counted(places, 'base')}: {shown}"]
    if query.is_normalised:
        return ["the indel is already left-aligned"]
    return [
        "the indel may not be left-aligned, so it is compared with all equivalent forms of the indels in the snapshot"
    ]
