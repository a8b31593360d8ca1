"""Running an emulated service by hand, until Ctrl-C.

Its address is the first line of standard output; the lines that make `annotator` use it are on standard error.
"""

from __future__ import annotations

import argparse
import itertools
import shlex
import sys
import threading
from collections.abc import Callable, Mapping

from aiohttp import web

from tests.servers import base

__all__ = ["add_faults", "add_port", "faults_of", "serve"]

_FAULTS: dict[str, Callable[[str], base.Fault]] = {
    "status": lambda value: base.Status(int(value or "503")),
    "busy": lambda value: base.Status(429, retry_after=value or "1"),
    "stall": lambda value: base.Stall(float(value or "60")),
    "cut-off": lambda _: base.CutOff(),
    "not-json": lambda _: base.NOT_JSON,
    "redirect": lambda value: base.Redirect(value or "https://example.org/"),
    "reset": lambda _: base.Reset(),
    "oversized": lambda value: base.Oversized(int(value or 1 << 30)),
}


def add_port(parser: argparse.ArgumentParser) -> None:
    """Let the port be named."""
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; any that is free without it")


def add_faults(parser: argparse.ArgumentParser) -> None:
    """Let something go wrong with each Nth request."""
    parser.add_argument(
        "--fault",
        metavar="KIND[=VALUE]",
        help=f"what goes wrong: {', '.join(_FAULTS)}; e.g. busy=2, status=503",
    )
    parser.add_argument(
        "--every", type=int, default=3, metavar="N", help="with each Nth request (default: 3)"
    )


def faults_of(parser: argparse.ArgumentParser, given: argparse.Namespace) -> base.Faults:
    """What goes wrong, as `add_faults` let it be said."""
    faults = base.Faults()
    if given.fault is not None:
        try:
            faults.by(_rule(given.fault, given.every))
        except (KeyError, ValueError):
            parser.error(f"no such fault: {given.fault}")
    return faults


def _rule(fault: str, every: int) -> Callable[[base.Request], base.Fault | None]:
    kind, _, value = fault.partition("=")
    made = _FAULTS[kind](value)
    numbers = itertools.count(1)
    return lambda _: None if next(numbers) % every else made


def serve(
    application: web.Application,
    told: str,
    variables: Mapping[str, str],
    *,
    path: str = "",
    port: int = 0,
    faults: base.Faults | None = None,
) -> int:
    """Serve until interrupted.

    Args:
        application: the service.
        told: what there is, for people.
        variables: of the environment, with which `annotator` uses the service; `{url}` in a value is its address.
        path: of the address that is told.
        port: of 127.0.0.1; 0 for any that is free.
        faults: what goes wrong.

    """
    try:
        with base.RunningServer(application, faults=faults, port=port) as server:
            sys.stdout.write(f"{server.url}{path}\n")
            sys.stdout.flush()
            for name, value in variables.items():
                sys.stderr.write(f"export {name}={shlex.quote(value.replace('{url}', server.url + path))}\n")
            sys.stderr.write(f"{told}; stop with Ctrl-C\n")
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    return 0
