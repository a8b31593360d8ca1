"""What all tests share: real data beside the checkout, and a guard that keeps the suite off the network."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.support.waiting import limit_waits

REPOSITORY = Path(__file__).resolve().parent.parent
GUARD = REPOSITORY / "tests" / "guard"
_SHARED = Path(os.environ.get("ANNOTATOR_SHARED", REPOSITORY.parent / "shared"))

_CLONE_NEWNET = 0x40000000  # sched.h
_SIOCSIFFLAGS = 0x8914  # linux/sockios.h
_IFF_UP = 1
_IN_NAMESPACE = "ANNOTATOR_TESTS_IN_NAMESPACE"


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data. Its absence skips a test, but fails it in CI: a missing file must not hide."""
    data = _SHARED / "data"
    if not data.is_dir():
        message = f"no real data at {data} (set ANNOTATOR_SHARED to its parent folder)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return data


def pytest_configure() -> None:
    """Keep this process and its children on this machine, let children be interrupted, and limit every wait for one.

    Where the kernel allows, the whole run moves into a network namespace that has nothing but loopback. Python children
    are guarded by `tests/guard` everywhere.
    """
    os.environ["PYTHONPATH"] = os.pathsep.join(guarded_path(os.environ.get("PYTHONPATH")))
    _guard_this_process()
    _leave_the_network()
    # Started in the background by a shell, a process ignores SIGINT, and so would every child of it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limit_waits()


def guarded_path(others: str | None = None) -> list[str]:
    """Return the folders of PYTHONPATH for a child process: the guard's first."""
    kept = [folder for folder in (others or "").split(os.pathsep) if folder and folder != str(GUARD)]
    return [str(GUARD), *kept]


def _guard_this_process() -> None:
    if "sitecustomize_of_tests" not in sys.modules:
        spec = spec_from_file_location("sitecustomize_of_tests", GUARD / "sitecustomize.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules["sitecustomize_of_tests"] = module
        spec.loader.exec_module(module)


def _leave_the_network() -> None:
    """Enter a network namespace of our own with loopback up; without the right to do so, stay where we are."""
    if not sys.platform.startswith("linux") or os.environ.get(_IN_NAMESPACE):
        return
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        return
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh22x", b"lo", _IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)
    os.environ[_IN_NAMESPACE] = "1"  # for the workers of xdist, which are children
