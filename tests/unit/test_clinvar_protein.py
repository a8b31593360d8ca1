"""ClinVar's records at the same residue are compared only where the file has annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

import annotator
from tests.support.inputs import data_lines, info_of
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


@pytest.mark.parametrize(
    ("parts", "entry", "change"),
    [
        ("Feature|HGVSc", "ENST9|NM_004333.6:c.1799T>G", "ENST9:p.Val600Gly"),
        ("HGVSc", "NM_004333.6:c.1799T>G", "NM_004333:p.Val600Gly"),
        ("HGVSc", "c.1799T>G", "p.Val600Gly"),
        ("EXON", "15/18", "p.Val600Gly"),
    ],
)
def test_the_change_names_the_transcript_if_the_annotation_does(
    tmp_path: Path, parts: str, entry: str, change: str
) -> None:
    source = tmp_path / "short.vcf"
    csq = f"Allele|Consequence|SYMBOL|HGVSp|Codons|Protein_position|{parts}"
    source.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=chr7,length=159345973>\n##INFO=<ID=CSQ,Number=.,Type=String,"
        f'Description="Consequence annotations from Ensembl VEP. Format: {csq}">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr7\t140753336\t.\tA\tC\t.\tPASS\t"
        f"CSQ=C|missense_variant|BRAF|p.Val600Gly|gTg/gGg|600|{entry}\n"
    )
    annotator.annotate(source, tmp_path / "out.vcf", snapshot=demo_snapshot(tmp_path))
    (line,) = data_lines((tmp_path / "out.vcf").read_bytes())
    info = info_of(line)
    assert info["CLN_PROTEIN"] == change
    assert "p.Val600Glu" in info["CLN_SAME_RESIDUE"]
