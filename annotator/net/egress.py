"""Account of the data sent from this machine: counts per host and, on request, a log of every request."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import OutputError
from annotator.runtime.locks import lock

__all__ = ["Egress", "HostEgress"]

_HEADER = "host\tidentifiers\tbytes_sent\tbytes_received\tstatus\n"


@dataclass(slots=True)
class HostEgress:
    """Data sent to one host, and received from it.

    Attributes:
        requests: number of requests sent, including repetitions.
        identifiers: number of allele identifiers, counted again for every repetition.
        bytes_sent: size of URLs and request bodies; the other headers, which are always the same, are not counted.
        bytes_received: size of response bodies as transferred; headers are not counted.
        limited: requests that were refused because there were too many (status 429).

    """

    requests: int = 0
    identifiers: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    limited: int = 0


class Egress:
    """Account of all requests.

    Attributes:
        hosts: by host, in the order of the first request. Identifiers are counted, never stored.

    """

    def __init__(self, log: Path | None = None) -> None:
        """Create an empty account.

        Args:
            log: file to which one tab-separated line is appended per request: host, number of identifiers, bytes sent,
                bytes received, status (`-` if none came). Several processes may write to it.

        Raises:
            OutputError: the file cannot be written: nothing is sent that cannot be logged.

        """
        self.hosts: dict[str, HostEgress] = {}
        self._log = log
        if log is not None:
            self._append("")

    def note(self, host: str, *, identifiers: int, sent: int, received: int, status: int | None) -> None:
        """Record one request.

        Raises:
            OutputError: the log cannot be written.

        """
        account = self.hosts.setdefault(host, HostEgress())
        account.requests += 1
        account.identifiers += identifiers
        account.bytes_sent += sent
        account.bytes_received += received
        account.limited += status == 429
        if self._log is not None:
            self._append(f"{host}\t{identifiers}\t{sent}\t{received}\t{'-' if status is None else status}\n")

    def _append(self, line: str) -> None:
        assert self._log is not None
        try:
            with self._log.open("ab", buffering=0) as file:
                lock(file.fileno(), waits=True)
                first = os.fstat(file.fileno()).st_size == 0
                file.write(f"{_HEADER if first else ''}{line}".encode())
        except OSError as error:
            raise OutputError(
                f"the egress log cannot be written ({error.strerror})",
                path=self._log,
                remedy="Use a file in an existing folder that can be written to",
            ) from error
