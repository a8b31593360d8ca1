"""Look up CIViC's alleles in the emulated ClinGen Allele Registry and write the table with their positions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import annotator
from annotator.errors import NetworkError, UsageError
from annotator.net import HttpLimits
from annotator.snapshot.civic.caids import read_caid_table
from annotator.snapshot.pull.caids import PulledCaids, pull_caid
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from tests.servers.allele_registry import EXAMPLES, AlleleRegistry, GenomicAllele
from tests.servers.base import NOT_JSON, RunningServer, Status
from tests.support.civic_releases import VARIANT, write_release
from tests.support.inputs import data_lines, info_of, run_annotator, vcf_text

QUICK = HttpLimits(
    requests_per_second=1000.0, connections=2, attempts=2, first_wait=0.01, failures_to_open=50
)
TODAY = date(2026, 11, 26)


def variants(*caids: str) -> list[dict[str, str]]:
    return [
        VARIANT | {"variant_id": str(12 + number), "allele_registry_id": caid}
        for number, caid in enumerate(caids)
    ]


def test_a_table_of_every_caid_that_civic_names(tmp_path: Path) -> None:
    release = write_release(
        tmp_path / "civic",
        variants("CA123643", "CA012345", "CA001889", "CA9", "unregistered", "", "CA123643"),
    )
    with RunningServer(AlleleRegistry(EXAMPLES).application()) as server:
        pulled = pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK, today=TODAY)
        paths = sorted(request.path for request in server.requests)
    assert pulled == PulledCaids(requested=4, unknown=1, placed=3)
    assert paths == ["/allele/CA001889", "/allele/CA012345", "/allele/CA123643", "/allele/CA9"]
    assert read_caid_table(tmp_path / "caid.tsv", Assembly.GRCH38) == {
        "CA123643": AlleleKey("7", 140753336, "A", "T"),
        "CA012345": AlleleKey("13", 32340301, "T", ""),
    }
    assert read_caid_table(tmp_path / "caid.tsv", Assembly.GRCH37) == {
        "CA123643": AlleleKey("7", 140453136, "A", "T"),
        "CA001889": AlleleKey("17", 41244646, "", "GA"),
    }
    assert "\t2026-11-26\n" in (tmp_path / "caid.tsv").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["caid.tsv", "civic"]


@pytest.mark.parametrize(
    ("facts", "way", "match"),
    [
        # What the shipped table of aligned blocks places, the registry confirms.
        ({}, "liftover", "exact"),
        # Coordinates of an assembly that has no table of aligned blocks.
        ({"reference_build": "NCBI36", "start": "140099605", "stop": "140099605"}, "CAID", "caid"),
    ],
    ids=["confirmed", "placed"],
)
def test_a_variant_is_placed_or_confirmed_by_the_table(
    facts: dict[str, str], way: str, match: str, tmp_path: Path
) -> None:
    release = write_release(tmp_path / "civic", [variants("CA123643")[0] | facts])
    with RunningServer(AlleleRegistry(EXAMPLES).application()) as server:
        pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK)
    manifest = annotator.build_snapshot(
        tmp_path / "s",
        "GRCh38",
        civic=release,
        civic_options=annotator.CivicOptions(caid_table=tmp_path / "caid.tsv"),
    )
    counts = manifest.sources["civic"].counts
    assert counts[f"variants by {way}"] == 1
    assert counts.get("positions confirmed by a second identifier", 0) == (way != "CAID")
    (tmp_path / "in.vcf").write_text(vcf_text(["7\t140753336\t.\tA\tT\t.\t.\t."]))
    annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.vcf", snapshot=tmp_path / "s")
    (line,) = data_lines((tmp_path / "out.vcf").read_bytes())
    assert (info_of(line)["CIVIC_VID"], info_of(line)["CIVIC_MATCH"]) == ("12", match)


def test_received_responses_are_not_requested_again(tmp_path: Path) -> None:
    release = write_release(tmp_path / "civic", variants("CA001889", "CA012345", "CA123643"))
    with RunningServer(AlleleRegistry(EXAMPLES).application()) as server:
        server.faults.then(None, *[Status(503)] * 4)
        with pytest.raises(NetworkError):
            pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK)
        assert not (tmp_path / "caid.tsv").exists()
        before = len(server.requests)
        server.faults.then()
        pulled = pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK)
        again = [request.path for request in server.requests[before:]]
    assert pulled.placed == 3
    assert 1 <= len(set(again)) <= 2  # the one that had come is not among them


def test_pages_for_people_are_no_answers(tmp_path: Path) -> None:
    release = write_release(tmp_path / "civic", variants("CA123643"))
    with RunningServer(AlleleRegistry(EXAMPLES).application()) as server:
        server.faults.then(NOT_JSON)
        assert pull_caid(tmp_path / "one.tsv", release, url=server.url, limits=QUICK).placed == 1
        server.faults.then(NOT_JSON, NOT_JSON)
        with pytest.raises(NetworkError):
            pull_caid(tmp_path / "two.tsv", release, url=server.url, limits=QUICK)


def test_changes_that_are_not_plain_sequences_are_omitted(tmp_path: Path) -> None:
    odd = {
        "CA1": (GenomicAllele("GRCh38", "77", 1, 2, "A", "T"),),
        "CA2": (GenomicAllele("GRCh38", "7", 1, 2, "A", "A"),),
        "CA3": (GenomicAllele("GRCh38", "7", 1, 2, "A", "<DEL>"),),
        "CA4": (GenomicAllele("GRCh38", "7", 1, 2, "A", "T"), GenomicAllele("GRCh38", "8", 1, 2, "A", "T")),
        "CA5": (),
    }
    release = write_release(tmp_path / "civic", variants(*odd))
    with RunningServer(AlleleRegistry(odd).application()) as server:
        pulled = pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK)
    assert pulled == PulledCaids(requested=5, unknown=0, placed=0)


def test_nothing_is_requested_if_the_table_exists(tmp_path: Path) -> None:
    release = write_release(tmp_path / "civic", variants("CA123643"))
    (tmp_path / "caid.tsv").write_text("mine")
    with RunningServer(AlleleRegistry(EXAMPLES).application()) as server:
        with pytest.raises(UsageError, match="the output already exists"):
            pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK)
        assert server.requests == []
        pull_caid(tmp_path / "caid.tsv", release, url=server.url, limits=QUICK, replace=True)
    assert "CA123643" in (tmp_path / "caid.tsv").read_text()


def test_the_command(tmp_path: Path) -> None:
    release = write_release(tmp_path / "civic", variants("CA123643", "CA9"))
    with RunningServer(AlleleRegistry(EXAMPLES).application()) as server:
        arguments = ("snapshot", "pull", "caid", "--civic", release, "-o", tmp_path / "caid.tsv")
        ran = run_annotator(*arguments, "--url", server.url, "--rate", "100")
    assert ran.status == 0, ran.err
    assert ran.err.endswith("caid.tsv: 2 CAIDs looked up, 1 with a position, 1 not found\n")
