"""Fixtures of the tests of services: an environment of their own, and NCBI's file server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.base import RunningServer
from tests.servers.ncbi_files import NcbiFiles, small_clinvar
from tests.servers.opal import Opal, Report
from tests.support.cgi_accounts import Account
from tests.support.cgi_runs import Steps, environment, serving, write_tumour
from tests.support.inputs import ClinVarEntry, write_clinvar
from tests.support.opal_calls import BRAF
from tests.support.pulls import Ncbi


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder that no other test counts in; and an environment without proxies and without keys of CIViC and Opal."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("LOGIN", "PASSWORD"):
        monkeypatch.delenv(f"FABRIC_API_{name}", raising=False)
        monkeypatch.delenv(f"OMICIA_API_{name}", raising=False)
    for name in ("ANNOTATOR_OPAL_CREDENTIALS", "CIVIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "state"
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def ncbi(tmp_path: Path) -> Iterator[Ncbi]:
    dates = {
        "clinvar.vcf.gz": "2026-02-26",
        "clinvar_20260226.vcf.gz": "2026-02-26",
        "weekly/clinvar_20260219.vcf.gz": "2026-02-19",
        "archive_2.0/2024/clinvar_20240107.vcf.gz": "2024-01-07",
    }
    files = NcbiFiles(small_clinvar(tmp_path, dates))
    with RunningServer(files.application()) as server:
        yield Ncbi(files, server)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A ClinVar VCF of some 400 kB."""
    entries = [
        ClinVarEntry("7", 140_000_000 + 7 * number, 1_000_000 + number, "A", "CGT"[number % 3])
        for number in range(5000)
    ]
    return write_clinvar(tmp_path_factory.mktemp("large") / "clinvar.vcf", entries).read_bytes()


@pytest.fixture
def opal() -> Opal:
    """Opal with three reports, of which one has a variant."""
    held = Opal()
    held.add(Report(1202, "AB12345", variants=[BRAF]), Report(1203, "AB123456"), Report(1204, "ab12345"))
    return held


@pytest.fixture
def account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Account]:
    """An account at CGI with a prepared job."""
    with serving() as (service, server, url):
        for name, value in environment(tmp_path / "state", url).items():
            monkeypatch.setenv(name, value)
        steps = Steps(tmp_path / "run", write_tumour(tmp_path / "in.vcf", 12))
        steps.folder.mkdir()
        account = Account(service, server, steps, capsys)
        assert account.run(*steps.prepare()[1:])[0] == 0
        yield account
