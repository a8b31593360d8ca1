"""The archive of results, treated as untrusted: nothing is unpacked onto the disk, and its size is limited.

A job that is `Done` need not have a result: after a restart the service reports this state for all its previous jobs,
including failed ones. Only a sound archive with an expected table is a result.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from annotator.errors import DispatchError

__all__ = ["EXPECTED", "opened_result"]

EXPECTED = ("alterations.tsv", "mutation_analysis.tsv", "cna_analysis.tsv", "fusion_analysis.tsv")
"""Tables of which a result has at least one: the first since 2023, the second before."""

_READ = frozenset(
    {
        *EXPECTED,
        "biomarkers.tsv",
        "drug_prescription.tsv",
        "summary.txt",
        "report.txt",
        "not_mapped_entries.txt",
    }
)
_MEMBERS = 1000
_MEMBER = b"PK\1\2"  # begins each entry in the list of members
_SIZE = 128 << 20  # bytes of all members
_PIECE = 1 << 16  # bytes that are unpacked at a time
_TOO_LARGE = f"it would unpack to more than {_SIZE:,} bytes"
_REMEDY = "Read the log with: annotator cgi logs"


def opened_result(archive: bytes, path: str) -> Mapping[str, bytes]:
    """Return the result files that are read from an archive, by name without folders.

    Args:
        archive: bytes of the archive.
        path: path of the archive, for errors.

    Raises:
        DispatchError: the archive is damaged or too large, has paths outside itself, or has no expected table.

    """
    if archive.count(_MEMBER) > _MEMBERS:  # before each becomes an object
        what = f"the result cannot be used: it has more than {_MEMBERS:,} members"
        raise DispatchError(what, path=path, remedy=_REMEDY)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = opened.infolist()
            problem = _problem(members)
            if problem is not None:
                raise DispatchError(problem)
            found = _unpacked(opened, [member for member in members if _name(member) in _READ])
    except DispatchError as error:
        raise DispatchError(f"the result cannot be used: {error.what}", path=path, remedy=_REMEDY) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        OSError,
    ) as error:
        raise DispatchError("the result is not a valid ZIP archive", path=path, remedy=_REMEDY) from error
    if not any(found.get(name, b"").strip() for name in EXPECTED):
        raise DispatchError(
            f"the result contains none of the tables {', '.join(EXPECTED)}", path=path, remedy=_REMEDY
        )
    return found


def _problem(members: list[zipfile.ZipInfo]) -> str | None:
    if sum(member.file_size for member in members) > _SIZE:
        return _TOO_LARGE
    for member in members:
        # Only these two methods can be unpacked in pieces of bounded size.
        if _name(member) in _READ and member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            return "a member is compressed by another method than deflate"
        place = PurePosixPath(member.filename.replace("\\", "/"))
        is_link = member.external_attr >> 16 & 0o170000 == 0o120000
        if place.is_absolute() or ".." in place.parts or ":" in member.filename or is_link:
            return "a member has a path outside the archive"
    names = [_name(member) for member in members if _name(member) in _READ]
    return "it contains the same table twice" if len(names) != len(set(names)) else None


def _unpacked(opened: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Return the content of members, with a limit on the unpacked size: the size stated in an archive is unreliable.

    Raises:
        DispatchError: the unpacked size exceeds the limit.

    """
    found: dict[str, bytes] = {}
    room = _SIZE
    for member in members:
        content = bytearray()
        with opened.open(member) as file:
            while piece := file.read(min(_PIECE, room + 1)):
                content += piece
                room -= len(piece)
                if room < 0:
                    raise DispatchError(_TOO_LARGE)
        found[_name(member)] = bytes(content)
    return found


def _name(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).name
