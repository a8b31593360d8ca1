"""A damaged or malformed BCF is an error that says what is wrong, and so is what BCF cannot hold."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.errors import InputError
from annotator.sources.status import Status
from annotator.vcf.bgzf import EOF_BLOCK
from tests.support.binary_records import (
    KNOWN,
    META,
    RECORDS,
    UNKNOWN,
    annotate,
    flipped,
    records_of,
    refused,
    split,
    text_of,
    uncompressed,
    write_bcf,
)
from tests.support.inputs import bgzip, write_snapshot, write_vcf


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


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


def test_malformed_info_is_an_error_when_it_is_read(tmp_path: Path, snapshot: Path) -> None:
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
def test_undeclared_keys_after_the_first_records_cannot_be_written_to_bcf(
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
def test_undeclared_keys_are_declared(what: str, tmp_path: Path, snapshot: Path) -> None:
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
def test_values_that_bcf_cannot_store_are_refused(record: str, tmp_path: Path, snapshot: Path) -> None:
    samples = ("s",) if "GT" in record else ()
    source = write_vcf(tmp_path / "in.vcf", [record], meta=META, samples=samples)
    assert re.search(r"line 13: the record at 7:\d+ cannot be stored in BCF", refused(source, snapshot))
