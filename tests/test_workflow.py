"""`annotator workflow`: shards hold each record once, a sheet's errors name their rows, and the wheel has it all."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from tests.inputs import Ran, command, run_annotator, write_snapshot, write_vcf
from tests.workflow_runs import COLUMNS, META, overlapping_records


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workflow")


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Path:
    return write_snapshot(folder / "snapshot")


@pytest.fixture(scope="module")
def large(folder: Path) -> Path:
    return write_vcf(folder / "large.vcf.gz", overlapping_records(), meta=META)


@pytest.fixture(scope="module")
def whole(folder: Path, large: Path, snapshot: Path) -> Path:
    ran = run_annotator("annotate", large, "-o", folder / "whole.vcf.gz", "-W", "--snapshot", snapshot)
    assert ran.status == 0, ran.err
    return folder / "whole.vcf.gz"


@cache
def cut(vcf: Path, shard: int, shards: int) -> bytes:
    ran = run_annotator("workflow", "cut", vcf, "--shard", f"{shard}/{shards}")
    assert ran.status == 0, ran.err
    return ran.out


def records_of(data: bytes) -> list[bytes]:
    return [line for line in gzip.decompress(data).splitlines() if not line.startswith(b"#")]


# Shards


@pytest.mark.parametrize("shards", [1, 4])
def test_annotated_shards_joined_are_the_whole_annotated(
    tmp_path: Path, large: Path, whole: Path, snapshot: Path, shards: int
) -> None:
    parts = []
    for number in range(1, shards + 1):
        parts.append(tmp_path / f"{number}.vcf.gz")
        ran = run_annotator(
            "annotate", "-", "-o", parts[-1], "--snapshot", snapshot, stdin=cut(large, number, shards)
        )
        assert ran.status == 0, ran.err
    ran = run_annotator("workflow", "gather", *parts, "-o", tmp_path / "joined.vcf.gz", "-W")
    assert ran == Ran(0, b"", "")
    joined = (tmp_path / "joined.vcf.gz").read_bytes()
    assert gzip.decompress(joined) == gzip.decompress(whole.read_bytes())
    assert b"CLNSIG=" in gzip.decompress(joined)
    copied = gzip.decompress(joined).count(b"\n")
    assert copied == len(overlapping_records()) + gzip.decompress(joined).count(b"\n#") + 1


def test_the_index_of_joined_shards_finds_what_the_whole_ones_does(tmp_path: Path, whole: Path) -> None:
    from pysam import TabixFile

    parts = []
    for number in (1, 2, 3):
        parts.append(tmp_path / f"{number}.vcf.gz")
        parts[-1].write_bytes(cut(whole, number, 3))
    run_annotator("workflow", "gather", *parts, "-o", tmp_path / "joined.vcf.gz", "-W")
    region = ("7", 140_740_000, 140_760_000)
    with TabixFile(str(tmp_path / "joined.vcf.gz")) as joined, TabixFile(str(whole)) as expected:
        found = list(joined.fetch(*region))
        assert found == list(expected.fetch(*region))
        assert len(found) > 100


def test_what_cannot_be_cut_is_an_error(tmp_path: Path) -> None:
    plain = write_vcf(tmp_path / "plain.vcf")
    gzipped = tmp_path / "gzipped.vcf.gz"
    gzipped.write_bytes(gzip.compress(plain.read_bytes()))
    ran = run_annotator("workflow", "cut", gzipped, "--shard", "1/2")
    assert ran.status == 1
    assert ran.err == f"ERROR: {gzipped}: it is not BGZF, so it cannot be cut. Compress it with bgzip.\n"
    assert run_annotator("workflow", "cut", "-", "--shard", "1/2", stdin=plain.read_bytes()).status == 1
    assert run_annotator("workflow", "cut", plain, "--shard", "3/2").status == 2


def test_parts_of_different_headers_and_cut_off_parts_are_not_joined(tmp_path: Path) -> None:
    first, other = write_vcf(tmp_path / "a.vcf.gz"), write_vcf(tmp_path / "b.vcf.gz", meta=META)
    output = tmp_path / "joined.vcf.gz"
    ran = run_annotator("workflow", "gather", first, other, "-o", output)
    assert ran.status == 1
    assert "b.vcf.gz: its header is not that of the first part" in ran.err
    first.write_bytes(first.read_bytes()[:-28])
    assert run_annotator("workflow", "gather", first, "-o", output).status == 1
    assert not output.exists()


def test_a_small_file_has_empty_shards_that_can_be_annotated(tmp_path: Path, snapshot: Path) -> None:
    small = write_vcf(tmp_path / "small.vcf.gz")
    pieces = [cut(small, number, 3) for number in (1, 2, 3)]
    assert sum(len(records_of(piece)) for piece in pieces) == 1
    empty = next(piece for piece in pieces if not records_of(piece))
    ran = run_annotator("annotate", "-", "--snapshot", snapshot, stdin=empty)
    assert ran.status == 0
    assert ran.out.decode().startswith("##fileformat")


# The sheet


def sheet(folder: Path, *rows: str, columns: str = "\t".join(COLUMNS)) -> Path:
    path = folder / "samples.tsv"
    path.write_text("".join(f"{row}\n" for row in ("# a note", columns, *rows)), encoding="utf-8")
    return path


def test_every_row_that_is_wrong_is_named(tmp_path: Path) -> None:
    samples = ("NORMAL", "TUMOUR")
    vcf = write_vcf(tmp_path / "a.vcf", ["7\t5\t.\tA\tT\t.\t.\t.\tGT\t0/0\t0/1"], samples=samples)
    gzipped = tmp_path / "gzipped.vcf.gz"
    gzipped.write_bytes(gzip.compress(vcf.read_bytes()))
    rows = [
        f"good\t{vcf}\tGRCh38\t\tCM\ttumour\tTUMOUR\t\t",
        f"missing\t{tmp_path / 'none.vcf'}\tGRCh38",
        f"wrong\t{vcf}\tGRCh37",
        f"good\t{vcf}\tGRCh38",
        f"cancer\t{vcf}\tGRCh38\t\tMELANOMMA\ttumour\tTUMOUR",
        f"column\t{vcf}\tGRCh38\t\t\t\tT2",
        f"several\t{vcf}\tGRCh38\t\tCM\ttumour",
        f"build\t{vcf}\thg19",
        f"opal\t{vcf}\tGRCh38\t\t\t\t\tACC-1",
        f"packed\t{gzipped}\tGRCh38",
        "nothing\t\tGRCh38",
    ]
    ran = run_annotator("workflow", "check", sheet(tmp_path, *rows), "--cgi", "--opal", "--cut")
    assert ran.status == 1
    told = ran.err.splitlines()
    expected = {
        4: "sample missing: ",
        5: "sample wrong: ",
        6: "sample good: it stands in line 3 already",
        7: "sample cancer: 'MELANOMMA' is no cancer type of CGI",
        8: f"sample column: {vcf}: it has no sample T2",
        9: "sample several: ",
        10: "sample build: 'hg19' is no assembly",
        11: "sample opal: Opal's reports are on GRCh37",
        12: "sample packed: it is not BGZF",
        13: "sample nothing: it has no VCF",
    }
    assert len(told) == len(expected), ran.err
    for line, (number, what) in zip(told, expected.items(), strict=True):
        assert line.startswith(f"ERROR: {tmp_path / 'samples.tsv'}, line {number}: {what}"), line
    assert "no such file" in told[0]
    assert "but --assembly GRCh37 was given" in told[1]
    assert "2 samples" in told[5]


def test_a_good_sheet_is_silent_and_vcfs_may_come_later(tmp_path: Path) -> None:
    vcf = write_vcf(tmp_path / "a.vcf")
    good = sheet(tmp_path, f"a\t{vcf}\tGRCh38", "", f"b\t{vcf}\tGRCh38")
    assert run_annotator("workflow", "check", good) == Ran(0, b"", "")
    later = sheet(tmp_path, f"a\t{tmp_path / 'later.vcf'}\tGRCh38\t\tNONE")
    assert run_annotator("workflow", "check", later).err.count("ERROR") == 2
    assert run_annotator("workflow", "check", later, "--later").err.count("ERROR") == 1


def test_a_sheet_without_samples_is_an_error(tmp_path: Path) -> None:
    assert "it names no sample" in run_annotator("workflow", "check", sheet(tmp_path)).err
    assert run_annotator("workflow", "check", tmp_path / "none.tsv").status == 1
    assert "line 3: it has more cells" in run_annotator("workflow", "check", sheet(tmp_path, "a\t" * 20)).err


# Packaging


def test_the_workflow_is_copied_with_a_configuration_and_nothing_is_written_over(
    tmp_path: Path, repository: Path
) -> None:
    assert run_annotator("workflow", "path").out.decode() == f"{repository / 'workflow'}\n"
    ran = run_annotator("workflow", "init", tmp_path / "cohort")
    assert ran.status == 0, ran.err
    made = tmp_path / "cohort"
    assert (made / "workflow" / "Snakefile").read_bytes() == (repository / "workflow/Snakefile").read_bytes()
    assert (made / "config" / "config.yaml").is_file()
    assert not (made / "workflow" / "config").exists()
    again = run_annotator("workflow", "init", made)
    assert again.status == 1
    assert "it has a workflow already" in again.err


def test_the_wheel_has_the_workflow(tmp_path: Path, repository: Path) -> None:
    """Unpacked where nothing else is, it finds its own."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        packed.extractall(tmp_path / "site")
    files = [
        path.relative_to(repository / "workflow")
        for path in (repository / "workflow").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(files) > 20
    assert {f"annotator/_workflow/{path}" for path in files} <= names
    told = subprocess.run(
        command("workflow", "init", tmp_path / "cohort"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "cohort" / "workflow" / "rules" / "common.smk").is_file()
