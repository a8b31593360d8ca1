"""The contract of every source: one way to look up alleles in one knowledge base.

`Source` is the contract. A subclass must define three things (its fields, its release, and the result for each query);
every other ability has a default here that means "not offered", so that a source offers only what it can do and callers
need no type checks. A source never raises for one bad allele: its result for that allele is `Unsupported` or `Failed`.

    Source          looks up alleles synchronously, in local files
    RemoteSource    looks up alleles over the network: `resolve_online` instead of `resolve`
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from annotator.info import InfoField
from annotator.result import Found, Release, Result
from annotator.runtime.named_tuple import NamedTuple

if TYPE_CHECKING:
    import re

    from annotator.store.store import Integers, Mask
    from annotator.variants.query import Consequence, Loci, Query, StructuralQuery

__all__ = ["DEFAULT_OVERLAP", "Combinations", "LineHint", "RemoteSource", "Source", "Wanted"]

DEFAULT_OVERLAP = 0.5
"""Part of a structural record that an allele must cover, unless the user chooses another."""

R_co = TypeVar("R_co", covariant=True)


class Wanted(enum.Enum):
    """Alleles for which a source reads the identifiers and annotations of their records."""

    NONE = "none"
    INDELS = "indels"  # insertions and deletions
    ANNOTATED = "annotated"  # all alleles, if the header declares more than rs numbers
    ALL = "all"


class Combinations(NamedTuple):
    """CIViC's combination profiles, which need several variants in one sample.

    Attributes:
        complete: numbers of the profiles that some sample satisfies.
        partial: number of other profiles of which a part was found.

    """

    complete: frozenset[int] = frozenset()
    partial: int = 0


class LineHint(NamedTuple):
    """Content of a line whose annotations may lead to a match: a name and a pattern, if given.

    Attributes:
        pattern: pattern that the line contains.
        genes: symbols and NCBI Gene numbers, of which the line names at least one, if there are any.
        transcripts: accessions without versions, of which the line names at least one, if there are any.
        residues: by names of genes, the residues at which a substitution, a silent change or a new stop can match;
            empty if any can. Every other protein change can match.
        may_match: returns whether an allele with a consequence on a transcript may match, whatever residues a
            substitution, a silent change or a new stop affects; None if any may. Every other protein change may match.

    """

    pattern: re.Pattern[bytes] | None = None
    genes: frozenset[str] = frozenset()
    transcripts: frozenset[str] = frozenset()
    residues: Mapping[str, frozenset[int]] = MappingProxyType({})
    may_match: Callable[[Consequence], bool] | None = None


class Source(ABC, Generic[R_co]):
    """One way to look up alleles in one knowledge base.

    Attributes:
        name: name, such as `clinvar-snapshot`.
        knowledge_base: `clinvar` or `civic`; the word in ANNSTATUS and in the summary.
        title: name as the knowledge base writes it; the `Source` of its `##INFO` lines.
        fields: the INFO fields that its records fill, in the order in which they are written.
        identifiers: alleles for which it reads identifiers and annotations from the record.
        is_remote: whether it is queried over the network, in an event loop and in one process.
        formats_rows: whether `located` and `items` format found alleles without a lookup for each.
        has_combinations: whether it has combination profiles.

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
        """Return the release on which the results are based."""

    @abstractmethod
    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Return one result per query, in the same order."""

    async def resolve_online(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Return the results of `resolve` from within an event loop; a remote source implements only this method."""
        return self.resolve(queries)

    def candidates(self, contig: str, loci: Loci) -> Mask:  # noqa: ARG002  # the default looks at nothing
        """Return the records that may have an allele found by its key; the others are certainly not found.

        The default is every record.

        Args:
            contig: canonical name.
            loci: positions at which the alleles of each record can be found.

        """
        import numpy as np

        return np.ones(loci.first.size, dtype=bool)

    def selected(self, ids: AbstractSet[str]) -> Source[R_co]:  # noqa: ARG002
        """Return a source whose records contain at least what some INFO fields need; the default is this source."""
        return self

    # Annotations by VEP, SnpEff and others in the record

    def line_hints(
        self,
        *,
        genes: bool,  # noqa: ARG002
        caids: bool,  # noqa: ARG002
        peptides: bool,  # noqa: ARG002
    ) -> Sequence[LineHint]:
        """Return hints; a line fits at least one if its annotations may lead to a match. The default is none.

        Args:
            genes: whether the file's annotations name genes.
            caids: whether its records have numbers of the ClinGen Allele Registry.
            peptides: whether protein changes may be given in a notation other than HGVS.

        """
        return ()

    # Annotations that matter only near the alleles of the source

    def near_pattern(self, *, joint: bool) -> re.Pattern[bytes] | None:  # noqa: ARG002
        """Return the pattern of a line near an allele of the source whose annotations may lead to a result.

        The default is None: no such line leads to one. The line may be a record of a BCF, in which a value follows any
        byte.

        Args:
            joint: whether the file has annotations of bcftools csq, which may refer to the record of another allele.

        """
        return None

    def near(self, contig: str, loci: Loci) -> Mask:  # noqa: ARG002
        """Return the records in which `near_pattern` matters; the default is every record."""
        import numpy as np

        return np.ones(loci.first.size, dtype=bool)

    # Symbolic ALTs and breakends

    @property
    def structural_kinds(self) -> frozenset[str]:
        """Kinds of ALTs without bases for which it has results: `symbolic`, `breakend`; the default is none."""
        return frozenset()

    def reads_structural(self, kind: str, alt: str) -> bool:  # noqa: ARG002
        """Return whether it may have a result for an ALT without bases, by its kind and its text."""
        return kind in self.structural_kinds

    def resolve_structural(self, query: StructuralQuery) -> Result[R_co] | None:  # noqa: ARG002
        """Return the result for a symbolic ALT or a breakend; None if its record does not state what a lookup needs."""
        return None

    def with_overlap(self, least: float) -> Source[R_co]:  # noqa: ARG002
        """Return a source that reports structural records of which an allele covers some part; the default is this one.

        Args:
            least: part of a record, above 0 and at most 1.

        """
        return self

    # Fast path: the INFO of many found alleles at once

    def located(self, contig: str, loci: Loci) -> tuple[Mask, Integers]:
        """Return the candidates, and the row of each record whose only allele is certainly found; else -1."""
        import numpy as np

        return self.candidates(contig, loci), np.full(loci.first.size, -1)

    def items(self, rows: Sequence[int]) -> list[str]:
        """Return the INFO items, joined by `;`, of rows that `located` returned, for records with one ALT."""
        if rows:
            raise LookupError(f"{self.name} formats no rows")
        return []

    def statements(self, ids: Iterable[str] | None = None) -> Mapping[str, str]:  # noqa: ARG002
        """Return texts of entries by id, for reports, without entries that have none; all texts if no ids are given."""
        return {}

    # Combination profiles

    def combination_members(self, found: Found[Any]) -> Sequence[int]:  # noqa: ARG002
        """Return the numbers of a result's variants that a combination profile may require or exclude."""
        return ()

    def variants_within(self, contig: str, start: int, stop: int) -> Sequence[int]:  # noqa: ARG002
        """Return the numbers of the variants in a range whose absence a combination profile requires."""
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
            covers: returns whether a range of positions was sequenced in all samples; None if unknown.

        """
        return Combinations()

    def with_combinations(self, profiles: frozenset[int]) -> Source[R_co]:  # noqa: ARG002
        """Return a source that also reports some combination profiles; the default is this source."""
        return self


class RemoteSource(Source[R_co]):
    """A source that is queried over the network."""

    is_remote = True

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Raise an error: a remote source is queried with `resolve_online`, in an event loop."""
        raise RuntimeError(
            f"{self.name} is queried over the network: use resolve_online for {len(queries)} queries"
        )

    @abstractmethod
    async def resolve_online(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """Return one result per query, in the same order."""
