"""The workflow splits inputs into shards, and queries services over the network where the configuration allows it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.variants.assembly import Assembly
from tests.bench.workflow import calls_of, covered, measured, note_calls
from tests.servers import clinical_tables
from tests.servers.base import RunningServer, Status
from tests.servers.cgi import Options
from tests.servers.construction import records_of_tables
from tests.servers.ncbi_files import ROOT, NcbiFiles, small_clinvar
from tests.servers.opal import demo
from tests.support.clinvar_tables import write_tables
from tests.support.demo_cohort import NEVER, Demo, passed, vcf
from tests.support.inputs import (
    MT_BASES,
    data_lines,
    info_of,
    run_annotator,
    write_fasta,
    write_snapshot,
    write_vcf,
)
from tests.support.workflow_runs import (
    META,
    Cohort,
    copy_demo,
    demo_services,
    make_cohort,
    overlapping_records,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo cohort, run until it ends well, with its services still there."""
    opal = demo("login", "planted-password", NEVER)
    with demo_services(Options(waiting=10**6), opal) as (variables, cgi):
        cohort = copy_demo(tmp_path_factory.mktemp("demo"), variables, deadline="1s")
        first = cohort.run("--configfile", "workflow/config/demo.yaml")
        for job in cgi.jobs.values():
            job.left = 0
        opal.approve(1202)
        second = cohort.run("--configfile", "workflow/config/demo.yaml")
        yield Demo(cohort, cgi, opal, first, second)


# Shards


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory, running: Demo) -> Cohort:
    cohort = make_cohort(tmp_path_factory.mktemp("scattered"))
    write_vcf(cohort.folder / "L.vcf.gz", overlapping_records(), meta=META)
    cohort.list_samples([{"sample": "L", "vcf": "L.vcf.gz", "assembly": "GRCh38"}])
    (cohort.folder / "snapshot").symlink_to(running.cohort.folder / "resources" / "GRCh38.snapshot")
    return cohort


def test_scattered_over_1_4_and_16_it_is_the_same_byte_for_byte(scattered: Cohort) -> None:
    found = {}
    target = "results/annotated/L.vcf.gz"
    for shards in (1, 4, 16):
        scattered.configure(
            snapshots={"GRCh38": {"folder": "snapshot"}}, scatter={"shards": shards, "above_mb": 0}
        )
        ended = scattered.run("--forcerun", "annotate", "gather", "--", target)
        assert ended.status == 0, ended.said + scattered.logs()
        assert ended.said.count("Annotating shard") == (shards if shards > 1 else 0)
        found[shards] = vcf(scattered.folder / target)
        assert not list((scattered.folder / "results").glob("shards/*/*.vcf.gz"))
    assert found[1] == found[4] == found[16]
    assert len(data_lines(found[1])) == len(overlapping_records())
    assert b"CLNSIG=" in found[1]


def test_a_profile_whose_variants_are_in_different_shards_is_found(
    scattered: Cohort, running: Demo, tmp_path: Path
) -> None:
    """BRAF V600E is in the first shard, V600M in the last: CIViC knows something of both together.

    The unit tests of the rules pass, too.
    """
    draw = random.Random(600)  # noqa: S311
    refs = ["".join(draw.choices("ACGT", k=900)) for _ in range(500)]
    between = [f"7\t140453137\t.\t{ref}\t{ref}A\t.\t.\t." for ref in refs]
    lines = ["7\t140453136\t.\tA\tT\t.\t.\t.", *between, "7\t140453137\t.\tC\tT\t.\t.\t."]
    source = write_vcf(scattered.folder / "J.vcf.gz", lines, assembly=Assembly.GRCH37)
    snapshot = scattered.folder / "snapshot37"
    snapshot.symlink_to(running.cohort.folder / "resources" / "GRCh37.snapshot")
    scattered.configure(snapshots={"GRCh37": {"folder": "snapshot37"}}, scatter={"shards": 2, "above_mb": 0})
    scattered.list_samples([{"sample": "J", "vcf": "J.vcf.gz", "assembly": "GRCh37"}])
    ended = scattered.run("results/annotated/J.vcf.gz", "--notemp")
    assert ended.status == 0, ended.said + scattered.logs()
    parts = [vcf(scattered.folder / f"results/shards/J/{shard}-of-2.vcf.gz") for shard in (1, 2)]
    assert all(b"CIVIC_VID=" in part for part in parts)
    assert not any(b"_AND_" in part for part in parts)
    options = ("--snapshot", snapshot, "--assembly", "GRCh37")
    whole = run_annotator("annotate", source, "-o", tmp_path / "whole.vcf", *options)
    assert whole.status == 0, whole.err
    found = vcf(scattered.folder / "results" / "annotated" / "J.vcf.gz")
    assert found == (tmp_path / "whole.vcf").read_bytes()
    assert b"V600E_AND_BRAF_V600M" in found
    generated = scattered.run("results/annotated/J.vcf.gz", "--generate-unit-tests", "unit")
    assert generated.status == 0, generated.said
    assert passed(scattered, "unit") == {"annotate_shard", "gather", "snapshot_verify"}


