"""What CIViC may add to its vocabulary, faults of the service, limits and keys."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from annotator.errors import NetworkError
from annotator.sources.civic.graphql import QUERIES, query_text
from annotator.sources.civic.knowledge import FeatureKind
from annotator.sources.civic.structure import Combination, Operator
from annotator.sources.civic.sweeping import Statuses, civic_limits
from tests.servers.base import (
    EMPTY,
    NOT_JSON,
    Body,
    CutOff,
    Faults,
    Oversized,
    Reset,
    RunningServer,
    Status,
)
from tests.servers.civic_database import Database, read_release
from tests.servers.civic_graphql import CivicGraphql, Options
from tests.support.civic_graphql_calls import DEMO, UNLIMITED, Swept, replayed, sweep, swept

TOKEN = "cvc_" + "Abc123" * 6


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def demo() -> Database:
    return read_release(DEMO)


# Parity with the files of a release


@pytest.fixture(scope="module")
def good(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Give a sweep in which nothing went wrong."""
    place = tmp_path_factory.mktemp("good")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_STATE_DIR", str(place / "state"))
        return sweep(demo, place / "journal")


# What CIViC may add


def test_new_words_and_kinds_are_kept_counted_and_reported(demo: Database, tmp_path: Path) -> None:
    database = copy.deepcopy(demo)
    item = next(iter(database.evidence.values()))
    item["significance"] = "ANTICIPATION"
    item["evidenceLevel"] = "F"
    feature = database.add_feature("Pathway", 9001, "WNT")
    variant = database.add_variant(9001, feature, "Activation")
    item["molecularProfile"] = database.add_profile(9001, "#VID9001")
    extension = """
      extend enum EvidenceSignificance { ANTICIPATION }
      extend enum EvidenceLevel { F }
      extend enum FeatureInstanceTypes { PATHWAY }
      type Pathway { id: Int! }
      extend union FeatureInstance = Pathway
      type PathwayVariant implements VariantInterface {
        deprecated: Boolean! feature: Feature! flagged: Boolean! id: Int! link: String! name: String!
        singleVariantMolecularProfile: MolecularProfile! singleVariantMolecularProfileId: Int!
        variantAliases: [String!]! variantTypes: [VariantType!]!
      }
    """
    knowledge = sweep(database, tmp_path / "journal", Options(rate=None, extension=extension)).knowledge
    assert knowledge.evidence[item["id"]].significance == "ANTICIPATION"
    assert knowledge.evidence[item["id"]].level == "F"
    assert knowledge.variants[variant["id"]].kind is FeatureKind.OTHER
    assert knowledge.variants[variant["id"]].full_name == "WNT Activation"
    assert knowledge.counts["unknown words: significance"] == 1
    assert [word for word in ("ANTICIPATION", " F ", "PATHWAY") if word in str(knowledge.warnings)] == [
        "ANTICIPATION", " F ", "PATHWAY",
    ]  # fmt: skip


def test_fusions_factors_and_regions_are_read(tmp_path: Path) -> None:
    database = Database("made")
    knowledge = sweep(other_kinds(database), tmp_path / "journal").knowledge
    fusion, factor, region, gene = (knowledge.variants[id_] for id_ in (1, 2, 3, 4))
    assert (fusion.kind, factor.kind, region.kind, gene.kind) == (
        FeatureKind.FUSION, FeatureKind.FACTOR, FeatureKind.REGION, FeatureKind.GENE,
    )  # fmt: skip
    assert fusion.feature.five_prime is not None
    assert (fusion.feature.five_prime.status, fusion.feature.five_prime.gene) == ("known", "EML4")
    assert fusion.feature.three_prime is not None
    assert (fusion.feature.three_prime.status, fusion.feature.three_prime.entrez_id) == ("multiple", None)
    assert fusion.exon_end is not None
    assert (fusion.exon_end.exon, fusion.exon_end.offset) == (13, -2)
    assert fusion.exon_start is None
    assert fusion.coordinates2 is not None
    assert (fusion.coordinates2.build, fusion.coordinates2.start) == ("GRCh38", 29223528)
    assert fusion.vicc_name == "e.13::v"
    assert (factor.ncit_id, factor.feature.ncit_id) == ("C1", "C2")
    assert region.iscn_name == "seq[GRCh38] dup(7)"
    assert (gene.clinvar_ids, gene.caid, gene.hgvs) == ((13961,), None, ("NC_000007.13:g.1A>T",))
    tree = knowledge.profiles[9].tree
    assert tree == Combination(Operator.AND, (4, Combination(Operator.NOT, (1,))))
    assert knowledge.evidence[1].source is not None
    assert knowledge.evidence[1].source.retracted is True


