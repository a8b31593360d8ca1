"""Short options mean what they mean to click, although they are replaced by their long names first."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.cli.annotate import command
from annotator.cli.command import Command
from annotator.cli.console import Console
from tests.support.inputs import run_annotator

WORDS = (
    *("in.vcf", "other.vcf", "-", "--", "", "-o", "-oout.vcf", "-o=out.vcf", "--output", "--output=x.vcf"),
    *(
        "-W",
        "-Wq",
        "-qW",
        "-WO",
        "-Oz",
        "-O",
        "z",
        "-@",
        "2",
        "-@2",
        "-r",
        "1:1-2",
        "-q",
        "--quiet",
        "--strict",
    ),
    *("--snapshot", "-x", "-Wx", "--wrong", "--normal", "-W=1", "--strict=1", "--tumour"),
)


class AsClick(Command):
    def _with_long_names(self, ctx: click.Context, args: list[str]) -> list[str]:  # noqa: ARG002
        return args


def parsed(one: Command, words: list[str]) -> Any:
    """Return the values of all parameters, or the error."""
    try:
        with one.make_context("annotate", list(words), obj=Console()) as context:
            return context.params, context.args
    except click.ClickException as error:
        return type(error), error.format_message()


def as_click() -> Command:
    plain = copy.copy(command)
    plain.__class__ = AsClick
    return plain


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_any_arguments_are_parsed_as_by_click(words: list[str]) -> None:
    assert isinstance(command, Command)
    assert parsed(command, words) == parsed(as_click(), words)


@pytest.mark.parametrize(
    ("words", "parsed_first"),
    [
        (["in.vcf", "-o", "-W", "-W"], ["in.vcf", "--output", "-W", "--write-index"]),
        (["-W", "--", "-o", "x"], ["--write-index", "--", "-o", "x"]),
        (["-W", "-qo", "-W", "-W"], ["--write-index", "-qo", "-W", "-W"]),
        (["in.vcf", "-o"], ["in.vcf", "-o"]),
    ],
)
def test_only_short_options_that_stand_alone_get_their_long_names(
    words: list[str], parsed_first: list[str]
) -> None:
    assert isinstance(command, Command)
    assert command._with_long_names(click.Context(command), words) == parsed_first


def test_the_error_for_a_missing_value_names_the_option_as_it_was_written() -> None:
    ran = run_annotator("annotate", "in.vcf", "-o")
    assert ran.status == 2
    assert "Option '-o' requires an argument." in ran.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_both_names_of_the_help_option_print_the_help(option: str) -> None:
    ran = run_annotator("annotate", option)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(b"Usage: annotator annotate [OPTIONS] INPUT")
    assert b"-h, --help" in ran.out


def test_options_load_neither_translations_nor_the_search_for_similar_names() -> None:
    code = """
import sys
from annotator.cli import main
try:
    main(["annotate", "absent.vcf", "-o", "out.vcf", "-q"])
except SystemExit as end:
    print(end.code, {"difflib", "locale"} & sys.modules.keys())
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "1 set()\n"
