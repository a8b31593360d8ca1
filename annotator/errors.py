"""Errors that the program anticipates.

    AnnotatorError
    ├── UsageError            usage: options or arguments are wrong or contradict each other (exit status 2)
    ├── InputError            input: the VCF or BCF that is read is truncated, malformed or unsorted
    │   ├── AssemblyError     assembly: its assembly is unknown, contradictory or not the snapshot's
    │   └── ClashError        clash: it has an INFO field of our name that another tool wrote
    ├── OutputError           output: the output cannot be written
    ├── FastaError            fasta: the reference sequence is missing, has no index or contradicts the input
    ├── SnapshotError         snapshot: the snapshot is missing, corrupt, too new or for another assembly
    ├── KnowledgeBaseError    knowledge_base: a file of ClinVar or CIViC is not what it should be
    ├── JournalError          journal: the journal of a run cannot be used
    ├── NetworkError          network: a server could not be reached, or its response cannot be used
    └── DispatchError         dispatch: a service refused a job, or its result cannot be used
        ├── TicketError       ticket: a ticket is missing, damaged, in use or belongs to another job
        └── UnfinishedError   unfinished: a job is not finished yet (exit status 75)

The word after each name is its `kind`, which programs and tests may rely on: the wording of messages may change, the
kind does not. If a class covers several causes that a program must be able to distinguish, an error has a kind of its
own that starts with the word of its class, such as `input.truncated`.

Every message contains what happened, where, and what to do. Library code raises; only the command line prints and
exits.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

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
        path: the file or address it concerns, if any.
        line: the 1-based line number in that file, if known.
        remedy: what the user can do about it, as a sentence without its full stop.
        kind: stable word for the cause, if that of the class is not specific enough.

    Attributes:
        what, path, line, remedy: as given.
        kind: stable word for the cause, see the module.

    """

    default_kind: ClassVar[str] = "error"

    def __init__(
        self,
        what: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
        kind: str | None = None,
    ) -> None:
        self.what = what
        self.path = None if path is None else str(path)
        self.line = line
        self.remedy = remedy
        self.kind = kind or self.default_kind
        super().__init__(what)

    def __str__(self) -> str:
        where = ""
        if self.path is not None:
            where = self.path if self.line is None else f"{self.path}, line {self.line}"
            where += ": "
        remedy = "" if self.remedy is None else f". {self.remedy}"
        return f"{where}{self.what}{remedy}."

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are sent from worker processes: pickle must include the keyword arguments.
        return (_rebuild, (type(self), self.what, self.path, self.line, self.remedy, self.kind))


def _rebuild(
    error: type[AnnotatorError],
    what: str,
    path: str | None,
    line: int | None,
    remedy: str | None,
    kind: str,
) -> AnnotatorError:
    made = error(what, path=path, line=line, remedy=remedy)
    made.kind = kind
    return made


class UsageError(AnnotatorError):
    """Options or arguments are wrong or contradict each other."""

    default_kind = "usage"


class InputError(AnnotatorError):
    """The VCF or BCF input is truncated, malformed or unsuitable."""

    default_kind = "input"


class AssemblyError(InputError):
    """The assembly of the input is unknown, contradictory, or not the snapshot's."""

    default_kind = "assembly"


class ClashError(InputError):
    """The input has an INFO field of our name that another tool wrote."""

    default_kind = "clash"


class OutputError(AnnotatorError):
    """The output cannot be written."""

    default_kind = "output"


class FastaError(AnnotatorError):
    """The reference FASTA file is missing, has no index, or contradicts the input."""

    default_kind = "fasta"


class SnapshotError(AnnotatorError):
    """A snapshot is missing, corrupt, of a newer format or for another assembly."""

    default_kind = "snapshot"


class KnowledgeBaseError(AnnotatorError):
    """A file of a knowledge base is invalid."""

    default_kind = "knowledge_base"


class JournalError(AnnotatorError):
    """The journal of a run is missing, damaged, in use, or belongs to another run."""

    default_kind = "journal"


class NetworkError(AnnotatorError):
    """A server could not be reached, or its response cannot be used.

    Attributes:
        reason: cause, in one word or a few joined by `_`, as in ANNSTATUS and the summary.

    """

    reason = "network"
    default_kind = "network"


class DispatchError(AnnotatorError):
    """A service refused a job, lost it, or its result cannot be used."""

    default_kind = "dispatch"


class TicketError(DispatchError):
    """A ticket is missing, damaged, in use, or belongs to another job."""

    default_kind = "ticket"


class UnfinishedError(DispatchError):
    """A job is not finished yet; try again later."""

    default_kind = "unfinished"
