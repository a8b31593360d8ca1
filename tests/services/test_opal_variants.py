"""The variants of a report, allele by allele."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from annotator.annotation.allele_table import Keys
from annotator.dispatch.opal.variants import OpalVariant, ReportVariants, report_variants
from annotator.errors import (
    DispatchError,
)
from annotator.net import UnavailableError
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from tests.servers import base
from tests.servers.base import RunningServer
from tests.servers.opal import Opal, Options, Variant, application
from tests.support.opal_calls import BRAF, ask


@pytest.fixture
def server(opal: Opal) -> Iterator[RunningServer]:
    with RunningServer(application(opal)) as running:
        yield running


# Variants

V600E = AlleleKey("7", 140453136, "A", "T")


def variants(url: str, number: int = 1202) -> ReportVariants:
    return ask(url, lambda client: report_variants(client, number, Keys(Assembly.GRCH37)))


def some_variants() -> list[Variant]:
    return [
        BRAF,
        Variant("chr7", 140453136, "A", "C", "REVIEWED"),
        Variant("chr13", 32914437, "GT", "G", "Pending", "DO_NOT_REPORT"),
        Variant("chr1", 100, "A", "G", "FAILED_CONFIRMATION"),
        Variant("chr1", 101, "A", "G", None),
        Variant("chr1", 102, "C", "CTT", "a word of next year's, in full", "PRIMARY_FINDING"),
    ]


@pytest.mark.parametrize("envelope", ["objects", "array"])
def test_each_allele_gets_its_own_words_unchanged(opal: Opal, envelope: str) -> None:
    opal.reports[1202].variants = some_variants()
    with RunningServer(application(opal, Options(envelope=envelope))) as server:
        found = variants(server.url)
    assert found.variants == {
        V600E: OpalVariant(["CONFIRMED"], ["PRIMARY_FINDING"]),
        AlleleKey("7", 140453136, "A", "C"): OpalVariant(["REVIEWED"], []),
        AlleleKey("13", 32914438, "T", ""): OpalVariant(["Pending"], ["DO_NOT_REPORT"]),
        AlleleKey("1", 100, "A", "G"): OpalVariant(["FAILED_CONFIRMATION"], []),
        AlleleKey("1", 101, "A", "G"): OpalVariant([], []),
        AlleleKey("1", 103, "", "TT"): OpalVariant(["a word of next year's, in full"], ["PRIMARY_FINDING"]),
    }
    assert found.release.version == "report 1202 version 1"
    assert found.spellings[V600E] == "chr7\t140453136\tA\tT"


def test_a_word_that_all_variants_have_needs_no_filter(server: RunningServer) -> None:
    assert variants(server.url).variants == {V600E: OpalVariant(["CONFIRMED"], ["PRIMARY_FINDING"])}
    asked = [dict(request.query) for request in server.requests]
    assert asked == [{}, {}, {"format": "VCF"}]


def test_a_report_without_variants_has_none(server: RunningServer) -> None:
    assert variants(server.url, 1203).variants == {}


def test_an_allele_of_several_variants_gets_the_words_of_all(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = [BRAF, replace(BRAF, status="REVIEWED", gene="OTHER", to_report=None)]
    found = variants(server.url)
    assert found.variants == {V600E: OpalVariant(["CONFIRMED", "REVIEWED"], ["PRIMARY_FINDING"])}


def test_alleles_that_no_vcf_can_be_looked_up_by_are_counted(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = [BRAF, Variant("chr1", 5, "A", "<DEL>"), Variant("chrUn_x", 5, "A", "C")]
    found = variants(server.url)
    assert found.refused == {"symbolic": 1, "unknown_contig": 1}
    assert list(found.variants) == [V600E]


def test_a_filter_that_does_nothing_is_noticed(opal: Opal) -> None:
    opal.reports[1202].variants = some_variants()
    what = "1 variant with 'CONFIRMED' in JSON, but 6 alleles"
    with (
        RunningServer(application(opal, Options(ignores_filters=True))) as server,
        pytest.raises(DispatchError, match=what),
    ):
        variants(server.url)


def test_a_filter_that_finds_nothing_is_noticed(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = some_variants()
    nothing = base.Body(
        b"##fileformat=VCFv4.1\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n", "text/plain"
    )
    server.faults.by(lambda request: nothing if ("status", "Pending") in request.query else None)
    with pytest.raises(
        DispatchError,
        match="report 1202 has 2 alleles without status, but its JSON has 1 variant without status",
    ):
        variants(server.url)


def test_json_that_lacks_variants_is_noticed(opal: Opal, server: RunningServer) -> None:
    opal.reports[1202].variants = some_variants()
    server.faults.then(None, base.Body(b"[]"))
    with pytest.raises(DispatchError, match="without status, but its JSON has 0 variants without status"):
        variants(server.url)


HEAD = "##fileformat=VCFv4.1\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("#CHROM\tPOS\n", "#CHROM line is wrong"),
        (HEAD + "chr7\tx\t.\tA\tT\t.\t.\t.\n", "a line is not a VCF record"),
        (HEAD + "chr7\t5\t.\tA\n", "a line is not a VCF record"),
        ("##reference=GRCh38\n" + HEAD, "GRCh38"),
    ],
)
def test_a_vcf_that_cannot_be_used_is_refused(server: RunningServer, text: str, what: str) -> None:
    server.faults.then(None, None, base.Body(text.encode(), "text/plain"))
    with pytest.raises(DispatchError, match=what):
        variants(server.url)


def test_an_invalid_vcf_is_an_outage(server: RunningServer) -> None:
    server.faults.then(None, None, base.NOT_JSON, base.NOT_JSON)
    with pytest.raises(UnavailableError, match="the response is not a VCF"):
        variants(server.url)


def test_a_status_that_is_no_text_is_refused(server: RunningServer) -> None:
    server.faults.then(None, base.Body(b'[{"id": 1, "status": {"name": "Doe"}}]'))
    with pytest.raises(DispatchError, match="a status that is not text"):
        variants(server.url)
