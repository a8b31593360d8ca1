"""The end of the process: at once when nothing is left to do, otherwise as Python ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.inputs import write_snapshot, write_vcf

FLUSHING_FAILED = 120  # Python's exit status

MAIN = """
import sys
from annotator.__main__ import main
{before}
try:
    main()
finally:
    print("afterwards")
"""


def ended(before: str, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", MAIN.format(before=before), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_finished_command_has_printed_everything_and_ends_at_once() -> None:
    run = ended("", "--version")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("annotator ")
    assert "afterwards" not in run.stdout


@pytest.mark.parametrize(("words", "status"), [(("--wrong",), 2), (("annotate", "absent.vcf"), 1)])
def test_an_error_keeps_its_status(words: tuple[str, ...], status: int, tmp_path: Path) -> None:
    run = ended(f"import os; os.chdir({str(tmp_path)!r})", *words)
    assert run.returncode == status
    assert run.stderr != ""
    assert "afterwards" not in run.stdout


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ("import atexit; atexit.register(print, 'registered')", "registered"),
        (
            "import threading, time\n"
            "threading.Thread(target=lambda: (time.sleep(0.5), print('from a thread'))).start()",
            "from a thread",
        ),
        ("sys.setprofile(lambda *_: None)", "afterwards"),
        ("sys.settrace(lambda *_: None)", "afterwards"),
    ],
    ids=["atexit", "thread", "profile", "trace"],
)
def test_whatever_waits_for_the_end_is_done(before: str, left: str) -> None:
    run = ended(before, "--version")
    assert (run.returncode, run.stderr) == (0, "")
    assert left in run.stdout
    assert "afterwards" in run.stdout


def test_the_state_can_be_looked_at_afterwards() -> None:
    run = ended("", "--version", options=("-i",))
    assert "afterwards" in run.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is full")
def test_an_output_that_cannot_be_flushed_is_an_error_of_python(tmp_path: Path) -> None:
    words = ("annotate", write_vcf(tmp_path / "in.vcf"), "-o", tmp_path / "out.vcf", "-q", "--snapshot")
    program = MAIN.format(before="sys.stdout.write('x')")
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        run = subprocess.run(
            [sys.executable, "-c", program, *map(str, words), write_snapshot(tmp_path / "s")],
            stdout=full,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            text=True,
            check=False,
            timeout=60,
        )
    assert run.returncode == FLUSHING_FAILED
    assert "No space left on device" in run.stderr
