"""Temporary files without names; if one cannot be written, the error names its folder and not the output."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from annotator.errors import OutputError
from annotator.runtime.os_errors import actual_cause, remedy_of, why
from annotator.runtime.signals import signals_held

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["scratch_file", "scratch_on_disk"]


def scratch_file() -> BinaryIO:
    """Open a temporary file for a few megabytes: in memory where the system can, else on disk.

    Raises:
        OutputError: no temporary file can be made.

    """
    try:
        return os.fdopen(os.memfd_create("annotator"), "w+b")
    except (AttributeError, OSError):  # only Linux has it
        return scratch_on_disk()


def scratch_on_disk(folder: Path | None = None) -> BinaryIO:
    """Open a temporary file of any size.

    Args:
        folder: where it is; None for the folder for temporary files.

    Raises:
        OutputError: it cannot be made; later also by writing, if its disk is full.

    """
    if folder is not None:
        with contextlib.suppress(AttributeError, OSError):  # only Linux has it, and not for every file system
            number = os.open(folder, os.O_RDWR | os.O_TMPFILE, 0o600)
            return cast("BinaryIO", io.BufferedRandom(_ScratchFile(number, str(folder))))
    import tempfile  # it takes longer to load than a panel to annotate

    where = str(folder)
    try:
        where = str(folder or tempfile.gettempdir())
        with signals_held():  # where the system has no files without names, it has one until it is open
            unnamed = tempfile.TemporaryFile(dir=where)  # noqa: SIM115  # the next line closes it
        with unnamed as made:
            return cast("BinaryIO", io.BufferedRandom(_ScratchFile(os.dup(made.fileno()), where)))
    except OSError as error:
        raise _unusable(error, "the folder for temporary files" if folder is None else where) from error


class _ScratchFile(io.FileIO):
    """A file whose errors name its folder."""

    def __init__(self, number: int, folder: str) -> None:
        super().__init__(number, "r+b")
        self._folder = folder

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise _unusable(error, self._folder) from error


def _unusable(error: OSError, folder: str) -> OutputError:
    cause, remedy = actual_cause(error), "Free space there, or set TMPDIR to a folder with more room"
    if cause.errno in {errno.EMFILE, errno.ENFILE}:
        remedy = remedy_of(cause) or remedy
    return OutputError(f"a temporary file cannot be written ({why(cause)})", path=folder, remedy=remedy)
