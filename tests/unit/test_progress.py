"""Progress of long operations: what the library passes to a callback; the library itself prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

import annotator
from annotator import OnlineOptions
from annotator.diff.files import compare_files
from annotator.diff.snapshots import compare_snapshots
from annotator.dispatch.cgi.extract import extract_mutations
from annotator.doctor.examine import examine
from annotator.explain.explain import explain
from annotator.report.writing import Views, write_views
from annotator.runtime.progress import Step, Unit, counting
from tests.servers import civic_graphql, clinical_tables
from tests.servers.base import RunningServer
from tests.servers.civic_database import read_release
from tests.servers.construction import records_of_tables
from tests.support.clinvar_tables import write_tables
from tests.support.inputs import CLINVAR_RECORDS, write_snapshot, write_vcf

RECORDS = [f"7\t{position}\t.\tA\tT\t.\t.\t." for position in range(140_700_000, 140_760_000)]
"""Some megabytes: several buffers' worth."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot, the same records in each format, and an annotated file."""
    made = tmp_path_factory.mktemp("progress")
    write_snapshot(made / "s")
    for name in ("in.vcf", "in.vcf.gz"):
        write_vcf(made / name, RECORDS)
    annotator.annotate(made / "in.vcf", made / "out.vcf", snapshot=made / "s")
    # A tenth: each of its records is annotated anew.
    annotator.annotate(write_vcf(made / "few.vcf", RECORDS[::10]), made / "in.bcf", snapshot=made / "s")
    return made


def tasks(steps: list[Step]) -> list[tuple[str, int, int | None, Unit]]:
    """Label, end, total and unit of each task; its steps only ever go forward."""
    found = []
    for (label, unit), group in groupby(steps, key=lambda step: (step.label, step.unit)):
        of_task = list(group)
        assert of_task == sorted(of_task, key=lambda step: step.done)
        found.append((label, of_task[-1].done, of_task[-1].total, unit))
    return found


def test_counting_reports_the_total() -> None:
    steps: list[Step] = []
    advanced = counting(steps.append, "counting", 7, Unit.ENTRIES)
    for more in (3, 0, 4):
        advanced(more)
    assert steps == [Step("counting", done, 7, Unit.ENTRIES) for done in (3, 3, 7)]
    counting(None, "counting", 7)(3)  # nobody wants to know


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("output", ["out.vcf.gz", "out.bcf"])
@pytest.mark.parametrize("source", ["in.vcf", "in.vcf.gz", "in.bcf"])
def test_a_run_reports_the_bytes_read(
    folder: Path, tmp_path: Path, source: str, output: str, threads: int
) -> None:
    steps: list[Step] = []
    quiet, told = tmp_path / output, tmp_path / f"told.{output}"
    annotator.annotate(folder / source, quiet, snapshot=folder / "s", threads=threads)
    annotator.annotate(folder / source, told, snapshot=folder / "s", threads=threads, progress=steps.append)
    size = (folder / source).stat().st_size
    assert tasks(steps) == [(f"annotating {source}", size, size, Unit.BYTES)]
    assert len(steps) > size >> 20  # more often than once per mebibyte
    assert told.read_bytes() == quiet.read_bytes()


def test_the_total_of_regions_is_unknown(folder: Path, tmp_path: Path) -> None:
    import pysam

    pysam.tabix_index(str(folder / "in.vcf.gz"), preset="vcf", force=True)
    steps: list[Step] = []
    annotator.annotate(
        folder / "in.vcf.gz",
        tmp_path / "out.vcf",
        snapshot=folder / "s",
        regions=["7:140753336"],
        progress=steps.append,
    )
    assert {step.total for step in steps} == {None}


READERS: dict[str, Callable[[Path, Path, Callable[[Step], None]], object]] = {
    "examining out.vcf": lambda folder, _, told: examine(
        str(folder / "out.vcf"), today=date(2026, 3, 1), progress=told
    ),
    "looking through out.vcf": lambda folder, _, told: explain(
        "7:140753336:A:T", folder / "s", vcf=folder / "out.vcf", progress=told
    ),
    "reading out.vcf": lambda folder, made, told: write_views(
        Views(tsv=made / "t.tsv"), [folder / "out.vcf"], progress=told
    ),
}


@pytest.mark.parametrize("label", READERS)
def test_readers_of_files_report_the_bytes_read(folder: Path, tmp_path: Path, label: str) -> None:
    steps: list[Step] = []
    READERS[label](folder, tmp_path, steps.append)
    size = (folder / "out.vcf").stat().st_size
    assert tasks(steps) == [(label, size, size, Unit.BYTES)]


def test_several_files_are_one_task(folder: Path, tmp_path: Path) -> None:
    steps: list[Step] = []
    other = tmp_path / "other.vcf"
    other.write_bytes((folder / "out.vcf").read_bytes())
    write_views(Views(tsv=tmp_path / "t.tsv"), [folder / "out.vcf", other], progress=steps.append)
    size = 2 * other.stat().st_size
    assert tasks(steps) == [("reading 2 files", size, size, Unit.BYTES)]


