"""CIViC over GraphQL: the whole knowledge base in few requests, whatever its pages do, and equal to its files."""

from __future__ import annotations

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
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.graphql import QUERIES, query_text
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import Findings, Statuses
from annotator.sources.civic.vocabulary import VOCABULARY, word_of_name
from tests.conftest import REPOSITORY
from tests.servers.base import (
    Body,
    Faults,
    Request,
)
from tests.servers.civic_database import Database, read_release, with_unaccepted
from tests.servers.civic_graphql import CALL_OUTS, Options
from tests.support.civic_graphql_calls import DEMO, UNLIMITED, Swept, replayed, sweep
from tests.support.civic_parity import differing_fields, only_in_one


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def demo() -> Database:
    return read_release(DEMO)


# The queries


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_valid_in_civics_schema(name: str, shared_data: Path) -> None:
    schema = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    assert validate(schema, parse(query_text(name))) == []


def test_there_is_no_other_query() -> None:
    folder = REPOSITORY / "annotator" / "sources" / "civic" / "queries"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_has_pages_only_at_its_root_and_requests_their_end(name: str, shared_data: Path) -> None:
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
def test_no_field_of_a_query_causes_further_requests_of_the_server(name: str) -> None:
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


def test_entries_added_during_a_sweep_cause_no_loss(demo: Database, tmp_path: Path) -> None:
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
def test_evidence_missing_from_pages_is_requested_by_number(
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


def test_evidence_named_by_an_assertion_is_requested_even_if_counts_agree(
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


def test_evidence_of_other_statuses_named_by_an_assertion_is_not_requested(
    demo: Database, tmp_path: Path
) -> None:
    database = copy.deepcopy(demo)
    item = next(iter(database.assertions.values()))["evidenceItems"][0]
    database.evidence[item["id"]]["status"] = "SUBMITTED"
    made = sweep(database, tmp_path / "journal")
    assert set(made.knowledge.evidence) == set(demo.evidence) - {item["id"]}
    assert asked_for_by_number(made) == []
    assert made.knowledge.warnings == ()


def test_missing_entries_are_reported(demo: Database, tmp_path: Path) -> None:
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


def test_only_accepted_items_are_downloaded_by_default(demo: Database, tmp_path: Path) -> None:
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
