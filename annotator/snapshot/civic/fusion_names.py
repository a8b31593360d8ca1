"""The two genes in the name of a fusion, in CIViC's current notation and the one before 2022.

    `EML4::ALK`      since 2022 (HGVS and HGNC)
    `EML4-ALK`       before; gene symbols have hyphens, too (`HLA-A`, `NKX2-1`)
    `ALK FUSIONS`    before, of any partner; `FUSION` since

A hyphen joins two genes only if one side is the gene of the variant, and the other side is known as a gene or the type
of the variant is a fusion. A name that can be split in two ways is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from annotator.snapshot.civic.gene_names import GeneNames
from annotator.snapshot.civic.protein_names import bare_name, codons_of
from annotator.sources.civic.knowledge import FeatureKind, Variant
from annotator.variants.gene_symbols import gene_numbers
from annotator.variants.protein_change import parse_protein_change

__all__ = ["FusionNames"]

_GENE = r"[A-Z0-9][A-Z0-9-]*"
_ANY_PARTNER = {"FUSION", "FUSIONS", "REARRANGEMENT", "REARRANGEMENTS"}
_SHORTEST = 2  # letters of a symbol that is accepted as a gene's


class FusionNames:
    """Parser of the genes in names of fusions.

    Args:
        variants: all variants of a knowledge base.
        genes: names of its genes.

    """

    def __init__(self, variants: Iterable[Variant], genes: GeneNames) -> None:
        every = list(variants)
        self._genes = genes
        features = {one.feature for one in every if one.kind is FeatureKind.GENE}
        self._known = {name for one in features for name in genes.of(one.name, one.entrez_id)}
        partners = {side for one in every for sides in self._typed(one) for side in sides}
        self._known |= partners

    def sides(self, variant: Variant) -> tuple[str, str] | None:
        """Return the 5' and the 3' gene that a name joins; None for a name that does not join two genes.

        For the variant's own gene, CIViC's symbol is returned, so that `BCR-ABL` of ABL1 is BCR and ABL1.
        """
        name = bare_name(variant.name)
        if found := re.fullmatch(rf"({_GENE})::({_GENE})", name):
            return found[1], found[2]
        splits = [
            sides
            for sides in self._splits(variant, name)
            if _is_typed(variant) or all(self._is_known(side) for side in sides)
        ]
        return splits[0] if len(splits) == 1 else None

    def is_of_any_partner(self, variant: Variant) -> bool:
        """Return whether a name denotes a fusion of the variant's gene with any other one."""
        name = bare_name(variant.name)
        before, _, last = name.rpartition(" ")
        return last in _ANY_PARTNER and (not before or before in self._own(variant))

    def _own(self, variant: Variant) -> set[str]:
        return set(self._genes.of(variant.feature.name, variant.feature.entrez_id))

    def _splits(self, variant: Variant, name: str) -> Iterator[tuple[str, str]]:
        """Yield the ways to split a name at a hyphen next to the variant's own gene."""
        if variant.kind is not FeatureKind.GENE or not re.fullmatch(_GENE, name):
            return
        own, symbol = self._own(variant), variant.feature.name.upper()
        for hyphen in re.finditer("-", name):
            first, second = name[: hyphen.start()], name[hyphen.end() :]
            if (first in own) == (second in own):
                continue
            other = second if first in own else first
            if re.fullmatch(_GENE, other) and not (parse_protein_change(other) or codons_of(other)):
                yield (symbol, second) if first in own else (first, symbol)

    def _typed(self, variant: Variant) -> list[tuple[str, str]]:
        """Return how to split a name whose variant type is a fusion; empty unless there is exactly one way."""
        found = list(self._splits(variant, bare_name(variant.name))) if _is_typed(variant) else []
        return found if len(found) == 1 else []

    def _is_known(self, side: str) -> bool:
        return side in self._known or (len(side) >= _SHORTEST and gene_numbers().get(side, 0) > 0)


def _is_typed(variant: Variant) -> bool:
    return any(one.endswith("fusion") for one in variant.types)
