"""The ticket: a small JSON file that documents a submission, and allows a stopped run to continue.

It is on disk before anything is sent; without a job it is an intent. It contains the requested facts and checksums of
the files, no credentials and none of the content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from annotator.errors import TicketError
from annotator.runtime.locks import can_lock, lock
from annotator.runtime.os_errors import cannot_write, remedy_of, why
from annotator.vcf.files import atomic_output

__all__ = ["Submission", "Ticket", "locked"]

_FORMAT = 1
_JOB = re.compile(r"[\w.-]{1,200}", re.ASCII)  # it becomes part of addresses and file names
_TITLE_DIGITS = 32  # digits of the digest: 128 bits


@dataclass(frozen=True, slots=True)
class Submission:
    """Content of a submission.

    Attributes:
        facts: parameters of the request, such as the sample, the cancer type or the panel; they are stored in the
            ticket.
        files: content by the service's name of the file.

    """

    facts: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the whole parcel; equal parcels have equal digests."""
        checksums = {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
        text = json.dumps([dict(self.facts), checksums], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A submission to a service, made or intended.

    Attributes:
        dispatcher: name of the dispatcher in the registry.
        service: address of the service.
        digest: digest of the parcel.
        facts: facts of the parcel.
        checksums: SHA-256 of each file of the parcel.
        number: 1, or more if the same parcel was submitted again on purpose.
        job: the service's name of the job; None while unknown: an intent.

    """

    dispatcher: str
    service: str
    digest: str
    facts: Mapping[str, str]
    checksums: Mapping[str, str]
    number: int = 1
    job: str | None = None

    @classmethod
    def intended(cls, dispatcher: str, service: str, parcel: Submission, number: int = 1) -> Self:
        """Return the ticket of a submission that is about to be made."""
        checksums = {name: hashlib.sha256(content).hexdigest() for name, content in parcel.files.items()}
        return cls(dispatcher, service, parcel.digest, dict(parcel.facts), checksums, number)

    @property
    def title(self) -> str:
        """Title of the job at the service, by which it is found again; it reveals nothing of the content."""
        again = "" if self.number == 1 else f"-{self.number}"
        return f"annotator-{self.digest[:_TITLE_DIGITS]}{again}"

    def with_job(self, job: str) -> Self:
        """Return the ticket with the service's job."""
        return replace(self, job=job)

    def known_job(self) -> str:
        """Return the job.

        Raises:
            TicketError: the ticket has no job yet: only the intent to submit was recorded.

        """
        if self.job is None:
            raise TicketError(
                "the ticket has no job: the submission was interrupted",
                remedy="Repeat the submission: an existing job is found and not created twice",
            )
        return self.job

    def write(self, path: Path) -> None:
        """Write the ticket, in one step.

        Raises:
            OutputError: the file cannot be written.

        """
        text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)
        with atomic_output(str(path)) as output:
            output.file.write(f"{text}\n".encode("utf-8", "surrogateescape"))
            assert output.path is not None
            output.path.chmod(0o600)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a ticket.

        Raises:
            TicketError: it does not exist, or is damaged or of a newer format.

        """
        try:
            facts: dict[str, Any] = json.loads(path.read_text("utf-8", "surrogateescape"))
            format_ = facts.pop("format")
            if format_ != _FORMAT:
                raise TicketError(
                    f"the ticket has format {format_}, which this version cannot read",
                    path=path,
                    remedy="Use the version of annotator that wrote it",
                )
            ticket = cls(**facts)
        except FileNotFoundError as error:
            raise TicketError(
                "no such ticket", path=path, remedy="Use the file that `submit` wrote"
            ) from error
        except OSError as error:
            raise TicketError(f"cannot be read ({why(error)})", path=path, remedy=remedy_of(error)) from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise TicketError("not a ticket", path=path, remedy="Use the file that `submit` wrote") from error
        if not ticket.is_whole():
            raise TicketError("not a ticket", path=path, remedy="Use the file that `submit` wrote")
        return ticket

    def is_whole(self) -> bool:
        """Return whether every attribute has its type: a file may contain anything."""
        texts = [self.dispatcher, self.service, self.digest]
        for mapping in (self.facts, self.checksums):
            if not isinstance(mapping, dict):
                return False
            texts += [*mapping.keys(), *mapping.values()]
        if self.job is not None and not (isinstance(self.job, str) and _JOB.fullmatch(self.job)):
            return False
        return all(isinstance(text, str) for text in texts) and isinstance(self.number, int)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a ticket against other processes.

    Where the file system has no locks, the file beside the ticket is the lock: who creates it may submit. A process
    that was killed leaves it there.

    Raises:
        TicketError: another process has the lock, or may have it.
        OutputError: the folder does not exist or cannot be written to.

    """
    beside = path.with_name(f".{path.name}.lock")
    file = _lock(beside, path)
    try:
        yield
    finally:
        # removed while it is locked: a waiting process notices that it is gone
        beside.unlink(missing_ok=True)
        os.close(file)


def _lock(beside: Path, path: Path) -> int:
    while True:
        try:
            file, is_new = _opened(beside)
        except OSError as error:
            raise cannot_write(error, path) from error
        try:
            if not lock(file):
                raise TicketError(
                    "another process is using the file",
                    path=path,
                    remedy="Wait until that process has finished",
                )
            if not is_new and not can_lock(file):
                raise TicketError(
                    "another process is using the file or was killed while using it (this file system has no locks)",
                    path=path,
                    remedy=f"Wait until that process has finished; if there is none, delete {beside}",
                )
            if os.fstat(file).st_ino == beside.stat().st_ino:
                return file
        except FileNotFoundError:
            pass  # another process has already removed it
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _opened(beside: Path) -> tuple[int, bool]:
    """Open a file, and return whether this process created it."""
    while True:
        with contextlib.suppress(FileExistsError):
            return os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), True
        with contextlib.suppress(FileNotFoundError):  # another process has just removed it
            return os.open(beside, os.O_RDWR), False
