"""Responses of CGI, in all forms that were observed.

Its errors are `{"error_code", "message"}`: with the HTTP status of that code, with 200, with an HTML Content-Type, or
padded with blanks. The state of a job is a word (`Waiting`, `Running`, `Done`, `Error`); an unknown word is polled
again, not taken as the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from annotator.dispatch.base import JobState
from annotator.net import HttpResponse
from annotator.net.json_values import json_value
from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "Job",
    "ServiceError",
    "error_of",
    "is_job",
    "job_of",
    "jobs_of",
    "logs_of",
    "not_json",
    "submitted_job",
]

_STATES = {
    "waiting": JobState.WAITING,
    "running": JobState.RUNNING,
    "done": JobState.DONE,
    "error": JobState.FAILED,
}
_JOB = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)  # 20 hexadecimal digits in the observed case


class ServiceError(NamedTuple):
    """An error in a response: its code, an HTTP status, or 0 if it is none; and its message."""

    code: int
    message: str


class Job(NamedTuple):
    """A job as the service describes it; missing values are empty."""

    id: str
    state: JobState
    word: str
    title: str
    cancer_type: str
    reference: str
    date: str


def error_of(body: bytes) -> ServiceError | None:
    """Return the error that a response states, whatever its status and type; None if it states none."""
    found = _json(body)
    if not isinstance(found, dict) or "error_code" not in found:
        return None
    code = found["error_code"]
    is_number = isinstance(code, int) and not isinstance(code, bool)
    return ServiceError(code if is_number else 0, str(found.get("message", "")))


def not_json(answer: HttpResponse) -> str | None:
    """Return a reason if a response is not JSON, such as an HTML page; the client then retries."""
    return "the response is not JSON" if _json(answer.body) is None else None


def is_job(name: object) -> bool:
    """Return whether a text can be the name of a job: it becomes part of an address."""
    return isinstance(name, str) and _JOB.fullmatch(name) is not None


def submitted_job(body: bytes) -> str | None:
    """Return the job named in the response to a submission; None if it names none."""
    found = _json(body)
    return found if isinstance(found, str) and is_job(found) else None


def jobs_of(body: bytes) -> list[str] | None:
    """Return the job names in a list of jobs; None if the response is not a list."""
    found = _json(body)
    return [one for one in found if is_job(one)] if isinstance(found, list) else None


def job_of(body: bytes, name: str) -> Job:
    """Return the job that a response describes."""
    found = _mapping(_json(body))
    facts = _mapping(found.get("metadata"))
    word = found.get("status")
    shown = word if isinstance(word, str) and word else "no status"
    state = _STATES.get(shown.strip().lower(), JobState.UNKNOWN)
    texts = [facts.get(key) for key in ("title", "cancertype", "reference", "date")]
    return Job(name, state, shown, *(text if isinstance(text, str) else "" for text in texts))


def logs_of(body: bytes) -> list[str]:
    """Return the lines of a job's log, without line ends; the service sends some lines with one and some without."""
    lines = _mapping(_json(body)).get("logs")
    return [str(line).rstrip("\r\n") for line in lines] if isinstance(lines, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _json(body: bytes) -> Any:
    """Return the parsed JSON of a response; None if it is not JSON or is `null`."""
    try:
        return json_value(body)
    except ValueError:
        return None
