"""Make `annotator/variants/gene_symbols.tsv.gz` from HGNC's table of genes.

    python -m tests.tables.make_gene_symbols HGNC.tsv

HGNC.tsv is a custom download from https://www.genenames.org/download/custom/ with the columns Approved symbol, Status,
Alias symbols, Previous symbols, Locus type and NCBI Gene ID (supplied by NCBI). HGNC's data are free of restrictions
(https://www.genenames.org/about/license/). The table in the package was made from the state of July 2024, of 49,013
rows.

A row of the result is a symbol and the NCBI Gene number of the one gene that it means, or 0 where it means several:

- a previous symbol of exactly one protein-coding gene, which is no gene's symbol today (MLL2: 8085), and the symbol
  that this gene has now (KMT2D: 8085);
- a symbol of today that other genes have as an alias or had before (AR: 367, although AREG is called AR too);
- an alias or previous symbol of several genes (MLL4: 0).
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "annotator" / "variants" / "gene_symbols.tsv.gz"
CODING = "gene with protein product"
ENTREZ = "NCBI Gene ID(supplied by NCBI)"


def listed(text: str) -> list[str]:
    """Elements of a list of HGNC's, in upper case."""
    return [part.strip().upper() for part in text.split(",") if part.strip()]


def symbols(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, int]]:
    """Return each symbol with the number of its gene, 0 for several."""
    approved = {row["Approved symbol"].upper(): int(row[ENTREZ] or 0) for row in rows}
    previous: dict[str, set[int]] = defaultdict(set)
    others: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        number = int(row[ENTREZ] or 0)
        for symbol in listed(row["Previous symbols"]):
            previous[symbol].add(number if row["Locus type"] == CODING else 0)
        for symbol in (*listed(row["Previous symbols"]), *listed(row["Alias symbols"])):
            if symbol != row["Approved symbol"].upper():
                others[symbol].add(number)
    current = {number: symbol for symbol, number in approved.items()}
    found: dict[str, int] = {}
    for symbol, numbers in others.items():
        before = previous.get(symbol, set())
        if symbol in approved:
            found[symbol] = approved[symbol]
        elif len(before) == 1 and before != {0}:
            (number,) = before
            found |= {symbol: number, current[number]: number}
        elif len(numbers) > 1:
            found[symbol] = 0
    yield from found.items()


def main() -> int:
    """Write the table; return the exit status."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["Status"] == "Approved"]
    found = sorted(symbols(rows))
    text = "".join(f"{symbol}\t{number}\n" for symbol, number in found)
    TABLE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{len(rows):,} genes, {len(found):,} symbols, {TABLE.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
