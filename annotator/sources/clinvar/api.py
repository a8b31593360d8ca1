"""ClinVar over the network: the Clinical Tables service, queried by rs number and HGVS expression.

An allele is looked up in up to three rounds; each queries only what the previous one did not find:

    1  its rs numbers: a hundred per request; not every record has one, so this finds records but excludes none
    2  its genomic expressions: if all are known and none is found, the allele is not in ClinVar
    3  its expressions on transcripts, if not all are known: indels without a reference

A returned record is used if the alleles agree: `exact` if its normalised allele is the query's, in the same assembly;
otherwise, if the allele cannot be normalised, an equal expression or, for an rs number, alleles that the known bases
prove equal. An allele without any identifier to query is `Unsupported`, not absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from annotator.info import InfoField
from annotator.net.journal import Journal, StoredResponse
from annotator.result import NOT_FOUND, Failed, Found, Match, Release, Result, Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.service import ServiceRecord
from annotator.sources.clinvar.service_queries import (
    SOURCE,
    ExpressionQuery,
    IdentifierQuery,
    RsidQuery,
    ServiceClient,
)
from annotator.sources.clinvar.shape import may_be_written
from annotator.sources.source import RemoteSource, Wanted
from annotator.variants.allele import AlleleKey, BaseSource, is_same_shifted, may_be_same
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import genomic_hgvs, repeat_hgvs
from annotator.variants.hgvs_parse import HgvsExpression, parse_hgvs
from annotator.variants.query import Identifiers, Query

if TYPE_CHECKING:
    pass

__all__ = ["CLINVAR_API_FIELDS", "ClinVarApi", "lookup_of"]

# Fields that the service's records lack, or have in another form than the VCF: they name one gene where the VCF has
# all.
_NOT_SAID = frozenset({"CLNSIGCONF", "MC", "GENEINFO", "ONCCONF"})
CLINVAR_API_FIELDS = tuple(field for field in CLINVAR_FIELDS if field.id not in _NOT_SAID)
"""INFO fields that the service's records fill."""

_LONGEST = 1_000  # longest expression in characters that is queried; longer ones are of structural size


class AlleleLookup(NamedTuple):
    """Identifiers with which one allele is looked up.

    Attributes:
        rsids: rs numbers of the allele.
        genomic: its genomic expressions; empty if they cannot be determined.
        coding: its expressions on transcripts.
        is_written: whether the genomic expressions were generated here.
        is_decisive: whether ClinVar cannot write the allele in any way other than `genomic`.

    """

    rsids: tuple[RsidQuery, ...]
    genomic: tuple[ExpressionQuery, ...]
    coding: tuple[ExpressionQuery, ...]
    is_written: bool
    is_decisive: bool

    @property
    def all(self) -> tuple[IdentifierQuery, ...]:
        """Return all identifiers."""
        return (*self.rsids, *self.genomic, *self.coding)


def lookup_of(query: Query, assembly: Assembly, reference: BaseSource | None) -> AlleleLookup:
    """Return the lookups to make for one allele.

    A genomic expression of an insertion or deletion needs reference bases; without them, VEP's expression is used.
    A change in the number of repeat units has two expressions: NCBI uses either.
    """
    identifiers = query.identify()
    own: Iterable[str | None] = ()
    if query.is_normalised:
        writers = (genomic_hgvs, repeat_hgvs) if query.allele.is_indel else (genomic_hgvs,)
        own = [writer(query.allele, assembly, reference) for writer in writers]
    written = [parsed for text in own if text and (parsed := parse_hgvs(text))]
    genomic = _expression_queries(written or _on_chromosomes(identifiers, query.allele, assembly))
    # NCBI counts copies of units of two bases and more; only a reference shows whether there are any.
    bases = len(query.allele.deleted or query.allele.inserted)
    is_sure = bases == 1 if not written else len(written) > 1 or not _may_be_mixed(query.allele)
    return AlleleLookup(
        tuple(RsidQuery(rsid) for rsid in identifiers.rsids),
        genomic,
        _expression_queries(one for one in identifiers.coding if one.accession),
        is_written=bool(written),
        # ClinVar's expression has an ambiguity code where its VCF has N.
        is_decisive=bool(genomic) and is_sure and "N" not in query.allele.inserted,
    )


