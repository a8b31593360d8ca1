"""BCF in and out: the records keep their bytes, the answers are those of the text engine, and damage is told.

What a BCF holds is read here in two ways that are not the package's: by bcftools, and by a few lines that split
records as VCF 4.3, section 6.3, has them.
"""

from __future__ import annotations

import gzip
import random
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.annotation.summary import Summary
from annotator.errors import AnnotatorError, AssemblyError, InputError, UsageError
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.vcf.bcf import Dictionary, cut
from annotator.vcf.bgzf import EOF_BLOCK, data_size, deflate, read_blocks
from annotator.vcf.binary_scan import scan_records
from annotator.vcf.files import OutputFormat
from annotator.vcf.scan import scan
from tests.support.inputs import ClinVarEntry, bgzip, run_annotator, vcf_text, write_snapshot, write_vcf

INFO = '##INFO=<ID={},Number={},Type={},Description="x">'
FORMAT = '##FORMAT=<ID={},Number={},Type={},Description="x">'
META = (
    INFO.format("DP", "1", "Integer"),
    INFO.format("AF", "A", "Float"),
    INFO.format("DB", "0", "Flag"),
    INFO.format("NOTE", ".", "String"),
    FORMAT.format("GT", "1", "String"),
    FORMAT.format("GL", "G", "Float"),
    '##FILTER=<ID=q10,Description="x">',
)
KNOWN = "7\t140753336\t.\tA\tT\t50\tPASS\tDP=7"
BOTH = "7\t140753336\t.\tA\tC,T\t50\tPASS\tDP=7"
FIRST_AND_LAST = "7\t140753336\trs113488022\tA\tT,G,C\t50\tq10\tDP=7;DB"
UNKNOWN = "7\t140753337\t.\tC\tG\t.\t.\t."
INDEL = "13\t32340300\t.\tGT\tG\t9.5\tPASS\tDP=300;NOTE=a,b"
SYMBOLIC = "13\t32340400\t.\tA\t<DEL>\t.\t.\t."
RECORDS = (KNOWN, BOTH, FIRST_AND_LAST, UNKNOWN, INDEL, SYMBOLIC)


# --- files ---


def bcftools_view(source: Path, target: Path, *options: str) -> Path:
    pysam.bcftools.view("--no-version", *options, "-o", str(target), str(source), catch_stdout=False)
    return target


def write_bcf(path: Path, records: Sequence[str] = RECORDS, **more: Sequence[str]) -> Path:
    source = write_vcf(path.with_suffix(".source.vcf"), records, **{"meta": META, **more})
    return bcftools_view(source, path, "-Ob")


def text_of(path: Path) -> list[str]:
    """Lines as bcftools shows them, the header too."""
    shown = bcftools_view(path, path.with_name(f"{path.name}.shown"), "-Ov")
    return shown.read_text("utf-8", "surrogateescape").split("\n")[:-1]


def records_of(path: Path) -> list[str]:
    return [line for line in text_of(path) if not line.startswith("#")]


def data_lines(path: Path) -> list[str]:
    """Data lines of a VCF as they are written, where bcftools would cut a value that breaks its declaration."""
    lines = path.read_text("utf-8", "surrogateescape").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def is_as_written(bcf: Path, vcf: Path) -> bool:
    """Whether a BCF has the data lines of a VCF, as they are written there."""
    return [in_one_form(line) for line in records_of(bcf)] == [in_one_form(line) for line in data_lines(vcf)]


def in_one_form(line: str) -> str:
    """Return a data line in which what BCF cannot tell apart is the same: 0.50 and 0.5, 010 and 10, a sample's end."""
    columns = line.split("\t")
    columns[9:] = [re.sub(r"(:\.(,\.)*)+$", "", sample) for sample in columns[9:]]
    return re.sub(r"(?<=[\t=:,])[-+]?\d+(\.\d*)?([eE][-+]?\d+)?(?=[\t;:,]|$)", number, "\t".join(columns))


