"""HTTPS client shared by all services.

Only online work imports this package: importing aiohttp takes a third of a second.
"""

from __future__ import annotations

from annotator.net.client import HttpClient, HttpResponse
from annotator.net.download import Downloaded
from annotator.net.egress import Egress, HostEgress
from annotator.net.errors import (
    BudgetError,
    ChecksumError,
    CircuitOpenError,
    RefusedError,
    TooLargeError,
    UnansweredError,
    UnavailableError,
)
from annotator.net.limits import HttpLimits
from annotator.net.multipart import FilePart, multipart

__all__ = [
    "BudgetError",
    "ChecksumError",
    "CircuitOpenError",
    "Downloaded",
    "Egress",
    "FilePart",
    "HostEgress",
    "HttpClient",
    "HttpLimits",
    "HttpResponse",
    "RefusedError",
    "TooLargeError",
    "UnansweredError",
    "UnavailableError",
    "multipart",
]
