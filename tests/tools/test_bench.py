"""The benchmark runs, on a workload of seconds, and sees wrong results. No time is judged."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

import annotator
from tests.bench.built import check_snapshot
from tests.bench.compare import Comparison, Output, compare
from tests.bench.measure import FailedRunError, run
from tests.bench.peers import FIELDS, Tool
from tests.bench.workload import CASES, Workload, write_workload
from tests.support.clinvar_rows import ClinVarRow, clinvar_rows, trimmed
from tests.support.inputs import bgzip, info_of

SCALE = 500
_PEERS = {"bcftools annotate": "bcftools", "vcfanno -p 2": "vcfanno", "floor: bgzip -l1": "bgzip"}


@pytest.fixture(scope="session")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    return write_workload(tmp_path_factory.mktemp("workload"), SCALE)


@pytest.fixture(scope="session")
def annotated(workload: Workload, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our output for the exome, as plain text."""
    folder = tmp_path_factory.mktemp("annotated")
    annotator.build_snapshot(folder / "snapshot", "GRCh38", clinvar=workload.clinvar)
    output = folder / "exome.vcf"
    annotator.annotate(workload.path("exome"), output, snapshot=folder / "snapshot", fields=FIELDS)
    return output


def run_bench(repository: Path, *arguments: str | Path, path: str | None = None) -> tuple[int, str]:
    """Run the command for one round; give its exit status and what it wrote to standard output."""
    command = [sys.executable, "-m", "tests.bench", "--rounds", "1", *map(str, arguments)]
    environment = os.environ | ({} if path is None else {"PATH": path})
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=repository, env=environment, check=False
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout + ran.stderr


def rows_of(text: str) -> set[tuple[str, str]]:
    """Give workload and tool of each row of the table."""
    lines = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    return {(cells[1].strip(), cells[2].strip()) for cells in lines[2:]}


def records_of(path: Path) -> list[list[str]]:
    with pysam.BGZFile(str(path)) as file:
        lines = [line.decode() for line in file]
    return [line.split("\t") for line in lines if not line.startswith("#")]


def test_the_whole_benchmark_runs_and_no_tool_differs(repository: Path) -> None:
    status, told = run_bench(repository, "--scale", "2000", "--only", ",".join((*CASES, "bcf", "build")))
    tools = {"annotator -@ 1", "annotator -@ 2"}
    tools |= {name for name, command in _PEERS.items() if shutil.which(command) and shutil.which("bgzip")}
    builds = {("build", f"annotator snapshot build -@ {threads}") for threads in (1, 2)}
    assert status == 0, told
    binary = {"annotator -@ 1", "annotator -@ 2", "floor: cyvcf2 loop"}
    if shutil.which("bcftools"):
        binary |= {"bcftools annotate", "floor: bcftools view"}
    cases = {(case, tool) for case in CASES for tool in tools} | {("bcf", tool) for tool in binary}
    cases.add(("wgs", "annotator, level 6, -@ 2"))
    assert rows_of(told) == cases | builds
    assert told.count("no difference") == len(CASES) + 1
    assert "DIFFER" not in told
    assert re.search(r"build: snapshot of \S+ MiB, \S+ of clinvar.vcf.gz, opened in \S+ ms", told)
    assert re.search(r"build: (1,7\d\d) records, of which \1 were looked up: all right", told)


def test_a_differing_snapshot_is_detected(workload: Workload, tmp_path: Path) -> None:
    text = gzip.decompress(workload.clinvar.read_bytes()).decode()
    lines = text.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if line[0] != "#")
    changed = [*lines[:first], lines[first].replace("CLNREVSTAT=", "CLNREVSTAT=not_"), *lines[first + 1 :]]
    for name, kept in (("same", lines), ("changed", changed), ("shorter", lines[:-1])):
        clinvar = tmp_path / f"{name}.vcf"
        clinvar.write_text("".join(kept))
        annotator.build_snapshot(tmp_path / name, "GRCh38", clinvar=clinvar)
    count = len(lines) - first
    assert check_snapshot(tmp_path / "same", workload.clinvar, count) == (count, count, [])
    (wrong,) = check_snapshot(tmp_path / "changed", workload.clinvar, count).wrong
    assert wrong.startswith(":".join(lines[first].split("\t")[:5]))
    missing, counted = check_snapshot(tmp_path / "shorter", workload.clinvar, count).wrong
    assert missing.startswith(":".join(lines[-1].split("\t")[:5]))
    assert f"'records': {count - 1}" in counted


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_peer_that_annotates_nothing_is_a_difference_and_those_not_installed_are_named(
    repository: Path, workload: Workload, tmp_path: Path
) -> None:
    copying = "import shutil, sys; shutil.copy(sys.argv[-1], sys.argv[sys.argv.index('-o') + 1])"
    script(tmp_path / "bcftools", f"#!{sys.executable}\n{copying}\n")
    arguments = ("--data", workload.folder, "--only", "panel", "--keep", tmp_path / "kept")
    status, told = run_bench(repository, *arguments, path=str(tmp_path))
    tools = ["annotator -@ 1", "annotator -@ 2", "bcftools annotate"]
    assert status == 1
    assert {tool for case, tool in rows_of(told) if case == "panel"} == set(tools)
    assert "panel: not installed, so not run: vcfanno -p 2, floor: bgzip -l1" in told
    assert "DIFFERENCES: bcftools annotate 2" in told  # 20 to 25 of the 50 are known, and have one ALT
    assert "CLNSIG is None, not " in told
    assert (tmp_path / "kept" / "panel.ours.2.vcf.gz").is_file()


