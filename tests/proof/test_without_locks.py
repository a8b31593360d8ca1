"""On a file system without locks no other process is blamed: what is safe goes on, the rest says what to do."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.dispatch.ticket import locked
from annotator.errors import AnnotatorError, JournalError, NetworkError, OutputError, TicketError
from annotator.net import download, journal
from annotator.net.egress import Egress
from annotator.net.journal import Journal, StoredResponse
from annotator.net.limits import HttpLimits
from annotator.net.sqlite_errors import has_no_locks, is_held
from annotator.net.state import HostState
from annotator.runtime.locks import has_locks, lock
from annotator.snapshot.pull import everything

NO_LOCKS = [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP]
HELD = [errno.EAGAIN, errno.EACCES]
SETTINGS = {"source": "x"}
ADVICE = "Use a file on a local disk with --journal"


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let every lock fail with an error number."""

    def refusing(number: int) -> None:
        def refused(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "flock", refused)
        monkeypatch.setattr(fcntl, "lockf", refused)

    return refusing


def locks_of(folder: Path) -> dict[str, tuple[type[AnnotatorError], Callable[[], None]]]:
    def ticket() -> None:
        with locked(folder / "x.ticket.json"):
            pass

    def pull() -> None:
        with everything._locked(folder / "snapshot"):
            pass

    def part() -> None:
        with download._Part(folder / "x.vcf.gz", "https://example.org/x"):
            pass

    return {"ticket": (TicketError, ticket), "pull": (OutputError, pull), "part": (OutputError, part)}


@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
@pytest.mark.parametrize("kind", ["ticket", "pull", "part"])
def test_safe_operations_continue_without_a_lock(
    kind: str, number: int, tmp_path: Path, refuse: Callable[[int], None]
) -> None:
    refuse(number)
    locks_of(tmp_path)[kind][1]()


@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
def test_only_one_process_at_a_time_uses_a_ticket_without_a_lock(
    number: int, tmp_path: Path, refuse: Callable[[int], None]
) -> None:
    refuse(number)
    path, beside = tmp_path / "x.ticket.json", tmp_path / ".x.ticket.json.lock"
    with locked(path):
        with pytest.raises(TicketError, match="or was killed while using it") as raised, locked(path):
            pass
        assert f"delete {beside}" in str(raised.value)
        assert beside.exists(), "the refused process removed the file of the other"
    assert list(tmp_path.iterdir()) == []
    with locked(path):
        pass