def other_kinds(database: Database) -> Database:
    """Give one variant of each kind, and profiles of them."""
    place = {
        "id": 1, "coordinateType": "THREE_PRIME_FUSION_COORDINATE", "chromosome": "2", "start": 29223528,
        "stop": 29223528, "referenceBuild": "GRCH38", "referenceBases": None, "variantBases": None,
        "representativeTranscript": None, "ensemblVersion": None,
    }  # fmt: skip
    exon = {
        "id": 1, "coordinateType": "FIVE_PRIME_END_EXON_COORDINATE", "exon": 13, "exonOffset": 2,
        "exonOffsetDirection": "NEGATIVE", "representativeTranscript": "ENST00000318522.5",
    }  # fmt: skip
    eml4 = database.add_feature("Gene", 11, "EML4", entrezId=27436)
    fusion = database.add_feature(
        "Fusion", 12, "EML4::v", fivePrimePartnerStatus="KNOWN", threePrimePartnerStatus="MULTIPLE",
        fivePrimeGene=eml4, threePrimeGene=None,
    )  # fmt: skip
    factor = database.add_feature("Factor", 13, "Kataegis", ncitId="C2")
    region = database.add_feature("Region", 14, "7q")
    database.add_variant(
        1, fusion, "e13", viccCompliantName="e.13::v", fusion=fusion, threePrimeCoordinates=place,
        fivePrimeEndExonCoordinates=exon, fivePrimeCoordinates=None, threePrimeStartExonCoordinates=None,
    )  # fmt: skip
    database.add_variant(2, factor, "Positive", ncitId="C1")
    database.add_variant(3, region, "Gain", iscnName="seq[GRCh38] dup(7)")
    database.add_variant(
        4, eml4, "K1N", clinvarIds=["N/A", "13961", "NONE FOUND"], alleleRegistryId="unregistered",
        hgvsDescriptions=["N/A", "NC_000007.13:g.1A>T"], coordinates=None,
    )  # fmt: skip
    for id_ in (1, 2, 3, 4):
        database.add_profile(id_, f"#VID{id_}")
    database.add_profile(9, "#VID4 AND NOT #VID1")
    source = database.entity(
        "sources", 1, name="s", citation=None, citationId="1", sourceType="PUBMED", retracted=True
    )
    for number, profile in enumerate((9, 2, 3), 1):
        database.evidence[number] = {
            "id": number, "molecularProfile": database.profiles[profile], "status": "ACCEPTED",
            "description": f"Statement {number}",
            "evidenceType": "PREDICTIVE", "evidenceLevel": "B", "evidenceDirection": "SUPPORTS",
            "significance": "RESISTANCE", "variantOrigin": "SOMATIC", "evidenceRating": None, "disease": None,
            "therapies": [], "therapyInteractionType": None, "phenotypes": [], "source": source, "flagged": False,
        }  # fmt: skip
    return database


# Faults


GOOD_AT_LAST: dict[str, list[Any]] = {
    "500 as JSON": [Status(500, body=b'{"status":500,"error":"Internal Server Error"}')],
    "503": [Status(503)],
    "no JSON": [NOT_JSON],
    "nothing": [EMPTY],
    "a cut answer": [CutOff()],
    "a torn connection": [Reset()],
    "errors under 200": [Body(b'{"data": null, "errors": [{"message": "deadlock detected"}]}')],
    "errors beside data": [Body(b'{"data": {"page": {"nodes": []}}, "errors": [{"message": "no"}]}')],
    "a null root": [Body(b'{"data": null}')],
    "a null page": [Body(b'{"data": {"page": null}}')],
    "a page without an end": [Body(b'{"data": {"page": {"nodes": [], "totalCount": 0}}}')],
    "entries without numbers": [
        Body(b'{"data": {"page": {"nodes": [{}], "totalCount": 1, "pageInfo": {"hasNextPage": false}}}}')
    ],
    "another kind of value": [Body(b"[]")],
}


@pytest.mark.parametrize("fault", GOOD_AT_LAST)
def test_temporary_faults_are_retried(fault: str, demo: Database, good: Swept, tmp_path: Path) -> None:
    made = sweep(demo, tmp_path / "journal", faults=Faults([None, *GOOD_AT_LAST[fault]]))
    assert made.knowledge == good.knowledge
    assert len(made.requests) == len(good.requests) + 1


@pytest.mark.parametrize("fault", ["500 as JSON", "no JSON", "errors under 200", "a null root"])
def test_a_lasting_fault_is_an_error_and_never_an_empty_knowledge_base(
    fault: str, demo: Database, tmp_path: Path
) -> None:
    faults = Faults([None, None])
    faults.always(GOOD_AT_LAST[fault][0])
    with pytest.raises(NetworkError):
        sweep(demo, tmp_path / "journal", faults=faults)