def test_mutations_of_a_sample_report_the_bytes_read(tmp_path: Path) -> None:
    records = [f"7\t{position}\t.\tA\tT\t.\t.\t.\tGT\t0/1" for position in range(1, 10_000)]
    source = write_vcf(tmp_path / "t.vcf", records, samples=("T",))
    steps: list[Step] = []
    extract_mutations(str(source), progress=steps.append)
    size = source.stat().st_size
    assert tasks(steps) == [("reading t.vcf", size, size, Unit.BYTES)]


def test_compared_files_report_each_pass(folder: Path) -> None:
    steps: list[Step] = []
    same = str(folder / "out.vcf")
    list(compare_files(same, same, progress=steps.append).changes)
    size = (folder / "out.vcf").stat().st_size
    assert [step.done for step in steps].count(size) == 2


def test_compared_snapshots_report_alleles(tmp_path: Path) -> None:
    before = write_snapshot(tmp_path / "before", CLINVAR_RECORDS[:1], date="2026-01-01")
    after = write_snapshot(tmp_path / "after")
    steps: list[Step] = []
    changes = list(compare_snapshots(before, after, progress=steps.append).changes)
    assert tasks(steps) == [("comparing ClinVar", 3, 3, Unit.ALLELES)]
    assert len(changes) == 2


# Over the network


def test_an_online_run_reports_identifiers(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    demo = repository / "test_data" / "demo"
    write_tables(tmp_path, demo / "clinvar.GRCh38.vcf", demo / "clinvar.GRCh37.vcf")
    steps: list[Step] = []
    with RunningServer(clinical_tables.application(records_of_tables(tmp_path))) as server:
        online = OnlineOptions(clinvar_url=server.url + clinical_tables.PATH, requests_per_second=1000.0)
        report = annotator.annotate(
            demo / "tumour.GRCh38.vcf", tmp_path / "out.vcf", online=online, progress=steps.append
        )
    assert report.summary.answers["clinvar"]["found"]
    assert {(step.label, step.unit) for step in steps} == {("looking up in ClinVar", Unit.IDENTIFIERS)}
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert steps[-1].done == steps[-1].total
    assert len(steps) == len(server.requests)


def test_a_run_with_a_sweep_reports_entries_and_then_its_input(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    demo = repository / "test_data" / "demo"
    service = civic_graphql.CivicGraphql(read_release(demo / "civic"), civic_graphql.Options(rate=None))
    steps: list[Step] = []
    source = demo / "tumour.GRCh38.vcf"
    with RunningServer(service.application()) as server:
        online = OnlineOptions(
            clinvar=False, civic="graphql", civic_url=server.url + civic_graphql.PATH, civic_rate=1000.0
        )
        annotator.annotate(source, tmp_path / "out.vcf", online=online, progress=steps.append)
    entries = {step.label: step for step in steps if step.unit is Unit.ENTRIES}
    assert set(entries) == {
        f"downloading {what} from CIViC" for what in ("assertions", "evidence", "profiles", "variants")
    }
    assert all(step.done == step.total or step.total is None for step in entries.values())
    size = source.stat().st_size
    assert steps[-1] == Step("annotating tumour.GRCh38.vcf", size, size, Unit.BYTES)


# Snapshots


def test_a_snapshot_of_tables_reports_each_table(repository: Path, tmp_path: Path) -> None:
    demo = repository / "test_data" / "demo"
    write_tables(tmp_path, demo / "clinvar.GRCh38.vcf", demo / "clinvar.GRCh37.vcf")
    steps: list[Step] = []
    told, quiet = tmp_path / "told", tmp_path / "quiet"
    for output, progress in ((told, steps.append), (quiet, None)):
        annotator.build_snapshot(
            output, "GRCh38", clinvar_tables=tmp_path, clinvar_release="2026-02-26", progress=progress
        )
    names = ("variation_allele", "hgvs4variation", "variant_summary")
    paths = [next(tmp_path.glob(f"{name}.txt*")) for name in names]
    sizes = [path.stat().st_size for path in paths]
    assert tasks(steps) == [
        (f"reading {path.name}", size, size, Unit.BYTES) for path, size in zip(paths, sizes, strict=True)
    ]
    assert (told / "clinvar.store").read_bytes() == (quiet / "clinvar.store").read_bytes()


def test_verifying_reports_all_files_as_one_task(tmp_path: Path) -> None:
    made = write_snapshot(tmp_path / "made")
    steps: list[Step] = []
    annotator.Snapshot.open(made).verify(steps.append)
    size = (made / "clinvar.store").stat().st_size
    assert tasks(steps) == [("verifying made", size, size, Unit.BYTES)]
