"""From a ticket to what can be joined: the result fetched once, read, and told apart by what came back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from annotator.annotation.allele_table import Keys
from annotator.dispatch.base import Dispatcher
from annotator.dispatch.cgi.archive import opened_result
from annotator.dispatch.cgi.fields import Joining, joining_of
from annotator.dispatch.cgi.mutations import Mutations
from annotator.dispatch.cgi.results import read_result
from annotator.dispatch.ticket import Ticket
from annotator.errors import DispatchError
from annotator.vcf.files import atomic_output

__all__ = ["ResultFiles", "fetched", "joinable"]

_TICKET = ".ticket.json"


class ResultFiles(NamedTuple):
    """Where the parts of a result stand, beside their ticket.

    Attributes:
        archive: as it came.
        missing: table of the alleles that did not come back.
        biomarkers: table of the biomarkers that belong to the sample and to no allele.
        manifest: of what was sent.

    """

    archive: Path
    missing: Path
    biomarkers: Path
    manifest: Path

    @classmethod
    def beside(cls, path: Path, ticket: Ticket) -> ResultFiles:
        """Return the result paths beside a ticket. The archive's name contains the job, so no two jobs share one."""
        stem = path.name.removesuffix(_TICKET)
        named = (f"{stem}.{ticket.known_job()}.zip", *(f"{stem}.{part}.tsv" for part in _PARTS))
        return cls(*(path.with_name(name) for name in named))


_PARTS = ("missing", "biomarkers", "manifest")


async def fetched(dispatcher: Dispatcher, ticket: Ticket, archive: Path) -> None:
    """Fetch the archive, unless it is there.

    Raises:
        DispatchError: the job is not done, or what came is no result.
        NetworkError: it could not be fetched.

    """
    if not archive.exists():
        await dispatcher.collect(ticket, archive)


def joinable(files: ResultFiles, ticket: Ticket, reference: Path | None = None) -> Joining:
    """Read a result that was fetched, and write the tables of what belongs to no allele.

    Args:
        files: where the result and the manifest stand.
        ticket: of the job.
        reference: FASTA to left-align indels with; None to match them as they stand.

    Raises:
        DispatchError: the result is unsound or of something else, or no mutations were sent.
        FastaError: the FASTA cannot be used.

    """
    checksum = ticket.checksums.get("mutations")
    if checksum is None:
        raise DispatchError(
            "the job had no mutations, so no allele can be annotated",
            path=files.archive,
            remedy="Fetch the result without --vcf and -o",
        )
    sent = Mutations.read(files.manifest, checksum)
    members = opened_result(files.archive.read_bytes(), str(files.archive))
    result = read_result(members, sent, str(files.archive))
    joining = joining_of(result, sent, Keys(sent.assembly, reference))
    for path, text in ((files.missing, joining.missing), (files.biomarkers, joining.sample)):
        with atomic_output(str(path)) as output:
            output.file.write(text.encode("utf-8", "surrogateescape"))
    return joining
