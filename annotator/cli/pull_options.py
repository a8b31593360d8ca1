"""Options of `annotator snapshot pull` and `annotator snapshot update`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.options import CA_BUNDLE, THREADS, listed, option, with_options
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.snapshot.pull.everything import PullOptions

__all__ = ["pull_options", "pull_options_of"]

_URLS = {
    "clinvar": "ANNOTATOR_CLINVAR_MIRROR",
    "civic": "ANNOTATOR_CIVIC_URL",
    "ontology": "ANNOTATOR_ONTOLOGY_URL",
}


def _named(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    """Return values of the form NAME=VALUE by name; the name is empty for a value without one."""
    found = {}
    for value in values:
        name, equals, rest = value.partition("=")
        if not equals or "/" in name:
            name, rest = "", value
        if not rest:
            raise UsageError(
                f"{parameter.opts[0]} {value}: the value after = is missing", remedy="Write NAME=VALUE"
            )
        found[name.strip()] = rest.strip()
    return found


def pull_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for parts and addresses of a download."""
    return with_options(
        function,
        (
            option(
                "--only",
                callback=listed,
                metavar="LIST",
                help="Comma-separated list of what to download: clinvar, civic, ontology. Default: all three.",
            ),
            option(
                "--with-tables",
                is_flag=True,
                help="Also download ClinVar's three tables (1 GB), to match indels by HGVS and to list overlapping "
                "copy-number records.",
            ),
            option(
                "--release",
                "releases",
                multiple=True,
                callback=_named,
                metavar="[NAME=]DATE",
                help="Release to download, for example clinvar=2026-02-26 or civic=2026-02-01. A date without a "
                "name selects ClinVar's release of that day and CIViC's release of that month. Default: the newest "
                "releases.",
            ),
            option(
                "--mirror",
                "mirrors",
                multiple=True,
                callback=_named,
                metavar="[NAME=]URL",
                help="Address of a mirror: clinvar=URL, civic=URL or ontology=URL. Without a name, "
                "URL is the address of a folder with clinvar/, civic/ and doid.obo.",
            ),
            CA_BUNDLE,
            THREADS,
        ),
    )


def pull_options_of(pulled: Mapping[str, Any]) -> PullOptions:
    """Return the options that were given on the command line or by environment variables."""
    from annotator.snapshot.pull.everything import PARTS, PullOptions

    ca_bundle: Path | None = pulled["ca_bundle"]
    mirrors = dict(pulled["mirrors"])
    if "" not in mirrors:
        mirrors = {part: os.environ[name] for part, name in _URLS.items() if os.environ.get(name)} | mirrors
    return PullOptions(
        pulled["only"] or PARTS,
        pulled["with_tables"],
        _releases(pulled["releases"]),
        mirrors,
        pulled["threads"],
        ca_bundle,
    )


def _releases(named: Mapping[str, str]) -> dict[str, str]:
    from annotator.snapshot.pull.everything import iso_date

    found = {name: iso_date(release) for name, release in named.items()}
    if "" in found:
        day = found.pop("")
        found = {"clinvar": day, "civic": f"{day[:8]}01", **found}
    return found
