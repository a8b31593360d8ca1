"""The emulated CIViC services are what the public schema and documents say, so that a client can be held to them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.civic_database import Database, enum_name, read_release, with_unaccepted
from tests.servers.civic_graphql import PATH, SCHEMA, CivicGraphql, Options

UNLIMITED = Options(rate=None)


@pytest.fixture(scope="module")
def demo() -> Database:
    return read_release(REPOSITORY / "test_data" / "demo" / "civic")


def asked(server: RunningServer, query: str, key: str = "", **variables: Any) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(f"{server.url}{PATH}", body, headers)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


@pytest.fixture
def server(demo: Database) -> Iterator[RunningServer]:
    with RunningServer(CivicGraphql(demo, UNLIMITED).application()) as running:
        yield running


# The schema


def _parts(schema: GraphQLSchema) -> set[str]:
    """All that a schema says, a line for each type, field, argument, value and member."""
    said: set[str] = set()
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        said.add(f"{type(type_).__name__} {name}")
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            said |= {f"{name} implements {one.name}" for one in type_.interfaces}
            for field, what in type_.fields.items():
                said.add(f"{name}.{field}: {what.type}")
                said |= {f"{name}.{field}({argument}: {of.type})" for argument, of in what.args.items()}
        elif isinstance(type_, GraphQLInputObjectType):
            said |= {f"{name}.{field}: {what.type}" for field, what in type_.fields.items()}
        elif isinstance(type_, GraphQLEnumType):
            said |= {f"{name} = {value}" for value in type_.values}
        elif isinstance(type_, GraphQLUnionType):
            said |= {f"{name} | {one.name}" for one in type_.types}
    return said


def test_its_schema_is_a_part_of_civics(shared_data: Path) -> None:
    public = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    ours = build_schema(SCHEMA.read_text())
    assert len(_parts(ours)) > 400
    assert _parts(ours) - _parts(public) == set()


def test_its_enums_are_whole(shared_data: Path) -> None:
    public = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    for name, type_ in build_schema(SCHEMA.read_text()).type_map.items():
        if isinstance(type_, GraphQLEnumType) and not name.startswith("__"):
            there = public.type_map[name]
            assert isinstance(there, GraphQLEnumType)
            assert set(type_.values) == set(there.values), name


def test_the_words_of_the_files_have_the_names_that_the_schema_has(shared_data: Path) -> None:
    known = json.loads((shared_data / "civic" / "enum_map_tsv_to_graphql.json").read_text())
    pairs = [(word, name) for words in known.values() for word, name in words.items()]
    assert len(pairs) > 40
    assert [(word, enum_name(word)) for word, _ in pairs] == pairs


# Pages


def test_a_page_is_clamped_without_a_word(shared_data: Path) -> None:
    database = read_release(shared_data / "civic" / "release-2024-08-01")
    with RunningServer(CivicGraphql(database, UNLIMITED).application()) as running:
        for field, most in (
            ("evidenceItems", 100),
            ("variants", 300),
            ("molecularProfiles", 300),
            ("genes", 100),
        ):
            for argument in ("", "(first: 1000)"):
                page = asked(
                    running, f"{{ page: {field}{argument} {{ totalCount pageCount nodes {{ id }} }} }}"
                )
                assert len(page["data"]["page"]["nodes"]) == most
                assert page["data"]["page"]["totalCount"] > most
        nested = (
            '{ genes(entrezSymbols: ["vhl"]) { nodes { variants(first: 500) { totalCount nodes { id } } } } }'
        )
        (gene,) = asked(running, nested)["data"]["genes"]["nodes"]
        assert len(gene["variants"]["nodes"]) == 100 < gene["variants"]["totalCount"]
        _pages_repeat_and_leave_out(running)


def _pages_repeat_and_leave_out(running: RunningServer) -> None:
    """Rows with one score come in another order with each request, so pages repeat some and leave some out."""
    query = """query P($after: String) {
      page: molecularProfiles(first: 300, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id }
      }
    }"""
    ids: list[int] = []
    variables: dict[str, str] = {}
    while True:
        page = asked(running, query, **variables)["data"]["page"]
        ids += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        variables = {"after": page["pageInfo"]["endCursor"]}
    assert len(ids) == page["totalCount"]
    assert len(set(ids)) < len(ids)


def test_the_order_of_evidence_is_total(server: RunningServer) -> None:
    query = "{ evidenceItems { nodes { id } } }"
    assert asked(server, query) == asked(server, query)


# Statuses


def test_submitted_evidence_comes_unless_it_is_excluded(demo: Database) -> None:
    with RunningServer(CivicGraphql(with_unaccepted(demo), UNLIMITED).application()) as running:

        def count(field: str, status: str) -> int:
            found: int = asked(running, f"{{ page: {field}{status} {{ totalCount }} }}")["data"]["page"][
                "totalCount"
            ]
            return found

        accepted = count("evidenceItems", "(status: ACCEPTED)")
        assert accepted == len(demo.evidence)
        assert count("evidenceItems", "") == accepted + count("evidenceItems", "(status: SUBMITTED)")
        assert (
            count("evidenceItems", "(status: ALL)")
            > count("evidenceItems", "(status: NON_REJECTED)")
            > accepted
        )
        assert count("assertions", "") == 2 * len(demo.assertions)
        profiles = count("molecularProfiles", "")
        assert profiles > count("molecularProfiles", "(evidenceStatusFilter: WITH_ACCEPTED)")


# Errors


def test_errors_come_under_status_200_or_as_json_under_500(server: RunningServer) -> None:
    assert "Cannot query field" in asked(server, "{ nothing }")["errors"][0]["message"]
    assert "data" not in asked(server, "{ nothing }")
    with pytest.raises(urllib.error.HTTPError) as caught:
        asked(server, "{ variants(sortBy: {column: COORDINATE_START, direction: ASC}) { nodes { id } } }")
    with caught.value as answer:
        assert (answer.status, json.load(answer)) == (500, {"status": 500, "error": "Internal Server Error"})


def test_get_is_not_routed(server: RunningServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.url}{PATH}")  # noqa: S310
    with caught.value as answer:
        assert answer.status == 404


def test_too_many_requests_are_refused_with_nothing_but_a_status(demo: Database) -> None:
    service = CivicGraphql(demo, Options(rate=(3, 0.5), keys=frozenset({"cvc_known"})))
    query = "{ dataReleases { name } }"
    with RunningServer(service.application()) as running:
        for _ in range(3):
            assert "data" in asked(running, query)
        for key in ("", "cvc_unknown"):  # an unknown key is no error, and no key
            with pytest.raises(urllib.error.HTTPError) as caught:
                asked(running, query, key)
            with caught.value as answer:
                assert (answer.status, answer.read()) == (429, b"")
                assert not [
                    name for name in answer.headers if "ratelimit" in name.lower() or "retry" in name.lower()
                ]
        assert all("data" in asked(running, query, "cvc_known") for _ in range(5))
        time.sleep(0.5)
        assert "data" in asked(running, query)
    assert service.refused == 2


def test_fields_that_cause_further_requests_make_it_slow(demo: Database) -> None:
    service = CivicGraphql(demo, Options(rate=None, call_out=0.01))
    with RunningServer(service.application()) as running:
        asked(running, "{ variants { nodes { ... on GeneVariant { openCravatAnnotations } } } }")
    assert service.call_outs == sum(one["__typename"] == "GeneVariant" for one in demo.variants.values()) > 40


# Data


def test_a_profile_lists_its_variants_by_number(demo: Database) -> None:
    (profile,) = [one for one in demo.profiles.values() if one["isMultiVariant"]][:1]
    ids = [variant["id"] for variant in profile["variants"]]
    assert [f"#VID{id_}" in profile["rawName"] for id_ in ids] == [True] * len(ids)
    assert len(ids) > 1
    kinds = [segment["__typename"] for segment in profile["parsedName"]]
    assert kinds[:3] == ["Feature", "Variant", "MolecularProfileTextSegment"]


# By hand


@pytest.mark.parametrize(("module", "query"), [("civic_graphql", "POST"), ("civic_v1", "GET")])
def test_it_can_be_run_by_hand(module: str, query: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.servers.{module}", "--unaccepted"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=REPOSITORY,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            body = b'{"query": "{ evidenceItems { totalCount } }"}' if query == "POST" else None
            path = "" if query == "POST" else "/evidence_items"
            with urllib.request.urlopen(urllib.request.Request(f"{url}{path}", body)) as answer:  # noqa: S310
                told = json.load(answer)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
    count = told["data"]["evidenceItems"]["totalCount"] if query == "POST" else told["_meta"]["total_count"]
    assert count > 114  # the demo's and those that nobody accepted
    assert process.returncode == 0
