"""Options for queries over the network, shared by several commands."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from annotator.annotation.online_options import OnlineOptions
from annotator.cli.options import PATH, declared, option, with_options
from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.options import converted, declared_options

__all__ = ["OnlineChoice", "online_options"]

_WAYS = {"clinvar": ("snapshot", "api"), "civic": ("snapshot", "graphql", "v1")}


class OnlineChoice(NamedTuple):
    """The chosen network options, None for no queries; and whether to print the plan only."""

    config: OnlineOptions | None
    is_plan: bool


def _sources(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    known = [f"{name}={way}" for name, ways in _WAYS.items() for way in ways]
    for value in values:
        if value not in known:
            raise click.BadParameter(f"{value!r} is not one of {', '.join(known)}")
    return dict(value.partition("=")[::2] for value in values)


def _complete_source(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    known = [f"{name}={way}" for name, ways in _WAYS.items() for way in ways]
    return [one for one in known if one.startswith(incomplete)]


_SECTION = "Online"
_DECLARED = [name for name, field in declared_options(OnlineOptions).items() if field.option is not None]
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
    *declared(OnlineOptions, "journal"),
    _option(
        "--replay",
        type=PATH,
        metavar="JOURNAL",
        help="Read all responses from a journal instead of the network.",
    ),
    *(
        one
        for name in _DECLARED
        if name != "journal"
        for one in declared(OnlineOptions, name, section=_SECTION)
    ),
)


def online_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the network options to a command, which receives them as one argument, `online`."""

    @functools.wraps(command)
    def wrapped(
        *, online: bool, sources: dict[str, str], plan_egress: bool, replay: Path | None, **others: Any
    ) -> Any:
        stated = {name: others.pop(name) for name in _DECLARED}
        journal = stated["journal"]
        asks_clinvar = sources.get("clinvar", "snapshot" if replay is None else "api") == "api"
        civic = sources.get("civic")
        is_remote = asks_clinvar or civic in _REMOTE or replay is not None
        _check(is_remote=is_remote, online=online, plan_egress=plan_egress, replay=replay, journal=journal)
        config = converted(OnlineOptions, stated)._replace(
            clinvar=asks_clinvar,
            civic=civic,
            journal=journal if replay is None else replay,
            is_replay=replay is not None,
        )
        if not is_remote:
            config.check()  # files for sweeping CIViC
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
        raise UsageError(f"{what} requires a service to query", remedy=_ADD)
    if replay is not None and (online or journal is not None):
        raise UsageError(
            "--replay uses no network and writes no journal", remedy="Omit --online and --journal"
        )
    if journal is not None and not is_remote:
        raise UsageError("--journal requires a service to query", remedy=f"{_ADD}, or omit --journal")