def test_a_ticket_of_a_killed_process_is_free_where_there_are_locks(tmp_path: Path) -> None:
    (tmp_path / ".x.ticket.json.lock").touch()
    with locked(tmp_path / "x.ticket.json"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", HELD, ids=errno.errorcode.get)
@pytest.mark.parametrize("kind", ["ticket", "pull", "part"])
def test_a_lock_that_is_held_means_another_process(
    kind: str, number: int, tmp_path: Path, refuse: Callable[[int], None]
) -> None:
    refuse(number)
    error, use = locks_of(tmp_path)[kind]
    with pytest.raises(error, match="another process is"):
        use()


@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
def test_the_egress_log_needs_no_lock(number: int, tmp_path: Path, refuse: Callable[[int], None]) -> None:
    refuse(number)
    Egress(tmp_path / "log").note("example.org", identifiers=1, sent=2, received=3, status=200)
    assert (tmp_path / "log").read_text().endswith("example.org\t1\t2\t3\t200\n")


def test_the_helper_knows_a_holder_from_a_file_system_without_locks(
    tmp_path: Path, refuse: Callable[[int], None]
) -> None:
    with (tmp_path / "x").open("wb") as one, (tmp_path / "x").open("wb") as other:
        assert lock(one.fileno())
        assert not lock(other.fileno())
    assert has_locks(tmp_path)
    assert has_locks(tmp_path / "none")
    refuse(errno.EAGAIN)
    assert has_locks(tmp_path)
    refuse(errno.ENOLCK)
    assert not has_locks(tmp_path)


@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
def test_requests_are_not_counted_for_ever(
    number: int, tmp_path: Path, refuse: Callable[[int], None]
) -> None:
    refuse(number)
    with pytest.raises(NetworkError, match=r"this file system has no locks\. Set ANNOTATOR_STATE_DIR"):
        HostState(tmp_path, "example.org", HttpLimits())


def begun(path: Path, *, finished: str = "yes") -> None:
    with Journal.open(path, "2026-12-01", SETTINGS) as made:
        made.add("a", [StoredResponse("rs1", {"1": {"Name": "x"}})])
        made.note("finished", finished)


@pytest.mark.parametrize("finished", ["yes", "no"])
def test_a_journal_is_replayed_without_locks_and_written_only_where_no_other_run_can(
    finished: str, tmp_path: Path, refuse: Callable[[int], None]
) -> None:
    path = tmp_path / "x.journal"
    begun(path, finished=finished)
    refuse(errno.ENOLCK)
    with Journal.replay(path, SETTINGS) as replayed:
        assert [answer.identifier for answer in replayed.known("a", ["rs1"])] == ["rs1"]
    with pytest.raises(JournalError, match=ADVICE):
        Journal.open(path, "2026-12-01", SETTINGS)
    with Journal.open(path, "2026-12-01", SETTINGS, is_private=True) as own:
        own.add("a", [StoredResponse("rs2", {})])
        assert own.count("a") == (1 if finished == "yes" else 2)


def test_a_finished_journal_is_replayed_while_another_process_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    begun(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with Journal.replay(path, SETTINGS) as replayed:
            assert replayed.count("a") == 1
    finally:
        holder.close()


@pytest.mark.parametrize(
    "name", ["SQLITE_PROTOCOL", "SQLITE_IOERR_LOCK", "SQLITE_IOERR_RDLOCK", "SQLITE_NOLFS"]
)
def test_errors_of_sqlite_about_locks_are_not_taken_for_a_holder(name: str, tmp_path: Path) -> None:
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorname = name
    assert has_no_locks(error)
    assert not is_held(error)
    assert ADVICE in str(journal._error(error, tmp_path / "x.journal"))
    error.sqlite_errorname = "SQLITE_BUSY"
    assert "another process is using it" in str(journal._error(error, tmp_path / "x.journal"))


REAL = """
import sys
from pathlib import Path
from tests.proof.test_without_locks import *
folder = Path(sys.argv[1])
for _, use in locks_of(folder).values():
    use()
Egress(folder / "log")
with Journal.replay(folder / "x.journal", SETTINGS) as replayed:
    assert replayed.count("a") == 1
with Journal.replay(folder / "unfinished.journal", SETTINGS) as replayed:
    assert replayed.count("a") == 1
with Journal.open(folder / "own.journal", "2026-12-01", SETTINGS, is_private=True) as own:
    own.note("finished", "yes")
for refused in (
    lambda: Journal.open(folder / "x.journal", "2026-12-01", SETTINGS),
    lambda: HostState(folder, "example.org", HttpLimits()),
):
    try:
        refused()
    except AnnotatorError as error:
        assert "no locks" in str(error), error
    else:
        raise AssertionError
print("good")
"""


@pytest.mark.skipif(
    sys.platform != "linux" or (shutil.which("cc") is None and "CI" not in os.environ),
    reason="a library is compiled and preloaded",
)
@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
def test_with_real_system_calls_that_refuse_every_lock(number: int, tmp_path: Path) -> None:
    begun(tmp_path / "x.journal")
    begun(tmp_path / "unfinished.journal", finished="no")
    source = Path(__file__).parents[1] / "support" / "without_locks.c"
    library = tmp_path / "without_locks.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    done = subprocess.run(
        [sys.executable, "-c", REAL, str(tmp_path)],
        env=os.environ | {"LD_PRELOAD": str(library), "NO_LOCKS": str(number)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "good\n", done.stderr
