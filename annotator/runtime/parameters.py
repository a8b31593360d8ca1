"""Translation of command-line options in messages into parameters of the Python API.

    use --reference FASTA to left-align first      use reference=FASTA to left-align first
    -r '7:5-1' ends before it starts               regions='7:5-1' ends before it starts
    Write to a file, or omit -W                    Write to a file, or omit write_index

This is the only translation. The command line calls the functions directly, and prints their messages unchanged.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection
from functools import cache, partial, wraps
from typing import Any, TypeVar

from annotator.errors import AnnotatorError

__all__ = ["in_parameters", "with_parameters"]

T = TypeVar("T")

_FLAGS = {
    "-W": ("write_index", "True"),
    "--strict": ("strict", "True"),
    "--force": ("replace", "True"),
    "--no-tiers": ("tiers", "False"),
    "--online": ("online", "OnlineOptions(...)"),
    "--replay": ("is_replay", "True"),
}
_OTHER_NAMES = {
    "-@": "threads",
    "-r": "regions",
    "-o": "output",
    "-O": "output_type",
    "--tumour": "tumours",
    "--normal": "normals",
    "--rate": "requests_per_second",
    "--max-requests": "max_requests_per_day",
    "--civic-status": "civic_statuses",
}
_COMMANDS = (
    "annotate|cgi|diff|doctor|explain|opal|report|retry-failed|snapshot|ticket|workflow"  # of this program
)
_PARTS = re.compile(
    # Command lines in messages are not changed.
    rf"`[^`]*`|\b(?:(?:bcftools|bgzip|samtools|tabix)|annotator (?:{_COMMANDS})) [^,;)]*"
    r"|(?P<omit>\b[Oo]mit )?(?<![\w-])(?P<option>--[a-z][a-z-]+|-[@OWor])(?![\w-])"
    r"(?: (?P<value>'[^']*'|[A-Z]{3,}\b|GRCh\d\d|\d[\d.]*\b|civic=\w+|(?<=-on-clash )\w+|(?<=-O )[vzbu]\b))?"
)


def in_parameters(message: str, parameters: Collection[str], group: type[Any] | None = None) -> str:
    """Return a message with parameters of the Python API instead of options.

    Args:
        message: an error, its remedy, or a warning.
        parameters: parameters of the function; options without a parameter are not changed.
        group: class of options that the function accepts as one object; None for none.

    >>> in_parameters("Use --on-clash replace, or omit -W", ["on_clash", "write_index"])
    "Use on_clash='replace', or omit write_index"

    """
    fields: Collection[str] = () if group is None else group._fields

    def named(part: re.Match[str]) -> str:
        option, value = part["option"], part["value"]
        if option is None:
            return part[0]
        if option == "--source" and value is not None:
            option, value = "--civic", value.partition("=")[2]
        name, setting = _FLAGS.get(option, ("", ""))
        name = name or _OTHER_NAMES.get(option, option.lstrip("-").replace("-", "_"))
        is_in_group = name in fields and name not in parameters
        if name not in parameters and not is_in_group:
            return part[0]
        if option == "--replay" and value is not None:
            setting, value = f"True, journal={value}", None
        omit = part["omit"] or ""
        if omit:
            text, rest = name, "" if value is None else f" {value}"
        elif setting or value is None:
            text, rest = f"{name}={setting}" if setting else name, "" if value is None else f" {value}"
        else:
            is_plain = value.startswith("'") or value.isupper() or value.replace(".", "", 1).isdigit()
            text, rest = f"{name}={value if is_plain else repr(value)}", ""
        if is_in_group and group is not None:
            text = f"{group.__name__}({text if '=' in text else f'{text}=...'})"
        return f"{omit}{text}{rest}"

    return _PARTS.sub(named, message)


@cache
def with_parameters(function: Callable[..., T], group: type[Any] | None = None) -> Callable[..., T]:
    """Return a function of the Python API whose errors and warnings name its parameters.

    Args:
        function: called with the same arguments.
        group: class of options that the function accepts as one object; None for none.

    """
    parameters = tuple(inspect.signature(function).parameters)
    translated = partial(in_parameters, parameters=parameters, group=group)

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> T:
        try:
            result = function(*arguments, **named)
        except AnnotatorError as error:
            error.what = translated(error.what)
            error.remedy = None if error.remedy is None else translated(error.remedy)
            error.args = (error.what,)
            raise
        warnings = getattr(result, "warnings", None)
        if isinstance(warnings, tuple) and hasattr(result, "_replace"):
            return result._replace(warnings=tuple(map(translated, warnings)))  # type: ignore[no-any-return]
        return result

    called.__module__ = "annotator"  # pickle finds it there, and not the function below
    return called
