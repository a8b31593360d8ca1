"""Any VCF as a knowledge base against `bcftools annotate` with the same columns.

Values are equal wherever bcftools is right. Where it is known to be wrong, what is right is written here by hand:

    samtools/bcftools#237   a source with one record per ALT, an input record with both ALTs
    samtools/bcftools#2264  a source record with two ALTs, an input record for each
    samtools/bcftools#569   REF and ALT with bases that both share
    brentp/vcfanno#146      a multi-allelic indel that shares bases at its end
    SMD-Bioinformatics-Lund/nextflow_wgs#263  longer indels with padding
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pysam
import pytest

from tests.support.inputs import data_lines, info_of, run_annotator, vcf_text, write_vcf

META = (
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">',
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="Count">',
    '##INFO=<ID=KIND,Number=1,Type=String,Description="Kind">',
)
FIELDS = ("AF", "AC", "KIND")


def packed(path: Path, records: Iterable[str]) -> Path:
    text = path.with_suffix("")
    text.write_text(vcf_text(records, contigs=("7",), meta=META))
    pysam.tabix_index(str(text), preset="vcf", force=True)
    return path


def values(lines: Iterable[str]) -> list[dict[str, str]]:
    return [{key: value for key, value in info_of(line).items() if key.startswith("kb_")} for line in lines]


def of_bcftools(source: Path, query: Path) -> list[dict[str, str]]:
    columns = ",".join(f"INFO/kb_{field}:=INFO/{field}" for field in FIELDS)
    ran = subprocess.run(
        ["bcftools", "annotate", "-a", source, "-c", columns, query], capture_output=True, check=True
    )
    return values(data_lines(ran.stdout))


def of_annotator(folder: Path, source: Path, query: Path) -> list[dict[str, str]]:
    snapshot = folder / "snapshot"
    built = run_annotator(
        *("snapshot", "build", "--assembly", "GRCh38", "--vcf", f"kb={source}"),
        *("--vcf-fields", f"kb:{','.join(FIELDS)}", "-o", snapshot),
    )
    assert built.status == 0, built.err
    ran = run_annotator("annotate", query, "--snapshot", snapshot)
    assert ran.status == 0, ran.err
    return values(data_lines(ran.out))


def invented(seed: int, count: int) -> tuple[list[str], list[str]]:
    """Give records of a source, and of an input that has some of their alleles and others."""
    draw = random.Random(seed)  # noqa: S311
    source, query = [], []
    position = 1_000
    for _ in range(count):
        position += draw.randint(30, 90)
        ref = draw.choice("ACGT")
        others = [base for base in "ACGT" if base != ref]
        shape = draw.random()
        if shape < 0.1:
            ref, alts = ref + draw.choice(others) * draw.randint(1, 4), [ref]
        elif shape < 0.2:
            alts = [ref + draw.choice(others) * draw.randint(1, 4)]
        else:
            alts = draw.sample(others, draw.choice((1, 1, 1, 2)))
        frequencies = ",".join(f"{draw.randint(1, 999) / 1000:g}" for _ in alts)
        counts = ",".join(str(draw.randint(1, 9999)) for _ in alts)
        if draw.random() < 0.7:
            info = f"AF={frequencies};AC={counts};KIND=k{draw.randint(1, 5)}"
            source.append(f"7\t{position}\t.\t{ref}\t{','.join(alts)}\t.\t.\t{info}")
        query.append(f"7\t{position}\t.\t{ref}\t{','.join(alts)}\t.\tPASS\t.")
    return source, query


def test_values_are_equal_where_records_are_written_alike(tmp_path: Path) -> None:
    source, query = invented(20_261_201, 20_000)
    source_path = packed(tmp_path / "source.vcf.gz", source)
    query_path = packed(tmp_path / "query.vcf.gz", [f"{line}" for line in query])
    ours, theirs = of_annotator(tmp_path, source_path, query_path), of_bcftools(source_path, query_path)
    assert len(ours) == len(theirs) == 20_000
    different = 0
    for one, other, line in zip(ours, theirs, query, strict=True):
        alts = line.split("\t")[4].count(",") + 1
        if other and alts > 1:  # Number=A here: bcftools copies the one value of Number=1 once
            other["kb_KIND"] = ",".join([other["kb_KIND"]] * alts)
        different += one != other
    assert different == 0
    assert sum(bool(one) for one in ours) > 13_000


CASES: dict[str, tuple[Sequence[str], Sequence[str], Sequence[str | None]]] = {
    "one record per ALT in the source": (
        ["7\t100\t.\tA\tG\t.\t.\tAF=0.25", "7\t100\t.\tA\tT\t.\t.\tAF=0.5"],
        ["7\t100\t.\tA\tG,T\t.\t.\t.", "7\t100\t.\tA\tT,C,G\t.\t.\t."],
        ["0.25,0.5", "0.5,.,0.25"],
    ),
    "one record per ALT in the input": (
        ["7\t100\t.\tC\tG,T\t.\t.\tAF=0.25,0.5"],
        ["7\t100\t.\tC\tG\t.\t.\t.", "7\t100\t.\tC\tT\t.\t.\t."],
        ["0.25", "0.5"],
    ),
    "bases that REF and ALT share": (
        ["7\t100\t.\tAG\tGG,CG,A,AGG\t.\t.\tAF=0.1,0.2,0.3,0.4", "7\t200\t.\tCAC\tC,CTC\t.\t.\tAF=0.5,0.6"],
        ["7\t100\t.\tA\tG\t.\t.\t.", "7\t201\t.\tA\tT\t.\t.\t.", "7\t199\t.\tTCAC\tTC\t.\t.\t."],
        ["0.1", "0.6", "0.5"],
    ),
    "a repeat with several lengths": (
        [
            "7\t100\t.\tTTAATAATAATAATAA\tTTAATAATAATAA\t.\t.\tAF=0.8",
            "7\t100\t.\tTTAATAATAATAATAA\tT\t.\t.\tAF=0.6",
        ],
        ["7\t100\t.\tTTAATAATAATAATAA\tTTAATAATAATAA,T\t.\t.\t.", "7\t100\t.\tTTAA\tT\t.\t.\t."],
        ["0.8,0.6", "0.8"],
    ),
    "other names of contigs and lower case": (
        ["chr7\t100\t.\ta\tg\t.\t.\tAF=0.25"],
        ["NC_000007.14\t100\t.\tA\tG\t.\t.\t.", "7\t100\t.\tA\tg\t.\t.\t."],
        ["0.25", "0.25"],
    ),
    "what only looks alike": (
        ["7\t100\t.\tA\tG\t.\t.\tAF=0.25", "7\t200\t.\tAT\tA\t.\t.\tAF=0.5"],
        ["7\t100\t.\tA\tT\t.\t.\t.", "7\t100\t.\tAC\tGT\t.\t.\t.", "7\t200\t.\tATT\tA\t.\t.\t."],
        [None, None, None],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_spellings_that_peers_miss(tmp_path: Path, case: str) -> None:
    source, query, expected = CASES[case]
    source_path = write_vcf(tmp_path / "source.vcf", source, contigs=("7",), meta=META)
    query_path = write_vcf(tmp_path / "query.vcf", query, contigs=("7",))
    found = of_annotator(tmp_path, source_path, query_path)
    assert [one.get("kb_AF") for one in found] == list(expected)
