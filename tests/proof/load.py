"""Load: `python -m tests.proof.load [RECORDS]` streams records, runs processes at once and annotates wide files.

    stream    so many records through a pipe: the memory of the last tenth is that of the first
    wide      sites of 1,000 samples
    crowd     64 processes on one snapshot: equal outputs

Nothing is stored: inputs are made while they are read. The status is 1 if memory grew, or an output was wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from tests.support.inputs import command, vcf_text, write_snapshot

_PIECE = 20_000  # records that are written at once
_GROWTH = 1.3  # how much more memory the end may take than the beginning
_CROWD = 64


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


if __name__ == "__main__":
    sys.exit(main())
