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
