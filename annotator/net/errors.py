"""What can go wrong in asking a server.

    NetworkError
    ├── RefusedError       the server understood and said no: a status that asking again does not change
    ├── UnavailableError   no usable answer, also not at the last attempt
    │   └── UnansweredError  nor to a request that must not be sent twice: it may have arrived
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
    "UnansweredError",
    "UnavailableError",
]


class RefusedError(NetworkError):
    """The server refused: a status from 300 to 499 but for 408 and 429, or a redirection that is not followed.

    Attributes:
        status: HTTP status.
        body: the beginning of what the server said; it may repeat what it was sent, secrets too.

    """

    reason = "refused"
    default_kind = "network.refused"

    def __init__(
        self,
        what: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
        status: int = 0,
        body: bytes = b"",
    ) -> None:
        super().__init__(what, path=path, line=line, remedy=remedy)
        self.status = status
        self.body = body

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"status": self.status, "body": self.body})


class UnavailableError(NetworkError):
    """The server gave no usable answer, also not at the last attempt.

    Attributes:
        status: HTTP status of the last attempt, if the server came to give one that says it failed.
        reached: whether the request left for the server; if not, no other request will either.

    """

    reason = "unavailable"
    default_kind = "network.unavailable"

    status: int | None = None
    reached: bool = True


class UnansweredError(UnavailableError):
    """A request that must not be sent twice left, and no usable answer came: it may have arrived."""

    reason = "unanswered"
    default_kind = "network.unanswered"


class CircuitOpenError(NetworkError):
    """The host kept failing and is left alone for a while; nothing was sent."""

    reason = "circuit_open"
    default_kind = "network.circuit_open"


class TooLargeError(NetworkError):
    """The answer is larger than the limit; reading stopped there."""

    reason = "too_large"
    default_kind = "network.too_large"


class BudgetError(NetworkError):
    """The requests that this machine may send the host in a day are used up; nothing was sent."""

    reason = "budget"
    default_kind = "network.budget"


class ChecksumError(NetworkError):
    """A downloaded file does not have the checksum that was published with it."""

    reason = "checksum"
    default_kind = "network.checksum"


class PassingError(Exception):
    """One attempt failed in a way that another may not; it never leaves this package.

    Attributes:
        what: the problem, as a clause.
        left: whether the request had left, and so may have arrived.
        status: HTTP status that says it, if one does.

    """

    def __init__(self, what: str, status: int | None = None, *, left: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.left = left
        self.status = status
