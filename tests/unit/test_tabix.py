from __future__ import annotations

import gzip
import random
import subprocess
import sys
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from annotator import annotate, build_snapshot
from annotator.errors import OutputError
from annotator.vcf.bgzf import EOF_BLOCK, block_sizes, deflate
from annotator.vcf.extent import end_of
from annotator.vcf.tabix import LAST_BASE
from tests.support.inputs import (
    BRAF_V600E,
    ClinVarEntry,
    command,
    run_annotator,
    vcf_text,
    write_snapshot,
    write_vcf,
)
from tests.support.tabix_files import (
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

# Bases that a record covers


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
