"""Saving a report's PDF: in one step, under a file name chosen by us, with drafts clearly marked."""

from __future__ import annotations

from pathlib import Path

from annotator.dispatch.opal.client import OpalClient
from annotator.errors import DispatchError, UnfinishedError, UsageError
from annotator.vcf.files import STREAM, atomic_output

__all__ = ["draft_name", "save_final", "save_preview"]

_DRAFT = "DRAFT"


def draft_name(name: str) -> str:
    """Return the file name for a preview, marked as a draft.

    >>> draft_name("report.pdf")
    'report.DRAFT.pdf'

    Raises:
        UsageError: the output is standard output, which has no file name.

    """
    if name == STREAM:
        raise UsageError("the file name of a preview must contain DRAFT or preview", remedy="Use -o FILE")
    path = Path(name)
    return name if _DRAFT in path.name else str(path.with_name(f"{path.stem}.{_DRAFT}{path.suffix}"))


async def save_final(client: OpalClient, number: int, name: str) -> int:
    """Save the final PDF of a report; return its size in bytes.

    The service's file name is not used: it may contain the patient's name.

    Raises:
        UnfinishedError: the report is not approved.
        OutputError: the file cannot be written.

    """
    content = await client.final_pdf(number)
    if content is None:
        raise UnfinishedError(
            f"report {number} is not approved",
            path=client.service,
            remedy="Wait for it with `annotator opal wait`, or fetch a draft with --preview",
        )
    return _save(content, name)


async def save_preview(client: OpalClient, number: int, name: str) -> tuple[str, int]:
    """Save a draft of a report; return its file name, which marks it as a draft, and its size in bytes.

    Raises:
        DispatchError: the report is approved: it has no drafts any more.
        UnfinishedError: the report waits for its genome, or is being processed.

    """
    name = draft_name(name)
    content = await client.preview_pdf(number)
    if content is not None:
        return name, _save(content, name)
    if await client.final_pdf(number) is not None:
        raise DispatchError(
            f"report {number} is approved, so there is no preview any more",
            path=client.service,
            remedy="Omit --preview",
        )
    raise UnfinishedError(
        f"report {number} has no preview yet: it is waiting for its genome or is being processed",
        path=client.service,
        remedy="Try again later",
    )


def _save(content: bytes, name: str) -> int:
    with atomic_output(name) as output:
        output.file.write(content)
    return len(content)
