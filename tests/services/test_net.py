"""The client of all services, against a real server that misbehaves in every way that servers do."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web

from annotator import __version__
from annotator.errors import NetworkError, OutputError, UsageError
from annotator.net import (
    BudgetError,
    CircuitOpenError,
    Egress,
    HttpAnswer,
    HttpClient,
    HttpLimits,
    RefusedError,
    TooLargeError,
    UnavailableError,
)
from annotator.net.circuit import Circuit
from annotator.net.retries import retry_after
from annotator.net.state import HostState, state_folder
from tests.servers.base import (
    EMPTY,
    NOT_A_LIST,
    NOT_JSON,
    SHORT_LIST,
    Body,
    Bomb,
    CutOff,
    Drip,
    Fault,
    Oversized,
    Redirect,
    Reset,
    RunningServer,
    Stall,
    StallMidway,
    Status,
    http_date,
)
from tests.support.certificate import CERTIFICATE

Result = TypeVar("Result")

GOOD = json.dumps([1, ["13961"], None, [["13961", "BRAF"]]]).encode()

AT_ONCE = HttpLimits(
    requests_per_second=1000,
    attempts=3,
    first_wait=0.01,
    read_seconds=10,
    total_seconds=20,
    failures_to_open=100,
)
"""Limits of a test that is not about limits."""


def limits(**changed: Any) -> HttpLimits:
    return replace(AT_ONCE, **changed)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder that no other test counts in; and an environment without proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    folder = tmp_path / "state"
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(folder))
    return folder


async def search(_request: web.Request) -> web.Response:
    return web.Response(body=GOOD, content_type="application/json", charset="utf-8")


def application() -> web.Application:
    made = web.Application()
    made.router.add_route("*", "/search", search)
    return made


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer(application()) as running:
        yield running


def with_client(
    do: Callable[[HttpClient], Awaitable[Result]],
    allowed: HttpLimits = AT_ONCE,
    egress: Egress | None = None,
) -> Result:
    """Do something with a client, in an event loop of its own."""

    async def run() -> Result:
        async with HttpClient(allowed, egress=egress) as client:
            return await do(client)

    return asyncio.run(run())


def ask(server: RunningServer, allowed: HttpLimits = AT_ONCE) -> HttpAnswer:
    return with_client(lambda client: client.get(f"{server.url}/search"), allowed)


def not_four(answer: HttpAnswer) -> str | None:
    """What a source that expects a list of four may say of an answer."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return "the response is not JSON"
    return (
        None if isinstance(found, list) and len(found) >= 4 else "the response is not a list of four elements"
    )


# A good answer


def test_a_good_answer_is_given_whole(server: RunningServer) -> None:
    assert ask(server) == HttpAnswer(200, GOOD, "application/json")


def test_the_parameters_arrive_as_they_are(server: RunningServer) -> None:
    params = [
        ("terms", ""),
        ("q", 'HGVS_c:"NM_004333.6:c.1799T>A" OR x:(a+b & c=d) #/?%\\*~'),
        ("ef", "Name,dbSNP"),
        ("ef", "zweites ü"),
    ]
    with_client(lambda client: client.get(f"{server.url}/search?first=1", params))
    assert server.requests[0].query == [("first", "1"), *params]


def test_the_program_says_who_it_is(server: RunningServer) -> None:
    with_client(lambda client: client.get(f"{server.url}/search", headers={"X-Of-The-Caller": "yes"}))
    assert server.requests[0].headers["user-agent"] == f"annotator/{__version__}"
    assert server.requests[0].headers["x-of-the-caller"] == "yes"


def test_a_body_can_be_posted(server: RunningServer) -> None:
    answer = with_client(
        lambda client: client.post(f"{server.url}/search", b'{"query": "{x}"}', headers={"X-One": "1"})
    )
    assert answer.body == GOOD
    (request,) = server.requests
    assert (request.method, request.body) == ("POST", b'{"query": "{x}"}')
    assert (request.headers["content-type"], request.headers["x-one"]) == ("application/json", "1")


def test_a_compressed_answer_is_given_decompressed(server: RunningServer) -> None:
    server.faults.then(Bomb(3000))
    assert ask(server).body == bytes(3000)
    assert server.requests[0].headers["accept-encoding"] == "gzip"


