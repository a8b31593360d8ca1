"""A signal on any line leaves no temporary file behind and no signal blocked."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from annotator.runtime.scratch import scratch_on_disk
from annotator.runtime.signals import ENDING, signals_held
from annotator.snapshot import build
from annotator.vcf.files import atomic_output, check_writable

# What is open when a signal ends a command is closed with the process.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


class _Ended(BaseException):
    """Raised by the signal."""


@pytest.fixture(autouse=True)
def _raising() -> Iterator[None]:
    def handler(_number: int, _frame: object) -> None:
        raise _Ended

    before = signal.signal(signal.SIGTERM, handler)
    yield
    signal.signal(signal.SIGTERM, before)


def _interrupted_at(line: int, function: Callable[[], object]) -> bool:
    """Call a function; send SIGTERM before its n-th line of Python. Return False if it has fewer lines."""
    left = line

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGTERM)
        return trace

    before = sys.gettrace()
    try:
        sys.settrace(trace)
        function()
    except _Ended:
        pass
    finally:
        sys.settrace(before)
    return left <= 0


def _scratch(folder: Path) -> None:
    scratch_on_disk(folder).close()


def _scratch_without_unnamed_files(folder: Path) -> None:
    setattr(tempfile, "_O_TMPFILE_WORKS", False)  # noqa: B010  # not every file system has them
    try:
        _scratch(folder)
    finally:
        setattr(tempfile, "_O_TMPFILE_WORKS", True)  # noqa: B010


def _checked(folder: Path) -> None:
    check_writable(str(folder / "out.vcf"))


def _output(folder: Path) -> None:
    with atomic_output(str(folder / "out.vcf")) as output:
        output.file.write(b"new")


def _snapshot(folder: Path) -> None:
    bed = folder.parent / "regions.bed"
    bed.write_bytes(b"7\t1\t2\n")
    build.build_snapshot(folder / "s", "GRCh37", bed={"MINE": bed}, replace=True)


@pytest.mark.parametrize("function", [_scratch, _scratch_without_unnamed_files, _checked, _output])
def test_a_signal_on_any_line_leaves_nothing_behind(tmp_path: Path, function: Callable[[Path], None]) -> None:
    line = 1
    while _interrupted_at(line, lambda: function(tmp_path)):
        assert {path.name for path in tmp_path.iterdir()} <= {"out.vcf"}, f"line {line}"
        (tmp_path / "out.vcf").unlink(missing_ok=True)
        line += 1
    assert line > 10
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & ENDING


@pytest.mark.parametrize("exchanges", [True, False], ids=["one step", "two steps"])
@pytest.mark.parametrize("step", ["_create", "_rename"])
def test_a_signal_while_a_snapshot_appears_leaves_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, *, exchanges: bool
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    _snapshot(folder)
    if not exchanges:
        monkeypatch.setattr(build, "_exchanged", lambda *_: False)
    original, line, done = getattr(build, step), 1, False
    while not done:
        reached = True

        def interrupted(*arguments: Path, line: int = line) -> object:
            nonlocal reached
            answers: list[object] = []
            reached = _interrupted_at(line, lambda: answers.append(original(*arguments)))
            if not answers:
                raise _Ended
            return answers[0]

        with monkeypatch.context() as patch:
            patch.setattr(build, step, interrupted)
            with contextlib.suppress(_Ended):
                _snapshot(folder)
        names = {path.name for path in folder.iterdir()}
        assert "s" in names, f"line {line}"
        assert (folder / "s" / "manifest.json").is_file()
        assert not {name for name in names if name.endswith(".partial")}, f"line {line}"
        line, done = line + 1, not reached
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & ENDING


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "beside a thread"])
def test_a_signal_waits_until_the_block_is_finished(others: int) -> None:
    over, finished = threading.Event(), False
    threads = [threading.Thread(target=over.wait, daemon=True) for _ in range(others)]
    for thread in threads:
        thread.start()
    try:
        with pytest.raises(_Ended), signals_held():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
            finished = True
    finally:
        over.set()
    assert finished
