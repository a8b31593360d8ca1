"""`annotator opal`: what it writes, how it ends, that no patient and no key leaks, and that kills do no harm."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annotator.cli import main
from annotator.dispatch.ticket import Ticket
from tests.servers import base
from tests.servers.base import RunningServer
from tests.servers.opal import PATIENT, Opal, Options, Report, Variant, application, demo
from tests.support.inputs import command, data_lines, info_of, write_vcf
from tests.support.waiting import until

ACCESSION = "ACC-20260305-ZEBRA"
GRCH37 = [
    "7\t140453136\t.\tA\tC,T\t.\t.\tDP=3",
    "7\t140453137\t.\tC\tG\t.\t.\t.",
    "13\t32914437\t.\tGT\tG\t.\t.\t.",
]
META = ['##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">']
BRAF = Variant("chr7", 140453136, "A", "T", "CONFIRMED", "PRIMARY_FINDING")


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def opal() -> Opal:
    held = Opal(login="planted-login", password="planted-password")  # noqa: S106
    deletion = Variant("chr13", 32914437, "GT", "G", "Pending verification; soon")
    held.add(
        Report(1202, ACCESSION, variants=[BRAF, deletion, Variant("chr1", 5, "A", "G", "REVIEWED")]),
        Report(1203, f"{ACCESSION}-2", status="WAITING", test_type="Trio"),
        Report(1204, "TWIN"),
        Report(1205, "TWIN", version=2),
    )
    return held


@pytest.fixture
def server(opal: Opal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    with RunningServer(application(opal)) as running:
        monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("ANNOTATOR_OPAL_URL", running.url)
        monkeypatch.setenv("FABRIC_API_LOGIN", opal.login)
        monkeypatch.setenv("FABRIC_API_PASSWORD", opal.password)
        work = tmp_path / "work"
        work.mkdir()
        monkeypatch.chdir(work)
        yield running


class Command:
    """Runs the command in this process."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.ended: list[Ended] = []

    def __call__(self, *arguments: str) -> Ended:
        self._capfd.readouterr()
        before = signal.getsignal(signal.SIGTERM)
        try:
            with pytest.raises(SystemExit) as exited:
                main(["opal", *arguments])
        finally:
            signal.signal(signal.SIGTERM, before)
        assert isinstance(exited.value.code, int)
        self.ended.append(Ended(exited.value.code, *self._capfd.readouterr()))
        return self.ended[-1]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], server: RunningServer) -> Command:
    assert server.url
    return Command(capfd)


def infos(path: str) -> list[dict[str, str]]:
    return [info_of(line) for line in data_lines(Path(path).read_bytes())]


# Reports


def test_reports_are_a_table(run: Command, server: RunningServer) -> None:
    ended = run(
        "reports", "--accession-id", ACCESSION, "--order-by", "run_date", "--limit", "1", "--offset", "0"
    )
    assert ended.status == 0
    assert ended.out == (
        "id\tversion\tstatus\ttest_type\tcreated_on\tgenome_id\tpanel_id\taccession_id\n"
        f"1202\t1\tREADY TO REVIEW\tpanel\t2026-03-05T09:44:43\t119\t1200\t{ACCESSION}\n"
        f"1203\t1\tWAITING\tTrio\t2026-03-05T09:44:43\t119\t1200\t{ACCESSION}-2\n"
    )
    assert dict(server.requests[0].query) == {
        "accession_id": ACCESSION, "order_by": "run_date", "limit": "1", "offset": "0",
    }  # fmt: skip


def test_all_documented_filters_are_sent_and_ours_are_applied_here(
    run: Command, server: RunningServer
) -> None:
    sent = {
        "external_id": "EXT", "genome_id": "119", "genome_name": "tum",
        "report_type": "Variant Report", "report_status": "COMPLETE",
    }  # fmt: skip
    options = [word for name, value in sent.items() for word in (f"--{name.replace('_', '-')}", value)]
    ended = run("reports", *options, "--status", "WAITING", "--json")
    assert [report["id"] for report in json.loads(ended.out)] == [1203]
    asked = dict(server.requests[0].query)
    assert {name: asked[name] for name in sent} == sent
    assert "status" not in asked
    assert json.loads(run("reports", "--test-type", "panel", "--json").out)[0]["id"] == 1202


