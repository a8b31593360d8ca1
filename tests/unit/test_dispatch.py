"""Tickets and the steps that all dispatchers share, with one that a user might have added."""

from __future__ import annotations

import ast
import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.cli import main
from annotator.dispatch import registry
from annotator.dispatch.base import Dispatcher, JobStatus, submitted, waited
from annotator.dispatch.ticket import Submission, Ticket, locked
from annotator.errors import DispatchError, OutputError, TicketError, UnfinishedError, UsageError
from annotator.net import UnansweredError, UnavailableError
from tests.conftest import REPOSITORY
from tests.support.parcel_service import FolderDispatcher

PARCEL = Submission({"sample": "T", "cancer_type": "CM"}, {"mutations": b"chr\tpos\n"})


@pytest.fixture
def folder(tmp_path: Path) -> FolderDispatcher:
    (tmp_path / "service").mkdir()
    return FolderDispatcher(tmp_path / "service")


def submit(folder: Dispatcher, path: Path, parcel: Submission = PARCEL, **options: Any) -> Ticket:
    return asyncio.run(submitted(folder, parcel, path, **({"settle": 0.3} | options)))


def jobs(folder: FolderDispatcher) -> list[str]:
    return sorted(path.name for path in Path(folder.service).iterdir())


# Tickets


def test_a_ticket_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    intent = Ticket.intended("cgi", "https://x", PARCEL)
    intent.write(path)
    assert Ticket.read(path) == intent
    intent.with_job("abc").write(path)
    assert Ticket.read(path) == intent.with_job("abc")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_ticket_holds_checksums_and_facts_but_no_content(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    Ticket.intended("cgi", "https://x", PARCEL).write(path)
    text = path.read_text()
    assert "chr" not in text
    facts = json.loads(text)
    assert facts["facts"] == PARCEL.facts
    assert facts["digest"] == PARCEL.digest
    assert facts["job"] is None


def test_equal_parcels_have_equal_digests_and_others_do_not() -> None:
    same = Submission({"cancer_type": "CM", "sample": "T"}, {"mutations": b"chr\tpos\n"})
    others = [
        Submission({"sample": "T", "cancer_type": "COC"}, PARCEL.files),
        Submission({"sample": "U", "cancer_type": "CM"}, PARCEL.files),
        Submission(PARCEL.facts, {"mutations": b"chr\tpos\n7\t1\n"}),
        Submission(PARCEL.facts, {"cnas": b"chr\tpos\n"}),
        Submission(PARCEL.facts, {}),
    ]
    assert same.digest == PARCEL.digest
    assert len({parcel.digest for parcel in (PARCEL, *others)}) == 6


def test_a_title_contains_only_the_digest_of_the_content() -> None:
    ticket = Ticket.intended("cgi", "https://x", PARCEL)
    assert ticket.title == f"annotator-{PARCEL.digest[:32]}"
    assert Ticket.intended("cgi", "https://x", PARCEL, 2).title == f"{ticket.title}-2"


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "null", '{"format": 1}', "\x00\xff",
        '{"format": 1, "dispatcher": "cgi", "service": 1, "digest": "", "facts": {}, "checksums": {}}',
        '{"format": 1, "dispatcher": "cgi", "service": "", "digest": "", "facts": [], "checksums": {}}',
        '{"format": 1, "dispatcher": "cgi", "service": "", "digest": "", "facts": {}, "checksums": {}, "job": 1}',
        '{"format": 1, "dispatcher": "c", "service": "", "digest": "", "facts": {}, "checksums": {}, "secret": ""}',
    ],
)  # fmt: skip
def test_an_invalid_ticket_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(TicketError, match="not a ticket"):
        Ticket.read(path)


def test_a_missing_ticket_or_a_newer_format_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TicketError, match="no such ticket"):
        Ticket.read(tmp_path / "t.json")
    (tmp_path / "t.json").write_text('{"format": 2}')
    with pytest.raises(TicketError, match="the ticket has format 2, which this version cannot read"):
        Ticket.read(tmp_path / "t.json")
    with pytest.raises(TicketError, match="cannot be read"):
        Ticket.read(tmp_path)


def test_a_ticket_is_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    program = (
        "import pathlib, sys\nfrom annotator.dispatch.ticket import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n    pass"
    )
    with locked(path):
        other = subprocess.run(
            [sys.executable, "-c", program, path], capture_output=True, text=True, check=False
        )
        assert "another process is using the file" in other.stderr
    subprocess.run([sys.executable, "-c", program, path], check=True)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError), locked(tmp_path / "none" / "t.json"):
        pass