def number(match: re.Match[str]) -> str:
    """Return a number with a fraction or an exponent as a float of 32 bits shows it; an integer by its value."""
    if match[1] is None and match[2] is None:
        return str(int(match[0]))
    return f"{struct.unpack('<f', struct.pack('<f', float(match[0])))[0]:g}"


def uncompressed(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def split(bcf: bytes) -> tuple[bytes, list[bytes]]:
    """Header and records of an uncompressed BCF."""
    assert bcf[:5] == b"BCF\2\2"
    start = 9 + int.from_bytes(bcf[5:9], "little")
    header, records = bcf[:start], []
    while start < len(bcf):
        site, genotypes = struct.unpack_from("<II", bcf, start)
        records.append(bcf[start : start + 8 + site + genotypes])
        start += len(records[-1])
    assert start == len(bcf)
    return header, records


def raw_records(path: Path) -> list[bytes]:
    return split(uncompressed(path))[1]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


def annotate(source: Path | str, output: Path | str, snapshot: Path, **options: object) -> Summary:
    config = AnnotateOptions(str(source), str(output), snapshot)
    return annotate_file(config._replace(**options)).summary  # type: ignore[arg-type]


# --- records ---


def test_a_record_is_its_old_bytes_with_typed_info_at_the_end(tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(
        tmp_path / "in.bcf",
        samples=("s",),
        records=[f"{record}\tGT:GL\t0/1:-1.5,0,.25" for record in RECORDS],
    )
    annotate(source, tmp_path / "out.bcf", snapshot)
    for old, new in zip(raw_records(source), raw_records(tmp_path / "out.bcf"), strict=True):
        site, genotypes = struct.unpack_from("<II", old)
        grown = struct.unpack_from("<I", new)[0] - site
        assert new[4:24] == old[4:24]
        assert new[26 : 8 + site] == old[26 : 8 + site]
        assert new[8 + site + grown :] == old[8 + site :]
        assert len(old) - 8 - site == genotypes
        assert new[24:26] == old[24:26] or grown > 0


def test_a_record_without_an_answer_keeps_every_byte(tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(tmp_path / "in.bcf", [UNKNOWN, KNOWN, UNKNOWN])
    annotate(source, tmp_path / "out.bcf", snapshot)
    old, new = raw_records(source), raw_records(tmp_path / "out.bcf")
    assert [new[0], new[2]] == [old[0], old[2]]
    assert new[1] != old[1]


def test_values_are_stored_as_htslib_stores_those_of_the_text_engine(tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(tmp_path / "in.bcf")
    annotate(source, tmp_path / "out.bcf", snapshot)
    annotate(write_vcf(tmp_path / "in.vcf", RECORDS, meta=META), tmp_path / "text.vcf", snapshot)
    by_htslib = bcftools_view(tmp_path / "text.vcf", tmp_path / "text.bcf", "-Ob")
    assert raw_records(tmp_path / "out.bcf") == raw_records(by_htslib)


def test_integers_of_several_alts_are_missing_where_there_is_no_answer(
    tmp_path: Path, snapshot: Path
) -> None:
    annotate(write_bcf(tmp_path / "in.bcf"), tmp_path / "out.bcf", snapshot)
    with pysam.VariantFile(str(tmp_path / "out.bcf")) as file:
        records = list(file)
        assert file.header.info["CLNVID"].type == "Integer"
        assert file.header.info["CLNVID"].number == "A"
    values = [(record.info.get("CLNVID"), record.info.get("CLNSTARS")) for record in records]
    assert values == [
        ((13961,), (3,)),
        ((9000001, 13961), (1, 3)),
        ((13961, None, 9000001), (3, None, 1)),
        (None, None),
        ((9325,), (3,)),
        (None, None),
    ]
    assert records[5].info["ANNSTATUS"] == ("clinvar:unsupported",)
    assert records[2].info["DB"] is True


@pytest.mark.parametrize("variation", [0, 127, 128, 32767, 32768, 900_000_000])
def test_integers_of_any_size_fit(variation: int, tmp_path: Path) -> None:
    entry = ClinVarEntry("7", 140753336, variation, "A", "T")
    snapshot = write_snapshot(tmp_path / "s", [entry])
    annotate(write_bcf(tmp_path / "in.bcf", [KNOWN, BOTH]), tmp_path / "out.bcf", snapshot)
    with pysam.VariantFile(str(tmp_path / "out.bcf")) as file:
        assert [record.info["CLNVID"] for record in file] == [(variation,), (None, variation)]


@pytest.mark.parametrize("length", [1, 14, 15, 16, 127, 128, 32767, 32768, 70_000])
def test_strings_of_any_length_fit(length: int, tmp_path: Path) -> None:
    entry = ClinVarEntry("7", 140753336, 1, "A", "T", significance="x" * length)
    snapshot = write_snapshot(tmp_path / "s", [entry])
    annotate(write_bcf(tmp_path / "in.bcf", [KNOWN]), tmp_path / "out.bcf", snapshot)
    assert f";CLNSIG={'x' * length};" in records_of(tmp_path / "out.bcf")[0]


def test_long_alleles_and_ids_are_read(tmp_path: Path, snapshot: Path) -> None:
    deletion = f"13\t32340290\t{'i' * 300}\t{'A' * 10}GT{'C' * 40}\t{'A' * 10}G{'C' * 40}\t.\t.\t."
    annotate(write_bcf(tmp_path / "in.bcf", [deletion]), tmp_path / "out.bcf", snapshot)
    assert "CLNVID=9325" in records_of(tmp_path / "out.bcf")[0]


# Bits of floats that text does not keep: thirds, neighbours of 0.1, subnormals, infinities, NaNs with a payload, -0;
# and missing, of which htslib has its own NaN.
AWKWARD = (
    0x3EAAAAAB, 0x3DCCCCCC, 0x3DCCCCCE, 0x00000001, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FC12345,
    0xFFC00001, 0x80000000, 0x7F800001,
)  # fmt: skip


def with_awkward_floats(record: bytes, bits: Iterator[int]) -> bytes:
    """Put other bits in the place of floats that stand out."""
    for number in range(1, 9):
        placeholder = struct.pack("<f", 4096 + number)
        assert record.count(placeholder) == 1
        record = record.replace(placeholder, struct.pack("<I", next(bits)))
    return record


def test_floats_keep_their_bits(tmp_path: Path, snapshot: Path) -> None:
    meta = (*META, INFO.format("ONE", "1", "Float"))
    known = "7\t140753336\t.\tA\tT,G\t4097\tPASS\tONE=4098;AF=4099,4100\tGT:GL\t0/1:4101,4102,4103,1,1,4104"
    source = write_bcf(tmp_path / "in.bcf", [known] * len(AWKWARD), meta=meta, samples=("s",))
    header, records = split(uncompressed(source))
    bits = iter(AWKWARD * 8)
    awkward = [with_awkward_floats(record, bits) for record in records]
    source.write_bytes(bgzip(header + b"".join(awkward)))
    annotate(source, tmp_path / "out.bcf", snapshot)
    for old, new in zip(awkward, raw_records(tmp_path / "out.bcf"), strict=True):
        assert len(new) > len(old)
        info = 8 + int.from_bytes(old[:4], "little")
        assert new.startswith(old[26:info], 26)
        assert new.endswith(old[info:])


def test_bytes_that_are_no_utf_8_pass_through_every_engine(tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(tmp_path / "in.bcf", [KNOWN.replace("DP=7", "NOTE=latin")])
    header, records = split(uncompressed(source))
    header = header.replace(
        b'NOTE,Number=.,Type=String,Description="x"', b'NOTE,Number=.,Type=String,Description="\xe9"'
    )
    source.write_bytes(bgzip(header + records[0].replace(b"latin", b"l\xe9t\xefn")))
    annotate(source, tmp_path / "out.bcf", snapshot)
    annotate(source, tmp_path / "out.vcf", snapshot)
    annotate(tmp_path / "out.vcf", tmp_path / "again.bcf", snapshot)
    for output in ("out.bcf", "out.vcf", "again.bcf"):
        data = (tmp_path / output).read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        assert b"l\xe9t\xefn" in data
        assert b'Description="\xe9"' in data


def test_a_scan_of_records_says_what_a_scan_of_their_lines_says(tmp_path: Path) -> None:
    random_ = random.Random(6)  # noqa: S311  # no secret
    refs = ("A", "c", "N", "AT", "CAT", "R")
    alts = (*"ACGTacgt", "N", "AT", "CTT", "*", "<DEL>", "R")
    lines = [
        "\t".join(["7", str(1000 + number), random_.choice((".", "rs1", "x" * 20)), ref, ",".join(chosen)])
        for number in range(9_000)
        for ref in [random_.choice(refs)]
        for chosen in [random_.sample(alts, random_.choice((1, 1, 2, 2, 3, 4))) if number % 20 else ["."]]
    ]
    source = write_bcf(tmp_path / "in.bcf", [f"{line}\t.\t.\tDP=7" for line in lines])
    head, records = split(uncompressed(source))
    cut_apart, rest, _ = cut(b"".join(records))
    of_records = scan_records(cut_apart, Dictionary(head))
    of_lines = scan("".join(f"{line}\t.\t.\tDP=7\n" for line in lines).encode(), 8)
    assert rest == b""
    assert of_records is not None
    assert of_lines is not None
    for line, of_record, of_line in zip(lines, of_records.unusual, of_lines.unusual, strict=True):
        alt = line.split("\t")[
            4
        ]  # without one nothing else matters; and behind a long ID nothing is looked at
        assert of_record == (alt != "." and (of_line or "x" * 20 in line)), line
    usual = ~of_records.unusual & ~of_lines.unusual
    several = usual & (of_lines.alleles > 1)
    assert several.sum() > 100
    assert (usual & of_lines.mixed).sum() > 100
    for name in ("positions", "last_keys", "alleles", "unanchored", "mixed", "substitutions"):
        assert (getattr(of_records, name) == getattr(of_lines, name))[usual].all(), name


# --- blocks ---


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of several chunks, of which one record matters."""
    others = [
        f"{contig}\t{1000 + number}\t{'x' * 100}\tA\tC\t.\t.\tDP={number}"
        for contig in ("7", "13")
        for number in range(15_000)
    ]
    records = [*others[:15_000], KNOWN, *others[15_000:]]
    return write_bcf(tmp_path_factory.mktemp("long") / "in.bcf", records)


def blocks_of(path: Path) -> list[bytes]:
    """Blocks that hold enough to be compressed."""
    with path.open("rb") as file:
        return [block for block in read_blocks(file, path=str(path)) if data_size(block) > 1 << 10]


def test_blocks_in_which_nothing_changes_are_copied(long: Path, snapshot: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.bcf"
    assert annotate(long, output, snapshot).answers["clinvar"]["found"] == 1
    old, new = raw_records(long), raw_records(output)
    assert [number for number in range(len(old)) if old[number] != new[number]] == [15_000]
    blocks = blocks_of(long)
    chunks = len(uncompressed(long)) // (1 << 20) + 1
    assert chunks > 3
    # Only the blocks with the header and with the record, and those at the ends of chunks, are new.
    assert len(set(blocks) - set(blocks_of(output))) <= 3 + chunks


def test_blocks_are_copied_only_where_both_files_are_compressed(
    long: Path, snapshot: Path, tmp_path: Path
) -> None:
    stored = bcftools_view(long, tmp_path / "stored.bcf", "-Ou", "--no-version")
    for source in (long, stored):
        annotate(source, tmp_path / "out.bcf", snapshot)
        annotate(source, tmp_path / "u.bcf", snapshot, output_format=OutputFormat.BCF_UNCOMPRESSED)
        assert all(len(block) < data_size(block) for block in blocks_of(tmp_path / "out.bcf"))
        assert all(len(block) > data_size(block) for block in blocks_of(tmp_path / "u.bcf"))
        assert raw_records(tmp_path / "out.bcf") == raw_records(tmp_path / "u.bcf")


def test_workers_copy_the_same_blocks(long: Path, snapshot: Path, tmp_path: Path) -> None:
    for threads in (1, 3):
        annotate(long, tmp_path / f"{threads}.bcf", snapshot, threads=threads)
    assert (tmp_path / "1.bcf").read_bytes() == (tmp_path / "3.bcf").read_bytes()


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


def write_all_inputs(
    folder: Path,
    records: Sequence[str],
    *,
    meta: Sequence[str] = META,
    samples: Sequence[str] = (),
    version: str = "VCFv4.2",
) -> None:
    text = vcf_text(records, meta=meta, samples=samples).replace("VCFv4.2", version, 1)
    (folder / "in.vcf").write_text(text)
    (folder / "in.vcf.gz").write_bytes(bgzip(text.encode()))
    bcftools_view(folder / "in.vcf", folder / "in.bcf", "-Ob")
    (folder / "raw.bcf").write_bytes(uncompressed(folder / "in.bcf"))
    (folder / "gzip.bcf").write_bytes(gzip.compress(uncompressed(folder / "in.bcf")))


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_what_the_text_engine_gives(way: str, tmp_path: Path, snapshot: Path) -> None:
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
    annotate(tmp_path / source, output, snapshot, output_format=OutputFormat(letter))
    data = (tmp_path / source).read_bytes()
    ran = run_annotator("annotate", "-", "--snapshot", snapshot, "-O", letter, stdin=data)
    assert (ran.status, ran.out) == (0, output.read_bytes())


def test_uncompressed_bcf_stands_in_blocks_that_cannot_be_cut_off_unnoticed(
    tmp_path: Path, snapshot: Path
) -> None:
    write_all_inputs(tmp_path, RECORDS)
    for output, format_ in (("u.bcf", OutputFormat.BCF_UNCOMPRESSED), ("b.bcf", OutputFormat.BCF)):
        annotate(tmp_path / "in.bcf", tmp_path / output, snapshot, output_format=format_)
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


# --- what is wrong ---


def refused(source: Path, snapshot: Path, **options: object) -> str:
    """Message of the refusal, the same for every output; nothing is left behind."""
    messages = []
    before = set(source.parent.iterdir())
    for output in ("out.bcf", "out.vcf") if source.suffix == ".bcf" else ("out.bcf",):
        with pytest.raises((InputError, UsageError)) as caught:
            annotate(source, source.parent / output, snapshot, **options)
        assert set(source.parent.iterdir()) == before
        messages.append(str(caught.value))
    assert len(set(messages)) == 1
    return messages[0]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no end-of-file block": (lambda data: data.removesuffix(EOF_BLOCK), "no end-of-file block"),
    "cut in a block": (lambda data: data[: len(data) // 2], "truncated in the BGZF block"),
    "cut in the first block": (lambda data: data[:300], "truncated|damaged|neither"),
    "a bit flipped": (flipped, "damaged"),
    "something appended": (lambda data: data + b"more", "no BGZF block"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bcf_is_refused(damage: str, tmp_path: Path, snapshot: Path) -> None:
    source = write_bcf(tmp_path / "in.bcf", RECORDS * 1_500)
    do, says = DAMAGES[damage]
    source.write_bytes(do(source.read_bytes()))
    assert re.search(says, refused(source, snapshot))
    assert re.search(says, refused(source, snapshot, threads=2))


def change_header(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert data.count(old) == 1
    return data.replace(old, new)


RAW_DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut in a record": (lambda data: data[:-7], "truncated inside a record"),
    "cut in the sizes of a record": (lambda data: data + b"\x20", "truncated inside a record"),
    "cut in the header": (lambda data: data[:500], "truncated inside its header"),
    "cut before the header": (lambda data: data[:7], "truncated inside its header"),
    "version 2.1": (lambda data: b"BCF\2\1" + data[5:], "the file is not a BCF of version 2.2"),
    "version 1": (lambda data: b"BCF\4" + data[4:], "the file is not a BCF of version 2.2"),
    "no #CHROM line": (
        lambda data: change_header(data, b"#CHROM\t", b"#CHRON\t"),
        "htslib cannot read the header",
    ),
    "one number twice": (
        lambda data: change_header(data, b"IDX=3>", b"IDX=2>"),
        "htslib cannot read the header",
    ),
}


@pytest.mark.parametrize("damage", RAW_DAMAGES)
def test_a_damaged_header_or_end_is_refused(damage: str, tmp_path: Path, snapshot: Path) -> None:
    source = tmp_path / "in.bcf"
    do, says = RAW_DAMAGES[damage]
    source.write_bytes(do(uncompressed(write_bcf(tmp_path / "whole.bcf", [KNOWN, UNKNOWN]))))
    assert says in refused(source, snapshot)


def changed_record(at: int, new: bytes) -> Callable[[bytes], bytes]:
    """Change bytes of the last record."""

    def change(bcf: bytes) -> bytes:
        header, records = split(bcf)
        last = records[-1]
        return header + b"".join(records[:-1]) + last[:at] + new + last[at + len(new) :]

    return change


MALFORMED: dict[str, Callable[[bytes], bytes]] = {
    "contig that is not in the header": changed_record(8, struct.pack("<i", 77)),
    "no contig": changed_record(8, struct.pack("<i", -1)),
    "no allele": changed_record(26, b"\0\0"),
    "more alleles than there are": changed_record(26, b"\xff\xff"),
    "ID longer than the record": changed_record(32, b"\xf7\x13\xff\xff\xff\x7f"),
    "length of ID is no integer": changed_record(32, b"\xf7\x17"),
    "REF of an unknown type": changed_record(33, b"\x19"),
    "site shorter than its fields": changed_record(0, struct.pack("<II", 10, 0)),
}


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_record_is_refused(malformed: str, tmp_path: Path, snapshot: Path) -> None:
    source = tmp_path / "in.bcf"
    whole = uncompressed(write_bcf(tmp_path / "whole.bcf", [UNKNOWN] * 5))
    source.write_bytes(bgzip(MALFORMED[malformed](whole)))
    with pytest.raises(InputError, match=r"is malformed|truncated inside a record"):
        annotate(source, tmp_path / "out.bcf", snapshot)
    with pytest.raises(InputError, match=r"is malformed|truncated inside a record"):
        annotate(source, tmp_path / "out.vcf", snapshot)
    assert not list(tmp_path.glob("*out*"))


def test_malformed_info_is_told_when_it_has_to_be_read(tmp_path: Path, snapshot: Path) -> None:
    annotate(write_bcf(tmp_path / "in.bcf", [KNOWN, UNKNOWN]), tmp_path / "first.bcf", snapshot)
    header, records = split(uncompressed(tmp_path / "first.bcf"))
    key = records[0].index(b"\x11\x01\x11\x07")
    for wrong in (b"\x11\x01\x18\x07", b"\x17\x01\x11\x07", b"\x11\x01\xf1\x11"):
        record = records[0][:key] + wrong + records[0][key + 4 :]
        (tmp_path / "wrong.bcf").write_bytes(bgzip(header + record + records[1]))
        message = refused(tmp_path / "wrong.bcf", snapshot)
        assert "the record at 7:140753336 is malformed" in message


UNDECLARED = {
    "contig 8": UNKNOWN.replace("7\t", "8\t", 1),
    "INFO XYZ": "7\t140753337\t.\tC\tG\t.\t.\tDP=5;XYZ=1",
    "FILTER q20": "7\t140753337\t.\tC\tG\t.\tq10;q20\t.",
    "FORMAT XY": "7\t140753337\t.\tC\tG\t.\t.\t.\tGT:XY\t0/1:5",
}


@pytest.mark.parametrize("what", UNDECLARED)
def test_what_the_header_does_not_declare_and_the_first_records_do_not_show_cannot_become_bcf(
    what: str, tmp_path: Path, snapshot: Path
) -> None:
    has_samples = "GT" in UNDECLARED[what]
    usual = KNOWN.replace("DP=7", f"NOTE={'x' * 2_000}") + "\tGT\t0/1" * has_samples
    lines = [usual] * 3_000 + [UNDECLARED[what], usual]
    source = write_vcf(tmp_path / "in.vcf", lines, meta=META, samples=("s",) * has_samples)
    header_lines = sum(line.startswith("#") for line in source.read_text().split("\n"))
    message = refused(source, snapshot)
    assert f"in.vcf, line {header_lines + 3_001}: " in message
    assert f"uses {what}, which the header does not declare" in message
    annotate(source, tmp_path / "out.vcf", snapshot)


@pytest.mark.parametrize("what", UNDECLARED)
def test_what_the_header_does_not_declare_is_declared(what: str, tmp_path: Path, snapshot: Path) -> None:
    has_samples = "GT" in UNDECLARED[what]
    lines = [UNDECLARED[what], KNOWN + "\tGT\t0/1" * has_samples]
    source = write_vcf(tmp_path / "in.vcf", lines, meta=META, samples=("s",) * has_samples)
    annotate(source, tmp_path / "out.bcf", snapshot, fields=("CLNSIG",), status=Status.NONE)
    assert records_of(tmp_path / "out.bcf")[0] == UNDECLARED[what]
    kind, id_ = what.split()
    assert sum(line.startswith(f"##{kind}=<ID={id_}") for line in text_of(tmp_path / "out.bcf")) == 1


@pytest.mark.parametrize(
    "record",
    [
        UNKNOWN.replace("140753337", "5000000000"),
        UNKNOWN + "\tGT\t0/x",
        UNKNOWN + "\tGT\t0/1:5",
    ],
)
def test_what_bcf_cannot_hold_is_refused(record: str, tmp_path: Path, snapshot: Path) -> None:
    samples = ("s",) if "GT" in record else ()
    source = write_vcf(tmp_path / "in.vcf", [record], meta=META, samples=samples)
    assert re.search(r"line 13: the record at 7:\d+ cannot be stored in BCF", refused(source, snapshot))


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


def test_regions_give_what_bcftools_gives(indexed: Path, snapshot: Path, tmp_path: Path) -> None:
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
    assert "does not have" in refused(indexed, snapshot, regions=("22",))


# --- real files ---

SMALL = 200_000


class Real(NamedTuple):
    """A real VCF that bcftools can make a BCF of, and how it is annotated."""

    path: Path
    assembly: Assembly
    snapshot: Path


def alleles_of(path: Path) -> Iterator[tuple[str, int, str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")
    for line in text.split("\n"):
        columns = line.split("\t")
        if line[:1] not in {"", "#"} and len(columns) >= 8 and re.fullmatch(r"\d{1,9}", columns[1]):
            for alt in columns[4].split(","):
                if re.fullmatch("[ACGT]+", columns[3]) and re.fullmatch("[ACGT]+", alt) and columns[3] != alt:
                    yield columns[0], int(columns[1]), columns[3], alt


@pytest.fixture(scope="module")
def real_files(shared_data: Path) -> list[Path]:
    paths = sorted(
        path for path in (shared_data / "vcf/real").rglob("*") if re.search(r"\.vcf(\.gz|\.bgz)?$", path.name)
    )
    return [path for path in paths if path.stat().st_size <= SMALL][::4]


@pytest.fixture(scope="module")
def snapshots(real_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[Assembly, Path]:
    """ClinVars that know every third allele of the files."""
    folder = tmp_path_factory.mktemp("snapshots")
    made = {}
    for assembly in Assembly:
        places = {
            (contig, position, ref, alt)
            for path in real_files
            for name, position, ref, alt in alleles_of(path)
            if (contig := assembly.contig(name)) is not None
        }
        chosen = sorted(places)[::3]
        entries = [
            ClinVarEntry(contig, pos, n, ref, alt)
            for n, (contig, pos, ref, alt) in enumerate(chosen, start=100)
        ]
        made[assembly] = write_snapshot(folder / assembly, entries, assembly=assembly)
    return made


def as_bcf(path: Path, target: Path) -> bool:
    """Whether bcftools can make a BCF of a file, without taking contigs from an index beside it."""
    alone = target.with_name(f"alone.{path.name}")
    alone.write_bytes(path.read_bytes())
    try:
        bcftools_view(alone, target, "-Ob")
    except pysam.SamtoolsError:
        return False
    return True


def assembly_for(path: Path, snapshots: dict[Assembly, Path], output: Path) -> Assembly | None:
    """Assembly with which the text engine takes a file, the one that the header tells before those that are stated."""
    for stated in (False, True):
        for assembly, snapshot in snapshots.items():
            try:
                annotate(path, output, snapshot, on_clash="replace", assembly=assembly if stated else None)
            except AssemblyError:
                continue
            except AnnotatorError:
                return None
            return assembly
    return None


def test_both_engines_give_the_same_records_of_real_files(
    real_files: list[Path],
    snapshots: dict[Assembly, Path],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    counts = Counter[str]()
    wrong = []
    for path in real_files:
        expected, source = tmp_path / "expected.vcf", tmp_path / "in.bcf"
        assembly = assembly_for(path, snapshots, expected)
        if assembly is None:
            counts["refused by the text engine"] += 1
        elif not as_bcf(path, source):
            counts["no BCF by bcftools"] += 1
            try:
                annotate(
                    path, tmp_path / "out.bcf", snapshots[assembly], on_clash="replace", assembly=assembly
                )
            except InputError:
                continue
            counts["no BCF by bcftools, but taken"] += 1
            if not is_as_written(tmp_path / "out.bcf", expected):
                wrong.append(f"{path}: taken, but not by bcftools, and changed")
        else:
            counts["compared"] += 1
            lines = records_of(expected)
            counts["records"] += len(lines)
            counts["records with CLNVID"] += sum("CLNVID=" in line for line in lines)
            for given, output in ((source, "out.bcf"), (source, "out.vcf"), (path, "out.bcf")):
                try:
                    annotate(
                        given, tmp_path / output, snapshots[assembly], on_clash="replace", assembly=assembly
                    )
                except AnnotatorError as error:
                    wrong.append(f"{path}: {error}")
                    continue
                # From text we keep what bcftools cuts from values that break their declaration.
                is_kept = given is path and is_as_written(tmp_path / output, expected)
                if records_of(tmp_path / output) != lines and not is_kept:
                    wrong.append(f"{path}: {given.suffix} to {output}")
    for what, count in counts.items():
        record_property(what, count)
    assert not wrong
    assert counts["compared"] > 60
    assert counts["records with CLNVID"] > 1000


def test_status_of_every_allele_is_the_same_for_both_engines(tmp_path: Path, snapshot: Path) -> None:
    write_all_inputs(tmp_path, RECORDS)
    annotate(tmp_path / "in.vcf", tmp_path / "expected.vcf", snapshot, status=Status.ALL)
    annotate(tmp_path / "in.bcf", tmp_path / "out.bcf", snapshot, status=Status.ALL)
    assert text_of(tmp_path / "out.bcf") == text_of(tmp_path / "expected.vcf")
