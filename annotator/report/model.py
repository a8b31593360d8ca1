"""The report model: the combined content of annotated files. Every view is made from it, so that views cannot disagree.

    annotated VCF or BCF  →  reading  →  Report  →  page (HTML), tsv, json_, multiqc

Values are those of INFO with decoded percent-encoding and otherwise unchanged: `_` is kept, because it may be an
original underscore.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from annotator.report.reported_file import CustomField, JoinedField, ReportedFile
from annotator.report.same_alleles import identity_of
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.disease_table import DiseaseTerm
from annotator.sources.civic.diseases import DiseaseRelations
from annotator.sources.civic.tier_items import CallOrigin
from annotator.variants.assembly import Assembly
from annotator.vcf.allele_counts import AlleleCount
from annotator.vcf.structural import junction_ends

__all__ = [
    "Carriage",
    "Disease",
    "Evidence",
    "Patient",
    "ReportModel",
    "ReportedAllele",
    "SampleColumn",
]


_CARRIED = frozenset({"carried", "unknown"})


@dataclass(frozen=True)
class Disease:
    """The patient's disease.

    Attributes:
        text: text that identifies it, such as `DOID:8923`; empty for none.
        name: its name.
        relations: relations of other diseases to it; None for none.

    """

    text: str = ""
    name: str = ""
    relations: DiseaseRelations | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, term: DiseaseTerm) -> Disease:
        """Return the disease of a term of the packaged table."""
        return cls(term.text, term.name, DiseaseRelations(term.key))

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def shown(self) -> str:
        """Text for people."""
        return f"{self.name} ({self.text})" if self.name and self.name != self.text else self.text

    def relation(self, entry: Evidence) -> str:
        """Return the relation of an entry's disease to it: `same`, `broader`, `narrower` or `other`; empty for none."""
        if self.relations is None:
            return ""
        return self.relations.of(entry["DOID"], entry["Disease"].replace("_", " "))


class Carriage(NamedTuple):
    """The data of one sample for one allele.

    Attributes:
        state: `carried`, `not_carried`, `no_call`, or `unknown` if neither a genotype nor reads decide.
        genotype: GT as written; empty if there is none.
        zygosity: `homozygous`, `heterozygous`, `hemizygous` or `homozygous or hemizygous` for a carried allele; empty
            if unknown.
        counts: reads and allele fraction, as the caller writes them.
        filter: filters that the call failed, by FILTER of its file and FT of the sample, joined by `;`; empty if there
            is none.

    """

    state: str
    genotype: str
    zygosity: str = ""
    counts: AlleleCount = AlleleCount()
    filter: str = ""


class SampleColumn(NamedTuple):
    """One sample of one file; for a file without samples, the file itself.

    Attributes:
        file: index of the file.
        name: name of the sample, unique in the report: prefixed with the file's name if two files share it.
        has_genotypes: whether the file has sample columns.

    """

    file: int
    name: str
    has_genotypes: bool


class Patient(NamedTuple):
    """Samples of one person, by their columns in the report.

    Attributes:
        name: name of the tumour sample, otherwise of the sample.
        tumours: columns of tumour samples.
        normals: columns of normal samples.
        others: columns of samples of unknown kind.
        evidence: how tumour and normal were recognised; empty if they were not.

    """

    name: str
    tumours: tuple[int, ...] = ()
    normals: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    evidence: str = ""

    @property
    def columns(self) -> tuple[int, ...]:
        """All columns."""
        return (*self.tumours, *self.normals, *self.others)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry of the pipe field CIVIC.

    Attributes:
        values: text by name of the part, as in the header's `Format:`; `Therapies` joined by `&`.
        therapies: the therapies one by one.

    """

    values: Mapping[str, str]
    therapies: tuple[str, ...]

    def __getitem__(self, part: str) -> str:
        return self.values.get(part, "")

    def listed(self, part: str) -> str:
        """Return a part that is a list, with commas; within an element `&` has spaces around it, written as `_`."""
        return ", ".join(re.split("(?<!_)&(?!_)", self[part]))

    @property
    def id(self) -> str:
        """CIViC's identifier, `EID12` or `AID7`."""
        return f"{'AID' if self['EntityType'] == 'assertion' else 'EID'}{self['EntityID']}"

    @property
    def is_flagged(self) -> bool:
        """Whether a curator flagged it for review."""
        return bool(self["Flag"])

    @property
    def is_retracted(self) -> bool:
        """Whether its publication was retracted."""
        return self["Source"].endswith(":retracted")

    @property
    def level(self) -> str:
        """Evidence level A to E; for an assertion the level of its AMP category; empty if there is none."""
        level = self["Level"]
        if level or self["EntityType"] != "assertion":
            return level
        category = self["AMPCategory"]
        return category[-1] if category[:-1].endswith("Level_") else ""


