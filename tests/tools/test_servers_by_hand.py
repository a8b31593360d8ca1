"""Services started by hand: they explain themselves, and print the variables with which the program uses them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.support.inputs import run_annotator

SERVICES = {
    "allele_registry": {"ANNOTATOR_REGISTRY_URL"},
    "cgi": {"ANNOTATOR_CGI_URL", "CGI_EMAIL", "CGI_TOKEN"},
    "civic_graphql": {"ANNOTATOR_CIVIC_URL"},
    "civic_v1": {"ANNOTATOR_CIVIC_URL"},
    "clinical_tables": {"ANNOTATOR_CLINVAR_URL"},
    "ncbi_files": {"ANNOTATOR_CLINVAR_MIRROR", "ANNOTATOR_ONTOLOGY_URL"},
    "opal": {"ANNOTATOR_OPAL_URL", "FABRIC_API_LOGIN", "FABRIC_API_PASSWORD"},
}
"""Variables that each service prints."""


@contextmanager
def started(module: str, *words: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A service; its address and the variables that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.servers.{module}", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url = process.stdout.readline().strip()
            variables = {}
            while (line := process.stderr.readline()).startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                variables[name] = value
            assert line.endswith("stop with Ctrl-C\n")
            yield url, variables
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
    assert process.returncode == 0


def test_every_service_that_can_be_started_by_hand_is_listed() -> None:
    folder = REPOSITORY / "tests" / "servers"
    found = {path.stem for path in folder.glob("*.py") if '__name__ == "__main__"' in path.read_text()}
    assert found == {*SERVICES, "slurm"}


@pytest.mark.parametrize("module", [*SERVICES, "slurm"])
def test_it_has_a_help(module: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"tests.servers.{module}", "--help"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"usage: python -m tests.servers.{module} ")


@pytest.mark.parametrize("module", SERVICES)
def test_it_prints_its_address_and_the_variables(module: str) -> None:
    with started(module) as (url, variables):
        assert url.startswith("http://127.0.0.1:")
        assert set(variables) == SERVICES[module]
        assert url in variables.values()


def test_everything_is_pulled_and_annotated_with_nothing_but_the_printed_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started("ncbi_files") as (_, ncbi), started("civic_graphql") as (_, civic):
        for name, value in {**ncbi, **civic, "XDG_DATA_HOME": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        pulled = run_annotator("snapshot", "pull", "--assembly", "GRCh38")
        assert pulled.status == 0, pulled.err
    tumour = REPOSITORY / "test_data" / "demo" / "tumour.GRCh38.vcf"
    ran = run_annotator("annotate", tumour, "-o", tmp_path / "annotated.vcf.gz", "--disease", "melanoma")
    assert ran.status == 0, ran.err
    assert "clinvar-snapshot" in ran.err
    assert "civic-snapshot" in ran.err
