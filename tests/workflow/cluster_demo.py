"""The workflow through two schedulers: a real SLURM of two nodes, and `cluster-generic`.

Reports about snakemake-executor-plugin-slurm are rebuilt here: retries inside a job that keeps its memory (issues 284
and 348), and a lost node whose job SLURM repeats by itself (issues 109 and 485).

Not collected with the others: SLURM needs root and Debian's packages (see tests/servers/slurm.py), and every process of
Snakemake would load its executor, and pandas with it:

    apt-get install slurm-wlm munge slurmdbd mariadb-server
    pip install 'snakemake-executor-plugin-slurm>=2.8' && python -m pytest tests/workflow/cluster_demo.py
"""

from __future__ import annotations

import contextlib
import gzip
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.servers import slurm
from tests.servers.slurm import Slurm
from tests.support.inputs import data_lines, info_of, run_annotator, write_snapshot, write_vcf
from tests.support.waiting import gone, until
from tests.support.workflow_runs import Cohort, copy_demo, demo_services, make_cohort

DEMO = ("--configfile", "workflow/config/demo.yaml")
SAMPLES = ("T38", "N38", "T37", "N37")
PROFILE = (
    "--workflow-profile", "workflow/profiles/slurm", "--slurm-init-seconds-before-status-checks", "1",
)  # fmt: skip

PROGRAM = f"""#!/bin/sh
# One sample's first attempt fails, one's needs more memory than it asked for, and two do not end.
first() {{ mkdir "{{folder}}/$1" 2> /dev/null; }}
case "$*" in
  "annotate -o results/annotated/T38.vcf.gz "*) if first T38; then exit 7; fi ;;
  "annotate -o results/annotated/T37.vcf.gz "*)
    if first T37; then exec {sys.executable} -c 'import time; kept = b"x" * (2100 << 20); time.sleep(60)'; fi ;;
  "annotate -o results/annotated/N38.vcf.gz "* | "annotate -o results/annotated/hangs.vcf.gz "*)
    if first hangs; then echo "$$ $SLURMD_NODENAME" > "{{folder}}/hangs/at"; exec sleep 600; fi ;;
esac
exec {sys.executable} -m annotator "$@"
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Slurm]:
    assert version("snakemake-executor-plugin-slurm").split(".")[0] == "2"
    with slurm.running() as started:
        yield started


def misbehaving(cohort: Cohort) -> Path:
    """Let the cohort's command misbehave; returned is a file that a job that does not end writes."""
    program = cohort.folder / "bin" / "annotator"
    program.write_text(PROGRAM.replace("{folder}", str(cohort.folder)))
    return cohort.folder / "hangs" / "at"


