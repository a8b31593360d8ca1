"""The client of all services, against a real server that misbehaves in every way that servers do."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from annotator import __version__
from annotator.net import (
    Egress,
    HttpClient,
    HttpResponse,
    RefusedError,
    TooLargeError,
    UnavailableError,
)
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
    Reset,
    RunningServer,
    Stall,
    StallMidway,
    Status,
    http_date,
)
from tests.support.net_calls import (
    AT_ONCE,
    GOOD,
    application,
    ask,
    limits,
    named,
    with_client,
)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer(application()) as running:
        yield running


def not_four(answer: HttpResponse) -> str | None:
    """Return why a response is not a list of four, or None if it is."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return "the response is not JSON"
    return (
        None if isinstance(found, list) and len(found) >= 4 else "the response is not a list of four elements"
    )


# A good answer


def test_a_good_answer_is_given_whole(server: RunningServer) -> None:
    assert ask(server) == HttpResponse(200, GOOD, "application/json")


def test_the_parameters_arrive_as_they_are(server: RunningServer) -> None:
    params = [
        ("terms", ""),
        ("q", 'HGVS_c:"NM_004333.6:c.1799T>A" OR x:(a+b & c=d) #/?%\\*~'),
        ("ef", "Name,dbSNP"),
        ("ef", "zweites ü"),
    ]
    with_client(lambda client: client.get(f"{server.url}/search?first=1", params))
    assert server.requests[0].query == [("first", "1"), *params]


def test_requests_have_a_user_agent(server: RunningServer) -> None:
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


@pytest.mark.parametrize("padding", [b"", bytes(600)])
def test_all_members_of_a_compressed_answer_are_read(server: RunningServer, padding: bytes) -> None:
    body = b"".join(map(gzip.compress, (b"[1,", b"", b"2]"))) + padding
    server.faults.then(Body(body, headers={"Content-Encoding": "gzip"}))
    assert ask(server).body == b"[1,2]"


def test_a_compressed_answer_of_many_members_is_limited_as_a_whole(server: RunningServer) -> None:
    body = gzip.compress(bytes(6000)) * 2
    server.faults.always(Body(body, headers={"Content-Encoding": "gzip"}))
    assert ask(server, limits(max_body=12_000)).body == bytes(12_000)
    with pytest.raises(TooLargeError, match="larger than 11,999 bytes"):
        ask(server, limits(max_body=11_999))


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
        Body(
            gzip.compress(b"[1,", mtime=0) + gzip.compress(b"2]", mtime=0)[:-4],
            headers={"Content-Encoding": "gzip"},
        ),
        "the compressed response is truncated",
    ),
    (
        Body(gzip.compress(b"[]", mtime=0) + b"more", headers={"Content-Encoding": "gzip"}),
        "the compressed response is corrupt",
    ),
    (
        Body(b"?", headers={"Content-Encoding": "br"}),
        "the response is compressed in a way that was not requested",
    ),
]


@pytest.mark.parametrize(("fault", "_what"), PASSING, ids=named)
def test_temporary_faults_are_waited_out(server: RunningServer, fault: Fault, _what: str) -> None:
    server.faults.then(fault, fault)
    assert ask(server, limits(read_seconds=0.4)).body == GOOD
    assert len(server.requests) == 3


@pytest.mark.parametrize(("fault", "what"), PASSING, ids=named)
def test_a_lasting_fault_is_an_error_after_the_last_attempt(
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
def test_an_unusable_response_is_requested_again(server: RunningServer, fault: Fault, what: str) -> None:
    def get(client: HttpClient) -> Awaitable[HttpResponse]:
        return client.get(f"{server.url}/search", unusable=not_four)

    server.faults.then(fault, None)
    assert with_client(get).body == GOOD
    server.faults.always(fault)
    with pytest.raises(UnavailableError, match=rf"/search: {what} \(3 attempts\)\. ") as raised:
        with_client(get)
    assert raised.value.reached
    assert len(server.requests) == 2 + 3


def test_a_closed_port_is_an_error() -> None:
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


def test_a_state_that_is_closed_while_requests_are_counted_ends_with_an_error(tmp_path: Path) -> None:
    program = """
import sys, threading
from pathlib import Path
from annotator.errors import NetworkError
from annotator.net.limits import HttpLimits
from annotator.net.state import HostState

def take(state):
    try:
        while True:
            state.take(again=True)
    except NetworkError:
        pass

for _ in range(60):
    state = HostState(Path(sys.argv[1]), "example.org", HttpLimits())
    threads = [threading.Thread(target=take, args=(state,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    state.close()
    for thread in threads:
        thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


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


def test_all_requests_wait_for_the_time_stated_to_one(server: RunningServer) -> None:
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
