"""Facts about an input that its header states and annotating needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from annotator.runtime.named_tuple import NamedTuple

if TYPE_CHECKING:
    from annotator.vcf.annotations.annotations import Annotations
    from annotator.vcf.genotypes import Carrier

__all__ = ["InputFacts"]


class InputFacts(NamedTuple):
    """Facts about an input.

    Attributes:
        contig_names: canonical contig by CHROM as written, None if the assembly does not have it.
        lengths: length in bases by canonical contig.
        annotations: annotations and identifiers that the header declares; None to read none.
        carrier: the sample whose alleles are collected; None for none.
        normals: 0-based sample columns of normals that belong to a tumour.
        has_allelic_copies: whether INFO/CN is the number of copies of each ALT (VCF 4.4), not of the sample.

    """

    contig_names: Mapping[str, str | None]
    lengths: Mapping[str, int]
    annotations: Annotations | None = None
    carrier: Carrier | None = None
    normals: frozenset[int] = frozenset()
    has_allelic_copies: bool = False
