"""The guide is true: every command block is run on the demo's files and emulated services, or parsed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from annotator.cli.console import Console
from annotator.cli.guide import TOPICS, page
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from tests.conftest import REPOSITORY
from tests.servers import clinical_tables
from tests.servers.base import RunningServer
from tests.servers.civic_database import read_release
from tests.servers.civic_graphql import PATH as CIVIC_PATH
from tests.servers.civic_graphql import CivicGraphql, Options
from tests.servers.construction import records_of_tables
from tests.servers.ncbi_files import ROOT, NcbiFiles, small_clinvar
from tests.servers.opal import application as opal_application
from tests.servers.opal import demo as opal_demo
from tests.support.cgi_runs import EMAIL, TOKEN, serving
from tests.support.clinvar_tables import write_tables
from tests.support.commands import EVERYTHING
from tests.support.inputs import bgzip, command, run_annotator
from tests.support.ontology import OBO

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)\)")
_OTHER_PROGRAMS = {
    "bcftools", "cd", "export", "gzip", "less", "pip", "python3", "samtools", "sed", "snakemake", "source", "vep",
}  # fmt: skip
"""Programs of others that blocks which are only parsed may call."""

_RUN = [topic for topic in TOPICS if "```sh\n" in page(topic)]


def blocks(topic: str, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(page(topic)) if kind == language]


# Packaged pages


def test_each_page_has_a_topic_and_each_topic_a_page(repository: Path) -> None:
    assert {path.stem for path in (repository / "annotator" / "guide").iterdir()} == set(TOPICS)


def test_the_list_names_every_topic_with_its_title() -> None:
    ran = run_annotator("guide")
    assert (ran.status, ran.err) == (0, "")
    for topic in TOPICS:
        title = page(topic).partition("\n")[0].removeprefix("# ")
        assert re.search(rf"^  {topic} +{re.escape(title)}$", ran.out.decode(), re.MULTILINE)


def test_a_page_is_printed_as_it_is() -> None:
    ran = run_annotator("guide", "matching")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.decode() == page("matching")


def test_a_mistyped_topic_gets_a_suggestion() -> None:
    ran = run_annotator("guide", "maching")
    assert (ran.status, ran.out) == (2, b"")
    assert "'matching'" in ran.err
    assert "annotator guide" in ran.err


def test_links_lead_to_pages(repository: Path) -> None:
    found = 0
    for topic in TOPICS:
        for target in _LINK.findall(page(topic)):
            if not target.startswith("https://"):
                assert (repository / "annotator" / "guide" / target).is_file(), f"{topic}: {target}"
                found += 1
    assert found > 5


def test_the_parts_of_civic_are_all_explained() -> None:
    table = page("fields").partition("## CIVIC\n")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)[1:]) == CIVIC_SUBFIELDS


# Output of the command


@pytest.fixture(scope="module")
def prepared(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's files under the names that the guide uses, and the command on a path."""
    folder = tmp_path_factory.mktemp("guide")
    demo = repository / "test_data" / "demo"
    shutil.copytree(demo / "civic", folder / "civic")
    for name, source in (
        ("tumour.vcf.gz", "tumour.GRCh38.vcf"),
        ("opal.GRCh37.vcf.gz", "tumour.GRCh37.vcf"),
        ("clinvar.vcf.gz", "clinvar.GRCh38.vcf"),
    ):
        (folder / name).write_bytes(bgzip((demo / source).read_bytes()))
    program = folder / "bin" / "annotator"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m annotator "$@"\n')
    program.chmod(0o755)
    build = ["snapshot", "build", "--assembly", "GRCh38", "-o", "GRCh38.snapshot"]
    build += ["--clinvar", "clinvar.vcf.gz", "--civic", "civic"]
    subprocess.run(command(*build), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def services(repository: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Emulated services, as the variables by which the command finds them."""
    demo = repository / "test_data" / "demo"
    write_tables(tmp_path, demo / "clinvar.GRCh38.vcf", demo / "clinvar.GRCh37.vcf")
    ncbi = NcbiFiles({**small_clinvar(tmp_path, {"clinvar.vcf.gz": "2026-02-26"}), "doid.obo": OBO.encode()})
    applications = {
        "ANNOTATOR_CLINVAR_URL": (
            clinical_tables.application(records_of_tables(tmp_path)),
            clinical_tables.PATH,
        ),
        "ANNOTATOR_CLINVAR_MIRROR": (ncbi.application(), ROOT),
        "ANNOTATOR_CIVIC_URL": (
            CivicGraphql(read_release(demo / "civic"), Options(rate=None)).application(),
            CIVIC_PATH,
        ),
        "ANNOTATOR_OPAL_URL": (opal_application(opal_demo("login", "password", approve_after=0.5)), ""),
    }
    with ExitStack() as stack:
        variables = {
            name: stack.enter_context(RunningServer(application)).url + path
            for name, (application, path) in applications.items()
        }
        variables["ANNOTATOR_ONTOLOGY_URL"] = f"{variables['ANNOTATOR_CLINVAR_MIRROR']}/doid.obo"
        variables["ANNOTATOR_CGI_URL"] = stack.enter_context(serving())[2]
        yield variables | {
            "ANNOTATOR_STATE_DIR": str(tmp_path / "state"),
            "CGI_EMAIL": EMAIL,
            "CGI_TOKEN": TOKEN,
            "FABRIC_API_LOGIN": "login",
            "FABRIC_API_PASSWORD": "password",
        }


def on_the_demo(topic: str) -> str:
    """The commands of a page that run, waiting less long."""
    text = "".join(blocks(topic, "sh"))
    text = re.sub(r"(annotator \w+ wait )", r"\1--every 0.1 ", text)
    return f"set -eu -o pipefail\n{text}"


@pytest.mark.parametrize("topic", _RUN)
def test_the_commands_of_a_page_run(
    topic: str, prepared: Path, services: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    shutil.copytree(prepared, folder)
    if "-o GRCh38.snapshot" in on_the_demo(topic):
        shutil.rmtree(folder / "GRCh38.snapshot")
    environment = {**os.environ, **services, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash"],
        input=on_the_demo(topic),
        text=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name in re.findall(r" -o (\S+\.\S+)", on_the_demo(topic)):
        assert (folder / name).exists()


def test_the_python_of_the_page_on_automation_runs(prepared: Path, tmp_path: Path) -> None:
    (example,) = blocks("automation", "python")
    folder = tmp_path / "work"
    shutil.copytree(prepared, folder)
    ran = subprocess.run(
        [sys.executable, "-c", example], cwd=folder, text=True, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found, error = ran.stdout.splitlines()
    assert int(found) > 0
    assert error.endswith(" missing.vcf.gz")


def lines_of(block: str) -> list[str]:
    """Command lines of a block; one that ends in a backslash goes on in the next."""
    return block.replace("\\\n", " ").splitlines()


_README = _BLOCK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
_PARSED = [
    (topic, line)
    for topic, texts in [
        *((topic, blocks(topic, "text")) for topic in TOPICS),
        ("README", [text for kind, text in _README if kind == "text"]),
    ]
    for block in texts
    for line in lines_of(block)
    if line
]


@pytest.mark.parametrize(("topic", "line"), _PARSED)
def test_a_command_that_cannot_be_run_here_is_at_least_one(topic: str, line: str) -> None:  # noqa: ARG001
    for part in re.split(r" \| ", line):
        words = shlex.split(part.partition(" > ")[0], comments=True)
        if words[0] != "annotator" or words[1].startswith("-"):
            assert Path(words[0]).name in {*_OTHER_PROGRAMS, "annotator", "bgzip"}
            continue
        called = max(
            (name for name in EVERYTHING if words[: len(name.split())] == name.split()),
            key=lambda name: len(name.split()),
        )
        found, arguments = EVERYTHING[called], words[len(called.split()) :]
        assert len(called.split()) > 1
        with found.make_context(called, arguments, obj=Console()) as context:
            assert context.command is found


def test_pages_are_run_and_lines_are_parsed() -> None:
    assert len(_RUN) >= 9
    assert len(_PARSED) > 20


@pytest.mark.skipif(
    shutil.which("bcftools") is None and os.environ.get("CI") != "true", reason="bcftools is not installed"
)
def test_split_vep_prints_the_entries_of_the_demo(prepared: Path) -> None:
    """By the guide's own line: whatever it prints, split-vep insists on a part with the name Consequence."""
    (line,) = [text for text in blocks("fields", "text") if "+split-vep" in text]
    made = "annotator annotate tumour.vcf.gz -o annotated.vcf.gz --snapshot GRCh38.snapshot\n"
    environment = os.environ | {"PATH": f"{prepared / 'bin'}:{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash"],
        input=f"set -euo pipefail\n{made}{line}",
        cwd=prepared, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    entries = ran.stdout.splitlines()
    assert len(entries) > 50
    assert "chr7:140753336 T BRAF V600E Predictive A Supports Sensitivity/Response Vemurafenib" in entries
    both = "Sensitivity/Response Dabrafenib&Trametinib"
    assert f"chr7:140753336 T BRAF V600E Predictive . Supports {both}" in entries  # an assertion has no level
