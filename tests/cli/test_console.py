"""What the command says on standard error: bars on a terminal, lines elsewhere, --quiet, --log-json."""

from __future__ import annotations

import gc
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from annotator.cli.bar import described
from annotator.runtime.progress import Step, Unit
from tests.servers.cgi import Options
from tests.support.cgi_runs import Steps, environment, serving, write_tumour
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    command,
    run_annotator,
    vcf_text,
    write_clinvar,
    write_fasta,
    write_snapshot,
    write_vcf,
)

PERIOD = "ANNOTATOR_PROGRESS_SECONDS"
RECORDS = [f"7\t{position}\t{'long' * 12}\tA\tT\t.\t.\t." for position in range(140_700_000, 140_760_000)]
"""Some 4 MB: several of the pieces in which an input is read."""

SUM = [
    "60,000 records, 60,000 alleles, GRCh38 (by contig lengths)",
    "source            release     found  not_found  unsupported  failed",
    "clinvar-snapshot  2026-02-26      1     59,999            0       0",
]
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"
"""What hides the cursor of a terminal and gives it back."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot, a file that takes a moment, the same cut off, and two annotated ones."""
    made = tmp_path_factory.mktemp("console")
    write_snapshot(made / "s")
    write_clinvar(made / "clinvar.vcf")
    whole = write_vcf(made / "in.vcf.gz", RECORDS).read_bytes()
    write_vcf(made / "in.vcf", RECORDS)
    (made / "cut.vcf.gz").write_bytes(whole[: len(whole) - 5_000])
    for name in ("a.vcf", "b.vcf"):
        ran = run_annotator("annotate", "in.vcf", "-o", name, "--snapshot", "s", cwd=made)
        assert ran.status == 0, ran.err
    return made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell every step, and draw a bar at once."""
    monkeypatch.setenv(PERIOD, "0")
    monkeypatch.setenv("TERM", "xterm")


# On a terminal


class Terminal:
    """A terminal of 100 columns that is a command's standard error, and standard output if told so."""

    def __init__(
        self, folder: Path, words: Sequence[str | Path], *, stdin: int | None = None, both: bool = False
    ) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        self.process = subprocess.Popen(
            command(*words),
            cwd=folder,
            stdin=stdin,
            stderr=theirs,
            stdout=theirs if both else subprocess.DEVNULL,
        )
        os.close(theirs)
        self._told = b""

    @property
    def shown(self) -> str:
        return self._told.decode()

    def wait_for(self, words: str) -> None:
        while words not in self.shown:
            piece = self._read()
            assert piece, self.shown
            self._told += piece

    def end(self) -> int:
        """Read to the end; give the status."""
        while piece := self._read():
            self._told += piece
        os.close(self._ours)
        return self.process.wait()

    def _read(self) -> bytes:
        try:
            return os.read(self._ours, 4096)
        except OSError:  # Linux's way to say that nobody writes any more
            return b""


ANNOTATE = ("annotate", "in.vcf", "--snapshot", "s", "-o", "out.vcf.gz")
TASKS: dict[str, tuple[str | Path, ...]] = {
    "annotating in.vcf": ANNOTATE,
    "examining in.vcf": ("doctor", "in.vcf"),
    "looking through a.vcf": ("explain", "7:140753336:A:T", "--snapshot", "s", "--vcf", "a.vcf"),
    "reading a.vcf": ("report", "a.vcf", "--tsv", "a.tsv"),
    "reading b.vcf": ("diff", "a.vcf", "b.vcf"),
    "comparing ClinVar": ("snapshot", "diff", "s", "s"),
    "verifying s": ("snapshot", "verify", "s"),
    "reading clinvar.vcf": (
        *("snapshot", "build", "--assembly", "GRCh38", "--clinvar", "clinvar.vcf", "--force", "-o", "made"),
    ),
    "joining 1 shard": ("workflow", "gather", "in.vcf.gz", "-o", "gathered.vcf.gz"),
    "reading in.vcf.gz": ("cgi", "mutations", "in.vcf.gz", "--sample", "T", "--all-alts", "-o", "in.tsv"),
}


@pytest.mark.parametrize("label", TASKS)
def test_what_takes_long_has_a_bar_that_ends_full_and_on_a_line_of_its_own(folder: Path, label: str) -> None:
    terminal = Terminal(folder, TASKS[label])
    assert terminal.end() == 0, terminal.shown
    pictures = re.findall(rf"\r{re.escape(HIDDEN + label)}  \[([#-]+)\]  (\d+) %([^\r]*)", terminal.shown)
    assert pictures
    bar, share, _ = pictures[-1]
    assert (set(bar), share) == ({"#"}, "100")
    assert len({len(bar) for bar, _, _ in pictures}) == 1
    last = terminal.shown.rindex(HIDDEN)
    assert re.search(rf"[ ]*{re.escape(SHOWN)}\r\n", terminal.shown[last:])


