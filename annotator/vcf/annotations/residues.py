"""Fast filter for lines whose annotations can affect certain residues of certain genes' proteins.

In an exome, nearly every line that names a gene of interest has a substitution at another residue. This filter excludes
these lines by splitting their annotations, without interpreting each entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from annotator.vcf.annotations.layout import Layout, Part, Writer

__all__ = ["ResidueFilter"]

_SIMPLE = re.compile(
    rb"(?:[^:|]*:)?p\.\(?(?:[A-Z][a-z]{2}|[A-Z*])([0-9]{1,6})(?:[A-Z][a-z]{2}|[A-Z*=]|%3D)\)?"
)
"""A substitution, a silent change or a new stop: no equivalent spelling names another residue."""

_PLAIN = re.compile(rb"[A-Za-z0-9_.-]*")
"""A name that needs no parsing: neither encoded nor surrounded by spaces of any kind."""


class ResidueFilter:
    """Filter for lines that may affect certain residues.

    Args:
        layouts: layouts of the annotations that the header declares.
        residues: numbers of residues by gene name.

    Attributes:
        is_known: whether each annotation shows the protein change of an entry; if not, every line fits.

    """

    def __init__(self, layouts: Sequence[Layout], residues: Mapping[str, frozenset[int]]) -> None:
        naming = [layout for layout in layouts if layout.names_genes]
        self.is_known = all(
            Part.HGVS_P in layout.parts and layout.writer is not Writer.BCFTOOLS for layout in naming
        )
        self._layouts = [
            (
                re.compile(
                    rb"[\t;]" + re.escape(layout.key.encode("utf-8", "surrogateescape")) + rb"=([^;\t]*)"
                ),
                [layout.parts[part] for part in (Part.SYMBOL, Part.GENE_ID) if part in layout.parts],
                layout.parts.get(Part.HGVS_P, -1),
            )
            for layout in naming
        ]
        self._residues = {name.encode(): numbers for name, numbers in residues.items()}

    def fits(self, info: bytes) -> bool:
        """Return whether an entry changes one of the residues, or changes a protein of the genes in a complex way.

        Args:
            info: the INFO column of a line, starting with the tab before it.

        """
        if not self.is_known:
            return True
        return any(
            self._fits(entry.split(b"|"), names, place)
            for key, names, place in self._layouts
            for value in key.findall(info)
            for entry in value.split(b",")
        )

    def _fits(self, parts: Sequence[bytes], names: Sequence[int], place: int) -> bool:
        if len(parts) <= max(place, *names):
            return True  # a damaged entry, or one cut by a comma
        change = parts[place]
        if not change:
            return False
        numbers = list(self._numbers(parts, names))
        if not numbers:
            return False
        simple = _SIMPLE.fullmatch(change)
        return simple is None or any(found is None or int(simple[1]) in found for found in numbers)

    def _numbers(self, parts: Sequence[bytes], names: Sequence[int]) -> Iterator[frozenset[int] | None]:
        """Yield the residues of the genes that an entry names; None for a name that is encoded."""
        for place in names:
            name = parts[place]
            if _PLAIN.fullmatch(name) is None:
                yield None
            elif name in self._residues:
                yield self._residues[name]
