"""A snapshot pulled from CIViC has what one of the files has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from annotator.errors import KnowledgeBaseError, NetworkError, UsageError
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.manifest import Manifest
from annotator.snapshot.pull.civic import pull_civic
from tests.servers.base import (
    RunningServer,
    Status,
)
from tests.servers.civic_database import Database, read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.support.civic_online_runs import DEMO, INPUTS, lines
from tests.support.inputs import run_annotator

QUICK = {"requests_per_second": 1000.0, "first_wait": 0.001}


@pytest.fixture(scope="module")
def database() -> Database:
    return read_release(DEMO / "civic")


@pytest.fixture
def server(database: Database) -> Iterator[RunningServer]:
    with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as running:
        yield running


# snapshot pull civic


def test_a_pulled_snapshot_equals_one_built_from_files(server: RunningServer, tmp_path: Path) -> None:
    ran = run_annotator(
        "snapshot", "pull", "civic", "--assembly", "GRCh37", "-o", tmp_path / "pulled",
        "--url", f"{server.url}{PATH}", "--civic-rate", "1000",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    build_snapshot(tmp_path / "built", "GRCh37", civic=DEMO / "civic")
    for name in ("pulled", "built"):
        done = run_annotator(
            "annotate", INPUTS["GRCh37"], "-o", tmp_path / f"{name}.vcf", "--snapshot", tmp_path / name
        )
        assert done.status == 0, done.err
    assert lines(tmp_path / "pulled.vcf") == lines(tmp_path / "built.vcf")
    source = Manifest.read(tmp_path / "pulled").sources["civic"]
    assert source.release.startswith("queried-20")
    assert not list(tmp_path.glob(".*pull*"))  # what waited is gone


def test_a_pull_puts_civic_into_a_snapshot_and_leaves_the_rest(server: RunningServer, tmp_path: Path) -> None:
    target = tmp_path / "snapshot"
    clinvar = DEMO / "clinvar.GRCh37.vcf"
    before = build_snapshot(target, "GRCh37", clinvar=clinvar)
    url = f"{server.url}{PATH}"
    with pytest.raises(UsageError, match="exists"):
        pull_civic(target, "GRCh37", url=url, limits=QUICK)
    with pytest.raises(UsageError, match="not for GRCh38"):
        pull_civic(target, "GRCh38", url=url, update=True, limits=QUICK)
    assert server.requests == []
    after = pull_civic(target, "GRCh37", url=url, update=True, limits=QUICK)
    assert list(after.sources) == ["clinvar", "clinvar_protein", "civic"]
    assert after.sources["clinvar"] == before.sources["clinvar"]
    assert run_annotator("snapshot", "verify", target).status == 0


def test_a_stopped_pull_goes_on_where_it_was(server: RunningServer, tmp_path: Path) -> None:
    server.faults.then(None, None, None)
    server.faults.always(Status(500))
    target, url = tmp_path / "pulled", f"{server.url}{PATH}"
    with pytest.raises(NetworkError):
        pull_civic(target, "GRCh37", url=url, limits={**QUICK, "attempts": 1})
    assert not target.exists()
    server.faults.clear()
    before = len(server.requests)
    pull_civic(target, "GRCh37", url=url, limits=QUICK)
    assert len(server.requests) == before + 2


def test_a_failed_pull_states_which_files_are_kept(server: RunningServer, tmp_path: Path) -> None:
    server.faults.then(None, Status(403))
    ran = run_annotator(
        "snapshot", "pull", "civic", "--assembly", "GRCh37", "-o", tmp_path / "pulled", "--url", f"{server.url}{PATH}",
    )  # fmt: skip
    assert ran.status == 1
    assert "403" in ran.err
    assert f"is kept in {tmp_path / '.pulled.pull'}" in ran.err


def test_a_journal_that_is_kept_is_not_taken_for_the_next_pull(server: RunningServer, tmp_path: Path) -> None:
    url = f"{server.url}{PATH}"
    for _ in range(2):
        pull_civic(tmp_path / "pulled", "GRCh37", url=url, keep=tmp_path / "kept", replace=True, limits=QUICK)
    assert len(server.requests) == 10


# Files of a release


class Downloads:
    """CIViC's `downloads`, with one release."""

    def __init__(self, release: str) -> None:
        self.release = release

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_get("/downloads/{release}/{file}", self._file)
        return made

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = DEMO / "civic" / request.match_info["file"].replace(self.release, "01-Aug-2024")
        if request.match_info["release"] != self.release or not file.exists():
            return web.Response(status=404, text="no")
        return web.Response(body=file.read_bytes(), content_type="text/tab-separated-values")


def test_a_dated_release_is_downloaded_and_built(tmp_path: Path) -> None:
    with RunningServer(Downloads("01-Aug-2024").application()) as server:
        made = pull_civic(
            tmp_path / "pulled", "GRCh37", way="files", url=f"{server.url}/downloads", release="2024-08-01",
            today=date(2024, 9, 5),
        )  # fmt: skip
    built = build_snapshot(tmp_path / "built", "GRCh37", civic=DEMO / "civic")
    assert made.sources["civic"].release == "2024-08-01"
    assert made.sources["civic"].sha256 == built.sources["civic"].sha256
    assert made.sources["civic"].origin_sha256 == built.sources["civic"].origin_sha256
    assert made.sources["civic"].retrieved == "2024-09-05"


@pytest.mark.parametrize("today", [date(2025, 1, 30), date(2024, 12, 31)])
def test_the_newest_release_may_be_last_months(today: date, tmp_path: Path) -> None:
    with RunningServer(Downloads("01-Dec-2024").application()) as server:
        made = pull_civic(
            tmp_path / "pulled", "GRCh37", way="files", url=f"{server.url}/downloads", today=today
        )
    assert made.sources["civic"].release == "2024-12-01"


def test_a_missing_release_is_reported_with_the_addresses_tried(tmp_path: Path) -> None:
    with (
        RunningServer(Downloads("01-Dec-2024").application()) as server,
        pytest.raises(KnowledgeBaseError, match=r"01-Feb-2025.*01-Jan-2025"),
    ):
        pull_civic(
            tmp_path / "pulled", "GRCh37", way="files", url=f"{server.url}/downloads", today=date(2025, 2, 3)
        )
    assert not (tmp_path / "pulled").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"way": "v1"}, "no longer offers its V1 API"),
        ({"release": "2024-08-01"}, "not a dated release"),
        ({"way": "files", "release": "August"}, "'August' is not a date"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        pull_civic(tmp_path / "pulled", "GRCh37", **options)


def test_a_manifest_states_that_civic_was_swept_and_when(server: RunningServer, tmp_path: Path) -> None:
    made = pull_civic(
        tmp_path / "pulled", "GRCh37", url=f"{server.url}{PATH}", limits=QUICK, today=date(2026, 8, 3)
    )
    source = made.sources["civic"]
    assert (source.origin, source.release, source.retrieved) == (
        "a CIViC service",
        "queried-2026-08-03",
        "2026-08-03",
    )
    run_annotator("annotate", INPUTS["GRCh37"], "-o", tmp_path / "o.vcf", "--snapshot", tmp_path / "pulled")
    (line,) = [line for line in (tmp_path / "o.vcf").read_text().splitlines() if "annotatorSource" in line]
    assert "Sha256" not in line  # nothing was there to take it of
    assert 'Retrieved="2026-08-03"' in line
