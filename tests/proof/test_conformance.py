"""What is written keeps the rules of the VCF specification; htslib and pysam read the same from it.

The rules are checked here by code of its own, on the outputs for all inputs of `test_data/cases` and the demo's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from annotator import AnnotatorError, annotate, build_snapshot
from annotator.vcf.provenance import written_fields
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "test_data" / "demo"
CASES = REPOSITORY / "test_data" / "cases"
SOURCES = [*sorted(CASES.glob("*/input.vcf")), *sorted(DEMO.glob("*.vcf"))]
INFO_LINE = re.compile(
    r'##INFO=<ID=([A-Za-z_][0-9A-Za-z_.]*),Number=(A|\.),Type=(Integer|String),Description="[^"]*".*>'
)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snapshots")
    for assembly in ("GRCh37", "GRCh38"):
        made = folder / f"{assembly}.snapshot"
        build_snapshot(made, assembly, clinvar=DEMO / f"clinvar.{assembly}.vcf", civic=DEMO / "civic")
    return folder


def lines_of(text: bytes) -> list[str]:
    return text.decode("utf-8", "surrogateescape").replace("\r\n", "\n").removesuffix("\n").split("\n")


def faults_of_header(before: list[str], after: list[str]) -> Iterator[str]:
    """Check what was added to a header."""
    added = [line for line in after if line not in before]
    ids = [line.split("=<ID=", 1)[1].split(",")[0] for line in after if line.startswith("##INFO=<ID=")]
    yield from (
        f"INFO {id_} is declared twice"
        for id_ in set(ids)
        if ids.count(id_) > max(1, sum(f"<ID={id_}," in x for x in before))
    )
    yield from (f"no meta line: {line}" for line in added if not line.startswith("##"))
    yield from (
        f"no declaration of VCF 4.3, 1.4.2: {line}"
        for line in added
        if line.startswith("##INFO") and INFO_LINE.fullmatch(line) is None
    )
    if not after[0].startswith("##fileformat=VCFv4."):
        yield "the first line is not ##fileformat"
    if not after[-1].startswith("#CHROM\t"):
        yield "the last line is not #CHROM"


def faults_of_record(line: str, numbers: dict[str, str], types: dict[str, str]) -> Iterator[str]:
    """Check the fields of ours in a record."""
    columns = line.split("\t")
    alts = 0 if columns[4] == "." else columns[4].count(",") + 1
    items = [item.partition("=") for item in columns[7].split(";")]
    keys = [key for key, _, _ in items]
    for key, sign, value in items:
        if key not in numbers:
            continue
        where = f"{columns[0]}:{columns[1]} {key}={value}"
        if not sign or not value:
            yield f"{where}: no value"
        if numbers[key] == "A" and value.count(",") + 1 != max(alts, 1):
            yield f"{where}: {alts} ALTs"
        if re.search(r"[\s\0-\x1f\x7f=;]", value, re.ASCII) or re.search("%(?![0-9A-F]{2})", value):
            yield f"{where}: not encoded"
        if types[key] == "Integer" and not all(
            re.fullmatch(r"-?[0-9]{1,10}|\.", one) for one in value.split(",")
        ):
            yield f"{where}: not a number"
        if keys.count(key) > 1:
            yield f"{where}: twice"


def declared(header: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    owned = written_fields(header)
    found = [match for line in header if (match := INFO_LINE.fullmatch(line)) and match[1] in owned]
    return {match[1]: match[2] for match in found}, {match[1]: match[3] for match in found}


@pytest.mark.parametrize(
    "source", SOURCES, ids=lambda path: path.stem if path.parent == DEMO else path.parent.name
)
def test_what_is_written_keeps_the_rules(source: Path, snapshots: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.vcf"
    try:
        annotate(source, output, snapshot=snapshots, status="all", civic_match="gene", on_clash="replace")
    except AnnotatorError as error:
        assert error.kind.startswith(("input", "assembly")), error  # a case of what is refused
        assert not output.exists()
        return
    old, new = lines_of(source.read_bytes()), lines_of(output.read_bytes())
    header = [line for line in new if line.startswith("#")]
    numbers, types = declared(header)
    assert {"CLNSIG", "CIVIC", "ANNSTATUS"} <= numbers.keys()
    faults = [*faults_of_header([line for line in old if line.startswith("#")], header)]
    for line in new[len(header) :]:
        faults += faults_of_record(line, numbers, types)
    assert faults == []
    agree(output, len(new) - len(header))


def agree(output: Path, records: int) -> None:
    """Demand that pysam and bcftools read as many records, and the same values."""
    with pysam.VariantFile(str(output)) as file:
        read = [(one.contig, one.pos, one.info.get("CLNSIG")) for one in file]
    assert len(read) == records
    text = pysam.bcftools.query("-f", "%CHROM\\t%POS\\t%INFO/CLNSIG\\n", str(output))
    rows = [row.split("\t") for row in str(text).removesuffix("\n").split("\n") if row]
    assert [(row[0], int(row[1])) for row in rows] == [(contig, position) for contig, position, _ in read]
    shown = [
        "." if one is None else ",".join("." if value is None else value for value in one) for *_, one in read
    ]
    assert [set(row[2].split(",")) for row in rows] == [set(one.split(",")) for one in shown]


def test_a_broken_rule_is_found() -> None:
    numbers, types = {"CLNSIG": "A", "X": "."}, {"CLNSIG": "String", "X": "Integer"}
    for info, fault in (
        ("CLNSIG=a", "2 ALTs"),
        ("CLNSIG=a b,c", "not encoded"),
        ("CLNSIG=50%,c", "not encoded"),
        ("X=a", "not a number"),
        ("X=1;X=2", "twice"),
        ("X", "no value"),
    ):
        found = list(faults_of_record(f"7\t5\t.\tA\tC,G\t.\t.\t{info}", numbers, types))
        assert any(fault in one for one in found), info
    assert list(faults_of_record("7\t5\t.\tA\tC,G\t.\t.\tCLNSIG=a,.;X=1,2,3", numbers, types)) == []
