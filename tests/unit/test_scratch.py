"""Temporary files: if one cannot be written, its folder is named and not the output."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.errors import OutputError
from annotator.runtime.scratch import scratch_file, scratch_on_disk
from tests.support.inputs import command, write_snapshot, write_vcf


def test_written_data_are_read_back(tmp_path: Path) -> None:
    for opened in (scratch_file(), scratch_on_disk(), scratch_on_disk(tmp_path)):
        with opened as file:
            file.write(b"abc" * 100_000)
            file.seek(3)
            assert file.read(4) == b"abca"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="none: a temporary file cannot be written"):
        scratch_on_disk(tmp_path / "none")


def test_a_full_disk_is_the_fault_of_the_folder(tmp_path: Path) -> None:
    code = f"""
import resource
from pathlib import Path
from annotator.errors import OutputError
from annotator.runtime.scratch import scratch_on_disk
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
file = scratch_on_disk(Path({str(tmp_path)!r}))
try:
    file.write(bytes(100_000))
except OutputError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(
        f"{tmp_path}: a temporary file cannot be written (File too large). Free space there"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files in memory")
@pytest.mark.parametrize("suffix", [".bcf", ".vcf"])
def test_a_conversion_needs_no_folder_for_temporary_files(tmp_path: Path, suffix: str) -> None:
    snapshot, source = write_snapshot(tmp_path / "s"), write_vcf(tmp_path / "in.vcf")
    bcf = tmp_path / "in.bcf"
    for name, output in ((source, bcf), (bcf, tmp_path / f"out{suffix}")):
        done = subprocess.run(
            command("annotate", name, "-o", output, "--snapshot", snapshot),
            env={"TMPDIR": str(tmp_path / "none"), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_limit_of_open_files_is_named_instead_of_the_folder() -> None:
    code = """
import resource, tempfile
from annotator.errors import OutputError
from annotator.runtime.scratch import scratch_on_disk
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    scratch_on_disk()
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "cannot be written (Too many open files). Raise the limit of open files" in done.stdout
