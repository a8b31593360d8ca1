"""Adding a knowledge base takes a folder and one line: a toy one annotates, and is in every view of the result."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import annotator
from annotator.snapshot.manifest import MANIFEST, Manifest, StoredSource
from annotator.sources.registry import KNOWLEDGE_BASES, KnowledgeBase
from annotator.variants.assembly import Assembly
from tests.support.inputs import write_snapshot, write_vcf

ROWS = "7\t100\tA\tT\tred & blue\n7\t101\tC\tG\tunreadable\n"
RECORDS = [
    "chr7\t100\t.\tA\tT\t.\tPASS\t.",
    "chr7\t100\t.\tA\tC,T\t.\tPASS\t.",
    "chr7\t101\t.\tC\tG\t.\tPASS\t.",
    "chr7\t102\t.\tC\tG\t.\tPASS\t.",
]


@pytest.fixture
def with_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A snapshot that also holds the toy, and the one line that makes it known."""
    line = KnowledgeBase(
        "Toy",
        "tests.support.toy_base.fields:TOY_FIELDS",
        "tests.support.toy_base.snapshot:open_snapshot",
        "TOYMATCH",
    )
    monkeypatch.setitem(KNOWLEDGE_BASES, "toy", line)
    folder = write_snapshot(tmp_path / "snapshot", assembly=Assembly.GRCH38)
    (folder / "toy.tsv").write_text(ROWS, encoding="utf-8")
    manifest = Manifest.read(folder)
    stored = StoredSource(
        release="2026-12-01", origin="toy.tsv", origin_sha256="", licence="MIT", counts={"alleles": 2},
        placed=None, file="toy.tsv", size=len(ROWS), sha256=hashlib.sha256(ROWS.encode()).hexdigest(), retrieved=None,
    )  # fmt: skip
    changed = manifest._replace(sources=manifest.sources | {"toy": stored})
    (folder / MANIFEST).write_text(changed.to_json(), encoding="utf-8")
    return folder


@pytest.fixture
def annotated(with_toy: Path, tmp_path: Path) -> tuple[Path, annotator.Report]:
    source = write_vcf(tmp_path / "in.vcf", RECORDS)
    output = tmp_path / "out.vcf"
    return output, annotator.annotate(source, output, snapshot=with_toy, assembly="GRCh38")


def test_it_annotates_and_is_in_header_summary_and_status(annotated: tuple[Path, annotator.Report]) -> None:
    output, report = annotated
    lines = output.read_text(encoding="utf-8").splitlines()
    infos = [line.split("\t")[7] for line in lines if not line.startswith("#")]
    assert infos == [
        "TOYCOLOUR=red_&_blue;TOYMATCH=exact",
        "TOYCOLOUR=.,red_&_blue;TOYMATCH=.,exact",
        "ANNSTATUS=toy:failed",
        ".",
    ]
    assert any(
        line.startswith('##annotatorSource=<ID=toy,Source="toy-snapshot",Release="2026-12-01"')
        for line in lines
    )
    assert any(line.startswith("##INFO=<ID=TOYCOLOUR,Number=A") and 'Source="Toy"' in line for line in lines)
    assert report.summary.answers["toy"] == {"found": 2, "absent": 2, "failed": 1}
    assert report.summary.failures == {"unreadable": 1}


def test_it_is_in_every_view_of_the_report(annotated: tuple[Path, annotator.Report], tmp_path: Path) -> None:
    output, _ = annotated
    views = {name: tmp_path / f"report.{name}" for name in ("html", "tsv", "json")}
    annotator.write_report(output, **views)  # type: ignore[arg-type]
    document = json.loads(views["json"].read_text(encoding="utf-8"))
    assert {allele["info"]["TOYCOLOUR"] for allele in document["alleles"]} == {"red_&_blue"}
    header, row = [
        line.split("\t") for line in views["tsv"].read_text(encoding="utf-8").splitlines() if line[0] != "#"
    ][:2]
    assert row[header.index("TOYCOLOUR")] == "red_&_blue"
    assert "Toy" in views["html"].read_text(encoding="utf-8")