# What passes


PASSING: list[tuple[Fault, str]] = [
    (Status(408), "status 408"),
    (Status(429), "status 429"),
    (Status(500), "status 500"),
    (Status(502), "status 502"),
    (Status(503), "status 503"),
    (Status(503, "soon"), "status 503"),
    (Status(504, "-1"), "status 504"),
    (Reset(), "the connection broke before a response arrived"),
    (CutOff(), "the response was truncated"),
    (CutOff(0), "the response was truncated"),
    (Stall(60), "the response timed out"),
    (StallMidway(60), "the response timed out"),
    (Body(b"no gzip", headers={"Content-Encoding": "gzip"}), "the compressed response is corrupt"),
    (
        Body(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", headers={"Content-Encoding": "gzip"}),
        "the compressed response is truncated",
    ),
    (
        Body(b"?", headers={"Content-Encoding": "br"}),
        "the response is compressed in a way that was not requested",
    ),
]


def named(value: object) -> str | None:
    return re.sub(r"\W+", "-", str(value)) if not isinstance(value, str) else ""


@pytest.mark.parametrize(("fault", "_what"), PASSING, ids=named)
def test_what_passes_is_waited_out(server: RunningServer, fault: Fault, _what: str) -> None:
    server.faults.then(fault, fault)
    assert ask(server, limits(read_seconds=0.4)).body == GOOD
    assert len(server.requests) == 3


@pytest.mark.parametrize(("fault", "what"), PASSING, ids=named)
def test_what_does_not_pass_is_an_error_after_the_last_attempt(
    server: RunningServer, fault: Fault, what: str
) -> None:
    server.faults.always(fault)
    with pytest.raises(UnavailableError) as raised:
        ask(server, limits(read_seconds=0.4))
    assert str(raised.value) == f"{server.url}/search: {what} (3 attempts). Try again later."
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (NOT_JSON, "the response is not JSON"),
        (EMPTY, "the response is not JSON"),
        (NOT_A_LIST, "the response is not a list of four elements"),
        (SHORT_LIST, "the response is not a list of four elements"),
    ],
    ids=["not JSON", "empty", "not a list", "short list"],
)
def test_an_answer_that_the_source_cannot_use_is_asked_for_again(
    server: RunningServer, fault: Fault, what: str
) -> None:
    def get(client: HttpClient) -> Awaitable[HttpAnswer]:
        return client.get(f"{server.url}/search", unusable=not_four)

    server.faults.then(fault, None)
    assert with_client(get).body == GOOD
    server.faults.always(fault)
    with pytest.raises(UnavailableError, match=rf"/search: {what} \(3 attempts\)\. ") as raised:
        with_client(get)
    assert raised.value.reached
    assert len(server.requests) == 2 + 3


def test_nobody_at_the_port_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/search"
        with pytest.raises(UnavailableError, match=r"/search: no connection \(.*\) \(3 attempts\)"):
            with_client(lambda client: client.get(url))


def test_an_answer_that_drips_is_taken_within_the_time_that_a_whole_one_may_take(
    server: RunningServer,
) -> None:
    server.faults.then(Drip(5, 0.05))
    assert ask(server).body == GOOD
    server.faults.always(Drip(20, 0.1))
    with pytest.raises(UnavailableError, match="the response timed out"):
        ask(server, limits(total_seconds=0.5, attempts=2))


def test_nothing_is_sent_beside_the_limits_and_the_account(server: RunningServer) -> None:
    async def twice(client: HttpClient) -> Egress:
        url = f"{server.url}/search"
        await client.get(url, identifiers=2)
        server.faults.then(Reset(), Reset())  # on a connection that was kept, then on a new one
        await client.get(url, identifiers=3)
        return client.egress

    egress = with_client(twice)
    assert len(server.requests) == 4  # aiohttp, left alone, would send each of those twice
    (account,) = egress.hosts.values()
    assert (account.requests, account.identifiers) == (4, 2 + 3 + 3 + 3)
    state = HostState(state_folder(), server.url.removeprefix("http://"), AT_ONCE)
    assert state.take().today in {4, 5}  # five, if the turn after the last was already
    state.close()


# Retry-After


