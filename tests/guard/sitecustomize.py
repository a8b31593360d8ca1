"""Keep every Python process that a test starts on this machine; Python imports this module when it starts.

`tests/conftest.py` puts this folder on PYTHONPATH. A connection, or a datagram, to any address but loopback is refused
before it leaves the process, with an error that names this guard.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address


class NotLoopbackError(OSError):
    """A test reached for an address outside this machine."""


def is_loopback(address: object) -> bool:
    """Return whether a socket address stays on this machine; names other than `localhost` do not."""
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0]).partition("%")[0]
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def _guard() -> None:
    # CPython's socket class is a Python subclass of the C one, so its methods can be replaced.
    for name, place in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
        original = getattr(socket.socket, name)

        def guarded(self, *arguments, _original=original, _place=place):  # type: ignore[no-untyped-def]
            if not is_loopback(arguments[_place]):
                raise NotLoopbackError(f"a test tried to reach {arguments[_place][0]}")
            return _original(self, *arguments)

        setattr(socket.socket, name, guarded)


_guard()
