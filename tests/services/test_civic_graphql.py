"""CIViC over GraphQL: the whole knowledge base in few requests, whatever its pages do, and equal to its files."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from graphql import build_schema, get_named_type, parse, validate
from graphql.language import FieldNode, visit
from graphql.language.visitor import Visitor
from graphql.utilities import TypeInfo, TypeInfoVisitor

from annotator.errors import NetworkError
from annotator.net import HttpClient
from annotator.net.journal import Journal
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.graphql import QUERIES, query_text, sweep_graphql
from annotator.sources.civic.knowledge import FeatureKind, Knowledge
from annotator.sources.civic.structure import Combination, Operator
from annotator.sources.civic.sweeping import GRAPHQL, Findings, Parts, Statuses, civic_limits
from annotator.sources.civic.vocabulary import VOCABULARY, word_of_name
from tests.conftest import REPOSITORY
from tests.servers.base import (
    EMPTY,
    NOT_JSON,
    Body,
    CutOff,
    Faults,
    Oversized,
    Request,
    Reset,
    RunningServer,
    Status,
)
from tests.servers.civic_database import Database, read_release, with_unaccepted
from tests.servers.civic_graphql import CALL_OUTS, PATH, CivicGraphql, Options
from tests.support.civic_parity import differing_fields, only_in_one

DEMO = REPOSITORY / "test_data" / "demo" / "civic"
TOKEN = "cvc_" + "Abc123" * 6
UNLIMITED = Options(rate=None)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def demo() -> Database:
    return read_release(DEMO)


class Swept(NamedTuple):
    knowledge: Knowledge
    requests: list[Request]
    service: CivicGraphql
    client: HttpClient


def sweep(
    database: Database,
    journal: Path,
    options: Options = UNLIMITED,
    *,
    faults: Faults | None = None,
    statuses: Statuses = Statuses.ACCEPTED,
    token: str | None = None,
    **limits: Any,
) -> Swept:
    """Sweep an emulated service once."""
    service = CivicGraphql(database, options)
    with RunningServer(service.application(), faults=faults) as server:
        knowledge, client = swept(server, journal, statuses, token, **limits)
        return Swept(knowledge, server.requests, service, client)


def swept(
    server: RunningServer, path: Path, statuses: Statuses, token: str | None, **limits: Any
) -> tuple[Knowledge, HttpClient]:
    quick = {"attempts": 3, "first_wait": 0.001, "read_seconds": 5.0, **limits}

    async def run() -> tuple[Knowledge, HttpClient]:
        async with HttpClient(civic_limits(1000.0, **quick)) as client:
            with Journal.open(path, "2026-08-01", {}) as journal:
                parts = Parts(GRAPHQL, journal, client)
                return await sweep_graphql(parts, f"{server.url}{PATH}", statuses, token=token), client

    return asyncio.run(run())


def replayed(path: Path) -> Knowledge:
    with Journal.replay(path, {}) as journal:
        return asyncio.run(sweep_graphql(Parts(GRAPHQL, journal, None), "https://nowhere.invalid/"))


# The queries


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_valid_in_civics_schema(name: str, shared_data: Path) -> None:
    schema = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    assert validate(schema, parse(query_text(name))) == []


def test_there_is_no_other_query() -> None:
    folder = REPOSITORY / "annotator" / "sources" / "civic" / "queries"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_pages_only_at_its_root_and_there_for_their_end(
    name: str, shared_data: Path
) -> None:
    schema = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    info = TypeInfo(schema)
    found: list[set[str]] = []

    class Connections(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            type_ = get_named_type(info.get_type())
            if type_ is not None and type_.name.endswith("Connection"):
                assert node.selection_set is not None
                found.append(
                    {one.name.value for one in node.selection_set.selections if isinstance(one, FieldNode)}
                )

    visit(parse(query_text(name)), TypeInfoVisitor(info, Connections()))
    root, *nested = found
    assert {"totalCount", "pageInfo", "nodes"} <= root
    # A page within a page is cut at 100 without a word: only its count tells.
    assert all({"totalCount", "nodes"} <= fields for fields in nested)
    assert len(nested) == (name == "assertions")


@pytest.mark.parametrize("name", QUERIES)
def test_no_field_of_a_query_makes_the_server_ask_another(name: str) -> None:
    words = set(re.findall(r"\w+", query_text(name)))
    slow = CALL_OUTS | {"maneSelectTranscript", "myVariantInfo", "myVariantInfoId", "openCravatUrl"}
    assert words & slow == set()


# The vocabulary


def test_the_words_for_graphqls_names_are_those_of_the_files(shared_data: Path) -> None:
    known = json.loads((shared_data / "civic" / "enum_map_tsv_to_graphql.json").read_text())
    kinds = {
        "amp": "AMP category",
        "origin": "variant origin",
        "build": "reference build",
        "interaction": "therapy interaction",
    }
    findings = Findings()
    for kind, words in known.items():
        for word, name in words.items():
            assert word_of_name(kinds.get(kind, kind), name, findings) == word
    assert findings.unknown == {}


def test_the_vocabulary_has_every_name_of_the_schema(shared_data: Path) -> None:
    schema = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    enums = {
        "type": ("EvidenceType", "AssertionType"),
        "level": ("EvidenceLevel",),
        "direction": ("EvidenceDirection", "AssertionDirection"),
        "significance": ("EvidenceSignificance", "AssertionSignificance"),
        "variant origin": ("VariantOrigin",),
        "status": ("EvidenceStatus",),
        "therapy interaction": ("TherapyInteraction",),
        "AMP category": ("AmpLevel",),
        "source type": ("SourceSource",),
        "reference build": ("ReferenceBuild",),
        "fusion partner": ("FusionPartnerStatus",),
        "offset direction": ("Direction",),
    }
    assert set(enums) == set(VOCABULARY)
    findings = Findings()
    for kind, names in enums.items():
        values = {value for name in names for value in schema.type_map[name].values}  # type: ignore[attr-defined]
        assert {word_of_name(kind, value, findings) for value in values} == set(VOCABULARY[kind])
    assert findings.unknown == {}


# Parity with the files of a release


@pytest.fixture(scope="module")
def good(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Give a sweep in which nothing went wrong."""
    place = tmp_path_factory.mktemp("good")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_STATE_DIR", str(place / "state"))
        return sweep(demo, place / "journal")


