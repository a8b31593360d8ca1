"""`annotator doctor`: files that need no correction, codon changes written as phased SNVs, and CIViC's coverage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from annotator.doctor.diagnosis import Level, text_lines
from annotator.doctor.rules import coverage_finding
from tests.support.diagnoses import look
from tests.support.inputs import run_annotator, write_vcf
from tests.support.reports import DEMO, demo_snapshot

CSQ = '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|SYMBOL|HGVSc|HGVSp">'
GT = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">'
HEALTHY = {
    "several ALTs": "7\t100\t.\tA\tC,G\t.\t.\t.",
    "unnecessary bases": "7\t100\t.\tCAT\tCAG\t.\t.\t.",
    "an indel": "7\t100\t.\tAA\tA\t.\t.\t.",
    "a spanning deletion": "7\t100\t.\tA\t*,C\t.\t.\t.",
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_file_needs_no_command(tmp_path: Path, name: str) -> None:
    """`annotate` looks up each ALT, and compares all equivalent forms: splitting would only change the file."""
    source = write_vcf(tmp_path / "in.vcf", [HEALTHY[name]])
    assert run_annotator("doctor", source).out.decode().splitlines()[-1] == "nothing to fix"
    ran = run_annotator("doctor", source, "--fix-command")
    assert (ran.out, ran.err) == (b"", "nothing to fix\n")
    broken = write_vcf(tmp_path / "broken.vcf", [HEALTHY[name], "7\t5\t.\tA\tC\t.\t.\t."])
    assert "nothing to fix" not in run_annotator("doctor", broken).out.decode()


def pair(
    format_: str, first: str, second: str, *, distance: int = 1, csq: tuple[str, str] = ("", "")
) -> list[str]:
    """BRAF V600K as two SNVs, one sample."""
    notes = [
        f"CSQ={alt}|missense_variant|BRAF|ENST1||{one}" if one else "."
        for alt, one in zip("TT", csq, strict=True)
    ]
    return [
        f"7\t140753336\t.\tA\tT\t.\tPASS\t{notes[0]}\t{format_}\t{first}",
        f"7\t{140753336 + distance}\t.\tC\tT\t.\tPASS\t{notes[1]}\t{format_}\t{second}",
    ]


SAME, OTHER_RESIDUE = (
    ("ENSP1.1:p.Val600Glu", "ENSP1.1:p.Val600Met"),
    ("ENSP1.1:p.Val600Glu", "ENSP1.1:p.Ala599Thr"),
)
PAIRS: list[tuple[list[str], bool]] = [
    (pair("GT:PS", "0|1:77", "0|1:77"), True),
    (pair("GT:PS", "0|1:77", "0|1:77", distance=2), True),
    (pair("GT:PS", "0|1:77", "0|1:77", csq=SAME), True),
    (pair("GT", "1/1", "0/1"), True),
    (pair("GT:PGT:PID", "0/1:0|1:9_A", "0/1:0|1:9_A"), True),
    (pair("GT:PS", "0|1:77", "1|0:77"), False),
    (pair("GT:PS", "0|1:77", "0|1:78"), False),
    (pair("GT", "0/1", "0/1"), False),
    (pair("GT:PS", "0|1:77", "0|1:77", distance=3), False),
    (pair("GT:PS", "0|1:77", "0|0:77"), False),
    (pair("GT:PS", "0|1:77", "0|1:77", csq=OTHER_RESIDUE), False),
]


@pytest.mark.parametrize("padding", [0, 6000])
@pytest.mark.parametrize(("records", "is_one"), PAIRS)
def test_a_codon_change_written_as_phased_snvs_is_reported(
    tmp_path: Path, records: list[str], padding: int, *, is_one: bool
) -> None:
    names = CSQ.replace("Allele|SYMBOL|", "Allele|Consequence|SYMBOL|Feature|")
    meta = [GT] + ([names] if any("CSQ=" in one for one in records) else [])
    before = [f"7\t{1000 + 10 * number}\t.\tA\tC\t.\tPASS\t.\tGT\t0/1" for number in range(padding)]
    source = write_vcf(tmp_path / "in.vcf", [*before, *records], meta=meta, samples=["S"])
    shown = "\n".join(text_lines(look(source)))
    said = "1 SNV is on one haplotype with another SNV that may be in the same codon, first at 7:14075333"
    assert (said in shown) is is_one, shown
    assert ("BRAF V600K written as two SNVs is matched as V600E" in shown) is is_one


def test_the_coverage_of_civic_is_reported_with_what_a_missing_annotation_costs(tmp_path: Path) -> None:
    account = {
        "matched: exact": 5,
        "matched: protein": 2,
        "matched: gene": 3,
        "cannot be matched: expression": 4,
    }
    bare = coverage_finding(account, has_genes=False)
    assert bare.what == (
        "7 of 14 evidence items of CIViC can be matched at the default levels, 3 more at looser levels "
        "(--civic-match), and 4 cannot be matched from a VCF"
    )
    assert bare.advice == "5 items of these cannot be matched without genes and consequences (VEP or SnpEff)"
    assert coverage_finding(account, has_genes=True) == (
        "coverage", Level.OK, bare.what, "",
    )  # fmt: skip
    snapshot = demo_snapshot(tmp_path)
    ran = run_annotator("doctor", DEMO / "tumour.GRCh38.vcf", "--snapshot", snapshot)
    assert re.search("coverage: [0-9]+ of 114 evidence items of CIViC can be matched", ran.out.decode())
