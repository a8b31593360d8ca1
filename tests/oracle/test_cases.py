"""Every folder of test_data/cases, run through the real command: a small input, and what must or must not come out.

A case is a folder with

    input.vcf      a complete VCF; its ##contig lines tell the assembly
    case.toml      why, and what is expected
    expected.vcf   optional: the data lines of the output, whole (best with --fields in the options)

and case.toml has

    why = "..."                     what a user rightly expects, and why
    assembly = "GRCh38"             or "GRCh37"; of the snapshot
    tables = true                   the snapshot also has the invented records of test_data/clinvar_tables
    options = ["--civic-match", "gene"]
    inputs = ["vcf", "bcf"]         how the input is presented; "vcf" where this is left out
    output = "vcf"                  or "bcf", "vcf.gz"
    expect = ["CIVIC_VID:2 has 12", "CLNSIG missing", "status 0", "stderr lacks Traceback"]

A check is `KEY[:RECORD] has|lacks|is VALUE` or `KEY[:RECORD] missing` of an INFO key, `status NUMBER`, or `stderr
has|lacks TEXT`; records count from 1. Of fields with several values, `has` and `lacks` are about one whole value.
`tsv.COLUMN[:ALLELE]` is a cell of the report's table, of the first row of an allele; alleles found in a knowledge base
count from 1. `headline.NAME` is the number of key findings of that name, and `headline.samples` the names of samples.
The snapshot holds ClinVar's slice of 2026-02-26 and CIViC's release of 2024-08-01.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pysam
import pytest

from tests.conftest import REPOSITORY
from tests.support.inputs import Ran, run_annotator
from tests.support.report_views import table_of

CASES = REPOSITORY / "test_data" / "cases"
LISTS = {"CIVIC_VID", "CIVIC_MATCH", "CIVIC_LEVEL", "CLNVID", "CLNSIG"}
"""Fields of which a value is a list: `12` is not in `123`."""
SITE = ("CHROM", "POS", "REF", "ALT")
KEYS = {"why", "assembly", "tables", "options", "inputs", "output", "expect"}
INPUTS = ("vcf", "bcf")
OUTPUTS = ("vcf", "vcf.gz", "bcf")

Snapshots = Callable[[str, bool], Path]


def folders() -> list[str]:
    return sorted(path.name for path in CASES.iterdir())


@cache
def case_of(folder: str) -> dict[str, Any]:
    return tomllib.loads((CASES / folder / "case.toml").read_text(encoding="utf-8"))


def runs() -> list[tuple[str, str]]:
    """Each case with each of the forms in which its input is presented."""
    return [(folder, form) for folder in folders() for form in case_of(folder).get("inputs", ["vcf"])]


@pytest.fixture(scope="session")
def snapshots(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    folder = tmp_path_factory.mktemp("snapshots")

    @cache
    def snapshot(assembly: str, has_tables: bool) -> Path:
        (clinvar,) = (shared_data / "clinvar").glob(f"clinvar_2026*.{assembly}.cancer_genes*.vcf.gz")
        made = folder / f"{assembly}.{has_tables}.snapshot"
        tables = ("--clinvar-tables", CASES.parent / "clinvar_tables") if has_tables else ()
        built = run_annotator(
            *("snapshot", "build", "--assembly", assembly, "--clinvar", clinvar),
            *("--civic", shared_data / "civic" / "release-2024-08-01", *tables, "-o", made),
        )
        assert built.status == 0, built.err
        return made

    return snapshot


def presented(source: Path, form: str, folder: Path) -> Path:
    """Give the input as VCF or as BCF."""
    if form == "vcf":
        return source
    made = folder / "input.bcf"
    with (
        pysam.VariantFile(str(source)) as text,
        pysam.VariantFile(str(made), "wb", header=text.header) as bcf,
    ):
        for record in text:
            bcf.write(record)
    return made


def data_lines(path: Path) -> list[str]:
    """Give the data lines of an output as VCF text."""
    if path.suffix == ".vcf":
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        return [line for line in text.splitlines() if not line.startswith("#")]
    with pysam.VariantFile(str(path)) as records:
        return [str(record).rstrip("\n") for record in records]


def problem(check: str, ran: Ran, lines: Sequence[str], views: Path) -> str | None:
    """Return the actual value if it differs from the expected one; None if they agree."""
    subject, verb, value = (*check.split(" ", 2), "")[:3]
    if subject == "status":
        return None if ran.status == int(verb) else f"status {ran.status}: {ran.err}"
    if subject == "stderr":
        assert verb in {"has", "lacks"}, f"{check}: not a check"
        return None if (value.lower() in ran.err.lower()) == (verb == "has") else ran.err
    if subject.startswith(("tsv.", "headline.")):
        came = report_value(subject, views)
        return None if verdict(verb, came, value, [came], check) else f"{subject}={came}"
    key, _, number = subject.partition(":")
    record = int(number or 1) - 1
    if record >= len(lines):
        return f"{len(lines)} records. {ran.err}"
    items = [item.partition("=") for item in lines[record].split("\t")[7].split(";")]
    found = {name: text for name, _, text in items}.get(key)
    return None if verdict(verb, found, value, values_of(key, found), check) else f"{key}={found}"


def verdict(verb: str, found: str | None, value: str, values: Sequence[str], check: str) -> bool:
    """Tell whether a check holds."""
    holds = {
        "missing": found is None or set(found) <= set(".,"),
        "is": found == value,
        "has": value in values,
        "lacks": value not in values,
    }
    assert verb in holds, f"{check}: not a check"
    return holds[verb]


def report_value(subject: str, views: Path) -> str:
    """Give a cell of the report's table, or a number of key findings."""
    kind, _, rest = subject.partition(".")
    if kind == "headline":
        report = json.loads(views.with_suffix(".json").read_text())
        if rest == "samples":
            return ",".join(one["name"] for one in report["samples"])
        return str(len(report["headline"][rest]))
    column, _, number = rest.partition(":")
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for row in table_of(views.with_suffix(".tsv").read_text()):
        rows.setdefault(tuple(row[name] for name in SITE), row)
    alleles = list(rows.values())
    place = int(number or 1) - 1
    assert place < len(alleles), f"{subject}: {len(alleles)} alleles in the report"
    return alleles[place][column]


