"""A run's options as text, for its journal: by them what failed can be asked again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotator.annotation.options import AnnotateOptions, CgiOptions, OnlineOptions
from annotator.errors import JournalError
from annotator.result import Match
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.vcf.files import STREAM, OutputFormat
from annotator.vcf.header import OnClash
from annotator.vcf.shard import Shard

__all__ = ["config_of_text", "text_of_config"]


def text_of_config(config: AnnotateOptions) -> str:
    """Options as JSON; file names become absolute, for the next run may start elsewhere.

    An input that was a stream is gone; the output has all of its records, and our fields in it are replaced.
    """
    kept = config._replace(
        input=_absolute(config.output if config.input == STREAM else config.input),
        output=_absolute(config.output),
    )
    return json.dumps(kept.facts(), default=_plain, separators=(",", ":"))


def config_of_text(text: str, journal: Path) -> AnnotateOptions:
    """Options from JSON.

    Args:
        text: as `text_of_config` made it.
        journal: where it stood, for errors.

    Raises:
        JournalError: it is damaged.

    """
    try:
        facts: dict[str, Any] = json.loads(text)
        online: dict[str, Any] | None = facts.pop("online")
        cgi: dict[str, Any] | None = facts.pop("cgi", None)
        return AnnotateOptions(
            **{name: _value(name, value) for name, value in facts.items()},
            online=None
            if online is None
            else OnlineOptions(**{name: _value(name, value) for name, value in online.items()}),
            cgi=None
            if cgi is None
            else CgiOptions(**{name: _value(name, value) for name, value in cgi.items()}),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise JournalError(f"it does not say what its run was told ({error})", path=journal) from error


_TYPES: dict[str, Any] = {
    "snapshot": Path,
    "reference": Path,
    "bed": Path,
    "civic_match": Match,
    "mutations": Path,
    "journal": Path,
    "egress_log": Path,
    "civic_key_file": Path,
    "chain": Path,
    "caid_table": Path,
    "disease_ontology": Path,
    "output_format": OutputFormat,
    "assembly": Assembly,
    "on_clash": OnClash,
    "status": Status,
    "regions": tuple,
    "fields": tuple,
    "shard": lambda numbers: Shard(*numbers),
}


def _value(name: str, value: Any) -> Any:
    return _TYPES[name](value) if value is not None and name in _TYPES else value


def _plain(value: object) -> str:
    assert isinstance(value, Path)
    return str(value.absolute())


def _absolute(name: str) -> str:
    return name if name == STREAM else str(Path(name).absolute())