def in_two_seconds() -> dict[str, str]:
    """Give a date that is two seconds or more after the Date beside it, however late the answer is sent."""
    return {"Date": http_date(0), "Retry-After": http_date(2)}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("told", "seconds"), [(lambda: {"Retry-After": "1"}, 1), (in_two_seconds, 2)], ids=["seconds", "date"]
)
def test_a_server_that_names_a_time_is_left_alone_until_then(
    server: RunningServer, status: int, told: Callable[[], dict[str, str]], seconds: int
) -> None:
    server.faults.then(Status(status, headers=told()))
    assert ask(server).body == GOOD
    first, second = server.requests
    assert second.time - first.time >= seconds - 0.05


def test_all_wait_for_the_time_that_one_was_told(server: RunningServer) -> None:
    async def several(client: HttpClient) -> None:
        with pytest.raises(UnavailableError):
            await client.get(f"{server.url}/search")
        await asyncio.gather(*(client.get(f"{server.url}/search") for _ in range(3)))

    server.faults.then(Status(503, "1"))
    with_client(several, limits(attempts=1))
    assert ask(server).body == GOOD  # another client, as another process would be
    first, *others = server.requests
    assert len(others) == 4
    assert min(request.time for request in others) - first.time >= 0.95


def test_a_server_that_wants_to_be_left_alone_for_too_long_is_given_up_at_once(server: RunningServer) -> None:
    server.faults.always(Status(503, "3600"))
    with pytest.raises(UnavailableError, match=r"status 503; the server requests a pause of 3,600 s\. Try"):
        ask(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 7 "}, 7.0),
        ({"Retry-After": "7.5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "never"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        # The clock of the server is not ours: its own Date is what its date is measured by.
        (
            {
                "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT",
                "Date": "Wed, 21 Oct 2015 07:27:30 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT", "Date": "yesterday"}, 0.0),
    ],
)
def test_retry_after_is_read_in_both_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


# What does not pass


@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 410, 414, 422, 451])
def test_a_refusal_is_an_error_at_once(server: RunningServer, status: int) -> None:
    server.faults.always(Status(status, body=b"" if status == 304 else b"no"))
    with pytest.raises(RefusedError) as raised:
        ask(server)
    assert raised.value.status == status
    assert str(raised.value).startswith(f"{server.url}/search: refused with status {status}.")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [Oversized(3_000_000), Oversized(3_000_000, told=True), Bomb(30_000_000)],
    ids=["untold", "told", "bomb"],
)
def test_an_answer_that_is_too_large_is_an_error_at_once(server: RunningServer, fault: Fault) -> None:
    server.faults.always(fault)
    with pytest.raises(TooLargeError, match=r"the response is larger than 1,000,000 bytes\."):
        ask(server, limits(max_body=1_000_000))
    assert len(server.requests) == 1


def test_an_answer_as_large_as_may_be_is_one(server: RunningServer) -> None:
    server.faults.then(Oversized(100_000), Bomb(100_000))
    for _ in range(2):
        assert len(ask(server, limits(max_body=100_000)).body) == 100_000


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "http://clinicaltables.nlm.nih.gov/api",
        "http://192.0.2.1/",
        "http://127.0.0.1.example/",
        "ftp://ftp.ncbi.nlm.nih.gov/pub",
        "file:///etc/passwd",
        "//127.0.0.1/x",
        "https://",
        "https://someone:secret@127.0.0.1/",
        "127.0.0.1/x",
        "",
        "http://[::1",
    ],
)
def test_only_https_is_asked(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        with_client(lambda client: client.get(url))
    assert "secret" not in str(raised.value)


def test_a_redirection_within_a_server_is_followed(server: RunningServer) -> None:
    server.faults.then(Redirect("/elsewhere"), Redirect(f"{server.url}/search?x=1", 307))
    assert ask(server).body == GOOD
    assert [request.path for request in server.requests] == ["/search", "/elsewhere", "/search"]
    assert server.requests[2].query == [("x", "1")]


def test_a_redirection_to_another_server_is_not_followed(server: RunningServer) -> None:
    with RunningServer(application()) as other:
        server.faults.always(Redirect(f"{other.url}/search?token=secret"))
        with pytest.raises(RefusedError) as raised:
            ask(server)
        assert other.requests == []
    assert f"the server redirects to {other.url}/search, which is not followed" in str(raised.value)
    assert raised.value.status == 302
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["http://example.org/search", "https://example.org/", "file:///x"])
def test_no_redirection_leads_out_of_the_machine(server: RunningServer, location: str, status: int) -> None:
    server.faults.always(Redirect(location, status))
    with pytest.raises(RefusedError, match="which is not followed"):
        ask(server)


