"""A clinical report is launched once, whatever happens to the response."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.dispatch.base import Access, JobState, submitted
from annotator.dispatch.opal.client import OpalClient
from annotator.dispatch.opal.launching import Launch, OpalDispatcher, opal_dispatcher, ticket_of
from annotator.dispatch.registry import factory
from annotator.dispatch.ticket import Ticket
from annotator.errors import (
    DispatchError,
    TicketError,
    UsageError,
)
from annotator.net import UnansweredError
from tests.servers import base
from tests.servers.base import RunningServer
from tests.servers.opal import Opal, Options, Report, application
from tests.support.opal_calls import ask, error_text

PANEL = Launch("panel", "A-17", genome_id=119, panel_id=1200)


@pytest.fixture
def server(opal: Opal) -> Iterator[RunningServer]:
    with RunningServer(application(opal)) as running:
        yield running


# Launching


def launch(url: str, wanted: Launch, path: Path, *, force: bool = False, settle: float = 0.0) -> Ticket:
    async def run(client: OpalClient) -> Ticket:
        held = Ticket.read(path) if path.exists() else None
        besides = await client.with_accession(wanted.accession_id) if force else ()
        return await submitted(
            OpalDispatcher(client), wanted.parcel(held, besides), path, force=force, settle=settle
        )

    return ask(url, run)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (
            PANEL,
            {"report_type": "panel", "proband_genome_id": 119, "accession_id": "A-17", "panel_id": 1200},
        ),
        (
            Launch("exome", "A 17", genome_id=5, filter_id=727),
            {"report_type": "exome", "proband_genome_id": 5, "accession_id": "A 17", "filter_id": 727},
        ),
        (
            Launch("somatic_panel", "Ä", panel_id=3, project_id=9, disease_id="D:1", include_cosmic=True),
            {
                "report_type": "somatic_panel",
                "proband_genome_id": None,
                "accession_id": "Ä",
                "panel_id": 3,
                "project_id": 9,
                "disease_id": "D:1",
                "include_cosmic": True,
            },
        ),
    ],
)
def test_a_launch_sends_its_options(
    tmp_path: Path, opal: Opal, server: RunningServer, wanted: Launch, sent: dict[str, object]
) -> None:
    ticket = launch(server.url, wanted, tmp_path / "t.json")
    [posted] = [request for request in server.requests if request.method == "POST"]
    assert json.loads(posted.body) == sent
    assert opal.launched == [int(ticket.known_job())]
    assert Ticket.read(tmp_path / "t.json") == ticket


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "trio"},
        {"accession_id": " "},
        {"genome_id": None},
        {"panel_id": None},
        {"disease_id": "D:1"},
        {"include_cosmic": True},
    ],
)
def test_a_launch_that_cannot_be_is_not_sent(facts: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        replace(PANEL, **facts)  # type: ignore[arg-type]


def test_a_second_launch_is_the_first_one(tmp_path: Path, opal: Opal, server: RunningServer) -> None:
    first = launch(server.url, PANEL, tmp_path / "t.json")
    again = launch(server.url, PANEL, tmp_path / "t.json")
    elsewhere = launch(server.url, PANEL, tmp_path / "other.json")
    assert first.job == again.job == elsewhere.job
    assert len(opal.launched) == 1


@pytest.mark.parametrize("fault", [base.CutOff(0), base.CutOff(5)])
def test_a_launch_whose_answer_was_lost_is_found(
    tmp_path: Path, opal: Opal, server: RunningServer, fault: base.Fault
) -> None:
    server.faults.then(None, fault)  # the list; the launch
    ticket = launch(server.url, PANEL, tmp_path / "t.json", settle=5)
    assert opal.launched == [int(ticket.known_job())]


def test_a_launch_that_shows_late_is_not_made_twice(tmp_path: Path, opal: Opal) -> None:
    with RunningServer(application(opal, Options(shows_after=0.6))) as server:
        server.faults.then(None, base.CutOff(0))
        with pytest.raises(UnansweredError):
            launch(server.url, PANEL, tmp_path / "t.json", settle=0.1)
        assert Ticket.read(tmp_path / "t.json").job is None
        ticket = launch(server.url, PANEL, tmp_path / "t.json", settle=5)
        assert opal.launched == [int(ticket.known_job())]


def test_a_launch_that_did_not_arrive_is_made_by_the_next(
    tmp_path: Path, opal: Opal, server: RunningServer
) -> None:
    server.faults.then(None, base.Reset())
    with pytest.raises(UnansweredError):
        launch(server.url, PANEL, tmp_path / "t.json")
    assert opal.launched == []
    launch(server.url, PANEL, tmp_path / "t.json")
    assert len(opal.launched) == 1


@pytest.mark.parametrize("body", [b"{}", b'{"error": "x"}', b"<html>", b'{"clinical_report": null}'])
def test_a_launch_that_is_not_confirmed_is_looked_for_by_the_next(
    tmp_path: Path, opal: Opal, server: RunningServer, body: bytes
) -> None:
    server.faults.then(None, base.Body(body))
    with pytest.raises(DispatchError, match="did not return the number of the report"):
        launch(server.url, PANEL, tmp_path / "t.json")
    opal.add(Report(3000, "A-17"))  # it had arrived
    assert launch(server.url, PANEL, tmp_path / "t.json").job == "3000"
    assert opal.launched == []


def test_a_refused_launch_is_an_error(tmp_path: Path, opal: Opal, server: RunningServer) -> None:
    server.faults.then(None, base.Status(422, body=b'{"description": "Doe"}'))
    with pytest.raises(DispatchError, match=r"status 422.*No report was launched") as raised:
        launch(server.url, PANEL, tmp_path / "t.json")
    assert "Doe" not in error_text(raised.value)
    launch(server.url, PANEL, tmp_path / "t.json")
    assert len(opal.launched) == 1


@pytest.mark.parametrize(
    ("changed", "what"),
    [({"genome_id": 7}, "genome"), ({"panel_id": 7}, "panel"), ({"test_type": "Trio"}, "type")],
)
def test_a_report_of_something_else_is_not_taken_for_the_launch(
    tmp_path: Path, opal: Opal, server: RunningServer, changed: dict[str, object], what: str
) -> None:
    opal.add(replace(Report(2001, "A-17"), **changed))  # type: ignore[arg-type]
    with pytest.raises(DispatchError, match=f"report 2001 has this accession ID but a different {what}"):
        launch(server.url, PANEL, tmp_path / "t.json")
    assert opal.launched == []
    ticket = launch(server.url, PANEL, tmp_path / "t.json", force=True)
    assert opal.launched == [int(ticket.known_job())]
    assert launch(server.url, PANEL, tmp_path / "t.json").job == ticket.job, "it stays the one"


@pytest.mark.parametrize("word", ["Panel", "panel", "A word of next year's", ""])
def test_a_report_whose_type_the_service_words_its_own_way_is_the_launch(
    tmp_path: Path, opal: Opal, server: RunningServer, word: str
) -> None:
    opal.add(Report(2001, "A-17", test_type=word, genome_id=None))
    assert launch(server.url, PANEL, tmp_path / "t.json").job == "2001"


def test_two_reports_of_one_accession_id_are_not_chosen_between(
    tmp_path: Path, opal: Opal, server: RunningServer
) -> None:
    opal.add(Report(2001, "A-17"), Report(2002, "A-17", status="WAITING", version=3))
    with pytest.raises(DispatchError) as raised:
        launch(server.url, PANEL, tmp_path / "t.json")
    assert "2001 (panel, READY TO REVIEW, version 1, " in raised.value.what
    assert "2002 (panel, WAITING, version 3, " in raised.value.what
    assert "A-17" not in error_text(raised.value)
    assert opal.launched == []


def test_another_launch_does_not_take_a_ticket(tmp_path: Path, opal: Opal, server: RunningServer) -> None:
    launch(server.url, PANEL, tmp_path / "t.json")
    with pytest.raises(TicketError):
        launch(server.url, replace(PANEL, accession_id="B-2"), tmp_path / "t.json")
    assert len(opal.launched) == 1


def test_opal_is_a_dispatcher_as_any_other(
    tmp_path: Path, opal: Opal, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRIC_API_LOGIN", opal.login)
    monkeypatch.setenv("FABRIC_API_PASSWORD", opal.password)
    assert factory("opal") is opal_dispatcher
    opal.approve(1202)

    async def run() -> None:
        async with factory("opal")(Access(server.url)) as dispatcher:
            ticket = ticket_of(dispatcher.service, 1202)
            assert await dispatcher.poll(ticket) == (JobState.DONE, "Approved")
            await dispatcher.collect(ticket, tmp_path / "report.pdf")
            with pytest.raises(DispatchError, match="cannot withdraw report 1202"):
                await dispatcher.cancel(ticket)
            with pytest.raises(DispatchError, match="belongs to cgi"):
                await dispatcher.poll(replace(ticket, dispatcher="cgi"))

    asyncio.run(run())
    assert (tmp_path / "report.pdf").read_bytes() == opal.reports[1202].final_pdf()
