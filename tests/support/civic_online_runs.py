"""Online runs against an emulated CIViC."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "test_data" / "demo"
INPUTS = {"GRCh37": DEMO / "tumour.GRCh37.vcf", "GRCh38": DEMO / "tumour.GRCh38.vcf"}


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.startswith("##")]
