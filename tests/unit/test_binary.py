"""BCF input and output: records keep their bytes, results equal those of the text engine, damage is reported.

The content of a BCF is read here in two independent ways: by bcftools, and by a few lines that split
records as VCF 4.3, section 6.3, has them.
"""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest

from annotator.variants.assembly import Assembly
from annotator.vcf.bcf import Dictionary, cut
from annotator.vcf.bgzf import data_size, read_blocks
from annotator.vcf.binary_scan import scan_records
from annotator.vcf.files import OutputFormat
from annotator.vcf.scan import scan
from tests.support.binary_records import (
    BOTH,
    INFO,
    KNOWN,
    META,
    RECORDS,
    UNKNOWN,
    annotate,
    bcftools_view,
    raw_records,
    records_of,
    split,
    uncompressed,
    write_bcf,
)
from tests.support.inputs import ClinVarEntry, bgzip, write_snapshot, write_vcf


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


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


def test_a_scan_of_records_equals_a_scan_of_their_lines(tmp_path: Path) -> None:
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
        annotate(source, tmp_path / "u.bcf", snapshot, output_type=OutputFormat.BCF_UNCOMPRESSED)
        assert all(len(block) < data_size(block) for block in blocks_of(tmp_path / "out.bcf"))
        assert all(len(block) > data_size(block) for block in blocks_of(tmp_path / "u.bcf"))
        assert raw_records(tmp_path / "out.bcf") == raw_records(tmp_path / "u.bcf")


def test_workers_copy_the_same_blocks(long: Path, snapshot: Path, tmp_path: Path) -> None:
    for threads in (1, 3):
        annotate(long, tmp_path / f"{threads}.bcf", snapshot, threads=threads)
    assert (tmp_path / "1.bcf").read_bytes() == (tmp_path / "3.bcf").read_bytes()


class Real(NamedTuple):
    """A real VCF that bcftools can make a BCF of, and how it is annotated."""

    path: Path
    assembly: Assembly
    snapshot: Path
