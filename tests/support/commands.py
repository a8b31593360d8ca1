"""All commands of the program."""

from __future__ import annotations

from collections.abc import Iterator

import click

from annotator.cli.group import annotator


def everything(
    group: click.Group = annotator, path: tuple[str, ...] = ("annotator",)
) -> Iterator[tuple[str, click.Command]]:
    """All groups and commands, the program itself first, with how they are called."""
    yield " ".join(path), group
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from everything(found, (*path, name))
        else:
            yield " ".join((*path, name)), found


EVERYTHING = dict(everything())
