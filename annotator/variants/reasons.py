"""Reasons why an allele cannot be looked up, as text for people: the same in every command and view."""

from __future__ import annotations

__all__ = ["reason_of"]

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
    "not_left_aligned": "the indel is not left-aligned and cannot be compared; use --reference",
    "unplaced_civic_variant": "the allele may be a CIViC variant whose position on the assembly is unknown",
    "unknown_length": "the record states neither END nor SVLEN, so its range of positions is unknown",
    "contradictory_length": "END and SVLEN state different lengths, so its range of positions is uncertain",
    "beyond_contig": "the range of positions ends beyond the end of the contig",
    "unknown_direction": "it is not certain whether copies are lost or gained, and ClinVar has records in this region",
    "may_be_a_duplication": "the inserted bases may repeat the adjacent bases, and ClinVar has duplications in this "
    "region; use --reference",
    "other_assembly": "the variant and the snapshot are on different assemblies, so their positions cannot be compared",
}


def reason_of(reason: str) -> str:
    """Return a reason as a sentence without full stop; an unknown reason is returned as its own text."""
    return _REASONS.get(reason, reason.replace("_", " "))
