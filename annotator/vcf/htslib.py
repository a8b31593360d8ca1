"""Quiet calls of pysam's htslib: its messages become part of our errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from annotator.runtime.scratch import scratch_file

__all__ = ["quiet", "reasons"]

_SILENT, _ERRORS = 0, 1
_STANDARD_ERROR = 2


@contextmanager
def quiet(level: int = _SILENT) -> Iterator[None]:
    """Prevent htslib from printing to standard error."""
    from pysam import set_verbosity

    before = set_verbosity(level)
    try:
        yield
    finally:
        set_verbosity(before)


@contextmanager
def reasons() -> Iterator[list[str]]:
    """Collect the errors that htslib would print to standard error; the list is filled at the end.

    htslib writes to the file descriptor directly, so nothing else may write to standard error in the meantime.
    """
    collected: list[str] = []
    with scratch_file() as file:
        before = os.dup(_STANDARD_ERROR)
        os.dup2(file.fileno(), _STANDARD_ERROR)
        try:
            with quiet(_ERRORS):
                yield collected
        finally:
            os.dup2(before, _STANDARD_ERROR)
            os.close(before)
        file.seek(0)
        lines = file.read().decode("utf-8", "replace").splitlines()
        collected += [line.partition("] ")[2] or line for line in lines if line.startswith("[E::")]
