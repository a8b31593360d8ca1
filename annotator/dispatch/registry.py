"""Dispatchers by name. To add one, add its module and a line here.

A module is imported when its dispatcher is requested.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from annotator.dispatch.base import Factory
from annotator.errors import UsageError

__all__ = ["factory", "names", "register"]

_KNOWN: dict[str, str | Factory] = {
    "cgi": "annotator.dispatch.cgi.client:cgi_dispatcher",
    "opal": "annotator.dispatch.opal.launching:opal_dispatcher",
}
"""A factory, or its module and name, by the name in tickets."""


def names() -> list[str]:
    """Return the names of all dispatchers."""
    return sorted(_KNOWN)


def register(name: str, made_by: str | Factory) -> None:
    """Add a dispatcher.

    Args:
        name: the word in tickets and commands.
        made_by: its factory, or the location of the factory as `package.module:name`.

    """
    _KNOWN[name] = made_by


def factory(name: str) -> Factory:
    """Return the factory of the dispatcher with a name.

    Raises:
        UsageError: there is no such dispatcher.

    """
    made_by = _KNOWN.get(name)
    if made_by is None:
        raise UsageError(f"unknown service {name!r}", remedy=f"Choose from {', '.join(names())}")
    if isinstance(made_by, str):
        module, _, attribute = made_by.partition(":")
        made_by = cast("Factory", getattr(import_module(module), attribute))
    return made_by
