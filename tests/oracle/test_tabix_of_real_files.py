"""Real files are answered as by tabix."""

from __future__ import annotations

import gzip
import random
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pysam
import pysam.bcftools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import OutputError
from annotator.vcf.scan import scan
from annotator.vcf.splice import Edit
from tests.support.inputs import (
    bgzip,
)
from tests.support.tabix_files import (
    BORDERS,
    HEADER,
    TBI_LIMIT,
    asked,
    fetched,
    indexed,
    line_starts,
    record,
    regions_of,
    text_of,
)


def random_edits(text: bytes, random_: random.Random, share: float) -> list[Edit]:
    """Lengthen some lines of 8 columns or more, in INFO."""
    edits = []
    for start in line_starts(text):
        if random_.random() < share:
            stop = text.find(b"\n", start)
            columns = text[start : stop if stop >= 0 else len(text)].split(b"\t")
            end = start + len(b"\t".join(columns))
            columns[7] = b"CLNSIG=" + b"x" * random_.randint(1, 400) + b";" + columns[7]
            edits.append(Edit(start, end, b"\t".join(columns)))
    return edits


# Real files

LONGER_THAN_ITS_CONTIG = "view64bit.3.vcf"
"""A file with a POS beyond what its header says: of it htslib makes no index at all."""


def real_files(folder: Path) -> Iterator[tuple[Path, bytes, bytes]]:
    """Give the header and the records of each real VCF whose lines are well formed, once."""
    seen = set()
    for path in sorted(folder.rglob("*.vcf*")):
        if not path.name.endswith((".vcf", ".vcf.gz")):
            continue
        data = path.read_bytes()
        if data in seen:
            continue
        seen.add(data)
        try:
            text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        except (OSError, EOFError):
            continue
        at = text.find(b"\n#CHROM\t") + 1
        end = text.find(b"\n", at) + 1
        columns = text[at:end].count(b"\t") + 1
        if at > 0 and end > 0 and text[end:] and columns >= 8 and text.startswith(b"##"):
            records = text[end:]
            whole = records if records.endswith(b"\n") else records + b"\n"
            if scan(whole, columns) is not None:
                yield path, text[:end], records


def test_real_files_are_answered_as_by_tabix_and_refused_as_by_tabix(
    shared_data: Path, tmp_path: Path
) -> None:
    random_ = random.Random(2)  # noqa: S311
    seen: Counter[str] = Counter()
    vcf = tmp_path / "a.vcf.gz"
    for path, header, text in real_files(shared_data / "vcf" / "real"):
        starts = line_starts(text)
        cuts = sorted(random_.sample(starts[1:], min(3, len(starts) - 1)))
        edits = random_edits(text, random_, 0.2)
        block = random_.choice([700, 65_280])
        try:
            index = indexed(vcf, text, header=header, edits=edits, cuts=cuts, block=block)
        except OutputError:
            vcf.write_bytes(bgzip(header + text))
            with pytest.raises(OSError, match="building of index"):
                pysam.tabix_index(str(vcf), preset="vcf", keep_original=True, force=True)
            seen["refused"] += 1
            continue
        if path.name == LONGER_THAN_ITS_CONTIG:
            [[line]] = fetched(vcf, index, [("chr1", 42_949_672_949, 42_949_672_950)])
            assert line.startswith("chr1\t42949672950\t")
            continue
        regions = regions_of(text.decode("latin-1").split("\n")[: len(starts)], random_, each=2)
        query = asked(vcf, index, regions)
        assert query.ours == query.theirs, path
        seen.update({index.suffix: 1, "records": len(starts), "regions": len(regions)})
    enough = {".tbi": 400, ".csi": 2, "refused": 10, "records": 10_000, "regions": 25_000}
    assert all(seen[what] >= count for what, count in enough.items()), seen


# Invented files

CONTIGS = ["1", "chr2", "HLA-A*01:01:01:01", "1:1-1", "MT"]


@st.composite
def records_of_a_contig(draw: st.DrawFn, contig: str) -> list[str]:
    """Give sorted records, many of them at the borders of bins."""
    border = st.builds(
        lambda size, times, off: max(size * times + off, 0),
        st.sampled_from(BORDERS),
        st.integers(0, 7),
        st.integers(-2, 3),
    )
    positions = draw(st.lists(st.one_of(border, st.integers(0, 3_000)), min_size=1, max_size=12))
    return [draw(records_at(contig, position)) for position in sorted(positions)]


