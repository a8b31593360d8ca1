"""Versions of the program and of the libraries on which it is based."""

from __future__ import annotations

import json
import platform

from annotator._version import __version__
from annotator.cli.screen import echo
from annotator.vcf.versions import library_versions

__all__ = ["print_versions"]


def print_versions(*, as_json: bool) -> None:
    """Print one version per line, or all as one JSON object."""
    versions = {"annotator": __version__, "python": platform.python_version(), **library_versions()}
    if as_json:
        echo(json.dumps(versions))
        return
    for name, version in versions.items():
        echo(f"{name} {version}")