def test_a_run_is_measured_with_all_its_processes(tmp_path: Path) -> None:
    output = tmp_path / "output"
    usage = run(Tool("pipe", (("echo", "one two"), ("wc", "-w")), output, is_piped=True))
    assert output.read_text().split() == ["2"]
    assert usage.wall > 0
    assert usage.cpu >= 0
    assert usage.peak > 1_000_000


def test_a_tool_that_fails_is_an_error(tmp_path: Path) -> None:
    broken = script(tmp_path / "broken", "#!/bin/sh\necho no such annotation >&2\nexit 3\n")
    for stages in (((str(broken),),), ((str(broken),), ("cat",))):
        with pytest.raises(FailedRunError, match=r"peer: no such annotation\n.*ended with status 3"):
            run(Tool("peer", stages, tmp_path / "output", is_piped=True))


def test_files_that_are_not_there_are_an_error(repository: Path, tmp_path: Path) -> None:
    status, told = run_bench(repository, "--data", tmp_path)
    assert (status, told.strip()) == (1, f"ERROR: {tmp_path.resolve() / 'clinvar.vcf.gz'} is missing")


def test_the_workload_is_the_same_at_every_making(workload: Workload, tmp_path: Path) -> None:
    again = write_workload(tmp_path, SCALE, workers=2)
    for name in ("clinvar", *CASES):
        assert again.path(name).read_bytes() == workload.path(name).read_bytes(), name


def test_the_workload_has_its_numbers(workload: Workload) -> None:
    counts = {name: len(records_of(workload.path(name))) for name in ("clinvar", *CASES)}
    assert counts["clinvar"] == pytest.approx(3_440_000 / SCALE, rel=0.02)
    assert counts["wgs"] == pytest.approx(4_490_000 / SCALE, rel=0.02)
    assert counts["exome"] == pytest.approx(442_000 / SCALE, rel=0.1)
    assert counts["cohort"] == pytest.approx(40_000 / SCALE, rel=0.5)
    assert counts["panel"] == 50


def test_clinvars_alleles_are_normalised_and_there_once(workload: Workload) -> None:
    rows = clinvar_rows(workload.clinvar)
    keys = {trimmed(*key_of(row)) for row in rows}
    indels = [row for row in rows if len(row.ref) != len(row.alt)]
    assert len(keys) == len(rows) == len({row.variation for row in rows})
    assert 0.08 < len(indels) / len(rows) < 0.12
    assert all(row.ref[0] == row.alt[0] and row.ref[-1] != row.alt[-1] for row in indels)


def key_of(row: ClinVarRow) -> tuple[str, int, str, str]:
    return row.chrom, row.position, row.ref, row.alt


def test_the_genome_has_all_that_makes_matching_hard(workload: Workload) -> None:
    rows = clinvar_rows(workload.clinvar)
    known = {trimmed(*key_of(row)) for row in rows}
    spelled = {key_of(row) for row in rows}
    found = {"one ALT": 0, "several ALTs": 0, "padded": 0, "*": 0}
    for record in records_of(workload.path("wgs")):
        chrom, position, ref, alts = record[0], int(record[1]), record[3], record[4].split(",")
        found["*"] += "*" in alts
        for alt in alts:
            if trimmed(chrom, position, ref, alt) in known:
                found["several ALTs" if len(alts) > 1 else "one ALT"] += 1
                found["padded"] += (chrom, position, ref, alt) not in spelled
    records = 4_490_000 / SCALE
    assert sum(found.values()) - found["padded"] - found["*"] == pytest.approx(0.015 * records, rel=0.1)
    assert 0.005 * records < found["*"] < 0.015 * records
    assert found["several ALTs"] > found["padded"] > 0


def test_records_are_valid(workload: Workload) -> None:
    for case in CASES:
        with pysam.VariantFile(str(workload.path(case))) as file:
            for record in file:
                alts = len(record.alts or ())
                for sample in record.samples.values():
                    assert len(sample["AD"]) == alts + 1
                    assert len(sample["PL"]) == (alts + 1) * (alts + 2) // 2
                    assert max(sample["GT"]) <= alts
                assert len(record.info["AC"]) == alts


def compared(workload: Workload, lines: list[str], folder: Path, *, per_allele: bool = True) -> Comparison:
    """Compare such lines, as a tool's output for the exome, with what they should be."""
    path = folder / "output.vcf.gz"
    path.write_bytes(bgzip("".join(lines).encode()))
    return compare(workload.path("exome"), workload.clinvar, [Output("tool", path, per_allele)])


