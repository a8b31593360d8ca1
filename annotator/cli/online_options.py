"""Options of what may be asked over the network, shared by the commands that may ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from annotator.config import CIVIC_STATUSES, CIVIC_URL, CLINVAR_URL, DAILY_BUDGET, OnlineConfig
from annotator.errors import UsageError

__all__ = ["OnlineChoice", "online_options"]

_PATH = click.Path(path_type=Path)
_WAYS = {"clinvar": ("snapshot", "api"), "civic": ("snapshot", "graphql", "v1")}


class OnlineChoice(NamedTuple):
    """What was chosen: what is asked over the network, None for nothing; and whether it is only to be planned."""

    config: OnlineConfig | None
    is_plan: bool


def _sources(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    chosen = dict(value.partition("=")[::2] for value in values)
    for name, way in chosen.items():
        if way not in _WAYS.get(name, ()):
            known = ", ".join(f"{one}={choice}" for one, ways in _WAYS.items() for choice in ways)
            raise click.BadParameter(f"{name}={way} is none; there are {known}")
    return chosen


_OPTIONS = (
    click.option("--online", is_flag=True, help="Allow asking over the network what --source says."),
    click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="NAME=WAY",
        callback=_sources,
        help="clinvar=api asks NLM's Clinical Tables service; civic=graphql or civic=v1 asks CIViC for all that it "
        "has and matches here; default: the snapshot.",
    ),
    click.option("--plan-egress", is_flag=True, help="Tell what --online would send, and send nothing."),
    click.option(
        "--journal", type=_PATH, metavar="FILE", help="Where answers are kept; default: OUTPUT.journal."
    ),
    click.option(
        "--replay", type=_PATH, metavar="JOURNAL", help="Take the answers from a journal, without a network."
    ),
    click.option(
        "--egress-log",
        type=_PATH,
        metavar="FILE",
        help="Append a line per request sent, without identifiers.",
    ),
    click.option(
        "--clinvar-url",
        default=CLINVAR_URL,
        envvar="ANNOTATOR_CLINVAR_URL",
        metavar="URL",
        help="Another address of the service (or ANNOTATOR_CLINVAR_URL).",
    ),
    click.option(
        "--civic-url",
        envvar="ANNOTATOR_CIVIC_URL",
        metavar="URL",
        help="Another address of CIViC's service, or of a mirror's V1 API (or ANNOTATOR_CIVIC_URL).",
    ),
    click.option(
        "--civic-status",
        type=click.Choice(CIVIC_STATUSES),
        default=CIVIC_STATUSES[0],
        show_default=True,
        help="Of evidence and assertions that are asked for.",
    ),
    click.option(
        "--civic-key-file",
        type=_PATH,
        metavar="FILE",
        help="Holds an API key of CIViC's, and nothing else; default: CIVIC_API_KEY, if it is set.",
    ),
    click.option(
        "--civic-rate",
        type=float,
        metavar="N",
        help="Requests per second to CIViC; default: 3 without a key.",
    ),
    click.option(
        "--chain",
        type=_PATH,
        metavar="FILE",
        help="Chain file from the other assembly: the alleles of a CIViC that is swept are lifted.",
    ),
    click.option(
        "--caid-table",
        type=_PATH,
        metavar="TSV",
        help="Its alleles by their CAID, from: annotator snapshot pull caid.",
    ),
    click.option(
        "--disease-ontology",
        type=_PATH,
        metavar="OBO",
        help="doid.obo: --disease tells broader and narrower ones, of a CIViC that is swept.",
    ),
    click.option(
        "--rate", type=float, default=10.0, show_default=True, metavar="N", help="Requests per second."
    ),
    click.option(
        "--connections", default=4, show_default=True, metavar="N", help="Requests at the same time."
    ),
    click.option("--attempts", default=5, show_default=True, metavar="N", help="Of one request."),
    click.option(
        "--daily-budget",
        default=DAILY_BUDGET,
        show_default=True,
        metavar="N",
        help="Warn beyond N requests a day.",
    ),
    click.option("--max-requests", type=int, metavar="N", help="Send no more than N requests a day."),
)


def online_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets them as one argument, `online`."""

    @functools.wraps(command)
    def wrapped(
        *,
        online: bool,
        sources: dict[str, str],
        plan_egress: bool,
        journal: Path | None,
        replay: Path | None,
        egress_log: Path | None,
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
        config = OnlineConfig(
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
        )
        if not is_remote:
            config.check()  # files that help a CIViC that is swept
        return command(online=OnlineChoice(config if is_remote else None, plan_egress), **others)

    return functools.reduce(lambda made, option: option(made), reversed(_OPTIONS), wrapped)


_ADD = "Add --source clinvar=api or --source civic=graphql"
_REMOTE = frozenset({"graphql", "v1"})


def _check(
    *, is_remote: bool, online: bool, plan_egress: bool, replay: Path | None, journal: Path | None
) -> None:
    if is_remote and not (online or plan_egress or replay is not None):
        raise UsageError(
            "--source asks over the network",
            remedy="Allow it with --online, or see with --plan-egress what would be sent",
        )
    if (online or plan_egress) and not is_remote:
        what = "--online" if online else "--plan-egress"
        raise UsageError(f"{what}, but nothing is asked over the network", remedy=_ADD)
    if replay is not None and (online or journal is not None):
        raise UsageError(
            "--replay asks nothing and writes no journal", remedy="Leave --online and --journal out"
        )
    if journal is not None and not is_remote:
        raise UsageError("--journal, but nothing is asked over the network", remedy="Leave it out")
