"""When and after how long a request is sent again."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from annotator.sources.http.errors import PassingError
from annotator.sources.http.limits import HttpLimits

__all__ = ["PASSING", "attempts", "retry_after"]

PASSING = frozenset({408, 425, 429})
"""Statuses under 500 that asking again may change; all from 500 on may."""

_LONGEST_BACKOFF = 30.0  # seconds between attempts


def attempts(limits: HttpLimits) -> AsyncRetrying:
    """Give the attempts of one request; only PassingError leads to another.

    The pauses between them grow. A server that names a time is left alone until then by all processes, whatever the
    pause: see `HostState.rest`.
    """
    apart = wait_random(0, limits.first_wait)  # so that those who were sent away do not all come back at once
    return AsyncRetrying(
        stop=stop_after_attempt(limits.attempts),
        wait=wait_exponential(multiplier=limits.first_wait, max=_LONGEST_BACKOFF) + apart,
        retry=retry_if_exception_type(PassingError),
        reraise=True,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Give the seconds that a Retry-After asks for (RFC 9110, 10.2.3); None if there is none that can be read.

    A date counts from the Date of the same answer: the two clocks need not agree.
    """
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told)
    then = _date(told)
    if then is None:
        return None
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (then - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