def _may_be_mixed(allele: AlleleKey) -> bool:
    """Return whether NCBI may write an insertion as a mixture of repeats (`TC[2]AT[1]`).

    All examples in the available files contain two copies of two bases or more, wherever the unit is taken to start.
    """
    longest = len(allele.inserted) // 2
    if allele.deleted or longest < 2:
        return False
    return re.search(rf"(.{{2,{longest}}})\1", allele.inserted * 2) is not None


def _expression_queries(expressions: Iterable[HgvsExpression]) -> tuple[ExpressionQuery, ...]:
    return tuple(ExpressionQuery(one) for one in expressions if len(one.change) < _LONGEST)


def _on_chromosomes(
    identifiers: Identifiers, allele: AlleleKey, assembly: Assembly
) -> Iterator[HgvsExpression]:
    """Yield the record's expressions that can be of the allele, with accessions: VEP may write `chr7`."""
    accession = assembly.accessions.get(allele.contig)
    for one in identifiers.genomic:
        name = one.accession or ""
        contig = assembly.contig(name if one.version is None else f"{name}.{one.version}")
        if accession is not None and contig == allele.contig and may_be_written(allele, one):
            parsed = parse_hgvs(f"{accession}:{one.sequence_type}.{one.change}")
            if parsed is not None:
                yield parsed


class ClinVarApi(RemoteSource[ClinVarRecord]):
    """ClinVar's records in the Clinical Tables service.

    Args:
        asker: queries the service.
        journal: journal of the run; its first day is the release, because the service states none.
        assembly: assembly of the alleles.
        reference: bases of that assembly, if available.

    """

    name = SOURCE
    knowledge_base = "clinvar"
    title = "ClinVar"
    fields: Sequence[InfoField[ClinVarRecord]] = CLINVAR_API_FIELDS
    identifiers = Wanted.ALL

    def __init__(
        self, service: ServiceClient, journal: Journal, assembly: Assembly, reference: BaseSource | None
    ) -> None:
        self._service = service
        self._journal = journal
        self._assembly = assembly
        self._reference = reference

    def release(self) -> Release:
        """Return a release named by the day of the queries; the service states none itself."""
        began = self._journal.began
        return Release(
            "clinvar", self.name, Release.version_of_queries(began), str(self._assembly), None, began
        )

    async def resolve_online(self, queries: Sequence[Query]) -> Sequence[Result[ClinVarRecord]]:
        """Return one result per query, in the same order."""
        batch = _Batch(queries, self._assembly, self._reference)
        for next_queries in (batch.by_rsid, batch.by_genomic, batch.by_coding):
            batch.take(await self._service.answers(next_queries()))
        return [batch.resolution(number) for number in range(len(queries))]


