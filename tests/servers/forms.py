"""Forms with files (multipart/form-data), read by the standard library's mail parser: not by what the client uses."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import NamedTuple

__all__ = ["Part", "parts_of"]


class Part(NamedTuple):
    """A part of a form: its field, the file name if it is a file, and its content."""

    field: str
    filename: str | None
    content: bytes


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """Give the parts of a form, in order; none of what is no form."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart():
        return []
    parts = []
    for part in message.iter_parts():
        field = part["Content-Disposition"].params["name"]
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        parts.append(Part(field, part.get_filename(), content))
    return parts