def values_of(key: str, value: str | None) -> Sequence[str]:
    """Give the whole values of a list, or the text."""
    return re.split("[,&]", value or "") if key in LISTS else (value or "")


@pytest.mark.parametrize(("folder", "form"), runs())
def test_case(folder: str, form: str, snapshots: Snapshots, tmp_path: Path) -> None:
    case = case_of(folder)
    source = CASES / folder / "input.vcf"
    target = tmp_path / f"output.{case.get('output', 'vcf')}"
    snapshot = snapshots(case.get("assembly", "GRCh38"), case.get("tables", False))
    given = presented(source, form, tmp_path)
    checks = case.get("expect", [])
    views = tmp_path / "views"
    is_reported = any(check.startswith(("tsv.", "headline.")) for check in checks)
    reports = [word for name in ("tsv", "json") for word in (f"--{name}", views.with_suffix(f".{name}"))]
    options = [*case.get("options", []), *(reports if is_reported else [])]
    ran = run_annotator("annotate", given, "-o", target, "--snapshot", snapshot, *options)
    lines = data_lines(target) if target.exists() else []
    wrong = {check: came for check in checks if (came := problem(check, ran, lines, views)) is not None}
    assert wrong == {}
    assert "Traceback" not in ran.err
    if not any(check.startswith("status ") for check in checks):
        assert ran.status == 0, ran.err
    if (expected := CASES / folder / "expected.vcf").exists():
        assert lines == data_lines(expected)


@pytest.mark.parametrize("folder", folders())
def test_case_is_well_formed(folder: str) -> None:
    """A misspelled key or a forgotten file must not make a case that checks nothing."""
    case = case_of(folder)
    assert set(case) <= KEYS
    assert case["why"]
    assert set(case.get("inputs", ["vcf"])) <= set(INPUTS)
    assert case.get("output", "vcf") in OUTPUTS
    files = {path.name for path in (CASES / folder).iterdir()}
    assert {"input.vcf", "case.toml"} <= files <= {"input.vcf", "case.toml", "expected.vcf"}
    assert case.get("expect") or "expected.vcf" in files
    records = data_lines(CASES / folder / "input.vcf")
    assert records
    for check in case.get("expect", []):
        if found := re.match(r"\w+:(\d+) ", check):
            assert int(found[1]) <= len(records), f"{check}: no such record"


def test_every_folder_runs() -> None:
    ran = {folder for folder, _ in runs()}
    assert ran == {path.name for path in CASES.iterdir() if path.is_dir()}
    assert ran
