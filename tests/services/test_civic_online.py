"""CIViC over the network, end to end: runs and pulls that ask emulated services, and give what files give."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator import OnlineOptions, annotate, retry_failed
from annotator.errors import UsageError
from annotator.snapshot.build import build_snapshot
from annotator.sources.civic.key import civic_key
from annotator.variants.assembly import Assembly
from tests.servers import clinical_tables
from tests.servers.base import (
    EMPTY,
    NOT_JSON,
    Body,
    CutOff,
    Redirect,
    Reset,
    RunningServer,
    Stall,
    Status,
)
from tests.servers.civic_database import Database, read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.servers.civic_v1 import CivicV1
from tests.servers.civic_v1 import Options as V1Options
from tests.support.civic_calls import CSQ_HEADER
from tests.support.civic_online_runs import DEMO, INPUTS, lines
from tests.support.inputs import command, data_lines, info_of, run_annotator, write_vcf

TOKEN = "cvc_" + "Xyz789" * 6


@pytest.fixture(scope="module")
def database() -> Database:
    return read_release(DEMO / "civic")


@pytest.fixture
def server(database: Database) -> Iterator[RunningServer]:
    with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as running:
        yield running


def asking(server: RunningServer, *more: str) -> tuple[str, ...]:
    return ("--source", "civic=graphql", "--civic-url", f"{server.url}{PATH}", "--civic-rate", "1000", *more)


def body(path: Path) -> list[str]:
    """Give the lines of a VCF without those that name the source."""
    return [line for line in path.read_text().splitlines() if not line.startswith("##annotatorSource")]


# annotate --online


@pytest.mark.parametrize("assembly", INPUTS)
def test_an_online_run_has_the_results_of_a_snapshot(
    assembly: str, server: RunningServer, tmp_path: Path
) -> None:
    build_snapshot(tmp_path / "snapshot", assembly, civic=DEMO / "civic")
    local = run_annotator(
        "annotate", INPUTS[assembly], "-o", tmp_path / "local.vcf", "--snapshot", tmp_path / "snapshot"
    )
    assert local.status == 0
    asked = run_annotator(
        "annotate", INPUTS[assembly], "-o", tmp_path / "asked.vcf", "--online", *asking(server)
    )
    assert asked.status == 0, asked.err
    assert lines(tmp_path / "asked.vcf") == lines(tmp_path / "local.vcf")
    assert sum("CIVIC=" in line for line in lines(tmp_path / "asked.vcf")) > 5
    assert len(server.requests) == 5  # two pages of evidence, and one each of the others
    assert "with 0 identifiers" in asked.err


def test_a_report_has_the_statements_of_the_download_without_further_requests(
    server: RunningServer, tmp_path: Path
) -> None:
    build_snapshot(tmp_path / "snapshot", "GRCh38", civic=DEMO / "civic")
    documents = []
    for name, options in (
        ("local", ("--snapshot", tmp_path / "snapshot")),
        ("asked", ("--online", *asking(server))),
    ):
        written = ("-o", tmp_path / f"{name}.vcf", "--json", tmp_path / f"{name}.json")
        ran = run_annotator("annotate", INPUTS["GRCh38"], *written, *options)
        assert ran.status == 0, ran.err
        documents.append(json.loads((tmp_path / f"{name}.json").read_text()))
    local, asked = documents
    assert asked["statements"] == local["statements"]
    assert len(asked["statements"]) > 5
    assert not any("statements" in warning for warning in asked["warnings"])
    assert len(server.requests) == 5


def test_nothing_of_the_input_is_sent(server: RunningServer, tmp_path: Path) -> None:
    online = OnlineOptions(clinvar=False, civic="graphql", civic_url=f"{server.url}{PATH}", civic_rate=1000.0)
    for number, source in enumerate(INPUTS.values()):
        annotate(source, tmp_path / f"{number}.vcf", online=online)
    sent = [(request.path, request.query, request.body) for request in server.requests]
    half = len(sent) // 2
    assert half == 5
    assert sent[:half] == sent[half:]  # two inputs, the same requests


def test_a_journal_replays_without_a_network_to_the_same_bytes(server: RunningServer, tmp_path: Path) -> None:
    output = tmp_path / "asked.vcf"
    run_annotator("annotate", INPUTS["GRCh37"], "-o", output, "--online", *asking(server))
    before = len(server.requests)
    again = tmp_path / "again.vcf"
    ran = run_annotator("annotate", INPUTS["GRCh37"], "-o", again, "--replay", f"{output}.journal")
    assert ran.status == 0, ran.err
    assert again.read_bytes() == output.read_bytes()
    assert len(server.requests) == before


def test_an_outage_fails_every_lookup_and_these_can_be_retried(server: RunningServer, tmp_path: Path) -> None:
    output = tmp_path / "asked.vcf"
    server.faults.then(None, None)
    server.faults.always(Status(500))
    ran = run_annotator(
        "annotate", INPUTS["GRCh37"], "-o", output, "--online", *asking(server, "--attempts", "1")
    )
    assert ran.status == 3
    assert "lookups in CIViC failed" in ran.err
    assert not any("CIVIC=" in line for line in lines(output))
    assert sum("civic:failed" in line for line in lines(output)) > 60
    asked_before = len(server.requests)
    server.faults.clear()
    assert run_annotator("retry-failed", output).status == 0
    assert len(server.requests) == asked_before + 3  # of five, two had come
    assert sum("CIVIC=" in line for line in lines(output)) > 5


def test_in_an_outage_lookups_by_gene_fail_too(server: RunningServer, tmp_path: Path) -> None:
    csq = "CSQ=|transcript_amplification|ERBB2|ENSG1|ENST1||||||1"
    alk = "|transcript_fusion|ALK|ENSG2|ENST2||||||1"
    records = [
        f"17\t37844100\t.\tN\t<DUP>\t.\t.\tEND=37884915;{csq}",
        f"17\t37844101\t.\tN\tN[2:29446394[\t.\t.\t{csq.replace('amplification', 'fusion')},{alk}",
        f"17\t37844102\t.\tN\t<INS>\t.\t.\t{csq}",  # no variant of CIViC's is one
        "17\t37844103\t.\tN\t<DUP>\t.\t.\t.",  # names no gene
        "17\t37844104\t.\tA\tC\t.\t.\t.",
        f"17\t37844105\t.\tN\tN]2:29446000]\t.\t.\t{csq}",  # names one gene, and its mate the other
        f"2\t29446000\t.\tN\tN]17:37844105]\t.\t.\tCSQ={alk}",
    ]
    vcf = write_vcf(
        tmp_path / "in.vcf", records, assembly=Assembly.GRCH37, contigs=("2", "17"), meta=(CSQ_HEADER,)
    )
    server.faults.always(Status(500))
    told = {}
    for lowest, failed in (("gene", 5), ("region", 2), ("protein", 1)):
        output = tmp_path / f"{lowest}.vcf"
        ran = run_annotator(
            "annotate", vcf, "-o", output, "--online", "--civic-match", lowest, *asking(server, "--attempts", "1"),
        )  # fmt: skip
        assert ran.status == 3, ran.err
        assert f"failed lookups: unavailable {failed}\n" in ran.err
        told[lowest] = [info_of(line)["ANNSTATUS"] for line in data_lines(output.read_bytes())]
    no, never = "civic:failed", "civic:unsupported"
    assert told["gene"] == [no, no, never, never, no, no, no]
    assert told["region"] == [
        no,
        never,
        never,
        never,
        no,
        never,
        never,
    ]  # the first alone tells what it spans
    assert told["protein"] == [never, never, never, never, no, never, never]


LASTING = {
    "400": Status(400),
    "403": Status(403),
    "404": Status(404),
    "500": Status(500),
    "503": Status(503, retry_after="0"),
    "429": Status(429, retry_after="0"),
    "reset": Reset(),
    "cut off": CutOff(),
    "not JSON": NOT_JSON,
    "empty": EMPTY,
    "errors under 200": Body(b'{"data": null, "errors": [{"message": "deadlock detected"}]}'),
    "a refusal of the query": Body(
        b'{"errors": [{"message": "no such field", "locations": [{"line": 1, "column": 1}]}]}'
    ),
    "a redirection elsewhere": Redirect("http://192.0.2.1/"),
}


@pytest.fixture(scope="module")
def undisturbed(database: Database, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_STATE_DIR", str(folder / "state"))
        with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as server:
            annotate(INPUTS["GRCh37"], folder / "o.vcf", online=online(server))
    return lines(folder / "o.vcf")


def online(server: RunningServer) -> OnlineOptions:
    url = f"{server.url}{PATH}"
    return OnlineOptions(clinvar=False, civic="graphql", civic_url=url, civic_rate=1000.0, attempts=1)


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_failed_and_never_absent_and_can_be_retried(
    fault: str, server: RunningServer, undisturbed: list[str], tmp_path: Path
) -> None:
    """From the third request on; then all is well again."""
    server.faults.then(None, None)
    server.faults.always(LASTING[fault])
    output = tmp_path / "o.vcf"
    summary = annotate(INPUTS["GRCh37"], output, online=online(server)).summary
    words = summary.answers["civic"]
    assert words["found"] == words["absent"] == 0
    assert words["failed"] > 60
    assert summary.failures.total() == summary.failed == words["failed"]
    assert not any("CIVIC" in line for line in lines(output))
    server.faults.clear()
    server.requests.clear()
    again = retry_failed(output)
    assert again is not None
    assert again.summary.failed == 0
    assert lines(output) == undisturbed
    assert len(server.requests) == 3  # of five, two had come


def test_a_run_that_is_killed_goes_on_where_it_was(server: RunningServer, tmp_path: Path) -> None:
    output = tmp_path / "asked.vcf"
    server.faults.then(None, None, None)
    server.faults.always(Stall(600.0))
    arguments = command("annotate", INPUTS["GRCh37"], "-o", output, "--online", *asking(server))
    with subprocess.Popen(arguments, stderr=subprocess.PIPE) as process:
        while len(server.requests) < 4 and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert len(server.requests) == 4
    assert not output.exists()
    server.faults.clear()
    assert run_annotator("annotate", INPUTS["GRCh37"], "-o", output, "--online", *asking(server)).status == 0
    assert len(server.requests) == 4 + 2  # of five, three had come
    assert sum("CIVIC=" in line for line in lines(output)) > 5


def test_clinvar_and_civic_share_a_run_its_journal_and_its_account(
    server: RunningServer, tmp_path: Path
) -> None:
    output = tmp_path / "asked.vcf"
    with RunningServer(clinical_tables.application([])) as clinvar:
        ran = run_annotator(
            "annotate", INPUTS["GRCh37"], "-o", output, "--online", *asking(server), "--source", "clinvar=api",
            "--clinvar-url", f"{clinvar.url}{clinical_tables.PATH}", "--rate", "1000",
        )  # fmt: skip
        assert ran.status == 0, ran.err
        assert clinvar.requests
    assert len([line for line in ran.err.splitlines() if line.startswith("sent to")]) == 2
    sources = [line for line in output.read_text().splitlines() if line.startswith("##annotatorSource")]
    assert [line.split('"')[1] for line in sources] == ["clinvar-api", "civic-graphql"]
    again = tmp_path / "again.vcf"
    assert (
        run_annotator("annotate", INPUTS["GRCh37"], "-o", again, "--replay", f"{output}.journal").status == 0
    )
    assert again.read_bytes() == output.read_bytes()
    alone = tmp_path / "alone.vcf"
    replay = ("--replay", f"{output}.journal", "--source", "clinvar=snapshot")
    assert run_annotator("annotate", INPUTS["GRCh37"], "-o", alone, *replay).status == 0
    assert "clinvar-api" not in alone.read_text()
    assert sum("CIVIC=" in line for line in lines(alone)) > 5


def test_the_plan_states_that_no_patient_data_would_be_sent_and_sends_nothing(
    server: RunningServer, tmp_path: Path
) -> None:
    ran = run_annotator(
        "annotate", INPUTS["GRCh37"], "-o", tmp_path / "o.vcf", "--plan-egress", *asking(server)
    )
    assert ran.status == 0, ran.err
    told = ran.out.decode() + ran.err
    assert "no patient data" in told
    assert "80 requests" in told
    assert server.url in told
    assert server.requests == []
    assert not (tmp_path / "o.vcf").exists()


def test_nothing_is_requested_without_online(server: RunningServer, tmp_path: Path) -> None:
    ran = run_annotator("annotate", INPUTS["GRCh37"], "-o", tmp_path / "o.vcf", *asking(server))
    assert ran.status == 2
    assert "--online" in ran.err
    assert server.requests == []


def test_v1_needs_an_address(tmp_path: Path) -> None:
    ran = run_annotator(
        "annotate", INPUTS["GRCh37"], "-o", tmp_path / "o.vcf", "--online", "--source", "civic=v1"
    )
    assert ran.status == 2
    assert "--civic-url" in ran.err


def test_a_mirror_of_v1_is_supported(database: Database, tmp_path: Path) -> None:
    output = tmp_path / "v1.vcf"
    with RunningServer(CivicV1(database, V1Options(rate=None)).application()) as mirror:
        ran = run_annotator(
            "annotate", INPUTS["GRCh37"], "-o", output, "--online", "--source", "civic=v1",
            "--civic-url", f"{mirror.url}/api", "--civic-rate", "1000",
        )  # fmt: skip
    assert ran.status == 0, ran.err
    assert any(
        "civic-v1" in line for line in output.read_text().splitlines() if line.startswith("##annotatorSource")
    )
    assert sum("CIVIC=" in line for line in lines(output)) > 5


def test_an_unreachable_mirror_fails_every_lookup(database: Database, tmp_path: Path) -> None:
    output = tmp_path / "v1.vcf"
    with RunningServer(CivicV1(database, V1Options(rate=None)).application()) as mirror:
        mirror.faults.then(None, None)
        mirror.faults.always(Status(500))
        url = f"{mirror.url}/api"
        asked = OnlineOptions(clinvar=False, civic="v1", civic_url=url, civic_rate=1000.0, attempts=1)
        words = annotate(INPUTS["GRCh37"], output, online=asked).summary.answers["civic"]
        assert words["found"] == words["absent"] == 0
        assert words["failed"] > 60
        mirror.faults.clear()
        again = retry_failed(output)
    assert again is not None
    assert again.summary.failed == 0
    assert sum("CIVIC=" in line for line in lines(output)) > 5


# Keys


def test_a_key_from_a_file_is_sent_and_shown_nowhere(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{TOKEN}\n")
    output = tmp_path / "o.vcf"
    service = CivicGraphql(database, Options(rate=(1, 60.0), keys=frozenset({TOKEN})))
    with RunningServer(service.application()) as server:
        ran = run_annotator(
            "annotate",
            INPUTS["GRCh37"],
            "-o",
            output,
            "--online",
            *asking(server, "--civic-key-file", str(file)),
        )
    assert ran.status == 0, ran.err
    assert service.anonymous == 0
    for written in (ran.err.encode(), ran.out, output.read_bytes(), Path(f"{output}.journal").read_bytes()):
        assert TOKEN.encode() not in written


def test_the_key_of_the_environment_goes_to_civic_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert civic_key("https://civicdb.org/api/graphql") is None
    monkeypatch.setenv("CIVIC_API_KEY", f" {TOKEN} ")
    assert civic_key("https://civicdb.org/api/graphql") == TOKEN
    assert civic_key("http://127.0.0.1:8000/api/graphql") == TOKEN
    assert civic_key("https://civicdb.org.example.com/api/graphql") is None
    assert civic_key("https://mirror.example.org/api/graphql") is None
    file = tmp_path / "key"
    file.write_text("cvc_of_the_mirror\n")
    assert civic_key("https://mirror.example.org/api/graphql", file) == "cvc_of_the_mirror"


@pytest.mark.parametrize("text", ["", "two words", "cvc_ä", "line\nline"])
def test_an_invalid_key_is_refused_and_not_printed(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        civic_key("https://civicdb.org/api/graphql", file)
    assert text == "" or text not in str(caught.value)


def test_a_missing_key_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        civic_key("https://civicdb.org/api/graphql", tmp_path / "none")