class _Batch:
    """Queries that are being looked up."""

    def __init__(self, queries: Sequence[Query], assembly: Assembly, reference: BaseSource | None) -> None:
        self._queries = queries
        self._lookups = [lookup_of(query, assembly, reference) for query in queries]
        self._found: dict[int, Found[ClinVarRecord]] = {}
        self._answers: dict[str, StoredResponse | Failed] = {}
        self._unreadable: dict[int, Failed] = {}  # queries for which an unreadable record was returned
        self._record: Callable[[str], ServiceRecord] = cache(
            lambda id_: ServiceRecord(self._rows[id_], assembly, reference)
        )
        self._rows: dict[str, Mapping[str, Any]] = {}

    def by_rsid(self) -> Iterator[IdentifierQuery]:
        """Yield the identifiers of the first round."""
        return (service_query for lookup in self._lookups for service_query in lookup.rsids)

    def by_genomic(self) -> Iterator[IdentifierQuery]:
        """Yield the identifiers of the second round."""
        return (service_query for number in self._open() for service_query in self._lookups[number].genomic)

    def by_coding(self) -> Iterator[IdentifierQuery]:
        """Yield the identifiers of the third round."""
        return (
            service_query
            for number in self._open()
            if not self._lookups[number].is_decisive
            for service_query in self._lookups[number].coding
        )

    def _open(self) -> list[int]:
        return [number for number in range(len(self._queries)) if number not in self._found]

    def take(self, answers: Mapping[str, StoredResponse | Failed]) -> None:
        """Process the responses of a round, and record which queries they settle."""
        self._answers |= answers
        for answer in answers.values():
            if isinstance(answer, StoredResponse):
                self._rows |= answer.rows
        for number in self._open():
            found = self._match(number)
            if found is not None:
                self._found[number] = found

    def _match(self, number: int) -> Found[ClinVarRecord] | None:
        query, lookup = self._queries[number], self._lookups[number]
        ids = dict.fromkeys(
            id_
            for service_query in lookup.all
            if isinstance(answer := self._answers.get(service_query.identifier), StoredResponse)
            for id_ in answer.rows
        )
        if unreadable := next((id_ for id_ in ids if not self._record(id_).is_readable), None):
            self._unreadable[number] = Failed(
                f"unreadable_record_{''.join(filter(str.isalnum, unreadable))[:20]}"
            )
        records = [
            record for id_ in ids if (record := self._record(id_)).is_readable and record.is_of_one_allele
        ]
        for match, agrees in _LEVELS:
            for record in records:
                if agrees(query, lookup, record):
                    return Found(record.record(query.allele.contig), match)
        return None

    def resolution(self, number: int) -> Result[ClinVarRecord]:
        """Return the result of a query after all rounds."""
        if number in self._found:
            return self._found[number]
        if number in self._unreadable:
            return self._unreadable[number]
        lookup = self._lookups[number]
        decisive: tuple[IdentifierQuery, ...] = lookup.genomic if lookup.is_decisive else lookup.all
        answers = [self._answers[service_query.identifier] for service_query in decisive]
        failed = next((answer for answer in answers if isinstance(answer, Failed)), None)
        if failed is not None:
            return failed
        return NOT_FOUND if lookup.is_decisive else Unsupported(_why(lookup, self._queries[number].allele))


def _why(lookup: AlleleLookup, allele: AlleleKey) -> str:
    if allele.is_indel and not lookup.is_written:
        return "needs_reference"
    return "repeat_notation" if lookup.is_written else "no_expression"


def _is_equal(query: Query, lookup: AlleleLookup, record: ServiceRecord) -> bool:
    """Return whether the record's allele is the query's.

    For an allele that cannot be shifted, one expression is one allele: it replaces the bases of a span, which REF
    shows.
    """
    if query.allele in record.alleles:
        return True
    is_stated = lookup.is_written and not query.allele.is_indel
    return is_stated and _is_written_equally(query, lookup, record)


def _is_written_equally(query: Query, lookup: AlleleLookup, record: ServiceRecord) -> bool:
    """Return whether both have a genomic expression in common that can be of the allele."""
    own = {service_query.expression.identity for service_query in lookup.genomic}
    return any(one.identity in own and may_be_written(query.allele, one) for one in record.genomic)


def _is_on_one_transcript(query: Query, lookup: AlleleLookup, record: ServiceRecord) -> bool:
    """Return whether both have a transcript expression in common, and the record's allele can be the query's."""
    own = {service_query.expression.identity for service_query in lookup.coding}
    if not any(one.identity in own for one in record.expressions):
        return False
    return any(may_be_same(query.allele, allele) for allele in record.alleles) or any(
        may_be_written(query.allele, one) for one in record.genomic
    )


def _is_proved_equal(query: Query, lookup: AlleleLookup, record: ServiceRecord) -> bool:
    return any(service_query.rsid in record.rsids for service_query in lookup.rsids) and any(
        is_same_shifted(query.allele, allele, query.position, query.ref) for allele in record.alleles
    )


_LEVELS: tuple[tuple[Match, Callable[[Query, AlleleLookup, ServiceRecord], bool]], ...] = (
    (Match.EXACT, _is_equal),
    (Match.HGVS_G, _is_written_equally),
    (Match.HGVS_C, _is_on_one_transcript),
    (Match.RSID, _is_proved_equal),
)
