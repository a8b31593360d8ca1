"""Regions of a BCF give the records that bcftools gives."""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest

from annotator.vcf.bgzf import deflate
from tests.support.binary_records import (
    INFO,
    META,
    annotate,
    bcftools_view,
    flipped,
    raw_records,
    records_of,
    refused,
    write_bcf,
)
from tests.support.inputs import bgzip, write_snapshot


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


# --- regions ---


class Region(NamedTuple):
    contig: str
    start: int
    stop: int


def scattered(random_: random.Random, count: int) -> list[str]:
    """Sorted records, most of one base and some very long."""
    lines = []
    for contig in ("7", "13"):
        for position in sorted(random_.randrange(1, 40_000_000) for _ in range(count)):
            length = random_.choice([1, 1, 1, 30, 20_000, 3_000_000])
            end = f"END={position + length - 1}"
            lines.append(f"{contig}\t{position}\t.\tA\t{'<DEL>' if length > 1 else 'C'}\t.\t.\t{end}")
    return lines


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("indexed")
    lines = scattered(random.Random(7), 20_000)  # noqa: S311
    path = write_bcf(folder / "in.bcf", lines, meta=(*META, INFO.format("END", "1", "Integer")))
    pysam.bcftools.index(str(path))
    return path


def regions_of(count: int) -> Iterator[list[Region]]:
    random_ = random.Random(11)  # noqa: S311
    for _ in range(count):
        regions = []
        for _ in range(random_.choice([1, 1, 2, 4])):
            start = random_.randrange(1, 41_000_000)
            size = random_.choice([1, 1000, 100_000, 5_000_000])
            regions.append(Region(random_.choice(["7", "13"]), start, start + size - 1))
        yield regions


def test_regions_have_the_records_of_bcftools(indexed: Path, snapshot: Path, tmp_path: Path) -> None:
    found = Counter[bool]()
    for regions in regions_of(25):
        words = [f"{region.contig}:{region.start}-{region.stop}" for region in regions]
        annotate(indexed, tmp_path / "out.bcf", snapshot, regions=tuple(words))
        # bcftools gives the regions in the order of the command line: here they stand in that of the contigs.
        expected = bcftools_view(
            indexed, tmp_path / "expected.bcf", "-Ob", "-t", ",".join(words), "--targets-overlap", "1"
        )
        records = [re.sub(r";?ANNSTATUS=\S+", "", record) for record in records_of(tmp_path / "out.bcf")]
        assert records == records_of(expected), words
        found[bool(records)] += 1
    assert found[True] > 12


def test_regions_may_be_a_contig_of_either_name_or_open_ended(
    indexed: Path, snapshot: Path, tmp_path: Path
) -> None:
    whole = len(raw_records(indexed))
    for regions, share in (
        (("7", "chr13"), 1.0),
        (("13",), 0.5),
        (("7:1-", "7:5"), 0.5),
        (("7:0-",), 0.5),
        (("MT",), 0.0),
    ):
        summary = annotate(indexed, tmp_path / "out.vcf", snapshot, regions=regions)
        assert summary.records == whole * share


def test_regions_of_a_damaged_bcf_are_refused(indexed: Path, snapshot: Path, tmp_path: Path) -> None:
    data = indexed.read_bytes()
    source = tmp_path / "in.bcf"
    for damaged, says in ((flipped(data), "damaged"), (data[: len(data) - 300], "truncated")):
        source.write_bytes(damaged)
        Path(f"{source}.csi").write_bytes(Path(f"{indexed}.csi").read_bytes())
        assert says in refused(source, snapshot, regions=("7", "13"))


def test_regions_need_an_index_that_can_be_read(indexed: Path, snapshot: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.bcf"
    source.write_bytes(indexed.read_bytes())
    assert "index" in refused(source, snapshot, regions=("7",))
    index = gzip.decompress(Path(f"{indexed}.csi").read_bytes())
    for data, says in (
        (bgzip(index[: len(index) // 2]), "cannot be used: the file is truncated"),
        (bgzip(b"BAI\1" + index[4:]), "neither TBI nor CSI"),
        (deflate(index, 6), "truncated"),
    ):
        Path(f"{source}.csi").write_bytes(data)
        assert says in refused(source, snapshot, regions=("7",))
    assert "is not in the input" in refused(indexed, snapshot, regions=("22",))
