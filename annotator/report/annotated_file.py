"""What an annotated file says, as it is read back from its header, INFO fields and genotypes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from annotator.report.heading import (
    clean,
    releases,
)
from annotator.report.model import Carriage, Evidence
from annotator.report.reported_file import WORDS, ExcludedAllele, JoinedService, SourceCoverage
from annotator.result import Release
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


# INFO fields without which nothing can be said of the key findings.
_KEY_FIELDS = {"clinvar": ("CLNSIG", "CLNSIGCONF", "ONC", "SCI"), "civic": ("CIVIC",)}


class FoundAllele(NamedTuple):
    """One ALT that a knowledge base knows, or of which a service says something, as one file has it.

    Attributes:
        contig, position, id, ref, alt, filter: columns of its record.
        genes: symbols, ClinVar's first.
        change: shortest name of what it does; may be empty.
        values: decoded text by INFO id, of fields with one value per ALT.
        evidence: entries of CIVIC.
        joined: entries of services, by INFO id.
        is_known: whether a knowledge base knows it.
        samples: one per sample of the file.
        hgvs: HGVS expression beneath its name.
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
    """What an annotated file says.

    Attributes:
        path: of the file.
        header: its header.
        assembly: of the answers.
        fields: ids of the INFO fields that annotating wrote.
        joined: services whose answers were joined.
        pairings: which of its samples are tumours and normals of one patient.
        records, alleles: data lines and ALTs.
        rows: the ALTs that a knowledge base knows or a service answered on, in order.
        answers: number of ALTs by knowledge base or service and word, as far as INFO tells: `found`, `unsupported`,
            `failed`.
        excluded: alleles without any result, the first of them; `all_excluded` is the number of all.

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

    @property
    def has_status(self) -> bool:
        """Whether an empty value means that the knowledge base was asked and does not know the allele."""
        return STATUS_ID in self.fields

    @property
    def unwritten(self) -> dict[str, str]:
        """Why fields of its knowledge bases that key findings rest on were not written by the run, by their ids."""
        asked = {release.knowledge_base: release.source for release in releases(self.header)}
        return {
            id_: self._why_unwritten(id_, asked[base])
            for base, ids in _KEY_FIELDS.items()
            if base in asked
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
        """ALTs that a knowledge base knows."""
        return sum(row.is_known for row in self.rows)

    def coverage(self) -> tuple[SourceCoverage, ...]:
        """Return the sources of the header, with the number of results of each kind in INFO."""
        return tuple(_covered(self, release) for release in releases(self.header))

    def services(self) -> tuple[JoinedService, ...]:
        """Return the services of the header, with the number of alleles found by each."""
        return tuple(one._replace(found=self.answers[one.name]["found"]) for one in self.joined)

    @property
    def version(self) -> str:
        """Version of the program that annotated it; empty where none says so."""
        return clean(version_of(self.header.meta))

    @property
    def command(self) -> str:
        """Options that it was annotated with."""
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
