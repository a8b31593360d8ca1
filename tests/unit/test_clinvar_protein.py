"""ClinVar's records at the same residue are compared only where the file has annotations."""

from __future__ import annotations

from pathlib import Path

import annotator
from tests.support.reports import DEMO, demo_snapshot


def test_a_file_without_annotations_is_not_compared_by_residue(tmp_path: Path) -> None:
    annotated = DEMO / "tumour.GRCh38.vcf"
    lines = annotated.read_text().splitlines(keepends=True)
    (tmp_path / "bare.vcf").write_text("".join(line for line in lines if "ID=CSQ," not in line))
    snapshot = demo_snapshot(tmp_path)
    compared = annotator.annotate(annotated, tmp_path / "a.vcf", snapshot=snapshot)
    bare = annotator.annotate(tmp_path / "bare.vcf", tmp_path / "b.vcf", snapshot=snapshot)
    assert "clinvar_protein" in compared.summary.answers
    assert "clinvar_protein" not in bare.summary.answers
    assert "ID=CLN_SAME_AA," in (tmp_path / "a.vcf").read_text()
    assert "CLN_SAME_AA" not in (tmp_path / "b.vcf").read_text()
