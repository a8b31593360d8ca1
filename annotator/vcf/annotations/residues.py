"""Whether the annotations of a line can be about one of some residues of some genes' proteins, told quickly.

In an exome nearly every line that names a gene of interest has a substitution at some other residue of it. These lines
are told from the others by splitting their annotations, without reading what each entry means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from annotator.vcf.annotations.layout import Layout, Part, Writer

__all__ = ["ResidueFilter"]

_SIMPLE = re.compile(
    rb"(?:[^:|]*:)?p\.\(?(?:[A-Z][a-z]{2}|[A-Z*])([0-9]{1,6})(?:[A-Z][a-z]{2}|[A-Z*=]|%3D)\)?"
)
"""A substitution, a silent change or a new stop: no other spelling has another residue."""

_ODD = (b"%", b" ", b"&")
"""Signs of an encoded name, which is read in another way."""


class ResidueFilter:
    """Tells which lines may be about one of some residues.

    Args:
        layouts: of the annotations that the header declares.
        residues: numbers of residues by the names of genes.

    """

    def __init__(self, layouts: Sequence[Layout], residues: Mapping[str, frozenset[int]]) -> None:
        naming = [layout for layout in layouts if layout.names_genes]
        self._is_known = all(
            Part.HGVS_P in layout.parts and layout.writer is not Writer.BCFTOOLS for layout in naming
        )
        self._layouts = [
            (
                re.compile(rb"[\t;]" + re.escape(layout.key.encode()) + rb"=([^;\t]*)"),
                [layout.parts[part] for part in (Part.SYMBOL, Part.GENE_ID) if part in layout.parts],
                layout.parts.get(Part.HGVS_P, -1),
            )
            for layout in naming
        ]
        self._residues = {name.encode(): numbers for name, numbers in residues.items()}

    def fits(self, info: bytes) -> bool:
        """Return whether an entry changes one of the residues, or a protein of the genes in a way that is not simple.

        Args:
            info: the INFO column of a line, from the tab before it on.

        """
        if not self._is_known:
            return True
        return any(
            self._fits(entry.split(b"|"), names, place)
            for key, names, place in self._layouts
            for value in key.findall(info)
            for entry in value.split(b",")
        )

    def _fits(self, parts: Sequence[bytes], names: Sequence[int], place: int) -> bool:
        if len(parts) <= max(place, *names):
            return True  # a damaged entry, or one that a comma cuts
        change = parts[place]
        if not change:
            return False
        numbers = list(self._numbers(parts, names))
        if not numbers:
            return False
        simple = _SIMPLE.fullmatch(change)
        return simple is None or any(found is None or int(simple[1]) in found for found in numbers)

    def _numbers(self, parts: Sequence[bytes], names: Sequence[int]) -> Iterator[frozenset[int] | None]:
        """Yield the residues of the genes that an entry names; None for a name that is not as it is written."""
        for place in names:
            name = parts[place]
            if any(sign in name for sign in _ODD):
                yield None
            elif name in self._residues:
                yield self._residues[name]
