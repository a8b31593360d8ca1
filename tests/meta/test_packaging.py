"""Everything that is shipped names the same version and the same dependencies, and the steps in it work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import annotator
from tests.support.inputs import write_snapshot, write_vcf
from tests.support.unusual_names import NAMES

NEXTFLOW = Path("workflow/nextflow/annotator/annotate")
CONDA_NAMES = {"isal": "python-isal"}
"""Packages whose name on conda-forge is another."""


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("CITATION.cff", r"^version: (\S+)$"),
        ("workflow/envs/Containerfile", r"annotator:(\d\S*) "),
        ("workflow/envs/conda-recipe/recipe.yaml", r'^  version: "(\S+)"$'),
        ("workflow/nextflow/annotator/annotate/main.nf", r"'annotator:(\d[^']*)'"),
        ("workflow/nextflow/annotator/annotate/environment.yml", r"vcf-annotator ==(\S+)"),
    ],
)
def test_every_file_names_this_version(repository: Path, path: str, pattern: str) -> None:
    found = re.findall(pattern, (repository / path).read_text(), re.MULTILINE)
    assert found
    assert set(found) == {annotator.__version__}


def test_the_conda_recipe_has_the_dependencies_of_the_package(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(one) for one in project["dependencies"]]
    text = (repository / "workflow/envs/conda-recipe/recipe.yaml").read_text()
    recipe = yaml.safe_load(text.replace("${{ version }}", annotator.__version__))
    run = {
        name: version for name, _, version in (one.partition(" ") for one in recipe["requirements"]["run"])
    }
    for one in wanted:
        assert run.pop(CONDA_NAMES.get(one.name, one.name)) == str(one.specifier)
    assert run == {"python": project["requires-python"]}
    assert recipe["package"]["name"] == project["name"]


def test_workflows_of_github_may_write_nothing_and_keep_no_secret(repository: Path) -> None:
    found = sorted((repository / ".github" / "workflows").glob("*.yml"))
    assert [path.stem for path in found] == ["release", "tests"]
    for path in found:
        text = path.read_text()
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {"contents": "read"}
        assert "secrets." not in text
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        assert all("uses" in step or "run" in step for step in steps)
        used = [step["uses"] for step in steps if "uses" in step]
        assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in used)  # a tag can be moved
    assert ".ci/run" in (repository / ".github/workflows/tests.yml").read_text()


def test_the_image_is_slim_and_not_run_by_root(repository: Path) -> None:
    text = (repository / "workflow" / "envs" / "Containerfile").read_text().replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    assert {name for name, _ in steps} <= {"FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "CMD"}
    assert [value for name, value in steps if name == "USER"] == ["annotator"]
    assert all(re.search(r":[\d.]+-slim\b", value) for name, value in steps if name == "FROM")
    # Named folders only: a checkout may hold data of patients.
    copied = [
        value.split()[:-1] for name, value in steps if name == "COPY" and not value.startswith("--from")
    ]
    assert [word for words in copied for word in words] == [
        "pyproject.toml", "README.md", "LICENSE", "annotator", "workflow",
    ]  # fmt: skip


def test_the_sdist_contains_all_files_for_the_wheel_and_the_tests(repository: Path, tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {
        "LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "CITATION.cff", "pyproject.toml",
        "annotator/py.typed", "workflow/Snakefile", "workflow/envs/Containerfile", str(NEXTFLOW / "main.nf"),
        "tests/conftest.py", "test_data/demo/tumour.GRCh38.vcf",
    } <= names  # fmt: skip


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Nextflow runs a process: the command on its path, and a snapshot."""
    folder = tmp_path_factory.mktemp("process")
    write_snapshot(folder / "snap shot")
    (folder / "annotator").write_text(f'#!/bin/sh\nexec {sys.executable} -m annotator "$@"\n')
    (folder / "annotator").chmod(0o755)
    return folder


@pytest.mark.parametrize("name", [Path(name).name for name in NAMES])
def test_the_script_of_the_nextflow_module_annotates(repository: Path, process: Path, name: str) -> None:
    """As Nextflow fills it in: names of files escaped, Groovy's escapes taken back."""
    text = (repository / NEXTFLOW / "main.nf").read_text()
    (script,) = re.findall(r'script:.*?"""\n(.*?)"""', text, re.DOTALL)
    write_vcf(process / name)
    filled = {
        "vcf": shlex.quote(name), "snapshot": shlex.quote("snap shot"), "prefix": "T1.annotated",
        "args": "--fields CLNSIG", "task.cpus": "1", "task.process": "ANNOTATOR_ANNOTATE",
    }  # fmt: skip
    script = re.sub(r"(?<!\\)\$\{([a-z.]+)\}", lambda found: filled[found[1]], script)
    script = script.replace("\\$", "$").replace("\\\\", "\\")
    lines = [line.removeprefix("    ") for line in script.splitlines()]
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
        cwd=process,
        env={"PATH": f"{process}:/usr/bin:/bin", "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    (process / "T1.annotated.vcf.gz.tbi").unlink()
    (process / "T1.annotated.vcf.gz").unlink()
    versions = yaml.safe_load((process / "versions.yml").read_text().expandtabs())
    assert versions == {"ANNOTATOR_ANNOTATE": {"annotator": annotator.__version__}}
    assert not list(process.rglob("PWNED"))


def test_the_nextflow_module_describes_its_channels(repository: Path) -> None:
    meta = yaml.safe_load((repository / NEXTFLOW / "meta.yml").read_text())
    text = (repository / NEXTFLOW / "main.nf").read_text()
    assert meta["name"] == "annotator_annotate"
    assert [next(iter(one)) for one in meta["output"]] == re.findall(r"emit: (\w+)", text)
    assert [next(iter(one)) for one in meta["input"][0]] == ["meta", "vcf", "index"]
    assert "tuple val(meta), path(vcf), path(index)" in text


def test_the_lock_file_holds_every_dependency_with_its_hash(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    lines = (repository / ".ci" / "lock.txt").read_text().splitlines()[1:]
    locked = {}
    for line in lines:
        name, version = re.fullmatch(r"([a-z0-9-]+)==(\S+) --hash=sha256:[0-9a-f]{64}", line).groups()  # type: ignore[union-attr]
        locked[name] = version
    for requirement in map(Requirement, named):
        version = locked[re.sub(r"[-_.]+", "-", requirement.name).lower()]
        assert requirement.specifier.contains(version), requirement
