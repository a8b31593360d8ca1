"""BCF records whose values do not fill the bytes that they state are refused: no other tool could read the output."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.errors import InputError
from annotator.vcf.bgzf import EOF_BLOCK, deflate
from tests.support.inputs import write_snapshot, write_vcf

META = (
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="x">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
)
KNOWN = "7\t140753336\t.\tA\tT\t50\tPASS\tDP=7"
UNKNOWN = "7\t140753337\t.\tC\tG\t.\t.\tDP=3"


def bcftools_view(source: Path, target: Path, *options: str) -> Path:
    pysam.bcftools.view("--no-version", *options, "-o", str(target), str(source), catch_stdout=False)
    return target


def with_record(path: Path, changed: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> Path:
    """Write a BCF again with both parts of its first record changed, and their sizes made to fit."""
    data = gzip.decompress(path.read_bytes())
    (size,) = struct.unpack_from("<I", data, 5)
    start = 9 + size
    shared, calls = struct.unpack_from("<II", data, start)
    middle, stop = start + 8 + shared, start + 8 + shared + calls
    site, genotypes = changed(data[start + 8 : middle], data[middle:stop])
    record = struct.pack("<II", len(site), len(genotypes)) + site + genotypes
    made = path.with_name("changed.bcf")
    made.write_bytes(deflate(data[:start] + record + data[stop:], 6) + EOF_BLOCK)
    return made


SPOILED: dict[str, Callable[[bytes, bytes], tuple[bytes, bytes]]] = {
    "bytes behind INFO": lambda site, calls: (site + b"\0\1\2\3", calls),
    "INFO cut short": lambda site, calls: (site[:-1], calls),
    "more INFO than there is": lambda site, calls: (site[:16] + b"\x63" + site[17:], calls),
    "less INFO than there is": lambda site, calls: (site[:16] + b"\0" + site[17:], calls),
    "more alleles than there are": lambda site, calls: (site[:18] + b"\x09" + site[19:], calls),
    "calls cut short": lambda site, calls: (site, calls[:-1]),
    "no calls": lambda site, calls: (site, calls[:0]),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_record_whose_values_do_not_fill_it_is_refused(how: str, tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "s")
    records = [f"{record}\tGT\t0/1" for record in (UNKNOWN, KNOWN)]
    source = bcftools_view(
        write_vcf(tmp_path / "in.vcf", records, meta=META, samples=["S"]), tmp_path / "in.bcf", "-Ob"
    )
    bad = with_record(source, SPOILED[how])
    with pytest.raises(InputError, match="the record at 7:140753337 is malformed"):
        annotate_file(AnnotateOptions(str(bad), str(tmp_path / "out.bcf"), snapshot))
    assert not (tmp_path / "out.bcf").exists()


def test_bytes_behind_the_calls_are_kept_as_htslib_keeps_them(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "s")
    source = write_vcf(tmp_path / "in.vcf", [f"{KNOWN}\tGT\t0/1"], meta=META, samples=["S"])
    bcf = bcftools_view(source, tmp_path / "in.bcf", "-Ob")
    padded = with_record(bcf, lambda site, calls: (site, calls + b"\0\0"))
    annotate_file(AnnotateOptions(str(padded), str(tmp_path / "out.bcf"), snapshot))
    assert gzip.decompress((tmp_path / "out.bcf").read_bytes()).endswith(b"\0\0")
