"""Unexpected errors and errors of the operating system: one line, the real cause, and no data in the report."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from annotator.cli.crash import write_report
from annotator.cli.screen import visible
from annotator.errors import SnapshotError
from annotator.runtime.os_errors import remedy_of, why
from annotator.snapshot.manifest import Manifest
from tests.support.inputs import write_snapshot, write_vcf

CRASH = """
import sys
from annotator.annotation import run
def broken(*_):
    raise KeyError("SECRET genotype 0/1 of PATIENT")
run.engine_of = broken
from annotator.__main__ import main
main()
"""


def test_a_crash_is_one_line_and_a_report_without_data(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot")
    source = write_vcf(tmp_path / "PATIENT.vcf")
    words = ["annotate", str(source), "-o", "PATIENT.out.vcf", f"--snapshot={snapshot}", "--disease=PATIENT"]
    ran = subprocess.run(
        [sys.executable, "-c", CRASH, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "KeyError at annotator/annotation/run.py" in line
    (report,) = tmp_path.glob("annotator-error-*.txt")
    text = report.read_text(encoding="utf-8")
    for secret in ("SECRET", "PATIENT", "0/1", str(tmp_path)):
        assert secret not in text
    assert "command: annotate -o --snapshot --disease" in text
    assert not (tmp_path / "PATIENT.out.vcf").exists()


def test_a_report_that_can_be_written_nowhere_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refused)
    assert write_report(ValueError("x"), ["annotate"]) is None


def test_the_real_cause_and_file_are_named(tmp_path: Path) -> None:
    error = OSError(24, "Too many open files", str(tmp_path))
    assert why(error) == "Too many open files"
    assert remedy_of(error) == "Raise the limit of open files (ulimit -n)"
    assert remedy_of(OSError(28, "No space left on device")) == "Free space on its disk, or use another disk"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_a_folder_that_another_user_may_not_enter_is_named_with_its_owner(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    folder = write_snapshot(private / "snapshot")
    private.chmod(0o700)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.is_relative_to(tempfile.gettempdir()) and parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(SnapshotError) as caught:
            Manifest.read(folder)
    finally:
        os.seteuid(0)
    assert f"{private} belongs to root, mode 700" in str(caught.value)
    assert "Build" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 中", "plain ä 中"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("tab\tstays\nso do lines", "tab\tstays\nso do lines"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff", "\\xff"),
        ("\r\x07\x7f", "\\x0d\\x07\\x7f"),
    ],
)
def test_nothing_can_steer_a_terminal(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_an_interrupt_while_the_program_is_loaded_is_no_traceback() -> None:
    program = """
import sys, builtins
real = builtins.__import__
def importing(name, *rest):
    if name == "annotator.cli":
        raise KeyboardInterrupt
    return real(name, *rest)
from annotator.__main__ import main
builtins.__import__ = importing
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (130, "interrupted; no output was written\n")


def test_the_name_of_a_file_cannot_steer_a_terminal_from_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    from annotator.cli.bar import Bar
    from annotator.runtime.progress import Step, Unit

    step = Step("annotating x\x1b[31m.vcf", 1, 2, Unit.BYTES)
    bar = Bar(step)
    bar.draw(step, None, None)
    bar.end()
    assert "\x1b[31m" not in capsys.readouterr().err
