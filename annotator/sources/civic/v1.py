"""Sweep of a mirror of CIViC's first REST service (V1): downloads all of its content.

CIViC itself has retired V1; private mirrors have not. It has no molecular profiles: evidence belongs to variants, each
of which is taken as a profile by itself. First all evidence is requested, page by page, and all assertions; then, one
by one, the assertions and variants that have evidence, because only their details contain what identifies an allele
(HGVS expressions, ClinVar's numbers, aliases): one request for each, about 1,700 for the release of 2024. Last come the
genes, page by page, for their other names.

Differences between old and new mirrors are accepted in both forms:

    positions            texts until 2019, then numbers
    sources              `pubmed_id`, then `citation_id` and `source_type`
    origins              `Somatic Mutation`, then `Somatic`
    submitted evidence   has null in place of some words
    `per_page`           a number, or the text of the request; ignored
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from annotator.errors import NetworkError
from annotator.net import HttpClient, HttpResponse, RefusedError
from annotator.net.journal import ServiceRow
from annotator.result import Release
from annotator.sources.civic.knowledge import CivicAssertion, CivicEvidence, CivicProfile, Knowledge, Variant
from annotator.sources.civic.sweeping import Findings, Parts, Statuses, json_of, part_name
from annotator.sources.civic.v1_records import RecordReader

__all__ = ["sweep_v1"]

_NAMES = {"evidence_items": "evidence items", "assertions": "assertions", "genes": "genes"}
_LONGEST = 200  # characters of an invalid record that identify it
_MOST = 100
_ROUNDS = 3
_AT_ONCE = 100  # details that are awaited at a time; the client limits concurrent requests

_Entry = TypeVar("_Entry")
_Record = Mapping[str, Any]


async def sweep_v1(parts: Parts, url: str, statuses: Statuses = Statuses.ACCEPTED) -> Knowledge:
    """Download the whole content of a mirror.

    Args:
        parts: sends requests, and stores the responses.
        url: address of the mirror's API, such as `https://civic.example.org/api`.
        statuses: statuses of evidence and assertions.

    Raises:
        NetworkError: a part cannot be downloaded or is invalid; earlier parts are in the journal.

    """
    return await _Sweep(parts, url.rstrip("/"), statuses).knowledge()


class _Sweep:
    def __init__(self, parts: Parts, url: str, statuses: Statuses) -> None:
        self._parts = parts
        self._url = url
        self._statuses = statuses
        self._findings = Findings()
        self._odd: dict[str, set[str]] = {}  # records without a usable number, by index
        self._stated = 0

    async def knowledge(self) -> Knowledge:
        reader = RecordReader(self._findings, self._statuses)
        # The service applies no filter of statuses by default, and has none for several.
        only = {"status": "accepted"} if self._statuses is Statuses.ACCEPTED else {}
        evidence = reader.evidence((await self._all("evidence_items", only)).values())
        listed = await self._all("assertions", {})
        wanted = sorted(id_ for id_, record in listed.items() if record.get("status") in self._statuses.words)
        assertions = reader.assertions(await self._details("assertions", wanted))
        members = {item.profile_id for item in evidence.values()}
        members |= {assertion.profile_id for assertion in assertions.values()}
        details = await self._details("variants", sorted(members))
        aliases = reader.aliases((await self._all("genes", {})).values())
        variants = reader.variants(details, aliases)
        return self._made(variants, evidence, assertions)

    def _made(
        self,
        variants: Mapping[int, Variant],
        evidence: Mapping[int, CivicEvidence],
        assertions: Mapping[int, CivicAssertion],
    ) -> Knowledge:
        profiles = {
            id_: CivicProfile(id_, variant.full_name, (id_,), id_, (), variant.flagged)
            for id_, variant in variants.items()
        }
        if self._findings.missing:
            self._parts.note_incomplete()
        return Knowledge(
            release=Release.version_of_queries(self._parts.began),
            variants=variants,
            profiles=profiles,
            evidence=evidence,
            assertions=assertions,
            has_profiles=False,
            counts=dict(self._findings.counts),
            warnings=self._findings.warnings,
            refused=self._findings.refused_evidence(self._statuses),
            stated=self._stated,
            is_complete=not self._findings.missing,
        )

    async def _all(self, what: str, chosen: Mapping[str, str]) -> dict[int, _Record]:
        """Return all records of an index, by as many rounds as are needed to receive them all."""
        found: dict[int, _Record] = {}
        for number in range(_ROUNDS):
            total = await self._round(what, chosen, number, found)
            if what == "evidence_items":
                self._stated = total
            total -= len(self._odd.get(what, ()))
            if len(found) >= total:
                return found
        lacking = total - len(found)
        self._findings.lack(
            _NAMES[what], lacking, f"{lacking:,} {_NAMES[what]} that the mirror counts did not arrive"
        )
        return found

    async def _round(
        self, what: str, chosen: Mapping[str, str], number: int, found: dict[int, _Record]
    ) -> int:
        page = 1
        while True:
            params = {**chosen, "count": str(_MOST), "page": str(page)}
            part = await self._part(what, params, _misshapen_index, number)
            for record in part["records"]:
                if _misshapen_record(record) is None:
                    found[record["id"]] = record
                else:
                    self._refuse(what, record, found)
            meta = part["_meta"]
            total: int = meta["total_count"]
            self._parts.show_progress(what, len(found), total)
            if page >= meta["total_pages"] or not part["records"]:
                return total
            page += 1

    def _refuse(self, what: str, record: Any, found: Mapping[int, _Record]) -> None:
        """Reject a record without a usable number; it is returned again in every round."""
        text, odd = repr(record)[:_LONGEST], self._odd.setdefault(what, set())
        if text not in odd:
            odd.add(text)
            id_ = record.get("id") if isinstance(record, dict) else record
            self._findings.refuse(_NAMES[what], f"{id_} after {max(found, default=0)}")

    async def _details(self, what: str, ids: Sequence[int]) -> list[_Record]:
        """Return the details of each; those that the mirror does not have are counted."""
        found: list[_Record] = []
        for first in range(0, len(ids), _AT_ONCE):
            some = ids[first : first + _AT_ONCE]
            records = await _all_of(self._detail(what, id_) for id_ in some)
            found += [record for record in records if record]
            self._parts.show_progress(what, first + len(some), len(ids))
        if lacking := len(ids) - len(found):
            self._findings.lack(what, lacking, f"{lacking:,} {what} that the mirror refers to are missing")
        return found

    async def _detail(self, what: str, id_: int) -> _Record:
        return await self._part(f"{what}/{id_}", {}, _no_record, 0)

    async def _part(
        self, place: str, params: Mapping[str, str], misshapen: Callable[[Any], str | None], number: int
    ) -> ServiceRow:
        name = part_name(place, params if number == 0 else {**params, "round": number + 1})

        async def request() -> ServiceRow:
            client = self._parts.client
            assert client is not None
            return await self._requested(client, place, params, misshapen)

        part = await self._parts.get(name, request)
        if part and (reason := misshapen(part)) is not None:
            raise NetworkError(reason, path=self._url, remedy="Remove the journal to start again")
        return part

    async def _requested(
        self,
        client: HttpClient,
        place: str,
        params: Mapping[str, str],
        misshapen: Callable[[Any], str | None],
    ) -> ServiceRow:
        def unusable(answer: HttpResponse) -> str | None:
            try:
                return misshapen(json_of(answer))
            except ValueError as error:
                return str(error)

        try:
            answer = await client.get(
                f"{self._url}/{place}", tuple(params.items()), headers=_HEADERS, unusable=unusable
            )
        except RefusedError as error:
            if error.status == 404 and not params:
                return {}
            raise
        part: ServiceRow = json_of(answer)
        return part


_HEADERS = {"Accept": "application/json"}


async def _all_of(awaitables: Iterable[Awaitable[_Entry]]) -> list[_Entry]:
    """Return the results of all, in order; if one fails, the others are cancelled."""
    tasks = [asyncio.ensure_future(one) for one in awaitables]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _misshapen_index(value: Any) -> str | None:
    """Return why a value is not a page of an index, or None if it is one."""
    meta = value.get("_meta") if isinstance(value, dict) else None
    if not isinstance(meta, dict) or not isinstance(value.get("records"), list):
        return "the response is not a page of records"
    if not all(_is_count(meta.get(name)) for name in ("total_count", "total_pages")):
        return "the page does not state the number of records"
    return None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _no_record(value: Any) -> str | None:
    return None if isinstance(value, dict) else "the response is not a record"


def _misshapen_record(value: Any) -> str | None:
    is_one = isinstance(value, dict) and _is_count(value.get("id"))
    return None if is_one else "the response is not a record"
