"""What every command prints as JSON, and the words of its messages."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.cli.bar import described
from annotator.runtime.progress import Step, Unit
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    command,
    run_annotator,
    vcf_text,
    write_fasta,
    write_vcf,
)
from tests.support.terminals import ANNOTATE, RECORDS, SUM, Terminal

pytestmark = pytest.mark.usefixtures("at_once")

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


def test_the_summary_is_written_with_its_numbers(console_folder: Path, tmp_path: Path) -> None:
    source = write_vcf(
        tmp_path / "in.vcf",
        [BRAF_V600E, "13\t32340304\t.\tTT\tT\t.\t.\t.", "7\t600\t.\tA\t<DEL>\t.\t.\t."],
    )
    words = ("annotate", source, "--snapshot", console_folder / "s", "--no-progress")
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


def test_other_sums_have_their_numbers_too(console_folder: Path, tmp_path: Path) -> None:
    words = ("snapshot", "build", "--assembly", "GRCh38", "--clinvar", "clinvar.vcf", "--no-progress")
    built = run_annotator(*words, "-o", tmp_path / "made", "--log-json", cwd=console_folder)
    told = run_annotator("snapshot", "info", tmp_path / "made").out.decode()
    assert [one["message"] for one in objects(built.err)] == told.splitlines()
    (source,) = [one for one in objects(built.err) if one["event"] == "source"]
    assert (source["source"], source["release"], source["counts"]["alleles"]) == ("clinvar", "2026-02-26", 3)
    differ = run_annotator("snapshot", "diff", "s", tmp_path / "made", "--log-json", cwd=console_folder)
    last = objects(differ.err)[-1]
    assert (last["event"], last["changes"], last["worse"], last["compared"]) == ("sum", 0, 0, {"clinvar": 3})


def test_progress_is_written_with_its_numbers(console_folder: Path) -> None:
    ran = run_annotator("--log-json", *ANNOTATE, cwd=console_folder)
    steps = [one for one in objects(ran.err) if one["event"] == "progress"]
    size = (console_folder / "in.vcf").stat().st_size
    last = steps[-1]
    assert (last["label"], last["unit"], last["total"]) == ("annotating in.vcf", "bytes", size)
    assert [one["done"] for one in steps] == sorted(one["done"] for one in steps)
    assert last["done"] == size
    assert last["per_second"] > 0
    assert "seconds_left" not in last
    assert any(one["seconds_left"] >= 0 for one in steps[:-1] if "seconds_left" in one)


def test_json_is_not_drawn_on_a_terminal(console_folder: Path) -> None:
    terminal = Terminal(console_folder, (*ANNOTATE, "--log-json"))
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
def test_an_error_is_written_as_json(
    console_folder: Path, words: list[str], status: int, event: str, facts: dict[str, object]
) -> None:
    for placed in (["--log-json", *words], [*words, "--log-json"]):
        ran = run_annotator(*placed, cwd=console_folder)
        assert ran.status == status
        (found,) = [one for one in objects(ran.err) if one["event"] != "progress"]
        assert (found["level"], found["event"]) == ("error", event)
        assert {key: found[key] for key in facts} == facts
        assert found["message"]


def test_an_unexpected_error_is_written_as_json(tmp_path: Path) -> None:
    program = "import sys; from annotator.cli import main; main(sys.argv[1:] + ['in\\0.vcf'])"
    words = [sys.executable, "-c", program, "doctor", "--log-json"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    (found,) = objects(ran.stderr)
    assert (found["level"], found["event"], found["type"]) == ("error", "crash", "ValueError")
    assert Path(str(found["report"])).parent == tmp_path
    assert "annotator/cli/__init__.py" in Path(str(found["report"])).read_text(encoding="utf-8")


def test_an_interruption_is_written_as_json(console_folder: Path) -> None:
    with subprocess.Popen(
        command("annotate", "-", "--snapshot", "s", "-o", "out.vcf", "--log-json"),
        cwd=console_folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdin is not None and running.stderr is not None
        running.stdin.write(vcf_text(RECORDS))
        running.stdin.flush()
        first = running.stderr.readline()
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
        assert running.wait() == 130
    assert objects(first + rest)[-1]["event"] == "interrupted"


def test_output_of_libraries_is_written_as_json(console_folder: Path, tmp_path: Path) -> None:
    """htslib complains by itself of a FASTA file that is shorter than its index says."""
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    fasta.write_bytes(fasta.read_bytes()[:5_000])
    source = write_vcf(tmp_path / "in.vcf", [f"MT\t16000\t.\t{MT_BASES[15_999]}A\tC\t.\t.\t."])
    words = ("annotate", source, "--snapshot", console_folder / "s", "--reference", fasta, "--no-progress")
    words = (*words, "-o", tmp_path / "out.vcf")
    assert "[E::" in run_annotator(*words).err
    ran = run_annotator(*words, "--log-json")
    assert ran.status == 1
    *_, of_library, last = objects(ran.err)
    assert (of_library["level"], of_library["event"]) == ("warning", "library")
    assert of_library["message"].startswith("[E::fai")
    assert last["event"] == "error"


def test_a_command_without_standard_error_does_its_work(console_folder: Path) -> None:
    script = '"$@" 2>&-'
    ran = subprocess.run(
        ["sh", "-c", script, "sh", *command(*ANNOTATE, "--log-json")],
        cwd=console_folder,
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
