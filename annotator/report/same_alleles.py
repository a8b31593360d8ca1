"""Recognises records that describe the same allele, so that it is counted once."""

from __future__ import annotations

from collections.abc import Hashable

from annotator.variants.allele import AlleleKey, key_of, unsupported_reason

__all__ = ["identity_of"]

_BASES = frozenset("ACGT")


def identity_of(contig: str, position: int, ref: str, alt: str) -> Hashable | None:
    """Return a value that is equal for two representations of one allele; None for an ALT that is not a sequence.

    A symbolic ALT has its end in INFO, so that two of them at one position can be different alleles. Indels are not
    left-aligned, which would require the reference sequence.

    Args:
        contig: canonical name, otherwise CHROM as written.
        position: 1-based POS.
        ref: REF as written.
        alt: the ALT as written.

    """
    if ref != alt and ref in _BASES and alt in _BASES:  # most alleles
        return AlleleKey(contig, position, ref, alt)
    return None if unsupported_reason(ref, alt) else key_of(contig, position, ref, alt)
