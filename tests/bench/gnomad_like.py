"""Records like those of gnomAD's sites VCF: an allele each, with its frequency, counts and homozygotes.

    python -m tests.bench.gnomad_like WGS.vcf.gz OUT.vcf.gz [--records N] [--share S]

A share of the alleles are those of a file that is to be annotated; the others are drawn on the same invented genome.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from annotator.vcf.bgzf import EOF_BLOCK, MAX_BLOCK_DATA, deflate
from tests.bench.genome import Alleles, alleles_at

__all__ = ["write_gnomad"]

_LEVEL = 6
_INDELS = 0.12
_HEADER = """##fileformat=VCFv4.2
##fileDate=20260101
##INFO=<ID=AC,Number=A,Type=Integer,Description="Alternate allele count">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Total number of alleles">
##INFO=<ID=AF,Number=A,Type=Float,Description="Alternate allele frequency">
##INFO=<ID=nhomalt,Number=A,Type=Integer,Description="Count of homozygous individuals">
##INFO=<ID=AF_afr,Number=A,Type=Float,Description="Alternate allele frequency of one ancestry">
##INFO=<ID=AF_nfe,Number=A,Type=Float,Description="Alternate allele frequency of another ancestry">
##INFO=<ID=variant_type,Number=1,Type=String,Description="Variant type">
"""
_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def write_gnomad(query: Path, path: Path, records: int, share: float) -> None:
    """Write the file as BGZF, and its index.

    Args:
        query: VCF that is to be annotated.
        path: of the file.
        records: how many records to write, at most.
        share: share of them that have an allele of `query`.

    """
    import pysam

    lengths = Assembly.GRCH38.lengths
    names = {f"chr{name}": name for name in CANONICAL_CONTIGS}
    wanted = _alleles_of(query, names, round(records * share))
    contigs = "".join(f"##contig=<ID=chr{name},length={lengths[name]}>\n" for name in CANONICAL_CONTIGS)
    text = [_HEADER, contigs, _COLUMNS]
    with path.open("wb") as file:
        for contig, name in enumerate(CANONICAL_CONTIGS):
            count = round(records * (1 - share) * lengths[name] / sum(lengths.values()))
            rng = np.random.default_rng([20_260_101, contig])
            drawn = alleles_at(rng, contig, rng.integers(10_000, lengths[name] - 100, max(count, 1)), _INDELS)
            alleles = {**_spelled(drawn), **wanted.get(f"chr{name}", {})}
            text += _lines(rng, f"chr{name}", sorted(alleles))
            data = "".join(text).encode()
            whole = len(data) - len(data) % MAX_BLOCK_DATA
            file.write(deflate(data[:whole], _LEVEL))
            text = [data[whole:].decode()]
        file.write(deflate("".join(text).encode(), _LEVEL) + EOF_BLOCK)
    pysam.tabix_index(str(path), preset="vcf", force=True)


def _alleles_of(
    query: Path, names: dict[str, str], count: int
) -> dict[str, dict[tuple[int, str, str], None]]:
    """Give evenly chosen alleles of a file, by contig."""
    with gzip.open(query, "rt") as lines:
        total = sum(not line.startswith("#") for line in lines)
    found: dict[str, dict[tuple[int, str, str], None]] = {}
    step, chosen = max(total / max(count, 1), 1.0), 0
    with gzip.open(query, "rt") as lines:
        for number, line in enumerate(line for line in lines if not line.startswith("#")):
            if number < chosen * step or chosen >= count:
                continue
            chosen += 1
            contig, position, _, ref, alt, _ = line.split("\t", 5)
            contig = contig if contig.startswith("chr") else f"chr{contig}"
            if contig in names and "," not in alt:
                found.setdefault(contig, {})[int(position), ref, alt] = None
    return found


def _spelled(alleles: Alleles) -> dict[tuple[int, str, str], None]:
    return dict.fromkeys(zip(alleles.positions.tolist(), *alleles.spelled(), strict=True))


def _lines(rng: np.random.Generator, contig: str, alleles: list[tuple[int, str, str]]) -> Iterator[str]:
    numbers = 152_312
    counts = np.minimum(rng.geometric(0.02, len(alleles)) ** 2, numbers).tolist()
    for (position, ref, alt), count in zip(alleles, counts, strict=True):
        frequency = count / numbers
        kind = "snv" if len(ref) == len(alt) else "indel"
        info = (
            f"AC={count};AN={numbers};AF={frequency:.5e};nhomalt={int(frequency * count / 2)};"
            f"AF_afr={frequency / 2:.5e};AF_nfe={frequency * 1.1:.5e};variant_type={kind}"
        )
        yield f"{contig}\t{position}\t.\t{ref}\t{alt}\t.\tPASS\t{info}\n"


def main() -> None:
    """Write a file by the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gnomad_like", description=__doc__)
    parser.add_argument("query", type=Path)
    parser.add_argument("path", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--share", type=float, default=0.2)
    options = parser.parse_args()
    write_gnomad(options.query, options.path, options.records, options.share)


if __name__ == "__main__":
    main()
