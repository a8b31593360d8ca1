"""Asking Opal: every shape of answer, pages without an end, reports told apart exactly, launches that happen once."""

from __future__ import annotations

import asyncio
import json
import ssl
import traceback
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from annotator.annotation.allele_table import Keys
from annotator.dispatch.base import Access, JobState, submitted, waited
from annotator.dispatch.opal.answers import identity, numbered, objects_of, report_of, shareable
from annotator.dispatch.opal.client import OpalClient
from annotator.dispatch.opal.credentials import OpalCredentials
from annotator.dispatch.opal.launching import Launch, OpalDispatcher, opal_dispatcher, ticket_of
from annotator.dispatch.opal.pdf import draft_name, save_final, save_preview
from annotator.dispatch.opal.variants import OpalVariant, ReportVariants, report_variants
from annotator.dispatch.registry import factory
from annotator.dispatch.ticket import Ticket
from annotator.errors import (
    DispatchError,
    NetworkError,
    OutputError,
    TicketError,
    UnfinishedError,
    UsageError,
)
from annotator.net import HttpLimits, UnansweredError, UnavailableError
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from tests.conftest import REPOSITORY
from tests.servers import base
from tests.servers.base import RunningServer
from tests.servers.opal import PATIENT, Opal, Options, Report, Variant, application, pdf

Result = TypeVar("Result")

KEY = OpalCredentials(Opal().login, Opal().password)
AT_ONCE = HttpLimits(
    requests_per_second=1000,
    attempts=2,
    first_wait=0.01,
    read_seconds=5,
    total_seconds=20,
    failures_to_open=100,
)
BRAF = Variant("chr7", 140453136, "A", "T", "CONFIRMED", "PRIMARY_FINDING")
PANEL = Launch("panel", "A-17", genome_id=119, panel_id=1200)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    for name in ("LOGIN", "PASSWORD"):
        monkeypatch.delenv(f"FABRIC_API_{name}", raising=False)
        monkeypatch.delenv(f"OMICIA_API_{name}", raising=False)
    monkeypatch.delenv("ANNOTATOR_OPAL_CREDENTIALS", raising=False)


@pytest.fixture
def opal() -> Opal:
    held = Opal()
    held.add(Report(1202, "AB12345", variants=[BRAF]), Report(1203, "AB123456"), Report(1204, "ab12345"))
    return held


@pytest.fixture
def server(opal: Opal) -> Iterator[RunningServer]:
    with RunningServer(application(opal)) as running:
        yield running


def ask(
    url: str,
    do: Callable[[OpalClient], Awaitable[Result]],
    *,
    key: OpalCredentials = KEY,
    safe_params: bool = False,
    limits: HttpLimits = AT_ONCE,
) -> Result:
    async def run() -> Result:
        async with OpalClient(Access(url), key, safe_params=safe_params, limits=limits) as client:
            return await do(client)

    return asyncio.run(run())


# What comes in


def test_real_answers_are_read_in_every_shape_they_were_seen_in(shared_data: Path) -> None:
    folder = shared_data / "opal"
    shapes = ("reports_list_objects.json", "reports_list_AS_PRINTED_malformed.txt")
    for name in shapes:
        [report] = objects_of((folder / name).read_bytes())
        assert (identity(report), report["accession_id"], report["status"]) == (
            1202,
            "AB12345",
            "READY TO REVIEW",
        )
    [trio] = objects_of((folder / "reports_list_2015_bare_array.json").read_bytes())
    assert (identity(trio), trio["version"], trio["report_approved_date"]) == (1801, 4, "2015-11-09T11:12:45")
    one = report_of((folder / "report_1202_one.json").read_bytes())
    assert one["accession_id"] == "FLCMRCG479Y"
    shown, left_out = shareable(one)
    assert shown["status"] == "READY TO REVIEW"
    assert left_out == 3  # patient_dict and two dates
    for name in ("Doe", "asthma", "Jane Buck", "2014-12-12"):
        assert name not in json.dumps(shown)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"3",
        b'"objects"',
        b"[1, 2]",
        b'{"objects": 3}',
        b'{"reports": []}',
        b'[{"objects": []}, {"objects": []}]garbage',
        b'[{"objects": [{"id": 1}',  # cut off, not printed without its bracket
        b'[{"objects": [{"id": 1}]',
        b'[{"id": 1}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"<html>Bad gateway</html>",
    ],
)
def test_what_is_no_list_is_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="the response is"):
        objects_of(body)


