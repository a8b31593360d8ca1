"""In words: what normalisation did to an allele, why it cannot be asked about, and what to do about that."""

from __future__ import annotations

from annotator.diff.snapshots import shown_allele
from annotator.explain.asked import SpelledAllele
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly, position_on_x
from annotator.variants.query import Query

__all__ = ["ADVICE", "pseudo_autosomal_advice", "reason_of", "shift_notes", "spelling_notes"]

_REASONS = {
    "spanning_deletion": "`*` says that a deletion of an earlier record takes these bases away: it is no allele itself",
    "missing": "there is no ALT, or no REF: nothing is changed",
    "symbolic": "a symbolic ALT has no bases that could be compared",
    "breakend": "a breakend joins two places: it has no bases that could be compared",
    "ambiguous_bases": "REF or ALT has an ambiguity code or a placeholder N, which stands for several bases",
    "not_a_sequence": "REF or ALT holds letters that are no bases",
    "same_as_reference": "ALT is REF: nothing is changed",
    "unknown_contig": "the assembly has no such contig",
    "contradicts_reference": "REF is not what the FASTA has there: it is of another assembly, or the position is wrong",
    "unplaced_civic_variant": "it may be a variant of CIViC that could not be placed on the assembly",
    "other_assembly": "it is of another assembly than the snapshot: the same position means another base there",
}

_GENES = "Structural variants are known by their genes: give --vcf FILE with the record, whose CSQ or ANN name them"

ADVICE = {
    "spanning_deletion": "Ask about the deletion that the record before it holds",
    "symbolic": _GENES,
    "breakend": _GENES,
    "ambiguous_bases": "Write the allele in the bases A, C, G and T",
    "unknown_contig": "Check the name of the contig; alternate, decoy and viral contigs have no records",
    "contradicts_reference": "Check the position, and that the FASTA is of the same assembly as the query",
    "other_assembly": "Ask a snapshot of the same assembly, or lift the allele over first",
}
"""What to do, by the reason."""


def reason_of(reason: str) -> str:
    """Give a reason as a sentence without its full stop; the word itself if it is a new one."""
    return _REASONS.get(reason, reason.replace("_", " "))


def pseudo_autosomal_advice(key: AlleleKey, assembly: Assembly) -> str | None:
    """Return where to look instead, for an allele of Y that is in a pseudo-autosomal region."""
    on_x = position_on_x(assembly, key.start) if key.contig == "Y" else None
    if on_x is None:
        return None
    shown = shown_allele(key._replace(contig="X", start=on_x))
    return f"This is in a pseudo-autosomal region, whose variants are listed on chromosome X: look up {shown}, too"


def spelling_notes(spelled: SpelledAllele, trimmed: AlleleKey, assembly: Assembly) -> list[str]:
    """Say how a spelling became its trimmed key, sentences without their full stops."""
    notes = []
    if spelled.ref != spelled.ref.upper() or spelled.alt != spelled.alt.upper():
        notes.append("lower case does not count")
    if len(spelled.ref) > len(trimmed.deleted):
        notes.append(f"bases that REF and ALT share at their ends were cut off: {shown_allele(trimmed)}")
    length = assembly.lengths.get(trimmed.contig)
    if length is not None and spelled.position > length:
        notes.append(
            f"the position lies beyond the end of contig {trimmed.contig}, which has {length:,} bases"
        )
    return notes


def shift_notes(trimmed: AlleleKey, query: Query) -> list[str]:
    """Say whether an insertion or deletion was moved, or cannot be; nothing of another change."""
    if not trimmed.is_indel:
        return []
    places = trimmed.start - query.allele.start
    if places:
        shown = shown_allele(query.allele)
        return [f"moved {places} bases to the left, as far as the reference repeats it: {shown}"]
    if query.is_normalised:
        return ["it stands as far left as it can"]
    return [
        "it may be spelled further left as well, so it is compared with every spelling of the known indels"
    ]
