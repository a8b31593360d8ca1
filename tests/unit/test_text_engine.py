"""The text engine's two ways of reading lines agree, and its chunks and blocks lose nothing."""

from __future__ import annotations

import gzip
import io
import re
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import annotator
from annotator.annotation.engines.text import LineJob, LineWorker
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.plan import make_plan
from annotator.annotation.summary import Summary
from annotator.errors import ClashError, InputError
from annotator.snapshot.folder import Snapshot
from annotator.sources.status import Status
from annotator.vcf.bgzf import EOF_BLOCK, deflate, inflate, read_blocks
from annotator.vcf.blocks import BlockReader
from annotator.vcf.detection import assembly_of
from annotator.vcf.header import Header
from annotator.vcf.scan import scan
from annotator.vcf.splice import Edit, Piece, spliced, spliced_blocks
from annotator.vcf.stream import _chunks_of_blocks, _chunks_of_text, _split_header
from tests.support.inputs import ClinVarEntry, bgzip, vcf_text, write_snapshot

BASES = "ACGT"
# Every short allele at a few positions, a third of which ClinVar knows.
KNOWN = [
    ClinVarEntry("7", 1000 + place, 100 * place + number, ref, alt)
    for place in range(12)
    for number, (ref, alt) in enumerate(
        [
            ("A", "C"),
            ("C", "T"),
            ("AC", "A"),
            ("A", "AC"),
            ("CAT", "C"),
            ("T", "TTT"),
            ("AC", "GT"),
            ("N", "A"),
        ]
    )
    if (place + number) % 3 == 0
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("engine") / "snapshot", KNOWN)


def worker(
    snapshot: Path, *, status: Status = Status.MISSING, columns: str = "", meta: tuple[str, ...] = ()
) -> LineWorker:
    text = vcf_text([], meta=meta).replace("\tINFO\n", f"\tINFO{columns}\n")
    header = Header.parse(text.encode(), path="input.vcf")
    config = AnnotateOptions("input.vcf", "output.vcf", snapshot, status=status)
    verdict = assembly_of(header, stated=None, path="input.vcf")
    plan = make_plan(config, Snapshot.open(snapshot), header, verdict, "input.vcf")
    return LineWorker(LineJob(plan, "input.vcf", None))


sequence = st.one_of(
    st.sampled_from(BASES),
    st.text(BASES, min_size=1, max_size=4),
    st.text("ACGTNacgtn", min_size=1, max_size=20),
)
alt = st.one_of(
    sequence, sequence, sequence,
    st.sampled_from([".", "*", "<DEL>", "<NON_REF>", "A[7:5[", "]7:5]A", "R", "X"]),
)  # fmt: skip
info = st.one_of(
    st.just("."),
    st.sampled_from(["DP=3", "DP=3;AF=0.5", "FLAG", "XCLNVID=1", "DP=1;XCLNSIG=2;CLNSIGX=3", ""]),
)
ours = st.sampled_from(
    ["CLNVID=7;DP=1", "DP=1;CLNSIG=old", "CLNVID=7", "DP=1;CLNVID=7;X=2;CLNSIG=1", "CLNSIG"]
)


@st.composite
def line(draw: st.DrawFn, info: st.SearchStrategy[str] = info) -> str:
    chrom = draw(st.sampled_from(["7", "7", "7", "chr7", "13", "decoy_with_a_long_name_1", "M"]))
    position = draw(st.one_of(st.integers(995, 1015), st.sampled_from([0, 1, 2**31, 2**32 + 5, 10**18])))
    alts = ",".join(draw(st.lists(alt, min_size=1, max_size=4)))
    return f"{chrom}\t{position}\t.\t{draw(sequence)}\t{alts}\t.\t.\t{draw(info)}"


def both_ways(engine: LineWorker, text: bytes) -> None:
    scanned = engine.edits(text, scan(text if text.endswith(b"\n") else text + b"\n", 8))
    scanned_summary = engine.take_tally()
    one_by_one = engine.edits(text, None)
    assert spliced(text, scanned) == spliced(text, one_by_one)
    assert scanned_summary == engine.take_tally()


