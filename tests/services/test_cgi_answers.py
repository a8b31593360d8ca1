"""CGI's credentials, its answers as they were seen, and the way there."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from annotator.dispatch.base import JobState
from annotator.dispatch.cgi.answers import error_of, is_job, job_of, jobs_of, logs_of, submitted_job
from annotator.dispatch.cgi.credentials import CgiCredentials
from annotator.errors import UsageError
from tests.conftest import REPOSITORY
from tests.servers.base import Redirect, RunningServer
from tests.servers.cgi import PATH, CgiService, Options
from tests.support.cgi_accounts import Account
from tests.support.cgi_runs import EMAIL, TOKEN

# The way there


def test_only_https_addresses_are_contacted(account: Account) -> None:
    status, said = account.submit("--url", "http://www.cancergenomeinterpreter.org/api/v1")
    assert (status, "only https addresses are allowed" in said) == (2, True)
    assert account.server.requests == []


def test_a_redirection_with_the_credentials_is_not_followed(account: Account) -> None:
    with RunningServer(CgiService(Options(EMAIL)).application()) as elsewhere:
        account.server.faults.always(Redirect(f"{elsewhere.url}{PATH}"))
        status, said = account.submit()
        assert elsewhere.requests == []
    assert (status, "is not followed" in said) == (1, True)


def test_an_authority_of_ones_own_is_trusted_and_verification_stays_on(account: Account) -> None:
    certificate = REPOSITORY / "tests" / "servers" / "loopback.pem"
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with RunningServer(CgiService(Options(EMAIL, TOKEN)).application(), tls=tls) as secure:
        url = f"{secure.url}{PATH}"
        status, said = account.submit("--url", url)
        assert (status, "its certificate is not trusted" in said) == (1, True)
        assert secure.requests == []
        assert account.submit("--url", url, "--ca-bundle", certificate)[0] == 0


def test_a_service_that_is_not_ones_own_machine_is_polled_sparingly(account: Account) -> None:
    account.submit()
    text = account.steps.ticket.read_text()
    account.steps.ticket.write_text(text.replace(account.server.url, "https://cgi.example"))
    status, said = account.run(
        "wait", account.steps.ticket, "--every", "5", "--url", f"https://cgi.example{PATH}"
    )
    assert (status, "--every 5 is too short" in said) == (2, True)


def test_the_egress_log_contains_counts_only(account: Account, tmp_path: Path) -> None:
    log = tmp_path / "egress.tsv"
    account.submit("--egress-log", log)
    rows = [line.split("\t") for line in log.read_text().splitlines()[1:]]
    assert [row[1] for row in rows] == ["0", "12"]  # the list; then the alleles of the sample


def test_the_service_runs_by_hand() -> None:
    words = [sys.executable, "-m", "tests.servers.cgi", "--token", "other"]
    root = REPOSITORY
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        asked = urllib.request.Request(url, headers={"Authorization": "me@example.org other"})  # noqa: S310
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            assert answer.read() == b"[]"
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0


# Credentials


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({}, "CGI_EMAIL is not set"),
        ({"CGI_EMAIL": "a@b.c"}, "CGI_TOKEN is not set"),
        (
            {"CGI_EMAIL": "a@b.c", "CGI_TOKEN": "a\r\nX-Evil: 1"},
            "CGI_TOKEN contains characters that are not allowed",
        ),
        ({"CGI_EMAIL": "a b", "CGI_TOKEN": "x"}, "CGI_EMAIL contains characters"),
        (
            {"CGI_EMAIL": "a@b.c", "CGI_TOKEN_FILE": "/none"},
            "the file named by CGI_TOKEN_FILE cannot be read",
        ),
    ],
)
def test_unusable_credentials_are_an_error(environment: dict[str, str], what: str) -> None:
    with pytest.raises(UsageError, match=what) as raised:
        CgiCredentials.from_environment(environment)
    assert "Evil" not in str(raised.value)


def test_credentials_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("  secret-token\n")
    found = CgiCredentials.from_environment({"CGI_EMAIL": "a@b.c", "CGI_TOKEN_FILE": str(tmp_path / "token")})
    assert found.header == {"Authorization": "a@b.c secret-token"}
    assert "secret" not in repr(found)
    assert "secret" not in f"{found}"
    assert found.redacted("x secret-token\ty\x1b\n a@b.c") == "x … y …"
    assert len(found.redacted("long " * 500)) == 400


# Answers as they were seen


def test_real_answers_are_understood(shared_data: Path) -> None:
    samples = {path.name: path.read_bytes() for path in (shared_data / "cgi" / "api_samples").iterdir()}
    assert submitted_job(samples["submit_200.json"]) == "be1c1bc834503fb4e668"
    assert jobs_of(samples["list_200.json"]) == ["be69dc21d218f22e5f7e", "c22ecf2af788d65ec257"]
    new = job_of(samples["job_info_200_2025.json"], "x")
    assert (new.state, new.word, new.title, new.cancer_type, new.reference) == (
        JobState.DONE, "Done", "Somatic MF WP048", "HEMATO", "hg38",
    )  # fmt: skip
    old = job_of(samples["job_info_200_2018.json"], "x")
    assert (old.state, old.title, old.reference) == (JobState.DONE, "Makohon-Pam01", "")
    lines = logs_of(samples["logs_200_2025.json"])
    assert (lines[0], lines[-1]) == (
        "# cgi analyze input.tsv -c HEMATO -g hg38",
        "2025-12-06 15:12:54,377 INFO     Analysis done",
    )
    quota = error_of(samples["error_403_quota_2019.json"])
    assert quota is not None
    assert (quota.code, quota.message[:30]) == (403, "You have reached the maximum n")
    assert error_of(samples["error_shape_bgweb.json"]) == (401, "Token not found")
    for name in ("submit_200.json", "list_200.json", "job_info_200_2025.json", "logs_200_2025.json"):
        assert error_of(samples[name]) is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[]", b'"x"', b'{"status": 3}', b"\xff", b"[" * 100_000]
)
def test_other_answers_are_no_job(body: bytes) -> None:
    job = job_of(body, "x")
    assert (job.state, job.title) == (JobState.UNKNOWN, "")
    assert logs_of(body) == []
    assert error_of(body) is None


def test_a_job_is_no_path() -> None:
    assert is_job("be1c1bc834503fb4e668")
    for name in ("", "a/b", "..", "a?b", "a b", 3, None, "x" * 65, "é"):
        assert not is_job(name)
    assert jobs_of(b'["ok", "../no", 3]') == ["ok"]
    assert jobs_of(b"{}") is None
