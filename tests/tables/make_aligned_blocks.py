#!/usr/bin/env python3
"""Make `annotator/variants/aligned_blocks.tsv.gz` from Ensembl's chain file of GRCh37 and GRCh38.

    python3 -m tests.tables.make_aligned_blocks GRCh37_to_GRCh38.chain.gz

Ensembl's file has chromosomes, alternate sequences and patches, each under two names. The table keeps only the blocks
that lie on the same chromosome in both assemblies (1 to 22, X, Y, MT), once. A file in which a base of one assembly is
aligned to two bases of the other is refused, because a position could be lifted to two places.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from annotator.variants.chain_file import read_chain_blocks
from annotator.variants.lift import TABLE, AlignedBlock

HEADER = """\
# Aligned blocks of GRCh37 and GRCh38, chromosomes 1 to 22, X, Y and MT. 1-based; see aligned_blocks.README.md.
# contig\tstart in GRCh37\tlength\tstart in GRCh38\tstrand in GRCh38
"""


def table_text(blocks: Iterable[AlignedBlock]) -> str:
    """Return the text of the table.

    Raises:
        ValueError: two blocks share a base of either assembly.

    """
    found = sorted(set(blocks), key=lambda block: (CANONICAL_CONTIGS.index(block.contig), block.start))
    for one_way in (found, [block.inverse() for block in found]):
        ordered = sorted(one_way)
        for block, following in pairwise(ordered):
            if block.contig == following.contig and following.start <= block.stop:
                raise ValueError(f"two blocks share base {following.start} of {block.contig}")
    lines = [
        f"{block.contig}\t{block.start}\t{block.length}\t{block.target_start}\t{'-' if block.is_reverse else '+'}\n"
        for block in found
    ]
    return HEADER + "".join(lines)


def table_bytes(chain: Path) -> bytes:
    """Return the compressed table made from a chain file; the same file gives the same bytes."""
    blocks = read_chain_blocks(chain, Assembly.GRCH37, Assembly.GRCH38)
    same = (block for block in blocks if block.contig == block.target_contig)
    return gzip.compress(table_text(same).encode("ascii"), 9, mtime=0)


def main() -> None:
    """Write the table into the package."""
    target = Path(__file__).parents[2] / "annotator" / "variants" / TABLE
    target.write_bytes(table_bytes(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
