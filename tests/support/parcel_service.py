"""A dispatcher as a user would add one: a service that is a folder. Its module knows only `annotator.dispatch`.

A job is a folder of files named after it; it is done when somebody puts a file `answer` there.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from annotator.dispatch.base import Access, JobState, JobStatus
from annotator.dispatch.ticket import Submission, Ticket
from annotator.errors import DispatchError
from annotator.net import UnansweredError

__all__ = ["FolderDispatcher", "folder_dispatcher"]


class FolderDispatcher:
    """One folder.

    Attributes:
        trouble: what goes wrong with the next submission: `lost` before or `unanswered` after it arrives.

    """

    name = "folder"

    def __init__(self, folder: Path, trouble: str = "") -> None:
        self.service = str(folder)
        self.trouble = trouble
        self._folder = folder

    async def find(self, ticket: Ticket) -> str | None:
        titles = {path.parent.name: path.read_text() for path in sorted(self._folder.glob("*/title"))}
        return next((name for name, title in titles.items() if title == ticket.title), None)

    async def submit(self, ticket: Ticket, parcel: Submission) -> str:
        trouble, self.trouble = self.trouble, ""
        if trouble == "lost":
            raise UnansweredError("nobody knows", path=self.service)
        job = f"job{len(list(self._folder.iterdir())) + 1}"
        place = self._folder / job
        place.mkdir()
        for name, content in parcel.files.items():
            (place / name).write_bytes(content)
        (place / "facts").write_text(json.dumps(dict(parcel.facts)))
        (place / "title").write_text(ticket.title)
        if trouble == "unanswered":
            raise UnansweredError("nobody knows", path=self.service)
        return job

    async def poll(self, ticket: Ticket) -> JobStatus:
        place = self._folder / ticket.known_job()
        if not place.exists():
            raise DispatchError("no such job", path=place)
        if (place / "failed").exists():
            return JobStatus(JobState.FAILED, "broken")
        done = (place / "answer").exists()
        return JobStatus(JobState.DONE, "ready") if done else JobStatus(JobState.UNKNOWN, "thinking")

    async def collect(self, ticket: Ticket, path: Path) -> None:
        path.write_bytes((self._folder / ticket.known_job() / "answer").read_bytes())

    async def cancel(self, ticket: Ticket) -> None:
        place = self._folder / ticket.known_job()
        for path in place.glob("*"):
            path.unlink()
        if place.exists():
            place.rmdir()


@asynccontextmanager
async def folder_dispatcher(access: Access) -> AsyncIterator[FolderDispatcher]:
    """Open the folder that the address names."""
    assert access.url is not None
    yield FolderDispatcher(Path(access.url))
