"""Zygosity of an allele by its genotype and position: X, Y and the mitochondrion are not autosomes."""

from __future__ import annotations

import pytest

from annotator.report.carriage import Locus, carriages
from annotator.variants.assembly import Assembly, has_one_copy

LOCI = {
    "autosome": Locus("7"),
    "X": Locus("X", has_one_copy=True),
    "X, pseudo-autosomal": Locus("X"),
    "Y": Locus("Y", has_one_copy=True),
    "mitochondrion": Locus("MT"),
    "other contig": Locus(),
}


@pytest.mark.parametrize(
    ("locus", "genotype", "expected"),
    [
        ("autosome", "0/1", "heterozygous"),
        ("autosome", "1/1", "homozygous"),
        ("autosome", "1/2", "heterozygous"),
        ("autosome", "./1", ""),
        ("autosome", "1", "hemizygous"),
        ("X", "0/1", "heterozygous"),
        ("X", "1", "hemizygous"),
        # Most callers write diploid genotypes for X of males, too.
        ("X", "1/1", "homozygous or hemizygous"),
        ("X", "1|1", "homozygous or hemizygous"),
        ("X, pseudo-autosomal", "1/1", "homozygous"),
        ("Y", "1/1", "hemizygous"),
        ("Y", "1", "hemizygous"),
        ("Y", "0/1", ""),
        # Mutect2 writes 0/1 for every mitochondrial allele, also where all reads have it.
        ("mitochondrion", "0/1", ""),
        ("mitochondrion", "1/1", ""),
        ("mitochondrion", "1", ""),
        ("other contig", "0/1", "heterozygous"),
    ],
)
def test_zygosity_by_locus(locus: str, genotype: str, expected: str) -> None:
    columns = ["c", "1", ".", "A", "T,G", ".", "PASS", ".", "GT", genotype]
    (found,) = carriages(columns, ["T", "G"], 0, frozenset(), is_lofreq=False, locus=LOCI[locus])
    assert (found.state, found.zygosity) == ("carried", expected)


@pytest.mark.parametrize(
    ("assembly", "contig", "position", "expected"),
    [
        (Assembly.GRCH38, "X", 2_781_479, False),
        (Assembly.GRCH38, "X", 2_781_480, True),
        (Assembly.GRCH38, "X", 155_701_382, True),
        (Assembly.GRCH38, "X", 155_701_383, False),
        (Assembly.GRCH37, "X", 2_699_520, False),
        (Assembly.GRCH37, "X", 2_699_521, True),
        (Assembly.GRCH37, "X", 154_931_044, False),
        (Assembly.GRCH38, "Y", 2_781_479, False),
        (Assembly.GRCH38, "Y", 2_781_480, True),
        (Assembly.GRCH38, "7", 2_781_480, False),
        (Assembly.GRCH38, "MT", 3_243, False),
    ],
)
def test_one_copy_outside_of_the_pseudo_autosomal_regions(
    assembly: Assembly, contig: str, position: int, expected: bool
) -> None:
    assert has_one_copy(assembly, contig, position) is expected
