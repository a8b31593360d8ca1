"""The workflow run by Snakemake: the demo cohort, as a module, as a rule, in shards, and with a wrong configuration."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from annotator.dispatch.ticket import Ticket
from annotator.variants.assembly import Assembly
from tests.bench.workflow import calls_of, covered, measured, note_calls
from tests.servers import clinical_tables
from tests.servers.base import RunningServer, Status
from tests.servers.cgi import CgiService, Options
from tests.servers.construction import records_of_tables
from tests.servers.ncbi_files import ROOT, NcbiFiles, small_clinvar
from tests.servers.opal import PATIENT, Opal, demo
from tests.support.cgi_runs import TOKEN
from tests.support.clinvar_tables import write_tables
from tests.support.inputs import (
    MT_BASES,
    data_lines,
    info_of,
    run_annotator,
    write_fasta,
    write_snapshot,
    write_vcf,
)
from tests.support.workflow_runs import (
    META,
    Cohort,
    Ended,
    copy_demo,
    demo_services,
    make_cohort,
    overlapping_records,
)

NEVER = 1e9  # seconds until the report is approved
RULES = {
    "annotate",
    "cgi_job",
    "cgi_join",
    "cgi_mutations",
    "cohort_report",
    "opal_join",
    "opal_report",
    "sample_report",
    "snapshot_build",
    "snapshot_verify",
}


class Demo(NamedTuple):
    """The demo cohort after its runs: in the first, neither service has an answer yet."""

    cohort: Cohort
    cgi: CgiService
    opal: Opal
    first: Ended
    second: Ended


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo cohort, run until it ends well, with its services still there."""
    opal = demo("login", "planted-password", NEVER)
    with demo_services(Options(waiting=10**6), opal) as (variables, cgi):
        cohort = copy_demo(tmp_path_factory.mktemp("demo"), variables, deadline="1s")
        first = cohort.run("--configfile", "workflow/config/demo.yaml")
        for job in cgi.jobs.values():
            job.left = 0
        opal.approve(1202)
        second = cohort.run("--configfile", "workflow/config/demo.yaml")
        yield Demo(cohort, cgi, opal, first, second)


def again(demo: Demo, *words: str) -> Ended:
    return demo.cohort.run(*words, "--configfile", "workflow/config/demo.yaml")


