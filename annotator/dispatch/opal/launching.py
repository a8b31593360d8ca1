"""Launching a report exactly once: Opal as a dispatcher.

The only name that we can give a report is its accession id, and the service allows several reports with the same one.
Therefore a report is launched only if no report has its accession id; an existing report is taken as the earlier
launch, unless it has another genome, panel or kind. With `--force`, existing reports are listed in the ticket, and
remain separate.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.dispatch.base import Access, JobState, JobStatus
from annotator.dispatch.opal.answers import Facts, identity
from annotator.dispatch.opal.client import NAME, OpalClient
from annotator.dispatch.opal.credentials import OpalCredentials
from annotator.dispatch.opal.pdf import save_final
from annotator.dispatch.ticket import Submission, Ticket
from annotator.errors import DispatchError, UsageError
from annotator.runtime.text import counted

__all__ = ["KINDS", "Launch", "OpalDispatcher", "listed", "number_of", "opal_dispatcher", "ticket_of"]

KINDS = ("panel", "exome", "somatic_panel")
"""Kinds of reports that can be launched: those of one genome."""

_OTHER_KINDS = ("solo", "duo", "trio", "quad", "quintet", "panel_trio")
_BESIDES = "besides"
_COMPARED = ("genome_id", "panel_id")


@dataclass(frozen=True, slots=True)
class Launch:
    """A report to launch.

    Attributes:
        kind: one of `KINDS`.
        accession_id: identifier by which it is found again.
        genome_id: number of the genome in Opal; None if the genome will be added later.
        panel_id: number of the panel, which only an exome lacks.
        project_id: project of a report without a genome.
        filter_id: number of the filter protocol; None for none.
        disease_id: disease of a somatic panel; None for none.
        include_cosmic: option of a somatic panel.

    """

    kind: str
    accession_id: str
    genome_id: int | None = None
    panel_id: int | None = None
    project_id: int | None = None
    filter_id: int | None = None
    disease_id: str | None = None
    include_cosmic: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(
                f"unknown type of report {self.kind!r}", remedy=f"Choose from {', '.join(KINDS)}"
            )
        if not self.accession_id.strip():
            raise UsageError(
                "the launch needs an accession ID",
                remedy="Use --accession-id. The report is found by it when the launch is repeated",
            )
        if self.genome_id is None and self.project_id is None:
            raise UsageError(
                "the launch needs a genome, or the project that will receive it",
                remedy="Use --genome-id or --project-id",
            )
        if self.kind != "exome" and self.panel_id is None:
            raise UsageError(f"a {self.kind} needs a panel", remedy="Use --panel-id")
        if self.kind != "somatic_panel" and (self.disease_id is not None or self.include_cosmic):
            raise UsageError(
                "disease and COSMIC apply only to a somatic_panel",
                remedy="Omit them, or launch a somatic_panel",
            )

    def parcel(self, held: Ticket | None, besides: Iterable[int] = ()) -> Submission:
        """Return the submission.

        Args:
            held: the ticket of an earlier launch; if it is of the same report, its facts are submitted unchanged.
            besides: other reports with the same accession ID, which are not this launch.

        """
        numbers = list(besides)
        facts = {
            name: str(value)
            for name in self.__slots__
            if (value := getattr(self, name)) is not None and value is not False
        }
        if held is not None and not numbers and _without_besides(held.facts) == facts:
            return Submission(dict(held.facts))
        if numbers:
            facts[_BESIDES] = ",".join(map(str, sorted(numbers)))
        return Submission(facts)


def _without_besides(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if name != _BESIDES}


def _besides(ticket: Ticket) -> set[int]:
    return {int(number) for number in ticket.facts.get(_BESIDES, "").split(",") if number.isdecimal()}


def _body(facts: Mapping[str, str]) -> bytes:
    """Return the body that is sent to the service: numbers as numbers, and the genome even if there is none."""
    body: dict[str, Any] = {"report_type": facts["kind"], "proband_genome_id": None}
    body["accession_id"] = facts["accession_id"]
    if "genome_id" in facts:
        body["proband_genome_id"] = int(facts["genome_id"])
    for name in ("panel_id", "project_id", "filter_id"):
        if name in facts:
            body[name] = int(facts[name])
    if "disease_id" in facts:
        body["disease_id"] = facts["disease_id"]
    if "include_cosmic" in facts:
        body["include_cosmic"] = True
    return json.dumps(body).encode()


class OpalDispatcher:
    """Launches reports and waits for their approval.

    Attributes:
        client: client of the service.

    """

    name = NAME

    def __init__(self, client: OpalClient) -> None:
        self.client = client
        self.service = client.service

    async def find(self, ticket: Ticket) -> str | None:
        """Return the report with a ticket's accession ID; None if there is none.

        Raises:
            DispatchError: there are several such reports, or the report differs from the ticket.

        """
        found = await self.client.with_accession(ticket.facts["accession_id"])
        others = _besides(ticket)
        left = {number: report for number, report in found.items() if number not in others}
        if not left:
            return None
        if len(left) > 1:
            raise DispatchError(
                f"{counted(len(left), 'report')} have this accession ID: {listed(left)}",
                path=self.service,
                remedy="Choose one with --report-id, or launch another with --force",
            )
        [(number, report)] = left.items()
        differing = _differences(ticket.facts, report)
        if differing:
            raise DispatchError(
                f"report {number} has this accession ID but a different {' and '.join(differing)}",
                path=self.service,
                remedy="Correct the launch, or launch another report with --force",
            )
        return str(number)

    async def submit(self, ticket: Ticket, parcel: Submission) -> str:
        """Launch the report, once."""
        report = await self.client.launch(_body(parcel.facts))
        returned = report.get("accession_id")
        if returned is not None and returned != ticket.facts["accession_id"]:
            raise DispatchError(
                f"the service launched report {identity(report)} with another accession ID",
                path=self.service,
                remedy="Check the report on Opal's website",
            )
        return str(identity(report))

    async def poll(self, ticket: Ticket) -> JobStatus:
        """Return whether the report is approved: only its final PDF proves this."""
        number = number_of(ticket)
        report = await self.client.report(number)
        word = str(report.get("status") or "no status")
        if word.casefold().startswith("fail"):
            return JobStatus(JobState.FAILED, word)
        if await self.client.final_pdf(number) is not None:
            return JobStatus(JobState.DONE, word)
        return JobStatus(JobState.WAITING if word == "WAITING" else JobState.RUNNING, word)

    async def collect(self, ticket: Ticket, path: Path) -> None:
        """Download the final PDF.

        Raises:
            UnfinishedError: the report is not approved.

        """
        await save_final(self.client, number_of(ticket), str(path))

    async def cancel(self, ticket: Ticket) -> None:
        """Raise an error: the service cannot withdraw a launch."""
        raise DispatchError(
            f"Opal cannot withdraw report {number_of(ticket)}",
            path=self.service,
            remedy="Withdraw it on Opal's website",
        )


@asynccontextmanager
async def opal_dispatcher(access: Access) -> AsyncIterator[OpalDispatcher]:
    """Yield the dispatcher, with the API key of the environment."""
    async with OpalClient(access, OpalCredentials.found()) as client:
        yield OpalDispatcher(client)


def ticket_of(service: str, number: int) -> Ticket:
    """Return a ticket for a report that was launched elsewhere and has no ticket file."""
    return Ticket(NAME, service, "", {}, {}, job=str(number))


def number_of(ticket: Ticket) -> int:
    """Return the number of a ticket's report.

    Raises:
        TicketError: the ticket has no report, because the launch was interrupted.
        DispatchError: the ticket belongs to another dispatcher.

    """
    job = ticket.known_job()
    if ticket.dispatcher != NAME or not (job.isdecimal() and job.isascii()):
        raise DispatchError(
            f"the ticket belongs to {ticket.dispatcher}, not to a report in Opal",
            remedy="Use a ticket that `annotator opal launch` wrote",
        )
    return int(job)


def listed(reports: Mapping[int, Facts]) -> str:
    """Return a text that lists reports by number, without any patient data."""
    return ", ".join(f"{number} ({_described(report)})" for number, report in sorted(reports.items()))


def _described(report: Facts) -> str:
    words: Sequence[object] = [
        report.get("test_type"),
        report.get("status"),
        None if report.get("version") is None else f"version {report['version']}",
        report.get("created_on"),
    ]
    return ", ".join(str(word) for word in words if word is not None)


def _differences(facts: Mapping[str, str], report: Facts) -> list[str]:
    """Return the facts of a launch that a report contradicts; missing values and free wording do not contradict."""
    differing = [
        name.removesuffix("_id")
        for name in _COMPARED
        if name in facts and report.get(name) is not None and str(report[name]) != facts[name]
    ]
    kind = str(report.get("test_type") or "").casefold().replace(" ", "_").replace("-", "_")
    if kind in (*KINDS, *_OTHER_KINDS) and kind != facts["kind"]:
        differing.append("type")
    return differing
