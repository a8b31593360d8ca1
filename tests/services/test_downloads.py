"""A file is downloaded whole, resumed only where its server allows that, and replaced only by a whole one."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from annotator.errors import OutputError, UsageError
from annotator.net import (
    ChecksumError,
    Downloaded,
    HttpClient,
    HttpLimits,
    RefusedError,
    UnavailableError,
)
from annotator.snapshot.pull.clinvar import pull_clinvar
from tests.servers.base import Body, Redirect, RunningServer, Status
from tests.servers.ncbi_files import ROOT, NcbiFiles
from tests.support.certificate import CERTIFICATE
from tests.support.inputs import write_clinvar
from tests.support.pulls import NEWEST, Ncbi

AT_ONCE = HttpLimits(requests_per_second=1000, first_wait=0.01, attempts=3, read_seconds=5)


# Downloads


def download(
    ncbi: Ncbi, path: Path, *, limits: HttpLimits = AT_ONCE, check: Callable[[], Awaitable[str]] | None = None
) -> tuple[Downloaded, list[tuple[int, int | None]]]:
    told: list[tuple[int, int | None]] = []

    async def run() -> Downloaded:
        async with HttpClient(limits) as client:
            return await client.download(
                f"{ncbi.mirror}/{NEWEST}",
                path,
                progress=lambda so_far, of: told.append((so_far, of)),
                expected_md5=check,
            )

    return asyncio.run(run()), told


def random_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_a_file_arrives_whole(ncbi: Ncbi, tmp_path: Path, size: int) -> None:
    data = random_bytes(size)
    ncbi.files.add(NEWEST, data)
    done, told = download(ncbi, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data
    assert done == Downloaded(size, md5(data), 0)
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert told == sorted(told)
    assert not list(tmp_path.glob("file.*"))


@pytest.mark.parametrize("tags", ["strong", "weak", "none"])
def test_dropped_connections_lose_nothing(ncbi: Ncbi, tmp_path: Path, tags: str) -> None:
    data = random_bytes(1_000_000)
    ncbi.files.add(NEWEST, data)
    ncbi.files.manners.drop_every, ncbi.files.manners.tags = 90_000, tags
    download(ncbi, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data
    # Twelve connections, far more than attempts: each brought something new.
    assert [served.first for served in ncbi.files.served] == list(range(0, 1_000_000, 90_000))
    condition = {request.headers.get("if-range") for request in ncbi.server.requests[1:]}
    assert condition == {
        f'"{hashlib.sha256(data).hexdigest()[:16]}"' if tags == "strong" else "Thu, 26 Feb 2026 10:00:00 GMT"
    }


@pytest.mark.parametrize("cannot", ["ranges", "validators"])
def test_without_resuming_the_whole_file_is_requested_at_every_attempt(
    ncbi: Ncbi, tmp_path: Path, cannot: str
) -> None:
    ncbi.files.add(NEWEST, random_bytes(100_000))
    ncbi.files.manners.drop_every = 60_000
    if cannot == "ranges":
        ncbi.files.manners.ranges = False
    else:
        ncbi.files.manners.tags, ncbi.files.manners.dates = "none", False
    with pytest.raises(UnavailableError, match=r"the response was truncated \(3 attempts\)"):
        download(ncbi, tmp_path / "file")
    assert [served.first for served in ncbi.files.served] == [0] * 4  # the first brought something new
    assert not (tmp_path / "file").exists()
    ncbi.files.manners.drop_every = None
    download(ncbi, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size == 100_000


def test_a_file_that_is_replaced_meanwhile_is_fetched_anew_and_held_against_its_own_md5(
    ncbi: Ncbi, tmp_path: Path
) -> None:
    old, new = random_bytes(100_000), random_bytes(90_000, seed=2)
    ncbi.files.add(NEWEST, old)
    ncbi.files.replace_after(NEWEST, 1, new)
    ncbi.files.manners.drop_every = 70_000
    done, _ = download(ncbi, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == new
    assert done == Downloaded(90_000, md5(new), 70_000)
    assert [served.first for served in ncbi.files.served] == [0, 0, 70_000]


def test_a_pull_of_a_file_that_is_replaced_meanwhile_succeeds(
    ncbi: Ncbi, tmp_path: Path, large: bytes
) -> None:
    newer = write_clinvar(tmp_path / "c.vcf", date="2026-03-05").read_bytes()
    ncbi.files.add(NEWEST, large)
    ncbi.files.replace_after(NEWEST, 1, newer)
    ncbi.files.manners.drop_every = 100_000
    manifest = pull_clinvar(tmp_path / "s", "GRCh38", mirror=ncbi.mirror, limits=AT_ONCE)
    assert manifest.sources["clinvar"].release == "2026-03-05"


@pytest.mark.parametrize(
    "page",
    [
        Body(b"<p>Down for maintenance</p>", "text/html"),
        Body(b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>Down for maintenance</p>", "application/octet-stream"),
        Body(b"<html><p>Down for maintenance</p>", "text/plain", {"ETag": '"page"'}),
    ],
    ids=["by its type", "by its start", "with a validator"],
)
def test_a_maintenance_page_does_not_replace_received_data(ncbi: Ncbi, tmp_path: Path, page: Body) -> None:
    data = random_bytes(1000)
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    ncbi.files.add(NEWEST, data)
    leave_part(tmp_path / "file", data[:600], url=f"{ncbi.mirror}/{NEWEST}", validator=tag, total=1000)
    ncbi.server.faults.always(page)
    with pytest.raises(
        UnavailableError, match=r"the server sent a web page instead of the file \(3 attempts\)"
    ):
        download(ncbi, tmp_path / "file")
    assert (tmp_path / "file.part").read_bytes() == data[:600]
    ncbi.server.faults.clear()
    done, _ = download(ncbi, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data
    assert done.kept == 600


def test_a_wrong_md5_removes_the_download(ncbi: Ncbi, tmp_path: Path) -> None:
    async def wrong() -> str:
        return md5(b"something else")

    with pytest.raises(ChecksumError, match="does not match its published MD5"):
        download(ncbi, tmp_path / "file", check=wrong)
    assert not list(tmp_path.glob("file*"))


def leave_part(path: Path, data: bytes, *, url: str, validator: str | None, total: int | None) -> None:
    """Leave what a stopped download leaves."""
    path.with_name(f"{path.name}.part").write_bytes(data)
    facts = {"url": url, "validator": validator, "total": total}
    path.with_name(f"{path.name}.part.json").write_text(json.dumps(facts))


def test_a_complete_part_is_not_requested_again(ncbi: Ncbi, tmp_path: Path) -> None:
    data = random_bytes(1000)
    url = f"{ncbi.mirror}/{NEWEST}"
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    ncbi.files.add(NEWEST, data)
    leave_part(tmp_path / "known", data, url=url, validator=tag, total=1000)
    download(ncbi, tmp_path / "known")
    assert ncbi.server.requests == []
    # Its size unknown, the server says by status 416 that nothing is missing.
    leave_part(tmp_path / "unknown", data, url=url, validator=tag, total=None)
    download(ncbi, tmp_path / "unknown")
    assert ncbi.ranges() == ["bytes=1000-"]
    for name in ("known", "unknown"):
        assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize(
    "what", ["longer", "another address", "no facts", "facts that are none", "empty facts"]
)
def test_a_part_of_something_else_is_forgotten(ncbi: Ncbi, tmp_path: Path, what: str) -> None:
    data = random_bytes(1000)
    url = f"{ncbi.mirror}/{NEWEST}"
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    ncbi.files.add(NEWEST, data)
    path = tmp_path / "file"
    if what == "longer":
        leave_part(path, bytes(2000), url=url, validator=tag, total=None)
    else:
        leave_part(path, bytes(500), url=url if "facts" in what else f"{url}2", validator=tag, total=1000)
    part_facts = path.with_name("file.part.json")
    if what == "no facts":
        part_facts.unlink()
    elif what == "facts that are none":
        part_facts.write_text("[1]")
    elif what == "empty facts":
        part_facts.write_text("")
    download(ncbi, path)
    assert path.read_bytes() == data
    assert [served.first for served in ncbi.files.served] == [0]


def test_a_server_that_sends_another_part_is_not_believed(tmp_path: Path) -> None:
    data = random_bytes(1000)
    headers = {"ETag": '"a"'}

    async def confused(request: web.Request) -> web.Response:
        if "Range" in request.headers:
            return web.Response(
                status=206, body=data[100:], headers={**headers, "Content-Range": "bytes 100-999/1000"}
            )
        return web.Response(body=data, headers=headers)

    made = web.Application()
    made.router.add_get("/file", confused)
    with RunningServer(made) as server:
        url = f"{server.url}/file"
        leave_part(tmp_path / "file", bytes(500), url=url, validator='"a"', total=1000)

        async def run() -> None:
            async with HttpClient(AT_ONCE) as client:
                await client.download(url, tmp_path / "file")

        asyncio.run(run())
    assert (tmp_path / "file").read_bytes() == data
    assert len(server.requests) == 2


def test_a_file_of_unknown_length_is_taken_to_its_end(ncbi: Ncbi, tmp_path: Path) -> None:
    data = random_bytes(300_000)
    ncbi.files.add(NEWEST, data)
    ncbi.files.manners.length = False
    _, told = download(ncbi, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == data
    assert told[-1] == (300_000, None)


def test_refusals_and_bad_moments_are_those_of_any_request(ncbi: Ncbi, tmp_path: Path) -> None:
    ncbi.server.faults.then(Status(503), Status(429, "0"), None)
    download(ncbi, tmp_path / "file")
    ncbi.server.faults.then(Status(403))
    with pytest.raises(RefusedError, match="status 403"):
        download(ncbi, tmp_path / "other")
    assert len(ncbi.server.requests) == 4


def test_a_download_follows_a_redirection_to_https_only(
    ncbi: Ncbi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    data = random_bytes(1000)
    elsewhere = NcbiFiles({NEWEST: data})
    with RunningServer(elsewhere.application(), tls=context) as secure:
        ncbi.server.faults.then(Redirect(f"{secure.url}{ROOT}/{NEWEST}"))
        download(ncbi, tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == data
        secure.faults.always(Redirect(f"{ncbi.mirror}/{NEWEST}"))
        ncbi.server.faults.then(Redirect(f"{secure.url}{ROOT}/{NEWEST}"))
        with pytest.raises(RefusedError, match="which is not followed"):
            download(ncbi, tmp_path / "other")
    with RunningServer(elsewhere.application()) as other:
        ncbi.server.faults.then(Redirect(f"{other.url}{ROOT}/{NEWEST}"))
        with pytest.raises(RefusedError, match="which is not followed"):
            download(ncbi, tmp_path / "other")
        assert other.requests == []


def test_a_download_needs_a_folder(ncbi: Ncbi, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        download(ncbi, tmp_path / "missing" / "file")
    assert ncbi.server.requests == []


def test_a_wrong_release_is_refused_by_the_function_too(ncbi: Ncbi, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        pull_clinvar(tmp_path / "s", "GRCh38", release="newest", mirror=ncbi.mirror)
    assert ncbi.server.requests == []
