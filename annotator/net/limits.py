"""The client's limits per host."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.errors import UsageError

__all__ = ["HttpLimits"]

_OPTIONS = {
    "requests_per_second": "--rate",
    "connections": "--connections",
    "attempts": "--attempts",
    "daily_budget": "--daily-budget",
    "max_requests_per_day": "--max-requests",
}
"""Limits that users set, with their options."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits on the rate, duration and size of requests, each per host.

    The defaults are acceptable to NLM's Clinical Tables service: it advises at most 25 requests a second and wants to
    be informed of more than 50,000 a day (https://clinicaltables.nlm.nih.gov/faq.html).

    Attributes:
        requests_per_second: for all processes of a user on this machine. Requests are spaced evenly, so that there is
            no burst and no second has more than this many; the sustained rate is a twentieth lower.
        connections: concurrent requests.
        connect_seconds: time to establish a connection.
        read_seconds: time without a byte from the server.
        total_seconds: time of one attempt, from sending to the last byte of the response.
        attempts: attempts of one request, including the first; for a download, consecutive attempts without new data.
        first_wait: seconds before the second attempt; doubled for each further one, plus jitter.
        longest_wait: seconds; if a server requests a longer wait (Retry-After), no further attempt is made.
        window: seconds in which a server counts requests, if it responds 429 without a waiting time; the waits between
            attempts then double so that their sum is this long. None: as after any other failure.
        max_body: bytes of a response, compressed or not.
        daily_budget: requests per UTC day on this machine after which a warning is issued.
        max_requests_per_day: requests per UTC day on this machine after which none is sent; None for no limit.
        failures_to_open: consecutive requests that failed at their last attempt, after which the host is not contacted
            for a while.
        open_seconds: duration of that time.

    """

    requests_per_second: float = 10.0
    connections: int = 4
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 120.0
    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 120.0
    window: float | None = None
    max_body: int = 64 << 20
    daily_budget: int = 50_000
    max_requests_per_day: int | None = None
    failures_to_open: int = 5
    open_seconds: float = 60.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise UsageError(
                    f"{_OPTIONS.get(name, name)} {value:g} is out of range", remedy="Use a number above 0"
                )

    @property
    def interval(self) -> int:
        """Milliseconds between two requests, rounded up.

        A twentieth longer than the rate requires: requests that are delayed on their way by less than 50 ms still do
        not exceed the rate on arrival.
        """
        return -int(-1050 // self.requests_per_second)
