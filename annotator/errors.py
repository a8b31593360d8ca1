"""Everything that can go wrong in a way we foresee.

    AnnotatorError
    ├── UsageError            options that contradict each other (exit status 2)
    ├── InputError            the VCF or BCF that is read: truncated, malformed, unsorted
    │   ├── AssemblyError     its assembly is unknown, contradictory or not the snapshot's
    │   └── ClashError        it has an INFO field of our name that another tool wrote
    ├── OutputError           the output cannot be written
    ├── FastaError            the reference sequence is missing, unindexed or contradicts the input
    ├── SnapshotError         the snapshot is missing, corrupt, too new or of another assembly
    ├── KnowledgeBaseError    a file of ClinVar or CIViC is not what it should be
    ├── JournalError          the journal of a run cannot be used
    ├── NetworkError          a server could not be asked, or its answer cannot be used
    └── DispatchError         a service refuses a job, or its result cannot be used
        ├── TicketError       a ticket is missing, damaged, in use or another's
        └── UnfinishedError   a job is not done yet (exit status 75)

Every message says what is wrong, where, and what to do about it. Library code raises; only the command
line prints and exits.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "AnnotatorError",
    "AssemblyError",
    "ClashError",
    "DispatchError",
    "FastaError",
    "InputError",
    "JournalError",
    "KnowledgeBaseError",
    "NetworkError",
    "OutputError",
    "SnapshotError",
    "TicketError",
    "UnfinishedError",
    "UsageError",
]


class AnnotatorError(Exception):
    """An anticipated error.

    Args:
        what: the problem, as a sentence without its full stop.
        path: the file it concerns, if one.
        line: the 1-based line number in that file, if one.
        remedy: what the user can do about it, as a sentence without its full stop.

    """

    def __init__(
        self, what: str, *, path: str | Path | None = None, line: int | None = None, remedy: str | None = None
    ) -> None:
        self.what = what
        self.path = None if path is None else str(path)
        self.line = line
        self.remedy = remedy
        super().__init__(self._message())

    def _message(self) -> str:
        where = ""
        if self.path is not None:
            where = self.path if self.line is None else f"{self.path}, line {self.line}"
            where += ": "
        remedy = "" if self.remedy is None else f". {self.remedy}"
        return f"{where}{self.what}{remedy}."

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross from worker processes: pickle must carry the keyword facts along.
        return (_rebuild, (type(self), self.what, self.path, self.line, self.remedy))


def _rebuild(
    kind: type[AnnotatorError], what: str, path: str | None, line: int | None, remedy: str | None
) -> AnnotatorError:
    return kind(what, path=path, line=line, remedy=remedy)


class UsageError(AnnotatorError):
    """Options that contradict each other or cannot be understood."""


class InputError(AnnotatorError):
    """The VCF or BCF input is truncated, malformed or unsuitable."""


class AssemblyError(InputError):
    """The assembly of the input is unknown, contradictory, or not the snapshot's."""


class ClashError(InputError):
    """The input has an INFO field of our name that another tool wrote."""


class OutputError(AnnotatorError):
    """The output cannot be written."""


class FastaError(AnnotatorError):
    """The reference FASTA is missing, unindexed, or contradicts the input."""


class SnapshotError(AnnotatorError):
    """A snapshot is missing, corrupt, of a newer format or of another assembly."""


class KnowledgeBaseError(AnnotatorError):
    """A file of a knowledge base is not what it should be."""


class JournalError(AnnotatorError):
    """The journal of a run is missing, damaged, in use, or another run's."""


class NetworkError(AnnotatorError):
    """A server could not be asked, or its answer cannot be used.

    Attributes:
        reason: why, in one word or a few joined by `_`, as ANNSTATUS and the summary print it.

    """

    reason = "network"


class DispatchError(AnnotatorError):
    """A service refuses a job, has lost it, or its result cannot be used."""


class TicketError(DispatchError):
    """A ticket is missing, damaged, in use, or of another job."""


class UnfinishedError(DispatchError):
    """A job is not done yet: ask again later."""