INDEL = f"MT\t{MT_BASES.index('AAA') + 2}\t.\tAA\tA\t.\t.\t."
"""Of three A the last; it is known by the first."""


def test_plain_text_and_bcf_are_scattered_too(scattered: Cohort) -> None:
    from pysam import bcftools

    # With a reference, where an indel moves to the left.
    write_fasta(scattered.folder / "mt.fa", {"MT": MT_BASES})
    write_vcf(scattered.folder / "K.vcf", [*overlapping_records(), INDEL], meta=META)
    bcftools.view(
        "-Ob", "-o", str(scattered.folder / "K.bcf"), str(scattered.folder / "K.vcf"), catch_stdout=False
    )
    rows = [{"sample": kind, "vcf": f"K.{kind.lower()}", "assembly": "GRCh38"} for kind in ("VCF", "BCF")]
    scattered.list_samples(rows)
    told: dict[str, object] = {
        "snapshots": {"GRCh38": {"folder": "snapshot"}},
        "references": {"GRCh38": "mt.fa"},
    }
    scattered.configure(**told, scatter={"shards": 2, "above_mb": 0})
    targets = [f"results/annotated/{kind}.vcf.gz" for kind in ("VCF", "BCF")]
    ended = scattered.run(*targets)
    assert ended.status == 1
    assert "line 3: sample BCF: a BCF can be split into shards only with an index" in ended.said
    scattered.configure(**told, scatter={"shards": 2, "above_mb": 100})  # it is smaller: no index is needed
    assert "Annotating shard" not in scattered.run(*targets, "--dry-run").said
    bcftools.index(str(scattered.folder / "K.bcf"))
    scattered.configure(**told, scatter={"shards": 2, "above_mb": 0})
    ended = scattered.run(*targets)
    assert ended.status == 0, ended.said + scattered.logs()
    assert ended.said.count("Annotating shard") == 4
    for kind, target in zip(("vcf", "bcf"), targets, strict=True):
        whole = run_annotator(
            "annotate", scattered.folder / f"K.{kind}", "--snapshot", scattered.folder / "snapshot",
            "--assembly", "GRCh38", "--reference", scattered.folder / "mt.fa",
        )  # fmt: skip
        assert vcf(scattered.folder / target) == whole.out
        assert b"--reference mt.fa" in whole.out


def test_the_benchmark_sees_every_call_of_ours(tmp_path: Path, running: Demo) -> None:
    """Two shards and their gathering; a check of the sheet; the snapshot, verified and described."""
    vcf = write_vcf(tmp_path / "in.vcf.gz")
    snapshot = running.cohort.folder / "resources" / "GRCh38.snapshot"
    ran = measured(tmp_path / "measured", vcf, snapshot, samples=1, shards=2, cores=2)
    assert len(ran.calls) == 2 + 1 + 1 + 2
    assert 0 < ran.ours < ran.wall
    assert 0 < ran.cpu_of_ours < ran.cpu
    assert covered([(5, 6), (1, 3), (2, 4), (2, 3)]) == 4


# Over the network


