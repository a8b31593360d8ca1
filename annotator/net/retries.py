"""Retries of requests, and the pauses between them."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from annotator.net.errors import PassingError
from annotator.net.limits import HttpLimits

__all__ = ["PASSING", "TOO_MANY", "attempts", "retry_after"]

TOO_MANY = 429
"""Status of a request that exceeds the server's rate limit."""

PASSING = frozenset({408, 425, TOO_MANY})
"""Statuses under 500 for which a retry may succeed; from 500 on, it may for all."""

_SINCE_1970 = 1e9  # larger than any waiting time in seconds
_LONGEST_BACKOFF = 30.0  # seconds between attempts


def attempts(limits: HttpLimits) -> AsyncRetrying:
    """Return the retry policy of one request; only PassingError leads to another attempt.

    The pauses between the attempts grow. If a server states a waiting time, all processes wait until then, whatever the
    pause: see `HostState.rest`.
    """
    # random, so that clients refused at the same time do not all return at once
    apart = wait_random(0, limits.first_wait)
    return AsyncRetrying(
        stop=stop_after_attempt(limits.attempts),
        wait=wait_exponential(multiplier=limits.first_wait, max=_LONGEST_BACKOFF) + apart,
        retry=retry_if_exception_type(PassingError),
        reraise=True,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds in a Retry-After header (RFC 9110, 10.2.3); None if there is no valid one.

    A date is relative to the Date of the same response: the two clocks need not agree. Without a Retry-After header,
    RateLimit-Reset is used, which contains seconds or, for some servers (CIViC's V1), the time in seconds since 1970.
    """
    stated = headers.get("Retry-After", "").strip()
    if stated.isascii() and stated.isdecimal():
        return float(stated)
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    then = _date(stated)
    if then is not None:
        return max(0.0, (then - now).total_seconds())
    reset = headers.get("RateLimit-Reset", "").strip()
    if not (reset.isascii() and reset.isdecimal()):
        return None
    return float(reset) if float(reset) < _SINCE_1970 else max(0.0, float(reset) - now.timestamp())


def _date(text: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
