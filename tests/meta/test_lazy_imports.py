"""A short run loads little: a panel takes as long as its imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from annotator import build_snapshot
from annotator.variants.assembly import Assembly
from tests.conftest import REPOSITORY
from tests.support.heavy_modules import HEAVY
from tests.support.inputs import data_lines, info_of, write_snapshot, write_vcf
from tests.support.structural import structural_row, structural_snapshot

DEMO = REPOSITORY / "test_data" / "demo"


SLOW = {
    "_hashlib",
    "annotator.variants.hgvs_parse",
    "annotator.annotation.online.account",
    "annotator.report.build",
    "annotator.vcf.binary",
    "annotator.vcf.scan",
    "annotator.vcf.tabix",
    "ctypes",
    "dataclasses",
    "difflib",
    "gzip",
    "hashlib",
    "locale",
    "pickle",
    "random",
    "shutil",
    "subprocess",
    "tempfile",
}
"""What takes a millisecond or more, and a panel can do without; but for what click itself loads."""

WHERE_IT_TAKES_LONG = {"annotator.cli.bar", "annotator.cli.capture", "click._termui_impl", "tempfile"}
"""Of no use to a panel that is annotated at once."""

THEN_LIST_MODULES = """
import json, sys
from annotator.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
print("\\n" + json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


def loaded(code: str, *arguments: str | Path) -> set[str]:
    """Modules that are loaded after a program has run; its last line of output lists them."""
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


def heavy(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules} & HEAVY


def test_nothing_is_imported_before_ctrl_c_is_handled() -> None:
    code = """
import json, os, sys
before = set(sys.modules)
from annotator.__main__ import main
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    assert loaded(code) == {"annotator", "annotator.__main__"}


def test_the_version_loads_nothing_heavy_and_no_subcommand() -> None:
    modules = loaded(THEN_LIST_MODULES, "--version")
    assert heavy(modules) == set()
    ours = {module for module in modules if module.startswith("annotator")}
    assert ours == {
        "annotator",
        "annotator._version",
        "annotator.runtime",
        "annotator.runtime.blas",
        "annotator.runtime.finished",
        "annotator.runtime.named_tuple",
        "annotator.runtime.os_errors",
        "annotator.cli",
        "annotator.cli.command",
        "annotator.cli.console",
        "annotator.cli.group",
        "annotator.cli.screen",
        "annotator.errors",
        "annotator.runtime.progress",
    }


def test_the_list_of_commands_loads_nothing_heavy_and_no_command() -> None:
    modules = loaded(THEN_LIST_MODULES, "--help")
    assert heavy(modules) == set()
    commands = {f"annotator.cli.{path.stem}" for path in (REPOSITORY / "annotator" / "cli").glob("*.py")}
    none_of_a_command = {"command", "console", "group", "screen"}
    assert modules & commands == {f"annotator.cli.{name}" for name in none_of_a_command}


def test_importing_the_package_loads_nothing_but_itself() -> None:
    modules = loaded("import annotator, json, sys; print(json.dumps(sorted(sys.modules)))")
    assert {module for module in modules if module.startswith("annotator")} == {"annotator"}
    assert heavy(modules) == set()


@pytest.fixture(scope="module")
def of_click() -> set[str]:
    return loaded("import click, json, sys; print(json.dumps(sorted(sys.modules)))")


@pytest.mark.parametrize("output", ["out.vcf", "out.vcf.gz"])
@pytest.mark.parametrize("source", ["in.vcf", "in.vcf.gz"])
def test_annotating_a_small_vcf_loads_nothing_heavy(
    tmp_path: Path, snapshot: Path, of_click: set[str], source: str, output: str
) -> None:
    panel = [f"7\t{position}\trs1\tA\tT\t.\t.\tDP=10" for position in range(140753300, 140753350)]
    unaligned = "7\t140753360\trs1\tA\tAAA\t.\t.\tDP=10"  # what its ID leads to is looked at
    write_vcf(tmp_path / source, [*panel, unaligned])
    modules = loaded(
        THEN_LIST_MODULES, "annotate", tmp_path / source, "--snapshot", snapshot, "-o", tmp_path / output
    )
    assert (tmp_path / output).exists()
    assert heavy(modules) == set()
    assert modules & WHERE_IT_TAKES_LONG == set()
    assert modules & SLOW <= of_click
    libraries = ({"isal"} if ".gz" in f"{source} {output}" else set()) | (
        {"deflate"} if output.endswith(".gz") else set()
    )
    assert modules & {"isal", "deflate"} == libraries
    assert "atexit" not in modules  # else the process does not end at once


def test_annotating_a_small_vcf_with_civic_too_loads_no_more(tmp_path: Path, of_click: set[str]) -> None:
    snapshot = tmp_path / "both"
    build_snapshot(snapshot, Assembly.GRCH37, clinvar=DEMO / "clinvar.GRCh37.vcf", civic=DEMO / "civic")
    source = write_vcf(tmp_path / "in.vcf", ["7\t140453136\t.\tA\tT\t.\t.\t."], assembly=Assembly.GRCH37)
    output = tmp_path / "out.vcf"
    modules = loaded(THEN_LIST_MODULES, "annotate", source, "--snapshot", snapshot, "-o", output)
    info = info_of(data_lines(output.read_bytes())[0])
    assert (info["CLNMATCH"], info["CIVIC_MATCH"]) == ("exact", "exact")
    assert heavy(modules) == set()
    assert modules & SLOW <= of_click


def test_consequences_and_combination_profiles_load_no_more_than_the_parser_of_hgvs(
    tmp_path: Path, of_click: set[str]
) -> None:
    """The demo has consequences, fusions, and profiles of several variants, for which lines are written again."""
    snapshot, output = tmp_path / "both", tmp_path / "out.vcf"
    build_snapshot(snapshot, Assembly.GRCH37, clinvar=DEMO / "clinvar.GRCh37.vcf", civic=DEMO / "civic")
    source = DEMO / "tumour.GRCh37.vcf"
    modules = loaded(THEN_LIST_MODULES, "annotate", source, "--snapshot", snapshot, "-o", output)
    assert "BRAF_V600E_AND_BRAF_V600M" in output.read_text()
    assert heavy(modules) == set()
    assert modules & SLOW <= of_click | {"annotator.variants.hgvs_parse"}


def test_structural_records_in_the_snapshot_cost_a_panel_no_module(
    tmp_path: Path, of_click: set[str]
) -> None:
    """Not even what describes an overlap is loaded for a panel without structural alleles."""
    rows = [structural_row(7, "copy number loss", "7", 140_000_001, 141_000_000)]
    snapshot = structural_snapshot(tmp_path, rows)
    source = write_vcf(tmp_path / "in.vcf")
    output = tmp_path / "out.vcf"
    modules = loaded(THEN_LIST_MODULES, "annotate", source, "--snapshot", snapshot, "-o", output)
    assert "##INFO=<ID=CLNSV," in output.read_text()
    assert heavy(modules) == set()
    assert modules & SLOW <= of_click
    assert {"annotator.sources.clinvar_sv.records", "annotator.vcf.structural"}.isdisjoint(modules)


def test_a_small_vcf_becomes_the_same_bytes_with_numpy_and_without(tmp_path: Path, snapshot: Path) -> None:
    panel = [f"7\t{position}\t.\tA\tT,C\t.\t.\tDP=10" for position in range(140753300, 140753350)]
    source = write_vcf(tmp_path / "in.vcf.gz", [*panel, "13\t32340300\trs80359550\tGT\tG\t.\t.\t."])
    arguments = ("annotate", source, "--snapshot", snapshot, "-W", "-o")
    scanning = (
        f"import numpy\n{THEN_LIST_MODULES}"  # where it is loaded already, lines are scanned all at once
    )
    assert "annotator.vcf.scan" not in loaded(THEN_LIST_MODULES, *arguments, tmp_path / "without.vcf.gz")
    assert "annotator.vcf.scan" in loaded(scanning, *arguments, tmp_path / "with.vcf.gz")
    for suffix in ("", ".tbi"):
        outputs = [(tmp_path / f"{how}.vcf.gz{suffix}").read_bytes() for how in ("with", "without")]
        assert outputs[0] == outputs[1]


@pytest.mark.parametrize("command", ["info", "verify"])
def test_looking_at_a_snapshot_loads_nothing_heavy(snapshot: Path, command: str) -> None:
    assert heavy(loaded(THEN_LIST_MODULES, "snapshot", command, snapshot)) == set()


def test_writing_input_for_cgi_imports_nothing_heavy(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", ["7\t140753336\t.\tA\tT\t.\t.\t.\tGT\t0/1"], samples=("T",))
    assert heavy(loaded(THEN_LIST_MODULES, "cgi", "mutations", source, "-o", tmp_path / "t.tsv")) == set()
    assert (tmp_path / "t.tsv").read_text() == "chr\tpos\tref\talt\tsample\n7\t140753336\tA\tT\tT\n"
    assert heavy(loaded(THEN_LIST_MODULES, "cgi", "cancer-types")) == set()
