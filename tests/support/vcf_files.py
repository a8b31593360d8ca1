"""VCF files read in the simplest way, as lines, for tests that must not ask the package what is in them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
from pysam.utils import SamtoolsError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
VERSION = b"##fileformat=VCF"


class Text(NamedTuple):
    """A VCF as lines with their ends: what stands before the `#CHROM` line, that line, and the records."""

    meta: list[bytes]
    columns: bytes
    records: list[bytes]


class Site(NamedTuple):
    contig: str
    position: int
    ref: str
    alts: list[str]


def lines_of(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def text_of(data: bytes) -> Text:
    lines = lines_of(data)
    number = next((n for n, line in enumerate(lines) if line.startswith(b"#CHROM")), len(lines))
    return Text(lines[:number], b"".join(lines[number : number + 1]), lines[number + 1 :])


def mended(text: Text) -> Text:
    """The text without what htslib stumbles over, which is mended in the output, with a warning.

    These are a byte order mark, a version line that is missing or not the first, and empty lines at the end.
    """
    meta, records = list(text.meta), list(text.records)
    meta[:1] = [line.removeprefix(BYTE_ORDER_MARK) for line in meta[:1]]
    if not (meta and meta[0].startswith(VERSION)):
        stated = [line.rstrip(b"\r\n") for line in meta if line.startswith(VERSION)]
        meta.insert(0, (*stated, VERSION + b"v4.2")[0] + (columns_of(text.columns)[1] or b"\n"))
    while records and not records[-1].strip():
        records.pop()
    return Text(meta, text.columns, records)


def bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def source_of(path: Path) -> Text:
    """The input as it is to come out, but for our lines and our INFO."""
    return mended(text_of(bytes_of(path)))


def columns_of(record: bytes) -> tuple[list[bytes], bytes]:
    """Columns of a line, and its end."""
    body = record.removesuffix(b"\n").removesuffix(b"\r")
    return body.split(b"\t"), record[len(body) :]


def site_of(columns: Sequence[bytes]) -> Site:
    chrom, pos, _, ref, alt = (column.decode("utf-8", "replace") for column in columns[:5])
    return Site(chrom, int(pos), ref, [] if alt == "." else alt.split(","))


def sites_of(path: Path) -> Iterator[Site]:
    for record in text_of(bytes_of(path)).records:
        columns, _ = columns_of(record)
        if len(columns) >= 5 and re.fullmatch(rb"\d{1,9}", columns[1]):
            yield site_of(columns)


def is_bcf(path: Path) -> bool:
    return path.suffix == ".bcf"


def view(path: Path, folder: Path) -> bytes | None:
    """Text of a VCF or BCF by htslib, None where htslib cannot read it."""
    target = folder / "view.vcf"
    pysam.set_verbosity(0)
    try:
        pysam.bcftools.view("--no-version", "-o", str(target), str(path), catch_stdout=False)
    except SamtoolsError:
        return None
    return target.read_bytes()