def vcf(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


# The demo cohort


def test_what_is_not_finished_fails_and_the_rest_is_done(running: Demo) -> None:
    assert running.first.status == 1
    assert re.findall(r"Error in rule (\w+)", running.first.said).count("cgi_job") == 1
    assert re.findall(r"Error in rule (\w+)", running.first.said).count("opal_report") == 1
    for rule in ("annotate", "snapshot_verify"):
        assert f"Error in rule {rule}" not in running.first.said


def test_a_run_that_goes_on_submits_nothing_again(running: Demo) -> None:
    assert running.second.status == 0, running.second.said + running.cohort.logs()
    assert len(running.cgi.made) == 1
    assert running.opal.launched == []
    ticket = Ticket.read(running.cohort.folder / "results/cgi/T38.ticket.json")
    assert [ticket.known_job()] == running.cgi.made
    copy = running.cohort.folder / "results/cgi/T38.done/T38.ticket.json"
    assert copy.read_bytes() == (running.cohort.folder / "results/cgi/T38.ticket.json").read_bytes()
    assert "rule annotate:" not in running.second.said
    assert "Annotating N38" not in running.second.said


@pytest.mark.parametrize("sample", ["T38", "N38", "T37", "N37"])
def test_annotated_samples_are_what_the_command_writes(
    running: Demo, tmp_path: Path, repository: Path, sample: str
) -> None:
    assembly = f"GRCh{sample[1:]}"
    kind = "tumour" if sample[0] == "T" else "germline"
    source = repository / "test_data" / "demo" / f"{kind}.{assembly}.vcf"
    snapshot = running.cohort.folder / "resources" / f"{assembly}.snapshot"
    options = ["--snapshot", snapshot, "--assembly", assembly]
    options += ["--disease", "DOID:1909"] if sample == "T38" else []
    ran = run_annotator("annotate", source, "-o", tmp_path / "out.vcf", *options)
    assert ran.status == 0, ran.err
    assert (
        vcf(running.cohort.folder / "results/annotated" / f"{sample}.vcf.gz")
        == (tmp_path / "out.vcf").read_bytes()
    )


def test_the_answers_of_services_are_joined(running: Demo) -> None:
    results = running.cohort.folder / "results"
    of_cgi = [info_of(line) for line in data_lines(vcf(results / "cgi" / "T38.vcf.gz"))]
    assert sum(any(key.startswith("CGI") for key in info) for info in of_cgi) > 20
    of_opal = [info_of(line) for line in data_lines(vcf(results / "opal" / "T37.vcf.gz"))]
    assert sum("OPAL_STATUS" in info for info in of_opal) > 20
    assert (results / "opal" / "T37.pdf").read_bytes() == running.opal.reports[1202].final_pdf()
    assert not (results / "cgi" / "T37.done").exists()
    assert not (results / "opal" / "T38.json").exists()


def test_no_secret_and_no_patient_is_in_what_is_kept(running: Demo) -> None:
    kept = [path for path in running.cohort.folder.rglob("*") if path.is_file()]
    secrets = [TOKEN.encode(), b"planted-password", str(PATIENT["last_name"]).encode()]
    leaking = {
        path.name
        for path in kept
        if path.suffix != ".pdf" and any(secret in path.read_bytes() for secret in secrets)
    }
    assert leaking == set()
    assert not any(secret.decode() in running.first.said + running.second.said for secret in secrets)


def test_nothing_is_left_to_do(running: Demo) -> None:
    ended = again(running)
    assert ended.status == 0
    assert "Nothing to be done" in ended.said


def test_every_rule_is_documented_by_its_log_and_its_benchmark(running: Demo) -> None:
    for what in ("logs", "benchmarks"):
        assert {path.name for path in (running.cohort.folder / "results" / what).iterdir()} == RULES
    (table,) = (running.cohort.folder / "results/benchmarks/cgi_job").iterdir()
    assert table.read_text().startswith("s\t")


def test_the_report_has_pages_tables_captions_and_categories(running: Demo) -> None:
    ended = again(running, "--report", "report.zip")
    assert ended.status == 0, ended.said
    shutil.unpack_archive(running.cohort.folder / "report.zip", running.cohort.folder / "unpacked")
    files = list((running.cohort.folder / "unpacked").rglob("*"))
    pages = {path.name for path in files if path.suffix == ".html"}
    assert {"T38.html", "N38.html", "T37.html", "N37.html", "GRCh37.html", "GRCh38.html"} <= pages
    assert {"T38.tsv", "GRCh38.releases.txt", "T38.biomarkers.tsv", "T37.json"} <= {
        path.name for path in files
    }
    text = "".join(path.read_text() for path in files if path.name == "report.html")
    for said in ("Samples", "Cohort", "Knowledge bases", "Cancer Genome Interpreter", "Omicia Opal"):
        assert said in text
    assert "ClinVar and CIViC annotations of T38" in text


def test_unit_tests_are_generated_for_every_rule_and_pass(running: Demo) -> None:
    """Those of rules that ask a service ask it: CGI is asked for the job that it was given before, not for another."""
    ended = again(running, "--generate-unit-tests", "unit")
    assert ended.status == 0, ended.said
    assert passed(running.cohort, "unit") == RULES
    assert len(running.cgi.made) == 1


def passed(cohort: Cohort, folder: str) -> set[str]:
    """Rules whose generated unit tests are in a folder; each of them passes."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=short", folder],
        cwd=cohort.folder,
        env=cohort.environment(PATH=f"{cohort.folder / 'bin'}:{Path(sys.executable).parent}:/bin:/usr/bin"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return set(re.findall(r"^PASSED \S+::test_(\w+)$", ran.stdout, re.MULTILINE))


def test_snakemake_finds_nothing_to_improve(running: Demo) -> None:
    ended = again(running, "--lint")
    assert ended.status == 0
    assert "Congratulations" in ended.said


def test_the_workflow_is_formatted(repository: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", "--config", "pyproject.toml", "workflow"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_a_dispatch_that_is_run_again_makes_no_second_job(running: Demo) -> None:
    ended = again(running, "results/cgi/T38.vcf.gz", "--forcerun", "cgi_job")
    assert ended.status == 0, ended.said
    assert "Running the Cancer Genome Interpreter on T38" in ended.said
    assert len(running.cgi.made) == 1


def test_the_readme_is_right_as_a_new_user_takes_it(tmp_path: Path, repository: Path) -> None:
    """From the top of a checkout, as it is written, but for the ports, which others may use."""
    readme = (repository / "workflow" / "README.md").read_text()
    (block,) = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    for port in ("8811", "8812"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            block = block.replace(port, str(free.getsockname()[1]))
    checkout = make_cohort(tmp_path / "checkout")
    for name in ("annotator", "tests", "test_data"):
        (checkout.folder / name).symlink_to(repository / name)
    python = checkout.folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    said = tmp_path / "said"
    with (
        said.open("w") as output,
        subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=checkout.folder,
            env=checkout.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as running,
    ):
        status = running.wait()
        with contextlib.suppress(ProcessLookupError):  # where it stopped early, its services go on
            os.killpg(running.pid, signal.SIGKILL)
    assert status == 0, said.read_text() + checkout.logs()
    assert "T38" in (checkout.folder / "report.html").read_text()
    joined = vcf(checkout.folder / "results" / "cgi" / "T38.vcf.gz")
    assert sum(any(key.startswith("CGI") for key in info_of(line)) for line in data_lines(joined)) > 20


# Other ways to use it

MODULE = """
configfile: "config/own.yaml"

rule calls:
    output: "calls/M1.vcf"
    shell: "cp {vcf} {{output}}"

module annotation:
    snakefile: "{snakefile}"
    config: config["annotation"]

use rule * from annotation as annotation_*

{rule}

rule wrapped:
    input: calls="calls/M1.vcf"
    output: calls="wrapped.vcf"
    params: extra="--snapshot {snapshot} --fields CLNSIG"
    log: "wrapped.log"
    threads: 1
    wrapper: "file:{wrapper}"

rule both:
    default_target: True
    input:
        rules.annotation_all.input, "wrapped.vcf", "single/M1.vcf.gz"
"""


def test_it_is_a_module_a_single_rule_and_a_wrapper_in_a_snakefile_of_ones_own(
    running: Demo, tmp_path: Path, repository: Path
) -> None:
    """A VCF that another rule makes, a snapshot that is there; what could be dispatched is not, by default."""
    readme = (repository / "workflow" / "README.md").read_text()
    (rule,) = re.findall(r"```python\n(rule annotate_one:.*?)```", readme, re.DOTALL)
    snapshot = running.cohort.folder / "resources" / "GRCh38.snapshot"
    source = repository / "test_data" / "demo" / "tumour.GRCh38.vcf"
    own = Cohort(tmp_path, running.cohort.variables)
    shutil.copytree(running.cohort.folder / "bin", tmp_path / "bin")
    (tmp_path / "Snakefile").write_text(
        MODULE.format(
            vcf=source,
            snakefile=running.cohort.folder / "workflow" / "Snakefile",
            rule=rule.replace("GRCh38.snapshot", str(snapshot)).replace(
                "calls/{sample}.vcf.gz", "calls/{sample}.vcf"
            ),
            snapshot=snapshot,
            wrapper=running.cohort.folder / "workflow" / "wrapper",
        )
    )
    (tmp_path / "sheet.tsv").write_text(
        "sample\tvcf\tassembly\tcancer_type\tvcf_sample\taccession_id\n"
        "M1\tcalls/M1.vcf\tGRCh38\tCM\tTUMOUR\tDEMO-1\n"
    )
    config = {
        "samples": "sheet.tsv",
        "check_inputs": False,
        "snapshots": {"GRCh38": {"folder": str(snapshot)}},
    }
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "own.yaml").write_text(yaml.safe_dump({"annotation": config}))
    before = len(running.cgi.made)
    ended = own.run()
    assert ended.status == 0, ended.said
    annotated = vcf(tmp_path / "results" / "annotated" / "M1.vcf.gz")
    assert sum("CLNSIG" in info_of(line) for line in data_lines(annotated)) > 10
    assert data_lines(vcf(tmp_path / "single" / "M1.vcf.gz")) == data_lines(annotated)
    wrapped = (tmp_path / "wrapped.vcf").read_bytes()
    assert data_lines(wrapped) != data_lines(annotated)
    assert b"CLNSIG=" in wrapped
    assert not (tmp_path / "results" / "cgi").exists()
    assert len(running.cgi.made) == before


# Shards


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory, running: Demo) -> Cohort:
    cohort = make_cohort(tmp_path_factory.mktemp("scattered"))
    write_vcf(cohort.folder / "L.vcf.gz", overlapping_records(), meta=META)
    cohort.list_samples([{"sample": "L", "vcf": "L.vcf.gz", "assembly": "GRCh38"}])
    (cohort.folder / "snapshot").symlink_to(running.cohort.folder / "resources" / "GRCh38.snapshot")
    return cohort


def test_scattered_over_1_4_and_16_it_is_the_same_byte_for_byte(scattered: Cohort) -> None:
    found = {}
    target = "results/annotated/L.vcf.gz"
    for shards in (1, 4, 16):
        scattered.configure(
            snapshots={"GRCh38": {"folder": "snapshot"}}, scatter={"shards": shards, "above_mb": 0}
        )
        ended = scattered.run("--forcerun", "annotate", "gather", "--", target)
        assert ended.status == 0, ended.said + scattered.logs()
        assert ended.said.count("Annotating shard") == (shards if shards > 1 else 0)
        found[shards] = vcf(scattered.folder / target)
        assert not list((scattered.folder / "results").glob("shards/*/*.vcf.gz"))
    assert found[1] == found[4] == found[16]
    assert len(data_lines(found[1])) == len(overlapping_records())
    assert b"CLNSIG=" in found[1]


def test_a_profile_whose_variants_are_in_different_shards_is_found(
    scattered: Cohort, running: Demo, tmp_path: Path
) -> None:
    """BRAF V600E is in the first shard, V600M in the last: CIViC knows something of both together.

    The unit tests of the rules pass, too.
    """
    draw = random.Random(600)  # noqa: S311
    refs = ["".join(draw.choices("ACGT", k=900)) for _ in range(500)]
    between = [f"7\t140453137\t.\t{ref}\t{ref}A\t.\t.\t." for ref in refs]
    lines = ["7\t140453136\t.\tA\tT\t.\t.\t.", *between, "7\t140453137\t.\tC\tT\t.\t.\t."]
    source = write_vcf(scattered.folder / "J.vcf.gz", lines, assembly=Assembly.GRCH37)
    snapshot = scattered.folder / "snapshot37"
    snapshot.symlink_to(running.cohort.folder / "resources" / "GRCh37.snapshot")
    scattered.configure(snapshots={"GRCh37": {"folder": "snapshot37"}}, scatter={"shards": 2, "above_mb": 0})
    scattered.list_samples([{"sample": "J", "vcf": "J.vcf.gz", "assembly": "GRCh37"}])
    ended = scattered.run("results/annotated/J.vcf.gz", "--notemp")
    assert ended.status == 0, ended.said + scattered.logs()
    parts = [vcf(scattered.folder / f"results/shards/J/{shard}-of-2.vcf.gz") for shard in (1, 2)]
    assert all(b"CIVIC_VID=" in part for part in parts)
    assert not any(b"_AND_" in part for part in parts)
    options = ("--snapshot", snapshot, "--assembly", "GRCh37")
    whole = run_annotator("annotate", source, "-o", tmp_path / "whole.vcf", *options)
    assert whole.status == 0, whole.err
    found = vcf(scattered.folder / "results" / "annotated" / "J.vcf.gz")
    assert found == (tmp_path / "whole.vcf").read_bytes()
    assert b"V600E_AND_BRAF_V600M" in found
    generated = scattered.run("results/annotated/J.vcf.gz", "--generate-unit-tests", "unit")
    assert generated.status == 0, generated.said
    assert passed(scattered, "unit") == {"annotate_shard", "gather", "snapshot_verify"}


INDEL = f"MT\t{MT_BASES.index('AAA') + 2}\t.\tAA\tA\t.\t.\t."
"""Of three A the last; it is known by the first."""


def test_plain_text_and_bcf_are_scattered_too(scattered: Cohort) -> None:
    from pysam import bcftools

    # With a reference, where an indel moves to the left.
    write_fasta(scattered.folder / "mt.fa", {"MT": MT_BASES})
    write_vcf(scattered.folder / "K.vcf", [*overlapping_records(), INDEL], meta=META)
    bcftools.view(
        "-Ob", "-o", str(scattered.folder / "K.bcf"), str(scattered.folder / "K.vcf"), catch_stdout=False
    )
    rows = [{"sample": kind, "vcf": f"K.{kind.lower()}", "assembly": "GRCh38"} for kind in ("VCF", "BCF")]
    scattered.list_samples(rows)
    told: dict[str, object] = {
        "snapshots": {"GRCh38": {"folder": "snapshot"}},
        "references": {"GRCh38": "mt.fa"},
    }
    scattered.configure(**told, scatter={"shards": 2, "above_mb": 0})
    targets = [f"results/annotated/{kind}.vcf.gz" for kind in ("VCF", "BCF")]
    ended = scattered.run(*targets)
    assert ended.status == 1
    assert "line 3: sample BCF: a BCF can be split into shards only with an index" in ended.said
    scattered.configure(**told, scatter={"shards": 2, "above_mb": 100})  # it is smaller: no index is needed
    assert "Annotating shard" not in scattered.run(*targets, "--dry-run").said
    bcftools.index(str(scattered.folder / "K.bcf"))
    scattered.configure(**told, scatter={"shards": 2, "above_mb": 0})
    ended = scattered.run(*targets)
    assert ended.status == 0, ended.said + scattered.logs()
    assert ended.said.count("Annotating shard") == 4
    for kind, target in zip(("vcf", "bcf"), targets, strict=True):
        whole = run_annotator(
            "annotate", scattered.folder / f"K.{kind}", "--snapshot", scattered.folder / "snapshot",
            "--assembly", "GRCh38", "--reference", scattered.folder / "mt.fa",
        )  # fmt: skip
        assert vcf(scattered.folder / target) == whole.out
        assert b"--reference mt.fa" in whole.out


def test_the_benchmark_sees_every_call_of_ours(tmp_path: Path, running: Demo) -> None:
    """Two shards and their gathering; a check of the sheet; the snapshot, verified and described."""
    vcf = write_vcf(tmp_path / "in.vcf.gz")
    snapshot = running.cohort.folder / "resources" / "GRCh38.snapshot"
    ran = measured(tmp_path / "measured", vcf, snapshot, samples=1, shards=2, cores=2)
    assert len(ran.calls) == 2 + 1 + 1 + 2
    assert 0 < ran.ours < ran.wall
    assert 0 < ran.cpu_of_ours < ran.cpu
    assert covered([(5, 6), (1, 3), (2, 4), (2, 3)]) == 4


# Over the network


def test_what_the_network_did_not_answer_fails_and_a_run_that_goes_on_asks_only_that(
    tmp_path: Path, repository: Path
) -> None:
    demo_data = repository / "test_data" / "demo"
    write_tables(tmp_path, demo_data / "clinvar.GRCh38.vcf", demo_data / "clinvar.GRCh37.vcf")
    with RunningServer(clinical_tables.application(records_of_tables(tmp_path))) as server:
        url = server.url + clinical_tables.PATH
        cohort = make_cohort(tmp_path / "online", {"ANNOTATOR_CLINVAR_URL": url})
        write_snapshot(cohort.folder / "snapshot")
        shutil.copy(demo_data / "tumour.GRCh38.vcf", cohort.folder / "t.vcf")
        cohort.list_samples([{"sample": "T", "vcf": "t.vcf", "assembly": "GRCh38"}])
        online = {"online": "--source clinvar=api --attempts 1 --rate 1000"}
        cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate=online)
        target = "results/annotated/T.vcf.gz"
        server.faults.then(None)
        server.faults.always(Status(404))
        first = cohort.run(target, "--retries", "0")
        assert first.status == 1, first.said
        assert not (cohort.folder / target).exists()
        server.faults.clear()
        asked = len(server.requests)
        second = cohort.run(target, "--retries", "0")
        assert second.status == 0, second.said + cohort.logs()
        assert 'Resource("clinvar_api", 1)' in first.said
        assert len(server.requests) - asked > 0
        identifiers = [str(request.query) for request in server.requests]
        assert identifiers.count(identifiers[0]) == 1
    assert sum("CLNSIG" in info_of(line) for line in data_lines(vcf(cohort.folder / target))) > 10


def test_no_two_jobs_ask_the_same_service_at_a_time(tmp_path: Path, repository: Path) -> None:
    """Although there are as many cores as samples; with a higher limit they do."""
    demo_data = repository / "test_data" / "demo"
    write_tables(tmp_path, demo_data / "clinvar.GRCh38.vcf", demo_data / "clinvar.GRCh37.vcf")
    with RunningServer(clinical_tables.application(records_of_tables(tmp_path))) as server:
        url = server.url + clinical_tables.PATH
        cohort = make_cohort(tmp_path / "online", {"ANNOTATOR_CLINVAR_URL": url})
        note_calls(cohort)
        write_snapshot(cohort.folder / "snapshot")
        shutil.copy(demo_data / "tumour.GRCh38.vcf", cohort.folder / "t.vcf")
        names = ("A", "B", "C")
        cohort.list_samples({"sample": name, "vcf": "t.vcf", "assembly": "GRCh38"} for name in names)
        online = {"online": "--source clinvar=api --rate 20"}
        cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate=online)
        targets = [f"results/annotated/{name}.vcf.gz" for name in names]
        overlapping = []
        for limit in ((), ("--resources", "clinvar_api=3")):
            ended = cohort.run(*targets, "--cores", "3", "--forcerun", "annotate_online", *limit)
            assert ended.status == 0, ended.said + cohort.logs()
            calls = calls_of(cohort, "annotate")
            assert len(calls) == len(names)
            together = sum(call.ended - call.began for call in calls)
            overlapping.append(together - covered((call.began, call.ended) for call in calls))
            for noted in (*(cohort.folder / "calls").iterdir(), *cohort.folder.rglob("*.journal")):
                noted.unlink()  # so that all is asked again
    assert overlapping[0] == pytest.approx(0, abs=1e-6)
    assert overlapping[1] > 0


def test_a_snapshot_is_pulled_once_where_snakemake_runs(tmp_path: Path) -> None:
    files = NcbiFiles(small_clinvar(tmp_path, {"clinvar.vcf.gz": "2026-02-26"}))
    with RunningServer(files.application()) as server:
        cohort = make_cohort(tmp_path / "pulling", {"ANNOTATOR_CLINVAR_MIRROR": server.url + ROOT})
        write_vcf(cohort.folder / "a.vcf")
        rows = [{"sample": name, "vcf": "a.vcf", "assembly": "GRCh38"} for name in ("A", "B")]
        cohort.list_samples(rows)
        cohort.configure(snapshots={"GRCh38": {"pull": ["clinvar"]}})
        ended = cohort.run("results/annotated/A.vcf.gz", "results/annotated/B.vcf.gz")
        assert ended.status == 0, ended.said + cohort.logs()
        assert ended.said.count("Downloading the snapshot for GRCh38") == 1
    assert "2026-02-26" in (cohort.folder / "resources" / "GRCh38.releases.txt").read_text()
    cohort.configure(snapshots={"GRCh38": {"pull": ["clinvar", "civic"], "civic_options": "--from files"}})
    planned = cohort.run("--forcerun", "snapshot_pull", "--dry-run").said
    assert "snapshot pull clinvar --assembly GRCh38 -o resources/GRCh38.snapshot --quiet --force" in planned
    assert "-o resources/GRCh38.snapshot --quiet --update --from files" in planned


# A wrong configuration


def test_a_wrong_sheet_is_told_row_by_row_before_any_job(scattered: Cohort) -> None:
    scattered.configure(snapshots={"GRCh38": {"folder": "snapshot"}, "GRCh37": {"folder": "other"}})
    row = {"sample": "A", "vcf": "L.vcf.gz", "assembly": "GRCh38"}
    scattered.list_samples(
        [
            row,
            row | {"sample": "none", "vcf": "none.vcf.gz"},
            row | {"sample": "hg19", "assembly": "GRCh37"},
            row,
            row | {"sample": "type", "cancer_type": "NOT_A_TYPE"},
        ]
    )
    ended = scattered.run()
    assert ended.status == 1
    for line, said in {
        3: "sample none: none.vcf.gz: no such file",
        4: "sample hg19: L.vcf.gz: ",
        5: "sample A: line 2 has a sample of this name already",
        6: "sample type: 'NOT_A_TYPE' is not a cancer type of CGI",
    }.items():
        assert f"config/samples.tsv, line {line}: {said}" in ended.said
    assert "Finished jobid" not in ended.said


@pytest.mark.parametrize(
    ("config", "row", "said"),
    [
        ({"scater": {"shards": 2}}, {}, ("scater",)),
        ({}, {"tissue": "liver"}, ("sample A", "liver")),
        ({}, {"assembly": "GRCh37"}, ("sample A", "no snapshot for GRCh37")),
    ],
)
def test_a_wrong_key_or_cell_is_told_before_any_job(
    scattered: Cohort, config: dict[str, object], row: dict[str, str], said: tuple[str, ...]
) -> None:
    scattered.configure(check_inputs=False, snapshots={"GRCh38": {"folder": "snapshot"}}, **config)
    scattered.list_samples([{"sample": "A", "vcf": "none.vcf.gz", "assembly": "GRCh38", **row}])
    ended = scattered.run("--dry-run")
    assert ended.status == 1
    assert all(word in ended.said for word in said), ended.said


def test_what_the_schema_says_by_default_is_what_the_commented_configuration_says(repository: Path) -> None:
    commented = yaml.safe_load((repository / "workflow" / "config" / "config.yaml").read_text())
    schema = yaml.safe_load((repository / "workflow" / "schemas" / "config.schema.yaml").read_text())

    def defaults(part: dict[str, object], given: object) -> None:
        for key, value in dict(part["properties"]).items():  # type: ignore[call-overload]
            assert isinstance(given, dict)
            assert key in given, key
            if value.get("properties") and key not in {"snapshots", "references"}:
                defaults(value, given[key])
            elif "default" in value:
                assert given[key] == value["default"], key

    defaults(schema, commented)
