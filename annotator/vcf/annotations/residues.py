"""Fast filter for entries of annotations that can affect certain residues of certain genes' proteins.

In an exome, nearly every entry that names a gene of interest has a substitution at another residue. This filter
excludes these entries by splitting them, without interpreting their parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from annotator.vcf.annotations.layout import Layout, Part, Writer

__all__ = ["ResidueFilter"]

_SIMPLE = re.compile(
    rb"(?:[^:|]*:)?p\.\(?(?:[A-Z][a-z]{2}|[A-Z*])([0-9]{1,6})(?:[A-Z][a-z]{2}|[A-Z*=]|%3D)\)?"
)
"""A substitution, a silent change or a new stop: no equivalent spelling names another residue."""

_PLAIN = re.compile(rb"[A-Za-z0-9_.-]*")
"""A name that needs no parsing: neither encoded nor surrounded by spaces of any kind."""


class ResidueFilter:
    """Filter for entries that may affect certain residues.

    Args:
        layouts: layouts of the annotations that the header declares.
        residues: numbers of residues by gene name.

    Attributes:
        is_known: whether each annotation shows the protein change of an entry; if not, every entry fits.

    """

    def __init__(self, layouts: Sequence[Layout], residues: Mapping[str, frozenset[int]]) -> None:
        naming = [layout for layout in layouts if layout.names_genes]
        self.is_known = all(
            Part.HGVS_P in layout.parts and layout.writer is not Writer.BCFTOOLS for layout in naming
        )
        self._places = {
            layout.key: (
                [layout.parts[part] for part in (Part.SYMBOL, Part.GENE_ID) if part in layout.parts],
                layout.parts.get(Part.HGVS_P, -1),
            )
            for layout in naming
        }
        self._residues = {name.encode(): numbers for name, numbers in residues.items()}

    def required(self, layout: Layout) -> int | None:
        """Return the 0-based index of the part without which an entry does not fit; None if there is none."""
        return layout.parts.get(Part.HGVS_P) if self.is_known else None

    def fits(self, key: str, entry: bytes) -> bool:
        """Return whether an entry changes one of the residues, or changes a protein of the genes in a complex way.

        Args:
            key: INFO key of the annotation.
            entry: one entry of its value.

        """
        return not self.is_known or self._fits(entry, *self._places[key])

    def _fits(self, entry: bytes, names: Sequence[int], place: int) -> bool:
        last = max(place, *names)
        parts = entry.split(b"|", last + 1)
        if len(parts) <= last:
            return True  # a damaged entry, or one cut by a comma
        change = parts[place]
        if not change:
            return False
        simple = _SIMPLE.fullmatch(change)
        for name in (parts[index] for index in names):
            numbers = self._residues.get(name)
            if numbers is None and _PLAIN.fullmatch(name) is None:
                return True  # it is encoded
            if numbers is not None and (simple is None or int(simple[1]) in numbers):
                return True
        return False
