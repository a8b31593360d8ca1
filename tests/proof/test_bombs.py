"""What grows when it is unpacked is refused before it fills the memory, whatever size it states."""

from __future__ import annotations

import gzip
import io
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from annotator.dispatch.cgi import archive
from annotator.dispatch.cgi.answers import error_of
from annotator.dispatch.opal.answers import objects_of
from annotator.errors import DispatchError, InputError
from annotator.net.json_values import json_value
from annotator.vcf import bounds
from annotator.vcf.binary import BinaryStream
from annotator.vcf.files import open_input
from annotator.vcf.stream import TextStream

MIB = 1 << 20
COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
HEADER = b"##fileformat=VCFv4.2\n" + COLUMNS
READ = """
import sys
def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) >> 10
from annotator.errors import AnnotatorError
from annotator.net.errors import PassingError
from annotator.dispatch.cgi.archive import opened_result
from annotator.net.body import Body
from annotator.net.json_values import json_value
from annotator.vcf import bounds, stream
from annotator.vcf.binary import BinaryStream
from annotator.vcf.files import open_input
def vcf(reader):
    bounds._LARGEST_HEADER = bounds._LONGEST_LINE = 8 << 20
    with open_input(sys.argv[1]) as source:
        opened = reader(source)
        for _ in opened.chunks():
            pass
content = open(sys.argv[1], "rb").read()
before = peak()
try:
    {read}
except (AnnotatorError, PassingError, ValueError) as error:
    print(peak() - before, error)
else:
    print(peak() - before, "read")
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def growth(path: Path, read: str) -> tuple[int, str]:
    """MiB by which a process grows while it reads a file, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", READ.replace("{read}", read), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    size, _, said = done.stdout.partition(" ")
    return int(size), said


def zip_bomb(size: int, method: int = zipfile.ZIP_DEFLATED, *, stated: int | None = 1000) -> bytes:
    """Archive of a result of so many zeros, which states another size."""
    file = io.BytesIO()
    level = 1 if method == zipfile.ZIP_DEFLATED else None
    with (
        zipfile.ZipFile(file, "w", method, compresslevel=level) as made,
        made.open("alterations.tsv", "w") as member,
    ):
        for _ in range(size // MIB):
            member.write(bytes(MIB))
    content = bytearray(file.getvalue())
    if stated is not None:
        entry = content.rindex(b"PK\x01\x02")
        content[22:26] = content[entry + 24 : entry + 28] = struct.pack("<I", stated)
    return bytes(content)


def gzipped(path: Path, start: bytes, size: int) -> Path:
    with gzip.open(path, "wb", 1) as file:
        file.write(start)
        for _ in range(size // MIB):
            file.write(b"y" * MIB)
    return path


def test_an_archive_that_states_too_small_a_size_is_counted_while_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zip_bomb(512 * MIB))
    assert path.stat().st_size < 3 * MIB
    size, said = growth(path, "opened_result(content, 'x.zip')")
    assert "x.zip: the result is not a valid ZIP archive" in said
    assert size < 32


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_all_at_once_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zip_bomb(256 * MIB if method == zipfile.ZIP_BZIP2 else 64 * MIB, method))
    size, said = growth(path, "opened_result(content, 'x.zip')")
    assert "a member is compressed by another method than deflate" in said
    assert size < 32


def test_members_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_SIZE", 1000)
    monkeypatch.setattr(archive, "_problem", lambda _members: None)  # as if no size were stated
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("alterations.tsv", "x" * 600)
        made.writestr("biomarkers.tsv", "x" * 401)
    with pytest.raises(DispatchError, match="it would unpack to more than"):
        archive.opened_result(file.getvalue(), "x.zip")
    monkeypatch.setattr(archive, "_SIZE", 1001)
    assert len(archive.opened_result(file.getvalue(), "x.zip")) == 2


def test_members_are_not_made_into_objects_before_they_are_counted() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(1001):
            made.writestr(f"{number}", "")
    with pytest.raises(DispatchError, match="it has more than 1,000 members"):
        archive.opened_result(file.getvalue(), "x.zip")


