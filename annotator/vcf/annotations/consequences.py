"""Fast filter for entries with a consequence that may lead to a match, whatever residue it changes.

Nearly all entries of a gene of interest have consequences that no category of its variants includes, such as
`intron_variant`. Each consequence is judged once: the same one occurs at many positions and in many transcripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.amino_acids import RESIDUE_LETTERS, THREE_LETTERS
from annotator.variants.query import Consequence
from annotator.vcf.annotations.entries import consequence_of
from annotator.vcf.annotations.layout import Layout, Part, Writer

__all__ = ["ConsequenceFilter"]

_SIMPLE = re.compile(
    rb"(?:[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[0-9]{1,9})?:)?"
    rb"p\.(\()?([A-Z][a-z]{2})[0-9]{1,6}(?:([A-Z][a-z]{2})|=|%3D)(?(1)\))"
)
"""A substitution, a silent change or a new stop."""

_RESIDUES = frozenset(THREE_LETTERS[letter].encode() for letter in RESIDUE_LETTERS)
_STOP, _SUBSTITUTED, _STOPPED, _UNCHANGED = b"Ter", b"p.Ala2Gly", b"p.Ala2Ter", b"p.Ala2="
_READ = (Part.TERMS, Part.SYMBOL, Part.EXON, Part.INTRON, Part.RANK)
"""Parts on which a match depends, except for the number of the gene and the protein change."""
_MOST_JUDGED = 1 << 16


class _Places(NamedTuple):
    """Places of the parts of an annotation.

    Attributes:
        layout: the layout.
        read: returns the parts on which a match depends, except for the number of the gene and the protein change.
        gene_id: index of the number of the gene; None if entries have none.
        change: index of the protein change.
        last: highest index of all these parts.

    """

    layout: Layout
    read: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    gene_id: int | None
    change: int
    last: int


class ConsequenceFilter:
    """Filter for entries with a consequence that may lead to a match.

    Args:
        layouts: layouts of the annotations that the header declares.
        may_match: returns whether an allele with a consequence may match, whatever its transcript and strand, and
            whatever residues a substitution, a silent change or a new stop affects. Only a number counts as `gene_id`.

    Attributes:
        is_known: whether each annotation shows the protein change of an entry; if not, every entry fits.

    """

    def __init__(self, layouts: Sequence[Layout], may_match: Callable[[Consequence], bool]) -> None:
        naming = [layout for layout in layouts if layout.names_genes]
        self.is_known = all(
            Part.HGVS_P in layout.parts and layout.writer is not Writer.BCFTOOLS for layout in naming
        )
        self._places = {layout.key: _places(layout) for layout in naming} if self.is_known else {}
        self._may_match = may_match
        self._judged: dict[tuple[str, bytes, bytes, tuple[bytes, ...]], bool] = {}

    def required(self, layout: Layout) -> None:
        """Return None: an entry of any layout may fit without a protein change."""

    def fits(self, key: str, entry: bytes) -> bool:
        """Return whether an entry has a consequence that may lead to a match, or a complex protein change.

        Args:
            key: INFO key of the annotation.
            entry: one entry of its value.

        """
        return not self.is_known or self._fits(entry, self._places[key])

    def _fits(self, entry: bytes, places: _Places) -> bool:
        parts = entry.split(b"|", places.last + 1)
        if len(parts) <= places.last:
            return True  # a damaged entry, or one cut by a comma
        change = _kind_of(parts[places.change])
        if change is None:
            return True
        gene_id = b"" if places.gene_id is None else parts[places.gene_id]
        if gene_id[:1].isalpha():  # Ensembl's identifier
            gene_id = b""
        key = (places.layout.key, change, gene_id, places.read(parts))
        found = self._judged.get(key)
        if found is None:
            if len(self._judged) >= _MOST_JUDGED:
                self._judged.clear()
            found = self._judged[key] = self._may_match(_consequence(places, parts, change))
        return found


def _places(layout: Layout) -> _Places:
    read = [layout.parts[part] for part in _READ if part in layout.parts]
    gene_id, change = layout.parts.get(Part.GENE_ID), layout.parts[Part.HGVS_P]
    last = max(change, gene_id or 0, *read)
    return _Places(layout, itemgetter(*read), gene_id, change, last)


def _kind_of(change: bytes) -> bytes | None:
    """Return a representative of the changes of the same kind; None for a complex change."""
    if not change:
        return b""
    simple = _SIMPLE.fullmatch(change)
    if simple is None or simple[2] not in _RESIDUES:
        return None
    new = simple[3]
    if new is None or new == simple[2]:
        return _UNCHANGED
    return _STOPPED if new == _STOP else _SUBSTITUTED if new in _RESIDUES else None


def _consequence(places: _Places, parts: Sequence[bytes], change: bytes) -> Consequence:
    """Return the consequence of an entry, with another protein change."""
    own = [*parts]
    own[places.change] = change
    [entry] = places.layout.entries(b"|".join(own).decode("utf-8", "surrogateescape"))
    return consequence_of(places.layout, entry).consequence
