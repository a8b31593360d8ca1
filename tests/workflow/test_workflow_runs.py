"""The workflow run by Snakemake: the demo cohort, as a module, as a rule, in shards, and with a wrong configuration."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from annotator.dispatch.ticket import Ticket
from tests.servers.cgi import Options
from tests.servers.opal import PATIENT, demo
from tests.support.cgi_runs import TOKEN
from tests.support.demo_cohort import NEVER, Demo, passed, vcf
from tests.support.inputs import (
    data_lines,
    info_of,
    run_annotator,
    write_vcf,
)
from tests.support.report_views import Page
from tests.support.workflow_runs import (
    META,
    Cohort,
    Ended,
    copy_demo,
    demo_services,
    make_cohort,
    overlapping_records,
)

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


# The demo cohort


def test_unfinished_jobs_fail_and_the_others_are_done(running: Demo) -> None:
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
def test_annotated_samples_equal_the_output_of_the_command(
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


def test_kept_files_contain_no_secret_and_no_patient(running: Demo) -> None:
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


@pytest.mark.parametrize("page", ["report/T38", "report/N37", "cohort/GRCh38"])
def test_pages_have_the_statements_of_the_snapshot(running: Demo, page: str) -> None:
    text = (running.cohort.folder / "results" / f"{page}.html").read_text()
    statements = json.loads(Page(text).scripts["statements"])
    assert statements
    assert all("Demo text" in one for one in statements.values())


def test_unit_tests_are_generated_for_every_rule_and_pass(running: Demo) -> None:
    """Those of rules that ask a service ask it: CGI is asked for the job that it was given before, not for another."""
    ended = again(running, "--generate-unit-tests", "unit")
    assert ended.status == 0, ended.said
    assert passed(running.cohort, "unit") == RULES
    assert len(running.cgi.made) == 1


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


# A wrong configuration


def test_an_invalid_sheet_is_reported_row_by_row_before_any_job(scattered: Cohort) -> None:
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
def test_an_invalid_key_or_cell_is_reported_before_any_job(
    scattered: Cohort, config: dict[str, object], row: dict[str, str], said: tuple[str, ...]
) -> None:
    scattered.configure(check_inputs=False, snapshots={"GRCh38": {"folder": "snapshot"}}, **config)
    scattered.list_samples([{"sample": "A", "vcf": "none.vcf.gz", "assembly": "GRCh38", **row}])
    ended = scattered.run("--dry-run")
    assert ended.status == 1
    assert all(word in ended.said for word in said), ended.said


def test_defaults_of_the_schema_equal_the_commented_configuration(repository: Path) -> None:
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
