"""An output is complete or absent, whatever stops the run; annotating again replaces the earlier annotations."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotator import annotate
from annotator.vcf.header import OnClash
from tests.support.fed_runs import LINES, OLD, living, wait_for
from tests.support.inputs import (
    BRAF_V600E,
    CLINVAR_RECORDS,
    ClinVarEntry,
    command,
    data_lines,
    info_of,
    vcf_text,
    write_snapshot,
    write_vcf,
)

BEGINNING = 3 << 20  # bytes after which a run writes


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


@pytest.fixture(scope="module")
def large() -> bytes:
    """A VCF of 60,000 records and 8 MB, which is several chunks."""
    padding = "X=" + "0123456789" * 10
    records = [f"7\t{position}\t.\tA\tT\t.\t.\t{padding}" for position in range(1, LINES)]
    return vcf_text([*records, BRAF_V600E]).encode()


# A run that is fed by hand


class Running:
    """A run whose input comes from here, so that it can be stopped in the middle without waiting."""

    def __init__(self, folder: Path, snapshot: Path, *options: str) -> None:
        self.output = folder / "out.vcf"
        self._process = subprocess.Popen(
            command("annotate", "-", "--snapshot", snapshot, "-o", self.output, *options),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.group = self._process.pid

    def feed(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def begun(self) -> None:
        """Wait until it writes."""
        wait_for(lambda: bool(list(self.output.parent.glob(".out.vcf.*.partial"))))

    def workers(self) -> list[int]:
        return [process for process in living(self.group) if process != self.group]

    def gone(self) -> None:
        """Wait until no process of it is left."""
        wait_for(lambda: not living(self.group))

    def send(self, number: signal.Signals, *, everyone: bool = False) -> None:
        (os.killpg if everyone else os.kill)(self.group, number)

    def ended(self) -> tuple[int, str]:
        """Close its input, and wait for its end."""
        _, err = self._process.communicate()
        return self._process.returncode, err.decode()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        self._process.communicate()


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name
)
def test_a_signal_leaves_the_old_output_or_the_whole_new_one(
    tmp_path: Path, snapshot: Path, large: bytes, number: signal.Signals, threads: str
) -> None:
    random_ = random.Random(f"{number} {threads}")  # noqa: S311
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        exists = attempt % 2 == 0
        with Running(folder, snapshot, "-@", threads) as run:
            if exists:
                run.output.write_bytes(OLD)
            moment = random_.randrange(BEGINNING, len(large))
            run.feed(large[:BEGINNING])
            run.begun()
            run.feed(large[BEGINNING:moment])
            # Ctrl-C reaches every process of the terminal, a scheduler's signal the first one.
            run.send(number, everyone=number is signal.SIGINT)
            status, err = run.ended()
            assert status == {"SIGKILL": -9, "SIGINT": 130, "SIGTERM": 143}[number.name], err
            assert "Traceback" not in err
            run.gone()
        assert run.output.exists() == exists
        if exists:
            assert run.output.read_bytes() == OLD
        if number is not signal.SIGKILL:
            assert sorted(path.name for path in folder.iterdir()) == ["out.vcf"] * exists


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_signal_near_the_end_leaves_the_old_output_or_the_whole_new_one(
    tmp_path: Path, snapshot: Path, large: bytes, threads: str
) -> None:
    source, expected, output = tmp_path / "in.vcf", tmp_path / "expected.vcf", tmp_path / "out.vcf"
    source.write_bytes(large)
    annotate(source, expected, snapshot=snapshot)
    new = expected.read_bytes()
    for share in (0.6, 0.95, 1.0):
        output.write_bytes(OLD)
        process = subprocess.Popen(
            command("annotate", source, "--snapshot", snapshot, "-o", output, "-@", threads),
            stderr=subprocess.PIPE,
        )
        wait_for_size(output, int(share * len(new)))
        process.terminate()
        _, err = process.communicate()
        assert process.returncode in {0, 143}, err
        assert output.read_bytes() in ({new} if process.returncode == 0 else {OLD, new})
        assert not list(tmp_path.glob(".out.vcf.*"))


def wait_for_size(output: Path, size: int) -> None:
    """Wait until so much is written, or all."""

    def has_come_to_that() -> bool:
        with contextlib.suppress(FileNotFoundError):
            partial = list(output.parent.glob(f".{output.name}.*.partial"))
            return output.stat().st_size > len(OLD) or any(path.stat().st_size >= size for path in partial)
        return False

    wait_for(has_come_to_that)


SIGNAL_WHILE_WORKERS_START = """
import os, sys
from multiprocessing.process import BaseProcess
from annotator.cli import main

