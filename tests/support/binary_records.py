"""Records in VCF and BCF for the tests of the BCF engine, and how they are compared."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.annotation.summary import Summary
from annotator.errors import InputError, UsageError
from tests.support.inputs import bgzip, vcf_text, write_vcf

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


def annotate(source: Path | str, output: Path | str, snapshot: Path, **options: object) -> Summary:
    config = AnnotateOptions(str(source), str(output), snapshot)
    return annotate_file(config._replace(**options)).summary  # type: ignore[arg-type]


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
