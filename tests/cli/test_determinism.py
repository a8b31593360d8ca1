"""The same input and the same release give the same bytes, wherever, whenever and however they are computed."""

from __future__ import annotations

import fcntl
import getpass
import gzip
import os
import random
import socket
import subprocess
import termios
import time
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotator import build_snapshot
from annotator.vcf.bgzf import EOF_BLOCK, deflate
from tests.support.inputs import (
    BRAF_V600E,
    CLINVAR_RECORDS,
    MT_BASES,
    ClinVarEntry,
    command,
    vcf_text,
    write_clinvar,
    write_fasta,
)

FORMATS = ["plain", "gzip", "bgzf"]
"""How the input may be compressed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot `s`, a FASTA and one VCF in three compressions."""
    folder = tmp_path_factory.mktemp("determinism")
    random_ = random.Random(1)  # noqa: S311
    known = [
        ClinVarEntry("MT", position, position, MT_BASES[position - 1], other(MT_BASES[position - 1]))
        for position in range(1, 16_000, 9)
    ]
    write_clinvar(folder / "clinvar.vcf", [*CLINVAR_RECORDS, *known])
    build_snapshot(folder / "s", "GRCh38", clinvar=folder / "clinvar.vcf", retrieved="2026-03-01")
    write_fasta(folder / "mt.fa", {"MT": MT_BASES})
    records = [record(random_) for _ in range(8_000)]
    text = vcf_text(records, samples=["tumour"]).encode()
    (folder / "plain.vcf").write_bytes(text)
    (folder / "gzip.vcf.gz").write_bytes(gzip.compress(text, 1, mtime=0))
    cuts = sorted(random_.sample(range(len(text)), 200))
    pieces = [text[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    (folder / "bgzf.vcf.gz").write_bytes(b"".join(deflate(piece, 1) for piece in pieces) + EOF_BLOCK)
    return folder


def other(base: str) -> str:
    return base.translate(str.maketrans("ACGT", "GTAC"))


def record(random_: random.Random) -> str:
    position = random_.randint(1, 16_000)
    ref = MT_BASES[position - 1 : position - 1 + random_.choice([1, 1, 1, 2, 5])]
    alts = sorted({ref[0], other(ref[0]), f"{ref}AC"} - {ref})
    alt = random_.choice([*alts, *alts, *alts, ",".join(alts), f"{alts[0]},*", "<DEL>"])
    padding = "X=" + "0123456789" * random_.randint(1, 80)
    return f"MT\t{position}\t.\t{ref}\t{alt}\t.\tPASS\t{padding}\tGT\t0/1"


def output(
    folder: Path, *options: str, source: str = "plain.vcf", environment: dict[str, str] | None = None
) -> bytes:
    """What the command writes to standard output; `-` reads `plain.vcf` from standard input."""
    with (folder / "plain.vcf" if source == "-" else Path(os.devnull)).open("rb") as stdin:
        ran = subprocess.run(
            command("annotate", source, "--snapshot", folder / "s", *options),
            stdin=stdin,
            capture_output=True,
            cwd=folder,
            env=os.environ | (environment or {}),
            check=False,
        )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


@pytest.fixture(scope="module")
def expected(folder: Path) -> bytes:
    written = output(folder)
    assert written.count(b"CLNVID=") > 200
    assert written.count(b"ANNSTATUS=") > 200
    return written


@pytest.mark.parametrize(
    ("compression", "threads"),
    [("plain", "2"), ("plain", "3"), ("gzip", "1"), ("gzip", "2"), ("bgzf", "1"), ("bgzf", "2")],
)
def test_the_number_of_workers_and_the_compression_of_the_input_do_not_matter(
    folder: Path, expected: bytes, compression: str, threads: str
) -> None:
    source = folder / f"{compression}.vcf{'' if compression == 'plain' else '.gz'}"
    assert output(folder, "-@", threads, source=str(source)) == expected


@pytest.mark.parametrize("threads", ["1", "2"])
def test_standard_input_and_a_file_have_the_same_result(folder: Path, expected: bytes, threads: str) -> None:
    assert output(folder, "-@", threads, source="-") == expected


@pytest.mark.parametrize("compression", FORMATS)
@pytest.mark.parametrize("first", [1, 10, 100])
def test_a_slow_pipe_and_a_file_have_the_same_result(
    folder: Path, expected: bytes, compression: str, first: int
) -> None:
    data = small(folder, compression)
    process = subprocess.Popen(
        command("annotate", "-", "--snapshot", folder / "s"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(data[:first])
    process.stdin.flush()
    wait_until_empty(process.stdin.fileno())
    out, err = process.communicate(data[first:])
    assert process.returncode == 0, err.decode()
    assert out == b"".join(expected.splitlines(keepends=True)[: out.count(b"\n")])
    assert out.count(b"\nMT\t") == 100


def small(folder: Path, compression: str) -> bytes:
    """The header and the first 100 records."""
    lines = (folder / "plain.vcf").read_bytes().splitlines(keepends=True)
    header = sum(line.startswith(b"#") for line in lines)
    text = b"".join(lines[: header + 100])
    return {"plain": text, "gzip": gzip.compress(text), "bgzf": deflate(text, 6) + EOF_BLOCK}[compression]


def wait_until_empty(pipe: int) -> None:
    """Wait until the reader has taken what is in a pipe."""
    waiting = array("i", [1])
    while waiting[0]:
        fcntl.ioctl(pipe, termios.FIONREAD, waiting)
        time.sleep(0.001)


def test_a_clash_that_the_header_hides_is_settled_alike_in_every_compression(folder: Path) -> None:
    records = [BRAF_V600E, "7\t1\t.\tA\tT\t.\t.\tCLNSIG=theirs"]
    text = vcf_text(records).encode()
    cut = text.index(b"7\t1\t")
    (folder / "hidden.vcf").write_bytes(text)
    (folder / "hidden.vcf.gz").write_bytes(deflate(text[:cut], 6) + deflate(text[cut:], 6) + EOF_BLOCK)
    plain, compressed = (
        output(folder, "--on-clash", "replace", source=name) for name in ("hidden.vcf", "hidden.vcf.gz")
    )
    assert plain == compressed


def test_hash_seed_locale_and_time_zone_do_not_matter(folder: Path, expected: bytes) -> None:
    elsewhere = {"PYTHONHASHSEED": "3", "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "HOME": "/nonexistent"}
    assert output(folder, environment=elsewhere) == expected


def test_an_output_file_holds_what_standard_output_gets(folder: Path, expected: bytes) -> None:
    output(folder, "-o", "out.vcf")
    assert (folder / "out.vcf").read_bytes() == expected


@pytest.mark.parametrize("options", [["-O", "z"], ["-O", "z", "--reference", "mt.fa"]], ids=" ".join)
def test_compressed_output_is_the_same_for_any_number_of_workers(
    folder: Path, options: Sequence[str]
) -> None:
    one = output(folder, *options, "-@", "1", source="bgzf.vcf.gz")
    two = output(folder, *options, "-@", "2", source="bgzf.vcf.gz")
    assert one == two
    assert gzip.decompress(one) == output(folder, *options[2:])


def test_the_index_of_an_output_is_the_same_for_any_number_of_workers(folder: Path) -> None:
    lines = (folder / "plain.vcf").read_text().splitlines(keepends=True)
    header = [line for line in lines if line.startswith("#")]
    records = sorted(lines[len(header) :], key=lambda line: int(line.split("\t")[1]))
    (folder / "sorted.vcf").write_text("".join(header + records))
    indexes = []
    for threads in ("1", "2"):
        name = f"indexed{threads}.vcf.gz"
        output(folder, "-o", name, "-W", "-@", threads, source="sorted.vcf")
        indexes.append((folder / f"{name}.tbi").read_bytes())
    assert indexes[0] == indexes[1]


def test_a_snapshot_of_the_same_files_has_the_same_bytes(folder: Path) -> None:
    build_snapshot(folder / "again", "GRCh38", clinvar=folder / "clinvar.vcf", retrieved="2026-03-01")
    names = sorted(path.name for path in (folder / "s").iterdir())
    assert sorted(path.name for path in (folder / "again").iterdir()) == names
    for name in names:
        assert (folder / "again" / name).read_bytes() == (folder / "s" / name).read_bytes()


def test_no_output_contains_the_machine_or_the_date(folder: Path) -> None:
    written = output(
        folder, "--reference", str(folder / "mt.fa"), "-r", "MT", "--status", "all", source=indexed(folder)
    )
    manifest = (folder / "s" / "manifest.json").read_bytes()
    header = written[: written.index(b"#CHROM")]
    traces = {
        str(folder),
        str(folder.parent),
        str(Path.home()),
        str(Path.cwd()),
        socket.gethostname(),
        getpass.getuser(),
        f"{datetime.now(UTC):%Y-%m-%d}",
        f"{datetime.now(UTC):%Y%m%d}",
    }
    for trace in traces - {"/", ""}:
        assert trace.encode() not in header, trace
        assert trace.encode() not in manifest, trace
    assert b"##annotatorCommand=annotate -r MT --reference mt.fa --status all\n" in header


def indexed(folder: Path) -> str:
    """The name of an indexed VCF of the folder, as an absolute path."""
    import pysam

    source = folder / "traces.vcf.gz"
    text = vcf_text([f"MT\t1\t.\t{MT_BASES[0]}\t{other(MT_BASES[0])}\t.\t.\t."])
    source.write_bytes(deflate(text.encode(), 6) + EOF_BLOCK)
    pysam.tabix_index(str(source), preset="vcf", force=True)
    return str(source)
