"""Counts the data that would be sent to the Clinical Tables service, without sending them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annotator.info import InfoField
from annotator.result import NOT_FOUND, Release, Result
from annotator.runtime.text import counted
from annotator.sources.clinvar.api import CLINVAR_API_FIELDS, lookup_of
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.service_queries import SOURCE, IdentifierQuery, batches
from annotator.sources.source import Source, Wanted
from annotator.variants.allele import BaseSource
from annotator.variants.assembly import Assembly
from annotator.variants.query import Query

if TYPE_CHECKING:
    pass

__all__ = ["ClinVarEgressPlan"]


class ClinVarEgressPlan(Source[ClinVarRecord]):
    """A source that records the requests it would send, and reports every allele as not found.

    Attributes:
        alleles: number of alleles that would be looked up.
        unsupported: number of alleles without any identifier to look up.

    """

    name = SOURCE
    knowledge_base = "clinvar"
    title = "ClinVar"
    fields: Sequence[InfoField[ClinVarRecord]] = CLINVAR_API_FIELDS
    identifiers = Wanted.ALL

    def __init__(self, url: str, assembly: Assembly, reference: BaseSource | None) -> None:
        self._url = url
        self._assembly = assembly
        self._reference = reference
        self.alleles = 0
        self.unsupported = 0
        self._rsids: dict[str, IdentifierQuery] = {}
        self._genomic: dict[str, IdentifierQuery] = {}
        self._coding: dict[str, IdentifierQuery] = {}

    def release(self) -> Release:
        """Return a release that states that no request was sent."""
        return Release("clinvar", self.name, "none", str(self._assembly), None)

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[ClinVarRecord]]:
        """Record the requests that would be sent; every result is `NotFound`."""
        for query in queries:
            lookup = lookup_of(query, self._assembly, self._reference)
            self.alleles += bool(lookup.all)
            self.unsupported += not lookup.all
            self._rsids |= {service_query.identifier: service_query for service_query in lookup.rsids}
            self._genomic |= {service_query.identifier: service_query for service_query in lookup.genomic}
            if not lookup.is_decisive:
                self._coding |= {service_query.identifier: service_query for service_query in lookup.coding}
        return [NOT_FOUND] * len(queries)

    @property
    def lines(self) -> list[str]:
        """Return the data that would be sent, as text for people."""
        kinds = (
            ("rs numbers", self._rsids),
            ("genomic HGVS expressions, for alleles not found by rs number", self._genomic),
            ("HGVS expressions on transcripts, for indels found by neither", self._coding),
        )
        requests = sum(1 for _, queries in kinds for _ in batches(queries.values()))
        return [
            f"{self._url}",
            f"  for {counted(self.alleles, 'allele')}, in at most {counted(requests, 'request')} "
            "unless a response must be split:",
            *(
                f"  {'at most ' if queries is not self._rsids else ''}{len(queries):,} {name}"
                for name, queries in kinds
            ),
            f"  nothing for {counted(self.unsupported, 'allele')} without a usable identifier (indels "
            "need --reference)",
            "  no sample names, genotypes, file names or other parts of the records",
        ]
