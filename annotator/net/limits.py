"""What the client allows itself, per host."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.errors import UsageError

__all__ = ["HttpLimits"]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How often, how long and how much a host is asked; every limit holds per host.

    The defaults are those that NLM's Clinical Tables service is content with: it advises at most 25 requests a second
    and asks to be told of more than 50,000 a day (https://clinicaltables.nlm.nih.gov/faq.html).

    Attributes:
        requests_per_second: of all processes of a user on this machine together. Requests are spaced evenly, so that
            there is no burst and any second holds at most this many; what is sustained is a twentieth less.
        connections: requests under way at once.
        connect_seconds: until a connection stands.
        read_seconds: without a byte from the server.
        total_seconds: of one attempt, from its sending to the last byte of its answer.
        attempts: of one request, the first included; of a download, attempts in a row that bring nothing new.
        first_wait: seconds before the second attempt; it doubles with each further one, plus jitter.
        longest_wait: seconds; a server that asks to wait longer (Retry-After) is given up.
        window: seconds in which a server counts requests that answers 429 without telling for how long; the waits
            between attempts then double so that together they are this long. None: as after any other failure.
        max_body: bytes of an answer, compressed or not.
        daily_budget: requests of a UTC day on this machine after which a warning is due.
        max_requests_per_day: requests of a UTC day on this machine after which none is sent; None for no such limit.
        failures_to_open: requests in a row that failed at their last attempt before the host is left alone.
        open_seconds: for how long it is.

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
                raise UsageError(f"{name} is {value}", remedy="Use a number above 0")

    @property
    def interval(self) -> int:
        """Milliseconds between two requests, rounded up.

        A twentieth more than the rate alone would give: requests that are held up on their way by less than 50 ms
        still arrive no more often than the rate.
        """
        return -int(-1050 // self.requests_per_second)
