"""Standard error reserved for this program: output of libraries such as htslib is captured.

The file descriptor is redirected, because C libraries write to it directly; worker processes share it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, Self, TextIO

from annotator.runtime.scratch import scratch_file

__all__ = ["Captured"]

_STANDARD_ERROR = 2


class Captured:
    """The output to standard error since the redirection.

    Args:
        out: the original standard error.
        kept: file that receives what is now written to standard error.

    """

    def __init__(self, out: TextIO, kept: BinaryIO) -> None:
        self._out = out
        self._kept = kept
        self._place = 0
        self._begun = b""

    @classmethod
    def of_standard_error(cls) -> Self | None:
        """Start to capture; return None if the process has no standard error."""
        if sys.stderr is None:
            return None
        sys.stderr.flush()
        out = os.fdopen(os.dup(_STANDARD_ERROR), "w", encoding="utf-8", errors="backslashreplace")
        kept = scratch_file()  # closed by `close`
        os.dup2(kept.fileno(), _STANDARD_ERROR)
        return cls(out, kept)

    def write(self, line: str) -> None:
        """Write a line to the original standard error."""
        self._out.write(f"{line}\n")
        self._out.flush()

    def lines(self) -> Iterator[str]:
        """Yield the lines that were written since the last call; an incomplete last line is kept for later."""
        while piece := os.pread(self._kept.fileno(), 1 << 16, self._place):
            self._place += len(piece)
            *whole, self._begun = (self._begun + piece).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in whole if line.strip())

    def close(self) -> None:
        """Restore standard error; an incomplete last line is discarded."""
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(self._out.fileno(), _STANDARD_ERROR)
        self._out.close()
        self._kept.close()
