"""In words: what normalisation did to an allele, why it cannot be looked up, and what to do about that."""

from __future__ import annotations

from annotator.diff.snapshots import shown_allele
from annotator.explain.asked import SpelledAllele
from annotator.runtime.text import counted
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly, position_on_x
from annotator.variants.query import Query

__all__ = ["ADVICE", "pseudo_autosomal_advice", "reason_of", "shift_notes", "spelling_notes"]

_REASONS = {
    "spanning_deletion": "`*` means that a deletion in an earlier record spans this position; it is "
    "not an allele itself",
    "missing": "the record has no ALT or no REF, so it describes no change",
    "symbolic": "a symbolic ALT has no bases that could be compared",
    "breakend": "a breakend joins two positions and has no bases that could be compared",
    "ambiguous_bases": "REF or ALT has an ambiguity code or a placeholder N, which can mean several bases",
    "not_a_sequence": "REF or ALT contains letters that are not bases",
    "same_as_reference": "ALT is equal to REF, so the record describes no change",
    "unknown_contig": "the contig is not part of the assembly",
    "contradicts_reference": "REF differs from the FASTA file: the allele is on another assembly, or "
    "the position is wrong",
    "unplaced_civic_variant": "the allele may be a CIViC variant whose position on the assembly is unknown",
    "other_assembly": "the variant and the snapshot are on different assemblies, so their positions cannot be compared",
}

_GENES = (
    "Structural variants are matched by their genes. Use --vcf FILE with the record, so that "
    "CSQ or ANN can name them"
)

ADVICE = {
    "spanning_deletion": "Look up the deletion in the earlier record",
    "symbolic": _GENES,
    "breakend": _GENES,
    "ambiguous_bases": "Write the allele in the bases A, C, G and T",
    "unknown_contig": "Check the name of the contig; alternate, decoy and viral contigs have no "
    "records in ClinVar or CIViC",
    "contradicts_reference": "Check the position, and that the FASTA file is of the same assembly",
    "other_assembly": "Use a snapshot for the same assembly, or lift the allele over first",
}
"""What to do, by the reason."""


def reason_of(reason: str) -> str:
    """Return a reason as a sentence without its full stop; an unknown reason is returned as its own text."""
    return _REASONS.get(reason, reason.replace("_", " "))


def pseudo_autosomal_advice(key: AlleleKey, assembly: Assembly) -> str | None:
    """Return where to look instead, for an allele of Y that is in a pseudo-autosomal region."""
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