def test_our_output_as_it_is_has_no_difference(workload: Workload, annotated: Path, tmp_path: Path) -> None:
    lines = annotated.read_text().splitlines(keepends=True)
    for per_allele in (True, False):
        comparison = compared(workload, lines, tmp_path, per_allele=per_allele)
        assert not comparison.differences
    assert str(comparison).endswith("no difference")


def known_line(lines: list[str], *, alts: int) -> int:
    """Give the number of the first line with so many ALTs and a classification."""
    return next(
        number
        for number, line in enumerate(lines)
        if "CLNSIG=" in line and not line.startswith("#") and len(line.split("\t")[4].split(",")) == alts
    )


def other_value(line: str) -> str:
    return line.replace(f"CLNSIG={info_of(line)['CLNSIG']}", "CLNSIG=protective")


def no_value(line: str) -> str:
    return line.replace(f"CLNSIG={info_of(line)['CLNSIG']};", "")


def other_order(line: str) -> str:
    values = info_of(line)["ALLELEID"]
    return line.replace(f"ALLELEID={values}", f"ALLELEID={','.join(values.split(',')[::-1])}")


def one_value_too_few(line: str) -> str:
    values = info_of(line)["ALLELEID"]
    return line.replace(f"ALLELEID={values}", f"ALLELEID={values.split(',')[0]}")


def other_quality(line: str) -> str:
    columns = line.split("\t")
    return "\t".join([*columns[:5], "1", *columns[6:]])


def other_info(line: str) -> str:
    return line.replace(";MQ=60.00", ";MQ=60")


def other_sample(line: str) -> str:
    return line.replace("\n", ":0\n")


@pytest.mark.parametrize(
    ("change", "alts", "told"),
    [
        (other_value, 1, "CLNSIG is 'protective', not "),
        (no_value, 1, "CLNSIG is None, not "),
        (other_order, 2, "ALLELEID is "),
        (one_value_too_few, 2, "not as many values as ALTs"),
        (other_quality, 1, "something other than its own INFO fields changed"),
        (other_info, 1, "something other than its own INFO fields changed"),
        (other_sample, 1, "something other than its own INFO fields changed"),
        (lambda _: "", 1, "records lost or added"),
        (lambda line: line + line, 1, "records lost or added"),
    ],
)
def test_a_difference_in_one_line_of_ours_is_seen(
    change: Callable[[str], str], alts: int, told: str, workload: Workload, annotated: Path, tmp_path: Path
) -> None:
    lines = annotated.read_text().splitlines(keepends=True)
    number = known_line(lines, alts=alts)
    lines[number] = change(lines[number])
    comparison = compared(workload, lines, tmp_path)
    assert comparison.differences["tool"] >= 1
    assert told in comparison.shown[0]


def test_a_peer_may_order_records_of_one_position_and_write_numbers_anew_but_not_differ_in_values(
    workload: Workload, annotated: Path, tmp_path: Path
) -> None:
    lines = annotated.read_text().splitlines(keepends=True)
    number = known_line(lines, alts=1)
    lines[number] = other_quality(other_info(lines[number]))
    assert not compared(workload, lines, tmp_path, per_allele=False).differences
    lines[number] = other_value(lines[number])
    assert compared(workload, lines, tmp_path, per_allele=False).differences == {"tool": 1}


def test_a_value_where_clinvar_has_none_is_seen(workload: Workload, annotated: Path, tmp_path: Path) -> None:
    lines = annotated.read_text().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if "\tAC=1;" in line and "CLNSIG" not in line)
    lines[number] = lines[number].replace("\tAC=1;", "\tAC=1;CLNSIG=Pathogenic;")
    for per_allele in (True, False):
        comparison = compared(workload, lines, tmp_path, per_allele=per_allele)
        assert "CLNSIG is 'Pathogenic', not None" in "".join(comparison.shown)


def test_the_report_of_a_genome_is_cut_and_can_be_used(
    workload: Workload, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.bench import report
    from tests.support.browser import browser, needs_chromium

    assert report.main(["--scale", str(SCALE)]) == 0
    told = capsys.readouterr().out
    for name in ("annotate --report", "report -o", "report, all views"):
        assert re.search(rf"^{re.escape(name)}: [0-9.]+ s CPU, .*genome\.html [0-9.]+ MB", told, re.MULTILINE)
    needs_chromium()
    snapshot = tmp_path / "snapshot"
    annotator.build_snapshot(snapshot, "GRCh38", clinvar=workload.clinvar)
    annotator.annotate(workload.path("wgs"), tmp_path / "wgs.vcf", snapshot=snapshot)
    annotator.write_report(tmp_path / "wgs.vcf", html=tmp_path / "wgs.html", limit=100)
    assert len(annotator.report_data(tmp_path / "wgs.vcf")["alleles"]) > 100
    with browser(tmp_path / "profile") as driver:
        found = report.behaviour_of(tmp_path / "wgs.html", driver)
        assert "contains the 100 most important of" in driver.find_element("id", "alleles").text
    assert found.alleles == 100
    assert found.usable > 0
