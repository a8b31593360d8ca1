"""A terminal in which the tests run commands."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path

from tests.support.inputs import (
    command,
)

PERIOD = "ANNOTATOR_PROGRESS_SECONDS"
RECORDS = [f"7\t{position}\t{'long' * 12}\tA\tT\t.\t.\t." for position in range(140_700_000, 140_760_000)]
"""Some 4 MB: several of the pieces in which an input is read."""

SUM = [
    "60,000 records, 60,000 alleles, GRCh38 (by contig lengths)",
    "source            release     found  not_found  unsupported  failed",
    "clinvar-snapshot  2026-02-26      1     59,999            0       0",
]


# On a terminal


class Terminal:
    """A terminal of 100 columns that is a command's standard error, and standard output if told so."""

    def __init__(
        self, folder: Path, words: Sequence[str | Path], *, stdin: int | None = None, both: bool = False
    ) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        self.process = subprocess.Popen(
            command(*words),
            cwd=folder,
            stdin=stdin,
            stderr=theirs,
            stdout=theirs if both else subprocess.DEVNULL,
        )
        os.close(theirs)
        self._told = b""

    @property
    def shown(self) -> str:
        return self._told.decode()

    def wait_for(self, words: str) -> None:
        while words not in self.shown:
            piece = self._read()
            assert piece, self.shown
            self._told += piece

    def end(self) -> int:
        """Read to the end; give the status."""
        while piece := self._read():
            self._told += piece
        os.close(self._ours)
        return self.process.wait()

    def _read(self) -> bytes:
        try:
            return os.read(self._ours, 4096)
        except OSError:  # Linux's way to say that nobody writes any more
            return b""


ANNOTATE = ("annotate", "in.vcf", "--snapshot", "s", "-o", "out.vcf.gz")
