"""From a ticket to joinable results: the result is downloaded once, parsed, and separated by outcome."""

from __future__ import annotations

from pathlib import Path

from annotator.annotation.allele_table import Keys
from annotator.dispatch.base import Dispatcher
from annotator.dispatch.cgi.archive import opened_result
from annotator.dispatch.cgi.fields import Joining, joining_of
from annotator.dispatch.cgi.mutations import Mutations
from annotator.dispatch.cgi.results import read_result
from annotator.dispatch.ticket import Ticket
from annotator.errors import DispatchError
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.files import atomic_output

__all__ = ["ResultFiles", "fetched", "joinable"]

_TICKET = ".ticket.json"


class ResultFiles(NamedTuple):
    """Paths of the parts of a result, beside their ticket.

    Attributes:
        archive: the archive as downloaded.
        missing: table of the alleles without a result.
        biomarkers: table of the biomarkers that belong to the sample and not to an allele.
        manifest: manifest of the submission.

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
    """Download the archive, unless it exists.

    Raises:
        DispatchError: the job is not finished, or the download is not a result.
        NetworkError: the download failed.

    """
    if not archive.exists():
        await dispatcher.collect(ticket, archive)


def joinable(files: ResultFiles, ticket: Ticket, reference: Path | None = None) -> Joining:
    """Read a downloaded result, and write the tables of everything that belongs to no allele.

    Args:
        files: paths of the result and the manifest.
        ticket: ticket of the job.
        reference: FASTA to left-align indels; None to match them as written.

    Raises:
        DispatchError: the result is damaged or belongs to another submission, or no mutations were sent.
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
