"""Numbers of any length, where others write numbers: they are read, refused by an error of ours, or left alone."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from annotator.errors import AnnotatorError
from annotator.runtime.text import whole_number
from tests.proof.fuzz.runner import TARGETS, kept_inputs, tried
from tests.support.inputs import vcf_text

LONG = "9" * 5000
NUMBERS = [LONG, "9" * 19, "9" * 18, "-" + LONG, "\u0663", "\u00b2", "1" + "0" * 40]
META = (
    '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
    '##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="x">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL|EXON|HGVSp|Protein_position">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">',
)
RECORDS = {
    "POS": "7\t{}\t.\tA\tT\t.\t.\t.\tGT:AD\t0/1:5,5",
    "END": "7\t5\t.\tA\t<DEL>\t.\t.\tEND={};SVLEN=-5\tGT:AD\t0/1:5,5",
    "SVLEN": "7\t5\t.\tA\t<DEL>\t.\t.\tSVLEN=-{}\tGT:AD\t0/1:5,5",
    "GT": "7\t140753336\t.\tA\tT\t.\t.\t.\tGT:AD\t0/{}:5,5",
    "AD": "7\t140753336\t.\tA\tT\t.\t.\t.\tGT:AD\t0/1:5,{}",
    "rsID": "7\t140753336\trs{}\tA\tT\t.\t.\t.\tGT:AD\t0/1:5,5",
    "breakend": "7\t5\t.\tA\tA[8:{}[\t.\t.\t.\tGT:AD\t0/1:5,5",
    "CSQ": "7\t5\t.\tA\tT\t.\t.\tCSQ=T|missense_variant|BRAF|{0}/18|p.Val{0}Glu|{0}\tGT:AD\t0/1:5,5",
    "copies": "7\t5\t.\tA\t<CN{}>\t.\t.\tEND=100\tGT:AD\t0/1:5,5",
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:3]}-{len(number)}")
@pytest.mark.parametrize("target", ["text", "conversion", "cgi_mutations", "doctor"])
@pytest.mark.parametrize("place", [*RECORDS, "contig"])
def test_a_number_of_any_length_is_no_crash(place: str, target: str, number: str) -> None:
    record = RECORDS["POS" if place == "contig" else place].format("5" if place == "contig" else number)
    text = vcf_text([record], meta=META, samples=["S"])
    if place == "contig":
        text = text.replace("##contig=<ID=13,length=", f"##contig=<ID=13,length={number}")
    try:
        TARGETS[target](text.encode())
    except AnnotatorError as error:
        assert error.kind


QUERIES = [
    "7:{}:A:T",
    "NC_000007.14:{}:A:T",
    "NC_000007.14:g.{}A>T",
    "BRAF:p.V{}E",
    "rs{}",
    "NC_000007.14:5:{}:T",
]


@pytest.mark.parametrize(
    ("query", "number"), list(itertools.product(QUERIES, NUMBERS)), ids=lambda one: one[:24]
)
def test_a_query_with_a_number_of_any_length(query: str, number: str) -> None:
    try:
        TARGETS["query"](query.format(number).encode())
    except AnnotatorError as error:
        assert error.kind


def test_only_ascii_digits_of_64_bits_are_a_number() -> None:
    read = [whole_number(number) for number in NUMBERS]
    assert read == [None, None, int("9" * 18), None, None, None, None]


def test_regions_beyond_any_chromosome(tmp_path: Path) -> None:
    from annotator.errors import InputError
    from annotator.variants.assembly import Assembly
    from annotator.variants.bed import Bed

    (tmp_path / "x.bed").write_text(f"7\t1\t{LONG}\n")
    with pytest.raises(InputError, match="not a region"):
        Bed(tmp_path / "x.bed", Assembly.GRCH38)


COMPARED = """##annotatorSource=<ID=ClinVar,Assembly="GRCh38",Version="2026-01-01">
##annotatorFields=CLNVID
##INFO=<ID=CLNVID,Number=A,Type=String,Description="x">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
7\t{}\t.\tA\tT\t.\t.\tCLNVID=5
"""


@pytest.mark.parametrize("number", ["5", "9" * 15, "9" * 19, "1" + "0" * 40])
def test_alleles_beyond_any_chromosome_are_compared(tmp_path: Path, number: str) -> None:
    from annotator.diff.files import compare_files
    from annotator.diff.views import json_lines

    old, new = tmp_path / "old.vcf", tmp_path / "new.vcf"
    old.write_text(COMPARED.format(number))
    new.write_text(COMPARED.format(number))
    found = json.loads("".join(json_lines(compare_files(str(old), str(new)))))
    assert found["summary"]["compared"] == {"alleles": 1}


@pytest.mark.parametrize("number", [*NUMBERS, "4294967296"], ids=lambda number: f"{number[:3]}-{len(number)}")
def test_the_users_own_files(tmp_path: Path, number: str) -> None:
    from annotator.snapshot.build import build_snapshot

    bed, vcf = tmp_path / "x.bed", tmp_path / "x.vcf"
    af = '##INFO=<ID=N,Number=A,Type=Integer,Description="x">'
    lines = {
        bed: ["7\t{}\t9\n7\t1\t9\n", "7\t1\t{}\n"],
        vcf: [
            vcf_text([f"7\t{position}\t.\tA\tT\t.\t.\tN={value}", "7\t5\t.\tA\tC\t.\t.\tN=1"], meta=(af,))
            for position, value in (("{}", "1"), ("5", "{}"))
        ],
    }
    for path, texts in lines.items():
        for place, text in enumerate(texts):
            path.write_text(text.replace("{}", number))
            files = (
                {"bed": {"own": path}}
                if path is bed
                else {"vcf": {"own": path}, "vcf_fields": {"own": ["N"]}}
            )
            try:
                build_snapshot(tmp_path / f"{path.name}-{place}", "GRCh38", **files)  # type: ignore[arg-type]
            except AnnotatorError as error:
                assert error.kind


def test_a_region_to_the_end_of_the_numbers_is_kept(tmp_path: Path) -> None:
    from annotator import annotate, build_snapshot

    (tmp_path / "x.bed").write_text("chr7\t99\t9999999999\twhole\n")
    build_snapshot(tmp_path / "s", "GRCh38", bed={"own": tmp_path / "x.bed"})
    source, output = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_text(vcf_text(["7\t150000000\t.\tA\tT\t.\t.\t."]))
    annotate(str(source), str(output), snapshot=str(tmp_path / "s"))
    assert output.read_text().splitlines()[-1].endswith("own=whole")


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:3]}-{len(number)}")
@pytest.mark.parametrize("field", ["CLNVID", "CLNSTARS", "CIVIC"])
def test_a_report_of_any_number(field: str, number: str) -> None:
    kept = next(data for data in kept_inputs("report") if b";CLNSTARS=" in data and b"CIVIC=" in data)
    pattern = (
        rb"(\|Germline|\|Somatic|_Germline)\|\d\|" if field == "CIVIC" else rb"(;%s=)[0-9]+" % field.encode()
    )
    changed = re.sub(
        pattern,
        lambda match: match[1] + b"|" * (field == "CIVIC") + number.encode() + b"|" * (field == "CIVIC"),
        kept,
    )
    assert changed != kept
    found, _ = tried("report", changed)
    assert found is None, found
