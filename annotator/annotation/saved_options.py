"""A run's options as text in its journal, so that failed lookups can be retried with the same options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.errors import JournalError, UsageError
from annotator.runtime.options import converted
from annotator.vcf.files import STREAM

__all__ = ["config_of_text", "text_of_config"]


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
        json.dumps(facts, ensure_ascii=False).encode(
            "utf-8", "surrogateescape"
        )  # what no path can be is damage
        online: dict[str, Any] | None = facts.pop("online")
        cgi: dict[str, Any] | None = facts.pop("cgi", None)
        return converted(AnnotateOptions, facts)._replace(
            online=None if online is None else converted(OnlineOptions, online),
            cgi=None if cgi is None else converted(CgiOptions, cgi),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UsageError) as error:
        raise JournalError(
            f"the journal does not contain the options of its run ({error})",
            path=journal,
            remedy="Annotate the input again",
        ) from error


def _plain(value: object) -> str:
    assert isinstance(value, Path)
    return str(value.absolute())


def _absolute(name: str) -> str:
    return name if name == STREAM else str(Path(name).absolute())
