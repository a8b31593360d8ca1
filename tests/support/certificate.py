"""The certificate of the servers on loopback."""

from __future__ import annotations

from tests.conftest import REPOSITORY

CERTIFICATE = REPOSITORY / "tests" / "servers" / "loopback.pem"
"""Of 127.0.0.1, signed by itself; with its key, which protects nothing."""
