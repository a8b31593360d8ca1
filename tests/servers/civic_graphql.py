"""CIViC's GraphQL service (version 2), emulated: queries are executed by graphql-core over a schema of our own.

Nothing of it comes from the client. It behaves as the service's public source and documentation say: pages of at most
100 (300 for `variants` and `molecularProfiles`), silently clamped; cursors that are offsets; an order that leaves ties
to chance; statuses that are included unless excluded; 900 requests in 5 minutes, then 429 with an empty body and no
word on how long, but not for who has an API key; an unknown key that is no error; errors under status 200.

By hand: `python -m tests.servers.civic_graphql --release DIR` (see `--help`).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from graphql import GraphQLError, GraphQLSchema, build_schema, extend_schema, graphql_sync, parse

from tests.servers.by_hand import add_port, serve
from tests.servers.civic_database import Database, Entity, read_release, with_unaccepted

__all__ = ["CALL_OUTS", "PATH", "SCHEMA", "CivicGraphql", "Options"]

PATH = "/api/graphql"
SCHEMA = Path(__file__).with_name("civic_schema.graphql")
CALL_OUTS = frozenset({"myGeneInfoDetails", "openCravatAnnotations"})
"""Fields for which the service asks another one, for every node."""

_ROOT_MOST = {"variants": 300, "molecularProfiles": 300}
_MOST = 100
_STATUSES = {
    None: {"ACCEPTED", "SUBMITTED"},
    "NON_REJECTED": {"ACCEPTED", "SUBMITTED"},
    "ACCEPTED": {"ACCEPTED"},
    "SUBMITTED": {"SUBMITTED"},
    "REJECTED": {"REJECTED"},
    "ALL": {"ACCEPTED", "SUBMITTED", "REJECTED"},
}
_ASSOCIATED = {
    None: {"ACCEPTED", "SUBMITTED"},
    "WITH_ACCEPTED_OR_SUBMITTED": {"ACCEPTED", "SUBMITTED"},
    "WITH_ACCEPTED": {"ACCEPTED"},
    "WITH_SUBMITTED": {"SUBMITTED"},
}


@dataclass(frozen=True)
class Options:
    """How the service behaves.

    Attributes:
        rate: so many requests in so many seconds, from the first of them on; None for no limit.
        keys: API keys that it knows.
        most: entries of a page that it gives at most, if that is less than the service does.
        drifts: whether rows that compare equal come in another order with every request.
        call_out: seconds that one call to another service takes.
        extension: more of the schema, as the service may have it tomorrow.
        seed: of the chance.
        loose_evidence: whether evidence is ordered by its level alone, as a service without a last word in its order.
        ignores_status: whether the filter of statuses does nothing, as that of nested lists in the service.

    """

    rate: tuple[int, float] | None = (900, 300.0)
    keys: frozenset[str] = frozenset()
    most: int | None = None
    drifts: bool = True
    call_out: float = 0.05
    extension: str = ""
    seed: int = 1
    loose_evidence: bool = False
    ignores_status: bool = False


def _approvals_of(assertion: Entity, status: str | None = None, **_chosen: Any) -> list[Entity]:
    return [one for one in assertion.get("approvals", ()) if status in {None, one["status"]}]


@dataclass
class _OnlineSetup:
    """One request on its way through the schema."""

    call_outs: int = 0
    pages: list[tuple[str, int]] = field(default_factory=list)


class CivicGraphql:
    """The service over one knowledge base.

    Attributes:
        database: what it knows; a test may change it between requests.
        call_outs: number of calls that queries made it do so far.
        refused: number of requests that came too soon.
        anonymous: number of requests without a key that it knows.

    """

    def __init__(self, database: Database, options: Options | None = None) -> None:
        self.database = database
        self.options = options or Options()
        self.call_outs = 0
        self.refused = 0
        self.anonymous = 0
        self._window = (0.0, 0)
        self._random = random.Random(self.options.seed)  # noqa: S311
        self._schema = _schema(self.options.extension)
        self._attach()

    def application(self) -> web.Application:
        """Make what `base.RunningServer` hosts. GET is not routed."""
        made = web.Application(client_max_size=1 << 24)
        made.router.add_post(PATH, self._answer)
        made.router.add_get(PATH, _not_routed)
        return made

    async def _answer(self, request: web.Request) -> web.Response:
        if not self._is_signed_in(request):
            self.anonymous += 1
            if self._is_too_much():
                self.refused += 1
                return web.Response(status=429)
        try:
            asked = json.loads(await request.read())
        except ValueError:
            return _failed(400, "Bad Request")
        asking = _OnlineSetup()
        result = graphql_sync(
            self._schema,
            asked.get("query") or "",
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            context_value=asking,
        )
        if asking.call_outs:
            self.call_outs += asking.call_outs
            await asyncio.sleep(asking.call_outs * self.options.call_out)
        errors = result.errors or []
        if any(isinstance(error.original_error, _BrokenError) for error in errors):
            return _failed(500, "Internal Server Error")
        body: dict[str, Any] = {} if result.data is None and errors else {"data": result.data}
        if errors:
            body["errors"] = [error.formatted for error in errors]
        return web.json_response(body)

    def _is_signed_in(self, request: web.Request) -> bool:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and key in self.options.keys

    def _is_too_much(self) -> bool:
        """Count a request in the window, which begins with the first request after the last window's end."""
        if self.options.rate is None:
            return False
        most, seconds = self.options.rate
        began, count = self._window
        now = time.monotonic()
        if now >= began + seconds:
            began, count = now, 0
        self._window = (began, count + 1)
        return count + 1 > most

    # What the fields of the schema give

    def _attach(self) -> None:
        types: Any = self._schema.type_map
        roots = {
            "evidenceItems": self._evidence,
            "assertions": self._assertions,
            "molecularProfiles": self._profiles,
            "variants": self._variants,
            "genes": self._genes,
        }
        for name, rows in roots.items():
            types["Query"].fields[name].resolve = partial(self._connection, rows, _ROOT_MOST.get(name, _MOST))
        types["Query"].fields["dataReleases"].resolve = lambda _root, _info: [{"name": self.database.name}]
        types["Gene"].fields["variants"].resolve = self._nested(self._variants_of)
        types["GeneVariant"].fields["molecularProfiles"].resolve = self._nested(self._profiles_of)
        types["Assertion"].fields["approvals"].resolve = self._nested(_approvals_of)
        types["GeneVariant"].fields["primaryCoordinates"].resolve = lambda variant, _info: variant[
            "coordinates"
        ]
        for type_, name in (("Gene", "myGeneInfoDetails"), ("GeneVariant", "openCravatAnnotations")):
            types[type_].fields[name].resolve = _call_out

    def _connection(
        self,
        rows: Callable[..., list[Entity]],
        most: int,
        _root: object,
        info: Any,
        *,
        first: int | None = None,
        after: str | None = None,
        **chosen: Any,
    ) -> Entity:
        return self._page(rows(**chosen), most, first, after, info)

    def _nested(self, rows: Callable[..., list[Entity]]) -> Callable[..., Entity]:
        def resolve(
            node: Entity, info: Any, *, first: int | None = None, after: str | None = None, **chosen: Any
        ) -> Entity:
            return self._page(rows(node, **chosen), _MOST, first, after, info)

        return resolve

    def _page(self, rows: list[Entity], most: int, first: int | None, after: str | None, info: Any) -> Entity:
        most = min(most, self.options.most or most)
        size = most if first is None else max(0, min(first, most))
        start = 0 if after is None else _offset(after)
        nodes = rows[start : start + size]
        end = start + len(nodes)
        info.context.pages.append((info.field_name, len(nodes)))
        return {
            "nodes": nodes,
            "totalCount": len(rows),
            "pageCount": -(-len(rows) // size) if size else 0,
            "pageInfo": {
                "startCursor": _cursor(start + 1) if nodes else None,
                "endCursor": _cursor(end) if nodes else None,
                "hasNextPage": end < len(rows),
                "hasPreviousPage": start > 0,
            },
        }

    def _by_chance(self, rows: list[Entity], key: Callable[[Entity], Any]) -> list[Entity]:
        if self.options.drifts:
            rows = self._random.sample(rows, len(rows))
        return sorted(rows, key=key)

    # Arguments come under the names of the schema, which are not Python's.

    def _evidence(self, status: str | None = None, **chosen: Any) -> list[Entity]:
        sort_by = chosen.pop("sortBy", None)
        wanted = _STATUSES["ALL" if self.options.ignores_status else status]
        rows = [item for item in _chosen(self.database.evidence, chosen) if item["status"] in wanted]
        if sort_by is not None:
            return _sorted(rows, sort_by)
        if self.options.loose_evidence:
            return self._by_chance(rows, lambda item: item["evidenceLevel"])
        return sorted(
            rows, key=lambda item: (item["evidenceLevel"], -(item["evidenceRating"] or 0), item["id"])
        )

    def _assertions(self, status: str | None = None, **chosen: Any) -> list[Entity]:
        sort_by = chosen.pop("sortBy", None)
        wanted = _STATUSES["ALL" if self.options.ignores_status else status]
        rows = [item for item in _chosen(self.database.assertions, chosen) if item["status"] in wanted]
        return sorted(rows, key=lambda item: item["id"]) if sort_by is None else _sorted(rows, sort_by)

    def _profiles(self, **chosen: Any) -> list[Entity]:
        status = chosen.pop("evidenceStatusFilter", None)
        rows = _chosen(self.database.profiles, chosen)
        if status != "ALL":
            wanted = _ASSOCIATED[status]
            rows = [profile for profile in rows if wanted & self.database.statuses(profile)]
        return self._by_chance(rows, lambda profile: -profile["molecularProfileScore"])

    def _variants(self, **chosen: Any) -> list[Entity]:
        sort_by = chosen.pop("sortBy", None)
        if sort_by is not None and sort_by["column"] != "NAME":
            raise _BrokenError("there is no column variants.start")
        if "category" in chosen:
            chosen["featureType"] = chosen.pop("category")
        return self._by_chance(_chosen(self.database.variants, chosen), lambda variant: variant["name"])

    def _genes(self, **chosen: Any) -> list[Entity]:
        symbols, status = chosen.pop("entrezSymbols", None), chosen.pop("evidenceStatusFilter", None)
        rows = [one for one in _chosen(self.database.features, chosen) if one["__typename"] == "Gene"]
        if symbols is not None:
            upper = {symbol.upper() for symbol in symbols}
            rows = [gene for gene in rows if gene["name"] in upper]
        if status != "ALL":
            wanted = _ASSOCIATED[status]
            with_any = {
                variant["feature"]["id"]
                for profile in self.database.profiles.values()
                if wanted & self.database.statuses(profile)
                for variant in profile["variants"]
            }
            rows = [gene for gene in rows if gene["id"] in with_any]
        return sorted(rows, key=lambda gene: gene["name"])

    def _variants_of(self, gene: Entity, **chosen: Any) -> list[Entity]:
        return [variant for variant in self._variants(**chosen) if variant["feature"]["id"] == gene["id"]]

    def _profiles_of(self, variant: Entity) -> list[Entity]:
        return [
            profile
            for profile in self.database.profiles.values()
            if any(one["id"] == variant["id"] for one in profile["variants"])
        ]


class _BrokenError(Exception):
    """An exception that the service does not catch."""


async def _not_routed(_request: web.Request) -> web.Response:
    return _failed(404, "Not Found")


def _schema(extension: str) -> GraphQLSchema:
    schema = build_schema(SCHEMA.read_text(encoding="utf-8"))
    return extend_schema(schema, parse(extension)) if extension else schema


def _call_out(node: Entity, info: Any) -> str:
    info.context.call_outs += 1
    return json.dumps({"of": node["name"]})


def _chosen(table: dict[int, Entity], chosen: Entity) -> list[Entity]:
    """Rows that fit the arguments; `name` is found anywhere in a name, whatever the schema's description says."""
    rows = list(table.values())
    for name, value in chosen.items():
        if value is None:
            continue
        match name:
            case "ids":
                rows = [row for row in rows if row["id"] in set(value)]
            case "id":
                rows = [row for row in rows if row["id"] == value]
            case "name":
                rows = [row for row in rows if value.lower() in row["name"].lower()]
            case "molecularProfileId":
                rows = [row for row in rows if row["molecularProfile"]["id"] == value]
            case "variantId":
                rows = [row for row in rows if any(one["id"] == value for one in row["variants"])]
            case "alleleRegistryId":
                rows = [
                    row
                    for row in rows
                    if any(one.get("alleleRegistryId") == value for one in row.get("variants", [row]))
                ]
            case "featureType":
                rows = [row for row in rows if row["feature"]["featureType"] == value]
            case _:
                raise AssertionError(name)
    return rows


_SORTABLE = {
    "ID": "id",
    "STATUS": "status",
    "SIGNIFICANCE": "significance",
    "EVIDENCE_LEVEL": "evidenceLevel",
    "EVIDENCE_TYPE": "evidenceType",
    "ASSERTION_TYPE": "assertionType",
    "DESCRIPTION": "description",
    "SUMMARY": "summary",
}


def _sorted(rows: list[Entity], sort_by: Entity) -> list[Entity]:
    key = _SORTABLE.get(sort_by["column"])
    if key is None:
        raise _BrokenError(f"{sort_by['column']} is not emulated")
    return sorted(rows, key=lambda row: row[key], reverse=sort_by["direction"] == "DESC")


def _cursor(offset: int) -> str:
    return base64.b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise GraphQLError(f"Invalid cursor: {cursor!r}") from None


def _failed(status: int, error: str) -> web.Response:
    return web.json_response({"status": status, "error": error}, status=status)


# By hand


def _arguments() -> argparse.ArgumentParser:
    demo = Path(__file__).resolve().parents[2] / "test_data" / "demo" / "civic"
    parser = argparse.ArgumentParser(prog="python -m tests.servers.civic_graphql", description=__doc__)
    parser.add_argument(
        "--release", type=Path, default=demo, help="folder of a release; the demo's without it"
    )
    add_port(parser)
    parser.add_argument("--unaccepted", action="store_true", help="add submitted and rejected entries")
    parser.add_argument("--key", action="append", default=[], help="an API key that it knows")
    parser.add_argument(
        "--rate", type=int, default=900, metavar="N", help="requests per window (default: 900)"
    )
    parser.add_argument("--window", type=float, default=300.0, metavar="S", help="seconds (default: 300)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the URL is the first line of standard output."""
    given = _arguments().parse_args(arguments)
    database = read_release(given.release)
    if given.unaccepted:
        database = with_unaccepted(database)
    options = Options(rate=(given.rate, given.window), keys=frozenset(given.key))
    service = CivicGraphql(database, options)
    told = f"{len(database.evidence)} evidence items"
    variables = {"ANNOTATOR_CIVIC_URL": "{url}"}
    return serve(service.application(), told, variables, path=PATH, port=given.port)


if __name__ == "__main__":
    sys.exit(main())
