"""Login and password of an API key: from the environment or a file, never from an argument.

The names of the variables are those of Fabric's own examples, and the older ones of Omicia's.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from annotator.errors import UsageError

__all__ = ["CREDENTIALS_VARIABLE", "OpalCredentials"]

CREDENTIALS_VARIABLE = "ANNOTATOR_OPAL_CREDENTIALS"
"""Environment variable with the path of a file of credentials."""

_VARIABLES = (("FABRIC_API_LOGIN", "FABRIC_API_PASSWORD"), ("OMICIA_API_LOGIN", "OMICIA_API_PASSWORD"))
_REMEDY = (
    f"Set {_VARIABLES[0][0]} and {_VARIABLES[0][1]}, or use --credentials or {CREDENTIALS_VARIABLE} "
    "with a file that contains one line login:password"
)


@dataclass(frozen=True, slots=True)
class OpalCredentials:
    """An API key; its `repr` shows neither part."""

    login: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def found(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> OpalCredentials:
        """Return the API key from the given file, the file that the environment names, or environment variables.

        Args:
            file: its first line is `login:password`; only the user may read it. None to use the environment.
            environment: environment variables; None for those of the process.

        Raises:
            UsageError: there is no API key, or the file cannot be used.

        """
        variables = os.environ if environment is None else environment
        named = variables.get(CREDENTIALS_VARIABLE)
        if file is not None or named:
            return _of_file(file or Path(named or ""))
        for login, password in _VARIABLES:
            if variables.get(login) and variables.get(password):
                return _checked(variables[login], variables[password], f"{login} in the environment")
        raise UsageError("no login and password for Opal were found", remedy=_REMEDY)

    @property
    def header(self) -> str:
        """Return the value of the header Authorization (RFC 7617)."""
        return f"Basic {base64.b64encode(f'{self.login}:{self.password}'.encode()).decode('ascii')}"


def _of_file(path: Path) -> OpalCredentials:
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                raise UsageError(
                    "every user of this machine can read the credentials",
                    path=path,
                    remedy=f"Restrict the access with: chmod 600 {path.name}",
                )
            line = file.readline().rstrip("\r\n")
    except OSError as error:
        raise UsageError(
            f"the credentials cannot be read ({error.strerror})", path=path, remedy=_REMEDY
        ) from error
    except UnicodeDecodeError:
        raise UsageError("the credentials are not text", path=path, remedy=_REMEDY) from None
    login, colon, password = line.partition(":")
    if not (login and colon and password):
        raise UsageError(
            "the first line is not login:password", path=path, remedy="Write one line login:password"
        )
    return _checked(login, password, str(path))


def _checked(login: str, password: str, where: str) -> OpalCredentials:
    if ":" in login or not (login + password).isprintable():
        raise UsageError(
            "the login contains a colon, or the login or password contains unprintable characters",
            path=where,
            remedy="HTTP Basic authentication does not allow this; request another API key",
        )
    return OpalCredentials(login, password)
