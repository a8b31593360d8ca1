"""`retry-failed` on files that are named by another path, or were moved; and inputs that are not local files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.base import RunningServer, Status
from tests.servers.clinical_tables import PATH, application
from tests.support.inputs import run_annotator, write_snapshot, write_vcf
from tests.support.summaries import answers_told


@pytest.fixture
def failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder `run` with a run that got no answer."""
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    folder = tmp_path / "run"
    folder.mkdir()
    write_vcf(folder / "in put.vcf")
    with RunningServer(application([])) as server:
        server.faults.by(lambda request: Status(404) if "q" in dict(request.query) else None)
        ran = run_annotator(
            "annotate", "in put.vcf", "-o", "out put.vcf.gz", "--source", "clinvar=api", "--online", "--clinvar-url",
            server.url + PATH, "--rate", "1000", cwd=folder,
        )  # fmt: skip
        assert ran.status == 3, ran.err
        assert "retry with: annotator retry-failed 'out put.vcf.gz'" in ran.err
        server.faults.by(lambda _: None)
        yield folder


def retried(output: str | Path, *more: str | Path, cwd: Path) -> str:
    ran = run_annotator("retry-failed", *more, output, cwd=cwd)
    assert ran.status == 0, ran.err
    assert answers_told(ran.err)["clinvar-api"]["failed"] == 0
    return ran.err


def test_the_output_is_named_by_a_path_through_other_folders(failed: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    retried(f"../{failed.name}/out put.vcf.gz", cwd=tmp_path / "other")


def test_the_output_is_named_through_a_link_to_its_folder(failed: Path, tmp_path: Path) -> None:
    (tmp_path / "mount").symlink_to(failed)
    retried(tmp_path / "mount" / "out put.vcf.gz", cwd=tmp_path)


def test_the_folder_was_moved_with_everything_in_it(failed: Path, tmp_path: Path) -> None:
    moved = tmp_path / "archive" / "2026"
    moved.parent.mkdir()
    failed.rename(moved)
    retried(moved / "out put.vcf.gz", cwd=tmp_path)
    assert not failed.exists()


def test_another_file_than_the_journals_is_refused(failed: Path) -> None:
    shutil.copy(failed / "out put.vcf.gz", failed / "other.vcf.gz")
    journal = failed / "out put.vcf.gz.journal"
    ran = run_annotator("retry-failed", "other.vcf.gz", "--journal", journal, cwd=failed)
    assert ran.status == 1
    assert "the journal belongs to" in ran.err
    assert "not to other.vcf.gz" in ran.err


@pytest.mark.parametrize(
    ("address", "command"),
    [
        (
            "https://example.org/a b.vcf.gz",
            "curl -fsSL 'https://example.org/a b.vcf.gz' | annotator annotate -",
        ),
        ("s3://bucket/a.vcf.gz", "aws s3 cp s3://bucket/a.vcf.gz - | annotator annotate -"),
        ("gs://bucket/a.bcf", "gcloud storage cat gs://bucket/a.bcf | annotator annotate -"),
        ("https://me:hidden@example.org/a.vcf", "curl -fsSL ADDRESS | annotator annotate -"),
        ("https://example.org/a.vcf?signature=hidden", "curl -fsSL ADDRESS | annotator annotate -"),
    ],
)
def test_an_address_is_refused_with_the_command_that_reads_it(
    tmp_path: Path, address: str, command: str
) -> None:
    snapshot = write_snapshot(tmp_path / "s")
    ran = run_annotator("annotate", address, "-o", tmp_path / "out.vcf", "--snapshot", snapshot)
    assert ran.status == 1
    assert command in ran.err
    assert "hidden" not in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("report", "https://example.org/a.vcf.gz", "-o", "r.html"),
        ("annotate", "in.vcf", "-o", "out.vcf", "--reference", "https://example.org/a.vcf.gz"),
        ("snapshot", "build", "--assembly", "GRCh38", "-o", "s", "--clinvar", "https://example.org/a.vcf.gz"),
    ],
)
def test_an_address_is_refused_wherever_a_file_is_read(tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = run_annotator(*words, cwd=tmp_path)
    assert ran.status == 2
    assert "https://example.org/a.vcf.gz is an address; only local files can be opened." in ran.err
    assert "curl -fsSL https://example.org/a.vcf.gz > FILE" in ran.err
    assert not list(tmp_path.iterdir())


def test_regions_of_standard_input_are_selected_by_bcftools(tmp_path: Path) -> None:
    ran = run_annotator("annotate", "-", "-r", "7:1-1000", "--snapshot", tmp_path)
    assert ran.status == 2
    assert "bcftools view -t 7:1-1000 FILE | annotator annotate -" in ran.err
    assert os.linesep in ran.err
