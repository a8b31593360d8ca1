"""A host that keeps failing is left alone for a while, then asked once to see whether it is back."""

from __future__ import annotations

from annotator.net.errors import CircuitOpenError
from annotator.runtime.text import counted

__all__ = ["Circuit"]


class Circuit:
    """Counts the requests to one host that failed in a row.

    Closed, it lets everything through. After `failures` it opens and lets nothing through for `seconds`; then one
    request, the probe: if that succeeds it is closed, if it fails it stays open for as long again.
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
        """Let a request through, and give whether it is the probe.

        Args:
            now: seconds of a clock that only goes forward.

        Raises:
            CircuitOpenError: the host is left alone.

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
        """Note that the host answered, be it with a refusal."""
        self._failures = 0
        self._probing = False

    def failed(self, now: float) -> None:
        """Note that a request failed at its last attempt."""
        self._failures += 1
        self._opened = now
        self._probing = False

    def undecided(self) -> None:
        """Note that the probe ended without telling anything, as one that was cancelled."""
        self._probing = False
