"""CIViC's API key: read from the environment or a file, and sent to CIViC only."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from annotator.errors import UsageError

__all__ = ["KEY_VARIABLE", "civic_key"]

KEY_VARIABLE = "CIVIC_API_KEY"
"""Environment variable for the key."""

_HOST = "civicdb.org"


def civic_key(url: str, file: Path | None = None) -> str | None:
    """Return the API key to send to an address, or None for none.

    A file is given for the address in use. The environment variable is meant for CIViC itself: it is not sent to a
    mirror at another host.

    Args:
        url: address of the service.
        file: contains the key and nothing else; None to use the environment.

    Raises:
        UsageError: the file cannot be read, or its content is not a key. The error does not repeat it.

    """
    if file is not None:
        try:
            text = file.read_text(encoding="ascii")
        except OSError as error:
            raise UsageError(f"the API key cannot be read ({error.strerror})", path=file) from error
        except UnicodeDecodeError:
            raise _no_key(file) from None
        return _checked(text.strip(), file)
    text = os.environ.get(KEY_VARIABLE, "").strip()
    return _checked(text, KEY_VARIABLE) if text and _is_civics(urlsplit(url).hostname or "") else None


def _checked(key: str, where: str | Path) -> str:
    if not key or not all("!" <= letter <= "~" for letter in key):
        raise _no_key(where)
    return key


def _no_key(where: str | Path) -> UsageError:
    return UsageError(
        "the content is not an API key",
        path=where,
        remedy="Write only the key that CIViC showed when it was created",
    )


def _is_civics(host: str) -> bool:
    """Return whether a host is CIViC's, or this machine, where services are tested."""
    if host == _HOST or host.endswith(f".{_HOST}") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
