"""What has left this machine: counted per host and, if wanted, written down line by line."""

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
    """What one host was sent, and what it sent.

    Attributes:
        requests: every sending counts, also the second of the same request.
        identifiers: of alleles, counted anew with every sending.
        bytes_sent: of URLs, as they are sent, and request bodies; the other headers, always the same, are not counted.
        bytes_received: of answers' bodies, as they come over the line; headers are not counted.
        limited: sendings that were refused because there had been too many (status 429).

    """

    requests: int = 0
    identifiers: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    limited: int = 0


class Egress:
    """The account of what was sent.

    Attributes:
        hosts: by host, in the order of the first sending. No value of an identifier is kept, only numbers.

    """

    def __init__(self, log: Path | None = None) -> None:
        """Start at nothing.

        Args:
            log: file to which a line is appended per sending, tab-separated: host, number of identifiers, bytes sent,
                bytes received, status (`-` if none came). Several processes may write to it.

        Raises:
            OutputError: the file cannot be written: nothing is sent that cannot be accounted for.

        """
        self.hosts: dict[str, HostEgress] = {}
        self._log = log
        if log is not None:
            self._append("")

    def note(self, host: str, *, identifiers: int, sent: int, received: int, status: int | None) -> None:
        """Account for one sending.

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
