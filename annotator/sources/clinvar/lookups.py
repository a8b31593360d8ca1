"""Look-ups of a store by something other than the allele: HGVS expressions and rs numbers.

An allele's key finds its record whenever the key is normalised. Only an insertion or deletion that could not be
left-aligned may stand under another key, so only these have their expressions in the store, each as a hash of what
it identifies: 64 bits of BLAKE2b. What a hash finds is still compared as an allele.
"""

from __future__ import annotations

from hashlib import blake2b

from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType

__all__ = ["expression_hash", "genomic_hash"]

_CHROMOSOMAL = {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}


def expression_hash(expression: HgvsExpression, assembly: Assembly) -> int:
    """Hash of what an expression identifies.

    A chromosome is named in several ways (`NC_000013.11`, and VEP writes `13` or `chr13`): its canonical name counts.
    The version of any other sequence is ignored: between versions of a transcript few positions change, and a
    match is compared as an allele all the same.

    Args:
        expression: a parsed expression.
        assembly: the one whose chromosomes the accessions are compared with.

    """
    accession, version = expression.accession or "", expression.version
    if expression.sequence_type in _CHROMOSOMAL:
        contig = assembly.contig(accession if version is None else f"{accession}.{version}")
        if contig is not None:
            return genomic_hash(contig, expression.change)
    return _hash(f"{accession}:{expression.sequence_type}.{expression.change}")


def genomic_hash(contig: str, change: str) -> int:
    """Hash of a change of a chromosome, named canonically."""
    return _hash(f"{contig}:{change}")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")
