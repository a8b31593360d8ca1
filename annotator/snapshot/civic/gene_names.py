"""All names of CIViC's genes: symbol, NCBI Gene number, previous symbols and aliases.

A name is used for a gene only if it is unambiguous: not the symbol of another gene, in CIViC or elsewhere, not an alias
of two of CIViC's genes, and not one that HGNC lists for several genes. Therefore AR is the androgen receptor, although
AREG has the alias AR.

Aliases are CIViC's feature aliases, and those in alternative names of a fusion: `KMT2A::MLLT3`, also called
`MLL-MLLT3`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from annotator.sources.civic.knowledge import Feature, FeatureKind, Variant
from annotator.variants.gene_symbols import gene_numbers, symbols_of

__all__ = ["GeneNames"]


class GeneNames:
    """Names of genes.

    Args:
        variants: all variants of a knowledge base.

    """

    def __init__(self, variants: Iterable[Variant]) -> None:
        every = list(variants)
        genes = {feature.name: feature for feature in _genes(every)}
        self._numbers = {symbol.upper(): feature.entrez_id for symbol, feature in genes.items()}
        claims: dict[str, set[str]] = defaultdict(set)
        for symbol, alias in _stated_aliases(every, genes.values()):
            claims[alias].add(symbol)
        self._aliases: dict[str, list[str]] = defaultdict(list)
        for alias, symbols in sorted(claims.items()):
            if len(symbols) == 1 and self._is_free(alias, next(iter(symbols))):
                self._aliases[next(iter(symbols))].append(alias)

    def of(self, symbol: str, entrez_id: int | None = None) -> tuple[str, ...]:
        """Return all names of a gene, including its NCBI Gene number as text.

        Args:
            symbol: symbol as CIViC writes it.
            entrez_id: NCBI Gene number, if CIViC states it.

        """
        upper = symbol.upper()
        number = entrez_id or self._numbers.get(upper) or gene_numbers().get(upper, 0)
        names = {symbol, upper, *self._aliases.get(upper, ())}
        if number:
            names |= {str(number), *(name for name in symbols_of(number) if self._is_of(name, number, upper))}
        return tuple(sorted(names - {""}))

    def _is_of(self, name: str, number: int, symbol: str) -> bool:
        """Return whether a symbol of HGNC is not that of another gene in CIViC."""
        return name == symbol or self._numbers.get(name, number) == number

    def _is_free(self, alias: str, symbol: str) -> bool:
        """Return whether an alias denotes no gene other than the one that claims it."""
        number = self._numbers.get(symbol)
        known = gene_numbers().get(alias)
        return alias not in self._numbers and (known is None or (known == number != 0))


def _genes(variants: Iterable[Variant]) -> Iterator[Feature]:
    return (variant.feature for variant in variants if variant.feature.kind is FeatureKind.GENE)


def _stated_aliases(variants: Iterable[Variant], genes: Iterable[Feature]) -> Iterator[tuple[str, str]]:
    """Yield symbols and an alias of each, both in upper case."""
    for feature in genes:
        for alias in feature.aliases:
            yield feature.name.upper(), alias.upper()
    for variant in variants:
        if sides := re.fullmatch(r"([A-Z0-9-]+)::([A-Z0-9-]+)", variant.name.upper()):
            for alias in variant.aliases:
                yield from _fusion_aliases(sides[1], sides[2], alias.upper())


def _fusion_aliases(five: str, three: str, alias: str) -> Iterator[tuple[str, str]]:
    """Yield the aliases that another name of a fusion uses for one of its genes, if it shares the other gene."""
    for symbol, pattern in (
        (five, rf"([A-Z0-9-]{{2,}}?)(?:::|-){re.escape(three)}"),
        (three, rf"{re.escape(five)}(?:::|-)([A-Z0-9-]{{2,}})"),
    ):
        if (found := re.fullmatch(pattern, alias)) and found[1].strip("-:") != symbol:
            yield symbol, found[1]