class WholeRelease(NamedTuple):
    files: Knowledge
    made: Swept
    journal: Path


@pytest.fixture(scope="module")
def release(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> WholeRelease:
    """Give the release of 2024-08-01, read from its files and swept from a service that is made of them."""
    folder = shared_data / "civic" / "release-2024-08-01"
    place = tmp_path_factory.mktemp("release")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_STATE_DIR", str(place / "state"))
        made = sweep(read_release(folder), place / "journal")
    return WholeRelease(read_civic_release(folder), made, place / "journal")


def test_the_whole_release_comes_in_few_requests_and_equals_its_files(release: WholeRelease) -> None:
    files, made, journal = release
    knowledge = made.knowledge
    assert len(made.requests) <= 80
    assert made.service.call_outs == 0
    assert (len(knowledge.evidence), len(knowledge.assertions)) == (4375, 66)
    # The files leave out the variants of two factors, and a profile on which an assertion hangs.
    assert only_in_one(files, knowledge) == {
        "variants": (set(), {4945, 4946}),
        "profiles": (set(), {4566}),
        "evidence": (set(), set()),
        "assertions": (set(), set()),
    }
    # They do not tell numbers of genes, retractions and origins of assertions; they tell second coordinates, which
    # GraphQL has of fusions only, and evidence of assertions that was not accepted.
    differing = differing_fields(
        files,
        knowledge,
        {
            "variants.feature": lambda feature: replace(feature, id=None),
            "evidence.source": lambda source: replace(source, retracted=None),
            "assertions.evidence_ids": lambda ids: sorted(set(ids) & set(files.evidence)),
        },
    )
    assert differing == {"variants.coordinates2": 47, "assertions.origin": 66}
    assert knowledge.warnings == ()
    assert replayed(journal) == knowledge


# Pages


def test_pages_that_repeat_and_leave_out_lose_nothing(demo: Database, tmp_path: Path) -> None:
    database = copy.deepcopy(demo)
    for variant in database.variants.values():
        variant["name"] = "Mutation"
    for profile in database.profiles.values():
        profile["molecularProfileScore"] = 0.0
    whole = sweep(database, tmp_path / "whole", replace(UNLIMITED, drifts=False)).knowledge
    # Pages of seven out of rows whose order is another one with each request.
    made = sweep(database, tmp_path / "drifting", Options(rate=None, most=7))
    assert differing_fields(whole, made.knowledge) == {}
    assert only_in_one(whole, made.knowledge) == dict.fromkeys(
        ("variants", "profiles", "evidence", "assertions"), (set(), set())
    )
    assert made.knowledge.counts["repeated: variants"] > 0
    assert made.knowledge.counts["repeated: profiles"] > 0
    assert not any("missing" in count for count in made.knowledge.counts)


def test_what_is_added_while_pages_are_asked_for_loses_nothing(demo: Database, tmp_path: Path) -> None:
    database = copy.deepcopy(demo)
    first, *_ = sorted(database.evidence.values(), key=lambda item: (item["evidenceLevel"], item["id"]))

    def add(request: Request) -> None:
        if request.number == 3:
            del database.evidence[first["id"]]  # all after it move forward: one is left out between two pages
        if request.number == 5:
            database.evidence[first["id"]] = first

    faults = Faults()
    faults.by(add)
    made = sweep(database, tmp_path / "journal", Options(rate=None, most=9), faults=faults)
    assert set(made.knowledge.evidence) == set(demo.evidence)


@pytest.mark.parametrize("most", [7, 50, None])
def test_evidence_that_pages_leave_out_is_asked_for_by_its_number(
    most: int | None, demo: Database, tmp_path: Path
) -> None:
    options = Options(rate=None, most=most, loose_evidence=True)
    made = sweep(demo, tmp_path / "journal", options)
    assert made.knowledge.evidence == sweep(demo, tmp_path / "whole").knowledge.evidence
    assert made.knowledge.counts["repeated: evidence"] > 0
    assert made.knowledge.counts["fetched by ID: evidence"] > 0
    assert made.knowledge.warnings == ()
    assert replayed(tmp_path / "journal") == made.knowledge


def asked_for_by_number(made: Swept) -> list[list[int]]:
    """Give the numbers of evidence that were asked for, by request."""
    bodies = [json.loads(request.body) for request in made.requests]
    return [
        body["variables"]["ids"]
        for body in bodies
        if body["query"] == query_text("evidence") and "ids" in body["variables"]
    ]


def test_one_item_lost_of_a_whole_release_costs_few_requests(
    release: WholeRelease, shared_data: Path, tmp_path: Path
) -> None:
    database = read_release(shared_data / "civic" / "release-2024-08-01")
    first = min(database.evidence.values(), key=lambda item: (item["evidenceLevel"], item["id"]))

    def move(request: Request) -> None:
        if request.number == 3:
            del database.evidence[first["id"]]
        if request.number == 4:
            database.evidence[first["id"]] = first

    faults = Faults()
    faults.by(move)
    made = sweep(database, tmp_path / "journal", faults=faults)
    assert made.knowledge.evidence == release.made.knowledge.evidence
    assert made.knowledge.counts["fetched by ID: evidence"] == 1
    assert len(release.made.requests) < len(made.requests) <= 80
    assert all(len(request.body) < 8192 for request in made.requests)


def ordered(database: Database) -> list[int]:
    """Give the numbers of evidence in the order of its pages."""
    items = database.evidence.values()
    return [
        item["id"]
        for item in sorted(
            items, key=lambda one: (one["evidenceLevel"], -(one["evidenceRating"] or 0), one["id"])
        )
    ]


def test_evidence_that_an_assertion_names_is_asked_for_although_the_counts_agree(
    demo: Database, tmp_path: Path
) -> None:
    database = copy.deepcopy(demo)
    order = ordered(database)
    lost, gone = order[20], order[0]
    next(iter(database.assertions.values()))["evidenceItems"] = [database.evidence[lost]]

    def remove(request: Request) -> None:
        if request.number == 2:
            del database.evidence[gone]  # it came; what is left moves forward, and the total is less by one

    faults = Faults()
    faults.by(remove)
    made = sweep(database, tmp_path / "journal", Options(rate=None, most=20), faults=faults)
    assert set(made.knowledge.evidence) == set(demo.evidence)
    assert asked_for_by_number(made) == [[lost]]
    assert made.knowledge.warnings == ()


def test_evidence_that_an_assertion_names_is_not_asked_for_if_it_is_not_wanted(
    demo: Database, tmp_path: Path
) -> None:
    database = copy.deepcopy(demo)
    item = next(iter(database.assertions.values()))["evidenceItems"][0]
    database.evidence[item["id"]]["status"] = "SUBMITTED"
    made = sweep(database, tmp_path / "journal")
    assert set(made.knowledge.evidence) == set(demo.evidence) - {item["id"]}
    assert asked_for_by_number(made) == []
    assert made.knowledge.warnings == ()


def test_what_stays_away_is_told(demo: Database, tmp_path: Path) -> None:
    database = copy.deepcopy(demo)
    item = next(iter(database.evidence.values()))
    (gone,) = item["molecularProfile"]["variants"][:1]
    del database.variants[gone["id"]]
    made = sweep(database, tmp_path / "journal")
    assert made.knowledge.counts["missing: variants"] == 1
    assert any("1 variants" in warning for warning in made.knowledge.warnings)
    assert gone["id"] not in made.knowledge.variants


def test_a_cursor_that_goes_in_circles_is_an_error(demo: Database, tmp_path: Path) -> None:
    page = {"nodes": [], "totalCount": 9, "pageInfo": {"hasNextPage": True, "endCursor": "MQ"}}
    faults = Faults()
    faults.always(Body(json.dumps({"data": {"page": page}}).encode()))
    with pytest.raises(NetworkError, match="does not end"):
        sweep(demo, tmp_path / "journal", faults=faults)


# Statuses


def test_only_what_was_accepted_comes_unless_more_is_wanted(demo: Database, tmp_path: Path) -> None:
    database = with_unaccepted(demo)
    accepted = sweep(database, tmp_path / "accepted").knowledge
    assert set(accepted.evidence) == set(demo.evidence)
    assert set(accepted.assertions) == set(demo.assertions)
    more = sweep(database, tmp_path / "more", statuses=Statuses.WITH_SUBMITTED).knowledge
    statuses = [item.status for item in more.evidence.values()]
    assert statuses.count("accepted") == len(demo.evidence)
    assert statuses.count("submitted") == -(-len(demo.evidence) // 2)
    assert set(statuses) == {"accepted", "submitted"}
    assert set(more.profiles) > set(accepted.profiles)


def test_a_service_that_ignores_the_filter_is_not_believed(demo: Database, tmp_path: Path) -> None:
    database = with_unaccepted(demo)
    made = sweep(database, tmp_path / "journal", Options(rate=None, ignores_status=True))
    assert set(made.knowledge.evidence) == set(demo.evidence)
    assert made.knowledge.counts["left out: evidence items not accepted"] == len(database.evidence) - len(
        demo.evidence
    )


# What CIViC may add


def test_new_words_and_kinds_are_kept_counted_and_told(demo: Database, tmp_path: Path) -> None:
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
def test_what_passes_is_asked_for_again(fault: str, demo: Database, good: Swept, tmp_path: Path) -> None:
    made = sweep(demo, tmp_path / "journal", faults=Faults([None, *GOOD_AT_LAST[fault]]))
    assert made.knowledge == good.knowledge
    assert len(made.requests) == len(good.requests) + 1


@pytest.mark.parametrize("fault", ["500 as JSON", "no JSON", "errors under 200", "a null root"])
def test_what_lasts_is_an_error_and_never_an_empty_knowledge_base(
    fault: str, demo: Database, tmp_path: Path
) -> None:
    faults = Faults([None, None])
    faults.always(GOOD_AT_LAST[fault][0])
    with pytest.raises(NetworkError):
        sweep(demo, tmp_path / "journal", faults=faults)


def test_a_query_that_is_refused_is_not_asked_again(demo: Database, tmp_path: Path) -> None:
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


def test_a_refusal_that_says_nothing_is_waited_out(demo: Database, tmp_path: Path) -> None:
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


def test_a_request_holds_nothing_but_the_query_and_what_civic_said(demo: Database, tmp_path: Path) -> None:
    made = sweep(demo, tmp_path / "journal")
    texts = {query_text(name) for name in QUERIES}
    for request in made.requests:
        body = json.loads(request.body)
        assert body["query"] in texts
        assert set(body["variables"]) <= {"first", "after", "status", "ids"}
    assert [account.identifiers for account in made.client.egress.hosts.values()] == [0]
