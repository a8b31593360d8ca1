"""The summary model: what annotated files say, once. Every view is made from it, so that no two can disagree.

    annotated VCF or BCF  →  reading  →  Report  →  page (HTML), tsv, json_, multiqc

Values are those of INFO with the percent-encoding undone and nothing else: `_` stays, because it may have been one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from annotator.annotation.summary import Summary
from annotator.variants.assembly import Assembly

__all__ = [
    "WORDS",
    "Carriage",
    "Disease",
    "Evidence",
    "JoinedField",
    "JoinedService",
    "ReportModel",
    "ReportedAllele",
    "ReportedFile",
    "RunFacts",
    "SampleColumn",
    "SourceCoverage",
]

WORDS = ("found", "absent", "unsupported", "failed")
"""The four answers, in the order in which they are shown."""


_CARRIED = frozenset({"carried", "unknown"})


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


class Disease(NamedTuple):
    """The disease of interest.

    Attributes:
        text: words of its name, or its number in the Disease Ontology; empty for all.
        is_related: whether the files were annotated for it, so that `DiseaseMatch` of an entry tells how its disease
            stands to it.

    """

    text: str = ""
    is_related: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)


class SourceCoverage(NamedTuple):
    """What a source answered for one file, and what that rests on.

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


class Carriage(NamedTuple):
    """What the genotype of one sample says of one allele.

    Attributes:
        state: `carried`, `not_carried`, `no_call`, or `unknown` where there is no genotype.
        genotype: GT as written; empty where there is none.

    """

    state: str
    genotype: str


class SampleColumn(NamedTuple):
    """One sample of one file; of a file without samples, the file itself.

    Attributes:
        file: index of the file.
        name: of the sample, unique in the report: with its file's name in front where two files share it.
        has_genotypes: whether the file has sample columns.

    """

    file: int
    name: str
    has_genotypes: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry of the pipe field CIVIC.

    Attributes:
        values: text by name of the part, as the header's `Format:` names them; `Therapies` joined by `&`.
        therapies: the therapies one by one.

    """

    values: Mapping[str, str]
    therapies: tuple[str, ...]

    def __getitem__(self, part: str) -> str:
        return self.values.get(part, "")

    @property
    def is_retracted(self) -> bool:
        """Whether the publication that it rests on was retracted."""
        return self["Source"].endswith(":retracted")

    @property
    def level(self) -> str:
        """Evidence level A to E; of an assertion the level of its AMP category; empty where there is none."""
        level = self["Level"]
        if level or self["EntityType"] != "assertion":
            return level
        category = self["AMPCategory"]
        return category[-1] if category[:-1].endswith("Level_") else ""


@dataclass(frozen=True, slots=True)
class ReportedAllele:
    """An allele that a knowledge base knows, or of which a service says something.

    Attributes:
        contig: CHROM as the first file that has it writes it.
        canonical: `7` for `chr7`; empty for a contig that the assembly does not have.
        position: 1-based POS.
        id: ID, `.` where there is none.
        ref: REF as written.
        alt: the ALT as written.
        filter: FILTER, `.` where it was not applied; of several files, their distinct ones joined by `,`.
        genes: symbols, ClinVar's first, then CIViC's.
        change: what the allele does, in the shortest name at hand: a protein change, else CIViC's name of it.
        values: text by id of the INFO fields with one value per ALT; fields without a value are left out.
        evidence: entries of CIVIC, in the file's order.
        joined: entries of services by id of their INFO field, in the file's order; parts without a value are left out.
        is_known: whether a knowledge base knows it.
        samples: what each sample column says, by its index in the report; a file without the record says nothing.

    """

    contig: str
    canonical: str
    position: int
    id: str
    ref: str
    alt: str
    filter: str
    genes: tuple[str, ...]
    change: str
    values: Mapping[str, str]
    evidence: tuple[Evidence, ...]
    joined: Mapping[str, tuple[Mapping[str, str], ...]]
    is_known: bool
    samples: Mapping[int, Carriage]

    @property
    def is_carried(self) -> bool:
        """Whether a sample carries it, or no genotype says that none does."""
        return not _CARRIED.isdisjoint([one.state for one in self.samples.values()])

    @property
    def passes(self) -> bool:
        """Whether no filter speaks against it, in every file that has it."""
        return set(self.filter.split(",")) <= {"PASS", "."}


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
        reasons: number of alleles that could not be asked about, by reason; None if the file does not tell.
        failures: number of answers that could not be had, by reason; None if the file does not tell.
        warnings: sentences without their full stops.

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

    @property
    def failed(self) -> int:
        """Answers that could not be had, as far as is known."""
        return sum(source.answers["failed"] or 0 for source in self.coverage)


@dataclass(frozen=True)
class ReportModel:
    """What one or several annotated files say.

    Attributes:
        files: in the order given.
        columns: samples of all files.
        alleles: that a knowledge base knows or a service answered on, in the order of one file, or of the genome if
            there are several.
        disease: the one of interest.
        warnings: what speaks against taking the files together, as sentences without their full stops.

    """

    files: tuple[ReportedFile, ...]
    columns: tuple[SampleColumn, ...]
    alleles: tuple[ReportedAllele, ...]
    disease: Disease = Disease()  # noqa: RUF009  # a tuple does not change
    warnings: tuple[str, ...] = ()

    @cached_property
    def joined_fields(self) -> dict[str, JoinedField]:
        """Fields of the services of all files, by their ids; of one that two files declare differently, all parts."""
        fields: dict[str, JoinedField] = {}
        for field in (field for file in self.files for one in file.services for field in one.fields):
            before = fields.setdefault(field.id, field)
            fields[field.id] = before._replace(parts=tuple(dict.fromkeys((*before.parts, *field.parts))))
        return fields

    @cached_property
    def known(self) -> int:
        """Number of alleles that a knowledge base knows."""
        return sum(allele.is_known for allele in self.alleles)

    @cached_property
    def assembly(self) -> Assembly:
        """Assembly of all files."""
        return self.files[0].assembly

    def entries(self) -> Iterator[tuple[ReportedAllele, Evidence]]:
        """Give all entries of CIVIC with their alleles."""
        for allele in self.alleles:
            for entry in allele.evidence:
                yield allele, entry
