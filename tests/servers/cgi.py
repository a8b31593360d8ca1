"""The Cancer Genome Interpreter's REST API, emulated from its page and from what was seen of it.

It knows nothing of `annotator`. Where the page is silent, what is answered is an option, so that a client can be shown
to survive each. By hand, it serves on loopback until it is interrupted:

    python -m tests.servers.cgi --port 8080
    export CGI_EMAIL=me@example.org CGI_TOKEN=token ANNOTATOR_CGI_URL=http://127.0.0.1:8080/api/v1
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.by_hand import add_port, serve
from tests.servers.cgi_results import Analysis, archive, zipped
from tests.servers.forms import parts_of

__all__ = ["BROKEN", "PATH", "CgiService", "Options", "main"]

PATH = "/api/v1"
FIELDS = ("mutations", "cnas", "translocations")


def lying(size: int) -> bytes:
    """An archive whose table says that it is ten bytes and becomes so many."""
    whole = zipped({"alterations.tsv": bytes(size)})
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = whole.rindex(mark) + place
        whole = whole[:at] + (10).to_bytes(4, "little") + whole[at + 4 :]
    return whole


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda whole: whole[: len(whole) // 2],
    "not_a_zip": lambda _: b"PK but nothing more",
    "no_table": lambda _: zipped({"summary.txt": b"nothing\n"}),
    "empty_table": lambda _: zipped({"alterations.tsv": b""}),
    "leads_out": lambda _: zipped({"../../alterations.tsv": b"Input ID\n"}),
    "absolute": lambda _: zipped({"/tmp/alterations.tsv": b"Input ID\n"}),  # noqa: S108  # the name of a member
    "bomb": lambda _: zipped({"alterations.tsv": bytes(129 << 20)}),
    "lying": lambda _: lying(64 << 20),
    "many": lambda _: zipped({f"{number}.tsv": b"" for number in range(1001)}),
    "twice": lambda _: zipped({"alterations.tsv": b"Input ID\n", "again/alterations.tsv": b"Input ID\n"}),
    "bad_crc": lambda whole: whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
}
"""Invalid results of a job that is Done."""


@dataclass
class Options:
    """How the service behaves.

    Attributes:
        email, token: of the one account.
        waiting, running: so many times a job says it is, before it is done.
        stored, concurrent: jobs that may be stored, and that may be under way.
        error_status: HTTP status of errors; None for that of their code.
        error_type: Content-Type of errors.
        padding: blanks after the JSON of errors.
        ends_as: the word with which jobs end.
        broken: what a job has instead of a result, by a name in `BROKEN`; `none` for status 500.
        store_seconds: time between the arrival of a submission and the job's place in the list.
        answer_seconds: time between that and the answer.
        lost_answer: whether the connection ends instead of the answer.
        submit_answer: what a submission is answered with; None for the job's name.
        analysis: of the upload.

    """

    email: str = "me@example.org"
    token: str = "token"  # noqa: S105
    waiting: int = 1
    running: int = 1
    stored: int = 1000
    concurrent: int = 1000
    error_status: int | None = None
    error_type: str = "application/json"
    padding: int = 0
    ends_as: str = "Done"
    broken: str | None = None
    store_seconds: float = 0.0
    answer_seconds: float = 0.0
    lost_answer: bool = False
    submit_answer: bytes | None = None
    analysis: Analysis = field(default_factory=Analysis)


@dataclass
class StoredJob:
    """A job."""

    id: str
    fields: dict[str, str]
    files: dict[str, bytes]
    left: int
    status: str = "Waiting"


class CgiService:
    """The service.

    Attributes:
        options: how it behaves; may be changed while it runs.
        jobs: by name, in the order of its list.
        made: names of all jobs that were ever made.
        deleted: names of jobs that were deleted.

    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.jobs: dict[str, StoredJob] = {}
        self.made: list[str] = []
        self.deleted: list[str] = []

    def application(self) -> web.Application:
        made = web.Application(client_max_size=1 << 28)
        made.router.add_post(PATH, self._submit)
        made.router.add_get(PATH, self._list)
        made.router.add_get(f"{PATH}/{{job}}", self._job)
        made.router.add_delete(f"{PATH}/{{job}}", self._delete)
        return made

    def restart(self) -> None:
        """Come back as after a restart: the list in another order, and every job Done, whatever it was."""
        self.jobs = {name: self.jobs[name] for name in sorted(self.jobs, reverse=True)}
        for job in self.jobs.values():
            job.status, job.left = "Done", 0

    def add(self, title: str = "another run's", status: str = "Done") -> str:
        """Put a job of somebody else's there; give its name."""
        name = self._name()
        self.jobs[name] = StoredJob(name, {"title": title, "cancer_type": "CANCER"}, {}, 0, status)
        return name

    def _name(self) -> str:
        return hashlib.sha256(f"job {len(self.made)} {len(self.jobs)}".encode()).hexdigest()[:20]

    def _error(self, code: int, message: str) -> web.Response:
        body = json.dumps({"error_code": code, "message": message}) + " " * self.options.padding
        return web.Response(
            status=code if self.options.error_status is None else self.options.error_status,
            text=body,
            content_type=self.options.error_type,
        )

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "")
        email, _, token = given.partition(" ")
        if email != self.options.email:
            return self._error(401, "User not found")
        if token != self.options.token:
            return self._error(
                403, f"Authorization error: {given}"
            )  # a careless server repeats what it was told
        return None

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        refusal = self._unauthorised(request) or self._over_quota()
        if refusal is not None:
            return refusal
        parts = parts_of(await request.read(), request.headers["Content-Type"])
        fields = {part.field: part.content.decode() for part in parts if part.filename is None}
        files = {part.field: part.content for part in parts if part.filename is not None}
        if not files or not set(files) <= set(FIELDS) or "cancer_type" not in fields:
            return self._error(400, "at least one file and the cancer type are required")
        options = self.options
        return await asyncio.shield(self._stored(request, fields, files, options))

    async def _stored(
        self, request: web.Request, fields: dict[str, str], files: dict[str, bytes], options: Options
    ) -> web.StreamResponse:
        """Make the job. A client that goes away does not stop it."""
        await asyncio.sleep(options.store_seconds)
        name = self._name()
        self.made.append(name)
        self.jobs[name] = StoredJob(name, fields, files, options.waiting + options.running)
        await asyncio.sleep(options.answer_seconds)
        if options.lost_answer and request.transport is not None:
            request.transport.abort()
        if options.submit_answer is not None:
            return web.Response(body=options.submit_answer, content_type="text/html")
        return web.json_response(name)

    def _over_quota(self) -> web.Response | None:
        under_way = sum(job.status in {"Waiting", "Running"} for job in self.jobs.values())
        if len(self.jobs) >= self.options.stored:
            return self._error(
                403,
                "You have reached the maximum number of jobs permitted. Please, delete one before submitting more.",
            )
        if under_way >= self.options.concurrent:
            return self._error(
                403, "Too many concurrent jobs. Please wait until the previous jobs have finished"
            )
        return None

    async def _list(self, request: web.Request) -> web.Response:
        return self._unauthorised(request) or web.json_response(list(self.jobs))

    async def _job(self, request: web.Request) -> web.StreamResponse:
        refusal = self._unauthorised(request)
        if refusal is not None:
            return refusal
        name = request.match_info["job"]
        job = self.jobs.get(name)
        if job is None:
            return self._error(404, f"Job {name} not found")
        action = request.query.get("action")
        if action == "logs":
            return web.json_response({"status": job.status, "logs": self._log(job)})
        if action == "download":
            return self._download(job)
        self._advance(job)
        facts: dict[str, Any] = {
            "id": job.id,
            "user": self.options.email,
            "title": job.fields.get("title", ""),
            "cancertype": job.fields["cancer_type"],
            "dataset": "input.tsv",
            "date": "2025-12-06 14:12:41",
        }
        if "reference" in job.fields:
            facts["reference"] = job.fields["reference"]
        return web.json_response({"status": job.status, "metadata": facts})

    def _advance(self, job: StoredJob) -> None:
        if job.status not in {"Waiting", "Running"}:
            return
        if job.left > 0:
            job.status = "Waiting" if job.left > self.options.running else "Running"
            job.left -= 1
            return
        try:
            archive(job.files, self.options.analysis)
            job.status = self.options.ends_as
        except ValueError:
            job.status = "Error"

    def _log(self, job: StoredJob) -> list[str]:
        lines = [
            f"# cgi analyze input.tsv -c {job.fields['cancer_type']} -g {job.fields.get('reference', 'hg19')}",
            f"2025-12-06 15:12:44,237 INFO     for {self.options.email} {self.options.token}\n",
        ]
        return [*lines, "2025-12-06 15:12:54,377 INFO     Analysis done\n"] if job.status == "Done" else lines

    def _download(self, job: StoredJob) -> web.Response:
        if self.options.broken == "none":
            return self._error(500, "FileNotFoundError")
        try:
            whole = archive(job.files, self.options.analysis)
        except ValueError:
            return self._error(500, "FileNotFoundError")
        if self.options.broken is not None:
            whole = BROKEN[self.options.broken](whole)
        disposition = 'attachment; filename="2026-11-21_results.zip";; filename="results.zip"'
        return web.Response(
            body=whole, content_type="application/zip", headers={"Content-Disposition": disposition}
        )

    async def _delete(self, request: web.Request) -> web.Response:
        refusal = self._unauthorised(request)
        if refusal is not None:
            return refusal
        name = request.match_info["job"]
        if self.jobs.pop(name, None) is None:
            return self._error(404, f"Job {name} not found")
        self.deleted.append(name)
        return web.json_response({"message": "deleted"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the address is the first line of standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.cgi", description=__doc__)
    add_port(parser)
    parser.add_argument("--email", default="me@example.org", help="of the account (default: %(default)s)")
    parser.add_argument("--token", default="token", help="of the account (default: %(default)s)")
    parser.add_argument(
        "--polls", type=int, default=2, help="after which a job is done (default: %(default)s)"
    )
    parser.add_argument(
        "--stored", type=int, default=10, help="jobs that may be stored (default: %(default)s)"
    )
    parser.add_argument("--vintage", choices=("v0", "v1", "v2", "v3"), default="v3", help="of the results")
    parser.add_argument(
        "--drop", type=int, nargs="*", default=(), help="numbers of rows that do not come back"
    )
    parser.add_argument("--ends-as", default="Done", help="word with which jobs end")
    parser.add_argument("--broken", choices=(*BROKEN, "none"), help="what a job has instead of a result")
    parser.add_argument("--store-seconds", type=float, default=0.0, help="until a submission is in the list")
    given = parser.parse_args(arguments)
    service = CgiService(
        Options(
            email=given.email,
            token=given.token,
            waiting=given.polls // 2,
            running=given.polls - given.polls // 2,
            stored=given.stored,
            ends_as=given.ends_as,
            broken=given.broken,
            store_seconds=given.store_seconds,
            analysis=Analysis(given.vintage, frozenset(given.drop)),
        )
    )
    variables = {"ANNOTATOR_CGI_URL": "{url}", "CGI_EMAIL": given.email, "CGI_TOKEN": given.token}
    return serve(service.application(), "no jobs yet", variables, path=PATH, port=given.port)


if __name__ == "__main__":
    sys.exit(main())
