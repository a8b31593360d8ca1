"""Where targets work: a folder that goes with the process, and small snapshots that are built once."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from annotator.snapshot.build import build_snapshot
from tests.conftest import REPOSITORY

__all__ = ["DEMO", "copied_snapshot", "file", "folder", "parts", "snapshot"]

DEMO = REPOSITORY / "test_data" / "demo"
_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of this process's own is made in it


@cache
def folder() -> Path:
    """Return the folder of this process, in memory where that can be."""
    made = Path(
        tempfile.mkdtemp(prefix="annotator-fuzz-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
    )
    atexit.register(_removed, made, os.getpid())
    return made


def _removed(made: Path, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(made, ignore_errors=True)


def file(name: str, data: bytes) -> Path:
    """Write a file of the folder."""
    path = folder() / name
    path.write_bytes(data)
    return path


@cache
def snapshot() -> Path:
    """Return a snapshot of the demo's ClinVar and CIViC, GRCh38."""
    path = folder() / "demo.snapshot"
    build_snapshot(
        path, "GRCh38", clinvar=DEMO / "clinvar.GRCh38.vcf", civic=DEMO / "civic", retrieved="2026-03-01"
    )
    return path


@cache
def copied_snapshot() -> Path:
    """Return a copy of the snapshot, whose files a target may replace."""
    path = folder() / "copied.snapshot"
    shutil.copytree(snapshot(), path)
    return path


def parts(data: bytes, count: int) -> list[bytes]:
    r"""Return the sections of an input, which lines of `%%` separate; those that are missing are empty."""
    found = data.split(b"\n%%\n", count - 1)
    return [*found, *[b""] * (count - len(found))]