@pytest.mark.parametrize(
    ("start", "reader", "message"),
    [
        (b"##fileformat=VCFv4.2\n##x=", "stream.TextStream", "the header is larger than 8,388,608 bytes"),
        (
            HEADER + b"1\t1\t.\tA",
            "stream.TextStream",
            "a line is longer than 8,388,608 bytes",
        ),
        (b"BCF\2\2" + b"\xff" * 4, "BinaryStream", "the header is larger than 8,388,608 bytes"),
        (
            b"BCF\2\2" + struct.pack("<I", len(HEADER) + 1) + HEADER + b"\0" + b"\xff" * 8,
            "BinaryStream",
            "a record is larger than 8,388,608 bytes",
        ),
    ],
    ids=["header", "line", "BCF header", "BCF record"],
)
def test_a_header_or_a_line_without_end_is_refused(
    tmp_path: Path, start: bytes, reader: str, message: str
) -> None:
    path = gzipped(tmp_path / "x.gz", start, 256 * MIB)
    size, said = growth(path, f"vcf({reader})")
    assert message in said
    assert str(path) in said
    assert size < 80


def test_the_first_records_are_sampled_without_reading_on_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_LONGEST_LINE", MIB)
    path = gzipped(tmp_path / "x.vcf.gz", HEADER + b"1\t1\t", 32 * MIB)
    with open_input(str(path)) as source:
        stream = TextStream(source)
        with pytest.raises(InputError, match="a line is longer than 1,048,576 bytes"):
            stream.first_lines()


@pytest.mark.parametrize("size", [3, 1 << 10, 1 << 16])
def test_of_long_records_fewer_are_sampled_whatever_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("annotator.vcf.stream._SAMPLE_SIZE", 3 * size)
    lines = [b"1\t%d\t.\tA\tC\t.\t.\tX=%s" % (number, b"y" * size) for number in range(9)]
    text = HEADER + b"\n".join([*lines, b""])
    for name, content in (("plain.vcf", text), ("gzip.vcf.gz", gzip.compress(text))):
        path = tmp_path / name
        path.write_bytes(content)
        with open_input(str(path)) as source:
            stream = TextStream(source)
            sampled = [line for line in stream.first_lines() if line]
            assert sampled == lines[: 2 if size > 3 else 1]
            assert b"".join(chunk.text(name) for chunk in stream.chunks()).split(b"\n")[:-1] == lines


def test_a_header_as_large_as_may_be_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"##fileformat=VCFv4.2\n##x=%s\n" % (b"y" * 1000) + COLUMNS
    monkeypatch.setattr(bounds, "_LARGEST_HEADER", len(text))
    path = tmp_path / "x.vcf.gz"
    path.write_bytes(gzip.compress(text))
    with open_input(str(path)) as source:
        assert TextStream(source).header.meta
    binary = tmp_path / "x.bcf"
    binary.write_bytes(gzip.compress(b"BCF\2\2" + struct.pack("<I", len(text) - 9) + text[:-9]))
    with open_input(str(binary)) as source, pytest.raises(InputError) as caught:
        BinaryStream(source)
    assert "larger" not in caught.value.what


def test_the_gzip_of_a_response_is_counted_while_it_is_unpacked(tmp_path: Path) -> None:
    path = gzipped(tmp_path / "x.gz", b"", 512 * MIB)
    size, said = growth(
        path,
        "body = Body('gzip', 8 << 20); "
        "print(*[] if all(body.add(content[i:i + 65536]) for i in range(0, len(content), 65536)) else '', end=''); "
        "raise ValueError(len(body._whole))",
    )
    assert int(said) == 8 * MIB + 1
    assert size < 40


def test_a_response_of_many_values_is_refused_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"[" + b"{}," * 20_000_000 + b"1]")
    size, said = growth(path, "json_value(content)")
    assert "the response has more than 4,000,000 values" in said
    assert size < 8
    content = path.read_bytes()
    assert error_of(content) is None
    with pytest.raises(ValueError, match="more than 4,000,000 values"):
        objects_of(content)


def test_deep_json_full_of_escaped_quotes_takes_time_of_its_size() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="line 1"):
        json_value(b"[" * 100_000 + b'"' + b'\\"' * 200_000)
    assert time.process_time() - began < 5
    deep = b"[" * 100_000 + b'"]\\"["' + b"]" * 100_000
    assert json_value(b'{"a": 1, "b": %s, "c": "]\\n"}' % deep)["c"] == "]\n"