def test_redirections_in_a_circle_end(server: RunningServer) -> None:
    server.faults.always(Redirect("/search"))
    with pytest.raises(RefusedError, match="the server redirects endlessly"):
        ask(server)
    assert len(server.requests) == 5


def test_a_redirection_to_nowhere_is_refused(server: RunningServer) -> None:
    server.faults.always(Status(302))
    with pytest.raises(RefusedError, match="the server redirects without an address"):
        ask(server)


def test_what_is_posted_is_not_posted_elsewhere(server: RunningServer) -> None:
    server.faults.always(Redirect("/elsewhere", 307))
    with pytest.raises(RefusedError, match="which is not followed"):
        with_client(lambda client: client.post(f"{server.url}/search", b"{}"))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [Status(401), Status(503), Reset(), CutOff(), Redirect("https://example.org/"), Oversized(10_000)],
    ids=named,
)
def test_no_error_tells_a_secret(server: RunningServer, fault: Fault) -> None:
    server.faults.always(fault)
    with pytest.raises(NetworkError) as raised:
        with_client(
            lambda client: client.get(
                f"{server.url}/search", [("q", "rs113488022")], headers={"Authorization": "Bearer s3cret"}
            ),
            limits(max_body=1000),
        )
    assert server.requests[0].headers["authorization"] == "Bearer s3cret"
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert "s3cret" not in told
    assert "rs113488022" not in told


