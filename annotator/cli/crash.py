"""Reports of unexpected errors: one line on standard error, and a file that is safe to send.

The report contains locations in the code, versions and the command; never the text of the error, paths, or any input,
because these may contain genotypes or names of patients.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator._version import __version__

__all__ = ["described", "write_report"]

_PACKAGE = Path(__file__).resolve().parents[1]


def described(error: BaseException) -> str:
    """Return the type of an error, and where in this program it was raised."""
    places = [place for place in _places(error) if place.startswith("annotator/")]
    return type(error).__name__ + (f" at {places[-1]}" if places else "")


def write_report(error: BaseException, words: Sequence[str]) -> Path | None:
    """Write the report to the working directory, else to the folder for temporary files.

    Args:
        error: the unexpected error.
        words: words of the command line; only the command and the names of its options are kept.

    Returns:
        The report; None if it cannot be written anywhere.

    """
    text = "\n".join((*_report(error, words), ""))
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / f"annotator-error-{os.getpid()}.txt"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return None


def _report(error: BaseException, words: Sequence[str]) -> Iterator[str]:
    yield "An error of annotator that it did not expect. This report holds no input data and no paths of yours."
    yield f"annotator {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield f"command: {' '.join(_kept(words))}"
    cause: BaseException | None = error
    while cause is not None:
        yield f"{type(cause).__name__} raised at:"
        yield from (f"  {place}" for place in _places(cause))
        cause = cause.__cause__ or cause.__context__


def _kept(words: Sequence[str]) -> Iterator[str]:
    """Yield the command, and its options without their values."""
    for number, word in enumerate(words):
        if word.startswith("-") and word != "-":
            yield word.partition("=")[0] if word.startswith("--") else word[:2]
        elif number < 2 and word.isidentifier() and not Path(word).exists():
            yield word


def _places(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{_named(frame.filename)}, line {frame.lineno}, in {frame.name}"


def _named(filename: str) -> str:
    """Return the name of a source file without the folders in which it is installed."""
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return f"annotator/{path.relative_to(_PACKAGE).as_posix()}"
    packages = [folder for folder in sys.path if folder and path.is_relative_to(folder)]
    return path.relative_to(max(packages, key=len)).as_posix() if packages else path.name