def test_failed_lookups_fail_the_job_and_a_resumed_run_retries_only_these(
    tmp_path: Path, repository: Path
) -> None:
    demo_data = repository / "test_data" / "demo"
    write_tables(tmp_path, demo_data / "clinvar.GRCh38.vcf", demo_data / "clinvar.GRCh37.vcf")
    with RunningServer(clinical_tables.application(records_of_tables(tmp_path))) as server:
        url = server.url + clinical_tables.PATH
        cohort = make_cohort(tmp_path / "online", {"ANNOTATOR_CLINVAR_URL": url})
        write_snapshot(cohort.folder / "snapshot")
        shutil.copy(demo_data / "tumour.GRCh38.vcf", cohort.folder / "t.vcf")
        cohort.list_samples([{"sample": "T", "vcf": "t.vcf", "assembly": "GRCh38"}])
        online = {"online": "--source clinvar=api --attempts 1 --rate 1000"}
        cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate=online)
        target = "results/annotated/T.vcf.gz"
        server.faults.then(None)
        server.faults.always(Status(404))
        first = cohort.run(target, "--retries", "0")
        assert first.status == 1, first.said
        assert not (cohort.folder / target).exists()
        server.faults.clear()
        asked = len(server.requests)
        second = cohort.run(target, "--retries", "0")
        assert second.status == 0, second.said + cohort.logs()
        assert 'Resource("clinvar_api", 1)' in first.said
        assert len(server.requests) - asked > 0
        identifiers = [str(request.query) for request in server.requests]
        assert identifiers.count(identifiers[0]) == 1
    assert sum("CLNSIG" in info_of(line) for line in data_lines(vcf(cohort.folder / target))) > 10


def test_no_two_jobs_query_the_same_service_at_a_time(tmp_path: Path, repository: Path) -> None:
    """Although there are as many cores as samples; with a higher limit they do."""
    demo_data = repository / "test_data" / "demo"
    write_tables(tmp_path, demo_data / "clinvar.GRCh38.vcf", demo_data / "clinvar.GRCh37.vcf")
    with RunningServer(clinical_tables.application(records_of_tables(tmp_path))) as server:
        url = server.url + clinical_tables.PATH
        cohort = make_cohort(tmp_path / "online", {"ANNOTATOR_CLINVAR_URL": url})
        note_calls(cohort)
        write_snapshot(cohort.folder / "snapshot")
        shutil.copy(demo_data / "tumour.GRCh38.vcf", cohort.folder / "t.vcf")
        names = ("A", "B", "C")
        cohort.list_samples({"sample": name, "vcf": "t.vcf", "assembly": "GRCh38"} for name in names)
        online = {"online": "--source clinvar=api --rate 20"}
        cohort.configure(snapshots={"GRCh38": {"folder": "snapshot"}}, annotate=online)
        targets = [f"results/annotated/{name}.vcf.gz" for name in names]
        overlapping = []
        for limit in ((), ("--resources", "clinvar_api=3")):
            ended = cohort.run(*targets, "--cores", "3", "--forcerun", "annotate_online", *limit)
            assert ended.status == 0, ended.said + cohort.logs()
            calls = calls_of(cohort, "annotate")
            assert len(calls) == len(names)
            together = sum(call.ended - call.began for call in calls)
            overlapping.append(together - covered((call.began, call.ended) for call in calls))
            for noted in (*(cohort.folder / "calls").iterdir(), *cohort.folder.rglob("*.journal")):
                noted.unlink()  # so that all is asked again
    assert overlapping[0] == pytest.approx(0, abs=1e-6)
    assert overlapping[1] > 0


def test_a_snapshot_is_pulled_once_where_snakemake_runs(tmp_path: Path) -> None:
    files = NcbiFiles(small_clinvar(tmp_path, {"clinvar.vcf.gz": "2026-02-26"}))
    with RunningServer(files.application()) as server:
        cohort = make_cohort(tmp_path / "pulling", {"ANNOTATOR_CLINVAR_MIRROR": server.url + ROOT})
        write_vcf(cohort.folder / "a.vcf")
        rows = [{"sample": name, "vcf": "a.vcf", "assembly": "GRCh38"} for name in ("A", "B")]
        cohort.list_samples(rows)
        cohort.configure(snapshots={"GRCh38": {"pull": ["clinvar"]}})
        ended = cohort.run("results/annotated/A.vcf.gz", "results/annotated/B.vcf.gz")
        assert ended.status == 0, ended.said + cohort.logs()
        assert ended.said.count("Downloading the snapshot for GRCh38") == 1
    assert "2026-02-26" in (cohort.folder / "resources" / "GRCh38.releases.txt").read_text()
    cohort.configure(snapshots={"GRCh38": {"pull": ["clinvar", "civic"], "civic_options": "--from files"}})
    planned = cohort.run("--forcerun", "snapshot_pull", "--dry-run").said
    assert "snapshot pull clinvar --assembly GRCh38 -o resources/GRCh38.snapshot --quiet --force" in planned
    assert "-o resources/GRCh38.snapshot --quiet --update --from files" in planned
