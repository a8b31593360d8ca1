"""`annotator workflow`: a sheet's errors name their rows, and the wheel has the whole workflow."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import annotator
from tests.conftest import guarded_path
from tests.support.inputs import Ran, command, run_annotator, write_vcf
from tests.support.workflow_runs import COLUMNS

# The sheet


def sheet(folder: Path, *rows: str, columns: str = "\t".join(COLUMNS)) -> Path:
    path = folder / "samples.tsv"
    path.write_text("".join(f"{row}\n" for row in ("# a note", columns, *rows)), encoding="utf-8")
    return path


def test_every_row_that_is_wrong_is_named(tmp_path: Path) -> None:
    samples = ("NORMAL", "TUMOUR")
    vcf = write_vcf(tmp_path / "a.vcf", ["7\t5\t.\tA\tT\t.\t.\t.\tGT\t0/0\t0/1"], samples=samples)
    gzipped = tmp_path / "gzipped.vcf.gz"
    gzipped.write_bytes(gzip.compress(vcf.read_bytes()))
    rows = [
        f"good\t{vcf}\tGRCh38\t\tCM\ttumour\tTUMOUR\t\t",
        f"missing\t{tmp_path / 'none.vcf'}\tGRCh38",
        f"wrong\t{vcf}\tGRCh37",
        f"good\t{vcf}\tGRCh38",
        f"cancer\t{vcf}\tGRCh38\t\tMELANOMMA\ttumour\tTUMOUR",
        f"column\t{vcf}\tGRCh38\t\t\t\tT2",
        f"several\t{vcf}\tGRCh38\t\tCM\ttumour",
        f"build\t{vcf}\thg19",
        f"opal\t{vcf}\tGRCh38\t\t\t\t\tACC-1",
        f"packed\t{gzipped}\tGRCh38",
        "nothing\t\tGRCh38",
    ]
    ran = run_annotator("workflow", "check", sheet(tmp_path, *rows), "--cgi", "--opal", "--cut-above=0")
    assert ran.status == 1
    told = ran.err.splitlines()
    expected = {
        4: "sample missing: ",
        5: "sample wrong: ",
        6: "sample good: line 3 has a sample of this name already",
        7: "sample cancer: 'MELANOMMA' is not a cancer type of CGI",
        8: f"sample column: {vcf}: the file has no sample T2",
        9: "sample several: ",
        10: "sample build: 'hg19' is not an assembly",
        11: "sample opal: reports in Opal are on GRCh37",
        12: "sample packed: the input is not compressed with bgzip",
        13: "sample nothing: the row has no VCF",
    }
    assert len(told) == len(expected), ran.err
    for line, (number, what) in zip(told, expected.items(), strict=True):
        assert line.startswith(f"ERROR: {tmp_path / 'samples.tsv'}, line {number}: {what}"), line
    assert "no such file" in told[0]
    assert "but --assembly is GRCh37" in told[1]
    assert "2 samples" in told[5]


def test_a_good_sheet_is_silent_and_vcfs_may_come_later(tmp_path: Path) -> None:
    vcf = write_vcf(tmp_path / "a.vcf")
    good = sheet(tmp_path, f"a\t{vcf}\tGRCh38", "", f"b\t{vcf}\tGRCh38")
    assert run_annotator("workflow", "check", good) == Ran(0, b"", "")
    later = sheet(tmp_path, f"a\t{tmp_path / 'later.vcf'}\tGRCh38\t\tNONE")
    assert run_annotator("workflow", "check", later).err.count("ERROR") == 2
    assert run_annotator("workflow", "check", later, "--later").err.count("ERROR") == 1


def test_a_sheet_without_samples_is_an_error(tmp_path: Path) -> None:
    assert "the row has no sample name" in run_annotator("workflow", "check", sheet(tmp_path)).err
    assert run_annotator("workflow", "check", tmp_path / "none.tsv").status == 1
    assert (
        "line 3: the row has more cells"
        in run_annotator("workflow", "check", sheet(tmp_path, "a\t" * 20)).err
    )


# Packaging


def test_the_workflow_is_copied_with_a_configuration_and_nothing_is_written_over(
    tmp_path: Path, repository: Path
) -> None:
    assert run_annotator("workflow", "path").out.decode() == f"{repository / 'workflow'}\n"
    ran = run_annotator("workflow", "init", tmp_path / "cohort")
    assert ran.status == 0, ran.err
    made = tmp_path / "cohort"
    assert (made / "workflow" / "Snakefile").read_bytes() == (repository / "workflow/Snakefile").read_bytes()
    assert (made / "config" / "config.yaml").is_file()
    assert not (made / "workflow" / "config").exists()
    again = run_annotator("workflow", "init", made)
    assert again.status == 1
    assert "the folder already has a workflow" in again.err


def test_the_wheel_has_the_workflow(tmp_path: Path, repository: Path) -> None:
    """Unpacked where nothing else is, it finds its own."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        packed.extractall(tmp_path / "site")
    files = [
        path.relative_to(repository / "workflow")
        for path in (repository / "workflow").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(files) > 20
    assert {f"annotator/_workflow/{path}" for path in files} <= names
    alone = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(guarded_path(str(tmp_path / "site"))),
        "HOME": str(tmp_path),
    }

    def run(*words: str | Path, cwd: Path = tmp_path) -> str:
        ran = subprocess.run(words, cwd=cwd, env=alone, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout + ran.stderr

    assert run(*command("workflow", "path")) == f"{tmp_path / 'site' / 'annotator' / '_workflow'}\n"
    made = tmp_path / "cohort"
    run(*command("workflow", "init", made))
    write_vcf(made / "a.vcf")
    with (made / "config" / "samples.tsv").open("a") as sheet:
        sheet.write("A\ta.vcf\tGRCh38\n")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "annotator"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m annotator "$@"\n')
    program.chmod(0o755)
    alone["PATH"] = f"{tmp_path / 'bin'}:{alone['PATH']}"
    planned = run(sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", cwd=made)
    assert "annotator snapshot pull clinvar" in planned
    assert "annotator annotate -o results/annotated/A.vcf.gz " in planned
    assert " -- a.vcf 2> " in planned


# Environments


def pinned(path: Path) -> dict[str, str]:
    """Exact versions of an environment, those of pip among them."""
    environment = yaml.safe_load(path.read_text())
    # Strict: what conda-forge has is taken from there, and nothing from a user's defaults.
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    *conda, by_pip = environment["dependencies"]
    assert set(by_pip) == {"pip"}
    packages = [*(Requirement(one.replace(" =", "==")) for one in conda), *map(Requirement, by_pip["pip"])]
    versions = {}
    for package in packages:
        (specifier,) = package.specifier
        assert specifier.operator == "=="
        versions[package.name] = specifier.version
    return versions


def test_the_environments_pin_versions_that_the_package_accepts(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    versions = pinned(repository / "workflow" / "envs" / "annotator.yaml")
    assert set(versions) == {"python", "pip", project["name"]}
    assert versions[project["name"]] == annotator.__version__
    assert versions["python"] in SpecifierSet(project["requires-python"])
    assert any(one.endswith(f":: {versions['python']}") for one in project["classifiers"])
    assert pinned(repository / "workflow" / "wrapper" / "environment.yaml") == versions
    image = yaml.safe_load((repository / "workflow/profiles/kubernetes/config.yaml").read_text())
    assert image["container-image"].endswith(f":{annotator.__version__}")


def test_every_rule_has_output_resources_and_a_message(repository: Path) -> None:
    found = set()
    for path in (repository / "workflow" / "rules").glob("*.smk"):
        for name, text in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", path.read_text(), re.MULTILINE):
            found.add(name)
            parts = dict(re.findall(r"^    (\w+):(.*\n(?:(?:        .*)?\n)*)", text, re.MULTILINE))
            assert {"output", "log", "benchmark", "threads", "resources", "message", "shell"} <= set(parts), (
                name
            )
            assert "mem_mb=memory(" in parts["resources"], name
            assert '"../envs/annotator.yaml"' in parts["conda"], name
            assert parts["container"].strip() == "IMAGE", name
            assert "annotator " in parts["shell"] or "{params.commands}" in parts["shell"], name
            assert "{log:q}" in parts["shell"], name
    assert len(found) == 14
