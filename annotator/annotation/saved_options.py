"""A run's options as text in its journal, so that failed lookups can be retried with the same options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from annotator.annotation.options import AnnotateOptions, CgiOptions, OnlineOptions
from annotator.errors import JournalError
from annotator.vcf.files import STREAM

__all__ = ["config_of_text", "declared_types", "text_of_config"]

Options = TypeVar("Options", AnnotateOptions, CgiOptions, OnlineOptions)


def text_of_config(config: AnnotateOptions) -> str:
    """Return options as JSON; file names become absolute, because the next run may start in another folder.

    If the input was a stream, the output replaces it: it has all records, and our fields in it are replaced.
    """
    kept = config._replace(
        input=_absolute(config.output if config.input == STREAM else config.input),
        output=_absolute(config.output),
    )
    return json.dumps(kept.facts(), default=_plain, separators=(",", ":"))


def config_of_text(text: str, journal: Path) -> AnnotateOptions:
    """Return options from JSON.

    Args:
        text: text from `text_of_config`.
        journal: path of the journal, for errors.

    Raises:
        JournalError: the text is damaged.

    """
    try:
        facts: dict[str, Any] = json.loads(text)
        online: dict[str, Any] | None = facts.pop("online")
        cgi: dict[str, Any] | None = facts.pop("cgi", None)
        return _options_of(AnnotateOptions, facts)._replace(
            online=None if online is None else _options_of(OnlineOptions, online),
            cgi=None if cgi is None else _options_of(CgiOptions, cgi),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise JournalError(
            f"the journal does not contain the options of its run ({error})",
            path=journal,
            remedy="Annotate the input again",
        ) from error


def _options_of(kind: type[Options], facts: Mapping[str, Any]) -> Options:
    """Return options from plain values, each converted to the type that its class declares."""
    types = declared_types(kind)
    values: dict[str, Any] = {
        name: value if value is None else _converted(types[name], value) for name, value in facts.items()
    }
    return kind(**values)


def declared_types(kind: type[NamedTuple]) -> dict[str, Any]:
    """Return the type of each option of a class, without `None`."""
    return {name: _without_none(hint) for name, hint in get_type_hints(kind).items()}


def _without_none(hint: Any) -> Any:
    choices = [one for one in get_args(hint) if one is not NoneType]
    return choices[0] if NoneType in get_args(hint) else hint


def _converted(type_: Any, value: Any) -> Any:
    if get_origin(type_) is tuple:
        return tuple(value)
    if issubclass(type_, Path | Enum):
        return type_(value)
    if isinstance(value, list):  # a named tuple, such as Shard
        return type_(*value)
    return value


def _plain(value: object) -> str:
    assert isinstance(value, Path)
    return str(value.absolute())


def _absolute(name: str) -> str:
    return name if name == STREAM else str(Path(name).absolute())
