"""The demo cohort through two schedulers: `cluster-generic`, and Snakemake's own executor for SLURM.

Not collected with the others, since every process of Snakemake would load SLURM's executor, and pandas with it:

    pip install 'snakemake-executor-plugin-slurm>=2.8' && python -m pytest tests/workflow/cluster_demo.py
"""

from __future__ import annotations

import gzip
import signal
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.servers import slurm
from tests.servers.slurm import install
from tests.support.inputs import data_lines, info_of
from tests.support.waiting import gone, until
from tests.support.workflow_runs import Cohort, copy_demo, demo_services

DEMO = ("--configfile", "workflow/config/demo.yaml")
SAMPLES = ("T38", "N38", "T37", "N37")
PROFILE = (
    "--workflow-profile", "workflow/profiles/slurm",
    *DEMO,
    "--slurm-init-seconds-before-status-checks", "1",
)  # fmt: skip
FAILS = {"rule_annotate_wildcards_N38": "NODE_FAIL", "rule_annotate_wildcards_T38": "FAILED"}


@pytest.fixture
def cluster(tmp_path: Path) -> Cohort:
    cohort = copy_demo(tmp_path / "cohort", {})
    install(cohort.folder / "bin", tmp_path / "slurm")
    return cohort


def told(job: Path) -> tuple[str, str]:
    return (job / "comment").read_text(), (job / "state").read_text()


def test_the_demo_runs_to_its_end_with_a_job_that_fails_and_a_node_that_is_lost(
    cluster: Cohort, tmp_path: Path
) -> None:
    assert version("snakemake-executor-plugin-slurm").split(".")[0] == "2"
    with demo_services() as (variables, cgi):
        cohort = cluster._replace(variables=variables)
        fails = ",".join(f"{comment}={state}" for comment, state in FAILS.items())
        ended = cohort.run(*PROFILE, FAKE_SLURM_FAILS=fails)
        assert ended.status == 0, ended.said + cohort.logs()
        assert len(cgi.made) == 1
        jobs = [told(job) for job in slurm.jobs(tmp_path / "slurm")]
        report = cohort.run(*DEMO, "--report", "report.html")
        assert report.status == 0, report.said
    done = [f"rule_{rule}_wildcards_{name}" for rule in ("annotate", "sample_report") for name in SAMPLES]
    done += [f"rule_cohort_report_wildcards_{assembly}" for assembly in ("GRCh37", "GRCh38")]
    # All that is not local was submitted, and done once, after what failed.
    assert sorted(comment for comment, state in jobs if state == "COMPLETED") == sorted(done)
    assert {comment: state for comment, state in jobs if state != "COMPLETED"} == FAILS
    assert len(jobs) == len(done) + len(FAILS)
    assert ended.said.count("Trying to restart job") == len(FAILS)
    # A second attempt asks for more memory.
    asked = {
        (job / "comment").read_text(): (job / "asked").read_text() for job in slurm.jobs(tmp_path / "slurm")
    }
    assert asked["rule_annotate_wildcards_T38"].startswith("4000 MB, 60 min, 1 CPUs")
    assert asked["rule_annotate_wildcards_T37"].startswith("2000 MB")
    is_joined(cohort)
    assert (cohort.folder / "report.html").is_file()


def is_joined(cohort: Cohort) -> None:
    joined = gzip.decompress((cohort.folder / "results" / "cgi" / "T38.vcf.gz").read_bytes())
    assert sum(any(key.startswith("CGI") for key in info_of(line)) for line in data_lines(joined)) > 20


def test_the_demo_runs_through_the_scripts_of_cluster_generic(tmp_path: Path) -> None:
    with demo_services() as (variables, cgi):
        cohort = copy_demo(tmp_path / "cohort", variables)
        profile = ("--workflow-profile", "workflow/profiles/cluster-generic")
        ended = cohort.run(*profile, *DEMO, "--seconds-between-status-checks", "1")
        assert ended.status == 0, ended.said + cohort.logs()
        assert len(cgi.made) == 1
        assert "Nothing to be done" in cohort.run(*DEMO).said
    jobs = list((cohort.folder / ".snakemake" / "cluster").iterdir())
    assert len(jobs) == 2 * len(SAMPLES) + 2
    assert {(job / "status").read_text() for job in jobs} == {"0\n"}
    is_joined(cohort)


def test_jobs_are_cancelled_with_the_run(cluster: Cohort, tmp_path: Path) -> None:
    program = cluster.folder / "bin" / "annotator"
    usual = program.read_text().splitlines()[-1]
    hanging = cluster.folder / "hanging"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = annotate ]; then echo $$ > {hanging}; exec sleep 600; fi\n{usual}\n'
    )
    with subprocess.Popen(
        cluster.command("results/annotated/N38.vcf.gz", *PROFILE),
        cwd=cluster.folder,
        env=cluster.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as running:
        until(lambda: hanging.exists() and hanging.read_text().endswith("\n"))
        time.sleep(2)  # Snakemake cancels what it has heard of
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
    assert running.returncode != 0, said
    assert gone(int(hanging.read_text()))
    assert [told(job) for job in slurm.jobs(tmp_path / "slurm")] == [
        ("rule_annotate_wildcards_N38", "CANCELLED")
    ]
    assert not (cluster.folder / "results" / "annotated" / "N38.vcf.gz").exists()
