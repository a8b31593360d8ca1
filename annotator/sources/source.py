"""What every source is: a small thing that answers for alleles.

A source never raises for one bad allele; it answers `Unsupported` or `Failed` in that allele's place.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from annotator.info import InfoField
from annotator.result import Found, Release, Result
from annotator.variants.query import Loci, Query, StructuralQuery

if TYPE_CHECKING:
    import re

    from annotator.store.store import Integers, Mask

__all__ = ["Itemizes", "Joins", "ReadsNotes", "Selective", "Source", "Wanted"]

R_co = TypeVar("R_co", covariant=True)


class Wanted(enum.Enum):
    """Of which alleles a source wants the identifiers."""

    NONE = "none"
    UNALIGNED = "unaligned"
    ANNOTATED = "annotated"
    ALL = "all"


class Source(Protocol[R_co]):
    """One way to ask one knowledge base.

    Attributes:
        name: such as `clinvar-snapshot`.
        knowledge_base: `clinvar` or `civic`; the word in ANNSTATUS and in the sum.
        title: the knowledge base as it writes itself; the `Source` of its `##INFO` lines.
        fields: the INFO fields that its records fill, in the order in which they are written.
        uses_identifiers: which alleles' identifiers it may ask for: those of alleles that are not normalised
            (`Wanted.UNALIGNED`), of all if their records can have any beside rs numbers (`Wanted.ANNOTATED`), of
            all, or of none.
        is_remote: whether it waits for a network; then it is asked in an event loop, in one process.

    """

    name: str
    knowledge_base: str
    title: str
    fields: Sequence[InfoField[Any]]
    uses_identifiers: Wanted
    is_remote: bool

    def candidates(self, contig: str, places: Loci) -> Mask:
        """Tell of which records it may know an allele by its key; the others' are surely absent.

        Args:
            contig: canonical name.
            places: where they can be known.

        """
        ...

    async def release(self) -> Release:
        """What the answers rest on."""
        ...

    async def resolve(self, queries: Sequence[Query]) -> Sequence[Result[R_co]]:
        """One resolution per query, in the same order."""
        ...


@runtime_checkable
class ReadsNotes(Protocol[R_co]):
    """What a source is besides, if it also answers by what VEP and SnpEff say of an allele."""

    @property
    def reads_structural(self) -> frozenset[str]:
        """Kinds of ALTs for which it answers by the genes that their records name: `symbolic`, `breakend`."""
        ...

    def line_patterns(self, *, genes: bool, caids: bool) -> Sequence[re.Pattern[bytes]]:
        """Patterns of which a line holds one if its alleles can be known by what its annotations say.

        Args:
            genes: whether the file's annotations name genes.
            caids: whether its records have numbers of the ClinGen Allele Registry.

        """
        ...

    def resolve_structural(self, query: StructuralQuery) -> Result[R_co]:
        """The resolution of a symbolic ALT or a breakend; `Absent` where nothing is known by its genes."""
        ...


@runtime_checkable
class Selective(Protocol[R_co]):
    """What a source is besides, if reading a part of a record takes less time than all of it."""

    def telling(self, ids: AbstractSet[str]) -> Source[R_co]:
        """The same source, whose records hold what some INFO fields need, and need not hold more."""
        ...


@runtime_checkable
class Itemizes(Protocol):
    """What a source is besides, if it can say at once what the INFO of many records is to be."""

    knowledge_base: str

    def located(self, contig: str, places: Loci) -> tuple[Mask, Integers]:
        """What `candidates` tells; and its row of each record whose only allele it surely knows, -1 for the others."""
        ...

    def items(self, rows: Sequence[int]) -> list[str]:
        """What its fields say of each of some rows, for a record with one ALT: INFO items joined by `;`."""
        ...


@runtime_checkable
class Joins(Protocol[R_co]):
    """What a source is besides, if it says something of several variants together."""

    def sighted(self, answer: Found[Any]) -> Sequence[int]:
        """Numbers of the variants of an answer that may be part of such a profile, or may forbid one."""
        ...

    def looked_at(self, contig: str, start: int, stop: int) -> Sequence[int]:
        """Numbers of the variants whose absence matters and whose place is within a range of positions."""
        ...

    def satisfied(
        self,
        sightings: Mapping[int, AbstractSet[int]],
        looked_at: Mapping[int, AbstractSet[int]],
        covers: Callable[[str, int, int], bool] | None,
    ) -> tuple[frozenset[int], int]:
        """Numbers of the profiles that a sample satisfies, and how many more a part was found of.

        Args:
            sightings: samples that carry a variant.
            looked_at: samples in which a variant's place was looked at.
            covers: whether a range of positions was looked at in all samples; None if that is not known.

        """
        ...

    def joining(self, profiles: frozenset[int]) -> Source[R_co]:
        """The same source, which also says what it knows of such profiles."""
        ...
