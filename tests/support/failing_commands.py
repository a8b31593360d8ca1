"""Command lines that must fail, the folders in which they run, and the checks afterwards."""

from __future__ import annotations

import json
import signal
from binascii import crc32
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
import pytest

from annotator.cli import main
from annotator.store.writing import PREAMBLE
from annotator.variants.assembly import Assembly
from annotator.vcf.bgzf import EOF_BLOCK
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    Ran,
    run_annotator,
    write_clinvar,
    write_fasta,
    write_vcf,
)

ANNOTATE = "annotate in.vcf --snapshot s -o out.vcf"
ANNOTATE_GZ = "annotate in.vcf.gz --snapshot s -o out.vcf"
ANNOTATE_STREAM = "annotate - --snapshot s -o out.vcf"
BUILD = "snapshot build --assembly GRCh38 -o made"
FOREIGN_CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="by another tool">'
MANY = [BRAF_V600E] * 20_000

Prepare = Callable[[Path], object]
"""Puts something into a folder."""


class Case(NamedTuple):
    """A command line that must fail.

    Attributes:
        arguments: separated by spaces.
        says: texts that the message must contain: what is wrong, where, and what to do.
        given: files in the folder in addition to the snapshot; a file `stdin` is standard input.
        status: exit status.

    """

    arguments: str
    says: tuple[str, ...]
    given: tuple[Prepare, ...]
    status: int


# What a folder may hold


def vcf(
    *records: str,
    name: str = "in.vcf",
    assembly: Assembly = Assembly.GRCH38,
    contigs: Sequence[str] = ("7", "13", "MT"),
    meta: Sequence[str] = (),
    samples: Sequence[str] = (),
) -> Prepare:
    """A VCF; its header has five lines if it is not told otherwise."""
    lines = records or (BRAF_V600E,)
    return lambda folder: write_vcf(
        folder / name, lines, assembly=assembly, contigs=contigs, meta=meta, samples=samples
    )


def line_7(record: str) -> Prepare:
    """A VCF with such a line in the middle."""
    return vcf(BRAF_V600E, record, BRAF_V600E)


def raw(name: str, data: bytes | str) -> Prepare:
    return lambda folder: (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def spoilt(name: str, change: Callable[[bytes], bytes]) -> Prepare:
    """A file that is there, changed."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def manifest(*, sealed: bool = True, **changed: object) -> Prepare:
    """A manifest with other facts; its checksum fits them if it is sealed, as a program would write it."""

    def change(data: bytes) -> bytes:
        facts: dict[str, object] = json.loads(data) | changed
        checksum = facts.pop("checksum")
        if sealed:
            checksum = f"{crc32(json.dumps(facts, sort_keys=True).encode()):08x}"
        return json.dumps(facts | {"checksum": checksum}).encode()

    return spoilt("s/manifest.json", change)


def renamed_source(folder: Path) -> None:
    """Give the snapshot a knowledge base of another name."""
    sources = json.loads((folder / "s/manifest.json").read_bytes())["sources"]
    manifest(sources={"cosmic": sources["clinvar"]})(folder)


def empty_folder(name: str) -> Prepare:
    return lambda folder: (folder / name).mkdir()


def fasta(name: str = "mt.fa", contig: str = "MT", *, index: bool = True) -> Prepare:
    return lambda folder: write_fasta(folder / name, {contig: MT_BASES}, index=index)


def clinvar(name: str = "clinvar.vcf", assembly: Assembly = Assembly.GRCH38) -> Prepare:
    return lambda folder: write_clinvar(folder / name, assembly=assembly)


def indexed(*records: str) -> Prepare:
    """An indexed VCF of BGZF."""

    def write(folder: Path) -> None:
        path = write_vcf(folder / "in.vcf.gz", records or (BRAF_V600E,))
        pysam.tabix_index(str(path), preset="vcf")

    return write


def mitochondrial(wrong: Sequence[int]) -> list[str]:
    """100 records from POS 49 of MT on, of which some have a REF that contradicts the FASTA."""
    records = []
    for position in range(49, 149):
        base = MT_BASES[position - 1]
        ref = base.translate(str.maketrans("ACGT", "CATG")) if position in wrong else base
        alt = ref.translate(str.maketrans("ACGT", "GTAC"))
        records.append(f"MT\t{position}\t.\t{ref}\t{alt}\t.\t.\t.")
    return records


# Ways to spoil bytes


def flipped(index: int) -> Callable[[bytes], bytes]:
    """Change one bit of the byte there."""
    return lambda data: data[: index % len(data)] + bytes([data[index] ^ 1]) + data[index % len(data) + 1 :]


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def without_end(data: bytes) -> bytes:
    assert data.endswith(EOF_BLOCK)
    return data.removesuffix(EOF_BLOCK)


def without_directory_entries(store: bytes) -> bytes:
    """Leave the size alone in the directory, and let the checksum of the directory fit it."""
    magic, length, _, nothing = PREAMBLE.unpack_from(store)
    base = PREAMBLE.size + length
    size = json.loads(store[PREAMBLE.size : base])["size"]
    directory = json.dumps({"size": size}).encode().ljust(length)
    return PREAMBLE.pack(magic, length, crc32(directory), nothing) + directory + store[base:]


def case(
    name: str,
    arguments: str,
    *says: str,
    given: Sequence[Prepare] = (vcf(),),
    status: int = 1,
) -> object:
    """A row of the table."""
    return pytest.param(Case(arguments, says, tuple(given), status), id=name)


def folder_with(snapshot: Path, target: Path) -> Path:
    """Copy a snapshot into a folder as `s`, which a case may spoil."""
    copied = target / "s"
    copied.mkdir()
    for file in snapshot.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    return target


def state(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder in it, with the contents of the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def assert_it_fails(
    failing: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Run a case: the error states problem, location and remedy, and every file is as it was."""
    for prepare in failing.given:
        prepare(folder)
    before = state(folder)
    arguments = failing.arguments.split()
    stdin = folder / "stdin"
    if stdin.exists() or "-@ 2" in failing.arguments:
        data = stdin.read_bytes() if stdin.exists() else b""
        ran = run_annotator(*arguments, stdin=data, cwd=folder)
    else:
        monkeypatch.chdir(folder)
        ran = run_here(arguments, capfd)
    assert "Traceback" not in ran.err
    assert ran.status == failing.status, ran.err
    for said in failing.says:
        assert said in ran.err
    assert ran.out == b""
    assert state(folder) == before


def run_here(arguments: Sequence[str], capfd: pytest.CaptureFixture[str]) -> Ran:
    """Run the command in this process, which takes a tenth of the time."""
    terminated = signal.getsignal(signal.SIGTERM)
    capfd.readouterr()
    try:
        with pytest.raises(SystemExit) as exited:
            main(arguments)
    finally:
        signal.signal(signal.SIGTERM, terminated)
    out, err = capfd.readouterr()
    assert isinstance(exited.value.code, int)
    return Ran(exited.value.code, out.encode(), err)