def test_what_netrc_holds_is_not_sent(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password s3cret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(server)
    assert "authorization" not in server.requests[0].headers


def test_no_cookie_is_kept(server: RunningServer) -> None:
    server.faults.then(Body(GOOD, headers={"Set-Cookie": "who=you"}))

    async def twice(client: HttpClient) -> None:
        for _ in range(2):
            await client.get(f"{server.url}/search")

    with_client(twice)
    assert "cookie" not in server.requests[1].headers


# TLS


@pytest.fixture
def secure_server() -> Iterator[RunningServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with RunningServer(application(), tls=context) as running:
        yield running


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(secure_server: RunningServer) -> None:
    with pytest.raises(UnavailableError, match=r"its certificate is not trusted \(self-signed"):
        ask(secure_server)
    assert secure_server.requests == []


def test_the_certificate_of_an_authority_of_ones_own_can_be_named(
    secure_server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert ask(secure_server).body == GOOD


def test_a_certificate_of_another_name_is_none(
    secure_server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    url = secure_server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(UnavailableError, match="its certificate is not trusted"):
        with_client(lambda client: client.get(f"{url}/search"))
    assert secure_server.requests == []


def test_https_does_not_fall_back_to_http(
    secure_server: RunningServer, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    secure_server.faults.always(Redirect(f"{server.url}/search"))
    with pytest.raises(RefusedError, match="which is not followed"):
        ask(secure_server)
    assert server.requests == []


# Proxies


class Proxy:
    """Listens as a proxy would, notes what it is asked, and refuses."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.heads: list[str] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake the thread that waits in accept.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
                    head += piece
                self.heads.append(head.decode())
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv(variable, f"{scheme}someone:s3cret@127.0.0.1:{proxy.port}")
        with pytest.raises(UnavailableError) as raised:
            with_client(lambda client: client.get("https://clinvar.example/search", [("q", "rs1")]))
    assert len(proxy.heads) == 1  # a proxy that refuses is not asked again
    assert proxy.heads[0].startswith("CONNECT clinvar.example:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic " in proxy.heads[0]
    assert "rs1" not in proxy.heads[0]
    assert "403" in str(raised.value)
    assert "proxy" in str(raised.value)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_this_machine_is_asked_without_a_proxy(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{proxy.port}")
        assert ask(server).body == GOOD
    assert proxy.heads == []


def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://someone:s3cret@127.0.0.1:1080")
    with pytest.raises(UsageError, match="neither http nor https") as raised:
        with_client(lambda client: client.get("https://clinvar.example/search"))
    assert "s3cret" not in str(raised.value)


# How much at once


def test_no_more_requests_are_under_way_than_may_be() -> None:
    under_way, most = 0, 0

    async def slow(_request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return web.Response(body=GOOD)

    made = web.Application()
    made.router.add_get("/slow", slow)

    async def many(client: HttpClient) -> None:
        await asyncio.gather(*(client.get(f"{slow_server.url}/slow") for _ in range(20)))

    with RunningServer(made) as slow_server:
        with_client(many, limits(connections=3))
    assert len(slow_server.requests) == 20
    assert most == 3
    assert len({request.peer_port for request in slow_server.requests}) == 3  # connections are kept


def test_what_others_do_goes_on_while_a_request_waits_for_its_turn(server: RunningServer) -> None:
    turns = 0

    async def work() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    async def both(client: HttpClient) -> None:
        working = asyncio.create_task(work())
        for _ in range(3):
            await client.get(f"{server.url}/search")
        working.cancel()

    with_client(both, limits(requests_per_second=4))
    assert turns > 10  # of about fifty


def most_in_a_second(times: list[float]) -> int:
    """Give the largest number of times within any second."""
    ordered = sorted(times)
    return max(sum(1 for other in ordered if 0 <= other - start < 1) for start in ordered)


ASK_OFTEN = """
import asyncio, sys
from annotator.net import HttpClient, HttpLimits

async def main():
    limits = HttpLimits(requests_per_second=float(sys.argv[2]), connections=4)
    async with HttpClient(limits) as client:
        await asyncio.gather(*(client.get(sys.argv[1]) for _ in range(int(sys.argv[3]))))

asyncio.run(main())
"""


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_all_processes_together_keep_to_the_rate(server: RunningServer, processes: int) -> None:
    rate, each = 10, 36 // processes
    running = [
        subprocess.Popen([sys.executable, "-c", ASK_OFTEN, f"{server.url}/search", str(rate), str(each)])
        for _ in range(processes)
    ]
    assert [process.wait() for process in running] == [0] * processes
    times = [request.time for request in server.requests]
    assert len(times) == 36
    # A request that was held up on its way arrives beside the next: what may arrive too much in a second is
    # what a busy machine holds up for that long. Without the limit all 36 arrive within one.
    assert most_in_a_second(times) <= rate + 2
    assert max(times) - min(times) >= 35 / rate - 0.3


def test_a_rate_below_one_a_second_is_kept(server: RunningServer) -> None:
    async def twice(client: HttpClient) -> None:
        for _ in range(2):
            await client.get(f"{server.url}/search")

    with_client(twice, limits(requests_per_second=0.8))
    first, second = server.requests
    assert second.time - first.time >= 1.2


def test_a_clock_that_was_set_back_stops_nobody(server: RunningServer, state: Path) -> None:
    ask(server)
    (file,) = state.glob("*.sqlite")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE facts SET value = value + 7200000 WHERE name = 'last request'")
        connection.execute("INSERT OR REPLACE INTO facts VALUES ('rest until', ?)", (2**52,))
    connection.close()
    assert ask(server, limits(requests_per_second=2)).body == GOOD


# Circuit


def test_a_circuit_opens_probes_and_closes() -> None:
    circuit = Circuit("host", 2, 10.0)
    assert not circuit.admit(0.0)
    circuit.failed(1.0)
    circuit.succeeded()
    circuit.failed(2.0)
    assert not circuit.admit(2.0)  # failures count in a row
    circuit.failed(3.0)
    for now in (3.0, 12.9):
        with pytest.raises(
            CircuitOpenError,
            match=r"host: no request was sent, because the last 2 requests failed\. The service is tried again",
        ):
            circuit.admit(now)
    assert circuit.admit(13.0)
    with pytest.raises(CircuitOpenError):  # one probe, no two
        circuit.admit(13.0)
    circuit.failed(14.0)
    with pytest.raises(CircuitOpenError):
        circuit.admit(23.9)
    assert circuit.admit(24.0)
    circuit.undecided()
    assert circuit.admit(24.0)
    circuit.succeeded()
    assert not circuit.admit(24.0)
    assert not circuit.admit(24.0)


def test_a_host_that_keeps_failing_is_left_alone_then_tried_again(server: RunningServer) -> None:
    async def several(client: HttpClient) -> None:
        url = f"{server.url}/search"
        for _ in range(2):
            with pytest.raises(UnavailableError):
                await client.get(url)
        assert len(server.requests) == 4
        for _ in range(5):
            with pytest.raises(
                CircuitOpenError, match="no request was sent, because the last 2 requests failed"
            ):
                await client.get(url)
        assert len(server.requests) == 4
        server.faults.clear()
        await asyncio.sleep(1.0)
        for _ in range(3):
            assert (await client.get(url)).body == GOOD

    server.faults.always(Status(503))
    with_client(several, limits(attempts=2, failures_to_open=2, open_seconds=1.0))


def test_requests_under_way_stop_trying_when_the_circuit_opens(server: RunningServer) -> None:
    async def many(client: HttpClient) -> list[HttpAnswer | BaseException]:
        asked = (client.get(f"{server.url}/search") for _ in range(12))
        return await asyncio.gather(*asked, return_exceptions=True)

    server.faults.always(Status(500))
    ended = with_client(many, limits(attempts=3, failures_to_open=1, connections=4))
    assert {type(error) for error in ended} == {UnavailableError, CircuitOpenError}
    assert len(server.requests) <= 4 * 3


def test_one_host_s_circuit_is_not_another_s(server: RunningServer) -> None:
    async def both(client: HttpClient) -> None:
        with pytest.raises(UnavailableError):
            await client.get(f"{server.url}/search")
        with pytest.raises(CircuitOpenError):
            await client.get(f"{server.url}/search")
        assert (await client.get(f"{other.url}/search")).body == GOOD

    server.faults.always(Status(500))
    with RunningServer(application()) as other:
        with_client(both, limits(failures_to_open=1))


def test_refusals_open_no_circuit(server: RunningServer) -> None:
    async def several(client: HttpClient) -> None:
        for _ in range(5):
            with pytest.raises(RefusedError):
                await client.get(f"{server.url}/search")

    server.faults.always(Status(404))
    with_client(several, limits(failures_to_open=2))
    assert len(server.requests) == 5


# Budget


def test_the_day_s_count_is_of_the_machine_and_warns_once(server: RunningServer) -> None:
    async def thrice(client: HttpClient) -> list[str]:
        for _ in range(3):
            await client.get(f"{server.url}/search")
        return client.warnings

    allowed = limits(daily_budget=4)
    assert with_client(thrice, allowed) == []
    (warning,) = with_client(thrice, allowed)
    host = server.url.removeprefix("http://")
    assert warning.startswith(f"this machine has sent more than 4 requests to {host} today (UTC); ")
    assert with_client(thrice, allowed) == []


def test_beyond_the_day_s_most_nothing_is_sent(server: RunningServer) -> None:
    allowed = limits(max_requests_per_day=2)
    for _ in range(2):
        ask(server, allowed)
    with pytest.raises(
        BudgetError, match=r"no request was sent, because the daily limit of 2 requests is used up\. Continue"
    ):
        ask(server, allowed)
    assert len(server.requests) == 2


# The state


@pytest.mark.parametrize("spoil", ["open to all", "a file"])
def test_a_folder_that_is_not_ours_alone_is_not_used(server: RunningServer, state: Path, spoil: str) -> None:
    if spoil == "a file":
        state.write_text("")
    else:
        state.mkdir()
        state.chmod(0o777)
    with pytest.raises(NetworkError, match="ANNOTATOR_STATE_DIR"):
        ask(server)
    assert server.requests == []


def test_a_count_that_is_no_database_is_an_error_not_a_licence(server: RunningServer, state: Path) -> None:
    ask(server)
    (file,) = state.glob("*.sqlite")
    for path in state.iterdir():
        path.unlink()
    file.write_bytes(b"not a database, but long enough to look at " * 100)
    with pytest.raises(NetworkError, match="the number of requests cannot be recorded"):
        ask(server)
    assert len(server.requests) == 1


def test_the_state_stands_in_the_user_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANNOTATOR_STATE_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert state_folder() == tmp_path / "annotator"
    assert state_folder().stat().st_mode & 0o777 == 0o700
    # A batch job has the variable of the login node, not the folder.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    assert state_folder().parent == tmp_path / "temporary"
    assert state_folder().stat().st_mode & 0o777 == 0o700


def test_a_lock_left_by_a_killed_process_stops_nobody(server: RunningServer) -> None:
    program = (
        "import sys, os\n"
        "from annotator.net.limits import HttpLimits\n"
        "from annotator.net.state import HostState, state_folder\n"
        "state = HostState(state_folder(), sys.argv[1], HttpLimits())\n"
        "state._connection.execute('BEGIN IMMEDIATE')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    host = server.url.removeprefix("http://")
    ended = subprocess.run([sys.executable, "-c", program, host], check=False)
    assert ended.returncode == -9
    assert ask(server).body == GOOD


# The account


def test_what_is_sent_is_accounted_for(server: RunningServer) -> None:
    egress = Egress()
    server.faults.then(None, Status(503, body=b"later"))
    for number in (1, 2):
        params = [("q", f"rs{number}")]

        def get(client: HttpClient, params: list[tuple[str, str]] = params) -> Awaitable[HttpAnswer]:
            return client.get(f"{server.url}/search", params, identifiers=7)

        with_client(get, egress=egress)
    ((host, account),) = egress.hosts.items()
    assert host == server.url.removeprefix("http://")
    assert account.requests == len(server.requests) == 3
    assert account.identifiers == 3 * 7
    assert account.bytes_sent == 3 * len(f"{server.url}/search?q=rs1")
    assert account.bytes_received == 2 * len(GOOD)  # the body of a refusal is not read


def test_a_posted_body_is_accounted_for(server: RunningServer) -> None:
    egress = Egress()
    with_client(lambda client: client.post(f"{server.url}/search", b"x" * 100), egress=egress)
    (account,) = egress.hosts.values()
    assert account.bytes_sent == len(f"{server.url}/search") + 100


def test_what_never_left_is_not_accounted_for() -> None:
    egress = Egress()
    with socket.socket() as taken, pytest.raises(UnavailableError):
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/search"
        with_client(lambda client: client.get(url), egress=egress)
    assert egress.hosts == {}


def test_the_log_has_a_line_per_sending_and_no_identifier(server: RunningServer, tmp_path: Path) -> None:
    log = tmp_path / "egress.tsv"
    server.faults.then(None, Reset(), None, Status(404))
    for _ in range(2):
        egress = Egress(log)  # a second run adds to the first one's
        with_client(
            lambda client: client.get(f"{server.url}/search", [("q", "rs113488022")], identifiers=1),
            egress=egress,
        )
    with pytest.raises(RefusedError):
        with_client(lambda client: client.get(f"{server.url}/search", identifiers=2), egress=egress)
    host = server.url.removeprefix("http://")
    sent = len(f"{server.url}/search?q=rs113488022")
    assert log.read_text().splitlines() == [
        "host\tidentifiers\tbytes_sent\tbytes_received\tstatus",
        f"{host}\t1\t{sent}\t{len(GOOD)}\t200",
        f"{host}\t1\t{sent}\t0\t-",
        f"{host}\t1\t{sent}\t{len(GOOD)}\t200",
        f"{host}\t2\t{len(f'{server.url}/search')}\t{len('not now')}\t404",
    ]


def test_nothing_is_sent_that_cannot_be_logged(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the egress log cannot be written"):
        Egress(tmp_path / "missing" / "egress.tsv")


# Stopping


def test_a_request_that_is_cancelled_leaves_nothing_open(server: RunningServer) -> None:
    async def given_up(client: HttpClient) -> None:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.get(f"{server.url}/search")
        server.faults.clear()
        assert (await client.get(f"{server.url}/search")).body == GOOD

    server.faults.always(Stall(60))
    with_client(given_up, limits(read_seconds=30, connections=1))


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"requests_per_second": -1.0}, {"read_seconds": float("nan")}]
)
def test_limits_are_numbers_above_zero(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        limits(**wrong)
