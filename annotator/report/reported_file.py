"""The content of a report for one annotated file: its counts, sources, services, and alleles without a result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from annotator.annotation.summary import Summary
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.variants.assembly import Assembly

__all__ = [
    "MOST_EXCLUDED",
    "WORDS",
    "CustomField",
    "ExcludedAllele",
    "JoinedField",
    "JoinedService",
    "ReportedFile",
    "RunFacts",
    "SourceCoverage",
]

WORDS = ("found", "absent", "unsupported", "failed")
"""The four results, in the order of the output."""

MOST_EXCLUDED = 1_000
"""Maximum number of alleles without a result that a report lists for a file; all are counted."""


class CustomField(NamedTuple):
    """An INFO field of a VCF or BED file of the user's.

    Attributes:
        base: name of the file in the snapshot, as the user chose it.
        key: INFO key in that file; for a BED file its name.
        type: VCF type.
        description: as in the header.

    """

    base: str
    key: str
    type: str
    description: str

    @property
    def is_frequency(self) -> bool:
        """Whether it is an allele frequency: `AF`, a key that ends with AF (but not VAF) or begins with `AF_`."""
        key = self.key.upper()
        return (
            self.type == "Float" and (key.startswith("AF_") or key.endswith("AF")) and not key.endswith("VAF")
        )

    def number(self, text: str) -> int | float | None:
        """Return a value as a number; None for a field of another type, and for a value that is not a finite number."""
        if self.type == "Integer":
            digits = text.removeprefix("-").removeprefix("+")
            found = whole_number(digits)
            return None if found is None else -found if text.startswith("-") else found
        if self.type != "Float":
            return None
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None


class RunFacts(NamedTuple):
    """Facts that only the run that wrote a file knows: INFO states neither reasons nor lookups that were not made.

    Attributes:
        summary: counts of the run.
        evidence: how the assembly was recognised.
        warnings: warnings for the user, as sentences without full stops.
        statements: statements of CIViC's evidence by id that an online run downloaded; empty for other runs.

    """

    summary: Summary
    evidence: str
    warnings: tuple[str, ...]
    statements: Mapping[str, str] = {}


class SourceCoverage(NamedTuple):
    """Results of one source for one file, with its release.

    Attributes:
        knowledge_base: such as `clinvar`.
        source: how it was queried, such as `clinvar-snapshot`.
        release: release on which the results are based.
        assembly: assembly of the coordinates.
        sha256: checksum of the release's files; empty if there is none.
        retrieved: ISO date of their download; empty if unknown.
        answers: number of alleles by word of `WORDS`; None if the file does not state it.

    """

    knowledge_base: str
    source: str
    release: str
    assembly: str
    sha256: str
    retrieved: str
    answers: Mapping[str, int | None]


class JoinedField(NamedTuple):
    """An INFO field with a service's results.

    Attributes:
        id: the INFO key.
        description: description in the header, without its `Format:`.
        parts: names of the parts of an entry; empty for a field with one value per ALT.

    """

    id: str
    description: str
    parts: tuple[str, ...]


class JoinedService(NamedTuple):
    """A service to which the sample was submitted, and whose results were joined into the file.

    Attributes:
        name: such as `cgi`.
        source: how it was queried, such as `cgi-rest`.
        release: the service's name of its release or its report.
        assembly: assembly of the coordinates.
        version: version of the program that joined them.
        fields: fields with the results.
        found: number of ALTs with a result.

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
        status: `unsupported` or `failed` per knowledge base, as in ANNSTATUS: `clinvar:failed&civic:failed`.
        reason: reason, as a clause; empty if the file does not state it.

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
        name: name of the file, without its folder.
        samples: names, in the order of the columns.
        version: version of the program that annotated it.
        command: options in its header.
        assembly: assembly of its records.
        evidence: how the assembly was recognised; empty if the file does not state it.
        records: number of data lines.
        alleles: number of ALTs.
        matched: number of ALTs that a knowledge base contains.
        coverage: results per knowledge base that was used.
        services: services whose results were joined.
        reasons: number of alleles that could not be looked up, by reason; None if the file does not state it.
        failures: number of failed lookups, by reason; None if the file does not state it.
        warnings: sentences without full stops.
        fields: ids of the INFO fields that the run wrote.
        excluded: alleles without any result, the first `MOST_EXCLUDED` of them.
        all_excluded: number of all alleles without a result.
        custom_fields: fields of the user's own VCF and BED files, by id.

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
    custom_fields: Mapping[str, CustomField] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Number of failed lookups, as far as known."""
        return sum(source.answers["failed"] or 0 for source in self.coverage)
