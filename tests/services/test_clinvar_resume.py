"""A run that asks over the network and is killed goes on where it was; two runs at once share the host's rate."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator import Assembly
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, Options, application
from tests.support.clinvar_rows import ClinVarRow
from tests.support.clinvar_service import Release, query_vcf, release_of
from tests.support.inputs import command, data_lines, info_of, run_annotator
from tests.support.summaries import answers_told
from tests.support.waiting import until

KILLS = 10


@pytest.fixture(scope="module")
def release(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    def is_chosen(row: ClinVarRow) -> bool:
        return row.chrom == "17" and int(row.variation) % 29 == 0 and len(row.ref) == len(row.alt) == 1

    return release_of(shared_data, tmp_path_factory.mktemp("release"), is_chosen)


@pytest.fixture
def server(release: Release) -> Iterator[RunningServer]:
    with RunningServer(application(release.index, Options(latency=0.02))) as running:
        yield running


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def query(release: Release, tmp_path: Path) -> Path:
    """Each variant, half of them without an rs number; and as many alleles that ClinVar does not have."""
    records = []
    for number, row in enumerate(row for row in release.rows[Assembly.GRCH38] if row.alt != "."):
        id_ = f"rs{row.info['RS']}" if number % 2 and "RS" in row.info else "."
        records.append((row.chrom, row.position, id_, row.ref, row.alt, "."))
        records.append((row.chrom, row.position, id_, row.ref + "A", row.alt + "C", "."))
    assert len(records) > 700
    return query_vcf(tmp_path / "q.vcf", Assembly.GRCH38, records)


def arguments(server: RunningServer, query: Path, output: Path, rate: int) -> list[str]:
    asking = ("--online", "--source", "clinvar=api", "--clinvar-url", server.url + PATH, "--rate", str(rate))
    return ["annotate", str(query), "-o", str(output), *asking]


def asked(server: RunningServer) -> Counter[str]:
    counts: Counter[str] = Counter()
    for request in server.requests:
        q = dict(request.query)["q"]
        counts.update(re.findall(r"dbSNP:(rs\d+)", q))
        counts.update(re.findall(r'HGVS_exprs:"([^"]+)"', q))
    return counts


def test_a_killed_run_continues_without_repeating_requests(
    server: RunningServer, query: Path, tmp_path: Path
) -> None:
    """Kill -9 at ten moments: each identifier is asked at most once more, and the result is an undisturbed run's."""
    undisturbed = tmp_path / "undisturbed.vcf"
    assert run_annotator(*arguments(server, query, undisturbed, 1000)).status == 0
    expected, requests = undisturbed.read_bytes(), len(server.requests)
    assert requests >= 10
    chance = random.Random(5)  # noqa: S311
    interrupted = 0
    for number in range(KILLS):
        server.requests.clear()
        output = tmp_path / f"{number}.vcf"
        running = subprocess.Popen(
            command(*arguments(server, query, output, 1000)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wanted = chance.randint(1, requests - 1)
        while len(server.requests) < wanted and running.poll() is None:
            time.sleep(0.001)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        interrupted += running.returncode == -signal.SIGKILL
        assert not output.exists()
        done = run_annotator(*arguments(server, query, output, 1000))
        assert done.status == 0, done.err
        assert output.read_bytes() == expected
        assert max(asked(server).values()) <= 2
        # Twice only what was on its way when the process died: four requests at the same time, a hundred in each.
        assert sum(count > 1 for count in asked(server).values()) <= 400
    assert interrupted >= KILLS - 2


def test_two_runs_at_once_share_the_rate_of_the_host(
    server: RunningServer, query: Path, tmp_path: Path
) -> None:
    """Measured at the server: no second has more requests than the rate, but for what arrived a little late."""
    rate = 20
    runs = [
        subprocess.Popen(
            command(*arguments(server, query, tmp_path / f"{number}.vcf", rate)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number in range(2)
    ]
    for run in runs:
        _, told = run.communicate()
        assert run.returncode == 0, told
    times = sorted(request.time for request in server.requests)
    assert len(times) > rate
    busiest = max(sum(start <= other < start + 1 for other in times) for start in times)
    assert busiest <= rate + 2
    assert (tmp_path / "0.vcf").read_bytes() == (tmp_path / "1.vcf").read_bytes()


def test_the_command_ends_with_3_after_failed_lookups_and_names_the_retry(
    server: RunningServer, query: Path, tmp_path: Path
) -> None:
    from tests.servers.base import Status

    server.faults.then(None)
    server.faults.always(Status(403))
    done = run_annotator(*arguments(server, query, tmp_path / "o.vcf", 1000))
    assert done.status == 3
    assert "failed lookups: refused_403" in done.err
    assert "annotator retry-failed" in done.err
    told = Counter(info_of(line).get("ANNSTATUS") for line in data_lines((tmp_path / "o.vcf").read_bytes()))
    assert told["clinvar:failed"] > 0
    server.faults.clear()
    again = run_annotator("retry-failed", tmp_path / "o.vcf")
    assert again.status == 0, again.err
    assert answers_told(again.err)["clinvar-api"]["failed"] == 0
    assert "no lookup had failed" in run_annotator("retry-failed", tmp_path / "o.vcf").err


def test_the_plan_lists_the_requests_and_sends_none(
    server: RunningServer, query: Path, tmp_path: Path
) -> None:
    done = run_annotator(*arguments(server, query, tmp_path / "o.vcf", 1000)[:-2], "--plan-egress")
    assert done.status == 0, done.err
    told = done.out.decode()
    assert server.url in told
    assert re.search(r"[\d,]+ rs numbers", told)
    assert not server.requests
    assert not (tmp_path / "o.vcf").exists()
    assert not list(tmp_path.glob("*.journal"))


def test_the_egress_log_contains_numbers_and_no_identifiers(
    server: RunningServer, query: Path, tmp_path: Path
) -> None:
    log = tmp_path / "egress.tsv"
    done = run_annotator(*arguments(server, query, tmp_path / "o.vcf", 1000), "--egress-log", log)
    assert done.status == 0, done.err
    header, *lines = log.read_text().splitlines()
    assert header.split("\t") == ["host", "identifiers", "bytes_sent", "bytes_received", "status"]
    assert len(lines) == len(server.requests)
    assert sum(int(line.split("\t")[1]) for line in lines) == asked(server).total()
    assert not re.search(r"rs\d|NC_|17:", log.read_text())
    assert f"{len(lines):,} requests with {asked(server).total():,} identifiers" in done.err


def test_without_online_nothing_is_requested(query: Path, server: RunningServer, tmp_path: Path) -> None:
    done = run_annotator(
        "annotate",
        query,
        "-o",
        tmp_path / "o.vcf",
        "--source",
        "clinvar=api",
        "--clinvar-url",
        server.url + PATH,
    )
    assert done.status == 2
    assert "--online" in done.err
    assert not server.requests


def test_only_https_is_used_beyond_this_machine(query: Path, tmp_path: Path) -> None:
    done = run_annotator(
        "annotate", query, "-o", tmp_path / "o.vcf", "--online", "--source", "clinvar=api",
        "--clinvar-url", "http://clinicaltables.example/api",
    )  # fmt: skip
    assert done.status == 2
    assert "only https" in done.err
    assert not (tmp_path / "o.vcf").exists()


def test_a_second_run_on_one_journal_is_refused(server: RunningServer, query: Path, tmp_path: Path) -> None:
    output = tmp_path / "o.vcf"
    first = subprocess.Popen(
        command(*arguments(server, query, output, 5)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: bool(server.requests) or first.poll() is not None)
        done = run_annotator(*arguments(server, query, output, 5))
        assert done.status == 1
        assert "another process is using it" in done.err
    finally:
        first.kill()
        first.wait()


def test_the_journal_is_the_users_alone(server: RunningServer, query: Path, tmp_path: Path) -> None:
    """It names the variants of a patient."""
    assert run_annotator(*arguments(server, query, tmp_path / "o.vcf", 1000)).status == 0
    assert (tmp_path / "o.vcf.journal").stat().st_mode & 0o077 == 0
