"""Fixtures of the tests of the command line that several modules use."""

from __future__ import annotations

from pathlib import Path

import pytest

import annotator
from tests.support.compared import NEW, OLD
from tests.support.explanations import ENTRIES, RSIDS, RUN_STOP, Setting
from tests.support.inputs import (
    MT_BASES,
    run_annotator,
    write_clinvar,
    write_fasta,
    write_snapshot,
    write_vcf,
)
from tests.support.reports import DEMO, demo_snapshot
from tests.support.terminals import PERIOD, RECORDS


@pytest.fixture(scope="module")
def console_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot, a file that takes a moment, the same cut off, and two annotated ones."""
    made = tmp_path_factory.mktemp("console")
    write_snapshot(made / "s")
    write_clinvar(made / "clinvar.vcf")
    whole = write_vcf(made / "in.vcf.gz", RECORDS).read_bytes()
    write_vcf(made / "in.vcf", RECORDS)
    (made / "cut.vcf.gz").write_bytes(whole[: len(whole) - 5_000])
    for name in ("a.vcf", "b.vcf"):
        ran = run_annotator("annotate", "in.vcf", "-o", name, "--snapshot", "s", cwd=made)
        assert ran.status == 0, ran.err
    return made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell every step, and draw a bar at once."""
    monkeypatch.setenv(PERIOD, "0")
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A snapshot whose records differ little from the queries, and a FASTA."""
    folder = tmp_path_factory.mktemp("explain")
    clinvar = write_clinvar(folder / "clinvar.vcf", ENTRIES)
    text = clinvar.read_text().replace(
        "##INFO=<ID=CLNHGVS", '##INFO=<ID=RS,Number=.,Type=String,Description="dbSNP">\n##INFO=<ID=CLNHGVS'
    )
    for variation, rsid in RSIDS.items():
        text = text.replace(f"ALLELEID={variation + 15_000};", f"ALLELEID={variation + 15_000};RS={rsid};")
    deletion = f"ALLELEID={77 + 15_000};"
    text = text.replace(deletion, f"{deletion}CLNHGVS=NC_012920.1:m.{RUN_STOP}del;")
    clinvar.write_text(text)
    annotator.build_snapshot(folder / "snapshot", "GRCh38", clinvar=clinvar, civic=DEMO / "civic")
    return Setting(folder / "snapshot", write_fasta(folder / "mt.fa", {"MT": MT_BASES}), folder)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the demo's tumour and germline sample annotated, and all views of the first by the run itself."""
    folder = tmp_path_factory.mktemp("demo")
    snapshot = demo_snapshot(folder)
    views = ("--report", "t.html", "--tsv", "t.tsv", "--json", "t.json", "--multiqc", "t_mqc.json")
    tumour = DEMO / "tumour.GRCh38.vcf"
    ran = run_annotator("annotate", tumour, "-o", "tumour.vcf", "--snapshot", snapshot, *views, cwd=folder)
    assert ran.status == 0, ran.err
    germline = DEMO / "germline.GRCh38.vcf"
    ran = run_annotator("annotate", germline, "-o", "germline.bcf", "--snapshot", snapshot, cwd=folder)
    assert ran.status == 0, ran.err
    return folder


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two snapshots of ClinVar, before and after some changes."""
    folder = tmp_path_factory.mktemp("sides")
    return (
        write_snapshot(folder / "old", OLD, date="2026-01-01"),
        write_snapshot(folder / "new", NEW, date="2026-02-01"),
    )
