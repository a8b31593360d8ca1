"""Keys of a store other than the allele: HGVS expressions and rs numbers.

A normalised allele always finds its record by its key. Only an insertion or deletion that could not be left-aligned may
have another key, so that the store has expressions for these only, each as a hash of what it identifies: 64 bits of
BLAKE2b. The row found by a hash is still compared as an allele.
"""

from __future__ import annotations

from annotator.store.text_hash import text_hash
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType

__all__ = ["expression_hash", "genomic_hash"]

_CHROMOSOMAL = {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}


def expression_hash(expression: HgvsExpression, assembly: Assembly) -> int:
    """Return the hash of what an expression identifies.

    A chromosome has several names (`NC_000013.11`; VEP writes `13` or `chr13`): its canonical name is used. The version
    of any other sequence is ignored: few positions change between versions of a transcript, and a match is compared as
    an allele in any case.

    Args:
        expression: a parsed expression.
        assembly: the assembly whose chromosomes are recognised by their accessions.

    """
    accession, version = expression.accession or "", expression.version
    if expression.sequence_type in _CHROMOSOMAL:
        contig = assembly.contig(accession if version is None else f"{accession}.{version}")
        if contig is not None:
            return genomic_hash(contig, expression.change)
    return text_hash(f"{accession}:{expression.sequence_type}.{expression.change}")


def genomic_hash(contig: str, change: str) -> int:
    """Return the hash of a change of a chromosome with a canonical name."""
    return text_hash(f"{contig}:{change}")
