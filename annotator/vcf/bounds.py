"""Upper limits for the size of a header, a line or a record while a file is decompressed, and for a header's numbers.

A few kilobytes of gzip may expand to gigabytes, and the end of a header or a line is not known in advance. The limits
are far above the sizes in files of a million samples, and below the memory of any machine.
"""

from __future__ import annotations

import re

from annotator.errors import InputError

__all__ = ["check_header", "check_line", "check_numbers", "check_record"]

_LARGEST_HEADER = 256 << 20
_LONGEST_LINE = 1 << 30
_LARGEST_IDX = 1 << 22
_IDX = re.compile(rb"[<,]\s*IDX=\s*([0-9]+)")
_QUOTED = re.compile(rb'"(?:[^"\\\n]|\\.)*"')
_UNPACK = "The file may be damaged or malicious; check it with: bcftools view"


def check_header(size: int, path: str) -> None:
    """Refuse an oversized header.

    Args:
        size: bytes that have been read of it, or that it states.
        path: name of the file, for errors.

    Raises:
        InputError: the header is larger than any real one.

    """
    if size > _LARGEST_HEADER:
        raise InputError(f"the header is larger than {_LARGEST_HEADER:,} bytes", path=path, remedy=_UNPACK)


def check_line(size: int, path: str) -> None:
    """Refuse an oversized line; arguments and errors as in `check_header`."""
    if size > _LONGEST_LINE:
        raise InputError(f"a line is longer than {_LONGEST_LINE:,} bytes", path=path, remedy=_UNPACK)


def check_record(size: int, path: str) -> None:
    """Refuse an oversized record of a BCF; arguments and errors as in `check_header`."""
    if size > _LONGEST_LINE:
        raise InputError(f"a record is larger than {_LONGEST_LINE:,} bytes", path=path, remedy=_UNPACK)


def check_numbers(header: bytes, path: str) -> None:
    """Refuse a header whose lines have huge numbers (`IDX`): htslib reserves memory for all smaller ones.

    Args:
        header: of a VCF or BCF.
        path: name of the file, for errors.

    Raises:
        InputError: a number is larger than that of any real header.

    """
    if (
        _largest_idx(header) > _LARGEST_IDX
        and (largest := _largest_idx(_QUOTED.sub(b"", header))) > _LARGEST_IDX
    ):
        raise InputError(
            f"the header numbers a line IDX={largest}, and the largest number allowed is {_LARGEST_IDX:,}",
            path=path,
            remedy="Remove IDX from the header, for example with bcftools view and bcftools reheader",
        )


def _largest_idx(header: bytes) -> int:
    return max((int(found[1][:20]) for found in _IDX.finditer(header)), default=0)
