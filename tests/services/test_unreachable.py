"""A service that cannot be asked at all: one sentence says why, where and what to do, before more is tried."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.base import NOT_JSON, RunningServer, Status
from tests.servers.clinical_tables import PATH, application
from tests.support.certificate import CERTIFICATE
from tests.support.inputs import Ran, run_annotator, write_vcf
from tests.support.summaries import answers_told

RSIDS = [f"7\t{140_000_000 + number}\trs{1000 + number}\tA\tT\t.\t.\t." for number in range(500)]
"""Records whose identifiers fill several requests."""


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


def annotate(folder: Path, url: str, *more: str | Path) -> Ran:
    source = write_vcf(folder / "in.vcf", RSIDS)
    ran = run_annotator(
        "annotate", source, "-o", folder / "out.vcf", "--source", "clinvar=api", "--online", "--clinvar-url", url,
        "--attempts", "1", "--rate", "1000", *more,
    )  # fmt: skip
    assert "Traceback" not in ran.err
    return ran


def refuses(ran: Ran, folder: Path, *words: str) -> None:
    assert ran.status == 1, ran.err
    (line,) = [line for line in ran.err.splitlines() if line.startswith("ERROR: ")]
    for word in words:
        assert word in line
    assert not (folder / "out.vcf").exists()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_an_unknown_host(tmp_path: Path) -> None:
    ran = annotate(tmp_path, "https://annotator-test.invalid/api")
    refuses(
        ran, tmp_path, "https://annotator-test.invalid/api: the host name cannot be resolved", "HTTPS_PROXY"
    )


def test_a_closed_port(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    refuses(annotate(tmp_path, url), tmp_path, f"{url}: no connection (Connect", "Check the address")


def test_a_wrong_path(tmp_path: Path) -> None:
    with RunningServer(application([])) as server:
        url = f"{server.url}/no/such/path"
        ran = annotate(tmp_path, url)
        refuses(ran, tmp_path, f"{url}: refused with status 404", "Check the address", "--clinvar-url")
        assert len(server.requests) == 2


def test_one_refusal_of_a_service_that_answers_is_not_the_end(tmp_path: Path) -> None:
    with RunningServer(application([])) as server:
        server.faults.then(Status(404))
        ran = annotate(tmp_path, server.url + PATH)
    assert ran.status == 0, ran.err  # the expressions of the same alleles were answered
    assert answers_told(ran.err)["clinvar-api"]["absent"] == 500
    assert (tmp_path / "out.vcf").exists()


def test_a_first_answer_that_cannot_be_used_is_not_the_end(tmp_path: Path) -> None:
    with RunningServer(application([])) as server:
        server.faults.then(NOT_JSON, NOT_JSON)
        ran = annotate(tmp_path, server.url + PATH, "--attempts", "2")
    assert ran.status == 0, ran.err
    assert answers_told(ran.err)["clinvar-api"]["absent"] == 500


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that wants a password: its host and port, and what was sent to it."""
    listening = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                received.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = listening.getsockname()
    yield f"{host}:{port}", received
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_a_request_to_a_proxy_with_a_password_is_sent_once(
    proxy: tuple[str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = proxy
    monkeypatch.setenv("HTTPS_PROXY", f"http://planted-user:planted-word@{address}")
    ran = annotate(tmp_path, "https://clinicaltables.nlm.nih.gov/api", "--attempts", "5")
    refuses(
        ran, tmp_path, "clinicaltables.nlm.nih.gov", f"the proxy {address} refused", "407", "NO_PROXY", "HTTPS_PROXY"
    )  # fmt: skip
    assert len(received) == 1
    assert received[0].startswith(b"CONNECT clinicaltables.nlm.nih.gov:443 ")
    assert "planted" not in ran.err


def test_a_certificate_that_is_not_trusted_and_the_option_that_trusts_it(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    with RunningServer(application([]), tls=tls) as server:
        url = server.url + PATH
        refuses(annotate(tmp_path, url), tmp_path, f"{url}: its certificate is not trusted", "--ca-bundle")
        assert not server.requests
        assert annotate(tmp_path, url, "--ca-bundle", CERTIFICATE).status == 0
