"""Errors of the operating system, in words that name the cause and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from annotator.errors import AnnotatorError, InputError, OutputError

__all__ = ["actual_cause", "blamed", "cannot_read", "cannot_use", "cannot_write", "remedy_of", "why"]

_REMEDIES = {
    errno.EMFILE: "Raise the limit of open files (ulimit -n)",
    errno.ENFILE: "The machine has too many open files: try again later, or on another machine",
    errno.ENOSPC: "Free space on its disk, or use another disk",
    errno.EDQUOT: "Your quota is used up: free space, or use another disk",
    errno.EFBIG: "A limit of file sizes is reached: raise it (ulimit -f), or use another disk",
    errno.EROFS: "Its file system is read-only: use another folder",
    errno.ENOMEM: "The machine or the job has no memory left: use fewer workers (-@ 1), or request more memory",
    errno.EAGAIN: "A limit of processes or threads is reached: use fewer workers (-@ 1), or raise it (ulimit -u)",
    errno.ESTALE: "The network file system lost the file: check that it is still there, and try again",
    errno.EIO: "Its disk or network file system failed: check it, and try again",
}


# Causes that no reading has.
_OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def why(error: OSError) -> str:
    """Return the reason of a refusal, including the owner of a path that may not be read or entered."""
    error = actual_cause(error)
    text = error.strerror or str(error)
    if error.errno not in {errno.EACCES, errno.EPERM} or error.filename is None:
        return text
    barred = _barred(Path(os.fsdecode(error.filename)))
    return text if barred is None else f"{text}: {barred}"


def actual_cause(error: OSError) -> OSError:
    """Return the error of the system if no file can be opened: `tempfile` reports that no folder is usable instead."""
    if isinstance(error, FileNotFoundError) and error.filename is None:
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as cause:
            return OSError(cause.errno, cause.strerror)
    return error


def remedy_of(error: OSError, default: str | None = None) -> str | None:
    """Return what to do about an error; `default` if its cause suggests nothing better."""
    error = actual_cause(error)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "Ask its owner to let your group read it (chmod g+rX), or use a copy that you own"
    return _REMEDIES.get(error.errno or 0, default)


def cannot_read(error: OSError, path: str | Path) -> InputError:
    """Return the error for a file that could not be read, with its cause."""
    return InputError(f"cannot be read ({why(error)})", path=path, remedy=remedy_of(error))


def cannot_use(error: OSError, path: str | Path) -> AnnotatorError:
    """Return the error of work that reads and writes files.

    Args:
        error: error of the operating system; the file that it names is blamed.
        path: path of the output, which is blamed otherwise.

    """
    if error.errno in _OF_WRITING:
        return cannot_write(error, blamed(error, path))
    return AnnotatorError(f"cannot be used ({why(error)})", path=blamed(error, path), remedy=remedy_of(error))


def cannot_write(
    error: OSError, path: str | Path, remedy: str = "Use a folder that you can write to"
) -> OutputError:
    """Return the error for a file that could not be written, with its cause.

    Args:
        error: error of the operating system.
        path: path of the output.
        remedy: what to do if the cause suggests nothing better.

    """
    return OutputError(
        f"cannot be written ({why(error)})", path=path, remedy=_REMEDIES.get(error.errno or 0, remedy)
    )


def blamed(error: OSError, path: str | Path) -> str:
    """Return the file that caused an error: the one that it names, otherwise the one in use."""
    return str(path) if error.filename is None else os.fsdecode(error.filename)


def _barred(path: Path) -> str | None:
    """Return a description of the first part of a path that this user may not enter or read."""
    for part in (*reversed(path.absolute().parents), path.absolute()):
        try:
            found = part.stat()
        except OSError:
            return None
        wanted = os.R_OK | (os.X_OK if part.is_dir() else 0)
        if not os.access(part, wanted, effective_ids=os.access in os.supports_effective_ids):
            return f"{part} belongs to {_name_of(found.st_uid)}, mode {found.st_mode & 0o777:03o}"
    return None


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