def test_a_bar_tells_rate_and_time_left(folder: Path) -> None:
    terminal = Terminal(folder, ANNOTATE)
    assert terminal.end() == 0
    assert re.search(r"\]  \d\d %, \d+\.\d [kM]?B/s, 0:00:\d\d left *\r", terminal.shown)
    assert terminal.shown.splitlines()[-3:] == SUM


def test_an_error_has_a_line_of_its_own(folder: Path) -> None:
    terminal = Terminal(folder, ("annotate", "cut.vcf.gz", "--snapshot", "s", "-o", "out.vcf"))
    assert terminal.end() == 1
    assert "annotating cut.vcf.gz  [" in terminal.shown
    last = terminal.shown.rindex(HIDDEN)
    assert re.fullmatch(
        rf"[^\n]*{re.escape(SHOWN)}\r\nERROR: cut\.vcf\.gz[^\r\n]+\r\n", terminal.shown[last:]
    )


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [(signal.SIGINT, 130, "interrupted; no output was written\r\n"), (signal.SIGTERM, 143, "")],
)
def test_a_run_that_is_stopped_leaves_the_terminal_in_order(
    folder: Path, number: signal.Signals, status: int, told: str
) -> None:
    reading, writing = os.pipe()
    terminal = Terminal(folder, ("annotate", "-", "--snapshot", "s", "-o", "out.vcf"), stdin=reading)
    os.close(reading)
    with os.fdopen(writing, "wb") as feed:
        feeder = threading.Thread(target=_feed, args=(feed, vcf_text(RECORDS).encode()))
        feeder.start()
        terminal.wait_for("annotating standard input  [")
        feeder.join()
        terminal.process.send_signal(number)
        assert terminal.end() == status
    last = terminal.shown.rindex(HIDDEN)
    assert re.fullmatch(rf"[^\n]*{re.escape(SHOWN)}\r\n{re.escape(told)}", terminal.shown[last:])


def _feed(feed: Any, data: bytes) -> None:
    """Write to a command that waits for more afterwards."""
    feed.write(data)
    feed.flush()


def test_of_a_pipe_it_is_told_how_much_came(folder: Path) -> None:
    reading, writing = os.pipe()
    terminal = Terminal(folder, ("annotate", "-", "--snapshot", "s", "-o", "out.vcf"), stdin=reading)
    os.close(reading)
    with os.fdopen(writing, "wb") as feed:
        _feed(feed, vcf_text(RECORDS).encode())
    assert terminal.end() == 0
    assert re.search(r"annotating standard input  \[[#-]+\]  \d\.\d MB, \d+\.\d [kM]B/s", terminal.shown)
    assert "left" not in terminal.shown


@pytest.mark.parametrize(
    ("words", "both"),
    [
        ((*ANNOTATE, "--no-progress"), False),
        (("annotate", "in.vcf.gz", "--snapshot", "s", "-o", "-"), True),
        (("diff", "a.vcf", "b.vcf"), True),
    ],
    ids=["--no-progress", "a VCF goes to the same terminal", "a table goes to the same terminal"],
)
def test_there_is_no_bar(folder: Path, words: Sequence[str], both: bool) -> None:
    terminal = Terminal(folder, words, both=both)
    assert terminal.end() == 0
    assert HIDDEN not in terminal.shown
    assert "annotating" not in terminal.shown
    if words[0] == "annotate":
        assert terminal.shown.splitlines()[-3:] == SUM


def test_waiting_is_told_with_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(tmp_path, write_tumour(tmp_path / "tumour.vcf"))
    submit, wait, *_ = steps.all()
    with serving(Options(waiting=3, running=3)) as (_, _, url):
        for name, value in environment(tmp_path / "state", url).items():
            monkeypatch.setenv(name, value)
        for words in (steps.prepare(), submit):
            assert run_annotator(*words).status == 0
        terminal = Terminal(tmp_path, wait)
        assert terminal.end() == 0, terminal.shown
    lines = terminal.shown.replace(SHOWN, "").split("\r\n")
    bars = [line.rpartition(HIDDEN)[2] for line in lines if HIDDEN in line]
    words = [line for line in lines if HIDDEN not in line]
    assert words == ["Waiting", "Running", "Done", ""]
    assert all(
        re.fullmatch(rf"waiting: {word}  \[[#-]+\]  0:00:\d\d *", bar)
        for word, bar in zip(words, bars, strict=False)
    )
    assert len(bars) == 3


