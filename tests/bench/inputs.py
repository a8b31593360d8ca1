"""Inputs made from the genome's file: chromosome 1 with its reference, and records with VEP's annotations."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools

from annotator.variants.assembly import CANONICAL_CONTIGS
from tests.bench.genome import BASES, bases
from tests.support.inputs import bgzip

__all__ = ["chromosome_1", "reference_of_chromosome_1", "with_vep"]

_WIDTH = 60
_PIECE = 6_000_000  # bases made at a time; whole lines
_TERMS = (
    "intron_variant",
    "missense_variant",
    "synonymous_variant",
    "upstream_gene_variant",
    "3_prime_UTR_variant",
)
_AMINO_ACIDS = ("Ala", "Arg", "Asp", "Gly", "Glu", "Leu", "Lys", "Ser", "Val", "Tyr")
_FORMAT = (
    "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|"
    "CDS_position|Protein_position|Amino_acids|Codons|Existing_variation|DISTANCE|STRAND|CANONICAL"
)


def chromosome_1(genome: Path, target: Path) -> Path:
    """Write the records of chromosome 1."""
    if not target.exists():
        pysam.bcftools.view("-Oz", "-o", str(target), "-r", "1", str(genome), catch_stdout=False)
    return target


def reference_of_chromosome_1(length: int, target: Path) -> Path:
    """Write the sequence of chromosome 1 that the genome's file is made on, and its index."""
    letters = np.frombuffer(BASES.encode(), dtype="S1")
    if not target.exists():
        with target.open("wb") as file:
            file.write(b">1\n")
            for first in range(1, length + 1, _PIECE):
                positions = np.arange(first, min(first + _PIECE, length + 1))
                text = letters[bases(CANONICAL_CONTIGS.index("1"), positions)].tobytes()
                file.writelines(text[at : at + _WIDTH] + b"\n" for at in range(0, len(text), _WIDTH))
        pysam.faidx(str(target))
    return target


def with_vep(genome: Path, target: Path, records: int, known_genes: Sequence[str]) -> Path:
    """Write some of the genome's records as VEP annotates them, with 4 to 14 transcripts each.

    Args:
        genome: file to take records from, one in every few.
        target: file to write, BGZF.
        records: number of records.
        known_genes: genes that CIViC has variants of; one record in 25 is in one of them.

    """
    if not target.exists():
        chance = random.Random(17)  # noqa: S311
        table = files("annotator.variants").joinpath("gene_symbols.tsv.gz").read_bytes()
        genes = [line.split("\t")[0] for line in gzip.decompress(table).decode().splitlines()]
        with gzip.open(genome, "rt") as lines:
            text = "".join(_annotated(lines, records, chance, genes, known_genes))
        target.write_bytes(bgzip(text.encode()))
        pysam.tabix_index(str(target), preset="vcf", force=True)
    return target


def _annotated(
    lines: Iterator[str], records: int, chance: random.Random, genes: Sequence[str], known: Sequence[str]
) -> Iterator[str]:
    described = f"Consequence annotations from Ensembl VEP. Format: {_FORMAT}"
    header = f'##INFO=<ID=CSQ,Number=.,Type=String,Description="{described}">\n'
    for line in lines:
        if line.startswith("#CHROM"):
            yield header + line
            break
        yield line
    for line in islice(lines, records):
        columns = line.split("\t")
        gene = chance.choice(known if chance.random() < 0.04 else genes)
        entries = [_entry(columns[4].split(",")[0], gene, chance) for _ in range(chance.randint(4, 14))]
        columns[7] = f"{columns[7]};CSQ={','.join(entries)}".removeprefix(".;")
        yield "\t".join(columns)


def _entry(allele: str, gene: str, chance: random.Random) -> str:
    term, number = chance.choice(_TERMS), chance.randint(1, 2_000)
    transcript, parts = f"ENST{chance.randint(200_000, 700_000):011d}", [""] * 10
    if term in {"missense_variant", "synonymous_variant"}:
        one, other = chance.choices(_AMINO_ACIDS, k=2)
        change = f"p.{one}{number}{other if term == 'missense_variant' else '%3D'}"
        parts = [
            f"{transcript}.4:c.{number * 3}A>G", f"ENSP{number:011d}.2:{change}", str(number * 3 + 90),
            str(number * 3), str(number), "A/G", "gAt/gGt", "", "", "1",
        ]  # fmt: skip
    elif term == "intron_variant":
        parts[0] = f"{transcript}.4:c.{number}+{chance.randint(3, 900)}A>G"
    head = (
        allele,
        term,
        "MODIFIER",
        gene,
        f"ENSG{number:011d}",
        "Transcript",
        transcript,
        "protein_coding",
        "",
        "",
    )
    return "|".join((*head, *parts, ""))
