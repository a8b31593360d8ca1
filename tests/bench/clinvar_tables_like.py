"""Tables like ClinVar's three, of any size: invented, and the same at every making.

    python -m tests.bench.clinvar_tables_like DIR --variants 4000000 --threads 2

gives about what ClinVar had in 2026: 8 million rows of variant_summary and 57 million of hgvs4variation. The
variants are those of `clinvar_like`. Their VariationIDs are scattered over the rows, so that no reader can rely on
an order; as in ClinVar nearly every number is in use. A few rows have no allele, and a few VariationIDs are
haplotypes.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from annotator.runtime.workers import ordered_map
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly

__all__ = ["write_tables_like"]

TABLES = ("variant_summary", "hgvs4variation", "variation_allele")
_VARIANTS = 4_000_000
_LEVEL = 1
_GZIP = 31
_PIECE = 1 << 22  # characters that are compressed together
_FIRST_ALLELE = 15_000  # AlleleIDs are ahead of VariationIDs
_SCATTERING = 1_000_003  # a prime: multiples of it take every number once
_SHIFT = 41_234  # bases between the two assemblies
_EACH_WITHOUT_ALLELE = 150
_EACH_HAPLOTYPE = 1_000

_SUMMARY_HEADER = (
    "#AlleleID\tType\tName\tGeneID\tGeneSymbol\tHGNC_ID\tClinicalSignificance\tClinSigSimple\tLastEvaluated\t"
    "RS# (dbSNP)\tnsv/esv (dbVar)\tRCVaccession\tPhenotypeIDS\tPhenotypeList\tOrigin\tOriginSimple\tAssembly\t"
    "ChromosomeAccession\tChromosome\tStart\tStop\tReferenceAllele\tAlternateAllele\tCytogenetic\tReviewStatus\t"
    "NumberSubmitters\tGuidelines\tTestedInGTR\tOtherIDs\tSubmitterCategories\tVariationID\tPositionVCF\t"
    "ReferenceAlleleVCF\tAlternateAlleleVCF\tSomaticClinicalImpact\tSomaticClinicalImpactLastEvaluated\t"
    "ReviewStatusClinicalImpact\tOncogenicity\tOncogenicityLastEvaluated\tReviewStatusOncogenicity\t"
    "SCVsForAggregateGermlineClassification\tSCVsForAggregateSomaticClinicalImpact\t"
    "SCVsForAggregateOncogenicityClassification\n"
)
_HEADERS = {
    "variant_summary": _SUMMARY_HEADER,
    "hgvs4variation": "#An invented table\n#\n#Symbol\tGeneID\tVariationID\tAlleleID\tType\tAssembly\t"
    "NucleotideExpression\tNucleotideChange\tProteinExpression\tProteinChange\tUsedForNaming\tSubmitted\t"
    "OnRefSeqGene\n",
    "variation_allele": "#An invented table\n#VariationID\tType\tAlleleID\tInterpreted\n",
}


def write_tables_like(folder: Path, variants: int = _VARIANTS, workers: int = 1) -> None:
    """Write the three tables, as gzip files of several members.

    Args:
        folder: where to; it must exist.
        variants: about how many alleles there are.
        workers: number of processes; the tables are the same.

    """
    sizes = _sizes(variants)
    total = sum(sizes)
    jobs = [_Contig(number, sum(sizes[:number]), size, total) for number, size in enumerate(sizes)]
    files = {name: (folder / f"{name}.txt.gz").open("wb") for name in TABLES}
    try:
        for name, header in _HEADERS.items():
            member = _Member()
            member.add(header)
            files[name].write(member.end())
        for members in ordered_map(_writer, folder, jobs, workers):
            for name, path in members.items():
                files[name].write(path.read_bytes())
                path.unlink()
    finally:
        for file in files.values():
            file.close()


def _sizes(variants: int) -> list[int]:
    """Divide variants among the contigs by length."""
    lengths = Assembly.GRCH38.lengths
    whole = sum(lengths.values())
    return [max(2, round(variants * lengths[contig] / whole)) for contig in CANONICAL_CONTIGS]


class _Contig(NamedTuple):
    """A contig's number, the variants before it, its own, and all there are."""

    number: int
    before: int
    count: int
    total: int


