"""Odd files that the real ones do not have are annotated without loss, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np  # noqa: F401  # where numpy is loaded, even a small text is scanned as a whole
import pytest

import annotator
from annotator import AnnotatorError
from tests.support.invented_clinvar import Allele, ClinVar, Seen, clinvar_of
from tests.support.vcf_files import Site, text_of, view


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> ClinVar:
    """A ClinVar of one allele."""
    sites = {Allele("7", 55, "A", "C"): Site("7", 55, "A", ["C"])}
    return clinvar_of("GRCh38", Seen(sites), tmp_path_factory.mktemp("clinvar"))


def annotated(text: str, clinvar: ClinVar, folder: Path, **options: Any) -> Path:
    source, output = folder / "in.vcf", folder / "out.vcf"
    source.write_bytes(text.encode())
    annotator.annotate(source, output, snapshot=clinvar.snapshot, **options)
    return output


def known_record(clinvar: ClinVar, info: str) -> str:
    """A record with an allele that our ClinVar knows."""
    allele = next(one for one in clinvar.known if len(one.deleted) == len(one.inserted) == 1)
    return f"{allele.contig}\t{allele.start}\t.\t{allele.deleted}\t{allele.inserted}\t.\t.\t{info}\n"


HEAD = "##fileformat=VCFv4.2\n##reference=GRCh38\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.mark.parametrize(
    "info",
    [
        ".", "", "DP=3", "DP=3;", ";DP=3", "DP=3;;AN=2", "FLAG", "X=a=b", "x=é",
        ";", ".;",
    ],
)  # fmt: skip
def test_oddly_spelt_info_is_kept_and_the_second_run_changes_nothing(
    info: str, known: ClinVar, tmp_path: Path
) -> None:
    first = annotated(HEAD + known_record(known, info), known, tmp_path).read_text()
    assert info.strip(";") in {".", ""} or f"\t{info.rstrip(';')};" in first
    assert first.count("CLNVID=") == 1
    assert annotated(first, known, tmp_path).read_text() == first


def test_undeclared_info_of_another_tool_is_never_declared_by_our_header_line(
    known: ClinVar, tmp_path: Path
) -> None:
    try:
        output = annotated(HEAD + "7\t5\t.\tA\tC\t.\t.\tCLNSIG=Pathogenic\n", known, tmp_path)
    except AnnotatorError as error:
        assert (error.kind, error.line) == ("clash", 4)
        return
    assert b"CLNSIG=Pathogenic" not in output.read_bytes()


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_file_without_records_is_annotated(end: str, known: ClinVar, tmp_path: Path) -> None:
    output = annotated(HEAD.rstrip("\n") + end, known, tmp_path).read_bytes()
    assert output.endswith(b"\tINFO" + end.encode())


def test_the_command_annotates_a_file_without_records(known: ClinVar, tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(HEAD)
    command = [sys.executable, "-m", "annotator", "annotate", str(source), "-o", str(tmp_path / "out.vcf")]
    run = subprocess.run(
        [*command, "--snapshot", str(known.snapshot)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, "Traceback" in run.stderr) == (0, False)


@pytest.mark.parametrize("version", ["4.2", "4.3", "4.4", "4.5"])
def test_phasing_is_the_same_in_bcf(version: str, known: ClinVar, tmp_path: Path) -> None:
    meta = f"##fileformat=VCFv{version}\n##reference=GRCh38\n##contig=<ID=X>\n"
    meta += '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    columns = HEAD.splitlines()[-1] + "\tFORMAT\ta\tb\tc\td\n"
    record = "X\t5\t.\tA\tC\t.\t.\t.\tGT\t1\t0/1\t0|1\t./.\n"
    text = annotated(meta + columns + record, known, tmp_path)
    annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.bcf", snapshot=known.snapshot)
    binary = view(tmp_path / "out.bcf", tmp_path)
    assert binary is not None
    assert text_of(binary).records == text_of(view(text, tmp_path) or b"").records
