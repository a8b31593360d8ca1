"""Addresses of files in place of paths: only local files are opened, so that nothing is sent anywhere."""

from __future__ import annotations

import os

__all__ = ["is_address", "reading_command", "shown_address"]

_READERS = {"s3": "aws s3 cp {} -", "gs": "gcloud storage cat {}"}
_READER = "curl -fsSL {}"


def is_address(name: str) -> bool:
    """Return whether a name is an address such as `https://…` or `s3://…`, and not an existing file."""
    return "://" in name and not os.path.exists(name)  # noqa: PTH110  # a Path would collapse the slashes


def shown_address(name: str) -> str:
    """Return an address without passwords and signatures, for messages."""
    from urllib.parse import urlsplit

    parts = urlsplit(name)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def reading_command(name: str) -> str:
    """Return the command that writes what is at an address to standard output."""
    import shlex

    shown = shown_address(name)
    reader = _READERS.get(name.partition("://")[0].lower(), _READER)
    return reader.format(shlex.quote(shown) if shown == name else "ADDRESS")
