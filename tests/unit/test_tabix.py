from __future__ import annotations

import gzip
import random
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator import annotate, build_snapshot
from annotator.errors import OutputError
from annotator.vcf.bgzf import EOF_BLOCK, block_sizes, deflate
from annotator.vcf.extent import end_of
from annotator.vcf.index_part import index_part
from annotator.vcf.index_scan import index_part_of_scan
from annotator.vcf.scan import scan
from annotator.vcf.splice import Edit, Piece, spliced_blocks
from annotator.vcf.tabix import LAST_BASE, IndexPart, TabixIndex
from tests.support.inputs import (
    BRAF_V600E,
    ClinVarEntry,
    bgzip,
    command,
    run_annotator,
    vcf_text,
    write_snapshot,
    write_vcf,
)

TBI_LIMIT = 1 << 29
BORDERS = [1 << shift for shift in (14, 17, 20, 23, 26)]
"""Sizes of the bins but the largest: 16 kb, 128 kb, 1 Mb, 8 Mb, 64 Mb."""

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"

Region = tuple[str, int, int]


class Query(NamedTuple):
    """Regions, 0-based and half open, and the lines that two indexes of a file give for each."""

    ours: list[list[str]]
    theirs: list[list[str]]


def asked(vcf: Path, index: Path, regions: Sequence[Region]) -> Query:
    """Ask a file by our index and by one that htslib makes of it."""
    reference = vcf.with_suffix(".htslib.csi" if index.suffix == ".csi" else ".htslib.tbi")
    pysam.tabix_index(
        str(vcf),
        preset="vcf",
        keep_original=True,
        force=True,
        index=str(reference),
        csi=index.suffix == ".csi",
    )
    return Query(fetched(vcf, index, regions), fetched(vcf, reference, regions))


def fetched(vcf: Path, index: Path, regions: Sequence[Region]) -> list[list[str]]:
    with pysam.TabixFile(str(vcf), index=str(index), encoding="latin-1") as file:
        known = set(file.contigs)
        # In braces, a name may look like a region itself.
        return [
            list(file.fetch(region=f"{{{contig}}}:{start + 1}-{stop}")) if contig in known else []
            for contig, start, stop in regions
        ]


