"""Asking servers over https: one client for all services.

Only online work imports this package: aiohttp takes a third of a second to load.
"""

from __future__ import annotations

from annotator.sources.http.client import HttpAnswer, HttpClient
from annotator.sources.http.download import Downloaded
from annotator.sources.http.egress import Egress, HostEgress
from annotator.sources.http.errors import (
    BudgetError,
    ChecksumError,
    CircuitOpenError,
    RefusedError,
    TooLargeError,
    UnansweredError,
    UnavailableError,
)
from annotator.sources.http.limits import HttpLimits
from annotator.sources.http.multipart import FilePart, multipart

__all__ = [
    "BudgetError",
    "ChecksumError",
    "CircuitOpenError",
    "Downloaded",
    "Egress",
    "FilePart",
    "HostEgress",
    "HttpAnswer",
    "HttpClient",
    "HttpLimits",
    "RefusedError",
    "TooLargeError",
    "UnansweredError",
    "UnavailableError",
    "multipart",
]
