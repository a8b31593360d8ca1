"""Gene symbols that changed or are shared by several genes, with NCBI Gene numbers, from HGNC.

The table ships with the package. `tests/tables/make_gene_symbols.py` makes it and documents its input; its rows are
facts of HGNC, whose data are free of restrictions (https://www.genenames.org/about/license/).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

__all__ = ["gene_numbers", "symbols_of"]

_TABLE = "gene_symbols.tsv.gz"


@cache
def gene_numbers() -> Mapping[str, int]:
    """Return NCBI Gene numbers by upper-case symbol.

    The table has previous symbols with their current ones, symbols that are also aliases of other genes, and, with
    number 0, symbols of several genes. Symbols that never changed and are used by one gene only are not listed.
    """
    import gzip
    from importlib import resources

    packed = resources.files("annotator.variants").joinpath(_TABLE).read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return {symbol: int(number) for symbol, _, number in (line.partition("\t") for line in lines)}


@cache
def _symbols() -> Mapping[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for symbol, number in gene_numbers().items():
        found.setdefault(number, []).append(symbol)
    return {number: tuple(symbols) for number, symbols in found.items() if number}


def symbols_of(number: int) -> tuple[str, ...]:
    """Return the current and previous symbols of a gene, in upper case; empty if its symbol never changed.

    >>> symbols_of(8085)
    ('KMT2D', 'MLL2', 'TNRC21')
    """
    return _symbols().get(number, ())
