"""A mapped file that is cut off, or whose disk fails, is an error and no signal that ends the process."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from annotator.errors import SnapshotError
from annotator.store.mapped_file import MappedFile
from annotator.store.pages import BLOCK_BITS, Pages, checksums

BLOCK = 1 << BLOCK_BITS
BODY = bytes(range(256)) * (200 * BLOCK // 256) + b"the end"
HEAD = b"before the body"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.store"
    path.write_bytes(HEAD + BODY)
    return path


def pages_of(file: MappedFile) -> Pages:
    body = file.content[len(HEAD) :]
    damaged = SnapshotError("it is damaged")
    return Pages(body, checksums([BODY]), lambda: damaged, (file.read, len(HEAD)))


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 1), (BLOCK - 1, BLOCK + 1), (3 * BLOCK, 150 * BLOCK), (200 * BLOCK, len(BODY)), (0, len(BODY))],
)
def test_every_range_is_verified_by_its_file(path: Path, start: int, stop: int) -> None:
    pages = pages_of(MappedFile(path))
    pages.check(BLOCK * 70, BLOCK * 70 + 1)  # a verified block in the middle
    assert bytes(pages.read(start, stop)) == BODY[start:stop]
    wanted = {70, *range(start >> BLOCK_BITS, ((stop - 1) >> BLOCK_BITS) + 1)}
    assert {block for block, seen in enumerate(pages.seen) if seen} == wanted


@pytest.mark.parametrize("size", [0, len(HEAD) + 1, len(HEAD) + 150 * BLOCK])
def test_a_file_that_was_cut_off_after_it_was_mapped_is_damaged(path: Path, size: int) -> None:
    pages = pages_of(MappedFile(path))
    os.truncate(path, size)
    for start, stop in ((150 * BLOCK, 150 * BLOCK + 1), (0, len(BODY))):
        with pytest.raises(SnapshotError, match="it is damaged"):
            pages.read(start, stop)


def test_a_failing_disk_is_an_error_with_the_name_of_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = pages_of(MappedFile(path))

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(SnapshotError, match="cannot be read") as caught:
        pages.read(0, 1)
    assert caught.value.path == str(path)


def test_a_file_is_closed_with_its_last_use(path: Path) -> None:
    file = MappedFile(path)
    number = file._number
    os.fstat(number)
    del file
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(number)


def test_files_that_cannot_be_mapped(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("empty", "absent"):
        with pytest.raises(SnapshotError, match="cannot be read"):
            MappedFile(tmp_path / name)
