"""MultiQC itself takes what we write for it.

It brings a gigabyte of libraries of its own, so it stands apart from the suite's: the command `multiqc` of
`ANNOTATOR_MULTIQC`, which CI installs, or of the path.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.inputs import run_annotator
from tests.support.reports import PATHOGENIC, failing_records, line, write_annotated


def multiqc() -> str:
    """Find the command. Its absence skips a test, but fails it in CI."""
    found = shutil.which(os.environ.get("ANNOTATOR_MULTIQC", "multiqc"))
    if found is None:
        message = "no MultiQC: .ci/run says how it is installed; ANNOTATOR_MULTIQC names it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def test_files_that_multiqc_gives_one_name_keep_their_rows(tmp_path: Path) -> None:
    """MultiQC cut P1.sorted and P1_trimmed to P1 and combined their rows without a word: five files were two rows."""
    command = multiqc()
    (tmp_path / "in").mkdir()
    names = ("P1.sorted.vcf", "P1_trimmed.vcf", "P1.vcf", "S_tumor.vcf", "S_normal.vcf")
    for number, name in enumerate(names, start=1):
        write_annotated(tmp_path / name, [line(5 + place, PATHOGENIC) for place in range(number)])
    ran = run_annotator("report", *names, "--multiqc", "in/all_mqc.json", cwd=tmp_path)
    assert ran.status == 0, ran.err
    said = json.loads((tmp_path / "in" / "all_mqc.json").read_text())["data"]
    assert list(said) == ["1: P1.sorted", "2: P1_trimmed", "3: P1", "S_tumor", "S_normal"]
    assert [row["file_name"] for row in said.values()] == list(names)
    made = subprocess.run(
        [command, "--strict", "--no-version-check", "--no-ansi", "-o", "out", "in"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "HOME": str(tmp_path), "no_proxy": "*"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr + made.stdout
    data = json.loads((tmp_path / "out" / "multiqc_data" / "multiqc_data.json").read_text())
    [table] = [one for one in data["report_saved_raw_data"].values() if "S_tumor" in one]
    assert sorted(row["file_name"] for row in table.values()) == sorted(names)


def test_multiqc_shows_the_custom_content(tmp_path: Path) -> None:
    command = multiqc()
    write_annotated(tmp_path / "one.vcf", [line(values=PATHOGENIC), line(5, PATHOGENIC)])
    write_annotated(tmp_path / "two.vcf", failing_records(), samples=("T",))
    ran = run_annotator("report", "one.vcf", "two.vcf", "--multiqc", "in/all_mqc.json", cwd=tmp_path)
    assert ran.status == 1  # the folder is not made for anybody
    (tmp_path / "in").mkdir()
    ran = run_annotator("report", "one.vcf", "two.vcf", "--multiqc", "in/all_mqc.json", cwd=tmp_path)
    assert ran.status == 0, ran.err
    made = subprocess.run(
        [command, "--strict", "--no-version-check", "--no-ansi", "-o", "out", "in"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "HOME": str(tmp_path), "no_proxy": "*"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr + made.stdout
    assert "annotator: Found 2 samples" in " ".join((made.stderr + made.stdout).split())
    page = (tmp_path / "out" / "multiqc_report.html").read_text(encoding="utf-8")
    assert "Variant annotation" in page
    data = json.loads((tmp_path / "out" / "multiqc_data" / "multiqc_data.json").read_text())
    [table] = [one for one in data["report_saved_raw_data"].values() if "one" in one]
    said = json.loads((tmp_path / "in" / "all_mqc.json").read_text())["data"]
    assert {name: {key: int(value) for key, value in row.items()} for name, row in table.items()} == said
    assert said["two"]["failed"] == 24
