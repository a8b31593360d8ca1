"""The HTTP client limits what it sends, counts it, and leaves alone a host that fails."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from annotator.errors import NetworkError, OutputError, UsageError
from annotator.net import (
    BudgetError,
    CircuitOpenError,
    Egress,
    HttpClient,
    HttpResponse,
    RefusedError,
    UnavailableError,
)
from annotator.net.circuit import Circuit
from annotator.net.state import state_folder
from tests.servers.base import (
    Reset,
    RunningServer,
    Stall,
    Status,
)
from tests.support.net_calls import (
    GOOD,
    application,
    ask,
    limits,
    with_client,
)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer(application()) as running:
        yield running


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


def test_other_tasks_continue_while_a_request_waits(server: RunningServer) -> None:
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


def test_a_clock_that_was_set_back_blocks_no_request(server: RunningServer, state: Path) -> None:
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
    async def many(client: HttpClient) -> list[HttpResponse | BaseException]:
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


def test_the_state_is_in_a_private_folder_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANNOTATOR_STATE_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert state_folder() == tmp_path / "annotator"
    assert state_folder().stat().st_mode & 0o777 == 0o700
    # A batch job has the variable of the login node, not the folder.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    assert state_folder().parent == tmp_path / "temporary"
    assert state_folder().stat().st_mode & 0o777 == 0o700


def test_a_lock_of_a_killed_process_blocks_no_request(server: RunningServer) -> None:
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


def test_sent_requests_are_counted(server: RunningServer) -> None:
    egress = Egress()
    server.faults.then(None, Status(503, body=b"later"))
    for number in (1, 2):
        params = [("q", f"rs{number}")]

        def get(client: HttpClient, params: list[tuple[str, str]] = params) -> Awaitable[HttpResponse]:
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


def test_unsent_requests_are_not_counted() -> None:
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
    ("wrong", "named"),
    [
        ({"attempts": 0}, "attempts"),
        ({"requests_per_second": -1.0}, "--rate"),
        ({"read_seconds": float("nan")}, "read_seconds"),
    ],
)
def test_limits_are_numbers_above_zero(wrong: dict[str, float], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        limits(**wrong)
