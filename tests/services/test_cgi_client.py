"""The Cancer Genome Interpreter's API, asked through the command line: every answer that was seen of it is survived."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest

from tests.servers.base import NOT_JSON, Body, CutOff, Request, Reset, Status
from tests.servers.cgi import BROKEN, PATH
from tests.servers.forms import parts_of
from tests.support.cgi_accounts import Account
from tests.support.cgi_runs import EMAIL, TOKEN
from tests.support.inputs import command

# Submitting


def test_a_submission_follows_the_documented_protocol(account: Account) -> None:
    (account.steps.folder / "t.cnas.tsv").write_text("gene\tcna\tsample\nERBB2\tamp\tTUMOUR\n")
    status, said = account.submit()
    assert status == 0
    [post] = [request for request in account.server.requests if request.method == "POST"]
    assert post.path == PATH
    assert post.query == []
    assert post.headers["authorization"] == f"{EMAIL} {TOKEN}"
    parts = {part.field: part for part in parts_of(post.body, post.headers["content-type"])}
    assert list(parts) == ["cancer_type", "title", "reference", "mutations", "cnas"]
    assert parts["cancer_type"].content == b"CM"
    assert parts["reference"].content == b"hg38"
    assert parts["mutations"].filename == "mutations.tsv"
    assert parts["mutations"].content == account.steps.mutations.read_bytes()
    ticket = json.loads(account.steps.ticket.read_text())
    assert parts["title"].content.decode() == f"annotator-{ticket['digest'][:32]}"
    assert said.splitlines()[0] == ticket["job"] == account.service.made[0]


def test_submitting_again_is_no_second_job(account: Account) -> None:
    first = account.submit()
    count = len(account.server.requests)
    assert account.submit() == first
    assert len(account.server.requests) == count  # the ticket says it all
    account.steps.ticket.unlink()
    assert account.submit() == first  # the service's list does
    assert account.methods.count("POST") == 1


def test_force_makes_another(account: Account) -> None:
    account.submit()
    assert account.submit("--force")[0] == 0
    titles = [job.fields["title"] for job in account.service.jobs.values()]
    assert len(titles) == 2
    assert titles[1] == f"{titles[0]}-2"


def test_its_job_is_found_among_others_that_come_and_go(account: Account) -> None:
    for number in range(3):
        account.service.add(f"job {number}")
    job = account.submit()[1].split()[0]
    account.service.restart()
    account.steps.ticket.unlink()
    gone = account.service.add("gone")

    def vanish(request: Request) -> None:
        if request.path.endswith(gone):
            account.service.jobs.pop(gone, None)

    account.server.faults.by(vanish)
    assert account.submit()[1].split()[0] == job
    assert account.methods.count("POST") == 1


@pytest.mark.parametrize("answer", [b"", b"<html>busy</html>", b"null", b'{"job": "x"}', b'"../etc"', b"[]"])
def test_an_answer_that_names_no_job_is_looked_up(account: Account, answer: bytes) -> None:
    account.service.options.submit_answer = answer
    status, said = account.submit()
    assert (status, said.split()[0]) == (0, account.service.made[0])
    assert account.methods.count("POST") == 1


def test_an_answer_that_is_lost_is_looked_up(account: Account) -> None:
    account.service.options.lost_answer = True
    account.service.options.store_seconds = 0.1
    status, said = account.submit()
    assert (status, said.split()[0]) == (0, account.service.made[0])
    assert account.methods.count("POST") == 1


@pytest.mark.parametrize("fault", [Reset(), Status(500), Status(503, "0"), Status(429), CutOff(0), NOT_JSON])
def test_a_submission_that_did_not_arrive_is_sent_by_the_next_one_only(
    account: Account, fault: Reset | Status | CutOff | Body
) -> None:
    account.server.faults.by(lambda request: fault if request.method == "POST" else None)
    if not isinstance(fault, CutOff):
        status, said = account.submit()
        assert status == 1
        assert "may have arrived" in said
        assert account.methods.count("POST") == 1
        assert account.service.made == []
        assert json.loads(account.steps.ticket.read_text())["job"] is None
    account.server.faults.clear()
    assert account.submit()[0] == 0
    assert len(account.service.made) == 1


def test_killed_while_the_service_stores_it_no_second_is_made(account: Account) -> None:
    """The worst moment: all has arrived, the list does not show it yet, and the client is gone."""
    account.service.options.store_seconds = 1.5
    words = command("cgi", "submit", account.steps.mutations, "--cancer-type", "CM")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while "POST" not in account.methods:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert account.service.made == []
    assert account.submit(settle="30")[0] == 0
    assert len(account.service.made) == 1
    assert account.methods.count("POST") == 1


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"stored": 0}, "You have reached the maximum number of jobs"),
        ({"concurrent": 0}, "Too many concurrent jobs"),
        ({"stored": 0, "error_status": 200}, "You have reached the maximum"),
        ({"stored": 0, "error_type": "text/html", "padding": 600}, "You have reached the maximum"),
    ],
)
def test_a_quota_is_shown_and_nothing_is_deleted(
    account: Account, options: dict[str, object], what: str
) -> None:
    account.service.add("another run's")
    for name, value in options.items():
        setattr(account.service.options, name, value)
    status, said = account.submit()
    assert status == 1
    assert f"the service refused (403): {what}" in said
    assert "No job was deleted" in said
    assert "DELETE" not in account.methods
    assert account.methods.count("POST") == 1
    account.service.options.stored = account.service.options.concurrent = 10
    assert account.submit()[0] == 0
    assert len(account.service.made) == 1


@pytest.mark.parametrize("error_status", [None, 200, 400])
@pytest.mark.parametrize("wrong", ["email", "token"])
def test_a_refused_account_is_reported_without_its_secrets(
    account: Account, monkeypatch: pytest.MonkeyPatch, wrong: str, error_status: int | None
) -> None:
    monkeypatch.setenv(f"CGI_{wrong.upper()}", "another-secret-987")
    account.service.options.error_status = error_status
    status, said = account.submit()
    assert status == 1
    assert ("User not found" if wrong == "email" else "Authorization error: … …") in said
    assert "check CGI_EMAIL and CGI_TOKEN" in said.replace("Check", "check")
    assert TOKEN not in said
    assert "another-secret-987" not in said


def test_a_rejected_submission_is_reported(account: Account) -> None:
    account.server.faults.by(
        lambda request: (
            Status(400, body=b'{"error_code": 400, "message": "bad\\n\\u001b[31mformat"}')
            if request.method == "POST"
            else None
        )
    )
    status, said = account.submit()
    assert status == 1
    assert "the service refused (400): bad [31mformat. Correct the input." in said


# Waiting


def test_waiting_prints_changes_of_status(account: Account) -> None:
    account.service.options.running = 3
    account.submit()
    assert account.wait() == (0, "Waiting\nRunning\nDone\n")
    job = account.service.made[0]
    assert account.run("status", account.steps.ticket) == (0, f"{job}\tDone\n")


def test_waiting_that_comes_to_its_deadline_goes_on_later(account: Account) -> None:
    account.service.options.waiting = 50
    account.submit()
    status, said = account.wait("0.1")
    assert status == 75
    assert "NOT FINISHED:" in said
    assert "(last status: Waiting)" in said
    assert account.run("collect", account.steps.ticket)[0] == 75
    account.service.restart()
    assert account.wait()[0] == 0


def test_a_job_that_ends_as_an_error_is_one(account: Account) -> None:
    account.service.options.ends_as = "Error"
    account.submit()
    status, said = account.wait()
    assert status == 1
    assert "ended with status Error. Read its log" in said
    status, said = account.run("collect", account.steps.ticket)
    assert (status, "ended with status Error" in said) == (1, True)


def test_a_word_that_is_not_known_is_waited_for(account: Account) -> None:
    account.submit()
    account.service.jobs[account.service.made[0]].status = "Paused"
    status, said = account.wait("0.1")
    assert (status, "(last status: Paused)" in said) == (75, True)


def test_a_missing_job_is_reported(account: Account) -> None:
    account.submit()
    account.service.jobs.clear()
    for words in ("status", "wait", "collect", "logs"):
        status, said = account.run(words, account.steps.ticket)
        assert status == 1
        assert "not found. The service no longer has the job; submit it again with --force" in said
    assert account.submit("--force")[0] == 0
    assert account.wait()[0] == 0


def test_an_outage_while_waiting_is_sat_out(account: Account) -> None:
    account.submit()
    account.server.faults.then(Reset(), NOT_JSON, Status(502, body=b"<html>"), Reset(), NOT_JSON)
    assert account.wait()[0] == 0


# Collecting


@pytest.mark.parametrize("broken", BROKEN)
def test_done_is_no_proof_of_a_result(account: Account, broken: str) -> None:
    account.submit()
    account.wait()
    account.service.options.broken = broken
    status, said = account.run("collect", account.steps.ticket)
    assert status == 1
    assert "the result" in said
    assert "Read the log with: annotator cgi logs" in said
    assert not list(account.steps.folder.glob("*.zip"))
    account.service.options.broken = None
    assert account.run("collect", account.steps.ticket)[0] == 0
    assert len(list(account.steps.folder.glob("*.zip"))) == 1


def test_a_failed_job_is_done_after_a_restart_and_has_no_result(account: Account) -> None:
    account.service.options.ends_as = "Error"
    account.submit()
    account.wait()
    account.service.restart()
    account.service.options.broken = "none"
    assert account.run("status", account.steps.ticket)[1].endswith("Done\n")
    status, said = account.run("collect", account.steps.ticket)
    assert (status, "status 500 (4 attempts)" in said) == (1, True)
    assert not list(account.steps.folder.glob("*.zip"))


def test_an_error_that_comes_instead_of_the_archive_is_none(account: Account) -> None:
    account.submit()
    account.wait()
    error = Body(b'{"error_code": 404, "message": "no result"}', "application/zip")
    account.server.faults.by(lambda request: error if ("action", "download") in request.query else None)
    status, said = account.run("collect", account.steps.ticket)
    assert (status, "refused (404): no result" in said) == (1, True)
    assert not list(account.steps.folder.glob("*.zip"))


def test_a_downloaded_result_is_not_downloaded_again(account: Account) -> None:
    account.submit()
    account.wait()
    assert account.run("collect", account.steps.ticket)[0] == 0
    count = len(account.server.requests)
    assert account.run("collect", account.steps.ticket)[0] == 0
    assert len(account.server.requests) == count


def test_an_output_needs_an_input_and_the_other_way_round(account: Account) -> None:
    for words in (("--vcf", "in.vcf"), ("-o", "out.vcf")):
        status, said = account.run("collect", account.steps.ticket, *words)
        assert (status, "--vcf and -o must be used together" in said) == (2, True)
    assert account.server.requests == []


# The rest


def test_logs_and_lists_are_shown_without_secrets(account: Account) -> None:
    other = account.service.add("of another run")
    account.submit()
    account.wait()
    status, said = account.run("logs", account.steps.ticket)
    assert (status, said.splitlines()[0]) == (0, "# cgi analyze input.tsv -c CM -g hg38")
    assert said.splitlines()[-1].endswith("Analysis done")
    assert "INFO for … …" in said
    listed = [line.split("\t") for line in account.run("list")[1].splitlines()]
    assert [row[0] for row in listed] == list(account.service.jobs)
    assert listed[0] == [other, "Done", "2025-12-06 14:12:41", "CANCER", "", "of another run"]


def test_cancelling_removes_the_tickets_own_job_only(account: Account) -> None:
    other = account.service.add("another run's")
    account.submit()
    job = account.service.made[0]
    status, said = account.run("cancel", account.steps.ticket)
    assert (status, f"deleted the job {job}" in said) == (0, True)
    assert account.service.deleted == [job]
    assert list(account.service.jobs) == [other]
    assert not account.steps.ticket.exists()


def test_a_ticket_that_names_another_job_removes_nothing(account: Account) -> None:
    other = account.service.add("another run's")
    account.submit()
    text = account.steps.ticket.read_text()
    account.steps.ticket.write_text(text.replace(account.service.made[0], other))
    status, said = account.run("cancel", account.steps.ticket)
    assert (status, "does not match this ticket, so it was not removed" in said) == (1, True)
    assert account.service.deleted == []
    assert account.steps.ticket.exists()


def test_cancelling_a_missing_job_succeeds(account: Account) -> None:
    account.submit()
    account.service.jobs.clear()
    assert account.run("cancel", account.steps.ticket)[0] == 0
    assert not account.steps.ticket.exists()


def test_a_deletion_whose_answer_was_lost_is_done(account: Account) -> None:
    account.submit()
    lost = iter([True])

    def lose(request: Request) -> Reset | None:
        if request.method == "DELETE" and next(lost, False):
            account.service.jobs.clear()
            return Reset()
        return None

    account.server.faults.by(lose)
    assert account.run("cancel", account.steps.ticket)[0] == 0


def test_cancer_types_are_listed_without_asking(account: Account) -> None:
    status, said = account.run("cancer-types")
    assert (status, len(said.splitlines())) == (0, 247)
    assert account.run("cancer-types", "uveal")[1] == "UVM\tUveal melanoma\tEY,SS,NS,SOLID,CANCER\n"
    status, said = account.run("submit", account.steps.mutations, "--cancer-type", "MELANOMA")
    assert (status, "Did you mean" in said) == (2, True)
    assert "skcm is CM in CGI" in account.run("submit", account.steps.mutations, "--cancer-type", "skcm")[1]
    assert account.methods.count("POST") == 1
