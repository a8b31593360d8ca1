"""Client of the Cancer Genome Interpreter: one job per tumour sample, found by its title, never submitted twice.

The protocol is that of https://www.cancergenomeinterpreter.org (REST API, v1): a POST with the files creates a job and
returns its name, GET lists jobs and describes one, `?action=logs` and `?action=download` return its log and result,
DELETE removes it. There is no key against duplicates and the list has no defined order, so that a job is identified by
its title, which contains the digest of the submission.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from annotator.dispatch.base import Access, JobState, JobStatus
from annotator.dispatch.cgi.answers import (
    Job,
    ServiceError,
    error_of,
    job_of,
    jobs_of,
    logs_of,
    not_json,
    submitted_job,
)
from annotator.dispatch.cgi.archive import opened_result
from annotator.dispatch.cgi.credentials import CgiCredentials
from annotator.dispatch.ticket import Submission, Ticket
from annotator.errors import DispatchError, NetworkError, UnfinishedError
from annotator.net import (
    Egress,
    FilePart,
    HttpClient,
    HttpLimits,
    HttpResponse,
    RefusedError,
    UnansweredError,
    multipart,
)
from annotator.net.address import address, is_loopback
from annotator.net.failures import REDIRECTS
from annotator.vcf.files import atomic_output

__all__ = ["SERVICE", "CgiDispatcher", "cgi_dispatcher"]

SERVICE = "https://www.cancergenomeinterpreter.org/api/v1"
FILES = ("mutations", "cnas", "translocations")
_GONE = 404
_REMEDIES = {
    400: "Correct the input",
    401: "Check CGI_EMAIL and CGI_TOKEN",
    403: "If the quota is used up, wait for your jobs or cancel one that you no longer need. "
    "Otherwise check CGI_EMAIL and CGI_TOKEN. No job was deleted",
    404: "The service no longer has the job; submit it again with --force",
}


_LIMITS = HttpLimits(
    # Too many requests in a short time may cause an email address to be blocked, as users of the service report.
    requests_per_second=2.0,
    connections=1,
    read_seconds=120.0,  # it responds to a submission after it has stored the files
    total_seconds=900.0,
    attempts=4,
    daily_budget=20_000,
)
_LOCAL = 100.0  # requests per second if the service is an emulated one on this machine


class _GoneError(DispatchError):
    """The service does not have the job."""

    default_kind = "dispatch.gone"


class CgiDispatcher:
    """An account at CGI.

    Attributes:
        name: `cgi`.
        service: address of its API.

    """

    name = "cgi"

    def __init__(self, client: HttpClient, credentials: CgiCredentials, service: str = SERVICE) -> None:
        """Use an open HTTP client."""
        self.service = service.rstrip("/")
        self._client = client
        self._credentials = credentials
        self._titles: dict[str, str] = {}

    async def find(self, ticket: Ticket) -> str | None:
        """Return the job whose title is the ticket's; None if there is none."""
        for name in await self.jobs():
            if name not in self._titles:
                try:
                    self._titles[name] = (await self.job(name)).title
                except _GoneError:
                    continue  # removed since the list was made
            if self._titles[name] == ticket.title:
                return name
        return None

    async def submit(self, ticket: Ticket, parcel: Submission) -> str:
        """Submit a parcel, once, and return the job's name."""
        fields = [
            ("cancer_type", parcel.facts["cancer_type"]),
            ("title", ticket.title),
            ("reference", parcel.facts["reference"]),
        ]
        files = [FilePart(name, f"{name}.tsv", parcel.files[name]) for name in FILES if name in parcel.files]
        body, content_type = multipart(fields, files)
        try:
            answer = await self._client.post_once(
                self.service,
                body,
                content_type=content_type,
                identifiers=sum(file.content.count(b"\n") - 1 for file in files),
                headers=self._credentials.header,
            )
        except RefusedError as error:
            self._refuse(error)
        self._check(answer)
        job = submitted_job(answer.body)
        if job is None:
            raise UnansweredError(
                "the submission may have arrived, but the response names no job",
                path=self.service,
                remedy="Repeat the submission: an existing job is found and not created twice",
            )
        return job

    async def poll(self, ticket: Ticket) -> JobStatus:
        """Return the state of the job."""
        job = await self.job(ticket.known_job())
        return JobStatus(job.state, self._credentials.redacted(job.word))

    async def collect(self, ticket: Ticket, path: Path) -> None:
        """Download the result, check it, and rename it to its final name."""
        job = await self.job(ticket.known_job())
        word = self._credentials.redacted(job.word)
        if job.state is JobState.FAILED:
            raise DispatchError(
                f"the job {job.id} ended with status {word}",
                path=self.service,
                remedy="Read its log with: annotator cgi logs; then correct the input and submit it again",
            )
        if job.state is not JobState.DONE:
            raise UnfinishedError(
                f"the job {job.id} is not finished: {word}",
                path=self.service,
                remedy="Wait for it with: annotator cgi wait",
            )
        answer = await self._requested(
            f"{self.service}/{job.id}", ("action", "download"), unusable=_neither_archive_nor_json
        )
        # After a restart, the service reports Done for all its previous jobs, including failed ones.
        opened_result(answer.body, self.service)
        with atomic_output(str(path)) as output:
            output.file.write(answer.body)

    async def cancel(self, ticket: Ticket) -> None:
        """Remove the ticket's own job; another job of that name is kept."""
        name = ticket.known_job()
        try:
            job = await self.job(name)
            if job.title != ticket.title:
                raise DispatchError(
                    f"the title of job {name} does not match this ticket, so it was not removed",
                    path=self.service,
                    remedy="Use the ticket that `submit` wrote",
                )
            answer = await self._client.delete(f"{self.service}/{name}", headers=self._credentials.header)
            self._check(answer)
        except RefusedError as error:
            if error.status != _GONE:
                self._refuse(error)
        except _GoneError:
            return

    async def jobs(self) -> list[str]:
        """Return the names of all jobs of the account, in the order of the service's list."""
        answer = await self._requested(self.service)
        found = jobs_of(answer.body)
        if found is None:
            raise NetworkError(
                "the response is not a list of jobs", path=self.service, remedy="Try again later"
            )
        return found

    async def job(self, name: str) -> Job:
        """Return the service's description of a job."""
        return job_of((await self._requested(f"{self.service}/{name}")).body, name)

    async def logs(self, ticket: Ticket) -> list[str]:
        """Return the lines of the job's log."""
        answer = await self._requested(f"{self.service}/{ticket.known_job()}", ("action", "logs"))
        return [self._credentials.redacted(line) for line in logs_of(answer.body)]

    async def _requested(
        self, url: str, *params: tuple[str, str], unusable: Callable[[HttpResponse], str | None] = not_json
    ) -> HttpResponse:
        try:
            answer = await self._client.get(url, params, headers=self._credentials.header, unusable=unusable)
        except RefusedError as error:
            self._refuse(error)
        self._check(answer)
        return answer

    def _check(self, answer: HttpResponse) -> None:
        """Raise an error for a response with status 200 that describes an error."""
        error = None if answer.body.startswith(b"PK") else error_of(answer.body)
        if error is not None:
            raise self._translated(error)

    def _refuse(self, error: RefusedError) -> NoReturn:
        """Raise an error with the service's message for a refused request; a redirection has no such message."""
        if error.status in REDIRECTS:
            raise error
        found = error_of(error.body) or ServiceError(error.status, "")
        raise self._translated(found._replace(code=found.code or error.status)) from None

    def _translated(self, error: ServiceError) -> DispatchError:
        message = self._credentials.redacted(error.message) or "no reason was stated"
        kind = _GoneError if error.code == _GONE else DispatchError
        return kind(
            f"the service refused ({error.code}): {message}",
            path=self.service,
            remedy=_REMEDIES.get(error.code, "Try again later, or contact the operators of the service"),
        )


@asynccontextmanager
async def cgi_dispatcher(access: Access) -> AsyncIterator[CgiDispatcher]:
    """Open an account at CGI, with the credentials of the environment."""
    credentials = CgiCredentials.from_environment()
    service = access.url or SERVICE
    is_local = is_loopback(address(service).host or "")
    limits = replace(_LIMITS, requests_per_second=_LOCAL, first_wait=0.1) if is_local else _LIMITS
    async with HttpClient(limits, egress=Egress(access.egress_log), ca_bundle=access.ca_bundle) as client:
        yield CgiDispatcher(client, credentials, service)


def _neither_archive_nor_json(answer: HttpResponse) -> str | None:
    return None if answer.body.startswith(b"PK") else not_json(answer)
