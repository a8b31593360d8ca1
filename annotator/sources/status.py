"""ANNSTATUS: the results that are missing for each ALT, and why.

An empty CLNSIG can mean that ClinVar does not contain the allele, or that the lookup failed. ANNSTATUS distinguishes
the two.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from annotator.result import Result

__all__ = ["STATUS_ID", "Status", "status_header_line", "status_value"]

STATUS_ID = "ANNSTATUS"
_DESCRIPTION = (
    "Knowledge bases without a result for the ALT, as name:status, separated by &; status is "
    "unsupported (the allele cannot be looked up) or failed (the lookup failed)"
)
_DESCRIPTION_ALL = (
    "Result of each knowledge base for the ALT, as name:status, separated by &; status is found, "
    "absent (not found), unsupported (the allele cannot be looked up) or failed (the lookup failed)"
)


class Status(enum.StrEnum):
    """Choice of the lookup results that ANNSTATUS lists."""

    MISSING = "missing"
    ALL = "all"
    NONE = "none"


_WRITTEN = {
    Status.MISSING: ("unsupported", "failed"),
    Status.ALL: ("found", "absent", "unsupported", "failed"),
    Status.NONE: (),
}


def status_header_line(status: Status, version: str) -> str:
    """Return the `##INFO` line of ANNSTATUS."""
    description = _DESCRIPTION_ALL if status is Status.ALL else _DESCRIPTION
    return (
        f'##INFO=<ID={STATUS_ID},Number=A,Type=String,Description="{description}",'
        f'Source="annotator",Version="{version}">'
    )


def status_value(
    status: Status, knowledge_bases: Sequence[str], answers: Sequence[Sequence[Result[Any]]]
) -> str | None:
    """Return the value for one record, from the results per knowledge base and ALT; None if there is none."""
    written = _WRITTEN[status]
    if not any(answer.word in written for row in answers for answer in row):
        return None
    values = [
        "&".join(
            f"{name}:{answer.word}"
            for name, answer in zip(knowledge_bases, column, strict=True)
            if answer.word in written
        )
        for column in zip(*answers, strict=True)
    ]
    return ",".join(value or "." for value in values)
