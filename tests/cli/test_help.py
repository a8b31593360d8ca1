"""Help: commands grouped by job, each with an example that works; and what lists them loads none."""

from __future__ import annotations

import gzip
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from annotator.cli.command import Command, Group
from annotator.cli.console import Console
from annotator.cli.group import annotator
from tests.support.clinvar_tables import write_tables
from tests.support.inputs import bgzip, command, run_annotator


def leaves(group: click.Group = annotator, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Command]]:
    """All commands that do something, with how they are called."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            assert isinstance(found, Group)
            yield from leaves(found, (*path, name))
        else:
            assert isinstance(found, Command), f"{path} {name} is a command of another kind"
            yield " ".join((*path, name)), found


LEAVES = dict(leaves())
EXAMPLES = [
    (called, example)
    for called, found in [*LEAVES.items(), ("cgi", annotator.get_command(click.Context(annotator), "cgi"))]
    for example in getattr(found, "examples", ())
]

ASKS_A_SERVICE = (
    "snapshot pull", "retry-failed", "cgi submit", "cgi status", "cgi logs", "cgi wait", "cgi collect",
    "cgi cancel", "cgi list", "opal", "ticket", "workflow check",
)  # fmt: skip
"""What cannot be run here: the README's tests run most of it against emulated services, others the rest."""


def words_of(example: str) -> list[str]:
    """The words of an example, without where its output goes."""
    program, *words = shlex.split(example.partition(" > ")[0])
    assert program == "annotator"
    return words


def test_the_commands_are_grouped_by_job_and_none_is_loaded_for_it() -> None:
    ran = run_annotator("--help")
    assert (ran.status, ran.err) == (0, "")
    text = ran.out.decode()
    for heading, commands in annotator.sections.items():
        part = text.partition(f"\n{heading}:\n")[2].partition("\n\n")[0]
        assert re.findall(r"^  (\S+)", part, re.MULTILINE) == list(commands)


@pytest.mark.parametrize("name", [name for commands in annotator.sections.values() for name in commands])
def test_what_the_list_says_of_a_command_is_what_the_command_says(name: str) -> None:
    found = annotator.get_command(click.Context(annotator), name)
    assert found is not None
    assert found.help is not None
    (said,) = [commands[name] for commands in annotator.sections.values() if name in commands]
    assert found.help.partition("\n\n")[0] == said
    assert len(said) < 80, "it does not fit into a line"


@pytest.mark.parametrize("called", LEAVES)
def test_a_help_is_short_and_has_an_example(called: str) -> None:
    found = LEAVES[called]
    assert found.help is not None
    assert len(found.help) < 600
    assert found.examples
    above = click.Context(annotator, info_name="annotator")
    text = found.get_help(click.Context(found, info_name=called, parent=above))
    assert text.startswith(f"Usage: annotator {called} ")
    for example in found.examples:
        assert f"\n  {example}\n" in text
    assert text.index("Example") < text.index("Options of all commands:\n  -q, --quiet ")
    assert text.rstrip().splitlines()[-1].split()[0] == "--help"


@pytest.mark.parametrize(("called", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_the_options_of_an_example_are_the_commands(called: str, example: str) -> None:
    words = words_of(example)
    (name,) = [leaf for leaf in LEAVES if words[: len(leaf.split())] == leaf.split()]
    assert name.startswith(called)
    with LEAVES[name].make_context(name, words[len(name.split()) :], obj=Console()) as context:
        assert context.command is LEAVES[name]


def test_an_option_that_is_none_is_refused() -> None:
    with pytest.raises(click.NoSuchOption):
        LEAVES["doctor"].make_context("doctor", ["in.vcf", "--no-such-option"], obj=Console())


# Examples that need nothing but files


@pytest.fixture(scope="module")
def folder(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's files under the names that the examples have."""
    made = tmp_path_factory.mktemp("examples")
    demo = repository / "test_data" / "demo"
    shutil.copytree(demo / "civic", made / "civic")
    (made / "tumour.vcf.gz").write_bytes(bgzip((demo / "tumour.GRCh38.vcf").read_bytes()))
    (made / "clinvar.vcf.gz").write_bytes(bgzip((demo / "clinvar.GRCh38.vcf").read_bytes()))
    (made / "tab_delimited").mkdir()
    write_tables(made / "tab_delimited", demo / "clinvar.GRCh38.vcf", demo / "clinvar.GRCh37.vcf")
    run_example(made, example_of("snapshot build"))
    for month in ("march", "june"):
        shutil.copytree(made / "GRCh38.snapshot", made / f"{month}.snapshot")
    run_example(made, example_of("annotate"))
    for name in ("march", "june", "1"):
        shutil.copy(made / "annotated.vcf.gz", made / f"{name}.vcf.gz")
    lines = gzip.decompress((made / "1.vcf.gz").read_bytes()).splitlines(keepends=True)
    (made / "2.vcf.gz").write_bytes(bgzip(b"".join(line for line in lines if line.startswith(b"#"))))
    return made


def example_of(called: str) -> str:
    return LEAVES[called].examples[0]


def run_example(folder: Path, example: str) -> bytes:
    ran = subprocess.run(command(*words_of(example)), cwd=folder, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


LOCAL = [
    example
    for called, example in EXAMPLES
    if called in LEAVES and not called.startswith(ASKS_A_SERVICE) and called != "snapshot build"
]


@pytest.mark.parametrize("example", LOCAL)
def test_an_example_that_needs_only_files_runs(folder: Path, example: str) -> None:
    before = set(folder.iterdir())
    assert run_example(folder, example) or set(folder.iterdir()) - before


def test_examples_were_run() -> None:
    assert len(LOCAL) > 10