@pytest.mark.parametrize(
    "body",
    [b'{"id": 7}', b'{"clinical_report": {"id": 7}}', b'[{"id": "7"}]', b'{"objects": [{"id": 7}]}'],
)
def test_a_report_is_read_in_any_envelope(body: bytes) -> None:
    assert identity(report_of(body)) == 7


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"id": true}', b'{"id": "x7"}', b'{"clinical_report": null}']
)
def test_what_is_no_report_is_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="the response"):
        report_of(body)


def test_of_reports_that_come_twice_the_first_counts() -> None:
    assert numbered([{"id": 1, "v": 1}, {"id": 2}, {"id": "1", "v": 2}], "x") == {
        1: {"id": 1, "v": 1},
        2: {"id": 2},
    }
    with pytest.raises(NetworkError, match="without a number"):
        numbered([{"status": "READY"}], "x")


def test_facts_of_which_nobody_says_what_they_are_are_not_shown() -> None:
    report = {
        "id": 7,
        "patient_dict": {"last_name": "Doe"},
        "custom": "Doe",
        "sibling_sex": "Male",
        "status": {"by": "Doe"},
        "variants": [{"status": "CONFIRMED", "alt": "T", "note": "Doe"}, "Doe"],
    }
    shown, left_out = shareable(report)
    assert shown == {"id": 7, "variants": [{"status": "CONFIRMED", "alt": "T"}]}
    assert left_out == 6


# Lists


@pytest.mark.parametrize("envelope", ["objects", "array", "array of one", "as printed"])
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_all_pages_are_asked_for_however_few_reports_the_service_puts_on_one(
    envelope: str, limit: int
) -> None:
    opal = Opal()
    opal.add(*(Report(number, f"A-{number}") for number in range(1, 24)))
    with RunningServer(application(opal, Options(envelope=envelope, most=5))) as server:
        found = ask(server.url, lambda client: client.reports(limit=limit))
        assert list(found) == list(range(1, 24))
        last = dict(server.requests[-1].query)
        assert last == {"limit": str(limit), "offset": "23"}, "the end is an empty page"


def test_a_service_that_knows_no_pages_is_asked_twice() -> None:
    opal = Opal()
    opal.add(*(Report(number, "A") for number in range(1, 4)))
    with RunningServer(application(opal, Options(ignores_offset=True))) as server:
        assert list(ask(server.url, lambda client: client.reports())) == [1, 2, 3]
        assert len(server.requests) == 2


def test_reports_that_move_between_pages_are_found_once(opal: Opal, server: RunningServer) -> None:
    def another(request: base.Request) -> None:
        if request.number == 2:  # the list grows at its front between two pages
            opal.reports = {1300: Report(1300, "new"), **opal.reports}

    server.faults.by(another)
    found = ask(server.url, lambda client: client.reports(limit=2))
    assert list(found) == [1202, 1203, 1204]


def test_filters_and_the_first_page_are_sent_as_they_are_given(server: RunningServer) -> None:
    filters = [("external_id", "EXT 1&x"), ("order_by", "run_date"), ("report_status", "COMPLETE")]
    assert ask(server.url, lambda client: client.reports(filters, offset=2, limit=3)) == {}
    assert server.requests[0].query == [*filters, ("limit", "3"), ("offset", "2")]


@pytest.mark.parametrize(("accession", "numbers"), [("AB12345", [1202]), ("AB1234", []), ("ab12345", [1204])])
def test_an_accession_id_is_matched_whole(server: RunningServer, accession: str, numbers: list[int]) -> None:
    assert len(ask(server.url, lambda client: client.reports([("accession_id", accession)]))) >= 2
    assert list(ask(server.url, lambda client: client.with_accession(accession))) == numbers


def test_what_is_looked_for_may_go_into_a_header_instead_of_the_address(server: RunningServer) -> None:
    found = ask(server.url, lambda client: client.with_accession("AB12345"), safe_params=True)
    assert list(found) == [1202]
    assert all(request.query == [] for request in server.requests)
    assert server.requests[0].headers["x-fg-safe-params"] == "accession_id=AB12345&limit=100&offset=0"


