"""Declaration of options: each once, in the annotation of a field of a named tuple.

    class Options(typing.NamedTuple):  # in a module that does not import `annotations` from `__future__`
        threads: Annotated[int, Option(("-@", "--threads"), "Number of worker processes.", metavar="N")] = 1

The field has the name, the type and the default value. The command line, the Python API, and the options that are saved
in journals and shard manifests are derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from os import PathLike, fspath
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Declared", "Option", "converted", "declared_options"]

Options = TypeVar("Options")


class Option(NamedTuple):
    """Command-line properties of an option, in addition to its name, type and default value.

    Attributes:
        flags: names on the command line; for a flag, those that change the default value.
        help: description, with the default value if `shows_default` is not set.
        section: heading in the help.
        metavar: name of the value in the help.
        choices: allowed words; empty for all members of an enumeration, or for any value.
        variable: environment variable that is used if the option is omitted.
        shows_default: whether the help ends with the default value.
        changes_results: whether it can change a result, so that `##annotatorCommand` contains it.

    """

    flags: tuple[str, ...]
    help: str
    section: str = "Options"
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    variable: str | None = None
    shows_default: bool = False
    changes_results: bool = False


class Declared(NamedTuple):
    """One field of a class of options.

    Attributes:
        type: type of the field, without `None`.
        default: `...` if the field has none.
        option: its command-line properties; None for a field without an option.
        is_optional: whether its value may be `None`.

    """

    type: Any
    default: Any
    option: Option | None
    is_optional: bool


@cache
def declared_options(kind: Any) -> dict[str, Declared]:
    """Return the fields of a class of options, by name."""
    defaults, hints = kind._field_defaults, kind.__annotations__
    if any(
        isinstance(hint, str) for hint in hints.values()
    ):  # a class that the start of the command does not need
        from typing import get_type_hints

        hints = get_type_hints(kind, include_extras=True)
    return {name: Declared(*_parts(hint, defaults.get(name, ...))) for name, hint in hints.items()}


def _parts(hint: Any, default: Any) -> tuple[Any, Any, Option | None, bool]:
    option = None
    if get_origin(hint) is Annotated:
        hint, option = get_args(hint)[:2]
    types = [one for one in get_args(hint) if one is not NoneType]
    is_optional = NoneType in get_args(hint)
    return types[0] if is_optional else hint, default, option, is_optional


def converted(kind: type[Options], values: Mapping[str, Any]) -> Options:
    """Return options from plain values, each converted to the type that its field declares.

    Args:
        kind: class of options.
        values: values of its fields; the others have their default values. `None` is kept where it is allowed.

    Raises:
        UsageError: a value is not of the declared type.

    """
    kind_: Any = kind  # any class is hashable, which mypy does not know
    fields = declared_options(kind_)
    return kind(
        **{
            name: None
            if value is None and fields[name].is_optional
            else _converted(name, fields[name].type, value)
            for name, value in values.items()
        }
    )


def _converted(name: str, type_: Any, value: Any) -> Any:
    if get_origin(type_) is tuple:
        if isinstance(value, str) or not all(isinstance(one, str) for one in value):
            raise UsageError(f"{name}={value!r} is not a list of texts", remedy=f"Write {name}=[...]")
        return tuple(value)
    if isinstance(value, type_) and not (isinstance(value, bool) and type_ is int):
        return value
    if issubclass(type_, Enum):
        try:
            return type_(value)
        except ValueError:
            raise UsageError(
                f"{name}={value!r} is not allowed", remedy=f"Choose from {', '.join(map(str, type_))}"
            ) from None
    if issubclass(type_, tuple) and isinstance(value, list):  # from JSON, such as Shard
        return type_(*value)
    taken = _TAKEN.get(type_, ())
    if not isinstance(value, taken) or isinstance(value, bool):
        wanted = _NOUNS.get(type_, f"an object of the class {type_.__name__}")
        raise UsageError(f"{name}={value!r} is not allowed", remedy=f"Use {wanted}")
    try:
        return type_(fspath(value)) if isinstance(value, PathLike) else type_(value)
    except OverflowError:
        raise UsageError(f"{name} is too large a number", remedy="Use a smaller number") from None


_TAKEN: dict[type, tuple[type, ...]] = {
    str: (PathLike,),
    Path: (str, PathLike),
    float: (int,),
}
"""Other types from which a value of a type can be made."""

_NOUNS = {
    str: "a text",
    Path: "a file name",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
}