@contextlib.contextmanager
def started(cohort: Cohort, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Snakemake that is running; it is ended if the block is left before its end."""
    with (
        (cohort.folder / "snakemake.log").open("wb") as output,
        subprocess.Popen(
            cohort.command(*words),
            cwd=cohort.folder,
            env=cohort.environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as running,
    ):
        try:
            yield running
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(60)
                running.kill()


def told(cohort: Cohort, cluster: Slurm) -> str:
    """What explains a failure."""
    output = (cohort.folder / "snakemake.log").read_text()
    return "\n".join((output, cohort.logs(), *map(str, cluster.jobs()), cluster.logs()))


def test_the_demo_ends_well_though_a_job_fails_one_needs_more_memory_and_a_node_is_lost(
    cluster: Slurm, tmp_path: Path
) -> None:
    with demo_services() as (variables, cgi):
        cohort = copy_demo(tmp_path / "cohort", variables)
        hangs = misbehaving(cohort)
        with started(cohort, *PROFILE, *DEMO) as running:
            until(lambda: running.poll() is not None or (hangs.exists() and hangs.read_text().endswith("\n")))
            node = hangs.read_text().split()[1]
            cluster.lose_node(node)
            status = running.wait(300)
        assert status == 0, told(cohort, cluster)
        cluster.start_node(node)
        assert len(cgi.made) == 1
        report = cohort.run(*DEMO, "--report", "report.html")
        assert report.status == 0, report.said
    jobs = cluster.jobs()
    done = [f"rule_{rule}_wildcards_{name}" for rule in ("annotate", "sample_report") for name in SAMPLES]
    done += [f"rule_cohort_report_wildcards_{assembly}" for assembly in ("GRCh37", "GRCh38")]
    # All that is not local was submitted, and done once, after what failed.
    assert sorted(job.comment for job in jobs if job.state == "COMPLETED") == sorted(done), told(
        cohort, cluster
    )
    failed = {job.comment.rpartition("_")[2]: job for job in jobs if job.state != "COMPLETED"}
    assert {sample: job.state for sample, job in failed.items()} == {
        "T38": "FAILED", "T37": "FAILED", "N38": "NODE_FAIL",
    }  # fmt: skip
    assert len(jobs) == len(done) + len(failed)
    assert "exceeded memory limit" in (cluster.folder / f"slurmd.{failed['T37'].node}.log").read_text()
    # A second attempt has more memory, and avoids the node that was lost.
    second = {job.comment.rpartition("_")[2]: job for job in jobs if job.comment.startswith("rule_annotate_")}
    assert [failed[name].memory for name in sorted(failed)] == ["2000M"] * 3
    assert [second[name].memory for name in sorted(failed)] == ["4000M"] * 3
    assert second["N37"].memory == "2000M"
    assert second["N38"].node != node == failed["N38"].node
    is_joined(cohort)
    assert (cohort.folder / "report.html").is_file()


def is_joined(cohort: Cohort) -> None:
    joined = gzip.decompress((cohort.folder / "results" / "cgi" / "T38.vcf.gz").read_bytes())
    assert sum(any(key.startswith("CGI") for key in info_of(line)) for line in data_lines(joined)) > 20


def test_sixteen_shards_are_annotated_on_the_nodes_and_joined(cluster: Slurm, tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path / "cohort")
    write_snapshot(cohort.folder / "snapshot")
    lines = [f"7\t{140_753_000 + number}\t.\tA\tT\t.\t.\t." for number in range(1, 20_000)]
    write_vcf(cohort.folder / "long.vcf.gz", lines)
    cohort.list_samples([{"sample": "long", "vcf": "long.vcf.gz", "assembly": "GRCh38"}])
    cohort.configure(
        snapshots={"GRCh38": {"folder": "snapshot"}},
        scatter={"shards": 16, "above_mb": 0},
        annotate={"threads": 1},
    )
    before = {job.number for job in cluster.jobs()}
    target = "results/annotated/long.vcf.gz"
    with started(cohort, target, *PROFILE) as running:
        assert running.wait(300) == 0, told(cohort, cluster)
    jobs = [job for job in cluster.jobs() if job.number not in before]
    assert [job.state for job in jobs] == ["COMPLETED"] * 17
    assert {job.node for job in jobs} == set(slurm.NODES)
    assert sum(job.comment.startswith("rule_annotate_shard") for job in jobs) == 16
    whole = tmp_path / "whole.vcf.gz"
    ran = run_annotator(
        "annotate", cohort.folder / "long.vcf.gz", "-o", whole, "--assembly", "GRCh38",
        "--snapshot", cohort.folder / "snapshot",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    written = gzip.decompress((cohort.folder / target).read_bytes())
    assert written == gzip.decompress(whole.read_bytes())
    assert b"CLNSIG=Pathogenic" in written


def test_jobs_are_cancelled_with_the_run(cluster: Slurm, tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path / "cohort")
    hangs = misbehaving(cohort)
    write_snapshot(cohort.folder / "snapshot")
    write_vcf(cohort.folder / "a.vcf.gz")
    cohort.list_samples([{"sample": "hangs", "vcf": "a.vcf.gz", "assembly": "GRCh38"}])
    cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate={"threads": 1})
    with started(cohort, "results/annotated/hangs.vcf.gz", *PROFILE) as running:
        until(lambda: running.poll() is not None or (hangs.exists() and hangs.read_text().endswith("\n")))
        running.send_signal(signal.SIGINT)
        assert running.wait(60) != 0, told(cohort, cluster)
    assert gone(int(hangs.read_text().split()[0]))
    job = cluster.jobs()[-1]
    assert (job.comment, job.state) == ("rule_annotate_wildcards_hangs", "CANCELLED"), told(cohort, cluster)
    assert not (cohort.folder / "results" / "annotated" / "hangs.vcf.gz").exists()


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
