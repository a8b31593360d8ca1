"""Alleles with results of a service: their keys, and a table of them that is used like any source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from annotator.info import InfoField
from annotator.result import NOT_FOUND, Found, Match, Release, Result
from annotator.sources.source import Source
from annotator.variants.allele import (
    AlleleKey,
    BaseSource,
    is_same_shifted,
    key_of,
    left_align,
    unsupported_reason,
)
from annotator.variants.assembly import Assembly
from annotator.variants.query import Loci, Query
from annotator.variants.reference import Reference

if TYPE_CHECKING:
    from annotator.store.store import Mask

__all__ = ["AlleleTable", "Keys"]

R = TypeVar("R")


class Keys:
    """Converts the alleles of a service into keys that match those of the input.

    Attributes:
        assembly: assembly of the service's coordinates.

    """

    def __init__(self, assembly: Assembly, fasta: Path | None = None) -> None:
        """Open the reference, if there is one.

        Args:
            assembly: assembly of the service's coordinates.
            fasta: reference sequence to left-align indels; None to use them as written.

        Raises:
            FastaError: the FASTA cannot be used.

        """
        self.assembly = assembly
        self._reference: BaseSource | None = None if fasta is None else Reference(fasta, assembly)

    def key(self, contig: str, position: int, ref: str, alt: str) -> AlleleKey | str:
        """Return the key of one allele, or the reason why it has none: one word or a few joined by `_`.

        Args:
            contig: `7`, `chr7` or `NC_000007.13`.
            position: 1-based POS of `ref`.
            ref: REF as VCF writes it.
            alt: one ALT.

        """
        name = self.assembly.contig(contig)
        reason = unsupported_reason(ref, alt)
        if reason is not None or name is None:
            return reason or "unknown_contig"
        key = key_of(name, position, ref, alt)
        return key if self._reference is None else left_align(key, self._reference)


class AlleleTable(Source[R]):
    """A service's results by allele, as a source.

    Attributes:
        knowledge_base: the service, such as `opal`.
        title: name of the service as it writes it.
        fields: the INFO fields that its records fill.
        records: records of the service, by key.
        matched: keys found in the records of an input so far.
        rests_on: release or state of the service's data.

    """

    def __init__(
        self, release: Release, title: str, fields: Sequence[InfoField[R]], records: Mapping[AlleleKey, R]
    ) -> None:
        """Create the table.

        Args:
            release: release of the records; its `knowledge_base` names the service.
            title: name of the service as it writes it.
            fields: the INFO fields that a record fills.
            records: one per allele, by its key from `Keys`.

        """
        self.knowledge_base = release.knowledge_base
        self.name = release.source
        self.title = title
        self.fields: Sequence[InfoField[Any]] = fields
        self.records = records
        self.matched: set[AlleleKey] = set()
        self.rests_on = release
        self._starts: dict[str, list[int]] = defaultdict(list)
        self._indels: dict[str, list[AlleleKey]] = defaultdict(list)
        for key in sorted(records):
            self._starts[key.contig].append(key.start)
            if key.is_indel:
                self._indels[key.contig].append(key)

    def release(self) -> Release:
        """Return the release that the table was read from."""
        return self.rests_on

    def candidates(self, contig: str, loci: Loci) -> Mask:
        """Return the records in whose range an allele of the table starts, or may start after comparison with REF."""
        import numpy

        starts = numpy.array(self._starts.get(contig, ()), dtype=loci.first.dtype)
        reach = (loci.last - loci.first) * loci.shiftable
        before_first = numpy.searchsorted(starts, loci.first - reach, "left")
        found: Mask = numpy.searchsorted(starts, loci.last, "right") > before_first
        return found

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[R]]:
        """Return one result per query, in the same order."""
        return [self._resolve(query) for query in queries]

    def _resolve(self, query: Query) -> Result[R]:
        key: AlleleKey | None = query.allele
        if key not in self.records:
            key = None if query.is_normalised else self._shifted(query)
        if key is None:
            return NOT_FOUND
        self.matched.add(key)
        return Found(self.records[key], Match.EXACT)

    def _shifted(self, query: Query) -> AlleleKey | None:
        """Return the table's key of the same indel, shifted in its repeat, if the known bases prove it."""
        return next(
            (
                key
                for key in self._indels.get(query.allele.contig, ())
                if is_same_shifted(query.allele, key, query.position, query.ref)
            ),
            None,
        )
