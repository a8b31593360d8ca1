"""No test, and no process started by a test, connects to another machine, and no test waits for one without limit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import GUARD
from tests.support import waiting
from tests.support.cgi_runs import environment

ELSEWHERE = "192.0.2.1"  # TEST-NET-1 (RFC 5737): no machine has this address

SLEEPING = [sys.executable, "-c", "import time; time.sleep(60)"]

PROGRAM = f"""
import socket
connection = socket.socket()
connection.settimeout(1)
try:
    connection.connect(("{ELSEWHERE}", 80))
except OSError as error:
    print(type(error).__name__, error)
else:
    print("connected")
"""


def test_this_process_is_refused() -> None:
    import socket

    with socket.socket() as connection, pytest.raises(OSError, match=f"a test tried to reach {ELSEWHERE}"):
        connection.connect((ELSEWHERE, 80))


@pytest.mark.parametrize("kind", ["inherited", "own"])
def test_a_child_process_is_refused(kind: str, tmp_path: Path) -> None:
    variables = dict(os.environ) if kind == "inherited" else environment(tmp_path, "http://127.0.0.1:9")
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, check=True, timeout=30
    )
    assert ran.stdout == f"NotLoopbackError a test tried to reach {ELSEWHERE}\n"


def test_a_child_of_a_child_is_refused() -> None:
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PROGRAM!r}], check=True)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert "NotLoopbackError" in ran.stdout


def test_a_program_that_is_no_python_has_no_network_where_the_kernel_allows_that() -> None:
    if "ANNOTATOR_TESTS_IN_NAMESPACE" not in os.environ:
        assert os.geteuid() != 0 or not sys.platform.startswith("linux") or not _may_unshare()
        return
    devices = Path("/proc/self/net/dev").read_text(encoding="ascii").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]


def _may_unshare() -> bool:
    done = subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True, timeout=30)
    return done.returncode == 0


def test_without_the_guard_nothing_would_refuse() -> None:
    """The guard's folder is what does it: this test fails if the program is refused for another reason."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = "import sys; print('NotLoopbackError' in dir(sys.modules.get('sitecustomize')))"
    bare = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True
    )
    assert bare.stdout == "False\n"
    guarded = variables | {"PYTHONPATH": str(GUARD)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=guarded, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "True\n"


@pytest.mark.parametrize(
    "wait",
    [
        lambda: subprocess.run(SLEEPING, check=False),
        lambda: subprocess.run(SLEEPING, capture_output=True, check=False),
        lambda: subprocess.check_output(SLEEPING),
    ],
)
def test_no_wait_for_a_child_is_without_a_limit(
    wait: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "CHILD_LIMIT", 0.1)
    with pytest.raises(subprocess.TimeoutExpired):
        wait()


def test_neither_is_one_for_a_child_that_was_started_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(SLEEPING) as child:
        monkeypatch.setattr(waiting, "CHILD_LIMIT", 0.1)
        for wait in (child.wait, child.communicate):
            with pytest.raises(subprocess.TimeoutExpired):
                wait()
        monkeypatch.undo()
        child.kill()
