"""An option is declared once: the command line and the Python API have its name, its default value and its type."""

import inspect
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import click
import pytest
from click.testing import CliRunner

import annotator
from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.cli.annotate import command as annotate_command
from annotator.cli.options import declared, with_options
from annotator.errors import UsageError
from annotator.result import Match
from annotator.runtime.options import Option, converted, declared_options
from annotator.vcf.header import OnClash


class Invented(NamedTuple):
    """One field of each type that an option may have."""

    path: Annotated[Path | None, Option(("--path",), "A file.", metavar="FILE")] = None
    number: Annotated[int, Option(("-n", "--number"), "A number.", shows_default=True)] = 3
    rate: Annotated[float | None, Option(("--rate",), "A rate.", variable="INVENTED_RATE")] = None
    quick: Annotated[bool, Option(("--quick",), "Be quick.")] = False
    checks: Annotated[bool, Option(("--no-checks",), "Check nothing.", "Others")] = True
    clash: Annotated[OnClash, Option(("--clash",), "A word.")] = OnClash.ERROR
    level: Annotated[Match, Option(("--level",), "Some.", choices=(Match.EXACT, Match.GENE))] = Match.EXACT
    ids: Annotated[tuple[str, ...], Option(("--ids",), "Identifiers.")] = ()
    hidden: int = 0


def parsed(*words: str, variables: dict[str, str] | None = None) -> Invented:
    """Options as a command line states them."""
    seen: list[Invented] = []

    def run(**values: Any) -> None:
        stated = {name: value for name, value in values.items() if value is not None}
        seen.append(converted(Invented, stated))

    command = click.command()(with_options(run, declared(Invented)))
    ran = CliRunner().invoke(command, words, env=variables)
    assert ran.exit_code == 0, ran.output
    return seen[0]


def test_a_command_without_words_has_the_declared_default_values() -> None:
    assert parsed() == Invented()


def test_the_command_line_reads_every_type() -> None:
    words = [
        "--path",
        "a/b",
        "-n",
        "5",
        "--rate",
        "2",
        "--quick",
        "--no-checks",
        "--clash",
        "keep",
        "--level",
        "gene",
        "--ids",
        "A,B",
    ]
    read = parsed(*words)
    assert read == Invented(Path("a/b"), 5, 2.0, True, False, OnClash.KEEP, Match.GENE, ("A", "B"))
    assert isinstance(read.clash, OnClash)
    assert isinstance(read.rate, float)


def test_a_variable_takes_the_place_of_an_option() -> None:
    assert parsed(variables={"INVENTED_RATE": "1.5"}).rate == 1.5


def test_a_word_that_is_not_among_the_choices_is_refused() -> None:
    command = click.command()(with_options(lambda **_: None, declared(Invented)))
    assert CliRunner().invoke(command, ["--level", "codon"]).exit_code == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"number": "5"}, "number='5' is not allowed. Use a whole number"),
        ({"number": True}, "number=True is not allowed. Use a whole number"),
        ({"rate": "fast"}, "rate='fast' is not allowed. Use a number"),
        ({"rate": 10**400}, "rate is too large a number. Use a smaller number"),
        ({"quick": "yes"}, "quick='yes' is not allowed. Use True or False"),
        ({"path": 1}, "path=1 is not allowed. Use a file name"),
        ({"clash": "ask"}, "clash='ask' is not allowed. Choose from error, replace, keep"),
        ({"ids": "AB"}, "ids='AB' is not a list of texts. Write ids=[...]"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        converted(Invented, values)
    assert f"{raised.value.what}. {raised.value.remedy}" == message


def test_plain_values_become_the_declared_types() -> None:
    assert converted(Invented, {"path": "a", "rate": 2, "clash": "keep", "ids": ["A"]}) == Invented(
        Path("a"), rate=2.0, clash=OnClash.KEEP, ids=("A",)
    )


def test_the_python_call_has_every_option_of_a_run_with_its_default_value() -> None:
    parameters = inspect.signature(annotator.annotate).parameters
    stated = {name: parameter.default for name, parameter in parameters.items() if name != "progress"}
    fields = declared_options(AnnotateOptions)
    only_on_the_command_line = {"shard", "cgi"}
    assert stated.keys() == fields.keys() - only_on_the_command_line
    required = {"input", "output"}
    assert {name: fields[name].default for name in stated.keys() - required} == {
        name: value for name, value in stated.items() if name not in required
    }


@pytest.mark.parametrize("kind", [AnnotateOptions, OnlineOptions, CgiOptions])
def test_the_command_has_every_declared_option(kind: type[Any]) -> None:
    on_command_line = {flag: one for one in annotate_command.params for flag in one.opts}
    for name, field in declared_options(kind).items():
        for flag in () if field.option is None else field.option.flags:
            assert on_command_line[flag].name == name


@pytest.mark.parametrize("parameter", ["on_clash", "status", "civic_match"])
def test_type_checkers_accept_exactly_the_values_of_an_option(parameter: str) -> None:
    hint = get_type_hints(annotator.annotate)[parameter]
    enumeration, words = get_args(hint)
    choices = get_type_hints(AnnotateOptions, include_extras=True)[parameter].__metadata__[0].choices
    assert list(get_args(words)) == [member.value for member in choices or enumeration]
