"""A run's options survive the way through its journal, whatever they are."""

from __future__ import annotations

import enum
import types
import typing
from pathlib import Path
from typing import Any

import pytest

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.saved_options import config_of_text, text_of_config
from annotator.errors import JournalError


def sample(type_: Any) -> Any:
    """A value of a type that is no default."""
    options = [one for one in typing.get_args(type_) if one is not type(None)]
    if isinstance(type_, types.UnionType) or typing.get_origin(type_) is typing.Union:
        return sample(options[0])
    if typing.get_origin(type_) is tuple:
        return (sample(options[0]),)
    if typing.get_origin(type_) is typing.Literal:
        return options[-1]
    if isinstance(type_, type) and issubclass(type_, enum.Enum):
        return list(type_)[-1]
    if hasattr(type_, "_fields"):
        hints = typing.get_type_hints(type_)
        return type_(**{name: sample(hints[name]) for name in type_._fields})
    return {str: "text", int: 7, float: 2.5, bool: True, Path: Path("/folder/file")}[type_]


def test_every_option_survives() -> None:
    config: AnnotateOptions = sample(AnnotateOptions)
    config = config._replace(input="/in.vcf", output="/out.vcf")
    assert config.online is not None
    assert config_of_text(text_of_config(config), Path("x")) == config


def test_file_names_become_absolute_and_a_stream_is_taken_from_the_output() -> None:
    config = AnnotateOptions(
        input="-", output="out.vcf", snapshot=Path("s"), online=sample(AnnotateOptions).online
    )
    kept = config_of_text(text_of_config(config), Path("x"))
    assert kept.input == kept.output == str(Path("out.vcf").absolute())
    assert kept.snapshot == Path("s").absolute()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"online": null}', '{"online": {}, "other": 1}'])
def test_damaged_options_are_an_error(text: str) -> None:
    with pytest.raises(JournalError, match="does not contain the options of its run"):
        config_of_text(text, Path("x"))
