"""Usual lines of real ClinVar releases are parsed together as one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.variants.assembly import Assembly
from annotator.vcf.files import open_input
from annotator.vcf.stream import TextStream
from tests.support.clinvar_lines import is_usual, one_by_one, outcome

# Real lines


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("clinvar_20260226.GRCh38.cancer_genes.vcf.gz", 0.99),
        ("other/exomiser.clinvar-test.grch37.vcf.gz", 0.9),
        ("other/bcbio_cwl.clinvar.hg19.vcf.gz", 0.9),
    ],
)
def test_real_usual_lines_parsed_together_equal_lines_parsed_one_by_one(
    name: str, share: float, shared_data: Path
) -> None:
    path = str(shared_data / "clinvar" / name)
    with open_input(path) as source:
        stream = TextStream(source)
        text = b"".join(chunk.text(path) for chunk in stream.chunks()).decode()
    declared = frozenset(stream.header.info)
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    assert sum(is_usual(line, declared) for line in lines) >= share * len(lines)
    assembly = Assembly.GRCH37 if "other" in name else Assembly.GRCH38
    some = lines[:: max(1, len(lines) // 20_000)]
    assert outcome(some, 8, assembly=assembly, declared=declared) == one_by_one(some, assembly)
