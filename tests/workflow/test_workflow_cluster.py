"""The workflow through a scheduler that loses jobs, and killed at any moment: it finishes, and sends nothing twice."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.base import RunningServer
from tests.servers.cgi import Options
from tests.servers.opal import Opal, application
from tests.servers.opal import Options as OpalOptions
from tests.support.cgi_runs import EMAIL, TOKEN, serving, write_tumour
from tests.support.inputs import info_of, run_annotator, write_snapshot, write_vcf
from tests.support.waiting import gone, until
from tests.support.workflow_runs import Cohort, make_cohort

PROFILE = ("--workflow-profile", "workflow/profiles/cluster-generic", "--seconds-between-status-checks", "1")


# A scheduler

SUBMIT = """#!/bin/sh
# Submits as the profile does; the first job of sample `dies` kills its program, that of `lost` vanishes with its node.
set -eu
echo "$1" >> submitted
times=$(grep -c "^$1$" submitted)
if [ "$1" = dies ] && [ "$times" = 1 ]; then export PROGRAM_DIES=1; fi
job=$(workflow/profiles/cluster-generic/submit.sh "$2")
if [ "$1" = lost ] && [ "$times" = 1 ]; then kill -s KILL -- "-$(cat "$job/pid")"; fi
echo "$job"
"""
PROGRAM = f"""#!/bin/sh
if [ "${{PROGRAM_DIES:-}}" ]; then kill -KILL $$; fi
if [ "${{PROGRAM_HANGS:-}}" ] && [ "$1" = annotate ]; then echo $$ >> hanging; exec sleep 600; fi
exec {sys.executable} -m annotator "$@"
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Cohort:
    cohort = make_cohort(tmp_path / "cluster")
    write_snapshot(cohort.folder / "snapshot")
    write_vcf(cohort.folder / "a.vcf.gz")
    samples = [{"sample": name, "vcf": "a.vcf.gz", "assembly": "GRCh38"} for name in ("dies", "lost", "good")]
    cohort.list_samples(samples)
    cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate={"threads": 1})
    for path, text in {"submit.sh": SUBMIT, "bin/annotator": PROGRAM}.items():
        (cohort.folder / path).write_text(text)
        (cohort.folder / path).chmod(0o755)
    return cohort


def test_a_job_that_dies_and_one_whose_node_is_lost_are_done_again(cluster: Cohort) -> None:
    submit = ("--cluster-generic-submit-cmd", "./submit.sh {wildcards.sample}")
    targets = [f"results/annotated/{name}.vcf.gz" for name in ("dies", "lost", "good")]
    ended = cluster.run(*targets, *PROFILE, *submit)
    assert ended.status == 0, ended.said
    submitted = (cluster.folder / "submitted").read_text().split()
    assert sorted(submitted) == ["dies", "dies", "good", "lost", "lost"]
    assert ended.said.count("Trying to restart job") == 2
    assert "Error submitting" not in ended.said
    written = {gzip.decompress((cluster.folder / target).read_bytes()) for target in targets}
    assert len(written) == 1
    assert b"CLNSIG=Pathogenic" in written.pop()
    # Local rules ran here: only the verification was not submitted.
    assert "Verifying the snapshot" in ended.said


