"""What a report states of one annotated file: its counts, sources, services, and alleles without a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from annotator.annotation.summary import Summary
from annotator.variants.assembly import Assembly

__all__ = [
    "MOST_EXCLUDED",
    "WORDS",
    "ExcludedAllele",
    "JoinedField",
    "JoinedService",
    "ReportedFile",
    "RunFacts",
    "SourceCoverage",
]

WORDS = ("found", "absent", "unsupported", "failed")
"""The four answers, in the order in which they are shown."""

MOST_EXCLUDED = 1_000
"""Alleles without any result that a report lists of a file; all are counted."""


class RunFacts(NamedTuple):
    """What only the run that wrote a file knows: INFO does not tell reasons, nor what was not asked.

    Attributes:
        summary: its counts.
        evidence: how the assembly was recognised.
        warnings: what the user should know, as sentences without their full stops.

    """

    summary: Summary
    evidence: str
    warnings: tuple[str, ...]


class SourceCoverage(NamedTuple):
    """Results of one source for one file, with its release.

    Attributes:
        knowledge_base: such as `clinvar`.
        source: how it was asked, such as `clinvar-snapshot`.
        release: the release that the answers rest on.
        assembly: of the answers' coordinates.
        sha256: checksum of the files that the release came from; empty if there is none.
        retrieved: ISO date of their download; empty if that is not known.
        answers: number of alleles by word of `WORDS`; None where the file does not tell.

    """

    knowledge_base: str
    source: str
    release: str
    assembly: str
    sha256: str
    retrieved: str
    answers: Mapping[str, int | None]


class JoinedField(NamedTuple):
    """An INFO field in which a service's answers stand.

    Attributes:
        id: the INFO key.
        description: as the header has it, without its `Format:`.
        parts: names of the parts of an entry; empty for a field with one value per ALT.

    """

    id: str
    description: str
    parts: tuple[str, ...]


class JoinedService(NamedTuple):
    """A service to which the sample was sent, and whose answers were joined into the file.

    Attributes:
        name: such as `cgi`.
        source: how it was asked, such as `cgi-rest`.
        release: as it names its own release or its report.
        assembly: of the answers' coordinates.
        version: of the program that joined them.
        fields: in which the answers stand.
        found: ALTs of which it says something.

    """

    name: str
    source: str
    release: str
    assembly: str
    version: str
    fields: tuple[JoinedField, ...]
    found: int = 0


class ExcludedAllele(NamedTuple):
    """An allele without any result, because a lookup failed or was not possible.

    Attributes:
        contig, position, ref, alt: as in its record.
        status: per knowledge base `unsupported` or `failed`, as ANNSTATUS has it: `clinvar:failed&civic:failed`.
        reason: why, as a clause; empty where the file does not state it.

    """

    contig: str
    position: int
    ref: str
    alt: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportedFile:
    """One annotated file.

    Attributes:
        name: of the file, without its folder.
        samples: names, in the order of the columns.
        version: of the program that annotated it.
        command: as its header tells it.
        assembly: of its records.
        evidence: how that was recognised; empty if the file does not tell.
        records: number of data lines.
        alleles: number of ALTs.
        matched: number of ALTs that a knowledge base knows.
        coverage: per knowledge base that was asked.
        services: whose answers were joined.
        reasons: number of alleles that could not be looked up, by reason; None if the file does not state it.
        failures: number of failed lookups, by reason; None if the file does not state it.
        warnings: sentences without their full stops.
        fields: ids of the INFO fields that the run wrote.
        excluded: alleles without any result, the first `MOST_EXCLUDED` of them.
        all_excluded: number of all of them.

    """

    name: str
    samples: tuple[str, ...]
    version: str
    command: str
    assembly: Assembly
    evidence: str
    records: int
    alleles: int
    matched: int
    coverage: tuple[SourceCoverage, ...]
    services: tuple[JoinedService, ...]
    reasons: Mapping[str, int] | None
    failures: Mapping[str, int] | None
    warnings: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    excluded: tuple[ExcludedAllele, ...] = ()
    all_excluded: int = 0

    @property
    def failed(self) -> int:
        """Failed lookups, as far as is known."""
        return sum(source.answers["failed"] or 0 for source in self.coverage)
