"""Content of an annotated file, read from its header, INFO fields and genotypes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from annotator.report.heading import clean, custom_fields, releases
from annotator.report.model import Carriage, Evidence
from annotator.report.reported_file import (
    WORDS,
    CustomField,
    ExcludedAllele,
    JoinedService,
    SourceCoverage,
)
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.registry import KNOWLEDGE_BASES, fields_of
from annotator.sources.status import STATUS_ID
from annotator.variants.assembly import Assembly
from annotator.vcf.header import Header
from annotator.vcf.provenance import command_of, version_of
from annotator.vcf.tumour_normal import Pairing

__all__ = ["AnnotatedFile", "FoundAllele", "fields_by_base"]


def fields_by_base() -> dict[str, tuple[str, ...]]:
    """Return the ids of the INFO fields of each knowledge base."""
    return {name: tuple(one.id for one in fields_of(name)) for name in KNOWLEDGE_BASES}


# INFO fields without which the key findings are incomplete.
_KEY_FIELDS = {
    "clinvar": ("CLNSIG", "CLNSIGCONF", "ONC", "SCI"),
    "clinvar_sv": ("CLNSV",),
    "civic": ("CIVIC",),
}


class FoundAllele(NamedTuple):
    """One ALT of a file that a knowledge base contains, or for which a service has a result.

    Attributes:
        contig, position, id, ref, alt, filter: columns of its record.
        genes: symbols, ClinVar's first.
        change: shortest name of its effect; may be empty.
        values: decoded text by INFO id, for fields with one value per ALT.
        evidence: entries of CIVIC.
        joined: entries of services, by INFO id.
        is_known: whether a knowledge base contains it.
        samples: one per sample of the file.
        hgvs: HGVS expression shown below its name.
        consequence: Sequence Ontology terms of the transcript that names it, joined by `&`.

    """

    contig: str
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
    samples: tuple[Carriage, ...]
    hgvs: str = ""
    consequence: str = ""


@dataclass
class AnnotatedFile:
    """Content of an annotated file.

    Attributes:
        path: path of the file.
        header: its header.
        assembly: assembly of the results.
        fields: ids of the INFO fields that annotation wrote.
        joined: services whose results were joined.
        pairings: tumour and normal samples of each patient.
        records, alleles: numbers of data lines and ALTs.
        rows: the ALTs that a knowledge base contains or for which a service has a result, in order.
        answers: number of ALTs by knowledge base or service and word, as far as INFO states them: `found`,
            `unsupported`, `failed`.
        excluded: the first alleles without a result; `all_excluded` is the number of all such alleles.

    """

    path: Path
    header: Header
    assembly: Assembly
    fields: frozenset[str]
    joined: tuple[JoinedService, ...]
    pairings: tuple[Pairing, ...] = ()
    records: int = 0
    alleles: int = 0
    rows: list[FoundAllele] = field(default_factory=list)
    answers: dict[str, Counter[str]] = field(default_factory=dict)
    excluded: list[ExcludedAllele] = field(default_factory=list)
    all_excluded: int = 0

    @cached_property
    def custom(self) -> dict[str, CustomField]:
        """Fields of the user's own VCF and BED files, by id."""
        return custom_fields(self.header)

    @property
    def has_status(self) -> bool:
        """Whether an empty value means that the lookup succeeded and the knowledge base does not contain the allele."""
        return STATUS_ID in self.fields

    @property
    def unwritten(self) -> dict[str, str]:
        """Return the fields needed for key findings that the run did not write, with the reasons, by their ids."""
        sources = {release.knowledge_base: release.source for release in releases(self.header)}
        return {
            id_: self._why_unwritten(id_, sources[base])
            for base, ids in _KEY_FIELDS.items()
            if base in sources
            for id_ in ids
            if id_ not in self.fields
        }

    def _why_unwritten(self, id_: str, source: str) -> str:
        if id_ in self.header.info:
            return f"{id_} was written by another tool"
        if id_ == "CLNSIGCONF" and source.endswith("-api"):
            return f"{id_} is not provided by ClinVar's service"
        return f"{id_} was not written (--fields)"

    @property
    def matched(self) -> int:
        """Number of ALTs that a knowledge base contains."""
        return sum(row.is_known for row in self.rows)

    def coverage(self) -> tuple[SourceCoverage, ...]:
        """Return the sources of the header, with the number of results of each kind in INFO."""
        return tuple(_covered(self, release) for release in releases(self.header))

    def services(self) -> tuple[JoinedService, ...]:
        """Return the services of the header, with the number of alleles found by each."""
        return tuple(one._replace(found=self.answers[one.name]["found"]) for one in self.joined)

    @property
    def version(self) -> str:
        """Version of the program that annotated it; empty if not stated."""
        return clean(version_of(self.header.meta))

    @property
    def command(self) -> str:
        """Options with which it was annotated."""
        return clean(command_of(self.header.meta))


def _covered(read: AnnotatedFile, release: Release) -> SourceCoverage:
    name = release.knowledge_base
    answers: dict[str, int | None] = dict.fromkeys(WORDS)
    if not read.fields.isdisjoint(fields_by_base().get(name, ())):
        answers["found"] = read.answers[name]["found"]
    if read.has_status:
        counted = read.answers.get(name, Counter())
        answers["unsupported"], answers["failed"] = counted["unsupported"], counted["failed"]
        if answers["found"] is not None:
            answers["absent"] = read.alleles - sum(
                counted[word] for word in ("found", "unsupported", "failed")
            )
    return SourceCoverage(
        name,
        release.source,
        release.version,
        release.assembly,
        release.sha256 or "",
        release.retrieved or "",
        answers,
    )
