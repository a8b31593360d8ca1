"""Asking Opal: every shape of answer, pages without an end, reports told apart exactly, launches that happen once."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.dispatch.base import Access, JobState, waited
from annotator.dispatch.opal.answers import identity, numbered, objects_of, report_of, shareable
from annotator.dispatch.opal.client import OpalClient
from annotator.dispatch.opal.credentials import OpalCredentials
from annotator.dispatch.opal.launching import OpalDispatcher, ticket_of
from annotator.dispatch.opal.pdf import draft_name, save_final, save_preview
from annotator.errors import (
    DispatchError,
    NetworkError,
    OutputError,
    UnfinishedError,
    UsageError,
)
from annotator.net import UnavailableError
from tests.conftest import REPOSITORY
from tests.servers import base
from tests.servers.base import RunningServer
from tests.servers.opal import PATIENT, Opal, Options, Report, application, pdf
from tests.support.opal_calls import AT_ONCE, KEY, ask, error_text


@pytest.fixture
def server(opal: Opal) -> Iterator[RunningServer]:
    with RunningServer(application(opal)) as running:
        yield running


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
def test_an_invalid_list_is_rejected(body: bytes) -> None:
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
def test_an_invalid_report_is_rejected(body: bytes) -> None:
    with pytest.raises(ValueError, match="the response"):
        report_of(body)


def test_of_reports_that_come_twice_the_first_counts() -> None:
    assert numbered([{"id": 1, "v": 1}, {"id": 2}, {"id": "1", "v": 2}], "x") == {
        1: {"id": 1, "v": 1},
        2: {"id": 2},
    }
    with pytest.raises(NetworkError, match="without a number"):
        numbered([{"status": "READY"}], "x")


def test_undocumented_facts_are_not_shown() -> None:
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
def test_all_pages_are_requested_whatever_their_size(envelope: str, limit: int) -> None:
    opal = Opal()
    opal.add(*(Report(number, f"A-{number}") for number in range(1, 24)))
    with RunningServer(application(opal, Options(envelope=envelope, most=5))) as server:
        found = ask(server.url, lambda client: client.reports(limit=limit))
        assert list(found) == list(range(1, 24))
        last = dict(server.requests[-1].query)
        assert last == {"limit": str(limit), "offset": "23"}, "the end is an empty page"


def test_a_service_without_pages_is_queried_twice() -> None:
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


def test_search_terms_can_be_sent_in_a_header(server: RunningServer) -> None:
    found = ask(server.url, lambda client: client.with_accession("AB12345"), safe_params=True)
    assert list(found) == [1202]
    assert all(request.query == [] for request in server.requests)
    assert server.requests[0].headers["x-fg-safe-params"] == "accession_id=AB12345&limit=100&offset=0"


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize(("number", "status"), [(1202, 401), (1203, 403), (9999, 404)])
def test_a_refusal_states_what_to_do_without_the_response(
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
def test_an_invalid_response_is_retried_and_then_an_outage(server: RunningServer, fault: base.Fault) -> None:
    server.faults.then(fault)
    assert identity(ask(server.url, lambda client: client.report(1202))) == 1202
    server.faults.always(fault)
    with pytest.raises(UnavailableError) as raised:
        ask(server.url, lambda client: client.report(1202))
    assert SAYING.decode() not in error_text(raised.value)


def test_a_report_with_another_number_is_refused(server: RunningServer) -> None:
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
def test_only_https_is_used_except_on_this_machine(url: str) -> None:
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


def test_only_the_pdf_endpoint_shows_whether_a_report_is_final(
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
def test_an_incomplete_pdf_is_not_saved(
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