class _Member:
    """Text on its way into a gzip member."""

    def __init__(self) -> None:
        from isal import isal_zlib

        self._compressor = isal_zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._out: list[bytes] = []
        self._text: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        self._text.append(text)
        self._size += len(text)
        if self._size > _PIECE:
            self._out.append(self._compressor.compress("".join(self._text).encode()))
            self._text, self._size = [], 0

    def end(self) -> bytes:
        self._out.append(self._compressor.compress("".join(self._text).encode()))
        self._out.append(self._compressor.flush())
        return b"".join(self._out)


class _writer:  # noqa: N801  # it is called like the function that it stands for
    """Writes the members of a contig into files of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, contig: _Contig) -> dict[str, Path]:
        members = {name: _Member() for name in TABLES}
        for texts in _texts(contig):
            for name, text in zip(TABLES, texts, strict=True):
                members[name].add(text)
        paths = {name: self._folder / f".{name}.{contig.number}" for name in TABLES}
        for name, member in members.items():
            paths[name].write_bytes(member.end())
        return paths


def _texts(contig: _Contig) -> Iterator[tuple[str, str, str]]:
    """Lines of the three tables, variant by variant."""
    import numpy as np

    from tests.bench.clinvar_like import clinvar_alleles, clinvar_lines

    rng = np.random.default_rng([2_026, contig.number])
    genes = max(1, round(20_000 * contig.count / contig.total))
    alleles = clinvar_alleles(rng, contig.number, contig.count, genes)
    for row, line in enumerate(clinvar_lines(rng, alleles, first_id=0)):
        place = contig.before + row
        variation = place * _SCATTERING % contig.total + 1
        chrom, position, _, ref, alt, _, _, column = line.rstrip("\n").split("\t")
        info = dict(item.split("=", 1) for item in column.split(";"))
        variant = _Variant(chrom, int(position), ref, alt, variation, info)
        kinds = f"{variation}\tVariant\t{variation + _FIRST_ALLELE}\tyes\n"
        if variation % _EACH_HAPLOTYPE == 0:
            haplotype = contig.total + variation
            kinds += "".join(
                f"{haplotype}\tHaplotype\t{number + _FIRST_ALLELE}\tyes\n"
                for number in (variation, variation - 1)
            )
        yield variant.summary(), variant.expressions(), kinds


class _Variant(NamedTuple):
    """A variant of both assemblies; `info` is that of its line in ClinVar's VCF."""

    chrom: str
    position: int
    ref: str
    alt: str
    variation: int
    info: dict[str, str]

    @property
    def _change(self) -> str:
        """What the genomic expression says after the position."""
        return self.info["CLNHGVS"].partition(":g.")[2]

    def _coding(self) -> str:
        place = self.position % 200_000 + 1
        if len(self.ref) == len(self.alt):
            return f"c.{place}{self.ref}>{self.alt}"
        if len(self.ref) < len(self.alt):
            return f"c.{place}_{place + 1}ins{self.alt[1:]}"
        return f"c.{place + 1}del" if len(self.ref) == 2 else f"c.{place + 1}_{place + len(self.ref) - 1}del"

    def _protein(self) -> str:
        codon = self.position % 200_000 // 3 + 1
        return f"p.Arg{codon}His" if len(self.ref) == len(self.alt) else f"p.Arg{codon}fs"

    def expressions(self) -> str:
        """Lines of hgvs4variation: two genomic ones, and those of the gene's transcripts."""
        change = self._change
        older = re.sub(r"[0-9]+", lambda place: str(int(place[0]) + _SHIFT), change)
        return (
            _templates(*self.info["GENEINFO"].split(":"), self.chrom)
            .replace("\1", f"{self.variation}\t{self.variation + _FIRST_ALLELE}")
            .replace("\2", self._coding())
            .replace("\3", self._protein())
            .replace("\4", f"g.{change}")
            .replace("\5", f"g.{older}")
        )

    def summary(self) -> str:
        """Two rows of variant_summary."""
        symbol, gene = self.info["GENEINFO"].split(":")
        words = {key: value.replace("_", " ") for key, value in self.info.items()}
        conditions = self.info["CLNDN"].count("|") + 1
        accessions = "|".join(f"RCV{self.variation:09d}" for _ in range(conditions))
        name = f"{_transcript(gene, 0)}({symbol}):{self._coding()} ({self._protein()})"
        before = (
            f"{self.variation + _FIRST_ALLELE}\t{words['CLNVC']}\t{name}\t{gene}\t{symbol}\tHGNC:{gene}\t"
            f"{words['CLNSIG']}\t0\tJun 29, 2025\t{self.info.get('RS', '-1')}\t-\t{accessions}\t"
            f"{self.info['CLNDISDB']}\t{words['CLNDN']}\tgermline\tgermline\t"
        )
        after = f"{words['CLNREVSTAT']}\t1\t-\tN\tClinGen:CA{self.variation:012d}\t2\t{self.variation}\t"
        end = f"\t-\t-\t-\t-\t-\t-\tSCV{self.variation:09d}\t-\t-\n"
        rows = []
        for assembly, position in (
            (Assembly.GRCH37, self.position + _SHIFT),
            (Assembly.GRCH38, self.position),
        ):
            allele = f"{position}\t{self.ref}\t{self.alt}"
            if self.variation % _EACH_WITHOUT_ALLELE == 0:
                allele = "-1\tna\tna"
            place = (
                f"{assembly}\t{assembly.accessions[self.chrom]}\t{self.chrom}\t{position}\t"
                f"{position + len(self.ref) - 1}\tna\tna\t{self.chrom}p36.33\t"
            )
            rows.append(f"{before}{place}{after}{allele}{end}")
        return "".join(rows)


