"""Refusals: `python -m tests.proof.refusals [SECONDS]`: 64 clients meet services that refuse 1,000 requests per second.

A service process refuses every request with status 429 or 503, some with Retry-After. Each client is a process with a
port and a state folder of its own, as on 64 machines, that runs one command again and again: `annotate --online` with
ClinVar or CIViC, `cgi submit`, `cgi list` or `opal reports`. The circuit breaker, which would stop each after a few
requests, is disabled. Other users of the service send 1,000 requests per second. The status is 1 if

    fewer than 1,000 requests per second were refused,
    a client sent a request before its Retry-After had passed,
    memory, files or threads of a client grew, or a command did not end in time,
    or a command did not report the failure: status 3 with each lookup marked as failed, or 1 without an output.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

_CLIENTS = 64
_WANTED = 1000  # refusals per second
_LOOKUPS, _FEW = 6000, 300  # alleles of a run; of one that waits after each request
_RATE = 60  # requests per second of a client
_OTHERS = 20  # connections of other users
_GROWTH = 8 << 20  # bytes that a client may take after its first runs
_LARGEST = 250 << 20  # bytes of a client
_WAIT = 2  # seconds of Retry-After
_EARLY = 0.02  # seconds by which clocks and sockets may be wrong
_PATIENCE = 60  # seconds that a command may take, with its attempts

_REFUSALS = {
    "429": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nwait",
    "503": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown",
    "429 Retry-After": b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: %d\r\nContent-Length: 4\r\n\r\nwait"
    % _WAIT,
    "503 Retry-After": b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nContent-Length: 4\r\n\r\nwait"
    % _WAIT,
}
_SERVICES = ("clinvar",) * 5 + ("civic", "cgi", "opal")


class _Refusing(asyncio.Protocol):
    """One connection of a service that refuses everything at once."""

    def __init__(self, answer: bytes, times: list[float]) -> None:
        self._answer = answer
        self._times = times
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            stated = re.search(rb"(?i)\r\ncontent-length: *(\d+)", self._data[:end])
            size = end + 4 + (int(stated[1]) if stated else 0)
            if len(self._data) < size:
                return
            self._data = self._data[size:]
            self._times.append(time.monotonic())
            self._transport.write(self._answer)


async def _serve(kinds: Sequence[str]) -> None:
    """Print the ports, one for each kind of refusal; when standard input ends, print the times of arrival."""
    loop = asyncio.get_running_loop()
    times: list[list[float]] = [[] for _ in kinds]
    servers = [
        await loop.create_server(lambda n=number: _Refusing(_REFUSALS[kinds[n]], times[n]), "127.0.0.1", 0)  # type: ignore[misc]
        for number in range(len(kinds))
    ]
    _say([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.to_thread(sys.stdin.read)
    _say(times)


async def _crowd(port: int, seconds: float) -> None:
    """Send requests for a while, as other users of the service do."""

    async def user(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        pause = _OTHERS / _WANTED
        turn = time.monotonic() + pause * number / _OTHERS
        while turn < end:
            await asyncio.sleep(turn - time.monotonic())
            turn += pause
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readexactly(len(_REFUSALS["429"]))
        writer.close()

    end = time.monotonic() + seconds
    await asyncio.gather(*map(user, range(_OTHERS)))


def _say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _client(service: str, url: str, seconds: float, connections: str) -> dict[str, Any]:
    """Run a command again and again; return what became of it and what it took."""
    from annotator.net.limits import HttpLimits

    names = [name for name in HttpLimits.__slots__ if name in {"failures_to_open", "attempts"}]
    defaults = dict(zip(HttpLimits.__slots__, HttpLimits.__init__.__defaults__ or (), strict=True))
    defaults |= dict(zip(names, (1, 1 << 60) if names[0] == "attempts" else (1 << 60, 1), strict=True))
    HttpLimits.__init__.__defaults__ = tuple(defaults.values())  # before any module makes limits of its own
    from annotator.cli import run

    statuses: Counter[str] = Counter()
    took, memory, files = list[float](), list[int](), list[int]()
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end or not took:
        number += 1
        words, output = _words(service, url, number, connections)
        began, said = time.monotonic(), io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            status = run([*words, "--no-progress"] if service in {"clinvar", "civic"} else words)
        took.append(time.monotonic() - began)
        statuses[_judged(status, output, said.getvalue())] += 1
        for made in Path().glob(f"{output.name}*"):
            made.unlink()
        memory.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        files.append(len(list(Path("/proc/self/fd").iterdir())))
    warm = memory[min(len(memory) // 3, len(memory) - 1)]
    return {
        "statuses": statuses,
        "longest": max(took),
        "memory": max(memory),
        "growth": memory[-1] - warm,
        "files": files[-1] - files[0],
        "most files": max(files),
        "threads": threading.active_count(),
    }


def _words(service: str, url: str, number: int, connections: str) -> tuple[list[str], Path]:
    output = Path(f"out-{number}.vcf")
    if service == "cgi":
        first = ["cgi", "list"] if number % 2 else ["cgi", "submit", "in.tsv", "--cancer-type", "CM"]
        settled = [] if number % 2 else ["--settle", "1", "--ticket", f"{output}.json"]
        return [*first, *settled, "--url", url], output
    if service == "opal":
        return ["opal", "reports", "--url", url], output
    source = (
        f"clinvar=api --clinvar-url {url}" if service == "clinvar" else f"civic=graphql --civic-url {url}"
    )
    words = f"annotate in.vcf -o {output} --online --source {source} --civic-rate {_RATE}"
    return [*words.split(), "--rate", str(_RATE), "--connections", connections, "--attempts", "1"], output


def _judged(status: int, output: Path, error: str) -> str:
    """Return what a command did, in a word; anything but `failed` and `refused` is wrong."""
    if "Traceback" in error or "unexpected error" in error:
        return f"crash: {error[-300:]}"
    if status == 3 and output.exists():
        lines = [line for line in output.read_bytes().splitlines() if not line.startswith(b"#")]
        marked = sum(b":failed" in line for line in lines)
        return (
            "failed"
            if lines and marked == len(lines)
            else f"{marked} lookups are marked as failed: {error[-300:]}"
        )
    is_refused = (
        status == 1 and "ERROR: " in error and re.search(r"status (429|503)", error) and not output.exists()
    )
    return "refused" if is_refused else f"status {status}: {error[-300:]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("python -m tests.proof.refusals", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("--serve", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--crowd", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--client", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.serve:
        asyncio.run(_serve(chosen.serve))
        return 0
    if chosen.crowd:
        asyncio.run(_crowd(chosen.crowd, chosen.seconds))
        return 0
    if chosen.client:
        service, url, connections = chosen.client
        _say(_client(service, url, chosen.seconds, connections))
        return 0
    with tempfile.TemporaryDirectory() as home:
        return 0 if _refused(Path(home), chosen.seconds) else 1


def _refused(home: Path, seconds: float) -> bool:
    program = [sys.executable, "-m", "tests.proof.refusals"]
    kinds = [(*_REFUSALS, "429", "503")[number % 6] for number in range(_CLIENTS)]
    services = [_SERVICES[number % len(_SERVICES)] for number in range(_CLIENTS)]
    server = subprocess.Popen(
        [*program, "--serve", *kinds, "429"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    *ports, port_of_others = json.loads(server.stdout.readline())
    clients = []
    for number, (service, kind, port) in enumerate(zip(services, kinds, ports, strict=True)):
        folder = _folder(home / str(number), _FEW if "Retry-After" in kind else _LOOKUPS)
        one_by_one = "1" if "Retry-After" in kind else "8"
        words = [*program, str(seconds), "--client", service, f"http://127.0.0.1:{port}", one_by_one]
        variables = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "ANNOTATOR_STATE_DIR": str(folder / "state"),
            **dict.fromkeys(("CGI_EMAIL", "CGI_TOKEN", "FABRIC_API_LOGIN", "FABRIC_API_PASSWORD"), "x"),
        }
        with (folder / "error").open("wb") as error:
            clients.append(
                subprocess.Popen(
                    words, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=error, text=True
                )
            )
    others = subprocess.Popen([*program, str(seconds), "--crowd", str(port_of_others)], cwd=REPOSITORY)
    found = []
    for number, client in enumerate(clients):
        try:
            out, _ = client.communicate(timeout=seconds + 2 * _PATIENCE)
            found.append(json.loads(out))
        except (subprocess.TimeoutExpired, ValueError):
            client.kill()
            found.append({"ended": (home / str(number) / "error").read_text()[-500:]})
    others.wait()
    server.stdin.close()
    times = json.loads(server.stdout.readline())
    server.stdout.close()
    server.wait()
    return _reported(services, kinds, found, times)


def _folder(folder: Path, lookups: int) -> Path:
    from annotator.dispatch.cgi.extract import extract_mutations
    from tests.support.inputs import vcf_text

    folder.mkdir()
    records = [f"7\t{1000 + number}\t.\tA\tT\t.\t.\t." for number in range(lookups)]
    (folder / "in.vcf").write_text(vcf_text(records))
    extract_mutations(str(folder / "in.vcf"), sample="S", all_alts=True).mutations.write(folder / "in.tsv")
    return folder


def _reported(
    services: Sequence[str],
    kinds: Sequence[str],
    found: Sequence[dict[str, Any]],
    times: Sequence[list[float]],
) -> bool:
    problems = []
    for number, one in enumerate(found):
        name = f"client {number} ({services[number]}, {kinds[number]})"
        if "ended" in one:
            problems.append(f"{name} did not end well: {one['ended']}")
            continue
        problems += [f"{name}: {what}" for what in one["statuses"] if what not in {"failed", "refused"}]
        if (
            one["memory"] > _LARGEST
            or one["growth"] > _GROWTH
            or one["files"] > 0
            or one["threads"] > 1
            or one["longest"] > _PATIENCE
        ):
            problems.append(f"{name} took {one}")
    early = 0
    for kind, arrivals in zip(kinds, times, strict=False):
        if "Retry-After" in kind:
            early += sum(after - before < _WAIT - _EARLY for before, after in itertools.pairwise(arrivals))
    total = sum(map(len, times))
    first, last = times[-1][0], times[-1][-1]  # while others sent requests
    meanwhile = [at for arrivals in times for at in arrivals if first <= at <= last]
    rate = len(meanwhile) / (last - first)
    typical = statistics.median(Counter(map(int, meanwhile)).values())
    if early:
        problems.append(f"{early} requests came before Retry-After had passed")
    if rate < _WANTED:
        problems.append(f"only {rate:.0f} refusals per second")
    ended = [one for one in found if "ended" not in one]
    of_clients = sum(len(arrivals) for arrivals in times[:-1])
    done = Counter(what for one in ended for what, count in one["statuses"].items() for _ in range(count))
    sys.stdout.write(
        f"refusals: {len(found)} clients, {total:,} refused requests, {of_clients:,} of them of the "
        f"clients; {rate:,.0f} per second in {last - first:.0f} s, {typical:,.0f} in the median second; "
        f"{sum(done.values()):,} commands: {dict(done)}; the largest client took "
        f"{max(one['memory'] for one in ended) >> 20} MiB, grew by {max(one['growth'] for one in ended) >> 10} KiB "
        f"and had {max(one['most files'] for one in ended)} files open; the longest command took "
        f"{max(one['longest'] for one in ended):.1f} s; {early} requests before Retry-After\n"
    )
    sys.stdout.writelines(f"    {problem}\n" for problem in problems[:20])
    return not problems


if __name__ == "__main__":
    sys.exit(main())
