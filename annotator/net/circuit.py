"""Circuit breaker: a host that keeps failing is not contacted for a while, then probed once."""

from __future__ import annotations

from annotator.net.errors import CircuitOpenError
from annotator.runtime.text import counted

__all__ = ["Circuit"]


class Circuit:
    """Counter of consecutive failed requests to one host.

    While closed, it admits every request. After `failures` failures it opens and admits none for `seconds`; then it
    admits one request, the probe. If that succeeds, the circuit closes; if it fails, the circuit stays open for the
    same time again.
    """

    def __init__(self, host: str, failures: int, seconds: float) -> None:
        self._host = host
        self._limit = failures
        self._seconds = seconds
        self._failures = 0
        self._opened = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the host has failed too often."""
        return self._failures >= self._limit

    def admit(self, now: float) -> bool:
        """Admit a request, and return whether it is the probe.

        Args:
            now: seconds of a monotonic clock.

        Raises:
            CircuitOpenError: the circuit is open.

        """
        if not self.is_open:
            return False
        if self._probing or now - self._opened < self._seconds:
            raise self.error()
        self._probing = True
        return True

    def error(self) -> CircuitOpenError:
        """Return the error of a request that the open circuit refuses."""
        return CircuitOpenError(
            f"no request was sent, because the last {counted(self._failures, 'request')} failed",
            path=self._host,
            remedy=f"The service is tried again after {self._seconds:g} s; retry the failed lookups later",
        )

    def succeeded(self) -> None:
        """Record that the host responded, even if it refused the request."""
        self._failures = 0
        self._probing = False

    def failed(self, now: float) -> None:
        """Record that a request failed at its last attempt."""
        self._failures += 1
        self._opened = now
        self._probing = False

    def undecided(self) -> None:
        """Record that the probe ended without a result, for example because it was cancelled."""
        self._probing = False