# Once


def test_handing_over_twice_makes_one_job(folder: FolderDispatcher, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    ticket = submit(folder, path)
    assert ticket.job == "job1"
    assert Ticket.read(path) == ticket
    assert submit(folder, path) == ticket
    assert jobs(folder) == ["job1"]


def test_a_lost_ticket_finds_its_job(folder: FolderDispatcher, tmp_path: Path) -> None:
    submit(folder, tmp_path / "t.json")
    assert submit(folder, tmp_path / "other.json").job == "job1"
    assert jobs(folder) == ["job1"]


def test_an_intent_is_on_disk_before_anything_is_sent(folder: FolderDispatcher, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    seen: list[Ticket] = []

    class Watching(FolderDispatcher):
        async def submit(self, ticket: Ticket, parcel: Submission) -> str:
            seen.append(Ticket.read(path))
            return await super().submit(ticket, parcel)

    submit(Watching(Path(folder.service)), path)
    assert [ticket.job for ticket in seen] == [None]


def test_a_submission_without_an_answer_is_looked_for_and_not_repeated(
    folder: FolderDispatcher, tmp_path: Path
) -> None:
    folder.trouble = "unanswered"
    assert submit(folder, tmp_path / "t.json").job == "job1"
    assert jobs(folder) == ["job1"]


def test_a_submission_that_was_lost_is_repeated_only_by_another_call(
    folder: FolderDispatcher, tmp_path: Path
) -> None:
    folder.trouble = "lost"
    with pytest.raises(UnansweredError):
        submit(folder, tmp_path / "t.json")
    assert jobs(folder) == []
    assert Ticket.read(tmp_path / "t.json").job is None
    with pytest.raises(TicketError, match="the ticket has no job: the submission was interrupted"):
        Ticket.read(tmp_path / "t.json").known_job()
    assert submit(folder, tmp_path / "t.json").job == "job1"


def test_a_job_that_shows_late_is_waited_for(folder: FolderDispatcher, tmp_path: Path) -> None:
    path = tmp_path / "t.json"

    class Late(FolderDispatcher):
        asked = 0

        async def find(self, ticket: Ticket) -> str | None:  # noqa: ARG002
            self.asked += 1
            return "late" if self.asked > 2 else None

    Ticket.intended("folder", folder.service, PARCEL).write(path)
    assert submit(Late(Path(folder.service)), path, settle=30).job == "late"
    assert jobs(folder) == []


def test_force_makes_another_job_of_the_same(folder: FolderDispatcher, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    first = submit(folder, path)
    second = submit(folder, path, force=True)
    assert (second.job, second.number, second.digest) == ("job2", 2, first.digest)
    assert second.title != first.title
    assert submit(folder, path) == second
    third = submit(folder, path, force=True)
    assert (third.job, third.number) == ("job3", 3)


def test_force_that_was_stopped_goes_on_where_it_was(folder: FolderDispatcher, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    submit(folder, path)
    folder.trouble = "lost"
    with pytest.raises(UnansweredError):
        submit(folder, path, force=True)
    assert submit(folder, path, force=True).number == 2
    assert jobs(folder) == ["job1", "job2"]


def test_a_ticket_of_something_else_is_not_written_over(folder: FolderDispatcher, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    other = Submission({"sample": "U"}, {})
    first = submit(folder, path)
    with pytest.raises(TicketError, match="with other input or other settings"):
        submit(folder, path, other)
    assert Ticket.read(path) == first
    assert submit(folder, path, other, force=True).number == 1
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(TicketError, match="the ticket belongs to folder at"):
        submit(FolderDispatcher(tmp_path / "elsewhere"), path, other)
    assert jobs(FolderDispatcher(tmp_path / "elsewhere")) == []


# Waiting


def wait(folder: Dispatcher, ticket: Ticket, deadline: float = 0.3) -> tuple[JobStatus, list[str]]:
    words: list[str] = []
    found = asyncio.run(
        waited(
            folder,
            ticket,
            deadline=deadline,
            every=0.05,
            on_status=lambda job_status: words.append(job_status.word),
        )
    )
    return found, words


def test_waiting_ends_when_the_job_is_done(folder: FolderDispatcher, tmp_path: Path) -> None:
    ticket = submit(folder, tmp_path / "t.json")

    class Slow(FolderDispatcher):
        polls = 0

        async def poll(self, ticket: Ticket) -> JobStatus:
            self.polls += 1
            if self.polls == 3:
                (Path(self.service) / ticket.known_job() / "answer").touch()
            return await super().poll(ticket)

    assert wait(Slow(Path(folder.service)), ticket, 60) == (
        ("done", "ready"),
        ["thinking", "thinking", "ready"],
    )


def test_waiting_ends_at_the_deadline_with_the_last_status(folder: FolderDispatcher, tmp_path: Path) -> None:
    ticket = submit(folder, tmp_path / "t.json")
    with pytest.raises(UnfinishedError, match=r"job1 is not finished yet \(last status: thinking\)"):
        wait(folder, ticket)
    with pytest.raises(UnfinishedError):
        wait(folder, ticket, 0)


def test_an_outage_is_waited_for_and_reported(folder: FolderDispatcher, tmp_path: Path) -> None:
    ticket = submit(folder, tmp_path / "t.json")

    class Out(FolderDispatcher):
        async def poll(self, ticket: Ticket) -> JobStatus:  # noqa: ARG002
            raise UnavailableError("status 503")

    with pytest.raises(UnfinishedError, match=r"last status: no answer: status 503"):
        wait(Out(Path(folder.service)), ticket)


def test_a_job_that_failed_or_is_gone_ends_waiting(folder: FolderDispatcher, tmp_path: Path) -> None:
    ticket = submit(folder, tmp_path / "t.json")
    (Path(folder.service) / "job1" / "failed").touch()
    with pytest.raises(DispatchError, match="job1 ended with status broken") as raised:
        wait(folder, ticket, 60)
    assert not isinstance(raised.value, UnfinishedError)
    with pytest.raises(DispatchError, match="no such job"):
        wait(folder, ticket.with_job("job9"), 60)


# A dispatcher that a user adds


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_KNOWN", dict(registry._KNOWN))
    registry.register("folder", "tests.support.parcel_service:folder_dispatcher")
    yield


def test_unknown_names_are_an_error() -> None:
    assert "cgi" in registry.names()
    with pytest.raises(UsageError, match=r"unknown service 'folder'. Choose from .*cgi"):
        registry.factory("folder")


def test_the_added_dispatcher_needs_nothing_but_the_registry() -> None:
    tree = ast.parse((REPOSITORY / "tests" / "support" / "parcel_service.py").read_text())
    ours = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("annotator")
    }
    assert ours == {
        "annotator.dispatch.base",
        "annotator.dispatch.ticket",
        "annotator.errors",
        "annotator.net",
    }
    for path in (REPOSITORY / "annotator").rglob("*.py"):
        assert "parcel_service" not in path.read_text()


@pytest.mark.usefixtures("registered")
def test_the_command_line_serves_an_added_dispatcher(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service, ticket = tmp_path / "service", tmp_path / "t.json"
    service.mkdir()
    (tmp_path / "in.tsv").write_text("content\n")

    def run(*words: str | Path) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["ticket", *map(str, words), "--url", str(service)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    handing = ("submit", "folder", ticket, "--fact", "sample=T", "--file", f"mutations={tmp_path / 'in.tsv'}")
    assert run(*handing) == (0, "job1\n")
    assert run(*handing) == (0, "job1\n")
    assert (service / "job1" / "mutations").read_text() == "content\n"
    assert run("status", ticket) == (0, "job1\tthinking\n")
    status, said = run("wait", ticket, "--deadline", "0", "--every", "10")
    assert (status, said.startswith("thinking\nNOT FINISHED:")) == (75, True)
    (service / "job1" / "answer").write_text("42\n")
    assert run("wait", ticket, "--every", "10") == (0, "ready\n")
    assert run("fetch", ticket, "-o", tmp_path / "answer") == (0, "")
    assert (tmp_path / "answer").read_text() == "42\n"
    status, said = run("cancel", ticket)
    assert (status, "deleted the job job1" in said) == (0, True)
    assert list(service.iterdir()) == []
    assert not ticket.exists()
    assert run("status", ticket)[0] == 1


@pytest.mark.usefixtures("registered")
def test_credentials_go_to_no_address_that_only_a_ticket_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "service").mkdir()
    ticket = tmp_path / "t.json"
    Ticket.intended("folder", "https://evil.example", PARCEL).with_job("job1").write(ticket)
    with pytest.raises(SystemExit) as ended:
        main(["ticket", "status", str(ticket), "--url", str(tmp_path / "service")])
    assert ended.value.code == 1
    assert "the ticket belongs to the service at https://evil.example, not to" in capsys.readouterr().err
