"""What every source is: a small thing that answers for alleles.

A source never raises for one bad allele; it answers `Unsupported` or `Failed` in that allele's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from annotator.allele import AlleleKey
from annotator.info import InfoField
from annotator.resolution import Release, Resolution

if TYPE_CHECKING:
    from annotator.snapshot.store import Integers, Mask

__all__ = ["Source"]

R_co = TypeVar("R_co", covariant=True)


class Source(Protocol[R_co]):
    """One way to ask one knowledge base.

    Attributes:
        name: such as `clinvar-snapshot`.
        knowledge_base: `clinvar` or `civic`; the word in ANNSTATUS and in the sum.
        title: the knowledge base as it writes itself; the `Source` of its `##INFO` lines.
        fields: the INFO fields that its records fill, in the order in which they are written.

    """

    name: str
    knowledge_base: str
    title: str
    fields: Sequence[InfoField[Any]]

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

    async def resolve(self, alleles: Sequence[AlleleKey]) -> Sequence[Resolution[R_co]]:
        """One resolution per allele, in the same order."""
        ...
