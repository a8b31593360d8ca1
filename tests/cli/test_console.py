"""Messages on standard error: progress bars on a terminal, lines elsewhere, --quiet, --log-json."""

from __future__ import annotations

import gc
import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.servers.cgi import Options
from tests.support.cgi_runs import Steps, environment, serving, write_tumour
from tests.support.inputs import (
    BRAF_V600E,
    run_annotator,
    vcf_text,
    write_vcf,
)
from tests.support.terminals import ANNOTATE, PERIOD, RECORDS, SUM, Terminal

pytestmark = pytest.mark.usefixtures("at_once")

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"
"""What hides the cursor of a terminal and gives it back."""


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
def test_a_long_task_has_a_bar_that_ends_full_and_on_its_own_line(console_folder: Path, label: str) -> None:
    terminal = Terminal(console_folder, TASKS[label])
    assert terminal.end() == 0, terminal.shown
    pictures = re.findall(rf"\r{re.escape(HIDDEN + label)}  \[([#-]+)\]  (\d+) %([^\r]*)", terminal.shown)
    assert pictures
    bar, share, _ = pictures[-1]
    assert (set(bar), share) == ({"#"}, "100")
    assert len({len(bar) for bar, _, _ in pictures}) == 1
    last = terminal.shown.rindex(HIDDEN)
    assert re.search(rf"[ ]*{re.escape(SHOWN)}\r\n", terminal.shown[last:])


def test_a_bar_shows_rate_and_time_left(console_folder: Path) -> None:
    terminal = Terminal(console_folder, ANNOTATE)
    assert terminal.end() == 0
    assert re.search(r"\]  \d\d %, \d+\.\d [kM]?B/s, 0:00:\d\d left *\r", terminal.shown)
    assert terminal.shown.splitlines()[-3:] == SUM


def test_an_error_has_a_line_of_its_own(console_folder: Path) -> None:
    terminal = Terminal(console_folder, ("annotate", "cut.vcf.gz", "--snapshot", "s", "-o", "out.vcf"))
    assert terminal.end() == 1
    assert "annotating cut.vcf.gz  [" in terminal.shown
    last = terminal.shown.rindex(HIDDEN)
    assert re.fullmatch(
        rf"[^\n]*{re.escape(SHOWN)}\r\nERROR: cut\.vcf\.gz[^\r\n]+\r\n", terminal.shown[last:]
    )


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [
        (signal.SIGINT, 130, "interrupted; no output was written\r\n"),
        (signal.SIGTERM, 143, "terminated; no output was written\r\n"),
    ],
)
def test_a_run_that_is_stopped_leaves_the_terminal_in_order(
    console_folder: Path, number: signal.Signals, status: int, told: str
) -> None:
    reading, writing = os.pipe()
    terminal = Terminal(console_folder, ("annotate", "-", "--snapshot", "s", "-o", "out.vcf"), stdin=reading)
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


def test_progress_of_a_pipe_shows_the_amount_read(console_folder: Path) -> None:
    reading, writing = os.pipe()
    terminal = Terminal(console_folder, ("annotate", "-", "--snapshot", "s", "-o", "out.vcf"), stdin=reading)
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
def test_there_is_no_bar(console_folder: Path, words: Sequence[str], both: bool) -> None:
    terminal = Terminal(console_folder, words, both=both)
    assert terminal.end() == 0
    assert HIDDEN not in terminal.shown
    assert "annotating" not in terminal.shown
    if words[0] == "annotate":
        assert terminal.shown.splitlines()[-3:] == SUM


def test_waiting_is_shown_with_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_quiet_command_shows_nothing_on_a_terminal(console_folder: Path) -> None:
    terminal = Terminal(console_folder, (*ANNOTATE, "--quiet"))
    assert (terminal.end(), terminal.shown) == (0, "")