@settings(max_examples=400, deadline=None)
@given(st.lists(line(), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_scanning_equals_splitting_every_line(
    snapshot: Path, lines: list[str], end: str, unfinished: bool
) -> None:
    text = (end.join(lines) + ("" if unfinished else end)).encode()
    both_ways(worker(snapshot), text)


@settings(max_examples=100, deadline=None)
@given(st.lists(line(st.one_of(info, ours)), min_size=1, max_size=30))
def test_scanning_equals_splitting_for_annotated_files(snapshot: Path, lines: list[str]) -> None:
    engine = worker(
        snapshot,
        meta=(
            "##annotatorFields=CLNVID,CLNSIG",
            '##INFO=<ID=CLNVID,Number=A,Type=Integer,Description="x">',
            '##INFO=<ID=CLNSIG,Number=A,Type=String,Description="x">',
        ),
    )
    both_ways(engine, "".join(f"{line}\n" for line in lines).encode())


@settings(max_examples=60, deadline=None)
@given(st.lists(line(), min_size=1, max_size=20), st.sampled_from([Status.ALL, Status.NONE]))
def test_also_with_every_and_no_status(snapshot: Path, lines: list[str], status: Status) -> None:
    both_ways(worker(snapshot, status=status), "".join(f"{line}\n" for line in lines).encode())


@pytest.mark.parametrize(
    "text",
    [
        b"7\t1\t.\tA\tC\t.\t.\n7\t1\t.\tA\tC\t.\t.\tDP=1\tx\n",  # the right number of tabs in the wrong lines
        b"7\t1\t.\tA\tC\t.\t.\n",
        b"7\t1a\t.\tA\tC\t.\t.\t.\n",
        b"7\t\t.\tA\tC\t.\t.\t.\n",
        b"7\t-1\t.\tA\tC\t.\t.\t.\n",
        b"\t1\t.\tA\tC\t.\t.\t.\n",
        b"#7\t1\t.\tA\tC\t.\t.\t.\n",
        b"7\t1\t.\tA\tC\t.\t.\t.\n\n7\t1\t.\tA\tC\t.\t.\t.\n",
        b" 7\t1\t.\tA\tC\t.\t.\t.\n",
    ],
)
def test_malformed_lines_are_seen_by_the_scan_and_named_by_the_parser(snapshot: Path, text: bytes) -> None:
    assert scan(text, 8) is None
    with pytest.raises(InputError, match=r"input\.vcf, line [12]"):
        worker(snapshot).edits(text, None)


@pytest.mark.parametrize("on_clash", ["error", "replace", "keep"])
def test_an_undeclared_field_of_ours_late_in_a_file_is_an_error_where_we_would_write_it(
    snapshot: Path, tmp_path: Path, on_clash: str
) -> None:
    records = [f"13\t{number}\t.\tA\tC\t.\t.\tDP=1" for number in range(1, 301)]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([*records, "7\t1000\t.\tA\tC\t.\t.\tCLNSIG=theirs"]))
    line = source.read_text().count("\n")
    with pytest.raises(ClashError, match=rf"in\.vcf, line {line}: the record has INFO CLNSIG"):
        annotator.annotate(source, tmp_path / "out.vcf", snapshot=snapshot, on_clash=on_clash)
    assert not (tmp_path / "out.vcf").exists()


def test_a_position_beyond_64_bits_is_kept(snapshot: Path) -> None:
    text = b"7\t" + b"9" * 30 + b"\t.\tA\tC\t.\t.\t.\n"
    assert scan(text, 8) is None
    assert worker(snapshot).edits(text, None) == []


@given(st.binary(max_size=2000), st.data())
def test_splicing_blocks_gives_the_spliced_text(text: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=6)))
    bounds = [0, *[cut for cut in cuts if cut < len(text)], len(text)]
    pieces = [
        Piece(
            start, stop, deflate(text[start:stop], 1) if data.draw(st.booleans()) and stop > start else None
        )
        for start, stop in pairwise(bounds)
    ]
    marks = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    edits = [
        Edit(start, stop, data.draw(st.binary(max_size=5)))
        for start, stop in zip(marks[::2], marks[1::2], strict=False)
    ]
    expected = spliced(text, edits)
    packed = spliced_blocks(text, edits, pieces, 1)
    assert unpacked(packed) == expected
    untouched = [
        piece.block
        for piece in pieces
        if piece.block and not any(edit.start < piece.stop and edit.stop > piece.start for edit in edits)
    ]
    assert all(block in packed for block in untouched)


def unpacked(data: bytes) -> bytes:
    return b"".join(inflate(block, path="x") for block in read_blocks(io.BytesIO(data + EOF_BLOCK), path="x"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=40), st.integers(1, 65_280), st.booleans())
