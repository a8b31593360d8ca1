"""How large a header, a line or a record may become while a file is decompressed.

A few kilobytes of gzip may stand for gigabytes, and a header or a line has no end that could be known before. The
bounds are far above what files of a million samples have, and below what a machine has no memory for.
"""

from __future__ import annotations

from annotator.errors import InputError

__all__ = ["check_header", "check_line", "check_record"]

_LARGEST_HEADER = 256 << 20
_LONGEST_LINE = 1 << 30
_UNPACK = "Check the file with bcftools; it may have been made to fill the memory of a machine"


def check_header(size: int, path: str) -> None:
    """Refuse a header that is too large.

    Args:
        size: bytes that have been read of it, or that it states.
        path: name of the file, for errors.

    Raises:
        InputError: it is larger than any header is.

    """
    if size > _LARGEST_HEADER:
        raise InputError(f"the header is larger than {_LARGEST_HEADER:,} bytes", path=path, remedy=_UNPACK)


def check_line(size: int, path: str) -> None:
    """Refuse a line that is too long; arguments and errors as those of `check_header`."""
    if size > _LONGEST_LINE:
        raise InputError(f"a line is longer than {_LONGEST_LINE:,} bytes", path=path, remedy=_UNPACK)


def check_record(size: int, path: str) -> None:
    """Refuse a record of a BCF that is too large; arguments and errors as those of `check_header`."""
    if size > _LONGEST_LINE:
        raise InputError(f"a record is larger than {_LONGEST_LINE:,} bytes", path=path, remedy=_UNPACK)
