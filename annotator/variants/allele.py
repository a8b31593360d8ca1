"""Alleles and their normalisation.

Two VCF representations are the same allele if they turn the reference into the same sequence. Tan, Abecasis and Kang
(Bioinformatics 2015, 31:2202) make the representation unique: parsimonious (no base that both alleles share at an end)
and left-aligned. We trim the common suffix, then the common prefix, completely, so that a pure insertion or deletion
has one empty side and no anchor base; left-alignment then rotates it to the left through the reference. That form, the
key, corresponds one to one to theirs (their anchor base is the reference base before it). It can be trimmed without a
reference, and CIViC writes its indels in the same way.

    VCF                       key: start, deleted, inserted
    7:140753336 A>T           140753336  A    T
    7:10 CAT>C                11         AT   ''
    7:10 C>CAT                11         ''   AT        between bases 10 and 11
    7:10 CAT>CAG              12         T    G         a padded SNV
    7:10 TAAA>TAA             11         A    ''        leftmost according to the record
    7:10 AT>GC                10         AT   GC        a MNV is itself, never its parts
"""

from __future__ import annotations

from typing import Protocol

from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "SUBSTITUTIONS",
    "AlleleKey",
    "BaseSource",
    "agrees_with_reference",
    "is_same_shifted",
    "key_of",
    "left_align",
    "may_be_same",
    "unsupported_reason",
    "vcf_spelling",
]

_BASES = frozenset("ACGT")
# Bases that each IUPAC code can represent; upper case.
_STANDS_FOR = {
    **{base: frozenset(base) for base in "ACGT"},
    **{
        code: frozenset(bases)
        for code, bases in {
            "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
            "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
        }.items()
    },
}  # fmt: skip

SUBSTITUTIONS = ("", *(f"{ref}>{alt}" for ref in "ACGT" for alt in "ACGT" if ref != alt))
"""Deleted and inserted base of each substitution; a substitution is numbered by its index here, from 1."""


class AlleleKey(NamedTuple):
    """A normalised allele: the key by which sources look up alleles.

    Attributes:
        contig: canonical contig name (no `chr`, `MT`).
        start: 1-based position of the first replaced base; for a pure insertion, of the base after it.
        deleted: reference bases replaced, upper case; empty for a pure insertion.
        inserted: bases put in their place, upper case; empty for a pure deletion.

    """

    contig: str
    start: int
    deleted: str
    inserted: str

    @property
    def is_indel(self) -> bool:
        """Whether it is a pure insertion or deletion, the only kinds that can be shifted."""
        return not self.deleted or not self.inserted


class BaseSource(Protocol):
    """Access to reference bases."""

    def bases(self, contig: str, start: int, stop: int) -> str:
        """Return upper-case bases from `start` to `stop`, 1-based and inclusive, cut at the contig's ends."""
        ...


def unsupported_reason(ref: str, alt: str) -> str | None:
    """Return why an ALT cannot be looked up, or None if REF and ALT are plain sequences.

    An ambiguity code or a placeholder N in REF or ALT represents several alleles: it is unknown which of them the
    record means, and the base before an indel does not show whether it is left-aligned.

    >>> unsupported_reason("A", "<DEL>")
    'symbolic'
    """
    if alt in _BASES and ref in _BASES and alt != ref:  # the fast path: nearly every allele
        return None
    if alt == "*":
        return "spanning_deletion"
    if alt in {".", ""} or not ref:
        return "missing"
    if alt.startswith("<"):
        return "symbolic"
    if "[" in alt or "]" in alt or alt.startswith(".") or alt.endswith("."):
        return "breakend"
    ref, alt = ref.upper(), alt.upper()
    letters = {*ref, *alt}
    if not letters <= _STANDS_FOR.keys():
        return "not_a_sequence"
    if not letters <= _BASES:
        return "ambiguous_bases"
    return "same_as_reference" if ref == alt else None


def agrees_with_reference(ref: str, expected: str) -> bool:
    """Return whether REF is compatible with the reference sequence; an ambiguity code is compatible with its bases.

    Case does not matter. From VCF 4.3 on, REF has a base where the reference has an ambiguity code.

    >>> agrees_with_reference("CAN", "CRT")
    True
    """
    if ref == expected:
        return True
    if len(ref) != len(expected):
        return False
    nothing: frozenset[str] = frozenset()
    return all(
        one == other or _STANDS_FOR.get(one, nothing) & _STANDS_FOR.get(other, nothing)
        for one, other in zip(ref.upper(), expected.upper(), strict=True)
    )