def test_a_report_is_chosen_by_its_whole_accession_id(run: Command) -> None:
    assert json.loads(run("report", "--accession-id", ACCESSION).out)["id"] == 1202
    assert run("report", "--accession-id", "ACC").status == 1
    twin = run("report", "--accession-id", "TWIN")
    assert twin.status == 1
    assert "2 reports have this accession ID: 1204 (panel, READY TO REVIEW, version 1" in twin.err
    assert "1205 (panel, READY TO REVIEW, version 2" in twin.err
    assert json.loads(run("report", "--report-id", "1205").out)["version"] == 2


def test_an_extended_report_has_its_variants(run: Command, server: RunningServer) -> None:
    report = json.loads(run("report", "--report-id", "1202", "--extended").out)
    assert [one["status"] for one in report["variants"]] == [
        "CONFIRMED",
        "Pending verification; soon",
        "REVIEWED",
    ]
    assert server.requests[-1].query == [("extended", "True")]


def test_patient_data_of_a_report_are_written_to_a_private_file(run: Command) -> None:
    assert run("report", "--report-id", "1202", "--patient-fields").status == 2
    ended = run("report", "--report-id", "1202", "--patient-fields", "-o", "full.json")
    assert ended == (0, "", "")
    assert json.loads(Path("full.json").read_text())["patient_dict"] == PATIENT
    assert Path("full.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("chosen", [[], ["--report-id", "1202", "--accession-id", ACCESSION]])
@pytest.mark.parametrize("what", ["report", "wait", "pdf", "variants"])
def test_just_one_report_is_chosen(run: Command, server: RunningServer, what: str, chosen: list[str]) -> None:
    assert run(what, *chosen).status == 2
    assert server.requests == []


# Waiting and PDFs


def test_an_unfinished_job_ends_with_75(run: Command, opal: Opal) -> None:
    waiting = run("wait", "--report-id", "1202", "--deadline", "0")
    assert waiting.status == 75
    assert waiting.err.splitlines()[0] == "status: READY TO REVIEW"
    assert run("pdf", "--accession-id", ACCESSION).status == 75
    assert list(Path().iterdir()) == []
    opal.approve(1202)
    assert run("wait", "--accession-id", ACCESSION, "--deadline", "0").status == 0
    saved = run("pdf", "--accession-id", ACCESSION)
    assert saved.status == 0
    assert [path.name for path in Path().iterdir()] == ["opal-report-1202.pdf"]
    assert Path("opal-report-1202.pdf").read_bytes() == opal.reports[1202].final_pdf()


def test_a_preview_is_a_draft(run: Command) -> None:
    assert run("pdf", "--report-id", "1202", "--preview", "-o", "-").status == 2
    assert run("pdf", "--report-id", "1202", "--preview", "-o", "final.pdf").status == 0
    assert run("pdf", "--report-id", "1202", "--preview").status == 0
    names = {path.name for path in Path().iterdir()}
    assert names == {"final.DRAFT.pdf", "opal-report-1202.DRAFT.pdf"}


def test_polling_is_decent(run: Command, server: RunningServer) -> None:
    ended = run("wait", "--report-id", "1202", "--url", "https://opal.invalid", "--every", "1")
    assert ended.status == 2
    assert "is too short" in ended.err
    assert server.requests == []


# Variants


def test_variants_are_a_table(run: Command) -> None:
    assert run("variants", "--accession-id", ACCESSION).out == (
        "chrom\tpos\tref\talt\tstatus\tto_report\n"
        "chr1\t5\tA\tG\tREVIEWED\t\n"
        "chr13\t32914437\tGT\tG\tPending verification; soon\t\n"
        "chr7\t140453136\tA\tT\tCONFIRMED\tPRIMARY_FINDING\n"
    )


@pytest.mark.parametrize("suffix", ["vcf", "vcf.gz", "bcf"])
def test_variants_are_joined_by_allele_and_missing_records_are_reported(run: Command, suffix: str) -> None:
    from annotator.variants.assembly import Assembly

    write_vcf(Path("in.vcf"), GRCH37, assembly=Assembly.GRCH37, meta=META)
    options = ("--accession-id", ACCESSION, "--vcf", "in.vcf", "--missing", "missing.tsv")
    ended = run("variants", *options, "-o", f"out.{suffix}")
    assert ended.status == 3
    assert "WARNING: 1 of 3 alleles of the report has no record in the VCF:\n  chr1 5 A G\n" in ended.err
    assert Path("missing.tsv").read_text() == "chrom\tpos\tref\talt\nchr1\t5\tA\tG\n"
    assert run("variants", *options[:2], "--vcf", f"out.{suffix}", "-o", "text.vcf").status == 3
    assert infos("text.vcf") == [
        {"DP": "3", "OPAL_STATUS": ".,CONFIRMED", "OPAL_REPORT": ".,PRIMARY_FINDING"},
        {},
        {"OPAL_STATUS": "Pending_verification%3B_soon"},
    ]
    header = Path("text.vcf").read_text()
    assert header.count("##annotatorJoined=<ID=opal,") == 1
    assert 'Release="report 1202 version 1"' in header


def test_a_join_without_anything_missing_is_complete(run: Command, opal: Opal) -> None:
    from annotator.variants.assembly import Assembly

    opal.reports[1202].variants = [BRAF]
    write_vcf(Path("in.vcf"), GRCH37, assembly=Assembly.GRCH37, meta=META)
    ended = run("variants", "--report-id", "1202", "--vcf", "in.vcf", "-o", "out.vcf.gz", "-W")
    assert ended.status == 0
    assert re.search(r"^opal-api +report 1202 version 1 +1 +3 +0 +0$", ended.err, re.MULTILINE)
    assert Path("out.vcf.gz.tbi").exists()


def test_a_vcf_of_another_assembly_gets_nothing(run: Command) -> None:
    write_vcf(Path("in.vcf"))
    ended = run("variants", "--report-id", "1202", "--vcf", "in.vcf", "-o", "out.vcf")
    assert ended.status == 1
    assert "GRCh38" in ended.err
    assert not Path("out.vcf").exists()


def test_the_demo_of_the_emulated_service_joins_wholly(
    run: Command, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    held = demo("demo", "demo", 0.0)
    with RunningServer(application(held)) as server:
        monkeypatch.setenv("ANNOTATOR_OPAL_URL", server.url)
        monkeypatch.setenv("FABRIC_API_LOGIN", "demo")
        monkeypatch.setenv("FABRIC_API_PASSWORD", "demo")
        vcf = str(repository / "test_data" / "demo" / "tumour.GRCh37.vcf")
        assert run("variants", "--accession-id", "DEMO-1", "--vcf", vcf, "-o", "out.vcf").status == 0
    written = [info.get("OPAL_STATUS", "") for info in infos("out.vcf")]
    words = [word for value in written for word in value.split(",") if word not in {"", "."}]
    assert sorted(words) == sorted(str(variant.status) for variant in held.reports[1202].variants)
    assert len(words) > 30


# Launching


LAUNCH = (
    "launch",
    "panel",
    "--accession-id",
    "NEW-1",
    "--genome-id",
    "119",
    "--panel-id",
    "1200",
    "--ticket",
    "t.json",
)


def test_a_launch_is_made_once_and_its_ticket_leads_on(run: Command, opal: Opal) -> None:
    assert run(*LAUNCH).status == 0
    assert run(*LAUNCH).status == 0
    [number] = opal.launched
    assert run("wait", "--ticket", "t.json", "--deadline", "0").status == 75
    opal.approve(number)
    assert run("wait", "--ticket", "t.json").status == 0
    assert run("pdf", "--ticket", "t.json", "-o", "report.pdf").status == 0
    assert Path("report.pdf").read_bytes() == opal.reports[number].final_pdf()


def test_force_launches_another_and_goes_on_with_it_when_it_was_stopped(
    run: Command, opal: Opal, server: RunningServer
) -> None:
    assert run(*LAUNCH).status == 0
    assert run(*LAUNCH, "--force").status == 0
    assert len(opal.launched) == 2
    assert Ticket.read(Path("t.json")).known_job() == str(opal.launched[1])
    server.faults.by(lambda request: base.CutOff(0) if request.method == "POST" else None)
    assert run(*LAUNCH, "--force", "--settle", "0").status == 0, "it had arrived, and is found"
    assert len(opal.launched) == 3
    server.faults.by(lambda request: base.Reset() if request.method == "POST" else None)
    assert run(*LAUNCH, "--force", "--settle", "0").status == 1
    server.faults.clear()
    assert run(*LAUNCH, "--force", "--settle", "0").status == 0
    assert len(opal.launched) == 4, "the intent that had not arrived is the one that is made"
    assert run(*LAUNCH).status == 0
    assert len(opal.launched) == 4


def test_a_ticket_of_another_address_gets_no_key(run: Command, server: RunningServer, opal: Opal) -> None:
    run(*LAUNCH)
    with RunningServer(application(opal)) as other:
        asked = len(server.requests)
        ended = run("report", "--ticket", "t.json", "--url", other.url)
        assert ended.status == 1
        assert "the ticket belongs to the service at" in ended.err
        assert (len(server.requests), other.requests) == (asked, [])


# Nothing leaks


def planted(opal: Opal) -> list[str]:
    """Texts that must not be found: the patient, the key, and the accession id where nobody asked for it."""
    from annotator.dispatch.opal.credentials import OpalCredentials

    texts = [str(value) for value in PATIENT.values() if len(str(value)) > 4]
    header = OpalCredentials(opal.login, opal.password).header.removeprefix("Basic ")
    assert len(texts) == 6
    return [*texts, opal.login, opal.password, header]


def test_nothing_of_a_patient_or_the_key_is_in_any_output(
    run: Command, server: RunningServer, opal: Opal, tmp_path: Path
) -> None:
    from annotator.variants.assembly import Assembly

    write_vcf(Path("in.vcf"), GRCH37, assembly=Assembly.GRCH37, meta=META)
    chosen = ("--accession-id", ACCESSION, "--safe-params", "--egress-log", str(tmp_path / "egress.tsv"))
    asking = (
        ("wait", "--deadline", "0"),
        ("pdf", "--preview"),
        ("pdf",),
        ("report", "--extended", "-o", "report.json"),
        ("variants", "-o", "variants.tsv"),
        ("variants", "--vcf", "in.vcf", "-o", "out.vcf"),
    )
    told = [run(*arguments, *chosen) for arguments in asking]
    opal.approve(1202)
    told += [run(*arguments, *chosen) for arguments in asking[:3]]
    said = json.dumps({"description": " ".join([*planted(opal), ACCESSION])}).encode()
    for status, arguments in ((401, asking), (422, asking[:3])):
        fault = base.Status(status, body=said)
        # The list, which finds the report, is well; the next query is not.
        server.faults.by(lambda request, fault=fault: None if request.path == "/reports" else fault)  # type: ignore[misc]
        told += [run(*words, *chosen) for words in arguments]
    server.faults.clear()
    told.append(run(*LAUNCH, "--settle", "0"))
    run("reports")
    statuses = {ended.status for ended in told}
    assert {0, 1, 3, 75} <= statuses
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"out.vcf", "variants.tsv", "report.json", "t.json", "egress.tsv"} <= {
        path.name for path in written
    }
    for secret in planted(opal):
        for ended in run.ended:
            assert secret not in ended.out + ended.err
        for path in written:
            assert secret not in str(path)
            if path.suffix != ".pdf":  # what a clinician reads names the patient
                assert secret.encode() not in path.read_bytes(), path.name
    for ended in told:
        assert ACCESSION not in ended.err
    for path in written:
        assert ACCESSION not in str(path)
        if path.name != "report.json":
            assert ACCESSION.encode() not in path.read_bytes(), path.name
    assert all(ACCESSION not in f"{request.path}{request.query}" for request in server.requests)


def test_the_key_is_in_no_process_list(server: RunningServer, opal: Opal) -> None:
    server.faults.always(base.Stall(30))
    process = subprocess.Popen(command("opal", "report", "--report-id", "1202"), stderr=subprocess.DEVNULL)
    try:
        until(lambda: bool(server.requests) or process.poll() is not None)
        assert process.poll() is None
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert b"1202" in line
        assert not [secret for secret in planted(opal) if secret.encode() in line]
    finally:
        process.kill()
        process.wait()


# Kills

CHAIN = """
import json, os, random, signal, sys, time
from annotator.cli import run
import annotator.annotation.join, annotator.dispatch.opal.launching, annotator.dispatch.opal.variants

def chain(name):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for arguments in (
        ["launch", "panel", "--accession-id", name, "--genome-id", "119", "--panel-id", "1200",
         "--ticket", name + ".json", "--settle", "2"],
        ["wait", "--ticket", name + ".json", "--every", "1"],
        ["pdf", "--ticket", name + ".json", "-o", name + ".pdf"],
        ["variants", "--ticket", name + ".json", "--vcf", "in.vcf", "-o", name + ".vcf"],
    ):
        status = run(["opal", *arguments])
        if status:
            return status
    return 0

def started(name):
    child = os.fork()
    if not child:
        os._exit(chain(name))
    return child

def finished(name):
    return os.waitstatus_to_exitcode(os.waitpid(started(name), 0)[1])

begin = time.monotonic()
statuses = [finished("undisturbed")]
takes = time.monotonic() - begin
moments = random.Random(int(sys.argv[1]))
ends = []
for number in range(int(sys.argv[2])):
    for _ in range(int(sys.argv[3])):
        child = started(f"killed-{number}")
        time.sleep(moments.uniform(0, takes))
        os.kill(child, signal.SIGKILL)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    statuses.append(finished(f"killed-{number}"))
print(json.dumps([statuses, ends]))
"""


class _Approving(Opal):
    """Approves what is launched, and finds one variant in it."""

    def add(self, *reports: Report) -> None:
        super().add(*reports)
        for report in reports:
            report.variants = [BRAF]
            self.approve(report.id)


def test_twenty_kills_at_random_moments_leave_one_report_each_and_the_same_files(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotator.variants.assembly import Assembly

    assert server.url
    write_vcf(Path("in.vcf"), GRCH37, assembly=Assembly.GRCH37, meta=META)
    opal = _Approving(login="planted-login", password="planted-password")  # noqa: S106
    with RunningServer(application(opal, Options(latency=0.02, says_after=0.1))) as slow:
        monkeypatch.setenv("ANNOTATOR_OPAL_URL", slow.url)
        ran = subprocess.run(
            [sys.executable, "-c", CHAIN, "7", "5", "4"], capture_output=True, text=True, check=False
        )
    assert ran.returncode == 0, ran.stderr
    statuses, ends = json.loads(ran.stdout)
    assert statuses == [0] * 6
    assert ends.count(-signal.SIGKILL) > 10, "most were killed before they had ended"
    assert len(opal.launched) == 6
    assert sorted(report.accession_id for report in opal.reports.values()) == [
        *(f"killed-{number}" for number in range(5)), "undisturbed",
    ]  # fmt: skip
    for number in range(5):
        ticket = Ticket.read(Path(f"killed-{number}.json"))
        report = opal.reports[int(ticket.known_job())]
        assert report.accession_id == f"killed-{number}"
        assert Path(f"killed-{number}.pdf").read_bytes() == report.final_pdf()
        text = Path(f"killed-{number}.vcf").read_text()
        undisturbed = Ticket.read(Path("undisturbed.json")).known_job()
        whole = Path("undisturbed.vcf").read_text()
        assert text.replace(f"report {report.id} ", "") == whole.replace(f"report {undisturbed} ", "")
    left = {path.name for path in (tmp_path / "work").iterdir() if path.name.endswith(".partial")}
    assert len(left) <= 20