# Refusals and outages


def error_text(error: BaseException) -> str:
    """What a user may see of an error, its chain included."""
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(("number", "status"), [(1202, 401), (1203, 403), (9999, 404)])
def test_a_refusal_says_what_to_do_and_not_what_the_service_said(
    opal: Opal, html: bool, number: int, status: int
) -> None:
    opal.forbidden.add(1203)
    key = OpalCredentials("stranger", "sesame-and-lilies") if status == 401 else KEY
    with RunningServer(application(opal, Options(html_errors=html))) as server:
        with pytest.raises(DispatchError, match=f"status {status}") as raised:
            ask(server.url, lambda client: client.report(number), key=key)
        assert len(server.requests) == 1, "a refusal is not asked again"
    assert raised.value.remedy
    for secret in (*PATIENT.values(), key.login, key.password, key.header):
        if len(str(secret)) > 4:
            assert str(secret) not in error_text(raised.value)


SAYING = PATIENT["last_name"].encode()


@pytest.mark.parametrize(
    "fault", [base.Body(SAYING), base.EMPTY, base.Status(502, body=SAYING), base.Reset()]
)
def test_a_bad_answer_is_asked_again_and_then_is_an_outage(server: RunningServer, fault: base.Fault) -> None:
    server.faults.then(fault)
    assert identity(ask(server.url, lambda client: client.report(1202))) == 1202
    server.faults.always(fault)
    with pytest.raises(UnavailableError) as raised:
        ask(server.url, lambda client: client.report(1202))
    assert SAYING.decode() not in error_text(raised.value)


def test_another_report_than_the_one_asked_for_is_refused(server: RunningServer) -> None:
    server.faults.then(base.Body(b'{"id": 1203}'))
    with pytest.raises(DispatchError, match="report 1202 was requested, but the service returned 1203"):
        ask(server.url, lambda client: client.report(1202))


def test_the_key_never_goes_to_another_host(server: RunningServer, opal: Opal) -> None:
    with RunningServer(application(opal)) as other:
        for kind in (301, 302, 307):
            server.faults.then(base.Redirect(f"{other.url}/reports/1202", kind))
            with pytest.raises(DispatchError, match="which is not followed"):
                ask(server.url, lambda client: client.report(1202))
        assert other.requests == []
    server.faults.then(base.Redirect("/reports/1202?moved=yes"))
    assert identity(ask(server.url, lambda client: client.report(1202))) == 1202, (
        "the same server may move it"
    )
    assert server.requests[-1].headers["authorization"] == KEY.header


@pytest.mark.parametrize("url", ["http://api.fabricgenomics.com", "ftp://127.0.0.1", "https://a:b@127.0.0.1"])
def test_only_https_is_asked_but_on_this_machine(url: str) -> None:
    with pytest.raises(UsageError):
        ask(url, lambda client: client.report(1202))


def test_a_private_authority_is_trusted_if_it_is_named(opal: Opal) -> None:
    certificate = REPOSITORY / "tests" / "servers" / "loopback.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def report(bundle: Path | None) -> int:
        access = Access(server.url, bundle)
        async with OpalClient(access, KEY, limits=AT_ONCE) as client:
            return identity(await client.report(1202))

    with RunningServer(application(opal), tls=context) as server:
        assert asyncio.run(report(certificate)) == 1202
        with pytest.raises(UnavailableError, match="certificate"):
            asyncio.run(report(None))


# Credentials


