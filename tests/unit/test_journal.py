"""The journal keeps every response, and a journal that belongs to another run is an error."""

from __future__ import annotations

import datetime
import sqlite3
from pathlib import Path

import pytest

from annotator.errors import JournalError
from annotator.net.journal import Journal, StoredResponse

SETTINGS = {"source": "clinvar-api", "url": "https://example.org/"}
ROWS = {"1": {"Name": "é", "list": ["a", None]}, "2": {"Name": None}}
ANSWERS = (StoredResponse("rs1", ROWS), StoredResponse("rs2", {}), StoredResponse("rs3", {"2": ROWS["2"]}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.journal"


def begun(path: Path, today: str = "2026-11-26") -> Journal:
    return Journal.open(path, today, SETTINGS)


def test_answers_come_back_also_to_the_next_run(path: Path) -> None:
    with begun(path) as journal:
        assert journal.is_new
        journal.add("a", ANSWERS)
        assert sorted(journal.known("a", ["rs3", "rs1", "rs9", "rs2"])) == sorted(ANSWERS)
    with begun(path, "2026-12-24") as journal:
        assert not journal.is_new
        assert journal.began == "2026-11-26"
        assert {answer.identifier: answer.rows for answer in journal.known("a", ["rs1", "rs2"])} == {
            "rs1": ROWS,
            "rs2": {},
        }
        assert list(journal.known("b", ["rs1"])) == []
        assert (journal.count("a"), journal.count("b")) == (3, 0)


def test_thousands_are_found_at_once(path: Path) -> None:
    answers = [StoredResponse(f"rs{number}", {str(number): {"n": number}}) for number in range(3_000)]
    with begun(path) as journal:
        journal.add("a", answers)
        found = {
            answer.identifier: answer for answer in journal.known("a", (one.identifier for one in answers))
        }
    assert found == {answer.identifier: answer for answer in answers}


def test_an_answer_has_its_time(path: Path) -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None)
    with begun(path) as journal:
        journal.add("a", ANSWERS)
    connection = sqlite3.connect(path)
    (time,) = connection.execute("SELECT DISTINCT time FROM answers").fetchone()
    connection.close()
    assert datetime.datetime.fromisoformat(time) >= before


def test_a_finished_journal_is_begun_anew_and_an_unfinished_one_gone_on_with(path: Path) -> None:
    for finished, is_kept in (("no", True), ("yes", False)):
        with begun(path) as journal:
            journal.add("a", ANSWERS)
            journal.note("finished", finished)
        with begun(path, "2026-12-24") as journal:
            assert journal.is_new != is_kept
            assert journal.count("a") == (3 if is_kept else 0)
            assert journal.began == ("2026-11-26" if is_kept else "2026-12-24")


def test_a_replay_reads_a_finished_one_and_cannot_write(path: Path) -> None:
    with begun(path) as journal:
        journal.add("a", ANSWERS)
        journal.note("finished", "yes")
    before = path.read_bytes()
    with Journal.replay(path, {"source": "clinvar-api"}) as journal:
        assert sorted(journal.known("a", ["rs1"])) == [ANSWERS[0]]
        with pytest.raises(JournalError, match="readonly"):
            journal.add("a", [StoredResponse("rs9", {})])
    assert path.read_bytes() == before


def test_another_runs_journal_is_refused(path: Path) -> None:
    begun(path).close()
    with pytest.raises(JournalError, match=r"journal belongs to another run: url is https://example.org/"):
        Journal.open(path, "2026-11-26", SETTINGS | {"url": "https://example.com/"})
    with pytest.raises(JournalError, match="no such journal"):
        Journal.replay(path.with_name("y"), {})


@pytest.mark.parametrize("content", [b"x", b"SQLite format 3\0" + b"\0" * 200, b"#!/bin/sh\n" * 300])
def test_a_file_that_is_not_a_journal_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalError, match="not a journal"):
        begun(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    with pytest.raises(JournalError, match=r"cannot be used|not a journal"):
        begun(path)


def test_two_runs_do_not_write_one_journal(path: Path) -> None:
    with begun(path), pytest.raises(JournalError, match="another process is using it"):
        begun(path)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be written"):
        begun(tmp_path / "none" / "x.journal")


@pytest.mark.parametrize("opened", ["to go on", "to replay"])
def test_an_incomplete_transaction_of_a_killed_run_is_rolled_back(
    path: Path, tmp_path: Path, opened: str
) -> None:
    """The files as they stand in the middle of a write, some of it in the journal's file already."""
    killed = tmp_path / "killed.journal"
    with begun(path) as journal:
        journal.add("a", ANSWERS)
        journal._connection.execute("PRAGMA cache_size = 1")
        journal._connection.execute("BEGIN")
        for number in range(2_000):
            journal._connection.execute("INSERT INTO records VALUES ('a', ?, ?)", (f"x{number}", "y" * 500))
        for suffix in ("", "-journal"):
            Path(f"{killed}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
        journal._connection.execute("ROLLBACK")
    with begun(killed) if opened == "to go on" else Journal.replay(killed, SETTINGS) as journal:
        assert not journal.is_new
        assert sorted(journal.known("a", ["rs1", "rs2", "rs3"])) == sorted(ANSWERS)
        assert journal._connection.execute("SELECT COUNT(*) FROM records").fetchone() == (2,)