@st.composite
def records_at(draw: st.DrawFn, contig: str, position: int) -> str:
    ref = "A" * draw(st.one_of(st.just(1), st.integers(1, 30), st.sampled_from([16_384, 16_385])))
    size = draw(st.one_of(st.integers(0, 200_000), st.sampled_from(BORDERS)))
    end = position + size
    alt = draw(st.sampled_from(["T", ".", "T,<DEL>", "<DEL:ME>", "<DUP>", "<INS>", "<NON_REF>", "<*>", "*"]))
    infos = [
        ".",
        f"END={end}",
        f"DP=3;END={end};AF=0.5",
        f"CIEND=-9,9;END={end}",
        f"CIEND=-9,{end}",
        f"XEND={end};SVLEN={size}",
        f"SVTYPE=X;SVLEN=-{size},{size}",
        "END=.",
        f"END={position // 2}",
        f"END={end};END={end + 70_000}",
        f"SVLEN=.;END={end}\r",
        "LEN=5;SVLEN",
    ]
    line = record(contig, position, ref, alt, draw(st.sampled_from(infos)))
    length = draw(st.sampled_from([".", str(size), "x"]))
    return f"{line}\t{draw(st.sampled_from(['GT:LEN', 'LEN', 'LENS:GT', 'GT']))}\t0/1:{length}\t{length}"


@st.composite
def record_lists(draw: st.DrawFn) -> list[str]:
    """Give sorted records of some contigs; one that TBI cannot hold makes the index a CSI."""
    contigs = draw(st.lists(st.sampled_from(CONTIGS), min_size=1, max_size=4, unique=True))
    lines = [line for contig in contigs for line in draw(records_of_a_contig(contig))]
    far = draw(st.lists(st.just(TBI_LIMIT + 9), max_size=1))
    return [*lines, *(draw(records_at("far", position)) for position in far)]


SAMPLED = HEADER.replace("INFO\n", "INFO\tFORMAT\ta\tb\n").encode()


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(record_lists(), st.randoms(use_true_random=False), st.sampled_from([60, 997, 65_280]), st.booleans())
def test_any_sorted_file_is_answered_as_by_tabix(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], random_: random.Random, block: int, last: bool
) -> None:
    vcf = tmp_path_factory.mktemp("any") / "a.vcf.gz"
    text = text_of(lines) if last else text_of(lines).removesuffix(b"\n")
    starts = line_starts(text)[1:]
    cuts = sorted(random_.sample(starts, random_.randint(0, len(starts))))
    edits = random_edits(text, random_, 0.3)
    index = indexed(vcf, text, header=SAMPLED, edits=edits, cuts=cuts, block=block)
    query = asked(vcf, index, regions_of(lines, random_, each=4))
    assert query.ours == query.theirs


def test_a_dense_file_is_answered_as_by_tabix(tmp_path: Path) -> None:
    random_ = random.Random(3)  # noqa: S311
    lines = []
    for contig, size in [("1", 5_000_000), ("2", 70_000_000), ("3:x", 300_000)]:
        for position in sorted(random_.randrange(size) for _ in range(6_000)):
            end = position + int(10 ** random_.uniform(0, 7))
            long = random_.random() < 0.02
            lines.append(record(contig, position, info=f"END={end}" if long else "X=" + "y" * 90))
    text = text_of(lines)
    starts = line_starts(text)
    cuts = starts[2_000::2_000]
    index = indexed(tmp_path / "a.vcf.gz", text, edits=random_edits(text, random_, 0.02), cuts=cuts)
    query = asked(tmp_path / "a.vcf.gz", index, regions_of(lines, random_, each=40))
    assert query.ours == query.theirs
    assert sum(map(len, query.ours)) > 3 * len(lines)
    for stretches in stretches_of(index):
        offsets = [offset for stretch in stretches for offset in stretch]
        assert offsets == sorted(set(offsets))


def stretches_of(index: Path) -> Iterator[list[tuple[int, int]]]:
    """Read from a TBI, as its specification has it, where the records of each bin start and stop."""
    data = gzip.decompress(index.read_bytes())
    contigs, names = struct.unpack_from("<4xi24xi", data)
    at = 36 + names
    for _ in range(contigs):
        (bins,) = struct.unpack_from("<i", data, at)
        at += 4
        for _ in range(bins):
            number, count = struct.unpack_from("<Ii", data, at)
            stretches = list(struct.iter_unpack("<2Q", data[at + 8 : at + 8 + 16 * count]))
            if number < 37_450:  # that of the counts
                yield [(start, stop) for start, stop in stretches]
            at += 8 + 16 * count
        (windows,) = struct.unpack_from("<i", data, at)
        at += 4 + 8 * windows
    assert data[at:] == bytes(8)


def test_the_index_is_as_small_as_tabixs(tmp_path: Path) -> None:
    random_ = random.Random(4)  # noqa: S311
    positions = sorted(random_.sample(range(200_000_000), 20_000))
    index = indexed(tmp_path / "a.vcf.gz", text_of([record("1", position) for position in positions]))
    asked(tmp_path / "a.vcf.gz", index, [])
    theirs = tmp_path / "a.vcf.htslib.tbi"
    assert len(gzip.decompress(index.read_bytes())) <= len(gzip.decompress(theirs.read_bytes()))
