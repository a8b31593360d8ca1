"""Files whose bytes go to the disk while more are written."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from annotator.runtime.durable import DurableFile, sync_to_disk

PIECE = os.urandom(3 << 20)


@pytest.mark.parametrize("pieces", [0, 1, 2, 3, 30])
def test_written_data_are_on_disk(tmp_path: Path, pieces: int) -> None:
    path = tmp_path / "out"
    with DurableFile(path) as raw, io.BufferedWriter(raw) as file:
        for _ in range(pieces):
            assert file.write(PIECE) == len(PIECE)
        file.write(b"end")
        file.flush()
        raw.sync()
        assert path.read_bytes() == PIECE * pieces + b"end"
    assert raw.closed


def test_a_place_written_before_can_be_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with DurableFile(path) as raw, io.BufferedWriter(raw) as file:
        for _ in range(6):
            file.write(PIECE)
        file.seek(100)
        file.truncate()
        file.write(b"end")
        file.flush()
        raw.sync()
    assert path.read_bytes() == PIECE[:100] + b"end"


def test_an_early_disk_error_is_raised_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failed)
    with DurableFile(Path(os.devnull)) as file:
        while file._syncing is None:  # until the disk was asked while writing
            file.write(PIECE)
        file._syncing.join()
        with pytest.raises(OSError, match="Input/output error") as told:
            file.sync()
        assert told.value is file._error


def test_a_file_system_that_cannot_sync_fails_no_run() -> None:
    # This device answers EINVAL, as some network and FUSE file systems do.
    with DurableFile(Path(os.devnull)) as file:
        while file._syncing is None:
            file.write(PIECE)
        file.sync()
    with Path(os.devnull).open("wb") as device:
        with pytest.raises(OSError, match="Invalid argument"):
            os.fsync(device.fileno())
        sync_to_disk(device.fileno())


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EIO, errno.ENOSPC])
def test_only_a_failure_to_write_is_an_error(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refused(_file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)
    if number in {errno.EIO, errno.ENOSPC}:
        with pytest.raises(OSError, match=os.strerror(number)):
            sync_to_disk(1)
    else:
        sync_to_disk(1)


def test_a_file_that_is_given_up_is_closed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="given up"), DurableFile(tmp_path / "out") as file:
        for _ in range(6):
            file.write(PIECE)
        raise ValueError("given up")
    assert file.closed
    assert file._syncing is not None
    assert not file._syncing.is_alive()