def regions_of(lines: Sequence[str], random_: random.Random, *, each: int = 12) -> list[Region]:
    """Give regions that a wrong index would answer wrongly: at records, their ends, bin borders, anywhere."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for line in lines:
        columns = line.encode("latin-1").split(b"\t")
        begin = max(int(columns[1]) - 1, 0)
        spans.setdefault(columns[0].decode("latin-1"), []).append((begin, end_of(columns, begin)))
    regions: list[Region] = []
    for contig, records in spans.items():
        last = max(end for _, end in records)
        places = [0, records[0][0], records[-1][0], last - 1, last]
        for begin, end in random_.sample(records, min(each, len(records))):
            borders = [begin // size * size for size in BORDERS]
            places += [
                begin - 1,
                begin,
                begin + 1,
                end - 1,
                end,
                end + 1,
                *borders,
                *(b - 1 for b in borders),
            ]
        starts = {min(max(place, 0), LAST_BASE) for place in places}
        regions += [(contig, start, start + 1) for start in starts]
        cuts = [sorted(random_.sample(range(last + 20_000), 2)) for _ in range(each)]
        regions += [(contig, start, stop) for start, stop in cuts]
        regions.append((contig, 0, last + 1))
    return regions


# Files made of parts


def indexed(
    path: Path,
    text: bytes,
    *,
    header: bytes = HEADER.encode(),
    edits: Sequence[Edit] = (),
    cuts: Sequence[int] = (),
    block: int = 65_280,
) -> Path:
    """Write records as BGZF, in chunks, with our index beside; both ways of making a part must agree.

    Args:
        path: of the file.
        text: the records.
        header: what stands before them.
        edits: of the records, in order.
        cuts: offsets of the lines with which a new chunk starts.
        block: bytes of data per BGZF block.

    """
    columns = header.splitlines()[-1].count(b"\t") + 1
    start = deflate(header, 2)
    index = TabixIndex(str(path), len(start))
    written = [start]
    for first, stop in pairwise([0, *cuts, len(text)] if text else [0]):
        own = [Edit(e.start - first, e.stop - first, e.new) for e in edits if first <= e.start < stop]
        chunk = text[first:stop]
        data = blocked(chunk, own, block)
        index.add(part_of(chunk, columns, own, data))
        written.append(data)
    path.write_bytes(b"".join([*written, EOF_BLOCK]))
    suffix, entries = index.to_bytes()
    made = Path(f"{path}{suffix}")
    made.write_bytes(bgzip(entries))
    return made


def blocked(text: bytes, edits: Sequence[Edit], size: int) -> bytes:
    """Give a chunk as blocks: those of the input where nothing changed, others where something did."""
    cuts = range(0, len(text), size)
    pieces = [Piece(at, min(at + size, len(text)), deflate(text[at : at + size], 1)) for at in cuts]
    return spliced_blocks(text, edits, pieces, 2)


def part_of(text: bytes, columns: int, edits: Sequence[Edit], data: bytes) -> IndexPart:
    lines = scan(text if text.endswith(b"\n") else text + b"\n", columns)
    assert lines is not None
    spans = list(zip(lines.starts.tolist(), lines.stops.tolist(), strict=True))
    part = index_part(text, spans, edits, data)
    assert index_part_of_scan(text, lines, edits, data) == part
    return part


def line_starts(text: bytes) -> list[int]:
    starts = [0]
    while (end := text.find(b"\n", starts[-1]) + 1) > 0:
        starts.append(end)
    return starts[:-1] if starts[-1] == len(text) else starts


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


def record(contig: str, position: int, ref: str = "A", alt: str = "T", info: str = ".") -> str:
    return f"{contig}\t{position}\t.\t{ref}\t{alt}\t.\t.\t{info}"


def text_of(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


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


# What a record covers


@pytest.mark.parametrize(
    ("columns", "end"),
    [
        (("A", "T", "."), 100),
        (("ACGT", "A", "."), 103),
        (("A", "<DEL>", "END=150"), 150),
        (("ACGT", "A", "END=101"), 103),
        (("A", "T", "END=20"), 100),
        (("A", "T", "CIEND=500"), 100),
        (("A", "T", "END=."), 100),
        (("A", "T", "END=0000000000000000000000150"), 150),
        (("A", "<DEL>", "SVLEN=-50"), 149),
        (("A", "<DEL:ME>,<DUP>", "SVLEN=5,70"), 169),
        (("A", "<INS>", "SVLEN=50"), 100),
        (("A", "T", "SVLEN=50"), 100),
        (("A", "<NON_REF>", ".", "GT:LEN", "0/0:30\t0/0:40"), 139),
        (("A", "T", ".", "GT:LEN", "0/0:30"), 100),
        (("A", "<*>", ".", "GT:LEN:X", "0/0\t0/0:.:9"), 100),
    ],
)
def test_a_record_at_position_100_covers_all_that_any_htslib_counts(
    columns: tuple[str, ...], end: int
) -> None:
    ref, alt, info, *samples = columns
    line = f"1\t100\t.\t{ref}\t{alt}\t.\t.\t{info}" + "".join(f"\t{column}" for column in samples)
    assert end_of(line.encode().split(b"\t", 9), 99) == end


# Limits


def test_a_file_without_records_has_an_index(tmp_path: Path) -> None:
    vcf = tmp_path / "a.vcf.gz"
    index = indexed(vcf, b"")
    assert asked(vcf, index, [("1", 0, 10)]).ours == [[]]
    assert index.suffix == ".tbi"


@pytest.mark.parametrize("contig", ["1", "1:2"])
@pytest.mark.parametrize("reach", [TBI_LIMIT, TBI_LIMIT + 1, 1 << 32, (1 << 32) + 1, 1 << 40])
def test_a_contig_longer_than_tbi_can_hold_gets_a_csi(tmp_path: Path, contig: str, reach: int) -> None:
    positions = [1, 16_384, 16_385, TBI_LIMIT, reach]
    lines = [record(contig, position) for position in positions]
    lines.insert(2, record(contig, 16_385, alt="<DEL>", info=f"END={reach}"))
    lines.append(record("2", 7))
    header = HEADER.replace("#CHROM", f"##contig=<ID={contig},length={reach}>\n#CHROM").encode()
    index = indexed(tmp_path / "a.vcf.gz", text_of(lines), header=header)
    assert index.suffix == (".tbi" if reach <= TBI_LIMIT else ".csi")
    regions = regions_of(lines, random.Random(5))  # noqa: S311
    query = asked(tmp_path / "a.vcf.gz", index, regions)
    assert query.ours == query.theirs


@pytest.mark.parametrize(
    "line",
    [
        record("1", LAST_BASE + 1),
        record("1", 10**17),
        record("1", 5, info=f"END={LAST_BASE + 1}"),
        record("1", 5, info="END=9" + "0" * 40),
    ],
)
def test_a_position_that_no_index_holds_is_an_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(OutputError, match=r"a record of 1 ends after base 17,592,186,044,416"):
        indexed(tmp_path / "a.vcf.gz", text_of([line]))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([record("1", 7), record("1", 5)], "1:5 comes after 1:7"),
        ([record("1", 7), record("2", 5), record("1", 9)], "contig 1 occurs again at 1:9"),
        ([record("1", 7), record("2", 5), record("2", 9), record("2", 8)], "2:8 comes after 2:9"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_records_out_of_order_are_named(
    tmp_path: Path, lines: list[str], message: str, chunked: bool
) -> None:
    text = text_of(lines)
    cuts = line_starts(text)[1:] if chunked else []
    with pytest.raises(OutputError) as caught:
        indexed(tmp_path / "a.vcf.gz", text, cuts=cuts)
    assert (
        f"not sorted by position within their contigs: {message}. Sort the file with `bcftools sort`"
        in str(caught.value)
    )


def test_block_sizes_are_read_from_headers_with_other_fields_too() -> None:
    block = deflate(b"data", 2)
    extra = b"XX\x03\x00abc"
    head = block[:10] + (6 + len(extra)).to_bytes(2, "little") + extra
    other = head + block[12:16] + (len(block) + len(extra) - 1).to_bytes(2, "little") + block[18:]
    assert gzip.decompress(other) == b"data"
    assert list(block_sizes(other + EOF_BLOCK + block)) == [(len(other), 4), (28, 0), (len(block), 4)]


# The command


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = [
        ClinVarEntry("7", position, position, "A", "T") for position in range(100_000, 30_000_000, 40_000)
    ]
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s", known)


@pytest.fixture(scope="module")
def large() -> list[str]:
    """Records that make several chunks, of which some are annotated and some are long."""
    padding = "X=" + "0123456789" * 12
    lines = [record("7", position, info=padding) for position in range(1_000, 30_000_000, 1_000)]
    lines[5_000] = record("7", 5_001_000, alt="<DEL>", info=f"END=25000000;{padding}")
    return [*lines, *(record("13", position, "AC", "A", padding) for position in range(1, 2_000_000, 200))]


@pytest.mark.parametrize("compression", ["plain", "bgzf"])
def test_annotated_files_are_answered_as_by_tabix_whatever_the_workers(
    tmp_path: Path, snapshot: Path, large: list[str], compression: str
) -> None:
    suffix = ".vcf" if compression == "plain" else ".vcf.gz"
    source = write_vcf(tmp_path / f"in{suffix}", large)
    outputs = [tmp_path / "one.vcf.gz", tmp_path / "two.vcf.gz"]
    for threads, output in enumerate(outputs, start=1):
        report = annotate(source, output, snapshot=snapshot, threads=threads, write_index=True)
    assert report.summary.answers["clinvar"]["found"] > 500
    indexes = [Path(f"{output}.tbi") for output in outputs]
    assert indexes[0].read_bytes() == indexes[1].read_bytes()
    query = asked(outputs[0], indexes[0], regions_of(large, random.Random(6), each=30))  # noqa: S311
    assert query.ours == query.theirs
    assert pysam.bcftools.index("-n", str(outputs[0])).strip() == str(len(large))


def test_the_demo_has_the_same_index_with_numpy_and_without(repository: Path, tmp_path: Path) -> None:
    demo = repository / "test_data" / "demo"
    build_snapshot(tmp_path / "s", "GRCh38", clinvar=demo / "clinvar.GRCh38.vcf", civic=demo / "civic")
    for name in ("germline", "tumour"):
        source = demo / f"{name}.GRCh38.vcf"
        small, full = tmp_path / f"{name}.small.vcf.gz", tmp_path / f"{name}.full.vcf.gz"
        # This process has loaded numpy, a new one has not.
        annotate(source, full, snapshot=tmp_path / "s", write_index=True)
        subprocess.run(
            command("annotate", source, "-o", small, "--snapshot", tmp_path / "s", "-W"), check=True
        )
        assert Path(f"{small}.tbi").read_bytes() == Path(f"{full}.tbi").read_bytes()
        with gzip.open(small, "rt") as text:
            lines = [line.rstrip("\n") for line in text if not line.startswith("#")]
        query = asked(small, Path(f"{small}.tbi"), regions_of(lines, random.Random(7)))  # noqa: S311
        assert query.ours == query.theirs
        assert sum(map(len, query.ours)) > len(lines)


def test_a_small_file_is_indexed_without_numpy_and_without_pysam(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E])
    code = (
        "import sys; from annotator import annotate; "
        f"annotate({str(source)!r}, {str(tmp_path / 'out.vcf.gz')!r}, snapshot={str(snapshot)!r}, write_index=True); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pysam', 'cyvcf2')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert fetched(tmp_path / "out.vcf.gz", tmp_path / "out.vcf.gz.tbi", [("7", 140753335, 140753336)]) != [
        []
    ]


def test_bcftools_reads_the_index(tmp_path: Path, snapshot: Path, large: list[str]) -> None:
    output = tmp_path / "out.vcf.gz"
    annotate(write_vcf(tmp_path / "in.vcf", large[4_990:5_010]), output, snapshot=snapshot, write_index=True)
    told = pysam.bcftools.view("-H", "-r", "7:5000000-5001000,7:24999999", str(output)).splitlines()
    assert [line.split("\t")[1] for line in told] == ["5000000", "5001000"]


@pytest.mark.parametrize("threads", [1, 2])
def test_an_unsorted_input_leaves_nothing(
    tmp_path: Path, snapshot: Path, large: list[str], threads: int
) -> None:
    source = write_vcf(tmp_path / "in.vcf", [*large, record("13", 5)])
    with pytest.raises(OutputError, match=r"out\.vcf\.gz: .*13:5 comes after 13:1999801"):
        annotate(source, tmp_path / "out.vcf.gz", snapshot=snapshot, threads=threads, write_index=True)
    assert list(tmp_path.iterdir()) == [source]


def test_a_long_contig_is_written_with_a_csi(tmp_path: Path, snapshot: Path) -> None:
    lines = [BRAF_V600E, record("long", 5), record("long", TBI_LIMIT + 5), record("long", TBI_LIMIT + 6)]
    output = tmp_path / "out.vcf.gz"
    source = write_vcf(tmp_path / "in.vcf", lines, meta=["##contig=<ID=long,length=900000000>"])
    annotate(source, output, snapshot=snapshot, write_index=True)
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.vcf.gz", "out.vcf.gz.csi"]
    told = pysam.bcftools.view("-H", "-r", f"long:{TBI_LIMIT + 6}", str(output)).splitlines()
    assert [line.split("\t")[1] for line in told] == [str(TBI_LIMIT + 6)]


def test_an_input_without_records_is_written_with_an_index(tmp_path: Path, snapshot: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([]))
    output = tmp_path / "out.vcf.gz"
    annotate(source, output, snapshot=snapshot, write_index=True)
    assert asked(output, Path(f"{output}.tbi"), [("7", 0, 10)]).ours == [[]]
    assert pysam.bcftools.view("-H", str(output)) == ""


@pytest.mark.parametrize("options", [(), ("-W",)], ids=["without an index", "with one"])
def test_no_index_of_the_file_that_was_replaced_is_left(tmp_path: Path, options: tuple[str, ...]) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot")
    source = write_vcf(tmp_path / "in.vcf")
    output = tmp_path / "out.vcf.gz"
    for suffix in (".tbi", ".csi"):
        Path(f"{output}{suffix}").write_bytes(b"stale")
    output.write_bytes(b"stale")
    ran = run_annotator("annotate", source, "-o", output, "--snapshot", snapshot, *options)
    assert ran.status == 0, ran.err
    left = {path.name for path in tmp_path.glob("out.vcf.gz.*")}
    assert left == ({"out.vcf.gz.tbi"} if options else set())
    assert all(path.read_bytes() != b"stale" for path in tmp_path.glob("out.vcf.gz.*"))
