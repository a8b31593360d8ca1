"""Called variants as GATK writes them: of one sample, and of a cohort."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from tests.bench.genome import BASES, Alleles, reference_text

if TYPE_CHECKING:
    from tests.bench.genome import Mask

__all__ = ["SAMPLES", "Call", "call_header", "calls", "cohort_line"]

SAMPLES = 500
"""Samples of the cohort."""

_SECOND_ALT = 0.03  # share of SNVs with a second alternative base
_PADDED = 0.02  # share of SNVs at a site with a deletion: they are written with two bases more
_STAR = 0.01  # share of records that a deletion of an earlier one spans

_INFO = {
    "AC": ("A", "Integer"),
    "AF": ("A", "Float"),
    "AN": ("1", "Integer"),
    "BaseQRankSum": ("1", "Float"),
    "DP": ("1", "Integer"),
    "ExcessHet": ("1", "Float"),
    "FS": ("1", "Float"),
    "MLEAC": ("A", "Integer"),
    "MLEAF": ("A", "Float"),
    "MQ": ("1", "Float"),
    "MQRankSum": ("1", "Float"),
    "QD": ("1", "Float"),
    "ReadPosRankSum": ("1", "Float"),
    "SOR": ("1", "Float"),
}
_FORMAT = {
    "GT": ("1", "String"),
    "AD": ("R", "Integer"),
    "DP": ("1", "Integer"),
    "GQ": ("1", "Integer"),
    "PL": ("G", "Integer"),
}


class Call(NamedTuple):
    """A record: the columns to INFO, how many ALTs it has, and those of its one sample."""

    site: str
    alts: int
    sample: str

    @property
    def line(self) -> str:
        return f"{self.site}\tGT:AD:DP:GQ:PL\t{self.sample}\n"


def call_header(samples: list[str]) -> str:
    """Give the header."""
    lines = [
        "##fileformat=VCFv4.2",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##FILTER=<ID=LowQD,Description="QD below 2">',
    ]
    for kind, declared in (("INFO", _INFO), ("FORMAT", _FORMAT)):
        lines += [
            f'##{kind}=<ID={id_},Number={number},Type={type_},Description="{id_} as GATK has it">'
            for id_, (number, type_) in declared.items()
        ]
    lengths = Assembly.GRCH38.lengths
    lines += [f"##contig=<ID={name},length={lengths[name]}>" for name in CANONICAL_CONTIGS]
    lines.append("\t".join(["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT", *samples]) + "\n")
    return "\n".join(lines)


def calls(rng: np.random.Generator, alleles: Alleles) -> Iterator[Call]:
    """Give a record per allele: some with a second ALT, in any order, a longer REF, or `*`."""
    count = len(alleles)
    depths = rng.poisson(35, count).tolist()
    homozygous = (rng.random(count) < 0.35).tolist()
    qualities = np.round(rng.uniform(1.8, 35, count), 2).tolist()
    ranks = np.round(rng.normal(0, 1, (count, 3)), 3).tolist()
    biases = np.round(rng.exponential(2, (count, 2)), 3).tolist()
    rsids = rng.integers(1_000, 2_100_000_000, count).tolist()
    name = CANONICAL_CONTIGS[alleles.contig]
    for row, (position, ref, alts) in enumerate(_sites(rng, alleles)):
        depth = depths[row] + 1
        genotype = "1/2" if len(alts) == 2 else "1/1" if homozygous[row] else "0/1"
        counts = "1,1" if len(alts) == 2 else "2" if homozygous[row] else "1"
        frequencies = {"1,1": "0.500,0.500", "2": "1.00", "1": "0.500"}[counts]
        base, mapping, place = ranks[row]
        strand, odds = biases[row]
        identifier = f"rs{rsids[row]}" if rsids[row] % 10 else "."
        yield Call(
            f"{name}\t{position}\t{identifier}\t{ref}\t{','.join(alts)}\t{depth * qualities[row]:.2f}"
            f"\t{'PASS' if qualities[row] > 2 else 'LowQD'}\tAC={counts};AF={frequencies};AN=2;BaseQRankSum={base}"
            f";DP={depth};ExcessHet=3.0103;FS={strand};MLEAC={counts};MLEAF={frequencies};MQ=60.00"
            f";MQRankSum={mapping};QD={qualities[row]};ReadPosRankSum={place};SOR={odds}",
            len(alts),
            _sample(genotype, depth, len(alts)),
        )


def _sites(rng: np.random.Generator, alleles: Alleles) -> Iterator[tuple[int, str, list[str]]]:
    """Give POS, REF and the ALTs of each allele's record."""
    chances = rng.random((len(alleles), 2))
    is_snv = alleles.are_snvs
    second: Mask = is_snv & (chances[:, 0] < _SECOND_ALT)
    padded: Mask = is_snv & (chances[:, 0] > 1 - _PADDED)
    starred: Mask = ~second & ~padded & (chances[:, 1] < _STAR)
    plain = ~(second | padded | starred)
    swapped = rng.random(len(alleles)) < 0.5
    refs, written = alleles.spelled()
    for row, (position, ref, alt) in enumerate(zip(alleles.positions.tolist(), refs, written, strict=True)):
        if plain[row]:
            yield position, ref, [alt]
            continue
        alts = [alt, "*"]
        if second[row]:
            alts[1] = next(base for base in BASES if base not in {ref, alt})
        elif padded[row]:
            ref = reference_text(alleles.contig, position, 3)  # noqa: PLW2901
            alts = [alt + ref[1:], ref[0]]
        yield position, ref, alts[::-1] if swapped[row] else alts


def _sample(genotype: str, depth: int, alts: int) -> str:
    """Give GT, AD, DP, GQ and PL of one sample; the likelihoods are as many as they must be, and invented."""
    half = depth // 2
    reads = {
        "0/0": (depth, 0, 0),
        "0/1": (depth - half, half, 0),
        "1/1": (0, depth, 0),
        "1/2": (0, half, depth - half),
    }[genotype]
    called = _CALLED[genotype]
    likelihoods = ",".join([str(abs(place - called) * 13 * depth) for place in range(3 * alts)])
    counts = ",".join(map(str, reads[: alts + 1]))
    return f"{genotype}:{counts}:{depth}:{min(99, depth * 3)}:{likelihoods}"


_CALLED = {"0/0": 0, "0/1": 1, "1/1": 2, "1/2": 4}
"""Place in PL, which has 3 values for one ALT and 6 for two."""


def cohort_line(rng: np.random.Generator, call: Call) -> str:
    """Give a call's record as a cohort has it: most samples carry the reference."""
    picks = rng.integers(0, _POOL_SIZE, SAMPLES).tolist()
    return "\t".join((call.site, "GT:AD:DP:GQ:PL", *itemgetter(*picks)(_POOLS[call.alts]))) + "\n"


_POOL_SIZE = 4_000


def _pool(alts: int) -> list[str]:
    """Give samples to draw from: 17 in 20 carry the reference only."""
    genotypes = ["0/0"] * 17 + ["0/1"] * 2 + ["1/1" if alts == 1 else "1/2"]
    depths = np.random.default_rng(alts).integers(8, 60, _POOL_SIZE).tolist()
    return [_sample(genotypes[row % len(genotypes)], depth, alts) for row, depth in enumerate(depths)]


_POOLS = {alts: _pool(alts) for alts in (1, 2)}
