"""Options of what may be asked over the network, shared by the commands that may ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from annotator.annotation.options import CIVIC_STATUSES, CIVIC_URL, CLINVAR_URL, DAILY_BUDGET, OnlineOptions
from annotator.cli.options import PATH, ca_bundle_option, civic_files, egress_log_option, option, with_options
from annotator.errors import UsageError

__all__ = ["OnlineChoice", "online_options"]

_WAYS = {"clinvar": ("snapshot", "api"), "civic": ("snapshot", "graphql", "v1")}


class OnlineChoice(NamedTuple):
    """What was chosen: what is asked over the network, None for nothing; and whether it is only to be planned."""

    config: OnlineOptions | None
    is_plan: bool


def _sources(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    chosen = dict(value.partition("=")[::2] for value in values)
    for name, way in chosen.items():
        if way not in _WAYS.get(name, ()):
            known = ", ".join(f"{one}={choice}" for one, ways in _WAYS.items() for choice in ways)
            raise click.BadParameter(f"unknown source {name}={way}; choose {known}")
    return chosen


def _complete_source(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    known = [f"{name}={way}" for name, ways in _WAYS.items() for way in ways]
    return [one for one in known if one.startswith(incomplete)]


_SECTION = "Online"
_option = functools.partial(option, section=_SECTION)
_OPTIONS = (
    _option(
        "--online",
        is_flag=True,
        help="Allow the network requests of --source, which is required with this option.",
    ),
    _option(
        "--source",
        "sources",
        multiple=True,
        metavar="BASE=SERVICE",
        callback=_sources,
        shell_complete=_complete_source,
        help="Query a service instead of the snapshot (with --online): clinvar=api (NLM Clinical Tables), "
        "civic=graphql, or civic=v1 (a mirror of CIViC's former API).",
    ),
    _option(
        "--plan-egress",
        is_flag=True,
        help="Print the requests that --online would send, without sending them.",
    ),
    _option(
        "--journal",
        type=PATH,
        metavar="FILE",
        help="File that stores the responses of the services; default: OUTPUT.journal.",
    ),
    _option(
        "--replay",
        type=PATH,
        metavar="JOURNAL",
        help="Read all responses from a journal instead of the network.",
    ),
    egress_log_option(_SECTION),
    ca_bundle_option(_SECTION),
    _option(
        "--clinvar-url",
        default=CLINVAR_URL,
        envvar="ANNOTATOR_CLINVAR_URL",
        metavar="URL",
        help="Address of the Clinical Tables service (environment variable ANNOTATOR_CLINVAR_URL).",
    ),
    _option(
        "--civic-url",
        envvar="ANNOTATOR_CIVIC_URL",
        metavar="URL",
        help="Address of CIViC's GraphQL service or of a mirror's V1 API (environment variable ANNOTATOR_CIVIC_URL).",
    ),
    _option(
        "--civic-status",
        type=click.Choice(CIVIC_STATUSES),
        default=CIVIC_STATUSES[0],
        show_default=True,
        help="Status of the CIViC evidence items and assertions to use.",
    ),
    _option(
        "--civic-key-file",
        type=PATH,
        metavar="FILE",
        help="File that contains only a CIViC API key; default: the environment variable CIVIC_API_KEY, if set.",
    ),
    _option(
        "--civic-rate",
        type=float,
        metavar="N",
        help="Maximum number of requests per second to CIViC; default: 3 without an API key.",
    ),
    *civic_files(_SECTION),
    _option(
        "--rate",
        type=float,
        default=10.0,
        show_default=True,
        metavar="N",
        help="Maximum number of requests per second.",
    ),
    _option(
        "--connections",
        default=4,
        show_default=True,
        metavar="N",
        help="Maximum number of simultaneous requests.",
    ),
    _option(
        "--attempts",
        default=5,
        show_default=True,
        metavar="N",
        help="Maximum number of attempts per request.",
    ),
    _option(
        "--daily-budget",
        default=DAILY_BUDGET,
        show_default=True,
        metavar="N",
        help="Warn after this number of requests per day.",
    ),
    _option("--max-requests", type=int, metavar="N", help="Stop after this number of requests per day."),
)


def online_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the network options to a command, which receives them as one argument, `online`."""

    @functools.wraps(command)
    def wrapped(
        *,
        online: bool,
        sources: dict[str, str],
        plan_egress: bool,
        journal: Path | None,
        replay: Path | None,
        egress_log: Path | None,
        ca_bundle: Path | None,
        clinvar_url: str,
        civic_url: str | None,
        civic_status: str,
        civic_key_file: Path | None,
        civic_rate: float | None,
        chain: Path | None,
        caid_table: Path | None,
        disease_ontology: Path | None,
        rate: float,
        connections: int,
        attempts: int,
        daily_budget: int,
        max_requests: int | None,
        **others: Any,
    ) -> Any:
        asks_clinvar = sources.get("clinvar", "snapshot" if replay is None else "api") == "api"
        civic = sources.get("civic")
        is_remote = asks_clinvar or civic in _REMOTE or replay is not None
        _check(is_remote=is_remote, online=online, plan_egress=plan_egress, replay=replay, journal=journal)
        config = OnlineOptions(
            clinvar=asks_clinvar,
            clinvar_url=clinvar_url,
            civic=civic,
            civic_url=civic_url or CIVIC_URL,
            civic_statuses=civic_status,
            civic_key_file=civic_key_file,
            civic_rate=civic_rate,
            chain=chain,
            caid_table=caid_table,
            disease_ontology=disease_ontology,
            journal=journal if replay is None else replay,
            is_replay=replay is not None,
            requests_per_second=rate,
            connections=connections,
            attempts=attempts,
            daily_budget=daily_budget,
            max_requests_per_day=max_requests,
            egress_log=egress_log,
            ca_bundle=ca_bundle,
        )
        if not is_remote:
            config.check()  # files that help a CIViC that is swept
        return command(online=OnlineChoice(config if is_remote else None, plan_egress), **others)

    return with_options(wrapped, _OPTIONS)


_ADD = "Add --source clinvar=api or --source civic=graphql"
_REMOTE = frozenset({"graphql", "v1"})


def _check(
    *, is_remote: bool, online: bool, plan_egress: bool, replay: Path | None, journal: Path | None
) -> None:
    if is_remote and not (online or plan_egress or replay is not None):
        raise UsageError(
            "--source requires network access",
            remedy="Allow it with --online, or print what would be sent with --plan-egress",
        )
    if (online or plan_egress) and not is_remote:
        what = "--online" if online else "--plan-egress"
        raise UsageError(f"{what} applies only to online runs", remedy=_ADD)
    if replay is not None and (online or journal is not None):
        raise UsageError(
            "--replay uses no network and writes no journal", remedy="Omit --online and --journal"
        )
    if journal is not None and not is_remote:
        raise UsageError("--journal applies only to online runs", remedy="Omit it")
