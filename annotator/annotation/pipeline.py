"""The pipeline: looks up the alleles of a batch of sites, and returns the INFO of each record, in order.

    sites (columns of CHROM, POS, REF, ALTs)
      → one query per ALT: its normalised key, or why it cannot be looked up
      → every source's result for every query
      → per record, the INFO fields of what was found, and ANNSTATUS if a result is missing

The pipeline does not depend on how a record is stored: the text engine splices the INFO into the line, the BCF engine
edits the bytes of the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annotator.annotation.input_facts import InputFacts
from annotator.annotation.pending import Pending, Tally
from annotator.annotation.prefilter import NO_END, Prefilter, Prefiltered, items_of_rows
from annotator.annotation.queries import Queries
from annotator.annotation.summary import RefMismatch, Summary
from annotator.info import Hit, InfoField
from annotator.result import NOT_FOUND, Failed, Found, Result, Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.indels import NOT_LEFT_ALIGNED
from annotator.sources.resolve import Runner, resolve_batch
from annotator.sources.source import Source, Wanted
from annotator.sources.status import STATUS_ID, Status, status_value
from annotator.variants.allele import agrees_with_reference, key_of, left_align, unsupported_reason
from annotator.variants.query import Query, StructuralQuery
from annotator.vcf.sites import Additions, Sites

if TYPE_CHECKING:
    from annotator.variants.reference import Reference
    from annotator.vcf.scan import Integers, Mask, ScannedLines
    from annotator.vcf.structural import BreakendKey, MateGenes

__all__ = ["Pipeline"]


_BREAKEND = "breakend"


class _Written(NamedTuple):
    """The fields of one source to be written."""

    knowledge_base: str
    fields: tuple[InfoField[Any], ...]


class Pipeline:
    """Annotation of batches.

    Args:
        sources: the sources, in the order in which their fields are written.
        facts: facts about the input.
        written: ids of the INFO fields to write.
        status: results that ANNSTATUS lists.
        reference: bases to left-align indels and to check REF.
        runner: runs the remote sources; None if there are none.
        mates: genes that the mates of breakends name, known after the whole input was read.

    Attributes:
        summary: counts of all batches so far.
        carrier: the sample whose alleles are collected; None for none.

    """

    def __init__(
        self,
        sources: Sequence[Source[Any]],
        facts: InputFacts,
        written: frozenset[str],
        status: Status,
        reference: Reference | None = None,
        runner: Runner | None = None,
        mates: Mapping[BreakendKey, MateGenes] | None = None,
    ) -> None:
        self._sources = [source.selected(written) for source in sources]
        self._written = [
            _Written(source.knowledge_base, tuple(field for field in source.fields if field.id in written))
            for source in sources
        ]
        self._knowledge_bases = [source.knowledge_base for source in sources]
        annotations = facts.annotations
        self._contig_names = facts.contig_names
        self._lengths = facts.lengths
        self._status = status if STATUS_ID in written else Status.NONE
        self._reference = reference
        self._annotations = annotations
        self._runner = runner
        self.carrier = facts.carrier
        self._mates = mates or {}
        self._normals, self._has_allelic_copies = facts.normals, facts.has_allelic_copies
        wanted = {source.identifiers for source in sources} if annotations is not None else set()
        has_annotations = annotations is not None and annotations.has_any
        self._identifies_all = Wanted.ALL in wanted or (Wanted.ANNOTATED in wanted and has_annotations)
        self._identifies_indels = self._identifies_all or Wanted.INDELS in wanted
        self._structural = [
            number
            for number, source in enumerate(sources)
            if annotations is not None and source.structural_kinds
        ]
        self._combining = [number for number, source in enumerate(sources) if source.has_combinations]
        self._prefilter = Prefilter(
            self._sources,
            facts.contig_names,
            facts.lengths,
            annotations,
            reference,
            looks_at_all=self._status is Status.ALL,
        )
        self.summary = Summary(answers={source.knowledge_base: Counter() for source in sources})
        self._pending = Pending()

    def take_tally(self) -> Tally:
        """Return the counts since the last call, and the data kept for the second pass; then start again."""
        taken = Tally(self.summary, self._pending)
        self.summary = Summary(answers={name: Counter() for name in taken.summary.answers})
        self._pending = Pending()
        return taken

    def collect_carried(self, text: bytes, lines: ScannedLines | None) -> None:
        """Collect the alleles of whole lines that the sample carries; `lines` is the result of a scan, or None."""
        from annotator.vcf.genotypes import carried_records

        assert self.carrier is not None
        self._pending.carried += carried_records(text, lines, self.carrier)

    def prefiltered(self, lines: ScannedLines, text: bytes) -> Prefiltered:
        """Return which lines of a chunk must be parsed, and which need only the INFO items of one found allele.

        Args:
            lines: the chunk, scanned.
            text: the bytes that were scanned.

        """
        return self._prefilter.prefiltered(lines, text)

    def items(self, rows: Sequence[Integers]) -> list[str]:
        """Return and count the INFO items of found alleles.

        Args:
            rows: for each source that formats rows, the row of each allele, -1 for none (`Prefiltered.rows`).

        """
        sources = self._prefilter.formatting
        found = {one.knowledge_base: int((of >= 0).sum()) for one, of in zip(sources, rows, strict=True)}
        self.summary.count_single(rows[0].size, found)
        return items_of_rows(sources, rows)

    def count_absent(self, lines: ScannedLines, prefiltered: Prefiltered, worth: Mask) -> None:
        """Count the lines without a found allele that are not parsed, and all lines with a checked REF."""
        absent = ~worth & ~prefiltered.known
        alleles = int(lines.alleles[absent].sum())
        self.summary.records += int(absent.sum())
        self.summary.alleles += alleles
        self.summary.ref_checked += int((prefiltered.checked & ~worth).sum())
        for words in self.summary.answers.values():
            words["absent"] += alleles

    def annotate(
        self,
        sites: Sites,
        named: Sequence[Sequence[bool]] | None = None,
        checked: Sequence[bool] | None = None,
    ) -> dict[int, Additions]:
        """Return the INFO to add, by index of the record in the batch; records without any are omitted.

        Args:
            sites: the batch.
            named: for each source, whether the annotations of each record may name something that it contains
                (`Prefiltered.named`); None if unknown.
            checked: whether REF of each record is known to agree with the reference (`Prefiltered.checked`).

        """
        queries = self._make_queries(sites, checked)
        self._ask_structural(sites, queries)
        of_sources: Sequence[Sequence[bool] | None] = named or [None] * len(self._sources)
        lookups = [self._lookups_of(number, queries, one) for number, one in enumerate(of_sources)]
        resolutions = resolve_batch(self._sources, lookups, self._runner)
        self._count(sites, queries, resolutions)
        for number in self._combining:
            self._note_carriers(number, sites, queries, resolutions[number])
        additions = {}
        for record in self._records_with_status(sites, queries, resolutions):
            alts = sites.alts[record]
            info = self._info(alts, _answers(record, len(alts), queries, resolutions))
            if info:
                additions[record] = info
        return additions

    def _lookups_of(self, number: int, queries: Queries, named: Sequence[bool] | None) -> Sequence[Query]:
        """Return the queries for a source, which need not read the annotations of records that name nothing of it."""
        if named is None or self._sources[number].identifiers is Wanted.NONE:
            return queries.lookups
        pairs = zip(queries.lookups, queries.owners, strict=True)
        return [query if named[owner] else query._replace(is_named=False) for query, owner in pairs]

    def _make_queries(self, sites: Sites, checked: Sequence[bool] | None) -> Queries:
        queries = Queries([], [], [], {}, {})
        for record, (name, alts) in enumerate(zip(sites.contigs, sites.alts, strict=True)):
            contig = self._contig_names[name]
            is_checked = checked is not None and checked[record]
            self.summary.ref_checked += is_checked
            mismatch = not is_checked and self._contradicts(sites, record, contig)
            queries.firsts.append(len(queries.lookups))
            for index in range(len(alts)):
                query = self._query(contig, sites, record, index, mismatch=mismatch)
                if isinstance(query, Unsupported):
                    queries.refused.setdefault(record, {})[index] = query
                else:
                    queries.lookups.append(query)
                    queries.owners.append(record)
        return queries

    def _query(
        self, contig: str | None, sites: Sites, record: int, index: int, *, mismatch: bool
    ) -> Query | Unsupported:
        position, ref, alt = sites.positions[record], sites.refs[record], sites.alts[record][index]
        reason = unsupported_reason(ref, alt)
        if reason is not None:
            return Unsupported(reason)
        if contig is None:
            return Unsupported("unknown_contig")
        if mismatch:
            return Unsupported("contradicts_reference")
        key, is_normalised = key_of(contig, position, ref, alt), True
        # Only an indel without an anchor base can be further right than necessary: if a base before it remains after
        # trimming, that base differs from the indel's last one.
        if key.start == position and key.is_indel:
            if self._reference is None or not self._reference.bases(contig, position, position):
                is_normalised = False
            else:
                key = left_align(key, self._reference)
        query = Query(key, is_normalised, position, ref.upper(), reference=self._reference)
        if not (self._identifies_all or (self._identifies_indels and key.is_indel)):
            return query
        if self._annotations is None or sites.texts is None:
            return query
        hints = self._annotations.hints(sites, record, index)
        return query._replace(identify=lambda: hints.identifiers, note=lambda: hints.notes)

    def _ask_structural(self, sites: Sites, queries: Queries) -> None:
        """Look up symbolic ALTs and breakends in the sources that support them."""
        if not self._structural or sites.texts is None:
            return
        for record, refused in queries.refused.items():
            for index, (reason, _) in refused.items():
                alt = sites.alts[record][index]
                readers = [
                    one for one in self._structural if self._sources[one].reads_structural(reason, alt)
                ]
                if not readers:
                    continue
                query = self._structural_query(sites, record, index, reason)
                for number in readers:
                    answer = self._sources[number].resolve_structural(query)
                    if answer is not None:
                        queries.structural.setdefault(number, {})[record, index] = answer

    def _structural_query(self, sites: Sites, record: int, alt: int, reason: str) -> StructuralQuery:
        """Return the query of an ALT without bases; keep a breakend until the whole input was read."""
        from annotator.vcf.structural import MateGenes, breakend_of, breakend_query, symbolic_query

        assert self._annotations is not None
        notes = self._annotations.structural_notes(sites, record, alt)
        if reason != _BREAKEND:
            contig = self._contig_names[sites.contigs[record]]
            return symbolic_query(
                sites, record, alt, notes, contig, self._normals, has_allelic_copies=self._has_allelic_copies
            )
        breakend = breakend_of(sites, record, alt, notes)
        if breakend.genes or self._annotations.names_genes:
            self._pending.breakends.append(breakend)
        return breakend_query(breakend, self._mates.get(breakend.key, MateGenes()))

    def _note_carriers(
        self, number: int, sites: Sites, queries: Queries, answers: Sequence[Result[Any]]
    ) -> None:
        """Collect the samples that carry variants of combination profiles, or in which their positions are covered."""
        source, pending = self._sources[number], self._pending
        for index, (owner, answer) in enumerate(zip(queries.owners, answers, strict=True)):
            if isinstance(answer, Found) and (variants := source.combination_members(answer)):
                refused = queries.refused.get(owner, {})
                alts = [alt for alt in range(len(sites.alts[owner])) if alt not in refused]
                samples = _carrying(sites, owner, alts[index - queries.firsts[owner]] + 1)
                for variant in variants if samples else ():
                    pending.carriers.setdefault(variant, set()).update(samples)
        for record, (name, start, ref) in enumerate(
            zip(sites.contigs, sites.positions, sites.refs, strict=True)
        ):
            contig = self._contig_names[name]
            if contig is not None:
                for variant in source.variants_within(contig, start, start + len(ref) - 1):
                    pending.covered.setdefault(variant, set()).update(_carrying(sites, record, None))

    def _contradicts(self, sites: Sites, record: int, contig: str | None) -> bool:
        """Return whether REF differs from the FASTA; False if the FASTA lacks the contig."""
        if contig is None or self._reference is None:
            return False
        position, ref = sites.positions[record], sites.refs[record].upper()
        if not any(unsupported_reason(ref, alt) is None for alt in sites.alts[record]):
            return False  # the REF of a symbolic allele is often a placeholder
        expected = self._reference.bases(contig, position, position + len(ref) - 1)
        if not expected and not self._reference.bases(contig, 1, 1):
            return False
        self.summary.ref_checked += 1
        if agrees_with_reference(ref, expected):
            return False
        self.summary.ref_mismatches += 1
        if self.summary.first_ref_mismatch is None:
            line = None if sites.numbers is None else sites.numbers[record]
            self.summary.first_ref_mismatch = RefMismatch(
                line, sites.contigs[record], position, ref, expected
            )
        return True

    def _count(self, sites: Sites, queries: Queries, resolutions: Sequence[Sequence[Result[Any]]]) -> None:
        summary = self.summary
        summary.records += len(sites.positions)
        refused = sum(map(len, queries.refused.values()))
        summary.alleles += len(queries.lookups) + refused
        summary.unsupported.update(queries.reasons())
        for number, (source, answers) in enumerate(zip(self._sources, resolutions, strict=True)):
            words = summary.answers[source.knowledge_base]
            words.update(answer.word for answer in answers)
            structural = queries.structural.get(number, {})
            words.update(answer.word for answer in structural.values())
            results = (*answers, *structural.values()) if structural else answers
            if words["unsupported"]:
                summary.unsupported.update(one.reason for one in results if isinstance(one, Unsupported))
            if words["failed"]:
                summary.failures.update(one.reason for one in results if isinstance(one, Failed))
            if refused:
                words["unsupported"] += refused - len(structural)
        summary.not_left_aligned += len(self._not_compared(queries, resolutions))
        for name, position in zip(sites.contigs, sites.positions, strict=True):
            contig = self._contig_names[name]
            if contig is None:
                summary.unknown_contigs[name] += 1
            elif position > self._lengths.get(contig, NO_END):
                summary.beyond_contig += 1

    def _not_compared(self, queries: Queries, resolutions: Sequence[Sequence[Result[Any]]]) -> set[int]:
        """Return the queries whose result might differ if their indels were left-aligned."""
        found: set[int] = set()
        for source, answers in zip(self._sources, resolutions, strict=True):
            if source.is_remote:
                found.update(
                    number for number, query in enumerate(queries.lookups) if not query.is_normalised
                )
            elif self.summary.unsupported[NOT_LEFT_ALIGNED]:
                found.update(
                    number
                    for number, answer in enumerate(answers)
                    if isinstance(answer, Unsupported) and answer.reason == NOT_LEFT_ALIGNED
                )
        return found

    def _records_with_status(
        self, sites: Sites, queries: Queries, resolutions: Sequence[Sequence[Result[Any]]]
    ) -> Iterable[int]:
        """Return the records for which there is something to write, in order."""
        if self._status is Status.ALL:
            return range(len(sites.alts))
        chosen = set() if self._status is Status.NONE else set(queries.refused)
        for structural in queries.structural.values():
            chosen.update(record for record, _ in structural)
        for answers in resolutions:
            chosen.update(
                owner
                for owner, answer in zip(queries.owners, answers, strict=True)
                if answer is not NOT_FOUND
            )
        return sorted(chosen)

    def _info(self, alts: Sequence[str], answers: Sequence[Sequence[Result[Any]]]) -> Additions:
        additions: Additions = []
        for written, resolutions in zip(self._written, answers, strict=True):
            if len(resolutions) == 1 and resolutions[0] is NOT_FOUND:  # the case of nearly every allele
                continue
            hits = [
                Hit(alt, number, answer.match, answer.record) if isinstance(answer, Found) else None
                for number, (alt, answer) in enumerate(zip(alts, resolutions, strict=True), 1)
            ]
            if any(hits):
                additions += [
                    (field.id, value) for field in written.fields if (value := field.value(hits)) is not None
                ]
        status = status_value(self._status, self._knowledge_bases, answers)
        if status is not None:
            additions.append((STATUS_ID, status))
        return additions


_WHOLE_FILE = -1


def _carrying(sites: Sites, record: int, allele: int | None) -> set[int]:
    """Return the samples that carry an allele, or any allele; the whole file if records have no genotypes."""
    genotypes = [] if sites.texts is None else sites.texts.genotypes_of(record)
    if not genotypes:
        return {_WHOLE_FILE}
    return {
        sample
        for sample, alleles in enumerate(genotypes)
        if (bool(alleles) if allele is None else allele in alleles)
    }


def _answers(
    record: int, alts: int, queries: Queries, resolutions: Sequence[Sequence[Result[Any]]]
) -> list[Sequence[Result[Any]]]:
    """Return each source's results for the ALTs of one record."""
    first = queries.firsts[record]
    refused = queries.refused.get(record)
    if refused is None:
        return [answers[first : first + alts] for answers in resolutions]
    rows: list[Sequence[Result[Any]]] = []
    for number, answers in enumerate(resolutions):
        looked_up = iter(answers[first : first + alts - len(refused)])
        structural = queries.structural.get(number, {})
        rows.append(
            [
                structural.get((record, index), refused[index]) if index in refused else next(looked_up)
                for index in range(alts)
            ]
        )
    return rows
