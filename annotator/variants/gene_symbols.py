"""Gene symbols that changed or that several genes share, with NCBI Gene numbers, after HGNC.

The table ships with the package. It is made by `tests/tables/make_gene_symbols.py`, which says of what; its rows are
facts of HGNC, whose data are free of restrictions (https://www.genenames.org/about/license/).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

__all__ = ["gene_numbers", "symbols_of"]

_TABLE = "gene_symbols.tsv.gz"


@cache
def gene_numbers() -> Mapping[str, int]:
    """Return NCBI Gene numbers by symbol, in upper case.

    There are previous symbols with those of today, symbols that other genes use as an alias, and with the number 0
    those that mean several genes. Symbols that never changed and that no other gene uses are not there.
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
    """Return the symbols of a gene, that of today and previous ones, in upper case; none if it never had another.

    >>> symbols_of(8085)
    ('KMT2D', 'MLL2', 'TNRC21')
    """
    return _symbols().get(number, ())
