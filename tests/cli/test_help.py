"""Help: commands are grouped by job, each has a working example, and listing commands imports none of them."""

from __future__ import annotations

import gzip
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click
import pytest

from annotator.cli.command import Command, Group
from annotator.cli.console import Console
from annotator.cli.group import annotator
from tests.support.clinvar_tables import write_tables
from tests.support.commands import EVERYTHING
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
    "snapshot pull", "snapshot update", "retry-failed", "cgi submit", "cgi status", "cgi logs", "cgi wait",
    "cgi collect", "cgi cancel", "cgi list", "opal", "ticket", "workflow check",
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
def test_the_list_repeats_the_first_sentence_of_each_command(name: str) -> None:
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
    above = click.Context(annotator, info_name="annotator", **annotator.context_settings)
    text = found.get_help(click.Context(found, info_name=called, parent=above))
    assert text.startswith(f"Usage: annotator {called} ")
    for example in found.examples:
        assert f"\n  {example}\n" in text
    assert text.index("Example") < text.index("General options:\n  -q, --quiet ")
    assert text.rstrip().splitlines()[-1].split()[:2] == ["-h,", "--help"]


# Every text stands alone


OPTIONS = {
    f"{called} {parameter.opts[-1]}": parameter
    for called, found in EVERYTHING.items()
    for parameter in found.params
    if isinstance(parameter, click.Option)
}
FRAGMENTS = re.compile(r"(Of|What|That|Whose|Which|Where|If|And|Its|Theirs|By|With|For|Default)\b(?!-)")
"""Words with which a help would lean on the name of its option."""


def assert_stands_alone(text: str | None) -> None:
    assert text, "there is no help"
    assert len(text) < 200
    assert text[0].isupper()
    assert text.endswith((".", ".)"))
    assert len(text.split()) > 2
    assert not FRAGMENTS.match(text) or text.startswith("With --"), text


@pytest.mark.parametrize("name", OPTIONS)
def test_the_help_of_an_option_stands_alone(name: str) -> None:
    assert_stands_alone(OPTIONS[name].help)


@pytest.mark.parametrize("called", EVERYTHING)
def test_the_first_sentence_of_a_command_stands_alone(called: str) -> None:
    found = EVERYTHING[called]
    assert found.help is not None
    assert_stands_alone(found.help.partition("\n\n")[0])


@pytest.mark.parametrize(
    "called", [name for name, found in EVERYTHING.items() if isinstance(found, click.Group)]
)
def test_no_entry_of_a_list_of_commands_is_cut_at_80_columns(called: str) -> None:
    words = called.split()[1:]
    environment = {**os.environ, "COLUMNS": "80"}
    ran = subprocess.run(
        command(*words, "--help"), capture_output=True, text=True, env=environment, check=True
    )
    group = EVERYTHING[called]
    assert isinstance(group, click.Group)
    for name in group.list_commands(click.Context(group)):
        below = EVERYTHING[f"{called} {name}"]
        assert below.help is not None
        first = below.help.partition("\n\n")[0]
        assert re.search(rf"^  {name} +{re.escape(first)}$", ran.stdout, re.MULTILINE)
    lines = ran.stdout.partition("\nExample")[0].splitlines()
    assert max(map(len, lines)) <= 80


def test_the_short_option_for_help_prints_help() -> None:
    for words in ((), ("annotate",), ("snapshot", "pull", "civic")):
        ran = run_annotator(*words, "-h")
        assert ran == run_annotator(*words, "--help")
        assert ran.status == 0


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["anotate", "in.vcf"], "annotate"),
        (["retry-faild"], "retry-failed"),
        (["snapshots"], "snapshot"),
        (["snapshot", "bild"], "build"),
        (["snapshot", "pull", "clinvr"], "clinvar"),
        (["cgi", "colect"], "collect"),
    ],
)
def test_a_mistyped_command_gets_a_suggestion(words: list[str], meant: str) -> None:
    ran = run_annotator(*words)
    assert (ran.status, ran.out) == (2, b"")
    assert f"'{meant}'" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["annotate", "in.vcf", "out.vcf"],
            "Got unexpected extra argument (out.vcf). Set the output with -o.",
        ),
        (["snapshot", "info", "a", "b"], "Got unexpected extra argument (b)"),
        (
            ["annotate", "in.vcf", "--source", "clinvar"],
            "'clinvar' is not one of clinvar=snapshot, clinvar=api",
        ),
        (
            ["annotate", "in.vcf", "--online"],
            "--online requires a service to query. Add --source clinvar=api",
        ),
        (["annotate", "in.vcf", "--journal", "j"], "--journal requires a service to query. Add --source"),
    ],
)
def test_wrong_usage_is_answered_with_the_option_to_use(words: list[str], message: str) -> None:
    ran = run_annotator(*words)
    assert (ran.status, ran.out) == (2, b"")
    assert message in ran.err