def test_chunks_are_whole_lines_however_the_text_comes(
    lengths: list[int], piece: int, unfinished: bool
) -> None:
    text = b"\n".join(b"x" * length for length in lengths) + (b"" if unfinished else b"\n")
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)] if piece > 5000 else [text]
    of_text = [chunk.head for chunk in _chunks_of_text(pieces, "x")]
    assert b"".join(of_text) == text
    assert all(part.endswith(b"\n") for part in of_text[:-1])
    assert of_text == [chunk.head for chunk in _chunks_of_text([text], "x")]
    blocks = [deflate(part, 1) for part in pieces if len(part) <= 65_280 and part]
    whole = b"".join(inflate(block, path="x") for block in blocks)
    reader = BlockReader(io.BytesIO(b"".join(blocks) + EOF_BLOCK), "x")
    of_blocks = [chunk.text("x") for chunk in _chunks_of_blocks(b"", reader, "x")]
    assert b"".join(of_blocks) == whole
    assert all(part.endswith(b"\n") for part in of_blocks[:-1])


def test_untouched_blocks_of_a_file_are_copied(snapshot: Path, tmp_path: Path) -> None:
    """A file much longer than a chunk, of which one line matters."""
    filler = "x" * 200
    lines = [f"13\t{20_000_000 + number}\t{filler}\tA\tC\t.\t.\tDP={number}" for number in range(40_000)]
    lines[20_000:20_000] = ["13\t20019999\t.\tA\tC\t.\t.\t."]
    lines[0:0] = ["7\t1000\t.\tA\tC\t.\t.\t."]
    text = vcf_text(lines).encode()
    source = tmp_path / "long.vcf.gz"
    source.write_bytes(deflate(text, 6) + EOF_BLOCK)
    output = tmp_path / "out.vcf.gz"
    report = annotator.annotate(source, output, snapshot=snapshot)
    assert report.summary.answers["clinvar"]["found"] == 1
    assert (
        re.sub(rb"(?m)^##(annotator|INFO).*\n", b"", gzip.decompress(output.read_bytes())).replace(
            gzip.decompress(output.read_bytes()).split(b"\n7\t1000")[1].split(b"\t")[6].split(b"\n")[0], b"."
        )
        == text
    )
    with source.open("rb") as file:
        blocks = list(read_blocks(file, path="x"))
    written = output.read_bytes()
    copied = sum(block in written for block in blocks[:-1])
    # Only the block with the header and the changed line, and those at the ends of chunks, are new.
    assert copied >= len(blocks) - 2 - 2 * (len(text) // (1 << 21) + 1)


def test_summaries_add_up_and_count_lines_from_the_start() -> None:
    from annotator.annotation.summary import RefMismatch

    total, part = Summary(), Summary()
    total.records, part.records = 10, 5
    part.first_ref_mismatch = RefMismatch(3, "7", 1, "A", "C")
    total.add(part)
    assert total.first_ref_mismatch is not None
    assert total.first_ref_mismatch.line == 13
    assert total.records == 15


@pytest.mark.parametrize("end", ["\n", "\n\n\n", "\r\n\r\n", "\n\r\n"])
@pytest.mark.parametrize("records", [1, 40_000])
@pytest.mark.parametrize("name", ["in.vcf", "in.vcf.gz"])
def test_empty_lines_at_the_end_are_dropped_with_a_warning(
    end: str, records: int, name: str, snapshot: Path, tmp_path: Path
) -> None:
    lines = [f"7\t{number + 2000}\t.\tA\tC\t.\t.\tX={'x' * 40}" for number in range(records)]
    text = vcf_text(lines)
    data = (text + end).encode()
    (tmp_path / name).write_bytes(bgzip(data) if name.endswith(".gz") else data)
    report = annotator.annotate(tmp_path / name, tmp_path / "out.vcf", snapshot=snapshot)
    assert report.summary.records == records
    assert [line for line in report.warnings if "after the last record: dropped" in line] == list(
        report.warnings
    )
    assert len(report.warnings) == 1
    out = (tmp_path / "out.vcf").read_text()
    assert out.endswith(lines[-1] + "\n")
    assert out.count("\n7\t") == records


@pytest.mark.parametrize("what", ["record", "header line", "header lines"])
def test_a_line_or_a_header_in_many_pieces_is_whole_and_takes_memory_of_its_size(what: str) -> None:
    size = 1 << 22
    line = {
        "record": b"7\t1\t.\tA\tC\t.\t.\tX=%s\n",
        "header line": b"##x=%s\n#CHROM\n",
        "header lines": b"%s#CHROM\n",
    }[what]
    data = line % (b"##a=b\n" * (size // 6) if what == "header lines" else b"y" * size)
    pieces = [data[start : start + (1 << 12)] for start in range(0, len(data), 1 << 12)]
    tracemalloc.start()
    try:
        if what == "record":
            assert [len(chunk.head) for chunk in _chunks_of_text(pieces, "x")] == [len(data)]
        else:
            assert _split_header(iter(pieces), "x") == (data, b"")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(data)
