"""Result of a source for one allele, and the release on which it is based.

A result is one of four, and every reader must handle each of them:

    Found(record, match)     the knowledge base contains the allele; `match` is the matching level
    NotFound                 the lookup succeeded, and the knowledge base does not contain the allele
    Unsupported(reason)      the allele cannot be looked up: it is symbolic, or contradicts the reference
    Failed(reason)           the lookup failed: an outage, a refused request

A failed lookup never looks like a missing allele: `Failed` and `NotFound` are different types.
"""

from __future__ import annotations

import enum
from typing import Final, Generic, TypeAlias, TypeVar

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["NOT_FOUND", "Failed", "Found", "Match", "NotFound", "Release", "Result", "Unsupported"]

R_co = TypeVar("R_co", covariant=True)


class Match(enum.StrEnum):
    """Matching level of a `Found`, best first.

    `exact` is an equal normalised allele, however it was found. At the next levels the allele could not be normalised:
    an HGVS expression or an rs number led to a record whose allele was compared as far as possible. From `protein` down
    (CIViC only), the knowledge base contains not the allele but its effect: a protein change, a codon, an exon, a
    region, a gene.
    """

    EXACT = "exact"
    HGVS_G = "hgvs_g"
    CAID = "caid"
    CLINVAR_ID = "clinvar_id"
    HGVS_C = "hgvs_c"
    RSID = "rsid"
    PROTEIN = "protein"
    CODON = "codon"
    EXON = "exon"
    REGION = "region"
    GENE = "gene"


class Found(NamedTuple, Generic[R_co]):
    """The knowledge base contains the allele."""

    record: R_co
    match: Match
    word: str = "found"


class NotFound(NamedTuple):
    """The lookup succeeded, and the knowledge base does not contain the allele."""

    word: str = "absent"


class Unsupported(NamedTuple):
    """The allele cannot be looked up; `reason` is one word or a few joined by `_`."""

    reason: str
    word: str = "unsupported"


class Failed(NamedTuple):
    """The lookup failed; the knowledge base may contain the allele."""

    reason: str
    word: str = "failed"


NOT_FOUND: Final = NotFound()

Result: TypeAlias = Found[R_co] | NotFound | Unsupported | Failed


class Release(NamedTuple):
    """The dated state of a knowledge base on which a result is based.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        source: how the knowledge base was queried, such as `clinvar-snapshot`.
        version: release as the knowledge base names it, an ISO date if it has one.
        assembly: the assembly of the coordinates.
        sha256: hexadecimal checksum of the source file or files; None for data queried over the network.
        retrieved: ISO date on which the files were downloaded, if known.

    """

    knowledge_base: str
    source: str
    version: str
    assembly: str
    sha256: str | None
    retrieved: str | None = None

    @staticmethod
    def version_of_queries(day: str) -> str:
        """Return the version of data from a service that states none: the ISO date of the queries."""
        return f"queried-{day}"