@dataclass(frozen=True, slots=True)
class ReportedAllele:
    """An allele that a knowledge base contains, or for which a service has a result.

    Attributes:
        contig: CHROM as written in the first file that has it.
        canonical: `7` for `chr7`; empty for a contig that the assembly does not have.
        position: 1-based POS.
        id: ID, `.` if there is none.
        ref: REF as written.
        alt: the ALT as written.
        filter: FILTER, `.` if it was not applied; for several files, their distinct values joined by `,`.
        genes: symbols, ClinVar's first, then CIViC's.
        change: the effect of the allele, by its shortest available name: a protein change with one-letter codes, a
            change of the transcript, or CIViC's name.
        values: text by id, for the INFO fields with one value per ALT; fields without a value are omitted.
        evidence: entries of CIVIC, in the file's order.
        joined: entries of services by id of their INFO field, in the file's order; parts without a value are omitted.
        is_known: whether a knowledge base contains it.
        samples: data of each sample column, by its index in the report; none for a file without the record.
        hgvs: HGVS expression on the transcript that names the allele, with the protein change, or else the genomic one.
        origin: origin of the call, by the tumour and normal samples that carry it.
        consequence: Sequence Ontology terms of the transcript that names it, joined by `&`; empty without an
            annotation.

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
    hgvs: str = ""
    origin: CallOrigin = CallOrigin.UNKNOWN
    consequence: str = ""

    @property
    def name(self) -> str:
        """Name: gene and change (`BRAF V600E`), partners of a fusion (`EML4::ALK`), or the position without a gene."""
        if "::" in self.change:
            return self.change
        if self.genes and self.change:
            return f"{self.genes[0]} {self.change}"
        if "[" in self.alt or "]" in self.alt:  # a breakend, of which the position of the mate matters
            return f"{self.contig}:{self.position} {_cut(self.alt, 40)}"
        return f"{self.contig}:{self.position} {_cut(self.ref)}>{_cut(self.alt)}"

    @property
    def is_carried(self) -> bool:
        """Whether a sample carries it, or no genotype shows that none does."""
        return any(one.state in _CARRIED for one in self.samples.values())

    @property
    def passes(self) -> bool:
        """Whether at least one call of it passed all filters, or none was applied; without a call, its record."""
        if {"PASS", "."}.isdisjoint(self.filter.split(",")):
            return False
        return not self.call_filters

    @property
    def call_filters(self) -> str:
        """Filters that all calls of it failed, joined by `,`; empty if a call passed, or there is none."""
        filters: dict[str, None] = {}
        for one in self._calls():
            if not one.filter:
                return ""
            filters[one.filter] = None
        return ",".join(filters)

    def _calls(self) -> Iterator[Carriage]:
        """Yield the samples that carry it; if none certainly does, those that may."""
        has_any = False
        for one in self.samples.values():
            if one.state == "carried":
                has_any = True
                yield one
        if not has_any:
            yield from (one for one in self.samples.values() if one.state == "unknown")


@dataclass(frozen=True)
class ReportModel:
    """The content of one or several annotated files.

    Attributes:
        files: in the order given.
        columns: samples of all files.
        alleles: alleles that a knowledge base contains or for which a service has a result, in the order of one file,
            or of the genome if there are several.
        disease: the patient's disease; empty if none was given.
        warnings: the most important warnings, as sentences without full stops.
        patients: patients and their samples.
        unwritten: INFO fields required for key findings that the run did not write, with the reasons, by their ids:
            their findings are unknown.
        has_tiers: whether to suggest tiers.
        report_date: ISO date that the user states for the report; empty for none, because no clock is read.
        statements: statements of CIViC's evidence items and assertions by id, such as `EID1`.

    """

    files: tuple[ReportedFile, ...]
    columns: tuple[SampleColumn, ...]
    alleles: tuple[ReportedAllele, ...]
    disease: Disease = Disease()
    warnings: tuple[str, ...] = ()
    patients: tuple[Patient, ...] = ()
    unwritten: Mapping[str, str] = field(default_factory=dict)
    has_tiers: bool = True
    report_date: str = ""
    statements: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_paired(self) -> bool:
        """Whether a patient has both tumour and normal samples."""
        return any(patient.tumours and patient.normals for patient in self.patients)

    @cached_property
    def joined_fields(self) -> dict[str, JoinedField]:
        """Fields of the services of all files, by id; for a field that two files declare differently, all parts."""
        fields: dict[str, JoinedField] = {}
        for joined in (joined for file in self.files for one in file.services for joined in one.fields):
            before = fields.setdefault(joined.id, joined)
            fields[joined.id] = before._replace(parts=tuple(dict.fromkeys((*before.parts, *joined.parts))))
        return fields

    @cached_property
    def knowledge_bases(self) -> frozenset[str]:
        """Names of the knowledge bases with which any file was annotated."""
        return frozenset(source.knowledge_base for file in self.files for source in file.coverage)

    @cached_property
    def custom_fields(self) -> dict[str, CustomField]:
        """Fields of the user's own VCF and BED files, by id."""
        return {id_: one for file in self.files for id_, one in file.custom_fields.items()}

    @cached_property
    def frequency_fields(self) -> tuple[str, ...]:
        """Ids of those fields that are allele frequencies."""
        return tuple(id_ for id_, one in self.custom_fields.items() if one.is_frequency)

    @cached_property
    def known(self) -> int:
        """Number of alleles that a knowledge base contains."""
        return len(self.distinct(index for index, allele in enumerate(self.alleles) if allele.is_known))

    @cached_property
    def identities(self) -> tuple[Hashable, ...]:
        """One value per allele that is equal for the same allele in another record, and for both ends of a junction."""
        return tuple(
            identity_of(one.canonical or one.contig, one.position, one.ref, one.alt)
            or self._junction(one)
            or index
            for index, one in enumerate(self.alleles)
        )

    def _junction(self, allele: ReportedAllele) -> Hashable | None:
        """Return the junction that a breakend describes, equal for the breakend of the other side; None for none."""
        ends = junction_ends(allele.contig, allele.position, allele.alt)
        if ends is None:
            return None
        return frozenset((self.assembly.contig(contig) or contig, *others) for contig, *others in ends)

    def distinct(self, indexes: Iterable[int]) -> list[int]:
        """Return indexes of alleles without those that repeat an earlier one."""
        return list({self.identities[index]: index for index in reversed(list(indexes))}.values())[::-1]

    @cached_property
    def assembly(self) -> Assembly:
        """Assembly of all files."""
        return self.files[0].assembly

    def entries(self) -> Iterator[tuple[ReportedAllele, Evidence]]:
        """Yield all CIViC evidence entries with their alleles."""
        for allele in self.alleles:
            for entry in allele.evidence:
                yield allele, entry


def _cut(bases: str, longest: int = 12) -> str:
    return bases if len(bases) <= longest else f"{bases[: longest - 1]}\u2026"