def test_a_quiet_command_shows_nothing_on_a_terminal(folder: Path) -> None:
    terminal = Terminal(folder, (*ANNOTATE, "--quiet"))
    assert (terminal.end(), terminal.shown) == (0, "")


def test_what_is_done_at_once_has_no_bar(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(PERIOD)
    source = write_vcf(tmp_path / "in.vcf")
    terminal = Terminal(folder, ("annotate", source, "--snapshot", "s", "-o", tmp_path / "out.vcf"))
    assert terminal.end() == 0
    assert HIDDEN not in terminal.shown


def test_a_terminal_that_can_do_nothing_gets_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal(folder, ANNOTATE)
    assert terminal.end() == 0
    assert HIDDEN not in terminal.shown
    assert "annotating in.vcf: 100 % of " in terminal.shown


def test_a_long_name_does_not_break_the_line(folder: Path, tmp_path: Path) -> None:
    source = write_vcf(tmp_path / f"{'long' * 50}.vcf", RECORDS)
    terminal = Terminal(folder, ("annotate", source, "--snapshot", "s", "-o", tmp_path / "out.vcf"))
    assert terminal.end() == 0
    pictures = re.findall(rf"\r{re.escape(HIDDEN)}([^\r\x1b]*)", terminal.shown)
    assert pictures
    assert all(len(picture) <= 100 and "long…" in picture for picture in pictures)


# Elsewhere


def test_elsewhere_lines_tell_how_far_it_is(folder: Path) -> None:
    ran = run_annotator(*ANNOTATE, cwd=folder)
    assert ran.status == 0
    assert "\r" not in ran.err and "\x1b" not in ran.err
    lines = ran.err.splitlines()
    lines, told_last = lines[:-3], lines[-3:]
    assert told_last == SUM
    line = r"annotating in\.vcf: \d+ % of \d+\.\d MB(, \d+\.\d [kM]?B/s)?(, 0:00:\d\d left)?"
    assert lines and all(re.fullmatch(line, told) for told in lines)
    assert lines[-1].startswith("annotating in.vcf: 100 % of ")


@pytest.mark.parametrize("period", [None, "30", ""])
def test_a_short_run_tells_only_its_sum(
    folder: Path, monkeypatch: pytest.MonkeyPatch, period: str | None
) -> None:
    if period is None:
        monkeypatch.delenv(PERIOD)
    else:
        monkeypatch.setenv(PERIOD, period)
    assert run_annotator(*ANNOTATE, cwd=folder).err.splitlines() == SUM


def test_a_period_that_is_none_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PERIOD, "soon")
    ran = run_annotator("--version")
    assert ran.status == 2
    assert (
        ran.err == f"ERROR: {PERIOD}=soon is not a number of seconds. Set a number of seconds, or unset it.\n"
    )


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_a_quiet_command_tells_only_what_is_wrong(folder: Path, tmp_path: Path, option: str) -> None:
    quiet = run_annotator(*ANNOTATE, option, cwd=folder)
    assert (quiet.status, quiet.out, quiet.err) == (0, b"", "")
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E, "13\t32340304\t.\tTT\tT\t.\t.\t."])
    warned = run_annotator("annotate", source, "--snapshot", folder / "s", option, "-o", tmp_path / "out.vcf")
    assert warned.status == 0
    assert re.fullmatch(r"WARNING: 1 indel may not be left-aligned[^\n]*\n", warned.err)
    failed = run_annotator("annotate", "cut.vcf.gz", "--snapshot", "s", option, "-o", "out.vcf", cwd=folder)
    assert failed.status == 1
    assert re.fullmatch(r"ERROR: [^\n]*\n", failed.err)


