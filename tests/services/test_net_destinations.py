"""The HTTP client sends only where it may: https, redirections, certificates and proxies."""

from __future__ import annotations

import socket
import ssl
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.errors import NetworkError, UsageError
from annotator.net import (
    HttpClient,
    RefusedError,
    UnavailableError,
)
from tests.servers.base import (
    Body,
    CutOff,
    Fault,
    Oversized,
    Redirect,
    Reset,
    RunningServer,
    Status,
)
from tests.support.certificate import CERTIFICATE
from tests.support.net_calls import (
    GOOD,
    application,
    ask,
    limits,
    named,
    with_client,
)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer(application()) as running:
        yield running


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "http://clinicaltables.nlm.nih.gov/api",
        "http://192.0.2.1/",
        "http://127.0.0.1.example/",
        "ftp://ftp.ncbi.nlm.nih.gov/pub",
        "file:///etc/passwd",
        "//127.0.0.1/x",
        "https://",
        "https://someone:secret@127.0.0.1/",
        "127.0.0.1/x",
        "",
        "http://[::1",
    ],
)
def test_only_https_is_used(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        with_client(lambda client: client.get(url))
    assert "secret" not in str(raised.value)


def test_a_redirection_within_a_server_is_followed(server: RunningServer) -> None:
    server.faults.then(Redirect("/elsewhere"), Redirect(f"{server.url}/search?x=1", 307))
    assert ask(server).body == GOOD
    assert [request.path for request in server.requests] == ["/search", "/elsewhere", "/search"]
    assert server.requests[2].query == [("x", "1")]


def test_a_redirection_to_another_server_is_not_followed(server: RunningServer) -> None:
    with RunningServer(application()) as other:
        server.faults.always(Redirect(f"{other.url}/search?token=secret"))
        with pytest.raises(RefusedError) as raised:
            ask(server)
        assert other.requests == []
    assert f"the server redirects to {other.url}/search, which is not followed" in str(raised.value)
    assert raised.value.status == 302
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["http://example.org/search", "https://example.org/", "file:///x"])
def test_no_redirection_leads_out_of_the_machine(server: RunningServer, location: str, status: int) -> None:
    server.faults.always(Redirect(location, status))
    with pytest.raises(RefusedError, match="which is not followed"):
        ask(server)


def test_redirections_in_a_circle_end(server: RunningServer) -> None:
    server.faults.always(Redirect("/search"))
    with pytest.raises(RefusedError, match="the server redirects endlessly"):
        ask(server)
    assert len(server.requests) == 5


def test_a_redirection_to_nowhere_is_refused(server: RunningServer) -> None:
    server.faults.always(Status(302))
    with pytest.raises(RefusedError, match="the server redirects without an address"):
        ask(server)


def test_a_post_is_not_redirected(server: RunningServer) -> None:
    server.faults.always(Redirect("/elsewhere", 307))
    with pytest.raises(RefusedError, match="which is not followed"):
        with_client(lambda client: client.post(f"{server.url}/search", b"{}"))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [Status(401), Status(503), Reset(), CutOff(), Redirect("https://example.org/"), Oversized(10_000)],
    ids=named,
)
def test_no_error_contains_a_secret(server: RunningServer, fault: Fault) -> None:
    server.faults.always(fault)
    with pytest.raises(NetworkError) as raised:
        with_client(
            lambda client: client.get(
                f"{server.url}/search", [("q", "rs113488022")], headers={"Authorization": "Bearer s3cret"}
            ),
            limits(max_body=1000),
        )
    assert server.requests[0].headers["authorization"] == "Bearer s3cret"
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert "s3cret" not in told
    assert "rs113488022" not in told


def test_netrc_is_not_used(server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password s3cret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(server)
    assert "authorization" not in server.requests[0].headers


def test_no_cookie_is_kept(server: RunningServer) -> None:
    server.faults.then(Body(GOOD, headers={"Set-Cookie": "who=you"}))

    async def twice(client: HttpClient) -> None:
        for _ in range(2):
            await client.get(f"{server.url}/search")

    with_client(twice)
    assert "cookie" not in server.requests[1].headers


# TLS


@pytest.fixture
def secure_server() -> Iterator[RunningServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with RunningServer(application(), tls=context) as running:
        yield running


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(secure_server: RunningServer) -> None:
    with pytest.raises(UnavailableError, match=r"its certificate is not trusted \(self-signed"):
        ask(secure_server)
    assert secure_server.requests == []


def test_the_certificate_of_an_authority_of_ones_own_can_be_named(
    secure_server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert ask(secure_server).body == GOOD


def test_a_certificate_of_another_name_is_none(
    secure_server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    url = secure_server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(UnavailableError, match="its certificate is not trusted"):
        with_client(lambda client: client.get(f"{url}/search"))
    assert secure_server.requests == []


def test_https_does_not_fall_back_to_http(
    secure_server: RunningServer, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    secure_server.faults.always(Redirect(f"{server.url}/search"))
    with pytest.raises(RefusedError, match="which is not followed"):
        ask(secure_server)
    assert server.requests == []


# Proxies


class Proxy:
    """Listens as a proxy would, notes what it is asked, and refuses."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.heads: list[str] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake the thread that waits in accept.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
                    head += piece
                self.heads.append(head.decode())
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv(variable, f"{scheme}someone:s3cret@127.0.0.1:{proxy.port}")
        with pytest.raises(UnavailableError) as raised:
            with_client(lambda client: client.get("https://clinvar.example/search", [("q", "rs1")]))
    assert len(proxy.heads) == 1  # a proxy that refuses is not asked again
    assert proxy.heads[0].startswith("CONNECT clinvar.example:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic " in proxy.heads[0]
    assert "rs1" not in proxy.heads[0]
    assert "403" in str(raised.value)
    assert "proxy" in str(raised.value)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_requests_to_this_machine_use_no_proxy(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{proxy.port}")
        assert ask(server).body == GOOD
    assert proxy.heads == []


def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://someone:s3cret@127.0.0.1:1080")
    with pytest.raises(UsageError, match="neither http nor https") as raised:
        with_client(lambda client: client.get("https://clinvar.example/search"))
    assert "s3cret" not in str(raised.value)
