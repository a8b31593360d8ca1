"""Values of a user's own file in BCF."""

from __future__ import annotations

import math
from pathlib import Path

import pysam
import pytest

import annotator
from annotator.snapshot.build import build_snapshot
from annotator.variants.assembly import Assembly
from tests.support.binary_records import bcftools_view, raw_records
from tests.support.inputs import data_lines, write_vcf

FREQUENCY = '##INFO=<ID=AF,Number=A,Type=Float,Description="x">'


def test_floats_are_numbers_in_bcf_whatever_the_input(tmp_path: Path) -> None:
    """A tool that filters by frequency reads them by their type; one that does not fit 32 bits is text, as always."""
    records = (
        "7\t100\t.\tA\tT,C\t.\t.\tAF=0.10,1.50e-05",
        "7\t200\t.\tG\tC\t.\t.\tAF=nan",
        "7\t300\t.\tG\tC\t.\t.\tAF=1e-50",
        "7\t400\t.\tG\tC\t.\t.\tAF=0.75",
    )
    frequencies = write_vcf(tmp_path / "kb.vcf", records, meta=[FREQUENCY])
    snapshot = tmp_path / "snapshot"
    build_snapshot(snapshot, Assembly.GRCH38, vcf={"kb": frequencies}, vcf_fields={"kb": ("AF",)})
    asked = ["7\t100\t.\tA\tC,G,T\t.\t.\t.", *(f"7\t{place}00\t.\tG\tC\t.\t.\t." for place in (2, 3, 4))]
    source = write_vcf(tmp_path / "in.vcf", asked)
    binary = bcftools_view(source, tmp_path / "in.bcf", "-Ob")
    for way, read in {"text": source, "binary": binary}.items():
        annotator.annotate(read, tmp_path / f"{way}.bcf", snapshot=snapshot)
    assert raw_records(tmp_path / "binary.bcf") == raw_records(tmp_path / "text.bcf")
    with pysam.VariantFile(str(tmp_path / "binary.bcf")) as file:
        first, second, last = (record.info["kb_AF"] for record in file if record.pos != 300)
    assert first == pytest.approx((1.5e-05, None, 0.1))
    assert math.isnan(second[0])
    assert last == (0.75,)
    shown = bcftools_view(tmp_path / "binary.bcf", tmp_path / "some.vcf", "-i", "kb_AF>0.5")
    assert [line.split("\t")[1] for line in data_lines(shown.read_bytes())] == ["400"]
