"""What the client does beyond asking: it sends what must not arrive twice, deletes, and tells what a refusal said."""

from __future__ import annotations

import asyncio
import pickle
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from aiohttp import web

from annotator.errors import UsageError
from annotator.net import (
    FilePart,
    HttpClient,
    HttpLimits,
    RefusedError,
    UnansweredError,
    UnavailableError,
    multipart,
)
from tests.conftest import REPOSITORY
from tests.servers.base import Body, CutOff, Fault, Redirect, Reset, RunningServer, Stall, Status
from tests.servers.forms import parts_of

Result = TypeVar("Result")

LZW = {"Content-Encoding": "compress"}
CERTIFICATE = REPOSITORY / "tests" / "servers" / "loopback.pem"
LIMITS = HttpLimits(
    requests_per_second=1000, attempts=3, first_wait=0.01, read_seconds=0.4, failures_to_open=100
)
FORM = multipart(
    [("cancer_type", "CM"), ("title", "a\r\nb")],
    [FilePart("mutations", 'in"put.tsv', b"chr\tpos\n--x\r\n"), FilePart("cnas", "c.tsv", b"\x00\xff")],
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


async def jobs(request: web.Request) -> web.Response:
    return web.json_response(request.method)


def application() -> web.Application:
    made = web.Application()
    made.router.add_route("*", "/jobs", jobs)
    return made


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer(application()) as running:
        yield running


def with_client(do: Callable[[HttpClient], Awaitable[Result]], ca_bundle: Path | None = None) -> Result:
    async def run() -> Result:
        async with HttpClient(LIMITS, ca_bundle=ca_bundle) as client:
            return await do(client)

    return asyncio.run(run())


def post(server: RunningServer) -> bytes:
    body, content_type = FORM
    sent = with_client(lambda client: client.post_once(f"{server.url}/jobs", body, content_type=content_type))
    return sent.body


def test_a_form_arrives_as_it_was_meant(server: RunningServer) -> None:
    assert post(server) == b'"POST"'
    [request] = server.requests
    assert parts_of(request.body, request.headers["content-type"]) == [
        ("cancer_type", None, b"CM"),
        ("title", None, b"a\r\nb"),
        ("mutations", "in%22put.tsv", b"chr\tpos\n--x\r\n"),
        ("cnas", "c.tsv", b"\x00\xff"),
    ]


def test_equal_forms_are_equal_bytes_and_a_boundary_is_of_the_content() -> None:
    one = multipart([("a", "b")], [FilePart("f", "n", b"x")])
    assert one == multipart([("a", "b")], [FilePart("f", "n", b"x")])
    assert one[1] != multipart([("a", "b")], [FilePart("f", "n", b"y")])[1]


@pytest.mark.parametrize(
    "fault",
    [Reset(), Stall(5), CutOff(3), Status(500), Status(503, "0"), Status(429), Body(b"", headers=LZW)],
)
def test_a_sent_post_is_never_repeated(server: RunningServer, fault: Fault) -> None:
    server.faults.then(fault)
    with pytest.raises(UnansweredError, match="may have arrived"):
        post(server)
    assert [request.method for request in server.requests] == ["POST"]


def test_an_unsent_request_is_retried() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/jobs"
        with pytest.raises(UnavailableError, match=r"no connection .*\(3 attempts\)") as raised:
            with_client(lambda client: client.post_once(url, b"", content_type="text/plain"))
    assert not isinstance(raised.value, UnansweredError)


def test_a_post_is_not_led_elsewhere(server: RunningServer) -> None:
    server.faults.then(Redirect("/jobs", 307))
    with pytest.raises(RefusedError, match="which is not followed"):
        post(server)
    assert len(server.requests) == 1


def test_a_refusal_has_the_response_body_but_its_message_does_not(server: RunningServer) -> None:
    server.faults.then(Status(403, body=b'{"message": "quota of secret-token"}', content_type="text/html"))
    with pytest.raises(RefusedError) as raised:
        post(server)
    assert raised.value.body == b'{"message": "quota of secret-token"}'
    assert "secret" not in str(raised.value)
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301  # our own, as worker processes hand errors over
    assert (again.status, again.body, str(again)) == (403, raised.value.body, str(raised.value))


@pytest.mark.parametrize("body", [b"x" * (1 << 17), b""])
def test_a_refusal_with_a_large_body_is_still_a_refusal(server: RunningServer, body: bytes) -> None:
    server.faults.then(Status(404, body=body))
    with pytest.raises(RefusedError) as raised:
        with_client(lambda client: client.get(f"{server.url}/jobs"))
    assert (raised.value.status, raised.value.body) == (404, b"")


def test_deleting_is_tried_again(server: RunningServer) -> None:
    server.faults.then(Reset(), Status(503))
    answer = with_client(lambda client: client.delete(f"{server.url}/jobs", headers={"Authorization": "x"}))
    assert answer.body == b'"DELETE"'
    assert [request.method for request in server.requests] == ["DELETE"] * 3
    assert {request.headers["authorization"] for request in server.requests} == {"x"}


def test_a_deletion_is_not_led_elsewhere(server: RunningServer) -> None:
    server.faults.then(Redirect("/jobs"))
    with pytest.raises(RefusedError, match="which is not followed"):
        with_client(lambda client: client.delete(f"{server.url}/jobs"))
    assert len(server.requests) == 1


def secure() -> RunningServer:
    import ssl

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    return RunningServer(application(), tls=tls)


def test_an_authority_of_ones_own_is_named_by_a_file() -> None:
    with secure() as server:
        with pytest.raises(UnavailableError, match="its certificate is not trusted"):
            with_client(lambda client: client.get(f"{server.url}/jobs"))
        assert server.requests == []
        answer = with_client(lambda client: client.get(f"{server.url}/jobs"), CERTIFICATE)
    assert answer.body == b'"GET"'


@pytest.mark.parametrize(
    ("name", "why"), [("none.pem", "No such file"), ("empty.pem", "the file contains no certificate")]
)
def test_an_invalid_ca_bundle_is_an_error(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    with pytest.raises(UsageError, match=f"certificates cannot be read \\({why}"):
        with_client(lambda client: client.get("http://127.0.0.1:9/"), tmp_path / name)
