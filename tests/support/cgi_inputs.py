"""Calls and tables for the tests of CGI's input."""

from __future__ import annotations

from pathlib import Path

from annotator.dispatch.cgi.extract import extract_mutations
from annotator.dispatch.cgi.mutations import Mutations
from tests.support.inputs import vcf_text

META = (
    '##INFO=<ID=GENE,Number=.,Type=String,Description="gene">',
    '##INFO=<ID=MATEID,Number=.,Type=String,Description="mate">',
    '##INFO=<ID=CN,Number=1,Type=Integer,Description="copies">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="end">',
    '##INFO=<ID=FOLD_CHANGE_LOG,Number=1,Type=Float,Description="log2 ratio">',
    '##INFO=<ID=PURPLE_CN,Number=1,Type=Float,Description="copies">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|Consequence|SYMBOL|ALLELE_NUM">',
    '##INFO=<ID=ANN,Number=.,Type=String,Description="SnpEff">',
    '##ALT=<ID=DEL,Description="deletion">',
    '##ALT=<ID=DUP,Description="duplication">',
    '##ALT=<ID=CNV,Description="copy number">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="copies">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">',
)
CONTIGS = ("7", "13", "MT", "X")


def written(
    tmp_path: Path, *lines: str, samples: tuple[str, ...] = ("N", "T"), contigs: tuple[str, ...] = CONTIGS
) -> Path:
    path = tmp_path / "in.vcf"
    path.write_text(vcf_text(lines, meta=META, samples=samples, contigs=contigs))
    return path


def site(
    position: int, ref: str, alts: str, tumour: str, *, contig: str = "7", info: str = ".", id_: str = "."
) -> str:
    form = "GT:CN" if ":" in tumour else "GT"
    normal = "0/0:2" if ":" in tumour else "0/0"
    return f"{contig}\t{position}\t{id_}\t{ref}\t{alts}\t.\t.\t{info}\t{form}\t{normal}\t{tumour}"


def mutations(path: Path, **options: object) -> Mutations:
    return extract_mutations(str(path), **({"sample": "T"} | options)).mutations  # type: ignore[arg-type]
