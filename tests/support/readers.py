"""Reads files of our own as the program does, and uses all of what was read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from annotator.dispatch.cgi.collecting import ResultFiles
from annotator.dispatch.ticket import Ticket
from annotator.net.journal import Journal
from annotator.net.limits import HttpLimits
from annotator.net.state import HostState
from annotator.snapshot.folder import Snapshot
from annotator.store.store import Store

SETTINGS = {"source": "clinvar-api"}


def read_journal(path: Path) -> None:
    """Read a journal as replays, the runs that go on with it, and the services do."""
    opened: tuple[Callable[[], Journal], ...] = (
        lambda: Journal.replay(path, SETTINGS),
        lambda: Journal.open(path, "2026-12-01", SETTINGS),
        lambda: Journal.open(path, "2026-12-01", {"source": "x"}, anew_before="2020-01-01"),
    )
    for how in opened:
        with how() as journal:
            assert journal.count("a") >= 0
            for name in ("finished", "source", "run", "format"):
                assert isinstance(journal.fact(name), str | None)
            assert len(journal.began) == 10
            for answer in journal.known("a", ["rs1", "rs2", "rs3"]):
                assert isinstance(answer.identifier, str)
                for id_, row in answer.rows.items():
                    assert isinstance(id_, str)
                    assert row.get("Name", "") is not ...


def read_state(path: Path) -> None:
    state = HostState(path.parent, path.name.removesuffix(".sqlite"), HttpLimits())
    try:
        state.rest(0.0)
        assert state.take().wait >= 0
    finally:
        state.close()


def read_ticket(path: Path) -> None:
    ticket = Ticket.read(path)
    assert ticket.title
    if ticket.job is not None:
        assert ResultFiles.beside(path, ticket).archive.parent == path.parent


def read_snapshot(path: Path) -> None:
    with Snapshot.open(path.parent) as snapshot:
        for source in snapshot.sources:
            source.release  # noqa: B018  # as a run does
        for position in range(1, 200, 10):
            snapshot.lookup("7", position, "A", "T")
        snapshot.lookup("7", 140753336, "A", "T")


def read_store(path: Path) -> None:
    store = Store(path)
    for row in range(len(store)):
        store.key(row)
        store.spellings(row)
    store.rows_of("rsid", 1)
