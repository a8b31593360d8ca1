"""Files that are on the disk when they are said to be."""

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
    """Wait until what was written to an open file is on the disk, where its file system can do so.

    Some network and FUSE file systems, pipes and devices cannot, and answer EINVAL: nothing was lost.

    Raises:
        OSError: the disk failed or is full.

    """
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise


class DurableFile(io.FileIO):
    """A file to be written, whose bytes go to the disk while more are written: at the end there is little to wait for.

    Args:
        path: of the file; what it held is gone.

    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "wb")
        self._unasked = 0  # bytes that were written since the disk was last asked for
        self._asking: threading.Thread | None = None
        self._error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, as any file does."""
        written = super().write(data)
        self._unasked += written
        if self._unasked >= _SHARE and (self._asking is None or not self._asking.is_alive()):
            self._unasked = 0
            self._asking = threading.Thread(target=self._ask, daemon=True)
            self._asking.start()
        return written

    def _ask(self) -> None:
        try:
            sync_to_disk(self.fileno())
        except OSError as error:
            self._error = error  # which the system tells once

    def sync(self) -> None:
        """Wait until all that was written is on the disk.

        Raises:
            OSError: it cannot be, or could not before.

        """
        self._finish_asking()
        if self._error is not None:
            raise self._error
        sync_to_disk(self.fileno())

    def close(self) -> None:
        """Close it; what is on its way to the disk arrives."""
        if not self.closed:
            self._finish_asking()
        super().close()

    def _finish_asking(self) -> None:
        if self._asking is not None:
            self._asking.join()
