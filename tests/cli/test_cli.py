"""The command line as users meet it: help, versions, exit status and messages on standard error."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import annotator
from annotator import build_snapshot
from annotator.snapshot.manifest import FORMAT
from tests.support.inputs import (
    BRAF_V600E,
    CLINVAR_RECORDS,
    data_lines,
    info_of,
    run_annotator,
    vcf_text,
    write_clinvar,
    write_snapshot,
    write_vcf,
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


# Version and help


def test_the_version_is_printed() -> None:
    ran = run_annotator("--version")
    assert (ran.status, ran.out.decode(), ran.err) == (0, f"annotator {annotator.__version__}\n", "")


def test_the_installed_script_is_the_same_command() -> None:
    script = Path(sys.executable).parent / "annotator"
    ran = subprocess.run([script, "--version"], capture_output=True, check=True)
    assert ran.stdout.decode() == f"annotator {annotator.__version__}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], ["annotate", "snapshot", "--version"]),
        (["annotate"], ["--snapshot", "--reference", "--on-clash", "--fields", "--strict", "Example:"]),
        (["snapshot"], ["build", "info", "verify"]),
        (["snapshot", "build"], ["--assembly", "--clinvar", "--civic", "--force", "Examples:"]),
        (["snapshot", "info"], ["--json"]),
        (["snapshot", "verify"], ["checksum"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_each_command_has_a_help(words: list[str], told: list[str]) -> None:
    ran = run_annotator(*words, "--help")
    assert (ran.status, ran.err) == (0, "")
    text = ran.out.decode()
    assert text.startswith(f"Usage: {' '.join(['annotator', *words])} ")
    for word in told:
        assert word in text


@pytest.mark.parametrize("words", [[], ["annotate"], ["snapshot"], ["snapshot", "build"]], ids=" ".join)
def test_without_arguments_a_command_gives_its_help_as_wrong_usage(words: list[str]) -> None:
    ran = run_annotator(*words)
    assert ran.status == 2
    assert ran.out == b""
    assert "Usage: annotator" in ran.err


# Annotating


def test_a_panel_is_annotated(tmp_path: Path, snapshot: Path) -> None:
    records = [BRAF_V600E, "7\t140753336\t.\tA\tG,C\t.\t.\tDP=3", "7\t1\t.\tA\t<DEL>\t.\t.\t."]
    source = write_vcf(tmp_path / "in.vcf", records)
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-o", tmp_path / "out.vcf")
    assert (ran.status, ran.out) == (0, b"")
    first, second, third = data_lines((tmp_path / "out.vcf").read_bytes())
    assert info_of(first) == {
        "CLNVID": "13961",
        "ALLELEID": "28961",
        "CLNSIG": "Pathogenic",
        "CLNREVSTAT": "reviewed_by_expert_panel",
        "CLNSTARS": "3",
        "CLNMATCH": "exact",
    }
    assert info_of(second)["DP"] == "3"
    assert info_of(second)["CLNSIG"] == ".,Likely_pathogenic"
    assert info_of(third) == {"ANNSTATUS": "clinvar:unsupported"}


def test_the_last_lines_on_standard_error_are_the_sum(tmp_path: Path, snapshot: Path) -> None:
    records = [
        BRAF_V600E,
        "7\t140753336\t.\tA\tG,C\t.\t.\t.",
        "7\t1\t.\tA\t<DEL>,*\t.\t.\t.",
        "13\t32340304\t.\tTT\tT\t.\t.\t.",
        "GL000192.1\t5\t.\tA\tT\t.\t.\t.",
        "7\t9\t.\tA\t.\t.\t.\t.",
    ]
    source = write_vcf(tmp_path / "in.vcf", records)
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-o", tmp_path / "out.vcf")
    assert ran.status == 0
    lines = ran.err.splitlines()
    assert lines[-4:] == [
        "6 records, 7 alleles, GRCh38 (by contig lengths)",
        "not looked up: not_left_aligned 1, spanning_deletion 1, symbolic 1, unknown_contig 1",
        "source            release     found  not_found  unsupported  failed",
        "clinvar-snapshot  2026-02-26      2          1            4       0",
    ]
    warnings = lines[:-4]
    assert all(re.fullmatch(r"WARNING: .*[^.]\.", line) for line in warnings)
    assert "1 record on 1 contig that is not part of GRCh38 (for example 'GL000192.1')" in warnings[0]
    assert "1 indel may not be left-aligned" in warnings[1]
    assert len(warnings) == 2


def test_standard_output_is_the_default_and_holds_nothing_but_the_vcf(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    ran = run_annotator("annotate", source, "--snapshot", snapshot)
    assert ran.status == 0
    assert ran.out.startswith(b"##fileformat=VCFv4.2\n")
    assert len(data_lines(ran.out)) == 1
    assert run_annotator("annotate", source, "--snapshot", snapshot, "-o", "-").out == ran.out


def test_the_snapshot_may_be_named_by_the_environment(
    tmp_path: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_SNAPSHOT", str(snapshot))
    ran = run_annotator("annotate", write_vcf(tmp_path / "in.vcf"))
    assert ran.status == 0
    assert b"CLNVID=13961" in ran.out


def test_standard_input_is_read_for_a_dash(snapshot: Path) -> None:
    ran = run_annotator("annotate", "-", "--snapshot", snapshot, stdin=vcf_text([BRAF_V600E]).encode())
    assert ran.status == 0
    assert b"CLNVID=13961" in ran.out


def test_only_the_chosen_fields_are_written(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "--fields", "CLNSIG, CLNVID")
    assert info_of(data_lines(ran.out)[0]) == {"CLNVID": "13961", "CLNSIG": "Pathogenic"}
    assert re.findall(rb"##INFO=<ID=(\w+)", ran.out) == [b"CLNVID", b"CLNSIG"]


@pytest.mark.parametrize(
    ("status", "values"),
    [
        ("missing", [None, "clinvar:unsupported", None]),
        ("all", ["clinvar:found", "clinvar:unsupported", "clinvar:absent"]),
        ("none", [None, None, None]),
    ],
)
def test_annstatus_lists_the_chosen_results(
    tmp_path: Path, snapshot: Path, status: str, values: list[str | None]
) -> None:
    records = [BRAF_V600E, "7\t1\t.\tA\t<DEL>\t.\t.\t.", "7\t2\t.\tA\tT\t.\t.\t."]
    source = write_vcf(tmp_path / "in.vcf", records)
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "--status", status)
    assert [info_of(line).get("ANNSTATUS") for line in data_lines(ran.out)] == values
    assert (b"##INFO=<ID=ANNSTATUS," in ran.out) == (status != "none")


def test_an_index_is_written_beside_the_output(tmp_path: Path, snapshot: Path) -> None:
    import pysam

    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E, "13\t32340300\t.\tGT\tG\t.\t.\t."])
    output = tmp_path / "out.vcf.gz"
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-o", output, "-W")
    assert ran.status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.vcf", "out.vcf.gz", "out.vcf.gz.tbi"]
    with pysam.TabixFile(str(output)) as file:
        assert [line.split("\t")[1] for line in file.fetch("13", 32340299, 32340300)] == ["32340300"]


@pytest.mark.parametrize("region", ["7:140753336-140753336", "chr7:140,753,336", "7", "7:1-"])
def test_regions_choose_records(tmp_path: Path, snapshot: Path, region: str) -> None:
    import pysam

    source = write_vcf(tmp_path / "in.vcf.gz", [BRAF_V600E, "13\t32340300\t.\tGT\tG\t.\t.\t."])
    pysam.tabix_index(str(source), preset="vcf")
    # A comma separates regions; within a region it must not.
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-r", region.replace(",", ""))
    assert ran.status == 0
    assert [line.split("\t")[0] for line in data_lines(ran.out)] == ["7"]


# Snapshots


def test_a_snapshot_is_built_described_and_verified(tmp_path: Path) -> None:
    clinvar, made = write_clinvar(tmp_path / "clinvar.vcf"), tmp_path / "made"
    built = run_annotator(
        *("snapshot", "build", "--assembly", "GRCh38", "--clinvar", clinvar, "-o", made),
        *("--retrieved", "2026-03-01"),
    )
    assert (built.status, built.out) == (0, b"")
    told = run_annotator("snapshot", "info", made)
    assert (told.status, told.err) == (0, "")
    assert told.out.decode() == built.err
    for line in (
        "assembly: GRCh38",
        "clinvar: release 2026-02-26, from clinvar.vcf, ",
        "  licence: Public domain",
        "  retrieved: 2026-03-01",
        "  records: 3",
        "  alleles: 3",
    ):
        assert line in told.out.decode()
    verified = run_annotator("snapshot", "verify", made)
    assert (verified.status, verified.out) == (0, b"")
    assert verified.err == f"{made}: all checksums match\n"


def test_the_facts_of_a_snapshot_are_given_as_json(snapshot: Path) -> None:
    ran = run_annotator("snapshot", "info", "--json", snapshot)
    facts = json.loads(ran.out)
    assert facts == json.loads((snapshot / "manifest.json").read_text())
    assert facts["assembly"] == "GRCh38"
    assert facts["format"] == FORMAT
    clinvar = facts["sources"]["clinvar"]
    assert clinvar["release"] == "2026-02-26"
    assert clinvar["retrieved"] is None
    assert re.fullmatch("[0-9a-f]{64}", clinvar["sha256"])


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_changed_byte_of_a_snapshot_is_noticed(tmp_path: Path, place: str) -> None:
    made = write_snapshot(tmp_path / "made")
    store = made / "clinvar.store"
    data = bytearray(store.read_bytes())
    data[{"first": 0, "middle": len(data) // 2, "last": -1}[place]] ^= 1
    store.write_bytes(data)
    ran = run_annotator("snapshot", "verify", made)
    assert ran.status == 1
    assert f"{store}: " in ran.err


def test_a_snapshot_is_replaced_with_force(tmp_path: Path) -> None:
    made = write_snapshot(tmp_path / "made", CLINVAR_RECORDS)
    later = write_clinvar(tmp_path / "later.vcf", CLINVAR_RECORDS[:1], date="2027-01-01")
    ran = run_annotator(
        "snapshot", "build", "--assembly", "GRCh38", "--clinvar", later, "-o", made, "--force"
    )
    assert ran.status == 0, ran.err
    assert run_annotator("snapshot", "verify", made).status == 0
    assert "2027-01-01" in run_annotator("snapshot", "info", made).out.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["later.vcf", "made", "made.clinvar.vcf"]


def test_a_snapshot_has_the_rights_of_a_new_folder(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    clinvar = write_clinvar(tmp_path / "clinvar.vcf")
    build_snapshot(tmp_path / "made", "GRCh38", clinvar=clinvar)
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_snapshot_may_be_read_only(tmp_path: Path) -> None:
    made = write_snapshot(tmp_path / "made")
    for path in (*made.iterdir(), made):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        ran = run_annotator("annotate", write_vcf(tmp_path / "in.vcf"), "--snapshot", made)
    finally:
        made.chmod(0o755)
    assert ran.status == 0
    assert b"CLNVID=13961" in ran.out


def test_a_reader_that_has_gone_ends_any_command_quietly(snapshot: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "annotator", "snapshot", "info", snapshot],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, b"")