def test_jobs_are_cancelled_with_the_run(cluster: Cohort) -> None:
    words = cluster.command("results/annotated/good.vcf.gz", *PROFILE)
    with subprocess.Popen(
        words,
        cwd=cluster.folder,
        env=cluster.environment(PROGRAM_HANGS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as running:
        hanging = cluster.folder / "hanging"
        until(hanging.exists)
        until(lambda: hanging.read_text().endswith("\n"))
        time.sleep(3)  # Snakemake cancels what it has heard of: a job is known once its status was asked
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=60)
    assert running.returncode != 0, said
    assert gone(int(hanging.read_text().split()[0]))
    assert not (cluster.folder / "results" / "annotated" / "good.vcf.gz").exists()


def test_the_scripts_need_only_python_and_standard_unix_tools(tmp_path: Path, repository: Path) -> None:
    """No `setsid`, which macOS lacks."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("cat", "grep", "kill", "mkdir", "mktemp", "mv", "sh", "sleep"):
        found = shutil.which(name)
        if found is not None:  # `kill` is a part of the shell, too
            (tools / name).symlink_to(found)
    (tools / "python3").symlink_to(sys.executable)
    scripts = repository / "workflow" / "profiles" / "cluster-generic"

    def call(script: str, *words: str) -> str:
        ran = subprocess.run(
            ["/bin/sh", scripts / script, *words],
            cwd=tmp_path, env={"PATH": str(tools)}, stdout=subprocess.PIPE, text=True, check=True, timeout=60,
        )  # fmt: skip
        return ran.stdout.strip()

    (tmp_path / "good.sh").write_text("echo said; exit 0")
    (tmp_path / "bad.sh").write_text("exit 3")
    (tmp_path / "long.sh").write_text("sleep 600")
    good, bad, long = (call("submit.sh", f"{name}.sh") for name in ("good", "bad", "long"))
    until(lambda: call("status.sh", good) == "success")
    until(lambda: call("status.sh", bad) == "failed")
    assert (tmp_path / good / "output").read_text() == "said\n"
    assert call("status.sh", long) == "running"
    pid = int((tmp_path / long / "pid").read_text())
    assert os.getsid(pid) == pid
    call("cancel.sh", long)
    assert gone(pid)
    assert call("status.sh", long) == "failed"  # also as long as nobody took note of its end


# Kills


@contextlib.contextmanager
def dispatching(folder: Path) -> Iterator[tuple[Cohort, list[str], list[int]]]:
    """A cohort in shards, with a sample for CGI and one whose report is launched; and what was made at the services."""
    opal = Opal(login="login", password="password")  # noqa: S106
    options = OpalOptions(approve_after=0.5, shows_after=0.1, says_after=0.1)
    with (
        serving(Options(waiting=2, running=2, store_seconds=0.3, answer_seconds=0.3)) as (cgi, _, url),
        RunningServer(application(opal, options)) as server,
    ):
        variables = {
            "CGI_EMAIL": EMAIL,
            "CGI_TOKEN": TOKEN,
            "ANNOTATOR_CGI_URL": url,
            "FABRIC_API_LOGIN": "login",
            "FABRIC_API_PASSWORD": "password",
            "ANNOTATOR_OPAL_URL": server.url,
        }
        cohort = make_cohort(folder, variables)
        write_snapshot(folder / "snapshot")
        write_tumour(folder / "t.vcf")
        from annotator.variants.assembly import Assembly

        lines = [f"7\t{140_753_000 + number}\t.\tA\tT\t.\t.\t." for number in range(1, 6000)]
        write_vcf(folder / "l.vcf.gz", lines)
        write_vcf(folder / "o.vcf", ["7\t140453136\t.\tA\tT\t.\t.\t."], assembly=Assembly.GRCH37)
        write_snapshot(folder / "snapshot37", assembly=Assembly.GRCH37)
        cohort.list_samples(
            [
                {"sample": "L", "vcf": "l.vcf.gz", "assembly": "GRCh38"},
                {
                    "sample": "T",
                    "vcf": "t.vcf",
                    "assembly": "GRCh38",
                    "cancer_type": "CM",
                    "vcf_sample": "TUMOUR",
                },
                {
                    "sample": "O",
                    "vcf": "o.vcf",
                    "assembly": "GRCh37",
                    "accession_id": "A-1",
                    "genome_id": "119",
                },
            ]
        )
        waiting = {"enabled": True, "every": "0.2s", "deadline": "30s"}
        cohort.configure(
            snapshots={"GRCh38": {"folder": "snapshot"}, "GRCh37": {"folder": "snapshot37"}},
            annotate={"threads": 1},
            scatter={"shards": 2, "above_mb": 0},
            dispatch={"cgi": waiting, "opal": waiting | {"launch": "panel --panel-id 1200 --settle 2"}},
        )
        yield cohort, cgi.made, opal.launched


def jobs_of(snakemake: int) -> list[int]:
    """Processes that a Snakemake started, and those that these started."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            parents.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(text.split()[0]))
    found, waiting = [], [snakemake]
    while waiting:
        waiting = [child for parent in waiting for child in parents.get(parent, [])]
        found += waiting
    return found


def killed(cohort: Cohort, draw: random.Random, what: str) -> None:
    """Start the workflow and kill something of it at a random moment after its first job began."""
    log = cohort.folder / "killed.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            cohort.command(),
            cwd=cohort.folder,
            env=cohort.environment(),
            stdout=file,
            stderr=file,
            start_new_session=True,
        ) as running,
    ):
        until(lambda: "jobid" in log.read_text() or running.poll() is not None)
        time.sleep(draw.uniform(0.0, 4.0))
        targets = {"job": draw.sample(jobs := jobs_of(running.pid), min(2, len(jobs)))}.get(
            what, [running.pid]
        )
        for pid in targets:
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                (os.killpg if what == "all" else os.kill)(pid, signal.SIGKILL)
        running.wait(120)
        until(lambda: not is_alive(running.pid))  # what a killed Snakemake leaves behind goes on for a while


def is_alive(session: int) -> bool:
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_at_any_moment_it_finishes_and_hands_over_once(tmp_path: Path) -> None:
    draw = random.Random(8)  # noqa: S311
    with dispatching(tmp_path / "killed") as (cohort, made, launched):
        for what in ("snakemake", "job", "all", "job", "snakemake"):
            killed(cohort, draw, what)
            if what != "job":  # a Snakemake that is killed leaves its lock behind
                assert cohort.run("--unlock").status == 0
        ended = cohort.run()
        assert ended.status == 0, ended.said + cohort.logs()
        assert len(made) == 1
        assert len(launched) == 1
        results = cohort.folder / "results"
        for sample, source, folder in (("L", "l.vcf.gz", "annotated"), ("T", "t.vcf", "annotated")):
            whole = tmp_path / f"{sample}.vcf"
            options = ["--snapshot", cohort.folder / "snapshot", "--assembly", "GRCh38"]
            ran = run_annotator("annotate", cohort.folder / source, "-o", whole, *options)
            assert ran.status == 0, ran.err
            assert gzip.decompress((results / folder / f"{sample}.vcf.gz").read_bytes()) == whole.read_bytes()
        joined = gzip.decompress((results / "cgi" / "T.vcf.gz").read_bytes()).decode()
        assert sum("CGI" in info for line in joined.splitlines() if line[0] != "#" for info in info_of(line))
        assert (results / "opal" / "O.vcf.gz").is_file()
        assert "Nothing to be done" in cohort.run().said


@pytest.mark.parametrize("name", ["cluster-generic", "slurm", "kubernetes", "default"])
def test_every_profile_holds_the_limits_of_the_services(repository: Path, name: str) -> None:
    text = (repository / "workflow" / "profiles" / name / "config.yaml").read_text()
    rules = "".join(path.read_text() for path in (repository / "workflow" / "rules").glob("*.smk"))
    limited = set(re.findall(r"\b(\w+_(?:api|jobs))=", rules))
    assert limited == {"clinvar_api", "civic_api", "cgi_jobs", "opal_api"}
    assert set(re.findall(r"- (\w+)=\d+$", text, re.MULTILINE)) - {"mem_mb", "runtime"} == limited
    assert "rerun-incomplete: true" in text
