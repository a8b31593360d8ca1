"""What every source is: a small thing that answers for alleles.

A source never raises for one bad allele; it answers `Unsupported` or `Failed` in that allele's place.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from annotator.info import InfoField
from annotator.question import Question, StructuralQuestion
from annotator.resolution import Release, Resolution

if TYPE_CHECKING:
    import re

    from annotator.snapshot.store import Integers, Mask

__all__ = ["ReadsNotes", "Source", "Wanted"]

R_co = TypeVar("R_co", covariant=True)


class Wanted(enum.Enum):
    """Of which alleles a source wants the identifiers."""

    NONE = "none"
    UNALIGNED = "unaligned"
    ALL = "all"


class Source(Protocol[R_co]):
    """One way to ask one knowledge base.

    Attributes:
        name: such as `clinvar-snapshot`.
        knowledge_base: `clinvar` or `civic`; the word in ANNSTATUS and in the sum.
        title: the knowledge base as it writes itself; the `Source` of its `##INFO` lines.
        fields: the INFO fields that its records fill, in the order in which they are written.
        uses_identifiers: which alleles' identifiers it may ask for: those of alleles that are not normalised
            (`Wanted.UNALIGNED`), of all, or of none.
        is_remote: whether it waits for a network; then it is asked in an event loop, in one process.

    """

    name: str
    knowledge_base: str
    title: str
    fields: Sequence[InfoField[Any]]
    uses_identifiers: Wanted
    is_remote: bool

    def candidates(self, contig: str, first: Integers, last: Integers) -> Mask:
        """Tell which ranges of positions may hold an allele that it knows; the others are surely absent.

        Args:
            contig: canonical name.
            first: 1-based first positions at which an allele's key may start.
            last: last such positions, inclusive.

        """
        ...

    async def release(self) -> Release:
        """What the answers rest on."""
        ...

    async def resolve(self, questions: Sequence[Question]) -> Sequence[Resolution[R_co]]:
        """One resolution per question, in the same order."""
        ...


@runtime_checkable
class ReadsNotes(Protocol[R_co]):
    """What a source is besides, if it also answers by what VEP and SnpEff say of an allele."""

    @property
    def reads_structural(self) -> bool:
        """Whether it answers for symbolic ALTs and breakends whose records name genes."""
        ...

    def line_patterns(self, *, genes: bool, caids: bool) -> Sequence[re.Pattern[bytes]]:
        """Patterns of which a line holds one if its alleles can be known by what its annotations say.

        Args:
            genes: whether the file's annotations name genes.
            caids: whether its records have numbers of the ClinGen Allele Registry.

        """
        ...

    def resolve_structural(self, question: StructuralQuestion) -> Resolution[R_co]:
        """The resolution of a symbolic ALT or a breakend; `Absent` where nothing is known by its genes."""
        ...
