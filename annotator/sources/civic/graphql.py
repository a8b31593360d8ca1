"""Sweep of CIViC's GraphQL service (version 2): downloads all of its content.

First all evidence and assertions of the selected statuses are requested, page by page; these name the molecular
profiles to request, and those name the variants. Profiles and variants are requested by number, as many as one page
holds, because their pages are unreliable: they are sorted by score and by name, hundreds of which are equal, so that
entries are repeated and omitted between pages. Entries are identified by number, and their count is compared with
`totalCount`. Missing entries are requested by number: evidence that an assertion names, otherwise every number that was
not received, of which the service returns the existing ones. Molecular profiles only count their evidence, and do not
list it.

    about 50 pages of evidence + 1 of assertions + 6 of profiles + 6 of variants      (accepted, 2024)

The queries are in `queries/`. None requests a field that costs the service another request. For the approvals of an
assertion, a paged list within a page, the count is compared with the number received.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from annotator.errors import NetworkError
from annotator.net import HttpClient, HttpResponse
from annotator.net.journal import ServiceRow
from annotator.result import Release
from annotator.sources.civic.graphql_nodes import NodeReader, with_own_profiles
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import Findings, Parts, Statuses, json_of, part_name

__all__ = ["QUERIES", "query_text", "sweep_graphql"]

QUERIES = ("evidence", "assertions", "profiles", "variants")
"""Names of the queries."""

_NAMES = {
    "evidence": "evidence items",
    "assertions": "assertions",
    "profiles": "molecular profiles",
    "variants": "variants",
}
_MOST = {
    "evidence": 100,
    "assertions": 100,
    "profiles": 300,
    "variants": 300,
}  # that the service returns at once
_STATUS = {Statuses.ACCEPTED: "ACCEPTED", Statuses.WITH_SUBMITTED: "NON_REJECTED"}
_ROUNDS = 5  # through all pages, if entries are missing
_NUMBERS = 1000  # requested at once if any of them may be missing: a request of less than 8 KiB
_BEYOND = 1000  # numbers after the highest received one, which may be missing too
_MOST_UNSEEN = 20_000  # largest set of numbers to request one by one: for more, another round is cheaper
_LONGEST_MESSAGE = 200

Node = Mapping[str, Any]


@cache
def query_text(name: str) -> str:
    """Return the text of a query, as it is sent."""
    return (
        resources.files("annotator.sources.civic").joinpath("queries", f"{name}.graphql").read_text("utf-8")
    )


async def sweep_graphql(
    parts: Parts, url: str, statuses: Statuses = Statuses.ACCEPTED, *, token: str | None = None
) -> Knowledge:
    """Download all of CIViC's content.

    Args:
        parts: sends requests, and stores the responses.
        url: address of the service.
        statuses: statuses of evidence and assertions.
        token: API key; with it the number of requests is not limited. The service silently accepts an unknown one.

    Raises:
        NetworkError: a page cannot be downloaded or is invalid; earlier pages are in the journal.

    """
    return await _Sweep(parts, url, statuses, token).knowledge()


class _Sweep:
    def __init__(self, parts: Parts, url: str, statuses: Statuses, token: str | None) -> None:
        self._parts = parts
        self._url = url
        self._statuses = statuses
        self._token = token
        self._findings = Findings()
        self._odd: dict[str, set[str]] = {}  # entries without a usable number, by query
        self._stated = 0

    async def knowledge(self) -> Knowledge:
        reader = NodeReader(self._findings, self._statuses)
        status = {"status": _STATUS[self._statuses]}
        items = await self._all("evidence", status)
        claims = await self._all("assertions", status)
        named = _evidence_of(claims.values(), self._statuses) - items.keys()
        items |= await self._by_number("evidence", named, status)
        evidence, assertions = reader.evidence(items.values()), reader.assertions(claims.values())
        wanted = {item.profile_id for item in evidence.values()}
        wanted |= {assertion.profile_id for assertion in assertions.values()}
        profiles = reader.profiles((await self._by_number("profiles", wanted)).values())
        members = {id_ for profile in profiles.values() for id_ in profile.variant_ids}
        variants = reader.variants((await self._by_number("variants", members)).values())
        self._judge_token()
        if self._findings.missing:
            self._parts.note_incomplete()
        return Knowledge(
            release=Release.version_of_queries(self._parts.began),
            variants=variants,
            profiles=with_own_profiles(profiles, variants),
            evidence=evidence,
            assertions=assertions,
            counts=dict(self._findings.counts),
            warnings=self._findings.warnings,
            refused=self._findings.refused_evidence(self._statuses),
            stated=self._stated,
            is_complete=not self._findings.missing,
        )

    def _judge_token(self) -> None:
        if self._token is not None and (times := self._parts.refused_for_rate()):
            self._findings.warn(
                f"CIViC limited the requests ({times:,} refused) although an API key was sent; the "
                "key may be wrong or revoked"
            )

    async def _all(self, query: str, variables: Mapping[str, Any]) -> dict[int, Node]:
        """Return all entries of a query: by pages, then by number, in as many rounds as needed."""
        found: dict[int, Node] = {}
        for number in range(_ROUNDS):
            total = await self._round(query, variables, number, found)
            if query == "evidence":
                self._stated = total
            total -= len(self._odd.get(query, ()))
            await self._stragglers(query, variables, number, found, total)
            if len(found) >= total:
                return found
        self._missing(query, total - len(found))
        return found

    async def _stragglers(
        self, query: str, variables: Mapping[str, Any], number: int, found: dict[int, Node], total: int
    ) -> None:
        """Request every number that was not received, until the number of entries is as expected."""
        had = len(found)
        last = max(found, default=0) + _BEYOND
        if had >= total or last - had > _MOST_UNSEEN:
            return
        unseen = [id_ for id_ in range(1, last + 1) if id_ not in found]
        for first in range(0, len(unseen), _NUMBERS):
            if len(found) >= total:
                break
            await self._round(query, {**variables, "ids": unseen[first : first + _NUMBERS]}, number, found)
        if came := len(found) - had:
            self._findings.counts[f"fetched by ID: {query}"] += came

    async def _by_number(
        self, query: str, ids: Iterable[int], variables: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[int, Node]:
        """Return the entries with these numbers."""
        wanted = sorted(ids)
        found: dict[int, Node] = {}
        for number in range(_ROUNDS):
            missing = [id_ for id_ in wanted if id_ not in found]
            if not missing:
                return found
            most = _MOST[query]
            for first in range(0, len(missing), most):
                parameters = {**variables, "ids": missing[first : first + most]}
                await self._round(query, parameters, number, found)
        if (lacking := len(wanted) - len(found) - len(self._odd.get(query, ()))) > 0:
            self._missing(query, lacking)
        return found

    def _missing(self, query: str, number: int) -> None:
        what = _NAMES[query]
        self._findings.lack(
            what,
            number,
            f"{number:,} {what} that CIViC counts or refers to did not arrive, even when requested again",
        )

    async def _round(
        self, query: str, variables: Mapping[str, Any], number: int, found: dict[int, Node]
    ) -> int:
        """Request all pages; return the total number of entries."""
        after: str | None = None
        cursors: set[str] = set()
        while True:
            parameters = {"first": _MOST[query], **variables, **({} if after is None else {"after": after})}
            page = await self._page(query, parameters, number)
            for node in page["nodes"]:
                if not _is_entry(node):
                    self._refuse(query, node, found)
                    continue
                if node["id"] in found and number == 0:
                    self._findings.counts[f"repeated: {query}"] += 1
                found[node["id"]] = node
            total: int = page["totalCount"]
            self._parts.show_progress(query, len(found), None if "ids" in variables else total)
            if not page["pageInfo"]["hasNextPage"]:
                return total
            after = page["pageInfo"]["endCursor"]
            if after is None or after in cursors:
                raise NetworkError("the list of pages does not end", path=self._url, remedy="Try again later")
            cursors.add(after)

    def _refuse(self, query: str, node: Any, found: Mapping[int, Node]) -> None:
        """Reject an entry without a usable number; it is returned again in every round."""
        text, odd = repr(node)[:_LONGEST_MESSAGE], self._odd.setdefault(query, set())
        if text not in odd:
            odd.add(text)
            id_ = node.get("id") if isinstance(node, dict) else node
            self._findings.refuse(_NAMES[query], f"{id_} after {max(found, default=0)}")

    async def _page(self, query: str, variables: Mapping[str, Any], number: int) -> ServiceRow:
        name = part_name(query, variables if number == 0 else {**variables, "round": number + 1})

        async def request() -> ServiceRow:
            client = self._parts.client
            assert client is not None
            return await self._requested(client, query, variables)

        page = await self._parts.get(name, request)
        reason = _malformed(page)
        if reason is not None:
            raise NetworkError(reason, path=self._url, remedy="Remove the journal to start again")
        return page

    async def _requested(self, client: HttpClient, query: str, variables: Mapping[str, Any]) -> ServiceRow:
        body = json.dumps({"query": query_text(query), "variables": variables}, separators=(",", ":"))
        headers = {"Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        answer = await client.post(
            self._url, body.encode(), headers=headers, unusable=lambda got: self._hidden(_unusable(got))
        )
        value = json_of(answer)
        if _is_refusal(value):
            raise NetworkError(
                f"CIViC does not understand the query {query!r} ({self._hidden(_message(value))})",
                path=self._url,
                remedy="CIViC's service has changed; update annotator, or use CIViC's release files",
            )
        page: ServiceRow = value["data"]["page"]
        return page

    def _hidden(self, text: str | None) -> str | None:
        """Return a text without the API key, in case a server repeats it."""
        return text if text is None or self._token is None else text.replace(self._token, "KEY")


def _unusable(answer: HttpResponse) -> str | None:
    """Return why a response with status 200 is unusable, if a retry may help; None if it is usable."""
    try:
        value = json_of(answer)
    except ValueError as error:
        return str(error)
    if not isinstance(value, dict):
        return "the response is not an object"
    if _is_refusal(value):
        return None
    if value.get("errors"):
        return f"the server reports an error ({_message(value)})"
    data = value.get("data")
    return _malformed(data.get("page") if isinstance(data, dict) else None)


def _is_refusal(value: Mapping[str, Any]) -> bool:
    """Return whether the query itself was refused.

    Then nothing was executed, and each error names a location in the query's text.
    """
    errors = value.get("errors")
    return (
        "data" not in value
        and isinstance(errors, list)
        and bool(errors)
        and all(isinstance(error, dict) and error.get("locations") for error in errors)
    )


def _message(value: Mapping[str, Any]) -> str:
    errors = value["errors"]
    first = errors[0] if isinstance(errors, list) else errors
    text = first.get("message") if isinstance(first, dict) else first
    return " ".join(str(text).split())[:_LONGEST_MESSAGE]


def _malformed(page: Any) -> str | None:
    """Return why a value is not a page of results, or None if it is one."""
    if not isinstance(page, dict):
        return "the response has no page"
    nodes, info, total = page.get("nodes"), page.get("pageInfo"), page.get("totalCount")
    if not isinstance(nodes, list):
        return "the page has no entries"
    if nodes and not any(isinstance(node, dict) and "id" in node for node in nodes):
        return "the page has no entries with IDs"
    if not isinstance(info, dict) or not isinstance(info.get("hasNextPage"), bool):
        return "the page does not state whether it is the last"
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        return "the page does not state the number of entries"
    return None


def _evidence_of(assertions: Iterable[Node], statuses: Statuses) -> set[int]:
    """Return the numbers of the evidence of the selected statuses that assertions name."""
    lists = (node.get("evidenceItems") for node in assertions)
    return {
        item["id"]
        for items in lists
        if isinstance(items, list)
        for item in items
        if _is_entry(item) and str(item.get("status")).lower() in statuses.words
    }


def _is_entry(node: Any) -> bool:
    id_ = node.get("id") if isinstance(node, dict) else None
    return isinstance(id_, int) and not isinstance(id_, bool) and id_ > 0
