"""A file that is mapped into memory, and whose first reading of every part can fail with an exception.

If a disk fails or a file was truncated, reading a mapped page raises SIGBUS, which ends the process; reading the file
raises an exception. Once read, a page is in the page cache, where the map finds it.
"""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

from annotator.errors import SnapshotError
from annotator.runtime.os_errors import remedy_of, why

__all__ = ["REBUILD", "MappedFile"]

REBUILD = "Build the snapshot again with: annotator snapshot build"
"""Remedy for a file that cannot be used."""


class MappedFile:
    """A file mapped for reading.

    Args:
        path: the file.

    Attributes:
        content: the mapped bytes.

    Raises:
        SnapshotError: it cannot be opened or mapped.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = -1
        try:
            self._number = os.open(path, os.O_RDONLY)
            self._map = mmap.mmap(self._number, 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise self._unreadable(error) from error
        except ValueError as error:  # an empty file cannot be mapped
            raise SnapshotError(f"cannot be read ({error})", path=path, remedy=REBUILD) from error
        self.content = memoryview(self._map)

    def __del__(self) -> None:
        if self._number >= 0:
            os.close(self._number)

    def read(self, start: int, stop: int) -> bytes:
        """Return a range of bytes; fewer if the file was truncated.

        Raises:
            SnapshotError: the disk failed.

        """
        try:
            return os.pread(self._number, stop - start, start)
        except OSError as error:
            raise self._unreadable(error) from error

    def give_pages_back(self) -> None:
        """Release the mapped pages that were read.

        They remain in the system's page cache, so that this limits the memory of a process at nearly no cost.
        """
        if sys.platform == "linux":
            self._map.madvise(mmap.MADV_DONTNEED)

    def _unreadable(self, error: OSError) -> SnapshotError:
        return SnapshotError(
            f"cannot be read ({why(error)})", path=self._path, remedy=remedy_of(error, REBUILD)
        )
