"""A full disk, a link, a device or a reader that stops reading never leaves a partial file."""

from __future__ import annotations

import os
import random
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator import annotate
from tests.support.fed_runs import LINES, OLD, living, wait_for
from tests.support.inputs import (
    BRAF_V600E,
    ClinVarEntry,
    command,
    data_lines,
    run_annotator,
    vcf_text,
    write_clinvar,
    write_snapshot,
    write_vcf,
)

ROOM = "Free space on its disk, or use another disk."
LIMIT = "A limit of file sizes is reached: raise it (ulimit -f), or use another disk."


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


@pytest.fixture(scope="module")
def large() -> bytes:
    """A VCF of 60,000 records and 8 MB, which is several chunks."""
    padding = "X=" + "0123456789" * 10
    records = [f"7\t{position}\t.\tA\tT\t.\t.\t{padding}" for position in range(1, LINES)]
    return vcf_text([*records, BRAF_V600E]).encode()


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        if os.environ.get("CI") == "true":
            pytest.fail(f"cannot mount a small disk: {mounted.stderr.decode()}")
        pytest.skip("mounting needs the administrator's rights")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["out.vcf", "out.vcf.gz"])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_full_disk_leaves_the_old_output(
    tmp_path: Path, small_disk: Path, snapshot: Path, name: str, threads: str
) -> None:
    random_ = random.Random(64)  # noqa: S311
    noise = [f"7\t{position}\t.\tA\tT\t.\t.\tX={random_.getrandbits(512):x}" for position in range(1, 3_000)]
    source = write_vcf(tmp_path / "in.vcf", noise)
    output = small_disk / name
    output.write_bytes(OLD)
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-o", output, "-@", threads)
    assert ran.status == 1
    assert ran.err == f"ERROR: {output}: cannot be written (No space left on device). {ROOM}\n"
    assert [path.name for path in small_disk.iterdir()] == [name]
    assert output.read_bytes() == OLD


def test_a_snapshot_that_does_not_fit_onto_the_disk_leaves_nothing(tmp_path: Path, small_disk: Path) -> None:
    entries = [ClinVarEntry("7", position, position, "A", "T") for position in range(1, 10_000)]
    clinvar = write_clinvar(tmp_path / "clinvar.vcf", entries)
    made = small_disk / "made"
    ran = run_annotator("snapshot", "build", "--assembly", "GRCh38", "--clinvar", clinvar, "-o", made)
    assert ran.status == 1
    assert ran.err == f"ERROR: {made}: cannot be written (No space left on device). {ROOM}\n"
    assert list(small_disk.iterdir()) == []


def test_a_snapshot_that_does_not_fit_leaves_the_one_it_should_replace(
    tmp_path: Path, small_disk: Path
) -> None:
    made = write_snapshot(tmp_path / "made")
    old = small_disk / "made"
    old.mkdir()
    for file in made.iterdir():
        (old / file.name).write_bytes(file.read_bytes())
    entries = [ClinVarEntry("7", position, position, "A", "T") for position in range(1, 10_000)]
    clinvar = write_clinvar(tmp_path / "clinvar.vcf", entries)
    ran = run_annotator(
        "snapshot", "build", "--assembly", "GRCh38", "--clinvar", clinvar, "-o", old, "--force"
    )
    assert ran.status == 1
    assert run_annotator("snapshot", "verify", old).status == 0
    assert [path.name for path in small_disk.iterdir()] == ["made"]


def test_a_file_that_must_not_grow_is_an_error(tmp_path: Path, snapshot: Path, large: bytes) -> None:
    source, output = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_bytes(large)
    process = subprocess.run(
        command("annotate", source, "--snapshot", snapshot, "-o", output),
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    assert process.returncode == 1
    assert process.stderr.decode() == f"ERROR: {output}: cannot be written (File too large). {LIMIT}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["in.vcf"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("how", ["as a file", "as standard output"])
@pytest.mark.parametrize("size", ["large", "small"])
def test_a_full_device_is_an_error(tmp_path: Path, snapshot: Path, large: bytes, how: str, size: str) -> None:
    source = tmp_path / "in.vcf"
    source.write_bytes(large if size == "large" else vcf_text([BRAF_V600E]).encode())
    output = "/dev/full" if how == "as a file" else "-"
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            command("annotate", source, "--snapshot", snapshot, "-O", "v", "-o", output),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    name = "/dev/full" if how == "as a file" else "standard output"
    assert process.stderr.decode() == f"ERROR: {name}: cannot be written (No space left on device). {ROOM}\n"
    assert process.returncode == 1


# A reader that goes away


@pytest.mark.parametrize("options", [["-@", "1"], ["-@", "2"], ["-O", "z"]], ids=" ".join)
def test_a_reader_that_has_seen_enough_ends_the_run_quietly(
    tmp_path: Path, snapshot: Path, large: bytes, options: list[str]
) -> None:
    source = tmp_path / "in.vcf"
    source.write_bytes(large)
    process = subprocess.Popen(
        command("annotate", source, "--snapshot", snapshot, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert len(process.stdout.read(100)) == 100
    process.stdout.close()
    _, err = process.communicate()
    assert (process.returncode, err) == (141, b"")
    wait_for(lambda: not living(process.pid))


# A link, a device and a mode


def test_an_output_that_is_a_symbolic_link_is_written_where_it_points(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "real.vcf"
    link = tmp_path / "out.vcf"
    link.symlink_to(target)
    annotate(source, link, snapshot=snapshot)
    assert link.is_symlink()
    assert len(data_lines(target.read_bytes())) == 1


def test_an_output_has_the_rights_of_a_new_file(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    annotate(source, tmp_path / "out.vcf", snapshot=snapshot)
    assert (tmp_path / "out.vcf").stat().st_mode == source.stat().st_mode
