"""The README is true: its table is the declarations', and its commands run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.readme_table import FILES, with_table
from tests.servers.base import RunningServer
from tests.servers.civic_database import read_release
from tests.servers.civic_graphql import PATH as CIVIC_PATH
from tests.servers.civic_graphql import CivicGraphql
from tests.servers.civic_graphql import Options as CivicOptions
from tests.servers.ncbi_files import ROOT, NcbiFiles, small_clinvar

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INSTALL = re.compile(r"python3 -m venv .venv && .venv/bin/pip install [^&\n]*(&& )?")


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo data, and this environment's programs where the README installs them."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(repository / "test_data", folder / "test_data")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("annotator", "python"):
        script = programs / name
        module = " -m annotator" if name == "annotator" else ""
        script.write_text(f'#!/bin/sh\nexec {sys.executable}{module} "$@"\n')
        script.chmod(0o755)
    return folder


def blocks(readme: str, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(readme) if kind == language]


def block_with(readme: str, words: str) -> str:
    """The one block of commands for real work that holds some words."""
    (found,) = [text for text in blocks(readme, "text") if words in text]
    return found


def run(text: str, checkout: Path, *, program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout / '.venv/bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(
        [program], input=text, text=True, cwd=checkout, env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize("name", FILES)
def test_the_table_of_fields_is_the_declarations(repository: Path, name: str) -> None:
    text = (repository / name).read_text(encoding="utf-8")
    assert text == with_table(text), "run: python -m tests.readme_table"


def test_the_demo_command_runs(readme: str, checkout: Path) -> None:
    demo = _INSTALL.sub("", blocks(readme, "sh")[0])
    done = run(f"set -eu\n{demo}", checkout, program="bash")
    assert done.returncode == 0, done.stderr
    assert (checkout / "demo.annotated.vcf.gz").exists()
    assert (checkout / "demo.annotated.vcf.gz.tbi").exists()
    assert re.search(r"^clinvar-snapshot +2026-02-26 +[1-9]", done.stderr, re.MULTILINE)
    assert re.search(r"^civic-snapshot +2024-08-01 +[1-9]", done.stderr, re.MULTILINE)


def test_the_checks_of_every_submission_run_these_very_commands(repository: Path, readme: str) -> None:
    """`.ci/run` takes the blocks out of the README by a function of its own, and runs each of them."""
    script = (repository / ".ci" / "run").read_text(encoding="utf-8")
    function = next(line for line in script.splitlines() if line.startswith("block() {"))
    blocks = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for number, block in enumerate(blocks, 1):
        ran = subprocess.run(
            ["bash", "-c", f"{function}\nblock {number}"],
            cwd=repository, capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        assert ran.stdout == block
        assert f'bash -euo pipefail -c "$(block {number})"' in script.splitlines()


def test_the_python_example_runs(readme: str, checkout: Path) -> None:
    (example,) = blocks(readme, "python")
    done = run(example, checkout, program=sys.executable)
    assert done.returncode == 0, done.stderr
    found, classification = done.stdout.split()
    assert int(found) > 0
    assert "athogenic" in classification


def on_the_demo(text: str, **instead: str) -> str:
    """Give commands with the demo's files in place of real ones, which must all be there."""
    for real, ours in instead.items():
        assert real in text
        text = text.replace(real, ours)
    return f"set -eu -o pipefail\n{text}"


def test_the_commands_for_real_work_run(readme: str, checkout: Path, tmp_path: Path) -> None:
    """The same options on the demo's files, and on an emulated NCBI."""
    text = block_with(readme, "less -S")
    terms = "id: DOID:4\nname: disease", "id: DOID:1909\nname: melanoma\nis_a: DOID:4 ! disease"
    ontology = "format-version: 1.2\n" + "".join(f"\n[Term]\n{term}\n" for term in terms)
    files = NcbiFiles(
        small_clinvar(tmp_path, {"clinvar.vcf.gz": "2026-02-26"}) | {"doid.obo": ontology.encode()}
    )
    civic = CivicGraphql(read_release(checkout / "test_data" / "demo" / "civic"), CivicOptions(rate=None))
    commands = on_the_demo(
        text,
        **{
            "GRCh38.snapshot": "real.snapshot",
            "--clinvar clinvar.vcf.gz": "--clinvar test_data/demo/clinvar.GRCh38.vcf",
            "civic/": "test_data/demo/civic/",
            "annotate tumour.vcf.gz": "annotate test_data/demo/tumour.GRCh38.vcf",
            " --reference GRCh38.fa": "",
            "bcftools view -r chr7 tumour.bcf": "cat test_data/demo/tumour.GRCh38.vcf",
            "less -S": "cat",
        },
    )
    with RunningServer(files.application()) as server, RunningServer(civic.application()) as service:
        places = {
            "ANNOTATOR_CLINVAR_MIRROR": server.url + ROOT,
            "ANNOTATOR_ONTOLOGY_URL": f"{server.url}{ROOT}/doid.obo",
            "ANNOTATOR_CIVIC_URL": f"{service.url}{CIVIC_PATH}",
            "ANNOTATOR_STATE_DIR": str(tmp_path / "state"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
        }
        done = run(commands, checkout, program="bash", **places)
    assert done.returncode == 0, done.stderr
    assert "CLNSIG=" in done.stdout
    assert (tmp_path / "data" / "annotator" / "GRCh38.snapshot" / "manifest.json").is_file()


def test_the_commands_for_looking_at_it_run(readme: str, checkout: Path) -> None:
    """The same options on the demo's files."""
    folder = checkout / "looking"
    (folder / "cohort").mkdir(parents=True)
    demo_files = checkout / "test_data" / "demo"
    made = [
        ".venv/bin/annotator",
        "snapshot",
        "build",
        "--assembly",
        "GRCh38",
        "-o",
        "looking/GRCh38.snapshot",
    ]
    made += ["--clinvar", "test_data/demo/clinvar.GRCh38.vcf", "--civic", "test_data/demo/civic"]
    subprocess.run(made, cwd=checkout, check=True, capture_output=True)
    for source in ("tumour", "germline"):
        vcf = demo_files / f"{source}.GRCh38.vcf"
        for output in (f"looking/cohort/{source}.vcf.gz", "looking/newer.vcf.gz"):
            annotate = [
                ".venv/bin/annotator",
                "annotate",
                vcf,
                "-o",
                output,
                "--snapshot",
                "looking/GRCh38.snapshot",
            ]
            subprocess.run(annotate, cwd=checkout, check=True, capture_output=True)
    shutil.copy(demo_files / "tumour.GRCh38.vcf", folder / "tumour.vcf")
    commands = on_the_demo(
        block_with(readme, "annotator report"),
        **{"annotate tumour.vcf.gz": "annotate tumour.vcf", "doctor tumour.vcf.gz": "doctor tumour.vcf"},
    )
    done = run(commands, folder, program="bash", PATH=f"{checkout / '.venv/bin'}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("report.html", "report.tsv", "report.json", "cohort.html", "cohort_mqc.json"):
        assert (folder / name).stat().st_size > 1_000, name
    assert "looked up in ClinVar 2026-02-26" in done.stdout


def test_the_readme_is_short(readme: str) -> None:
    assert len(readme.splitlines()) <= 200


def test_links_of_the_readme_lead_to_files(readme: str, repository: Path) -> None:
    found = [link for link in re.findall(r"\]\(([^)#]+)\)", readme) if not link.startswith("https://")]
    assert len(found) > 10
    for link in found:
        assert (repository / link).is_file(), link
