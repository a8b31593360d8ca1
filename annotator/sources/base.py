"""What every source is: a small thing that answers for alleles.

A source never raises for one bad allele; it answers `Unsupported` or `Failed` in that allele's place.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from annotator.info import InfoField
from annotator.question import Question
from annotator.resolution import Release, Resolution

if TYPE_CHECKING:
    from annotator.snapshot.store import Integers, Mask

__all__ = ["Source", "Wanted"]

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