def key_of(contig: str, position: int, ref: str, alt: str) -> AlleleKey:
    """Trim a VCF allele to its key: the common suffix first, then the common prefix.

    Args:
        contig: canonical contig name.
        position: 1-based POS of `ref`.
        ref: REF, any case.
        alt: one ALT, any case; must differ from `ref`.

    >>> key_of("7", 10, "CAT", "CAG")
    AlleleKey(contig='7', start=12, deleted='T', inserted='G')

    """
    ref, alt = ref.upper(), alt.upper()
    if len(ref) == 1 and len(alt) == 1:
        return AlleleKey(contig, position, ref, alt)
    shorter = min(len(ref), len(alt))
    suffix = 0
    while suffix < shorter and ref[-1 - suffix] == alt[-1 - suffix]:
        suffix += 1
    prefix = 0
    while prefix < shorter - suffix and ref[prefix] == alt[prefix]:
        prefix += 1
    return AlleleKey(
        contig, position + prefix, ref[prefix : len(ref) - suffix], alt[prefix : len(alt) - suffix]
    )


_WINDOW = 100  # bases fetched at a time while an indel is shifted; most stop within a few


def left_align(key: AlleleKey, reference: BaseSource) -> AlleleKey:
    """Shift a pure insertion or deletion as far left as the reference allows.

    Each step rotates the sequence: if the base before it equals its last base, that base moves to its front.
    """
    sequence = key.deleted or key.inserted
    if not key.is_indel or not sequence:
        return key
    start, before = key.start, ""
    shift = 0
    while start - shift > 1:
        if shift == len(before):
            stop = start - 1 - shift
            before = reference.bases(key.contig, max(1, stop - _WINDOW + 1), stop) + before
            if shift >= len(before):
                break
        # After `shift` rotations, the last base is the one at index `-1 - shift` of the sequence, counted cyclically.
        if before[-1 - shift] != _rotated_last(sequence, before, shift):
            break
        shift += 1
    if shift == 0:
        return key
    moved = (before[len(before) - shift :] + sequence)[: len(sequence)]
    if key.deleted:
        return AlleleKey(key.contig, start - shift, moved, "")
    return AlleleKey(key.contig, start - shift, "", moved)


def _rotated_last(sequence: str, before: str, shift: int) -> str:
    """Return the last base of the sequence after `shift` rotations to the left."""
    if shift < len(sequence):
        return sequence[-1 - shift]
    return before[-1 - shift + len(sequence)]


def may_be_same(one: AlleleKey, other: AlleleKey) -> bool:
    """Return whether two keys, possibly not left-aligned, can be one allele: equal, or shifted through a repeat.

    Each shift of an insertion or deletion by one base to the right moves its first base to its end. Whether the
    reference between the two positions repeats it is not checked.

    >>> may_be_same(AlleleKey("7", 10, "AC", ""), AlleleKey("7", 13, "CA", ""))
    True
    """
    if one == other:
        return True
    left, right = sorted((one, other), key=lambda key: key.start)
    kinds = {
        (bool(key.deleted), bool(key.inserted), len(key.deleted or key.inserted)) for key in (one, other)
    }
    if one.contig != other.contig or not one.is_indel or len(kinds) != 1:
        return False
    sequence = left.deleted or left.inserted
    places = (right.start - left.start) % len(sequence)
    return (right.deleted or right.inserted) == sequence[places:] + sequence[:places]


def is_same_shifted(one: AlleleKey, other: AlleleKey, position: int, ref: str) -> bool:
    """Return whether two keys are certainly one allele, using only reference bases that are known without a FASTA.

    These are the bases that the keys delete, and REF. The deleted bases suffice for a deletion that is shifted by no
    more than its own length; an insertion needs a REF that covers the distance.

    Args:
        one: a key.
        other: another key.
        position: 1-based position of the first base of `ref`.
        ref: reference bases, upper case.

    """
    if one == other:
        return True
    if not may_be_same(one, other):
        return False
    left, right = sorted((one, other), key=lambda key: key.start)
    sequence = left.deleted or left.inserted
    known = {
        start + place: base
        for start, bases in ((position, ref), (left.start, left.deleted), (right.start, right.deleted))
        for place, base in enumerate(bases)
    }
    return all(
        known.get(place) == sequence[(place - left.start) % len(sequence)]
        for place in range(left.start, right.start + len(right.deleted))
    )


def vcf_spelling(key: AlleleKey, reference: BaseSource) -> tuple[int, str, str]:
    """Return POS, REF and ALT of a key as VCF writes it: indels include the base before them.

    An indel at the very start of a contig includes the base after it (VCF 4.3, section 1.6.1, REF).
    """
    if not key.is_indel:
        return key.start, key.deleted, key.inserted
    if key.start > 1:
        anchor = reference.bases(key.contig, key.start - 1, key.start - 1)
        return key.start - 1, anchor + key.deleted, anchor + key.inserted
    after = key.start + len(key.deleted)
    anchor = reference.bases(key.contig, after, after)
    return key.start, key.deleted + anchor, key.inserted + anchor
