"""The two assemblies: contigs, lengths, accessions, and what the demo's files write of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["CONTIGS", "LENGTHS", "accession", "contig_name", "declarations", "genomic_hgvs"]

CONTIGS = (*(str(number) for number in range(1, 23)), "X", "Y", "MT")

# Length of each contig and version of its RefSeq accession, in the order of CONTIGS.
LENGTHS = {
    "GRCh37": (
        249_250_621, 243_199_373, 198_022_430, 191_154_276, 180_915_260, 171_115_067, 159_138_663, 146_364_022,
        141_213_431, 135_534_747, 135_006_516, 133_851_895, 115_169_878, 107_349_540, 102_531_392, 90_354_753,
        81_195_210, 78_077_248, 59_128_983, 63_025_520, 48_129_895, 51_304_566, 155_270_560, 59_373_566, 16_569,
    ),
    "GRCh38": (
        248_956_422, 242_193_529, 198_295_559, 190_214_555, 181_538_259, 170_805_979, 159_345_973, 145_138_636,
        138_394_717, 133_797_422, 135_086_622, 133_275_309, 114_364_328, 107_043_718, 101_991_189, 90_338_345,
        83_257_441, 80_373_285, 58_617_616, 64_444_167, 46_709_983, 50_818_468, 156_040_895, 57_227_415, 16_569,
    ),
}  # fmt: skip
ACCESSION_VERSIONS = {
    "GRCh37": (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9, 1),
    "GRCh38": (
        11,
        12,
        12,
        12,
        10,
        12,
        14,
        11,
        12,
        11,
        10,
        12,
        11,
        9,
        10,
        10,
        11,
        10,
        10,
        11,
        9,
        11,
        11,
        10,
        1,
    ),
}


def accession(assembly: str, contig: str) -> str:
    """RefSeq accession of a contig."""
    index = CONTIGS.index(contig)
    number = 12920 if contig == "MT" else index + 1
    return f"NC_{number:06d}.{ACCESSION_VERSIONS[assembly][index]}"


def genomic_hgvs(assembly: str, contig: str, position: int, ref: str, alt: str) -> str:
    """HGVS expression of a substitution of one or more bases."""
    stop = position + len(ref) - 1
    change = f"{position}{ref}>{alt}" if len(ref) == len(alt) == 1 else f"{position}_{stop}delins{alt}"
    return f"{accession(assembly, contig)}:g.{change}"


def contig_name(assembly: str, contig: str) -> str:
    """Name of a contig in the samples: Ensembl's for GRCh37, UCSC's for GRCh38."""
    return contig if assembly == "GRCh37" else f"chr{contig.removesuffix('T') if contig == 'MT' else contig}"


def declarations(key: str, fields: Iterable[tuple[str, str, str, str]]) -> Iterator[str]:
    """Header lines of INFO or FORMAT fields."""
    for name, number, kind, text in fields:
        yield f'##{key}=<ID={name},Number={number},Type={kind},Description="{text}">'
