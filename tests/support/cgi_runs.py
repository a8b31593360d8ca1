"""A sample for CGI, the emulated service, and the commands against it: in this process, or forked off a warm one.

A warm process has everything loaded and forks a child for each run, so that a run takes as long as its work, and can be
killed without anything else being lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.conftest import REPOSITORY, guarded_path
from tests.servers.base import RunningServer
from tests.servers.cgi import PATH, CgiService, Options
from tests.support.inputs import vcf_text

__all__ = ["EMAIL", "TOKEN", "Steps", "Warm", "environment", "serving", "write_tumour"]

EMAIL, TOKEN = "planted.person@clinic.example", "planted-token-0123456789"


def write_tumour(path: Path, alleles: int = 90, *, extra: Sequence[str] = ()) -> Path:
    """A VCF whose sample `TUMOUR` carries so many alleles; every fifteenth is an insertion, the next a deletion."""
    draw = random.Random(90)  # noqa: S311
    lines = []
    for number in range(alleles):
        position = 1_000_000 + 997 * number
        ref, alt = draw.sample("ACGT", 2)
        if number % 15 == 5:
            alt = ref + "".join(draw.choices("ACGT", k=3))
        elif number % 15 == 6:
            ref, alt = ref + alt + "C", ref
        lines.append(f"7\t{position}\t.\t{ref}\t{alt}\t.\t.\tOLD={number}\tGT\t0/0\t0/1")
        if number % 10 == 3:
            lines.append(f"7\t{position + 1}\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0")
    meta = (
        '##INFO=<ID=OLD,Number=1,Type=Integer,Description="old">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    )
    path.write_text(vcf_text([*lines, *extra], meta=meta, samples=("NORMAL", "TUMOUR")))
    return path


def environment(state: Path, url: str) -> dict[str, str]:
    """The environment of a run: credentials, the service, and a folder of its own to count requests in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {
        "CGI_EMAIL": EMAIL,
        "CGI_TOKEN": TOKEN,
        "ANNOTATOR_CGI_URL": url,
        "ANNOTATOR_STATE_DIR": str(state),
    }
    return kept | own | {"PYTHONPATH": os.pathsep.join(guarded_path(str(REPOSITORY)))}


@contextlib.contextmanager
def serving(options: Options | None = None) -> Iterator[tuple[CgiService, RunningServer, str]]:
    """The service, its server and its address, until the `with` block ends."""
    service = CgiService(options or Options())
    service.options.email, service.options.token = EMAIL, TOKEN
    with RunningServer(service.application()) as server:
        yield service, server, f"{server.url}{PATH}"


class Steps(NamedTuple):
    """From a VCF to the joined VCF, in a folder of its own: the commands, and what is there at the end."""

    folder: Path
    vcf: Path

    @property
    def mutations(self) -> Path:
        return self.folder / "t.tsv"

    @property
    def ticket(self) -> Path:
        return self.folder / "t.ticket.json"

    @property
    def output(self) -> Path:
        return self.folder / "out.vcf"

    def prepare(self) -> list[str]:
        return ["cgi", "mutations", str(self.vcf), "-o", str(self.mutations), "--sample", "TUMOUR"]

    def all(self, settle: str = "0.5") -> list[list[str]]:
        """The commands: submit, wait, collect, join."""
        submit = ["cgi", "submit", str(self.mutations), "--cancer-type", "CM", "--settle", settle]
        wait = ["cgi", "wait", str(self.ticket), "--every", "0.05", "--deadline", "60"]
        collect = ["cgi", "collect", str(self.ticket)]
        return [submit, wait, collect, [*collect, "--vcf", str(self.vcf), "-o", str(self.output)]]

    def results(self) -> Mapping[str, bytes]:
        """All that a finished run leaves, by name; what a killed one left behind is hidden."""
        return {
            path.name: path.read_bytes()
            for path in sorted(self.folder.iterdir())
            if not path.name.startswith(".")
        }


PROGRAM = """
import json, os, sys
from annotator.cli import main
import annotator.cli.cgi, annotator.dispatch.base, annotator.dispatch.cgi.client, annotator.dispatch.cgi.collecting
import annotator.dispatch.cgi.extract, annotator.dispatch.cgi.upload, annotator.annotation.join, annotator.cli.outcome
import annotator.annotation.engines.text, numpy, annotator.vcf.scan, annotator.vcf.tabix

def run(steps):
    for number, words in enumerate(steps):
        os.write(1, f"step {number}\\n".encode())
        try:
            main(words)
        except SystemExit as ended:
            if ended.code not in (0, None, 3):
                os.write(1, f"failed {number} with {ended.code}\\n".encode())
                os._exit(1)
    os.write(1, b"done\\n")
    os._exit(0)

os.write(1, b"warm\\n")
while line := sys.stdin.readline():
    child = os.fork()
    if child == 0:
        os.dup2(2, 3)
        sys.stdout = sys.stderr
        run(json.loads(line))
    os.write(1, f"pid {child}\\n".encode())
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    os.write(1, b"ended\\n")
    sys.stdin.readline()  # as long as it is not reaped, its number is no other process's
    os.waitpid(child, 0)
"""


class Warm:
    """A warm process, until the `with` block ends."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        self._file = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._file,
            env=dict(environment),
        )
        assert self._line() == "warm", log.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._file.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()

    def run(self, steps: Sequence[Sequence[str]], kill: tuple[int, float] | None = None) -> list[float]:
        """Run commands in a child; give how long each took.

        Args:
            steps: their words.
            kill: number of the step in which the child is killed with SIGKILL, and how many seconds after its start.

        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(steps)}\n".encode())
        self._process.stdin.flush()
        child, starts = 0, []
        while (line := self._line()) != "ended":
            word, _, rest = line.partition(" ")
            if word == "pid":
                child = int(rest)
            elif word in {"step", "done"}:
                starts.append(time.monotonic())
            else:
                assert kill is not None, f"{line}: {self._log.read_text()[-2000:]}"
            if kill is not None and child and len(starts) == kill[0] + 1:
                time.sleep(max(0.0, starts[-1] + kill[1] - time.monotonic()))
                os.kill(child, signal.SIGKILL)
                kill = (-1, 0.0)
        self._process.stdin.write(b"reap\n")
        self._process.stdin.flush()
        assert kill is not None or len(starts) == len(steps) + 1, self._log.read_text()[-2000:]
        return [after - before for before, after in pairwise(starts)]