def test_the_key_comes_from_a_file_or_the_environment_in_this_order(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("filed:pass:word\nmore\n")
    file.chmod(0o600)
    new = {"FABRIC_API_LOGIN": "new", "FABRIC_API_PASSWORD": "n"}
    old = {"OMICIA_API_LOGIN": "old", "OMICIA_API_PASSWORD": "o"}
    assert OpalCredentials.found(file, new) == OpalCredentials("filed", "pass:word")
    assert OpalCredentials.found(None, {"ANNOTATOR_OPAL_CREDENTIALS": str(file), **new}).login == "filed"
    assert OpalCredentials.found(None, {**old, **new}).login == "new"
    assert OpalCredentials.found(None, old) == OpalCredentials("old", "o")
    assert (
        OpalCredentials("Aladdin", "open sesame").header == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    )  # RFC 7617, 2


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("login:secret99", 0o644),
        ("secret99", 0o600),
        (":secret99", 0o600),
        ("secret99:", 0o600),
        ("a\tb:secret99", 0o600),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_without_its_content(
    tmp_path: Path, text: str, mode: int
) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(UsageError) as raised:
        OpalCredentials.found(file, {})
    assert "secret99" not in error_text(raised.value)
    assert raised.value.path == str(file)


@pytest.mark.parametrize(
    "environment",
    [{}, {"FABRIC_API_LOGIN": "x"}, {"FABRIC_API_LOGIN": "a:b", "FABRIC_API_PASSWORD": "secret99"}],
)
def test_no_key_is_an_error_before_anything_is_sent(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError) as raised:
        OpalCredentials.found(None, environment)
    assert "secret99" not in error_text(raised.value)
    assert "secret99" not in repr(OpalCredentials("a", "secret99"))


# PDFs


def test_the_final_pdf_is_saved_whole_and_under_our_name(
    tmp_path: Path, opal: Opal, server: RunningServer
) -> None:
    opal.approve(1202)
    target = tmp_path / "out" / "report.pdf"
    target.parent.mkdir()
    size = ask(server.url, lambda client: save_final(client, 1202, str(target)))
    assert target.read_bytes() == opal.reports[1202].final_pdf()
    assert size == target.stat().st_size
    assert [path.name for path in target.parent.iterdir()] == ["report.pdf"]


def test_only_the_endpoint_says_whether_a_report_is_final(
    tmp_path: Path, opal: Opal, server: RunningServer
) -> None:
    """Report 1801 of the real sample has an approval date, and is READY TO REVIEW."""
    opal.reports[1202].approved_date = "2015-11-09T11:12:45"
    opal.reports[1203].approved, opal.reports[1203].status = True, "READY TO REVIEW"
    with pytest.raises(UnfinishedError, match="report 1202 is not approved"):
        ask(server.url, lambda client: save_final(client, 1202, str(tmp_path / "a.pdf")))
    ask(server.url, lambda client: save_final(client, 1203, str(tmp_path / "b.pdf")))
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["b.pdf"]


@pytest.mark.parametrize(
    "fault",
    [
        base.Body(b"<html>Please log in</html>", "application/pdf"),
        base.Body(b"", "application/pdf"),
        base.Body(pdf("cut")[:40], "application/pdf"),
        base.CutOff(20),
    ],
)
def test_what_is_no_whole_pdf_is_not_saved(
    tmp_path: Path, opal: Opal, server: RunningServer, fault: base.Fault
) -> None:
    opal.approve(1202)
    target = tmp_path / "report.pdf"
    target.write_bytes(b"of last week")
    server.faults.always(fault)
    with pytest.raises(UnavailableError):
        ask(server.url, lambda client: save_final(client, 1202, str(target)))
    assert target.read_bytes() == b"of last week"
    server.faults.clear()
    server.faults.then(fault)
    ask(server.url, lambda client: save_final(client, 1202, str(target)))
    assert target.read_bytes() == opal.reports[1202].final_pdf()


def test_a_preview_never_has_the_name_of_a_report(tmp_path: Path, opal: Opal, server: RunningServer) -> None:
    target = str(tmp_path / "report.pdf")
    name, size = ask(server.url, lambda client: save_preview(client, 1202, target))
    assert name == str(tmp_path / "report.DRAFT.pdf")
    assert Path(name).read_bytes() == pdf("PREVIEW 1202")
    assert size == len(pdf("PREVIEW 1202"))
    assert not Path(target).exists()
    opal.approve(1202)
    with pytest.raises(DispatchError, match="is approved") as raised:
        ask(server.url, lambda client: save_preview(client, 1202, target))
    assert not isinstance(raised.value, UnfinishedError)
    opal.reports[1203].status = "WAITING"
    with pytest.raises(UnfinishedError, match="no preview yet"):
        ask(server.url, lambda client: save_preview(client, 1203, target))


def test_names_of_drafts() -> None:
    assert draft_name("/x.y/report") == "/x.y/report.DRAFT"
    assert draft_name("a.DRAFT.pdf") == "a.DRAFT.pdf"
    with pytest.raises(UsageError):
        draft_name("-")


def test_a_pdf_that_cannot_be_written_is_an_error(tmp_path: Path, opal: Opal, server: RunningServer) -> None:
    opal.approve(1202)
    with pytest.raises(OutputError):
        ask(server.url, lambda client: save_final(client, 1202, str(tmp_path / "none" / "report.pdf")))


# Waiting


def wait(url: str, number: int, *, deadline: float = 10.0, words: list[str] | None = None) -> JobState:
    async def run(client: OpalClient) -> JobState:
        dispatcher = OpalDispatcher(client)
        job_status = await waited(
            dispatcher,
            ticket_of(client.service, number),
            deadline=deadline,
            every=0.02,
            on_status=lambda job_status: None if words is None else words.append(job_status.word),
        )
        return job_status.state

    return ask(url, run)


def test_waiting_ends_when_the_final_pdf_is_there(opal: Opal, server: RunningServer) -> None:
    def later(request: base.Request) -> None:
        steps = {3: "READY FOR INTERPRETATION", 5: "WAITING FOR APPROVAL", 7: "CUSTOM_1"}
        opal.reports[1202].status = steps.get(request.number, opal.reports[1202].status)
        if request.number == 9:
            opal.approve(1202)

    opal.reports[1202].status = "WAITING"
    server.faults.by(later)
    words: list[str] = []
    assert wait(server.url, 1202, words=words) is JobState.DONE
    assert words == ["WAITING", "READY FOR INTERPRETATION", "WAITING FOR APPROVAL", "CUSTOM_1", "Approved"]


def test_waiting_ends_at_the_deadline(server: RunningServer) -> None:
    with pytest.raises(UnfinishedError, match=r"1202 is not finished yet \(last status: READY TO REVIEW\)"):
        wait(server.url, 1202, deadline=0.1)


def test_waiting_survives_an_outage(opal: Opal, server: RunningServer) -> None:
    opal.approve(1202)
    server.faults.then(*[base.Status(503)] * 4, None, base.NOT_JSON, base.NOT_JSON, None, None)
    assert wait(server.url, 1202) is JobState.DONE
    assert len(server.requests) == 9


@pytest.mark.parametrize("word", ["Failed", "FAILED", "failed to annotate"])
def test_a_report_that_failed_is_not_waited_for(opal: Opal, server: RunningServer, word: str) -> None:
    opal.reports[1202].status = word
    with pytest.raises(DispatchError, match=word) as raised:
        wait(server.url, 1202)
    assert not isinstance(raised.value, UnfinishedError)


def test_a_report_that_is_not_there_is_not_waited_for(server: RunningServer) -> None:
    with pytest.raises(DispatchError, match="status 404"):
        wait(server.url, 9999)


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
def test_a_launch_sends_what_it_is_told(
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


def test_a_refused_launch_says_so_and_launches_nothing(
    tmp_path: Path, opal: Opal, server: RunningServer
) -> None:
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


# Variants

V600E = AlleleKey("7", 140453136, "A", "T")


def variants(url: str, number: int = 1202) -> ReportVariants:
    return ask(url, lambda client: report_variants(client, number, Keys(Assembly.GRCH37)))


def some_variants() -> list[Variant]:
    return [
        BRAF,
        Variant("chr7", 140453136, "A", "C", "REVIEWED"),
        Variant("chr13", 32914437, "GT", "G", "Pending", "DO_NOT_REPORT"),
        Variant("chr1", 100, "A", "G", "FAILED_CONFIRMATION"),
        Variant("chr1", 101, "A", "G", None),
        Variant("chr1", 102, "C", "CTT", "a word of next year's, in full", "PRIMARY_FINDING"),
    ]


@pytest.mark.parametrize("envelope", ["objects", "array"])
def test_each_allele_gets_its_own_words_unchanged(opal: Opal, envelope: str) -> None:
    opal.reports[1202].variants = some_variants()
    with RunningServer(application(opal, Options(envelope=envelope))) as server:
        found = variants(server.url)
    assert found.variants == {
        V600E: OpalVariant(["CONFIRMED"], ["PRIMARY_FINDING"]),
        AlleleKey("7", 140453136, "A", "C"): OpalVariant(["REVIEWED"], []),
        AlleleKey("13", 32914438, "T", ""): OpalVariant(["Pending"], ["DO_NOT_REPORT"]),
        AlleleKey("1", 100, "A", "G"): OpalVariant(["FAILED_CONFIRMATION"], []),
        AlleleKey("1", 101, "A", "G"): OpalVariant([], []),
        AlleleKey("1", 103, "", "TT"): OpalVariant(["a word of next year's, in full"], ["PRIMARY_FINDING"]),
    }
    assert found.release.version == "report 1202 version 1"
    assert found.spellings[V600E] == "chr7\t140453136\tA\tT"


def test_a_word_that_all_variants_have_needs_no_filter(server: RunningServer) -> None:
    assert variants(server.url).variants == {V600E: OpalVariant(["CONFIRMED"], ["PRIMARY_FINDING"])}
    asked = [dict(request.query) for request in server.requests]
    assert asked == [{}, {}, {"format": "VCF"}]


def test_a_report_without_variants_has_none(server: RunningServer) -> None:
    assert variants(server.url, 1203).variants == {}


def test_an_allele_of_several_variants_gets_the_words_of_all(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = [BRAF, replace(BRAF, status="REVIEWED", gene="OTHER", to_report=None)]
    found = variants(server.url)
    assert found.variants == {V600E: OpalVariant(["CONFIRMED", "REVIEWED"], ["PRIMARY_FINDING"])}


def test_alleles_that_no_vcf_can_be_looked_up_by_are_counted(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = [BRAF, Variant("chr1", 5, "A", "<DEL>"), Variant("chrUn_x", 5, "A", "C")]
    found = variants(server.url)
    assert found.refused == {"symbolic": 1, "unknown_contig": 1}
    assert list(found.variants) == [V600E]


def test_a_filter_that_does_nothing_is_noticed(opal: Opal) -> None:
    opal.reports[1202].variants = some_variants()
    what = "1 variant with 'CONFIRMED' as JSON but 6 alleles"
    with (
        RunningServer(application(opal, Options(ignores_filters=True))) as server,
        pytest.raises(DispatchError, match=what),
    ):
        variants(server.url)


def test_a_filter_that_finds_nothing_is_noticed(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = some_variants()
    nothing = base.Body(
        b"##fileformat=VCFv4.1\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n", "text/plain"
    )
    server.faults.by(lambda request: nothing if ("status", "Pending") in request.query else None)
    with pytest.raises(
        DispatchError, match="report 1202 has 2 alleles without status, but its JSON has 1 variant without it"
    ):
        variants(server.url)


def test_json_that_lacks_variants_is_noticed(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = some_variants()
    server.faults.then(None, base.Body(b"[]"))
    with pytest.raises(DispatchError, match="without status, but its JSON has 0 variants without it"):
        variants(server.url)


HEAD = "##fileformat=VCFv4.1\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("#CHROM\tPOS\n", "#CHROM line is wrong"),
        (HEAD + "chr7\tx\t.\tA\tT\t.\t.\t.\n", "a line is not a VCF record"),
        (HEAD + "chr7\t5\t.\tA\n", "a line is not a VCF record"),
        ("##reference=GRCh38\n" + HEAD, "GRCh38"),
    ],
)
def test_a_vcf_that_cannot_be_used_is_refused(server: RunningServer, text: str, what: str) -> None:
    server.faults.then(None, None, base.Body(text.encode(), "text/plain"))
    with pytest.raises(DispatchError, match=what):
        variants(server.url)


def test_what_is_no_vcf_is_an_outage(server: RunningServer) -> None:
    server.faults.then(None, None, base.NOT_JSON, base.NOT_JSON)
    with pytest.raises(UnavailableError, match="the response is not a VCF"):
        variants(server.url)


def test_a_status_that_is_no_text_is_refused(server: RunningServer) -> None:
    server.faults.then(None, base.Body(b'[{"id": 1, "status": {"name": "Doe"}}]'))
    with pytest.raises(DispatchError, match="a status that is not text"):
        variants(server.url)
