"""Files that are guaranteed to be on disk."""

from __future__ import annotations

import errno
import io
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["DurableFile", "sync_to_disk"]

_SHARE = 8 << 20
_CANNOT = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


def sync_to_disk(file: int) -> None:
    """Wait until the data written to an open file are on disk, if its file system supports this.

    Some network and FUSE file systems, pipes and devices do not, and return EINVAL: nothing was lost.

    Raises:
        OSError: the disk failed or is full.

    """
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise


class DurableFile(io.FileIO):
    """A file whose bytes are sent to the disk while more are written, so that there is little to wait for at the end.

    Args:
        path: path of the file; previous content is discarded.

    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "wb")
        self._unsynced = 0  # bytes written since the last request to write to disk
        self._syncing: threading.Thread | None = None
        self._error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write to the file and start transferring the data to disk."""
        written = super().write(data)
        self._unsynced += written
        if self._unsynced >= _SHARE and (self._syncing is None or not self._syncing.is_alive()):
            self._unsynced = 0
            self._syncing = threading.Thread(target=self._sync_in_background, daemon=True)
            self._syncing.start()
        return written

    def _sync_in_background(self) -> None:
        try:
            sync_to_disk(self.fileno())
        except OSError as error:
            self._error = error  # which the system reports only once

    def sync(self) -> None:
        """Wait until all written data are on disk.

        Raises:
            OSError: the data cannot be written, or an earlier write failed.

        """
        self._finish_syncing()
        if self._error is not None:
            raise self._error
        sync_to_disk(self.fileno())

    def close(self) -> None:
        """Close the file; data being transferred to the disk still arrive."""
        if not self.closed:
            self._finish_syncing()
        super().close()

    def _finish_syncing(self) -> None:
        if self._syncing is not None:
            self._syncing.join()
