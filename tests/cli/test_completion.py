"""Completion: the candidates for a partial word, as the program lists them and in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.heavy_modules import HEAVY
from tests.support.inputs import command, run_annotator

PROGRAM = "import sys; from annotator.cli import main; main()"


def answered(line: str, *, shell: str = "bash") -> list[tuple[str, ...]]:
    """Kinds and values that a shell gets for the end of a line; a line that ends in a space begins a word."""
    words = line.split(" ")
    environment = {
        **os.environ,
        "_ANNOTATOR_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    ran = subprocess.run(command(), env=environment, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return [tuple(told.split(",", 1)) for told in ran.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("annotator re", ["report", "retry-failed"]),
        ("annotator snapshot v", ["verify"]),
        ("annotator snapshot pull c", ["clinvar", "civic", "caid"]),
        ("annotator annotate --civic-m", ["--civic-match"]),
        ("annotator annotate --on-clash ", ["error", "replace", "keep"]),
        ("annotator annotate --assembly GRCh3", ["GRCh37", "GRCh38"]),
        ("annotator annotate --source c", [
            "clinvar=snapshot", "clinvar=api", "civic=snapshot", "civic=graphql", "civic=v1",
        ]),
        ("annotator diff a b --fail-on worse,l", ["worse,level-a"]),
        ("annotator completion ", ["bash", "zsh", "fish"]),
        ("annotator doctor in.vcf --qu", ["--quiet"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_commands_options_and_values_are_completed(line: str, values: list[str]) -> None:
    assert sorted(answered(line)) == sorted(("plain", value) for value in values)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("annotator annotate tum", "file"),
        ("annotator annotate in.vcf -o ", "file"),
        ("annotator annotate in.vcf --snapshot ", "dir"),
        ("annotator snapshot verify ", "dir"),
        ("annotator report a.vcf ", "file"),
        ("annotator workflow gather 1.vcf.gz ", "file"),
        ("annotator cgi wait ", "file"),
    ],
)
def test_files_and_folders_are_left_to_the_shell(line: str, kind: str) -> None:
    assert [told[0] for told in answered(line)] == [kind]


def test_options_that_print_something_print_nothing_during_completion() -> None:
    assert answered("annotator report --tsv-columns --multi") == [("plain", "--multiqc")]


def test_completing_a_command_loads_no_command_and_nothing_heavy() -> None:
    program = f"""
import json, sys
try:
    {PROGRAM.replace("; ", chr(10) + "    ")}
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
    environment = {
        **os.environ,
        "_ANNOTATOR_COMPLETE": "bash_complete",
        "COMP_WORDS": "annotator s",
        "COMP_CWORD": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "plain,snapshot\n"
    import json

    modules = set(json.loads(ran.stderr))
    assert "annotator.cli.snapshot" not in modules
    assert not {module.partition(".")[0] for module in modules} & HEAVY


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell: str) -> None:
    ran = run_annotator("completion", shell)
    assert ran.status == 0
    assert f"_ANNOTATOR_COMPLETE={shell}_complete" in ran.out.decode()


def test_another_shell_is_wrong_usage() -> None:
    ran = run_annotator("completion", "csh")
    assert ran.status == 2
    assert "bash" in ran.err


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes(tmp_path: Path) -> None:
    program = tmp_path / "annotator"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m annotator "$@"\n')
    program.chmod(0o755)
    script = """
set -eu
source <(annotator completion bash)
complete -p annotator
COMP_WORDS=(annotator snapshot pull ""); COMP_CWORD=3
_annotator_completion annotator
printf '%s\\n' "${COMPREPLY[@]}"
"""
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    registered, *values = ran.stdout.splitlines()
    assert "_annotator_completion annotator" in registered
    assert sorted(values) == ["caid", "civic", "clinvar"]
