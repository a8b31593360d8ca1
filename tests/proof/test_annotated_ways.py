"""Random annotated files have the same results in every way: line by line, in large chunks, and as BCF."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.annotated_records import AnnotatedFile
from tests.support.annotated_ways import added_in_every_way
from tests.support.reports import demo_snapshot


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_snapshot(tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize("seed", range(11))
def test_every_way_has_the_same_results(snapshot: Path, tmp_path: Path, seed: int) -> None:
    vcf = AnnotatedFile(seed).text(250)
    ways = added_in_every_way(tmp_path, vcf, snapshot, civic_match="gene" if seed % 2 else "protein")
    records = [line for line in vcf.split(b"\n") if line and not line.startswith(b"#")]
    lines = ways.pop("lines")
    differing = [
        f"{way}: {record!r} has {other!r}, not {one!r}"
        for way, found in ways.items()
        for record, one, other in zip(records, lines, found, strict=True)
        if one != other
    ]
    assert not differing, "\n".join(differing[:5])
    assert sum("CIVIC=" in info for info in lines) > 20
    assert sum("CLN_SAME_RESIDUE=" in info or "clinvar_protein" in info for info in lines) > 0
