"""Both engines give the same records of every real file."""

from __future__ import annotations

import gzip
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pysam
import pysam.bcftools
import pytest

from annotator.errors import AnnotatorError, AssemblyError, InputError
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from tests.support.binary_records import (
    RECORDS,
    annotate,
    bcftools_view,
    records_of,
    text_of,
    write_all_inputs,
)
from tests.support.inputs import ClinVarEntry, write_snapshot


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


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


# --- real files ---

SMALL = 200_000


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