def test_a_limit_out_of_range_is_refused_before_a_journal_is_written(tmp_path: Path) -> None:
    words = ("--source", "clinvar=api", "--online", "--rate", "0")
    ran = run_annotator("annotate", "in.vcf", "-o", tmp_path / "out.vcf", *words)
    assert (ran.status, ran.err) == (2, "ERROR: --rate 0 is out of range. Use a number above 0.\n")
    assert list(tmp_path.iterdir()) == []


# Versions


def test_versions_of_the_vcf_libraries_are_printed() -> None:
    ran = run_annotator("--version", "--verbose")
    assert (ran.status, ran.err) == (0, "")
    versions = dict(line.split() for line in ran.out.decode().splitlines())
    assert list(versions) == ["annotator", "python", "htslib", "pysam", "cyvcf2"]
    assert versions["python"] == platform.python_version()
    assert versions["pysam"] == metadata.version("pysam")
    assert versions["cyvcf2"] == metadata.version("cyvcf2")
    assert versions["htslib"][0].isdigit()
    as_json = run_annotator("--version", "--json")
    assert (as_json.status, json.loads(as_json.out)) == (0, versions)


def test_the_version_alone_is_one_line() -> None:
    assert run_annotator("--version").out.decode() == f"annotator {metadata.version('vcf-annotator')}\n"
    assert run_annotator("-V", "annotate").out == run_annotator("--version").out


def test_verbose_without_version_is_no_command() -> None:
    assert run_annotator("--verbose").status == 2


# Names of assemblies


@pytest.mark.parametrize(
    ("name", "assembly"),
    [
        ("GRCh37", "GRCh37"),
        ("grch37", "GRCh37"),
        ("GRCh37.p13", "GRCh37"),
        ("hg19", "GRCh37"),
        ("b37", "GRCh37"),
        ("hs37d5", "GRCh37"),
        ("GRCh38", "GRCh38"),
        ("GRCh38.p14", "GRCh38"),
        ("HG38", "GRCh38"),
        ("hs38DH", "GRCh38"),
    ],
)
def test_an_assembly_has_several_names(name: str, assembly: str) -> None:
    for called in (
        "annotate in.vcf",
        "snapshot build -o out",
        "doctor in.vcf",
        "cgi mutations in.vcf -o out",
    ):
        first, *words = called.split()
        leaf, rest = (first, words) if first in LEAVES else (f"{first} {words[0]}", words[1:])
        with LEAVES[leaf].make_context(leaf, [*rest, "--assembly", name], obj=Console()) as context:
            assert context.params["assembly"] == assembly


@pytest.mark.parametrize("name", ["hg18", "GRCh39", "T2T", "hg", "GRCh38.p", "hg19ToHg38", ""])
def test_a_name_of_no_assembly_is_refused(name: str) -> None:
    with pytest.raises(click.BadParameter, match=r"GRCh37 .* GRCh38"):
        LEAVES["annotate"].make_context("annotate", ["in.vcf", "--assembly", name], obj=Console())


# Regions


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("7", ["7"]),
        ("7,8", ["7", "8"]),
        ("chr7:140,000,000-141,000,000", ["chr7:140,000,000-141,000,000"]),
        ("chr7:140,000,000-141,000,000,chr8:5-6", ["chr7:140,000,000-141,000,000", "chr8:5-6"]),
        ("chr7:1,234,X,chr8:1,000-2,000,9", ["chr7:1,234", "X", "chr8:1,000-2,000", "9"]),
        ("7:100-200,8:300", ["7:100-200", "8:300"]),
        ("7:140000000-141000000,8", ["7:140000000-141000000", "8"]),
        ("7:140,000,000-", ["7:140,000,000-"]),
        ("7:140,000,000-,8", ["7:140,000,000-", "8"]),
        (" 7:1-2 , 8 ", ["7:1-2", "8"]),
        ("7:1-20,000,MT", ["7:1-20,000", "MT"]),
    ],
)
def test_regions_may_have_thousands_separators(text: str, regions: list[str]) -> None:
    with LEAVES["annotate"].make_context("annotate", ["in.vcf", "-r", text], obj=Console()) as context:
        assert list(context.params["regions"]) == regions


# Names of outputs


@pytest.mark.parametrize("name", ["--html", "--report"])
def test_annotate_and_report_have_the_same_names_for_the_same_outputs(name: str) -> None:
    for called in ("annotate", "report"):
        words = ["in.vcf", name, "page.html", "--tsv", "a", "--json", "b", "--multiqc", "c"]
        with LEAVES[called].make_context(called, words, obj=Console()) as context:
            made = [context.params[key] for key in ("html", "tsv", "json_", "multiqc")]
            assert made == [Path("page.html"), Path("a"), Path("b"), Path("c")]


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
