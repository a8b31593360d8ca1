"""Region queries, held against bcftools on generated files of every format and index."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest

from annotator.errors import InputError, UsageError
from annotator.vcf.files import open_input
from annotator.vcf.lines import read_texts
from annotator.vcf.regions import Region, parse_region, regions_of_file
from tests.support.inputs import run_annotator, write_snapshot

CONTIGS = {
    "chr1": 248_956_422,
    "chr2": 242_193_529,
    "chr13": 114_364_328,
    "chrX": 156_040_895,
    "chrY": 57_227_415,
}
QUERIES_PER_FILE = 36
FILES = 20


class Made(NamedTuple):
    """A generated file: its contigs with records, and the first and last position of each record."""

    spans: dict[str, list[tuple[int, int]]]
    lines: list[str]


def made(random_: random.Random) -> Made:
    """Return records of some contigs, none near the start of most, in clusters, some of them very long."""
    spans: dict[str, list[tuple[int, int]]] = {}
    lines = []
    for contig in random_.sample(list(CONTIGS), random_.randrange(1, len(CONTIGS))):
        first = random_.choice([1, 2, 40_000, 20_000_000, 50_000_000])
        width = random_.choice([50, 60_000, 5_000_000])
        count = random_.choice([1, 3, 400, 3_000])
        spans[contig] = []
        for position in sorted(random_.randrange(first, first + width) for _ in range(count)):
            line, last = record(random_, contig, position)
            lines.append(line)
            spans[contig].append((position, last))
    return Made(spans, lines)


def record(random_: random.Random, contig: str, position: int) -> tuple[str, int]:
    """Return a line and the last base that it covers."""
    kind = random_.choices(["base", "deleted", "symbolic", "breakend"], [60, 5, 3, 1])[0]
    head, note = (
        f"{contig}\t{position}\t.",
        "NOTE=" + "".join(random_.choices("ACGT", k=random_.randrange(1, 60))),
    )
    if kind == "deleted":
        length = random_.choice([2, 30, 3_000])
        return f"{head}\t{'A' * length}\tA\t.\t.\t{note}", position + length - 1
    if kind == "symbolic":
        length = random_.choice([2, 20_000, 3_000_000])
        return f"{head}\tA\t<DEL>\t.\t.\tEND={position + length - 1};{note}", position + length - 1
    if kind == "breakend":
        return f"{head}\tA\tA[chr2:400[\t.\t.\t{note}", position
    return f"{head}\tA\tC\t.\t.\t{note}", position


def write_vcf_gz(path: Path, lines: Sequence[str]) -> Path:
    header = [
        "##fileformat=VCFv4.2",
        *(f"##contig=<ID={name},length={length}>" for name, length in CONTIGS.items()),
        '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
        '##INFO=<ID=NOTE,Number=1,Type=String,Description="x">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    with pysam.BGZFile(str(path), "wb") as file:
        file.write("".join(f"{line}\n" for line in [*header, *lines]).encode())
    return path


def bcftools(command: str, *words: str | Path) -> None:
    getattr(pysam.bcftools, command)(*map(str, words), catch_stdout=False)


def in_every_format(folder: Path, lines: Sequence[str]) -> Iterator[Path]:
    """Yield the same records as VCF with a TBI, VCF with a CSI, and BCF."""
    text = write_vcf_gz(folder / "tbi.vcf.gz", lines)
    bcftools("index", "-t", text)
    yield text
    other = folder / "csi.vcf.gz"
    other.write_bytes(text.read_bytes())
    bcftools("index", "-c", other)
    yield other
    binary = folder / "in.bcf"
    bcftools("view", "-Ob", "-o", binary, text)
    bcftools("index", binary)
    yield binary


def queries(random_: random.Random, spans: dict[str, list[tuple[int, int]]]) -> Iterator[list[Region]]:
    """Yield whole contigs, then places before, at and after records, then several regions at a time."""
    for contig in CONTIGS:
        yield [Region(contig)]
    yield [Region(contig) for contig in CONTIGS]
    while True:
        yield [one_region(random_, spans) for _ in range(random_.choice([1, 1, 1, 2, 4]))]


def one_region(random_: random.Random, spans: dict[str, list[tuple[int, int]]]) -> Region:
    contig = random_.choice([*spans, *spans, random_.choice(list(CONTIGS))])
    records = spans.get(contig, [(1, 1)])
    first, last = random_.choice([records[0], records[-1], random_.choice(records)])
    edge = max(random_.choice([first, last]) + random_.choice([-20_000, -2, -1, 0, 0, 1, 2, 20_000]), 1)
    size = random_.choice([1, 1, 2, 500, 16_384, 2_000_000])
    if random_.random() < 0.1:
        return Region(contig, edge)
    start = max(edge - random_.choice([0, size - 1]), 1)
    return Region(contig, start, start + size - 1)


def word(region: Region) -> str:
    if region == Region(region.contig):
        return region.contig
    return f"{region.contig}:{region.start}-{region.stop or ''}"


def found(path: Path, regions: Sequence[str]) -> list[str]:
    with open_input(str(path)) as source:
        text = b"".join(read_texts(source, regions).texts)
    return text.decode().splitlines()


def expected(path: Path, regions: Sequence[str]) -> list[str]:
    target = path.with_name("expected.vcf")
    bcftools("view", "-H", "--no-version", "-r", ",".join(regions), "-o", target, path)
    return target.read_text().splitlines()


@pytest.mark.parametrize("seed", range(FILES))
def test_every_query_is_answered_as_by_bcftools(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)  # noqa: S311
    lines = made(random_)
    filled = asked = 0
    for path in in_every_format(tmp_path, lines.lines):
        for regions, _ in zip(queries(random_, lines.spans), range(QUERIES_PER_FILE), strict=False):
            words = [word(region) for region in regions]
            ours, theirs = found(path, words), expected(path, words)
            # bcftools keeps the order of the command line; here the records stay in the order of the file.
            assert sorted(ours) == sorted(theirs), (path.name, words)
            asked += 1
            filled += bool(theirs)
    assert asked == 3 * QUERIES_PER_FILE
    assert filled >= QUERIES_PER_FILE


def annotated(folder: Path, lines: Sequence[str], output: str) -> Path:
    """Annotate records by a run that indexes its output."""
    snapshot = folder / "snapshot"
    if not snapshot.exists():
        write_snapshot(snapshot)
    source = write_vcf_gz(folder / "in.vcf.gz", lines)
    ran = run_annotator("annotate", source, "-o", folder / output, "-W", "--snapshot", snapshot)
    assert (ran.status, "[" in ran.err) == (0, False), ran.err
    return folder / output


@pytest.mark.parametrize("output", ["out.vcf.gz", "out.bcf"])
def test_indexes_that_a_run_writes_answer_the_same(output: str, tmp_path: Path) -> None:
    filled = 0
    for seed in range(100, 104):
        random_ = random.Random(seed)  # noqa: S311
        lines = made(random_)
        path = annotated(tmp_path, lines.lines, output)
        for regions, _ in zip(queries(random_, lines.spans), range(QUERIES_PER_FILE), strict=False):
            words = [word(region) for region in regions]
            ours, theirs = found(path, words), expected(path, words)
            assert sorted(ours) == sorted(theirs), (seed, words)
            filled += bool(theirs)
    assert filled >= QUERIES_PER_FILE


def test_a_contig_whose_records_begin_far_from_its_start_is_whole(tmp_path: Path) -> None:
    lines = [f"chr13\t{20_000_000 + number * 50}\t.\tA\tC\t.\t.\tNOTE={'x' * 300}" for number in range(2_000)]
    for path in in_every_format(tmp_path, lines):
        assert found(path, ["chr13"]) == lines
        assert found(path, ["13:20000000-20000049"]) == lines[:1]
        assert found(path, ["chr13:1-19999999"]) == []
        assert found(path, [f"chr13:{20_000_000 + 1_999 * 50}-"]) == lines[-1:]


def test_a_contig_without_records_is_an_empty_answer(tmp_path: Path) -> None:
    for path in in_every_format(tmp_path, ["chr1\t5\t.\tA\tC\t.\t.\tNOTE=x"]):
        assert found(path, ["chrY"]) == found(path, ["Y:1-100"]) == []
        assert found(path, ["chrY", "chr1"]) == ["chr1\t5\t.\tA\tC\t.\t.\tNOTE=x"]
        with pytest.raises(UsageError, match="is not in the input"):
            found(path, ["chr99"])


@pytest.mark.parametrize("output", ["out.vcf", "out.bcf"])
def test_a_run_over_a_contig_without_records_succeeds(output: str, tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot")
    for path in in_every_format(tmp_path, ["chr1\t5\t.\tA\tC\t.\t.\tNOTE=x"]):
        ran = run_annotator("annotate", path, "-o", tmp_path / output, "--snapshot", snapshot, "-r", "chrY")
        assert (ran.status, ran.err.count("0 records")) == (0, 1), ran.err


def test_a_telomere_is_part_of_its_whole_contig_which_bcftools_omits(tmp_path: Path) -> None:
    lines = ["chr1\t0\t.\tN\t.[chr2:5[\t.\t.\tNOTE=x", "chr1\t1\t.\tA\tC\t.\t.\tNOTE=x"]
    for path in in_every_format(tmp_path, lines):
        assert found(path, ["chr1"]) == lines
        for region in ("chr1:1-5", "chr1:1-"):
            assert found(path, [region]) == lines[1:] == expected(path, [region])


def test_carriage_returns_stay(tmp_path: Path) -> None:
    path = write_vcf_gz(tmp_path / "in.vcf.gz", ["chr1\t5\t.\tA\tC\t.\t.\tNOTE=x\r"])
    bcftools("index", "-t", path)
    with open_input(str(path)) as source:
        assert b"".join(read_texts(source, ["chr1"]).texts) == b"chr1\t5\t.\tA\tC\t.\t.\tNOTE=x\r\n"


@pytest.mark.parametrize("number", range(3))
def test_an_index_that_is_older_than_its_file_is_a_warning(number: int, tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot")
    path = list(in_every_format(tmp_path, ["chr1\t5\t.\tA\tC\t.\t.\tNOTE=x"]))[number]
    arguments = ("annotate", path, "-o", tmp_path / "out.vcf", "--snapshot", snapshot)
    fresh = run_annotator(*arguments, "-r", "chr1")
    assert (fresh.status, "is older" in fresh.err) == (0, False), fresh.err
    index = next(one for one in tmp_path.glob(f"{path.name}.*") if one.suffix in {".tbi", ".csi"})
    os.utime(index, (0, 0))
    stale = run_annotator(*arguments, "-r", "chr1")
    assert (stale.status, stale.err.count("is older")) == (0, 1), stale.err
    assert f"the index {index.name} is older than the file that it belongs to" in stale.err
    assert "is older" not in run_annotator(*arguments).err


def test_an_index_of_another_file_is_refused(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    lines = [
        f"chr{2 - number // 500}\t{number + 1}\t.\tA\tC\t.\t.\tNOTE={'x' * 200}" for number in range(1_000)
    ]
    of_one = in_every_format(near, ["chr13\t9\t.\tA\tC\t.\t.\tNOTE=x"] * 700 + lines)
    for one, other in zip(of_one, in_every_format(far, lines), strict=True):
        suffix = ".tbi" if one.name.startswith("tbi") else ".csi"
        Path(f"{other}{suffix}").write_bytes(Path(f"{one}{suffix}").read_bytes())
        with pytest.raises(InputError):
            found(other, ["chr1"])


def test_a_damaged_index_is_named(tmp_path: Path) -> None:
    for path in in_every_format(tmp_path, ["chr1\t5\t.\tA\tC\t.\t.\tNOTE=x"]):
        index = Path(f"{path}{'.tbi' if path.name.startswith('tbi') else '.csi'}")
        whole = gzip.decompress(index.read_bytes())
        for data in (b"", b"no index", whole[: len(whole) // 2], whole[: len(whole) - 30]):
            with pysam.BGZFile(str(index), "wb") as file:
                file.write(data)
            with pytest.raises(InputError, match="the index cannot be used"):
                found(path, ["chr1"])


@pytest.mark.parametrize("output", ["fifo", "/dev/null"])
def test_an_output_that_cannot_be_indexed_is_refused_before_the_input_is_opened(
    output: str, tmp_path: Path
) -> None:
    if output == "fifo":
        os.mkfifo(tmp_path / output)
    where = tmp_path / output
    for letter in "zb":
        ran = run_annotator(
            "annotate", "missing.vcf", "-o", where, "-O", letter, "-W", "--snapshot", "missing"
        )
        assert (ran.status, "-W needs a file" in ran.err) == (2, True), ran.err


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("chr7", Region("chr7")),
        ("chr7:5", Region("chr7", 5, 5)),
        ("chr7:5-", Region("chr7", 5)),
        ("chr7:1,000-2,000", Region("chr7", 1000, 2000)),
        ("chr7:0-", Region("chr7", 1)),
        ("chr7:1-", Region("chr7", 1)),
        ("HLA-A*01:01:01:02N", Region("HLA-A*01:01:01:02N")),
        ("{HLA-A*01:01}", Region("HLA-A*01:01")),
        ("{HLA-A*01:01}:3-9", Region("HLA-A*01:01", 3, 9)),
    ],
)
def test_regions_are_read_as_samtools_writes_them(text: str, region: Region) -> None:
    assert parse_region(text) == region


@pytest.mark.parametrize("text", ["chr7:9-3", "chr7:0-3", "chr7:,", "", "{chr7}:x", "{}"])
def test_an_invalid_region_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        regions_of_file([text], ["chr7"], "in.vcf.gz")


def test_names_that_look_like_positions_are_names_first() -> None:
    contigs = ["chr6", "HLA-A*01:01", "HLA-A*01:01:5", "M"]
    assert regions_of_file(["HLA-A*01:01:5"], contigs, "x") == [Region("HLA-A*01:01:5")]
    assert regions_of_file(["HLA-A*01:01:6"], contigs, "x") == [Region("HLA-A*01:01", 6, 6)]
    assert regions_of_file(["6:8-9", "chr6:1-7", "chrMT"], contigs, "x") == [
        Region("chr6", 1, 9),
        Region("M"),
    ]
