"""A new release in the place of an old one: jobs that used the old one run again, and no others do."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

from tests.support.inputs import CLINVAR_RECORDS, write_snapshot, write_vcf
from tests.support.workflow_runs import Cohort, make_cohort

TARGET = "results/annotated/A.vcf.gz"


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    cohort = make_cohort(tmp_path / "cohort")
    write_vcf(cohort.folder / "a.vcf")
    cohort.list_samples([{"sample": "A", "vcf": "a.vcf", "assembly": "GRCh38"}])
    cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate={"threads": 1})
    for name, significance in (("old", "Pathogenic"), ("new", "Benign")):
        entries = [CLINVAR_RECORDS[0]._replace(significance=significance)]
        date = "2026-03-05" if name == "new" else "2026-02-26"
        write_snapshot(tmp_path / name, entries, date=date)
    shutil.copytree(tmp_path / "old", cohort.folder / "snapshot")
    ended = cohort.run(TARGET)
    assert ended.status == 0, ended.said + cohort.logs()
    assert "Nothing to be done" in cohort.run(TARGET).said
    return cohort


def classification(cohort: Cohort) -> str:
    text = gzip.decompress((cohort.folder / TARGET).read_bytes()).decode()
    return text.partition(";CLNSIG=")[2].partition(";")[0]


def test_another_release_in_its_place_is_used_even_if_its_files_are_older(
    cohort: Cohort, tmp_path: Path
) -> None:
    assert classification(cohort) == "Pathogenic"
    shutil.rmtree(cohort.folder / "snapshot")
    shutil.copytree(tmp_path / "new", cohort.folder / "snapshot")
    for path in (cohort.folder / "snapshot", *(cohort.folder / "snapshot").iterdir()):
        os.utime(path, (1e9, 1e9))  # as copies that keep the times of their origin have them
    ended = cohort.run(TARGET)
    assert ended.status == 0, ended.said + cohort.logs()
    assert classification(cohort) == "Benign"
    assert "Nothing to be done" in cohort.run(TARGET).said


def test_a_link_that_points_to_another_release_is_followed(cohort: Cohort, tmp_path: Path) -> None:
    shutil.rmtree(cohort.folder / "snapshot")
    (cohort.folder / "snapshot").symlink_to(tmp_path / "new")
    ended = cohort.run(TARGET)
    assert ended.status == 0, ended.said + cohort.logs()
    assert classification(cohort) == "Benign"


def test_a_snapshot_that_was_only_touched_or_moved_changes_nothing(cohort: Cohort) -> None:
    for path in (cohort.folder / "snapshot", *(cohort.folder / "snapshot").iterdir()):
        os.utime(path)
    assert "rule annotate:" not in cohort.run(TARGET).said
