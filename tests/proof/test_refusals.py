"""Eight of the clients of `python -m tests.proof.refusals`, for a short time."""

from __future__ import annotations

import pytest

from tests.proof import refusals


def test_clients_of_services_that_refuse_everything_end_in_time_and_wait_as_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(refusals, "_CLIENTS", 8)
    monkeypatch.setattr(refusals, "_LOOKUPS", 600)
    monkeypatch.setattr(refusals, "_WANTED", 1)  # how many can be refused depends on the machine
    status = refusals.main(["3"])
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert "refusals: 8 clients" in shown
    assert "0 requests before Retry-After" in shown
