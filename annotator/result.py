"""Results of a source for one allele, with the release that they rest on.

A resolution is one of four, and a reader must say what it does with each of them:

    Found(record, match)     the knowledge base knows the allele; `match` says how that was reached
    Absent                   it was asked, and does not know the allele
    Unsupported(reason)      it cannot be asked: the allele is symbolic, or contradicts the reference
    Failed(reason)           it could not be asked: an outage, a refused request

An outage never looks like an absence: `Failed` and `NotFound` are different types.
"""

from __future__ import annotations

import enum
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

__all__ = ["NOT_FOUND", "Failed", "Found", "Match", "NotFound", "Release", "Result", "Unsupported"]

R_co = TypeVar("R_co", covariant=True)


class Match(enum.StrEnum):
    """How a `Found` was reached, best first.

    `exact` is an equal normalised allele, whatever led to it. On the others the allele could not be normalised: an
    HGVS expression or an rs number led to a record whose allele was compared as far as that was possible. From
    `protein` down (CIViC only) it is no longer the allele that is known, but what it does: a protein change, a codon,
    an exon, a region, a gene.
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
    """The knowledge base knows the allele."""

    record: R_co
    match: Match
    word: str = "found"


class NotFound(NamedTuple):
    """The knowledge base was asked and does not know the allele."""

    word: str = "absent"


class Unsupported(NamedTuple):
    """The allele cannot be looked up; `reason` is one word or a few joined by `_`."""

    reason: str
    word: str = "unsupported"


class Failed(NamedTuple):
    """The knowledge base could not be asked."""

    reason: str
    word: str = "failed"


NOT_FOUND: Final = NotFound()

Result: TypeAlias = Found[R_co] | NotFound | Unsupported | Failed


class Release(NamedTuple):
    """The dated state of a knowledge base that an answer rests on.

    Attributes:
        knowledge_base: `clinvar` or `civic`.
        source: how it was asked, such as `clinvar-snapshot`.
        version: the release as the knowledge base names it, an ISO date where it has one.
        assembly: the assembly of the answers' coordinates.
        sha256: checksum of the file or files that it came from, in hexadecimal; None of what came over the network.
        retrieved: ISO date on which those were fetched, if that is known.

    """

    knowledge_base: str
    source: str
    version: str
    assembly: str
    sha256: str | None
    retrieved: str | None = None
