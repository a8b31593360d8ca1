"""An account at the emulated CGI."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.cli import main
from tests.servers.base import RunningServer
from tests.servers.cgi import CgiService
from tests.support.cgi_runs import Steps


class Account:
    """An account at the emulated service, and a sample to send."""

    def __init__(
        self, service: CgiService, server: RunningServer, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.service = service
        self.server = server
        self.steps = steps
        self._capsys = capsys

    def run(self, *words: str | Path) -> tuple[int, str]:
        """Run a command; give its status and all that it said."""
        with pytest.raises(SystemExit) as ended:
            main(["cgi", *map(str, words)])
        said = self._capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    def submit(self, *words: str | Path, settle: str = "0.3") -> tuple[int, str]:
        return self.run("submit", self.steps.mutations, "--cancer-type", "CM", "--settle", settle, *words)

    def wait(self, deadline: str = "60") -> tuple[int, str]:
        return self.run("wait", self.steps.ticket, "--every", "0.05", "--deadline", deadline)

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.server.requests]