def test_nothing_of_it_reaches_the_output(folder: Path, tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", RECORDS[::100])
    words = ("annotate", source, "--snapshot", folder / "s")
    outputs = []
    for number, options in enumerate(([], ["--quiet"], ["--log-json"])):
        ran = run_annotator(*words, *options)
        file = tmp_path / f"{number}.vcf.gz"
        assert (ran.status, run_annotator(*words, "-o", file, *options).status) == (0, 0)
        outputs.append((ran.out, file.read_bytes()))
    assert outputs[0][0].startswith(b"##fileformat=")
    assert all(output == outputs[0] for output in outputs)


# As JSON


def objects(told: str) -> list[dict[str, Any]]:
    """What each line of standard error says; all have the keys that are promised."""
    found = [json.loads(line) for line in told.splitlines()]
    for one in found:
        assert list(one)[:4] == ["time", "level", "event", "message"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["time"])
        assert one["level"] in {"info", "warning", "error"}
    return found


def without_words(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key not in {"time", "message"}}


def test_the_sum_is_told_with_its_numbers(folder: Path, tmp_path: Path) -> None:
    source = write_vcf(
        tmp_path / "in.vcf",
        [BRAF_V600E, "13\t32340304\t.\tTT\tT\t.\t.\t.", "7\t600\t.\tA\t<DEL>\t.\t.\t."],
    )
    words = ("annotate", source, "--snapshot", folder / "s", "--no-progress")
    as_text = run_annotator(*words, "-o", tmp_path / "out.vcf")
    as_json = run_annotator(*words, "-o", tmp_path / "out.vcf", "--log-json")
    assert as_json.status == 0
    found = objects(as_json.err)
    lines = [f"WARNING: {one['message']}" if one["level"] == "warning" else one["message"] for one in found]
    table_head, in_words = SUM[1], as_text.err.splitlines()
    assert in_words.count(table_head) == 1, "a head of columns, which an object has as its keys"
    assert lines == [line for line in in_words if line != table_head]
    assert [without_words(one) for one in found] == [
        {"level": "warning", "event": "warning"},
        {
            "level": "info",
            "event": "sum",
            "records": 3,
            "alleles": 3,
            "assembly": "GRCh38",
            "evidence": "contig lengths",
        },
        {"level": "info", "event": "unsupported", "reasons": {"not_left_aligned": 1, "symbolic": 1}},
        {
            "level": "info",
            "event": "source",
            "source": "clinvar-snapshot",
            "release": "2026-02-26",
            "found": 1,
            "absent": 0,
            "unsupported": 2,
            "failed": 0,
        },
    ]


def test_other_sums_have_their_numbers_too(folder: Path, tmp_path: Path) -> None:
    words = ("snapshot", "build", "--assembly", "GRCh38", "--clinvar", "clinvar.vcf", "--no-progress")
    built = run_annotator(*words, "-o", tmp_path / "made", "--log-json", cwd=folder)
    told = run_annotator("snapshot", "info", tmp_path / "made").out.decode()
    assert [one["message"] for one in objects(built.err)] == told.splitlines()
    (source,) = [one for one in objects(built.err) if one["event"] == "source"]
    assert (source["source"], source["release"], source["counts"]["alleles"]) == ("clinvar", "2026-02-26", 3)
    differ = run_annotator("snapshot", "diff", "s", tmp_path / "made", "--log-json", cwd=folder)
    last = objects(differ.err)[-1]
    assert (last["event"], last["changes"], last["worse"], last["compared"]) == ("sum", 0, 0, {"clinvar": 3})


def test_how_far_it_is_is_told_with_its_numbers(folder: Path) -> None:
    ran = run_annotator("--log-json", *ANNOTATE, cwd=folder)
    steps = [one for one in objects(ran.err) if one["event"] == "progress"]
    size = (folder / "in.vcf").stat().st_size
    last = steps[-1]
    assert (last["label"], last["unit"], last["total"]) == ("annotating in.vcf", "bytes", size)
    assert [one["done"] for one in steps] == sorted(one["done"] for one in steps)
    assert last["done"] == size
    assert last["per_second"] > 0
    assert "seconds_left" not in last
    assert any(one["seconds_left"] >= 0 for one in steps[:-1] if "seconds_left" in one)


def test_json_is_not_drawn_on_a_terminal(folder: Path) -> None:
    terminal = Terminal(folder, (*ANNOTATE, "--log-json"))
    assert terminal.end() == 0
    assert {one["event"] for one in objects(terminal.shown)} == {"progress", "sum", "source"}


@pytest.mark.parametrize(
    ("words", "status", "event", "facts"),
    [
        (
            ["annotate", "--nope"],
            2,
            "usage",
            {"kind": "usage", "type": "NoSuchOption", "command": "annotator annotate"},
        ),
        (["nope"], 2, "usage", {"kind": "usage", "type": "NoSuchCommand", "command": "annotator"}),
        (["annotate"], 2, "usage", {}),
        (["annotate", "in.vcf", "--status", "some"], 2, "usage", {"kind": "usage", "type": "BadParameter"}),
        (
            ["annotate", "in.vcf", "--cgi-all-alts", "--snapshot", "s"],
            2,
            "usage",
            {"kind": "usage", "type": "UsageError"},
        ),
        (
            ["annotate", "cut.vcf.gz", "--snapshot", "s", "-o", "out.vcf"],
            1,
            "error",
            {"kind": "input", "type": "InputError", "path": "cut.vcf.gz", "line": None},
        ),
        (
            ["snapshot", "verify", "none"],
            1,
            "error",
            {"kind": "snapshot", "type": "SnapshotError", "path": "none"},
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_error_is_told_as_json(
    folder: Path, words: list[str], status: int, event: str, facts: dict[str, object]
) -> None:
    for placed in (["--log-json", *words], [*words, "--log-json"]):
        ran = run_annotator(*placed, cwd=folder)
        assert ran.status == status
        (found,) = [one for one in objects(ran.err) if one["event"] != "progress"]
        assert (found["level"], found["event"]) == ("error", event)
        assert {key: found[key] for key in facts} == facts
        assert found["message"]


def test_what_nobody_foresaw_is_told_as_json(tmp_path: Path) -> None:
    program = "import sys; from annotator.cli import main; main(sys.argv[1:] + ['in\\0.vcf'])"
    words = [sys.executable, "-c", program, "doctor", "--log-json"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    (found,) = objects(ran.stderr)
    assert (found["level"], found["event"], found["type"]) == ("error", "crash", "ValueError")
    assert Path(str(found["report"])).parent == tmp_path
    assert "annotator/cli/__init__.py" in Path(str(found["report"])).read_text(encoding="utf-8")


def test_an_interrupted_run_says_so_as_json(folder: Path) -> None:
    with subprocess.Popen(
        command("annotate", "-", "--snapshot", "s", "-o", "out.vcf", "--log-json"),
        cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdin is not None and running.stderr is not None
        running.stdin.write(vcf_text(RECORDS))
        running.stdin.flush()
        first = running.stderr.readline()
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
        assert running.wait() == 130
    assert objects(first + rest)[-1]["event"] == "interrupted"


def test_what_libraries_write_is_told_as_json(folder: Path, tmp_path: Path) -> None:
    """htslib complains by itself of a FASTA file that is shorter than its index says."""
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    fasta.write_bytes(fasta.read_bytes()[:5_000])
    source = write_vcf(tmp_path / "in.vcf", [f"MT\t16000\t.\t{MT_BASES[15_999]}A\tC\t.\t.\t."])
    words = ("annotate", source, "--snapshot", folder / "s", "--reference", fasta, "--no-progress")
    words = (*words, "-o", tmp_path / "out.vcf")
    assert "[E::" in run_annotator(*words).err
    ran = run_annotator(*words, "--log-json")
    assert ran.status == 1
    *_, of_library, last = objects(ran.err)
    assert (of_library["level"], of_library["event"]) == ("warning", "library")
    assert of_library["message"].startswith("[E::fai")
    assert last["event"] == "error"


def test_a_command_without_standard_error_does_its_work(folder: Path) -> None:
    script = '"$@" 2>&-'
    ran = subprocess.run(
        ["sh", "-c", script, "sh", *command(*ANNOTATE, "--log-json")],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


# Words


@pytest.mark.parametrize(
    ("step", "rate", "left", "told"),
    [
        (Step("", 0, 10, Unit.BYTES), None, None, "0 % of 10 B"),
        (
            Step("", 999, 1_000_000_000_000, Unit.BYTES),
            999.0,
            90_000.0,
            "0 % of 1.0 TB, 999 B/s, 1 day, 1:00:00 left",
        ),
        (Step("", 12_345_678, None, Unit.BYTES), 1234.0, None, "12.3 MB, 1.2 kB/s"),
        (Step("", 0, 0, Unit.BYTES), None, None, "0 B"),
        (
            Step("", 1200, 3400, Unit.IDENTIFIERS),
            35.4,
            62.0,
            "1,200 of 3,400 identifiers, 35/s, 0:01:02 left",
        ),
        (Step("", 3, None, Unit.ENTRIES), 0.25, None, "3 entries, 0.2/s"),
        (Step("", 3_700, None, Unit.SECONDS), 1.0, None, "1:01:40"),
    ],
)
def test_how_far_it_is_in_words(step: Step, rate: float | None, left: float | None, told: str) -> None:
    assert described(step, rate, left) == told


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    gc.collect()  # what earlier tests left open is closed now, and not while this one runs
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208  # numbers, not files
    yield
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208
