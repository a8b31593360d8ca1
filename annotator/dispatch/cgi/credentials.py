"""Credentials for CGI: an email address and a token, from the environment or from files, never from arguments.

They are used in one place only, the `Authorization` header of requests to the service. The service's messages may
repeat them: these are shown through `CgiCredentials.redacted`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["CgiCredentials"]

_EMAIL, _TOKEN = "CGI_EMAIL", "CGI_TOKEN"
_SHORTEST = 4  # shortest text in characters that is redacted
_LONGEST_TEXT = 400


class CgiCredentials(NamedTuple):
    """An account of CGI. Its `repr` shows nothing."""

    email: str
    token: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return the credentials of the environment.

        These are `CGI_EMAIL` and `CGI_TOKEN`, or the content of the files that `CGI_EMAIL_FILE` and `CGI_TOKEN_FILE`
        name.

        Raises:
            UsageError: one is missing, or not allowed in a header.

        """
        found = os.environ if environment is None else environment
        return cls(_value(found, _EMAIL), _value(found, _TOKEN))

    @property
    def header(self) -> dict[str, str]:
        """Return the header of a request: both values, without an authentication scheme, as documented."""
        return {"Authorization": f"{self.email} {self.token}"}

    def redacted(self, text: str) -> str:
        """Return a service's message on one line, without the credentials and shortened to fit an error message."""
        for secret in (self.token, self.email):
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, "…")
        line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
        return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"

    def __repr__(self) -> str:
        return "Credentials(…)"


def _value(environment: Mapping[str, str], name: str) -> str:
    value, file = environment.get(name, "").strip(), environment.get(f"{name}_FILE", "")
    if not value and file:
        try:
            value = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the file named by {name}_FILE cannot be read", remedy="Correct the file name"
            ) from error
    if not value:
        raise UsageError(
            f"CGI needs credentials, but {name} is not set",
            remedy=f"Set {name}, or set {name}_FILE to a file that contains it",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(
            f"{name} contains characters that are not allowed", remedy="Set it to the value that CGI issued"
        )
    return value