def test_a_short_task_has_no_bar(
    console_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(PERIOD)
    source = write_vcf(tmp_path / "in.vcf")
    terminal = Terminal(console_folder, ("annotate", source, "--snapshot", "s", "-o", tmp_path / "out.vcf"))
    assert terminal.end() == 0
    assert HIDDEN not in terminal.shown


def test_a_terminal_that_can_do_nothing_gets_lines(
    console_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal(console_folder, ANNOTATE)
    assert terminal.end() == 0
    assert HIDDEN not in terminal.shown
    assert "annotating in.vcf: 100 % of " in terminal.shown


def test_a_long_name_does_not_break_the_line(console_folder: Path, tmp_path: Path) -> None:
    source = write_vcf(tmp_path / f"{'long' * 50}.vcf", RECORDS)
    terminal = Terminal(console_folder, ("annotate", source, "--snapshot", "s", "-o", tmp_path / "out.vcf"))
    assert terminal.end() == 0
    pictures = re.findall(rf"\r{re.escape(HIDDEN)}([^\r\x1b]*)", terminal.shown)
    assert pictures
    assert all(len(picture) <= 100 and "long…" in picture for picture in pictures)


# Elsewhere


def test_without_a_terminal_progress_is_printed_as_lines(console_folder: Path) -> None:
    ran = run_annotator(*ANNOTATE, cwd=console_folder)
    assert ran.status == 0
    assert "\r" not in ran.err and "\x1b" not in ran.err
    lines = ran.err.splitlines()
    lines, told_last = lines[:-3], lines[-3:]
    assert told_last == SUM
    line = r"annotating in\.vcf: \d+ % of \d+\.\d MB(, \d+\.\d [kM]?B/s)?(, 0:00:\d\d left)?"
    assert lines and all(re.fullmatch(line, told) for told in lines)
    assert lines[-1].startswith("annotating in.vcf: 100 % of ")


@pytest.mark.parametrize("period", [None, "30", ""])
def test_a_short_run_prints_only_its_summary(
    console_folder: Path, monkeypatch: pytest.MonkeyPatch, period: str | None
) -> None:
    if period is None:
        monkeypatch.delenv(PERIOD)
    else:
        monkeypatch.setenv(PERIOD, period)
    assert run_annotator(*ANNOTATE, cwd=console_folder).err.splitlines() == SUM


def test_a_period_that_is_none_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PERIOD, "soon")
    ran = run_annotator("--version")
    assert ran.status == 2
    assert (
        ran.err == f"ERROR: {PERIOD}=soon is not a number of seconds. Set a number of seconds, or unset it.\n"
    )


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_a_quiet_command_prints_only_warnings_and_errors(
    console_folder: Path, tmp_path: Path, option: str
) -> None:
    quiet = run_annotator(*ANNOTATE, option, cwd=console_folder)
    assert (quiet.status, quiet.out, quiet.err) == (0, b"", "")
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E, "13\t32340304\t.\tTT\tT\t.\t.\t."])
    warned = run_annotator(
        "annotate", source, "--snapshot", console_folder / "s", option, "-o", tmp_path / "out.vcf"
    )
    assert warned.status == 0
    assert re.fullmatch(r"WARNING: 1 indel may not be left-aligned[^\n]*\n", warned.err)
    failed = run_annotator(
        "annotate", "cut.vcf.gz", "--snapshot", "s", option, "-o", "out.vcf", cwd=console_folder
    )
    assert failed.status == 1
    assert re.fullmatch(r"ERROR: [^\n]*\n", failed.err)


def test_nothing_of_it_reaches_the_output(console_folder: Path, tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", RECORDS[::100])
    words = ("annotate", source, "--snapshot", console_folder / "s")
    outputs = []
    for number, options in enumerate(([], ["--quiet"], ["--log-json"])):
        ran = run_annotator(*words, *options)
        file = tmp_path / f"{number}.vcf.gz"
        assert (ran.status, run_annotator(*words, "-o", file, *options).status) == (0, 0)
        outputs.append((ran.out, file.read_bytes()))
    assert outputs[0][0].startswith(b"##fileformat=")
    assert all(output == outputs[0] for output in outputs)


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    gc.collect()  # what earlier tests left open is closed now, and not while this one runs
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208  # numbers, not files
    yield
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208