def test_a_refused_query_is_not_repeated(demo: Database, tmp_path: Path) -> None:
    refusal = {
        "errors": [{"message": "Field 'flagged' doesn't exist", "locations": [{"line": 1, "column": 1}]}]
    }
    faults = Faults()
    faults.always(Body(json.dumps(refusal).encode()))
    service = CivicGraphql(demo, UNLIMITED)
    with RunningServer(service.application(), faults=faults) as server:
        with pytest.raises(NetworkError, match=r"does not understand the query.*flagged") as caught:
            swept(server, tmp_path / "journal", Statuses.ACCEPTED, None)
        assert "update annotator" in str(caught.value)
        assert len(server.requests) == 1


def test_an_answer_without_end_is_not_read_to_its_end(demo: Database, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="larger"):
        sweep(demo, tmp_path / "journal", faults=Faults([Oversized(3 << 20)]), max_body=1 << 20)


def test_a_stopped_sweep_goes_on_where_it_was(demo: Database, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    options = Options(rate=None, most=30, drifts=False)
    whole = sweep(demo, tmp_path / "whole", options)
    faults = Faults([None] * 4)
    faults.always(Status(500))
    with pytest.raises(NetworkError):
        sweep(demo, journal, options, faults=faults)
    made = sweep(demo, journal, options)
    assert len(made.requests) == len(whole.requests) - 4
    assert made.knowledge == whole.knowledge
    assert replayed(journal) == whole.knowledge


def test_a_replay_of_half_a_sweep_is_an_error(demo: Database, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    faults = Faults([None] * 2)
    faults.always(Status(500))
    with pytest.raises(NetworkError):
        sweep(demo, journal, faults=faults)
    with pytest.raises(NetworkError, match="does not contain the complete download"):
        replayed(journal)


# Limits and keys


def test_a_refusal_without_a_waiting_time_is_waited_out(demo: Database, tmp_path: Path) -> None:
    options = Options(rate=(2, 0.5), most=60)
    made = sweep(demo, tmp_path / "journal", options, window=0.6, attempts=4)
    assert made.service.refused > 0
    assert set(made.knowledge.evidence) == set(demo.evidence)
    assert made.knowledge.warnings == ()


def test_without_a_key_the_rate_is_civics() -> None:
    assert civic_limits().requests_per_second == 3.0
    assert civic_limits().window == 300.0
    assert civic_limits(has_key=True).requests_per_second > 3.0


def test_a_known_key_is_not_limited(demo: Database, tmp_path: Path) -> None:
    options = Options(rate=(1, 60.0), keys=frozenset({TOKEN}))
    made = sweep(demo, tmp_path / "journal", options, token=TOKEN)
    assert (made.service.refused, made.service.anonymous) == (0, 0)
    assert made.knowledge.warnings == ()


def test_a_key_that_is_not_known_is_noticed_by_the_limit(demo: Database, tmp_path: Path) -> None:
    options = Options(rate=(2, 0.3), most=60, keys=frozenset({"cvc_other"}))
    made = sweep(demo, tmp_path / "journal", options, token=TOKEN, window=0.4, attempts=4)
    (warning,) = made.knowledge.warnings
    assert "key" in warning
    assert TOKEN not in warning


def test_a_key_is_sent_as_a_header_only_and_kept_nowhere(demo: Database, tmp_path: Path) -> None:
    faults = Faults([None, None])
    echo = {"errors": [{"message": f"no {TOKEN}", "locations": [{"line": 1, "column": 1}]}]}
    faults.always(Body(json.dumps(echo).encode()))
    service = CivicGraphql(demo, Options(rate=None, keys=frozenset({TOKEN})))
    with RunningServer(service.application(), faults=faults) as server:
        with pytest.raises(NetworkError) as caught:
            swept(server, tmp_path / "journal", Statuses.ACCEPTED, TOKEN)
        assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {TOKEN}"] * 3
        assert not any(TOKEN.encode() in request.body for request in server.requests)
    assert TOKEN not in str(caught.value)
    assert TOKEN.encode() not in (tmp_path / "journal").read_bytes()


def test_a_request_contains_only_the_query_and_ids_from_civic(demo: Database, tmp_path: Path) -> None:
    made = sweep(demo, tmp_path / "journal")
    texts = {query_text(name) for name in QUERIES}
    for request in made.requests:
        body = json.loads(request.body)
        assert body["query"] in texts
        assert set(body["variables"]) <= {"first", "after", "status", "ids"}
    assert [account.identifiers for account in made.client.egress.hosts.values()] == [0]
