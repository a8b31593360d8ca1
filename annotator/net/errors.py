"""Errors of network requests.

    NetworkError
    ├── RefusedError       the server refused the request: a status that a retry does not change
    ├── UnavailableError   no usable response, even at the last attempt
    │   └── UnansweredError  the same for a request that must not be sent twice: it may have arrived
    ├── CircuitOpenError   the host kept failing, so nothing was sent
    ├── TooLargeError      the response is larger than the limit
    ├── BudgetError        the daily number of requests to the host is used up, so nothing was sent
    └── ChecksumError      the checksum of a downloaded file is not the published one

Each error names the host and the path, never the query, a header or a proxy: those may contain identifiers and secrets.
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
    """The server refused: a status from 300 to 499 except 408 and 429, or a redirection that is not followed.

    Attributes:
        status: HTTP status.
        body: beginning of the response body; it may repeat parts of the request, including secrets.

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
    """The server sent no usable response, even at the last attempt.

    Attributes:
        status: HTTP status of the last attempt, if there was a response.
        reached: whether the request reached the server; if not, no other request will reach it either.

    """

    reason = "unavailable"
    default_kind = "network.unavailable"

    status: int | None = None
    reached: bool = True


class UnansweredError(UnavailableError):
    """A request that must not be repeated was sent, but no usable response came: it may have arrived."""

    reason = "unanswered"
    default_kind = "network.unanswered"


class CircuitOpenError(NetworkError):
    """The host kept failing and is not contacted for a while; nothing was sent."""

    reason = "circuit_open"
    default_kind = "network.circuit_open"


class TooLargeError(NetworkError):
    """The response is larger than the limit; reading stopped there."""

    reason = "too_large"
    default_kind = "network.too_large"


class BudgetError(NetworkError):
    """The daily number of requests from this machine to the host is used up; nothing was sent."""

    reason = "budget"
    default_kind = "network.budget"


class ChecksumError(NetworkError):
    """A downloaded file does not have the checksum that was published with it."""

    reason = "checksum"
    default_kind = "network.checksum"


class PassingError(Exception):
    """A failed attempt that may succeed when repeated; never raised outside this package.

    Attributes:
        what: the problem, as a clause.
        left: whether the request was sent, and so may have arrived.
        status: HTTP status of the response, if any.

    """

    def __init__(self, what: str, status: int | None = None, *, left: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.left = left
        self.status = status