def _transcript(gene: str, number: int) -> str:
    return f"NM_{int(gene) * 100 + number:09d}.{number % 4 + 1}"


@cache
def _templates(symbol: str, gene: str, chrom: str) -> str:
    """Lines of a gene's variant; control characters stand for what differs: numbers, changes, expressions."""
    begin = f"{symbol}\t{gene}\t\1\t"
    lines = [
        f"{begin}genomic, top-level\t{assembly}\t{assembly.accessions[chrom]}:{sign}\t{sign}\t-\t-\tNo\tNo\tNo\n"
        for assembly, sign in ((Assembly.GRCH37, "\5"), (Assembly.GRCH38, "\4"))
    ]
    lines.append(f"{begin}genomic\tna\tNG_{int(gene):06d}.1:\4\t\4\t-\t-\tNo\tNo\tYes\n")
    for number in range(int(gene) % 13 + 5):
        protein = f"NP_{int(gene) * 100 + number:09d}.1:\3\t\3"
        used = "Yes" if number == 0 else "No"
        lines.append(f"{begin}coding\tna\t{_transcript(gene, number)}:\2\t\2\t{protein}\t{used}\tNo\tNo\n")
    return "".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.clinvar_tables_like", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to; it is made")
    parser.add_argument("--variants", type=int, default=_VARIANTS, help="about how many alleles")
    parser.add_argument("--threads", type=int, default=1, help="number of processes; the tables are the same")
    return parser


def main(arguments: Any = None) -> None:
    """Write the tables that the command line asks for."""
    options = _parser().parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    write_tables_like(options.folder, options.variants, options.threads)


if __name__ == "__main__":
    main()
