"""What can go wrong in asking a server.

    NetworkError
    ├── RefusedError       the server understood and said no: a status that asking again does not change
    ├── UnavailableError   no usable answer, also not at the last attempt
    ├── CircuitOpenError   the host kept failing, so it was not asked
    ├── TooLargeError      the answer is larger than any answer should be
    ├── BudgetError        the day's requests to the host are used up, so it was not asked
    └── ChecksumError      a file arrived, but is not the file that was published

Each says the host and the path, never the query, a header or a proxy: those may hold identifiers and secrets.
"""

from __future__ import annotations

from pathlib import Path

from annotator.errors import NetworkError

__all__ = [
    "BudgetError",
    "ChecksumError",
    "CircuitOpenError",
    "PassingError",
    "RefusedError",
    "TooLargeError",
    "UnavailableError",
]


class RefusedError(NetworkError):
    """The server refused: a status from 300 to 499 but for 408 and 429, or a redirection that is not followed.

    Attributes:
        status: HTTP status.

    """

    def __init__(
        self,
        what: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(what, path=path, line=line, remedy=remedy)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"status": self.status})


class UnavailableError(NetworkError):
    """The server gave no usable answer, also not at the last attempt."""


class CircuitOpenError(NetworkError):
    """The host kept failing and is left alone for a while; nothing was sent."""


class TooLargeError(NetworkError):
    """The answer is larger than the limit; reading stopped there."""


class BudgetError(NetworkError):
    """The requests that this machine may send the host in a day are used up; nothing was sent."""


class ChecksumError(NetworkError):
    """A downloaded file does not have the checksum that was published with it."""


class PassingError(Exception):
    """One attempt failed in a way that another may not; it never leaves this package.

    Attributes:
        what: the problem, as a clause.

    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
