"""What every source is: one way to look alleles up in one knowledge base.

`Source` is the contract. A subclass must answer three questions (which fields, which release, which result for each
query); every other ability has a default here that says "not offered", so that a source offers only what it can do and
callers need no type checks. A source never raises for one bad allele: it answers `Unsupported` or `Failed` in that
allele's place.

    Source          answers at once, from local files
    RemoteSource    answers over the network: `resolve_online` instead of `resolve`
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from annotator.info import InfoField
from annotator.result import NOT_FOUND, Found, Release, Result

if TYPE_CHECKING:
    import re

    from annotator.store.store import Integers, Mask
    from annotator.variants.query import Loci, Query, StructuralQuery

__all__ = ["Combinations", "LineHint", "RemoteSource", "Source", "Wanted"]

R_co = TypeVar("R_co", covariant=True)


class Wanted(enum.Enum):
    """For which alleles a source reads the identifiers and annotations of their records."""

    NONE = "none"
    INDELS = "indels"  # insertions and deletions
    ANNOTATED = "annotated"  # all alleles, if the header declares more than rs numbers
    ALL = "all"


class Combinations(NamedTuple):
    """CIViC's combination profiles, which need several variants in one sample.

    Attributes:
        complete: numbers of the profiles that some sample satisfies.
        partial: how many other profiles a part was found of.

    """

    complete: frozenset[int] = frozenset()
    partial: int = 0


class LineHint(NamedTuple):
    """What a line holds if its annotations may lead to an answer: a name and a pattern, as far as each is given.

    Attributes:
        pattern: what the line holds.
        genes: symbols and NCBI's numbers of genes, one of which the line names, if there are any.
        transcripts: accessions without versions, likewise.
        residues: by names of genes, the residues at which a substitution, a silent change or a new stop can lead to
            an answer; empty if any can. Every other change of a protein can.

    """

    pattern: re.Pattern[bytes] | None = None
    genes: frozenset[str] = frozenset()
    transcripts: frozenset[str] = frozenset()
    residues: Mapping[str, frozenset[int]] = MappingProxyType({})


class Source(ABC, Generic[R_co]):
    """One way to look alleles up in one knowledge base.

    Attributes:
        name: such as `clinvar-snapshot`.
        knowledge_base: `clinvar` or `civic`; the word in ANNSTATUS and in the summary.
        title: the knowledge base as it writes itself; the `Source` of its `##INFO` lines.
        fields: the INFO fields that its records fill, in the order in which they are written.
        identifiers: for which alleles it reads identifiers and annotations from the record.
        is_remote: whether it is asked over the network, in an event loop and in one process.
        formats_rows: whether `located` and `items` format known alleles without a lookup for each.
        has_combinations: whether it knows combination profiles.

    """

    name: str
    knowledge_base: str
    title: str
    fields: Sequence[InfoField[Any]]
    identifiers: Wanted = Wanted.NONE
    is_remote: bool = False
    formats_rows: bool = False
    has_combinations: bool = False

    @abstractmethod
    def release(self) -> Release:
        """Return the release that the answers rest on."""

    @abstractmethod
    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Return one result per query, in the same order."""

    async def resolve_online(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Return what `resolve` does, from within an event loop; a remote source answers only here."""
        return self.resolve(queries)

    def candidates(self, contig: str, loci: Loci) -> Mask:  # noqa: ARG002  # the default looks at nothing
        """Return the records that may have an allele known by its key; the others' are surely not found.

        The default is every record.

        Args:
            contig: canonical name.
            loci: where the alleles of each record can be known.

        """
        import numpy as np

        return np.ones(loci.first.size, dtype=bool)

    def selected(self, ids: AbstractSet[str]) -> Source[R_co]:  # noqa: ARG002
        """Return a source whose records hold at least what some INFO fields need; the default is this source."""
        return self

    # Annotations: what VEP, SnpEff and others wrote into the record

    def line_hints(
        self,
        *,
        genes: bool,  # noqa: ARG002
        caids: bool,  # noqa: ARG002
        peptides: bool,  # noqa: ARG002
    ) -> Sequence[LineHint]:
        """Return hints of which a line fits one if its annotations may lead to an answer; the default is none.

        Args:
            genes: whether the file's annotations name genes.
            caids: whether its records have numbers of the ClinGen Allele Registry.
            peptides: whether they may tell a change of a protein in other words than HGVS.

        """
        return ()

    # Symbolic ALTs and breakends

    @property
    def structural_kinds(self) -> frozenset[str]:
        """Kinds of ALTs without bases that it can answer for: `symbolic`, `breakend`; the default is none."""
        return frozenset()

    def resolve_structural(self, query: StructuralQuery) -> Result[R_co]:  # noqa: ARG002
        """Return the result for a symbolic ALT or a breakend; `NotFound` where nothing is known."""
        return NOT_FOUND

    # Fast path: the INFO of many known alleles at once

    def located(self, contig: str, loci: Loci) -> tuple[Mask, Integers]:
        """Return what `candidates` does, and the row of each record whose only allele is surely known; else -1."""
        import numpy as np

        return self.candidates(contig, loci), np.full(loci.first.size, -1)

    def items(self, rows: Sequence[int]) -> list[str]:
        """Return the INFO items, joined by `;`, of rows that `located` returned, for records with one ALT."""
        if rows:
            raise LookupError(f"{self.name} formats no rows")
        return []

    # Combination profiles

    def combination_members(self, found: Found[Any]) -> Sequence[int]:  # noqa: ARG002
        """Return the numbers of a result's variants that may be part of a combination profile, or forbid one."""
        return ()

    def variants_within(self, contig: str, start: int, stop: int) -> Sequence[int]:  # noqa: ARG002
        """Return the numbers of the variants whose absence matters and whose position is within a range."""
        return ()

    def combinations(
        self,
        carriers: Mapping[int, AbstractSet[int]],  # noqa: ARG002
        covered: Mapping[int, AbstractSet[int]],  # noqa: ARG002
        covers: Callable[[str, int, int], bool] | None,  # noqa: ARG002
    ) -> Combinations:
        """Return the combination profiles that the samples of an input satisfy.

        Args:
            carriers: samples that carry a variant, by the variant's number.
            covered: samples in which the position of a variant has a record, by the variant's number.
            covers: whether a range of positions was sequenced in all samples; None if that is not known.

        """
        return Combinations()

    def with_combinations(self, profiles: frozenset[int]) -> Source[R_co]:  # noqa: ARG002
        """Return a source that also answers with some combination profiles; the default is this source."""
        return self


class RemoteSource(Source[R_co]):
    """A source that is asked over the network."""

    is_remote = True

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Refuse: a remote source is asked with `resolve_online`, in an event loop."""
        raise RuntimeError(
            f"{self.name} is queried over the network: use resolve_online for {len(queries)} queries"
        )

    @abstractmethod
    async def resolve_online(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Return one result per query, in the same order."""