start = BaseProcess.start

def start_one(process):
    BaseProcess.start = start
    start(process)
    os.kill(os.getpid(), int(sys.argv[1]))

BaseProcess.start = start_one
main(sys.argv[2:])
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_while_the_workers_start_is_no_hang(
    tmp_path: Path, snapshot: Path, number: signal.Signals, status: int
) -> None:
    source, output = write_vcf(tmp_path / "in.vcf"), tmp_path / "out.vcf"
    arguments = ["annotate", source, "--snapshot", snapshot, "-o", output, "-@", "3"]
    process = subprocess.Popen(
        [sys.executable, "-c", SIGNAL_WHILE_WORKERS_START, str(int(number)), *map(str, arguments)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        pytest.fail("it hangs")
    assert process.returncode == status, err.decode()
    wait_for(lambda: not living(process.pid))
    assert [path.name for path in tmp_path.iterdir()] == ["in.vcf"]


@pytest.mark.parametrize(("number", "how"), [(signal.SIGTERM, "terminated"), (signal.SIGINT, "interrupted")])
def test_a_signal_after_the_output_was_renamed_does_not_deny_it(
    tmp_path: Path, snapshot: Path, number: signal.Signals, how: str
) -> None:
    source, output = write_vcf(tmp_path / "in.vcf"), tmp_path / "out.vcf"
    program = f"""
import os, signal, sys
from pathlib import Path
from annotator.__main__ import main

signal.signal(signal.SIGINT, signal.default_int_handler)
drop = Path.unlink

def unlink(path, **options):  # of the indexes of an earlier output, after it was replaced
    if path.name == "out.vcf.csi":
        os.kill(os.getpid(), {int(number)})
    drop(path, **options)

Path.unlink = unlink
main()
"""
    words = ["annotate", source, "--snapshot", snapshot, "-o", output]
    ended = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 128 + number
    assert ended.stderr.splitlines()[-1] == f"{how}; {output} is complete, no other output was written"
    assert output.read_text().startswith("##fileformat")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("option", "status"), [("--version", 0), ("--wrong", 2)])
def test_a_signal_after_the_run_does_not_change_its_status(
    number: signal.Signals, option: str, status: int
) -> None:
    program = f"""
import atexit, os, signal, sys
from annotator.__main__ import main

signal.signal(signal.SIGINT, signal.default_int_handler)
atexit.register(os.kill, os.getpid(), {int(number)})
sys.argv[1:] = [{option!r}]
main()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (status, False), ended.stderr


def test_a_worker_that_is_killed_is_an_error_and_no_hang(
    tmp_path: Path, snapshot: Path, large: bytes
) -> None:
    with Running(tmp_path, snapshot, "-@", "2") as run:
        run.output.write_bytes(OLD)
        run.feed(large[: len(large) * 2 // 3])
        wait_for(lambda: len(run.workers()) > 0)
        os.kill(run.workers()[0], signal.SIGKILL)
        run.feed(large[len(large) * 2 // 3 :])
        status, err = run.ended()
        run.gone()
    assert status == 1
    assert "ERROR: a worker process was ended by SIGKILL." in err
    assert "fewer workers" in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["out.vcf"]
    assert run.output.read_bytes() == OLD


# Annotating again


DECLARED = [
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="depth">',
    '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">',
    '##INFO=<ID=FLAG,Number=0,Type=Flag,Description="a flag">',
]
RECORDS = [
    "7\t140753336\trs1\tA\tC,T\t50\tPASS\tDP=10;AF=0.5,0.1",
    "7\t140753336\t.\tA\t<DEL>\t.\t.\t.",
    "7\t140753337\t.\tC\tG\t.\t.\tDP=3",
    "13\t32340300\t.\tGT\tG\t.\t.\tFLAG",
]


@pytest.mark.parametrize("status", ["missing", "all", "none"])
@pytest.mark.parametrize("name", ["in.vcf", "in.vcf.gz"])
def test_annotating_twice_is_annotating_once(tmp_path: Path, snapshot: Path, name: str, status: str) -> None:
    source = write_vcf(tmp_path / name, RECORDS)
    once, twice = tmp_path / "once.vcf", tmp_path / "twice.vcf"
    annotate(source, once, snapshot=snapshot, status=status)
    annotate(once, twice, snapshot=snapshot, status=status)
    assert twice.read_bytes() == once.read_bytes()


def test_another_release_leaves_nothing_of_the_first(tmp_path: Path, snapshot: Path) -> None:
    changed = [
        CLINVAR_RECORDS[0]._replace(significance="Benign"),
        ClinVarEntry("7", 140753337, 42, "C", "G"),
    ]
    later = write_snapshot(tmp_path / "later", changed, date="2027-01-01")
    source = write_vcf(tmp_path / "in.vcf", RECORDS)
    first, direct, again = (tmp_path / name for name in ("first.vcf", "direct.vcf", "again.vcf"))
    annotate(source, first, snapshot=snapshot)
    annotate(source, direct, snapshot=later)
    annotate(first, again, snapshot=later)
    assert again.read_bytes() == direct.read_bytes()
    multiallelic, _, found, lost = map(info_of, data_lines(again.read_bytes()))
    assert multiallelic["CLNSIG"] == ".,Benign"
    assert found["CLNVID"] == "42"
    assert lost == {"FLAG": ""}
    assert b"2026-02-26" not in again.read_bytes()


def test_fields_that_are_no_longer_chosen_vanish(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", RECORDS)
    first, direct, again = (tmp_path / name for name in ("first.vcf", "direct.vcf", "again.vcf"))
    annotate(source, first, snapshot=snapshot)
    annotate(source, direct, snapshot=snapshot, fields=["CLNSIG"])
    annotate(first, again, snapshot=snapshot, fields=["CLNSIG"])
    assert again.read_bytes() == direct.read_bytes()
    assert info_of(data_lines(again.read_bytes())[0]) == {
        "DP": "10",
        "AF": "0.5,0.1",
        "CLNSIG": "Likely_pathogenic,Pathogenic",
    }
    assert b"CLNVID" not in again.read_bytes()


def test_fields_come_back_as_if_they_had_never_been_left_out(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", RECORDS)
    first, few, again = (tmp_path / name for name in ("first.vcf", "few.vcf", "again.vcf"))
    annotate(source, first, snapshot=snapshot)
    annotate(first, few, snapshot=snapshot, fields=["CLNSIG"])
    annotate(few, again, snapshot=snapshot)
    assert again.read_bytes() == first.read_bytes()


def test_replacing_another_tools_field_twice_is_replacing_it_once(tmp_path: Path, snapshot: Path) -> None:
    foreign = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="by another tool">'
    source = write_vcf(tmp_path / "in.vcf", [f"{record};CLNSIG=x" for record in RECORDS], meta=[foreign])
    once, twice = tmp_path / "once.vcf", tmp_path / "twice.vcf"
    annotate(source, once, snapshot=snapshot, on_clash=OnClash.REPLACE)
    annotate(once, twice, snapshot=snapshot, on_clash=OnClash.REPLACE)
    assert twice.read_bytes() == once.read_bytes()
    annotate(once, twice, snapshot=snapshot)
    assert data_lines(twice.read_bytes()) == data_lines(once.read_bytes())


def test_an_output_that_another_tool_has_edited_is_annotated_again(tmp_path: Path, snapshot: Path) -> None:
    import pysam.bcftools

    source = write_vcf(tmp_path / "in.vcf", [RECORDS[0], *RECORDS[2:]], meta=DECLARED)
    once, viewed, again = (tmp_path / name for name in ("once.vcf", "viewed.vcf.gz", "again.vcf"))
    annotate(source, once, snapshot=snapshot)
    pysam.bcftools.annotate("-x", "INFO/DP,INFO/AF", "-Oz", "-o", str(viewed), str(once), catch_stdout=False)
    later = write_snapshot(tmp_path / "later", CLINVAR_RECORDS[:1], date="2027-01-01")
    annotate(viewed, again, snapshot=later)
    infos = [info_of(line) for line in data_lines(again.read_bytes())]
    assert infos[0]["CLNSIG"] == ".,Pathogenic"
    assert infos[1:] == [{}, {"FLAG": ""}]
    assert again.read_bytes().count(b"##INFO=<ID=CLNSIG,") == 1
    assert again.read_bytes().count(b"##annotatorSource=") == 1
