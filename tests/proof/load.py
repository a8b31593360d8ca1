"""Load: `python -m tests.proof.load [RECORDS]` streams records, runs processes at once and annotates wide files.

    stream    so many records through a pipe: the memory of the last tenth is that of the first
    wide      sites of 1,000 samples
    crowd     64 processes on one snapshot: equal outputs
    refusals  a service that refuses every request with status 429: the run ends within a minute and counts each lookup
              as failed; one that refuses connections: one error. Then 64 clients, without a circuit breaker, meet
              services that refuse 1,000 requests per second: see tests/proof/refusals.py

Nothing is stored: inputs are made while they are read. The status is 1 if memory grew, or an output was wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from aiohttp import web

from tests.proof import refusals
from tests.servers.base import Faults, RunningServer, Status
from tests.support.inputs import command, vcf_text, write_snapshot

_PIECE = 20_000  # records that are written at once
_GROWTH = 1.3  # how much more memory the end may take than the beginning
_CROWD = 64
_REFUSED = 20_000  # alleles that are looked up
_MEMORY = 400 << 10  # KiB that a run with refusals may take


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("python -m tests.proof.load", description=__doc__)
    parser.add_argument("records", nargs="?", type=int, default=50_000_000)
    parser.add_argument("--wide", type=int, default=100_000, help="sites of 1,000 samples")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        snapshot = write_snapshot(Path(name) / "snapshot")
        good = [
            _streamed("stream", snapshot, chosen.records, 0),
            _streamed("wide", snapshot, chosen.wide, 1000),
            _crowded(snapshot),
            _refused(Path(name), "status 429"),
            _refused(Path(name), "connections refused"),
            refusals.main([]) == 0,
        ]
    return 0 if all(good) else 1


def _pieces(records: int, samples: int) -> Iterator[bytes]:
    """Yield a VCF: its header, then pieces of it."""
    names = [f"S{number}" for number in range(samples)]
    meta = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',) if samples else ()
    yield vcf_text([], meta=meta, samples=names).encode()
    calls = "\tGT" + "\t0/1" * samples if samples else ""
    size = _PIECE if not samples else 200
    for first in range(1, records + 1, size):
        last = min(first + size, records + 1)
        lines = (
            f"7\t{number % 159_000_000 + 1}\t.\tA\tT\t50\tPASS\tDP=30{calls}\n"
            for number in range(first, last)
        )
        yield "".join(lines).encode()


def _streamed(what: str, snapshot: Path, records: int, samples: int) -> bool:
    process = subprocess.Popen(
        command("annotate", "-", "--snapshot", snapshot, "-q"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    counts: list[int] = []
    assert process.stdin is not None
    assert process.stdout is not None
    reader = threading.Thread(target=_counted, args=(process.stdout, counts))
    reader.start()
    memory, began = [], time.monotonic()
    for piece in _pieces(records, samples):
        process.stdin.write(piece)
        memory.append(_resident(process.pid))
    process.stdin.close()
    reader.join()
    status = process.wait()
    tenth = max(len(memory) // 10, 1)
    early, late = max(memory[tenth : 2 * tenth] or memory), max(memory[-tenth:])
    is_good = status == 0 and counts == [records] and late <= early * _GROWTH
    seconds = time.monotonic() - began
    text = f"{what}: {records:,} records, {samples:,} samples, {seconds:.0f} s, {records / seconds:,.0f} records/s, "
    sys.stdout.write(
        f"{text}memory {early / 1e6:.0f} MB early, {late / 1e6:.0f} MB late: {'good' if is_good else 'BAD'}\n"
    )
    sys.stdout.flush()
    return is_good


def _counted(output: IO[bytes], counts: list[int]) -> None:
    counts.append(sum(not line.startswith(b"#") for line in output))


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096


def _crowded(snapshot: Path) -> bool:
    text = b"".join(_pieces(20_000, 0))
    source = snapshot.parent / "in.vcf"
    source.write_bytes(text)
    began = time.monotonic()
    words = command("annotate", source, "--snapshot", snapshot, "-q")
    runs = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(_CROWD)]
    digests = {hashlib.sha256(run.communicate()[0]).hexdigest() for run in runs}
    is_good = len(digests) == 1 and {run.returncode for run in runs} == {0}
    seconds = time.monotonic() - began
    sys.stdout.write(f"crowd: {_CROWD} processes, {seconds:.0f} s: {'good' if is_good else 'BAD'}\n")
    return is_good


def _refused(folder: Path, how: str) -> bool:
    """Query a service that refuses; the machine allows some 1,000 requests per second."""
    source, output = folder / "refused.vcf", folder / f"{how}.vcf"
    source.write_bytes(b"".join(_pieces(_REFUSED, 0)))
    with RunningServer(web.Application(), faults=Faults()) as server:
        server.faults.always(Status(429))
        url = server.url if how == "status 429" else f"http://127.0.0.1:{_free_port()}"
        options = ("--online", "--source", "clinvar=api", "--clinvar-url", url, "--rate", "1000")
        limits = ("--connections", "64", "--attempts", "2", "--no-progress")
        variables = os.environ | {"ANNOTATOR_STATE_DIR": str(folder / f"state {how}")}
        began = time.monotonic()
        run = subprocess.Popen(
            command("annotate", source, "-o", output, *options, *limits),
            stderr=subprocess.PIPE,
            env=variables,
        )
        error = run.stderr.read().decode() if run.stderr is not None else ""
        _, status, used = os.wait4(run.pid, 0)
        seconds, requests = time.monotonic() - began, len(server.requests)
    failed = [line for line in error.splitlines() if line.startswith("failed lookups: ")]
    counts = [int(number.replace(",", "")) for number in re.findall(r" ([0-9,]*[0-9])", " ".join(failed))]
    marked = output.read_bytes().count(b"clinvar:failed") if output.exists() else 0
    if how == "status 429":
        is_good = os.waitstatus_to_exitcode(status) == 3 and sum(counts) == marked == _REFUSED
        is_good &= len(failed) == 1
    else:  # nothing is there: an error before any lookup
        is_good = os.waitstatus_to_exitcode(status) == 1 and not output.exists()
        is_good &= error.count("\n") == 1 and "no connection" in error
    is_good &= seconds < 60 and used.ru_maxrss < _MEMORY
    sys.stdout.write(
        f"refusals ({how}): {_REFUSED:,} lookups, {requests:,} requests, {seconds:.1f} s, "
        f"{used.ru_maxrss / 1024:.0f} MiB, {marked:,} marked as failed; {' '.join(failed)}: "
        f"{'good' if is_good else f'BAD: {error[-500:]}'}\n"
    )
    return is_good


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
