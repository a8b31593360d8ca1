"""Forms with files as the body of a POST request (multipart/form-data, RFC 7578)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["FilePart", "multipart"]


class FilePart(NamedTuple):
    """A file of a form: field name, file name and content."""

    field: str
    name: str
    content: bytes
    content_type: str = "text/tab-separated-values"


def multipart(fields: Sequence[tuple[str, str]], files: Sequence[FilePart]) -> tuple[bytes, str]:
    """Return the body of a multipart form and its media type. Equal forms produce equal bytes."""
    parts = [(f'name="{_quoted(name)}"', "", value.encode()) for name, value in fields]
    parts += [
        (
            f'name="{_quoted(file.field)}"; filename="{_quoted(file.name)}"',
            f"Content-Type: {file.content_type}\r\n",
            file.content,
        )
        for file in files
    ]
    # A line of the content that equals the boundary would end its part; the boundary is the content's checksum, which
    # the content cannot contain.
    checksum = hashlib.sha256(b"".join(content for _, _, content in parts)).hexdigest()
    boundary = f"annotator-{checksum[:48]}"
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {names}\r\n{kind}\r\n".encode() + content + b"\r\n"
        for names, kind, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _quoted(name: str) -> str:
    """Return a name escaped for use in quotes (RFC 7578, 4.2, and the URL Standard that browsers follow)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
