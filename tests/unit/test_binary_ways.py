"""Every way through the engines gives the same records, and annotating again changes only our own fields."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pysam
import pysam.bcftools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import AnnotatorError
from annotator.vcf.bcf import cut
from annotator.vcf.bgzf import EOF_BLOCK
from annotator.vcf.files import OutputFormat
from tests.support.binary_records import (
    BOTH,
    FORMAT,
    INFO,
    KNOWN,
    META,
    RECORDS,
    UNKNOWN,
    annotate,
    bcftools_view,
    records_of,
    split,
    text_of,
    uncompressed,
    write_all_inputs,
    write_bcf,
)
from tests.support.inputs import ClinVarEntry, bgzip, run_annotator, vcf_text, write_snapshot, write_vcf


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


# --- all ways through the engines ---

WAYS = (
    "in.bcf out.bcf",
    "in.bcf out.vcf",
    "in.bcf out.vcf.gz",
    "in.vcf out.bcf",
    "in.vcf.gz out.bcf",
    "raw.bcf out.bcf",
    "raw.bcf out.vcf",
    "gzip.bcf out.bcf",
)


@pytest.mark.parametrize("way", WAYS)
def test_every_engine_has_the_results_of_the_text_engine(way: str, tmp_path: Path, snapshot: Path) -> None:
    write_all_inputs(tmp_path, RECORDS)
    expected = annotate(tmp_path / "in.vcf", tmp_path / "expected.vcf", snapshot)
    source, output = way.split()
    summary = annotate(tmp_path / source, tmp_path / output, snapshot)
    assert summary == expected
    assert text_of(tmp_path / output) == text_of(tmp_path / "expected.vcf")


@pytest.mark.parametrize("way", WAYS)
def test_annotating_twice_is_annotating_once(way: str, tmp_path: Path, snapshot: Path) -> None:
    write_all_inputs(tmp_path, RECORDS)
    source, output = way.split()
    annotate(tmp_path / source, tmp_path / output, snapshot)
    again = tmp_path / f"again.{output}"
    annotate(tmp_path / output, again, snapshot)
    assert text_of(again) == text_of(tmp_path / output)
    if output == "out.bcf":
        assert again.read_bytes() == (tmp_path / output).read_bytes()


@pytest.mark.parametrize(
    "way", ["in.bcf out.bcf", "in.bcf out.vcf.gz", "raw.bcf out.vcf", "in.vcf.gz out.bcf"]
)
def test_workers_change_no_byte(way: str, tmp_path: Path, snapshot: Path) -> None:
    padded = (f"{UNKNOWN[:-1]}NOTE={'x' * 2_000}", *RECORDS)
    write_all_inputs(tmp_path, padded * 3_000)
    source, output = way.split()
    one = annotate(tmp_path / source, tmp_path / output, snapshot)
    two = annotate(tmp_path / source, tmp_path / f"two.{output}", snapshot, threads=2)
    assert one == two
    assert one.records == 21_000
    assert (tmp_path / f"two.{output}").read_bytes() == (tmp_path / output).read_bytes()


@pytest.mark.parametrize(
    ("source", "letter"),
    [("in.bcf", "b"), ("in.bcf", "z"), ("raw.bcf", "u"), ("raw.bcf", "v"), ("in.vcf.gz", "u")],
)
def test_standard_input_and_output_carry_the_same(
    source: str, letter: str, tmp_path: Path, snapshot: Path
) -> None:
    write_all_inputs(tmp_path, RECORDS)
    output = tmp_path / "out"
    annotate(tmp_path / source, output, snapshot, output_type=OutputFormat(letter))
    data = (tmp_path / source).read_bytes()
    ran = run_annotator("annotate", "-", "--snapshot", snapshot, "-O", letter, stdin=data)
    assert (ran.status, ran.out) == (0, output.read_bytes())


def test_uncompressed_bcf_is_in_blocks_so_that_truncation_is_detected(tmp_path: Path, snapshot: Path) -> None:
    write_all_inputs(tmp_path, RECORDS)
    for output, format_ in (("u.bcf", OutputFormat.BCF_UNCOMPRESSED), ("b.bcf", OutputFormat.BCF)):
        annotate(tmp_path / "in.bcf", tmp_path / output, snapshot, output_type=format_)
        assert (tmp_path / output).read_bytes().endswith(EOF_BLOCK)
    assert uncompressed(tmp_path / "u.bcf") == uncompressed(tmp_path / "b.bcf")
    assert (tmp_path / "u.bcf").stat().st_size > len(uncompressed(tmp_path / "u.bcf"))


@pytest.mark.parametrize("output", ["out.bcf", "out.vcf.gz"])
def test_a_written_index_finds_the_records(output: str, tmp_path: Path, snapshot: Path) -> None:
    annotate(write_bcf(tmp_path / "in.bcf"), tmp_path / output, snapshot, write_index=True)
    with pysam.VariantFile(str(tmp_path / output)) as file:
        assert [record.pos for record in file.fetch("13")] == [32340300, 32340400]


def test_text_with_other_line_ends_becomes_bcf(tmp_path: Path, snapshot: Path) -> None:
    text = vcf_text(RECORDS, meta=META)
    (tmp_path / "in.vcf").write_text(text)
    (tmp_path / "windows.vcf").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (tmp_path / "unfinished.vcf").write_text(text.removesuffix("\n"))
    for name in ("in", "windows", "unfinished"):
        annotate(tmp_path / f"{name}.vcf", tmp_path / f"{name}.bcf", snapshot)
        assert text_of(tmp_path / f"{name}.bcf") == text_of(tmp_path / "in.bcf")


def test_a_file_without_records_stays_one(tmp_path: Path, snapshot: Path) -> None:
    for source in (write_bcf(tmp_path / "in.bcf", []), write_vcf(tmp_path / "in.vcf", [])):
        for output in ("out.bcf", "out.vcf"):
            assert annotate(source, tmp_path / output, snapshot).records == 0
            assert records_of(tmp_path / output) == []


def test_a_record_may_be_larger_than_a_chunk(tmp_path: Path, snapshot: Path) -> None:
    large = f"7\t140753336\t.\tA\tT\t.\t.\tNOTE={'x' * 3_000_000}"
    write_all_inputs(tmp_path, [UNKNOWN, large, KNOWN])
    for source in ("in.bcf", "raw.bcf"):
        annotate(tmp_path / source, tmp_path / "out.bcf", snapshot)
        assert [record.count("CLNVID=13961") for record in records_of(tmp_path / "out.bcf")] == [0, 1, 1]


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 400))
def test_records_are_cut_apart_wherever_the_data_end(sizes: list[int], end: int) -> None:
    whole = [struct.pack("<II", size // 2, size - size // 2) + bytes(size) for size in sizes]
    data = b"".join(whole)[:end]
    records, rest, wanted = cut(data)
    assert records.data + rest == data
    assert [records.chosen([number]).data for number in range(len(records.starts))] == whole[
        : len(records.starts)
    ]
    if len(rest) >= 8:
        assert wanted == len(whole[len(records.starts)]) > len(rest)
    else:
        assert wanted == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_phase_of_the_first_allele_stays(way: str, tmp_path: Path, snapshot: Path) -> None:
    genotypes = ("0|1", "/0|1", "|0/1", "0/1", "|1", "/1", "1", ".", "|.", "/0|1/2", "0|0|1")
    samples = tuple(f"s{number}" for number in range(len(genotypes)))
    records = [f"{record}\tGT\t" + "\t".join(genotypes) for record in (UNKNOWN, BOTH)]
    write_all_inputs(tmp_path, records, samples=samples, version="VCFv4.4")
    source, output = way.split()
    annotate(tmp_path / source, tmp_path / output, snapshot)
    annotate(tmp_path / "in.vcf", tmp_path / "expected.vcf", snapshot)
    assert text_of(tmp_path / output) == text_of(tmp_path / "expected.vcf")
    assert "/0|1\t|0/1\t" in records_of(tmp_path / output)[0]


# --- annotating again ---


def test_a_later_release_replaces_values_and_lines(tmp_path: Path, snapshot: Path) -> None:
    entries = [
        ClinVarEntry("7", 140753337, 5, "C", "G"),
        ClinVarEntry("7", 140753336, 13961, "A", "T", "Benign"),
    ]
    later = write_snapshot(tmp_path / "later", entries, date="2026-03-05")
    source = write_bcf(tmp_path / "in.bcf")
    annotate(source, tmp_path / "first.bcf", snapshot)
    annotate(tmp_path / "first.bcf", tmp_path / "second.bcf", later)
    annotate(source, tmp_path / "fresh.bcf", later)
    assert text_of(tmp_path / "second.bcf") == text_of(tmp_path / "fresh.bcf")
    assert uncompressed(tmp_path / "second.bcf") == uncompressed(tmp_path / "fresh.bcf")
    assert "2026-02-26" not in "\n".join(text_of(tmp_path / "second.bcf"))


def test_numbers_of_other_tags_stay_when_our_lines_go(tmp_path: Path, snapshot: Path) -> None:
    annotate(write_bcf(tmp_path / "in.bcf"), tmp_path / "first.bcf", snapshot)
    # Another tool adds a tag behind ours, which so has a higher number.
    with_tag = tmp_path / "tag.vcf"
    lines = [
        line
        if line.startswith("#")
        else re.sub(r"^((?:\S+\t){7}\S+)", r"\1;LATER=5", line).replace("\t.;", "\t")
        for line in text_of(tmp_path / "first.bcf")
    ]
    lines.insert(-len(RECORDS) - 1, INFO.format("LATER", "1", "Integer"))
    with_tag.write_text("".join(f"{line}\n" for line in lines))
    bcftools_view(with_tag, tmp_path / "tag.bcf", "-Ob")
    annotate(tmp_path / "tag.bcf", tmp_path / "second.bcf", snapshot, fields=("CLNSIG",))
    annotate(with_tag, tmp_path / "second.vcf", snapshot, fields=("CLNSIG",))
    assert text_of(tmp_path / "second.bcf") == text_of(tmp_path / "second.vcf")
    assert all("LATER=5" in record for record in records_of(tmp_path / "second.bcf"))


def test_a_field_of_another_tool_is_replaced_on_demand(tmp_path: Path, snapshot: Path) -> None:
    meta = (*META, INFO.format("CLNSIG", ".", "String"), FORMAT.format("CLNDN", "1", "Integer"))
    records = [
        "7\t140753336\t.\tA\tT\t.\t.\tCLNSIG=old;DP=3\tGT:CLNDN\t0/1:5",
        "7\t140753337\t.\tC\tG\t.\t.\tDP=3;CLNSIG=old\tGT\t0/1",
    ]
    source = write_bcf(tmp_path / "in.bcf", records, meta=meta, samples=("s",))
    with pytest.raises(AnnotatorError, match="CLNSIG"):
        annotate(source, tmp_path / "out.bcf", snapshot)
    annotate(source, tmp_path / "out.bcf", snapshot, on_clash="replace")
    annotate(source, tmp_path / "out.vcf", snapshot, on_clash="replace")
    assert text_of(tmp_path / "out.bcf") == text_of(tmp_path / "out.vcf")
    first, second = records_of(tmp_path / "out.bcf")
    assert "old" not in first + second
    assert "CLNSIG=Pathogenic" in first
    assert first.endswith("\tGT:CLNDN\t0/1:5")


# --- headers ---


def test_the_header_is_that_of_bcftools_and_our_lines(tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(tmp_path / "in.bcf")
    annotate(source, tmp_path / "out.bcf", snapshot)
    before, after = (
        [line for line in text_of(path) if line.startswith("#")] for path in (source, tmp_path / "out.bcf")
    )
    ours = [line for line in after if line not in before]
    assert [line for line in after if line in before] == before
    assert after[-1 - len(ours) : -1] == ours
    assert all(
        re.match(r"##annotator|##INFO=<ID=(CLN|ALLELEID|MC|GENEINFO|ORIGIN|RS|ONC|SCI|ANNSTATUS)", line)
        for line in ours
    )
    assert b"IDX" not in b"".join(line.encode() for line in after)


@pytest.mark.parametrize("way", WAYS)
def test_odd_header_lines_are_no_error(way: str, tmp_path: Path, snapshot: Path) -> None:
    odd = (
        "##nothing",
        "##key=a<b>c,IDX=7>",
        '##INFO=<ID=Q,Number=1,Type=String,Description="a \\"quoted\\" text, IDX=3>, and more">',
        '##INFO=<Number=1,Description="order, IDX=99",Type=Integer,ID=ORDER>',
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="twice">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="the same id">',
        '##FILTER=<ID=DP,Description="and again">',
        '##ALT=<ID=DEL,Description="é, =">',
        "##contig=<ID=HLA-A*01:01:01:01,length=3503>",
        "##SAMPLE=<ID=s,Genomes=Germline;Tumor,Mixture=.3;.7>",
    )
    records = [KNOWN.replace("DP=7", "DP=7;Q=a;ORDER=300"), "HLA-A*01:01:01:01\t5\t.\tA\tC\t.\tDP\tQ=b"]
    source, output = way.split()
    write_all_inputs(tmp_path, records, meta=(*META, *odd))
    annotate(tmp_path / "in.vcf", tmp_path / "expected.vcf", snapshot)
    annotate(tmp_path / source, tmp_path / output, snapshot)
    assert records_of(tmp_path / output) == records_of(tmp_path / "expected.vcf")
    assert sorted(set(text_of(tmp_path / output))) == sorted(set(text_of(tmp_path / "expected.vcf")))


def renumbered(bcf: bytes, contigs: dict[int, int], tags: dict[int, int]) -> bytes:
    """Give a BCF other numbers in its dictionaries; only for records with INFO of DP=7 and no FORMAT."""
    header, records = split(bcf)

    def line(match: re.Match[bytes]) -> bytes:
        numbers = contigs if match[1] == b"contig" else tags
        return b"##%s=<%s,IDX=%d>" % (match[1], match[2], numbers[int(match[3])])

    text = re.sub(rb"##(\w+)=<(.*),IDX=(\d+)>", line, header[9:])
    moved = []
    for record in records:
        data = bytearray(record)
        struct.pack_into("<i", data, 8, contigs[struct.unpack_from("<i", data, 8)[0]])
        key = data.rindex(b"\x11\x01\x11\x07")
        data[key : key + 2] = b"\x12" + struct.pack("<h", tags[1])
        struct.pack_into("<I", data, 0, len(data) - 8)
        moved.append(bytes(data))
    return header[:5] + len(text).to_bytes(4, "little") + text + b"".join(moved)


def test_dictionaries_in_any_order_and_with_gaps_are_kept(tmp_path: Path, snapshot: Path) -> None:
    records = [KNOWN, KNOWN.replace("7\t14", "13\t14", 1), BOTH]
    source = write_bcf(tmp_path / "in.bcf", records, meta=META[:4])
    contigs, tags = {0: 9, 1: 2, 2: 5}, {0: 0, 1: 700, 2: 3, 3: 60, 4: 1}
    odd = tmp_path / "odd.bcf"
    odd.write_bytes(bgzip(renumbered(uncompressed(source), contigs, tags)))
    assert records_of(odd) == records_of(source)
    annotate(source, tmp_path / "expected.bcf", snapshot)
    annotate(odd, tmp_path / "out.bcf", snapshot)
    annotate(odd, tmp_path / "out.vcf", snapshot)
    assert text_of(tmp_path / "out.bcf") == text_of(tmp_path / "expected.bcf")
    assert text_of(tmp_path / "out.vcf") == text_of(tmp_path / "expected.bcf")
    annotate(tmp_path / "out.bcf", tmp_path / "again.bcf", snapshot)
    assert (tmp_path / "again.bcf").read_bytes() == (tmp_path / "out.bcf").read_bytes()


def test_a_header_without_numbers_is_numbered_in_its_order(tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(tmp_path / "in.bcf")
    annotate(source, tmp_path / "expected.bcf", snapshot)
    header, records = split(uncompressed(source))
    text = re.sub(rb",IDX=\d+>", b">", header[9:])
    source.write_bytes(bgzip(header[:5] + len(text).to_bytes(4, "little") + text + b"".join(records)))
    annotate(source, tmp_path / "out.bcf", snapshot)
    assert (tmp_path / "out.bcf").read_bytes() == (tmp_path / "expected.bcf").read_bytes()
