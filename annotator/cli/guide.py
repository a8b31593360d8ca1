"""`annotator guide`: print the guide's pages, which are packaged as Markdown."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import click

from annotator.cli.command import Command
from annotator.cli.screen import echo
from annotator.errors import UsageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["TOPICS", "command", "page"]

TOPICS = (
    "first-steps",
    "matching",
    "fields",
    "reports",
    "snapshots",
    "online",
    "network",
    "cgi",
    "opal",
    "snakemake",
    "automation",
    "troubleshooting",
)
"""Names of the pages, in reading order."""


def _file(topic: str) -> Traversable:
    return files("annotator") / "guide" / f"{topic}.md"


def page(topic: str) -> str:
    """Return the Markdown text of a page.

    Raises:
        UsageError: no page has this name.

    """
    if topic not in TOPICS:
        # Imported here: needed only for a mistyped topic.
        from difflib import get_close_matches

        near = get_close_matches(topic, TOPICS, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"the guide has no topic {topic!r}", remedy=f"{hint}List all topics with: annotator guide"
        )
    return _file(topic).read_text(encoding="utf-8")


def _title(topic: str) -> str:
    with _file(topic).open(encoding="utf-8") as lines:
        return next(iter(lines)).removeprefix("# ").strip()


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [topic for topic in TOPICS if topic.startswith(incomplete)]


@click.command(
    "guide",
    cls=Command,
    examples=("annotator guide", "annotator guide first-steps"),
)
@click.argument("topic", required=False, shell_complete=_complete)
def command(topic: str | None) -> None:
    """Read the user guide in the terminal.

    Without a topic, all topics are listed. The pages are Markdown text and are part of the installation.
    """
    if topic is not None:
        echo(page(topic), nl=False)
        return
    width = max(map(len, TOPICS))
    echo("Topics of the guide; print one with: annotator guide TOPIC\n")
    for name in TOPICS:
        echo(f"  {name.ljust(width)}  {_title(name)}")
