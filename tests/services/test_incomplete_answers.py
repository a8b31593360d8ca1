"""An answer that counts more than it delivers has failed; one odd value costs the entry that holds it, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.net.json_values import is_writable, json_value
from annotator.sources.civic.graphql_nodes import NodeReader
from annotator.sources.civic.sweeping import Findings, Statuses
from annotator.sources.civic.v1_records import RecordReader
from annotator.sources.clinvar.service import ServiceRecord, read_page
from annotator.variants.assembly import Assembly
from tests.conftest import REPOSITORY
from tests.servers.base import Body, Fault, Request, RunningServer
from tests.servers.civic_database import read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.servers.civic_v1 import CivicV1
from tests.servers.civic_v1 import Options as V1Options
from tests.support.inputs import data_lines, info_of, run_annotator

DEMO = REPOSITORY / "test_data" / "demo"
INPUT = DEMO / "tumour.GRCh37.vcf"
# Counts 114 entries and delivers none.
GRAPHQL = b'{"data": {"page": {"nodes": [], "totalCount": 114, "pageInfo": {"hasNextPage": false, "endCursor": null}}}}'
V1 = b'{"_meta": {"current_page": 1, "per_page": 100, "total_pages": 2, "total_count": 114}, "records": []}'


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("CIVIC_API_KEY", raising=False)


@pytest.fixture(params=["graphql", "v1"])
def way(request: pytest.FixtureRequest) -> Iterator[tuple[str, RunningServer, str]]:
    database = read_release(DEMO / "civic")
    if request.param == "graphql":
        with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as server:
            yield "graphql", server, f"{server.url}{PATH}"
    else:
        with RunningServer(CivicV1(database, V1Options(rate=None)).application()) as server:
            yield "v1", server, f"{server.url}/api"


def nothing_of_evidence(request: Request) -> Fault | None:
    if b"evidenceItems" in request.body and b"ampLevel" not in request.body:
        return Body(GRAPHQL)
    return Body(V1) if request.path.endswith("/evidence_items") else None


def test_counted_but_missing_records_fail_lookups_and_are_requested_again(
    way: tuple[str, RunningServer, str], tmp_path: Path
) -> None:
    name, server, url = way
    asking = ("--online", "--source", f"civic={name}", "--civic-url", url, "--civic-rate", "2000")
    output = tmp_path / "out.vcf"
    server.faults.by(nothing_of_evidence)
    ran = run_annotator("annotate", INPUT, "-o", output, *asking)
    assert ran.status == 3, ran.err
    assert "114 evidence items of CIViC cannot be used: counted by CIViC, but not returned" in ran.err
    words = [info_of(line)["ANNSTATUS"] for line in data_lines(output.read_bytes()) if "ANNSTATUS" in line]
    assert "civic:failed" in words
    assert not any("absent" in word for word in words)
    pulled = run_annotator(
        "snapshot", "pull", "civic", "--assembly", "GRCh37", "-o", tmp_path / "new", "--from", name,
        "--url", url, "--civic-rate", "2000",
    )  # fmt: skip
    assert pulled.status == 1
    assert not (tmp_path / "new").exists()

    server.faults.clear()
    again = run_annotator("retry-failed", output)
    assert again.status == 0, again.err
    assert sum("CIVIC=" in line for line in data_lines(output.read_bytes())) > 5
    assert "failed" not in output.read_text().partition("#CHROM")[2]


# Odd values


ODD: tuple[Any, ...] = (1.5, 7, "n/a", "\ud800", [[]], {"a": 1}, True)
EVIDENCE: dict[str, Any] = {
    "id": 1, "molecularProfile": {"id": 12}, "status": "ACCEPTED", "evidenceType": "PREDICTIVE",
    "evidenceLevel": "A", "evidenceDirection": "SUPPORTS", "significance": "RESISTANCE",
    "variantOrigin": "SOMATIC", "evidenceRating": 5, "disease": {"name": "Melanoma", "doid": "1909"},
    "therapies": [{"name": "Vemurafenib", "ncitId": "C64768"}], "therapyInteractionType": None, "phenotypes": [],
    "source": {"sourceType": "PUBMED", "citationId": "1", "citation": "A", "retracted": False}, "flagged": False,
}  # fmt: skip
VARIANT: dict[str, Any] = {
    "__typename": "GeneVariant", "id": 12, "name": "V600E", "flagged": False, "deprecated": False,
    "singleVariantMolecularProfileId": 12, "variantAliases": ["A"], "variantTypes": [{"name": "missense_variant"}],
    "feature": {
        "id": 5, "name": "BRAF", "featureType": "GENE", "featureInstance": {"entrezId": 673}, "featureAliases": [],
    },
    "alleleRegistryId": "CA1", "clinvarIds": ["1"], "hgvsDescriptions": ["NP_1:p.V1E"],
    "coordinates": {
        "referenceBuild": "GRCH37", "chromosome": "7", "start": 1, "stop": 1, "referenceBases": "A",
        "variantBases": "T", "representativeTranscript": "ENST1.1", "ensemblVersion": 75,
    },
}  # fmt: skip


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths_of(inner, (*path, key))


def with_value(entry: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(entry))
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


@pytest.mark.parametrize("kind", ["evidence", "variants"])
def test_an_odd_value_of_graphql_costs_its_entry_only(kind: str) -> None:
    entry = EVIDENCE if kind == "evidence" else VARIANT
    good = {**json.loads(json.dumps(entry)), "id": 99}
    for path in paths_of(entry):
        for odd in ODD:
            findings = Findings()
            reader = NodeReader(findings, Statuses.ACCEPTED)
            read = getattr(reader, kind)([with_value(entry, path, odd), good])
            assert 99 in read, (path, odd)
            if len(read) == 1 and not findings.other_statuses:
                assert findings.refused.total() == 1
                assert findings.warnings
            for value in read.values():
                assert is_writable(repr(value)), (path, odd)
                hash(value)
                sorted([value], key=repr)


def test_numbers_that_are_none_are_refused_not_kept() -> None:
    for path in (("evidenceRating",), ("molecularProfile", "id"), ("flagged",), ("source", "retracted")):
        for odd in (1.5, "n/a", [[]], "\ud800"):
            findings = Findings()
            read = NodeReader(findings, Statuses.ACCEPTED).evidence([with_value(EVIDENCE, path, odd)])
            assert read == {}
            assert "number 1 of the evidence items" in findings.warnings[0]
    for path in (
        ("coordinates", "start"),
        ("coordinates", "stop"),
        ("variantAliases",),
        ("hgvsDescriptions",),
    ):
        for odd in (1.5, "n/a", {"a": 1}):
            assert NodeReader(Findings(), Statuses.ACCEPTED).variants([with_value(VARIANT, path, odd)]) == {}


def test_an_odd_value_of_v1_costs_its_entry_only() -> None:
    record = {
        "id": 1, "variant_id": 12, "evidence_type": "Predictive", "evidence_level": "A", "rating": 5,
        "evidence_direction": "Supports", "clinical_significance": "Resistance", "variant_origin": "Somatic",
        "status": "accepted", "disease": {"name": "Melanoma", "doid": "1909"}, "drugs": [], "phenotypes": [],
        "source": {"citation_id": "1", "source_type": "PubMed"}, "flagged": False,
    }  # fmt: skip
    for path in paths_of(record):
        for odd in ODD:
            findings = Findings()
            read = RecordReader(findings, Statuses.ACCEPTED).evidence(
                [with_value(record, path, odd), {**record, "id": 99}]
            )
            assert 99 in read, (path, odd)
            assert all(is_writable(repr(value)) for value in read.values())
    for odd in (1.5, "x"):
        assert RecordReader(Findings(), Statuses.ACCEPTED).evidence([{**record, "rating": odd}]) == {}


def test_excessive_nesting_is_removed_from_a_value() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    nodes = ['{"id": 1, "name": "a]}"}', f'{{"id": 2, "name": {deep}}}', '{"id": 3}']
    text = f'{{"nodes": [{", ".join(nodes)}], "total": 3}}'
    value = json_value(text.encode())
    assert [node["id"] for node in value["nodes"]] == [1, 2, 3]
    assert value["nodes"][0]["name"] == "a]}"
    assert value["total"] == 3
    assert json_value(b'{"id": %s}' % (b"9" * 5000)) == {"id": "9" * 5000}
    with pytest.raises(ValueError):
        json_value(b"[" * 100_000)


# Clinical Tables


def test_a_negative_number_of_records_is_no_answer() -> None:
    with pytest.raises(ValueError, match="no number of records"):
        read_page(b"[-1, [], {}, []]", ())


def test_a_record_that_cannot_be_read_is_known_as_such() -> None:
    for odd in (1.5, "n/a", "\ud800", [[1]]):
        assert not ServiceRecord({"VariationID": odd}, Assembly.GRCH38, None).is_readable
    assert not ServiceRecord({"VariationID": 7, "Name": "\ud800"}, Assembly.GRCH38, None).is_readable
    assert ServiceRecord({"VariationID": 7}, Assembly.GRCH38, None).is_readable
