"""Queries of the Clinical Tables service, in batches that are split if too large, with exactly compared results.

The service searches; it does not look up. `terms` matches beginnings of words, and a phrase in `q` (a query string of
Elasticsearch) matches words without their punctuation, so that `c.76-1G>A` also finds `c.76+1G>A`. A returned row is
therefore assigned to an identifier only if it has exactly that one.

    rs number       dbSNP:(rs121913529 OR rs80357508 …)
    expression      HGVS_exprs:("NC_000007.14:g.140753336A>T" OR …)     `<` and `>` are allowed in phrases only
    on transcript   RefSeqID:NM_004333* AND NucleotideChange:"c.1799T>A" additionally, for other versions
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from annotator.errors import NetworkError
from annotator.net import HttpClient, HttpResponse, RefusedError, TooLargeError, UnavailableError
from annotator.net.journal import Journal, ServiceRow, StoredResponse
from annotator.result import Failed
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, Step, Unit
from annotator.sources.clinvar.service import FIELDS, ServicePage, expressions_of, read_page, rsids_of
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType

__all__ = ["SOURCE", "ExpressionQuery", "IdentifierQuery", "RsidQuery", "ServiceClient", "batches", "clause"]

SOURCE = "clinvar-api"

_MOST_ROWS = 500  # that the service returns at once
_LAST_ROW = 7_500  # sum of offset and count
_RSIDS_AT_ONCE = 100
_EXPRESSIONS_AT_ONCE = 60
_LONGEST_QUERY = 3_000  # bytes of `q` as sent; no limit is documented, and proxies have limits of 4 to 8 kB
_ABOUT_THE_QUERY = frozenset(
    {400, 413, 414, 422, 431}
)  # other statuses refuse the client, whatever it requests
_QUERY_FAILED = 500
_REFUSALS = 2  # consecutive refused batches after which no further one is tried


class RsidQuery(NamedTuple):
    """An rs number to look up."""

    rsid: int

    @property
    def identifier(self) -> str:
        """Identifier in the journal."""
        return f"rs{self.rsid}"


class ExpressionQuery(NamedTuple):
    """An HGVS expression to look up."""

    expression: HgvsExpression

    @property
    def identifier(self) -> str:
        """Identifier in the journal."""
        return str(self.expression)


IdentifierQuery: TypeAlias = RsidQuery | ExpressionQuery
_GENOMIC = {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}


def clause(query: IdentifierQuery) -> str:
    """Return the part of a query that finds the records of one identifier."""
    if isinstance(query, RsidQuery):
        return f"dbSNP:rs{query.rsid}"
    expression = query.expression
    phrase = f"HGVS_exprs:{_phrase(str(expression))}"
    if expression.sequence_type in _GENOMIC or not re.fullmatch(r"[A-Za-z]\w*", expression.accession or ""):
        return phrase
    change = _phrase(f"{expression.sequence_type}.{expression.change}")
    return f"({phrase} OR (RefSeqID:{expression.accession}* AND NucleotideChange:{change}))"


def _phrase(text: str) -> str:
    """Return a quoted text: within quotes only the quote and the backslash are special."""
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _query(queries: Sequence[IdentifierQuery]) -> str:
    return " OR ".join(map(clause, queries))


def batches(queries: Iterable[IdentifierQuery]) -> Iterator[list[IdentifierQuery]]:
    """Group identifiers of one kind into batches of bounded number and length, in order."""
    batch: list[IdentifierQuery] = []
    size = 0
    for query in queries:
        most = _RSIDS_AT_ONCE if isinstance(query, RsidQuery) else _EXPRESSIONS_AT_ONCE
        added = len(quote(clause(query), safe="")) + len("%20OR%20")
        if batch and (len(batch) == most or size + added > _LONGEST_QUERY):
            yield batch
            batch, size = [], 0
        batch.append(query)
        size += added
    if batch:
        yield batch


class _Rows(NamedTuple):
    """The rows of a response, and whether there are more."""

    rows: list[dict[str, Any]]
    is_cut: bool


class ServiceClient:
    """Lookup of identifiers, each once; those in the journal are not requested.

    Args:
        client: None to send no requests: identifiers that are not in the journal have failed.
        journal: stores every response.
        url: address of the service.
        progress: called with the identifiers answered, of all requested so far.

    """

    def __init__(
        self, client: HttpClient | None, journal: Journal, url: str, progress: Progress | None = None
    ) -> None:
        self._client = client
        self._journal = journal
        self._url = url
        self._progress = progress
        self._wanted = self._answered = 0
        self._refusals = 0
        self._is_reached = False
        self._unreachable: NetworkError | None = None
        self._first = (
            asyncio.Lock()
        )  # held by the first request, which shows whether the service can be reached

    async def answers(self, queries: Iterable[IdentifierQuery]) -> dict[str, StoredResponse | Failed]:
        """Return the records of each identifier, or the reason why the lookup failed.

        Raises:
            NetworkError: the service cannot be reached at all, as the first request showed.

        """
        by_name = {query.identifier: query for query in queries}
        found: dict[str, StoredResponse | Failed] = {
            answer.identifier: answer for answer in self._journal.known(SOURCE, by_name)
        }
        missing = [query for name, query in by_name.items() if name not in found]
        if self._client is None:
            return found | {query.identifier: Failed("not_in_journal") for query in missing}
        client = self._client
        self._wanted += len(missing)
        tasks = [self._counted(client, batch) for batch in batches(missing)]
        for part in await asyncio.gather(*tasks):
            found |= part
        if self._unreachable is not None:
            raise self._unreachable
        return found

    async def _counted(
        self, client: HttpClient, queries: Sequence[IdentifierQuery]
    ) -> dict[str, StoredResponse | Failed]:
        found = await self._looked_up(client, queries)
        self._answered += len(queries)
        if self._progress is not None:
            self._progress(Step("looking up in ClinVar", self._answered, self._wanted, Unit.IDENTIFIERS))
        return found

    async def _looked_up(
        self, client: HttpClient, queries: Sequence[IdentifierQuery]
    ) -> dict[str, StoredResponse | Failed]:
        """Look up a batch; split it if that helps."""
        if len(queries) > 1 and self._refusals >= _REFUSALS:
            return await self._one_by_one(client, queries)
        try:
            found = await self._searched(client, queries)
        except RefusedError as error:
            if len(queries) > 1 and error.status in _ABOUT_THE_QUERY:
                self._refusals += 1
                return await self._one_by_one(client, queries)
            return {query.identifier: Failed(f"refused_{error.status}") for query in queries}
        except TooLargeError:
            if len(queries) > 1:
                return await self._halved(client, queries)
            return {query.identifier: Failed("answer_too_large") for query in queries}
        except UnavailableError as error:
            # Elasticsearch responds in this way if it cannot parse a query: one identifier must not make the others
            # fail.
            if len(queries) > 1 and error.status == _QUERY_FAILED:
                return await self._halved(client, queries)
            return {query.identifier: Failed(error.reason) for query in queries}
        except NetworkError as error:
            return {query.identifier: Failed(error.reason) for query in queries}
        if len(queries) > 1:
            self._refusals = 0
        if found.is_cut and len(queries) > 1:
            return await self._halved(client, queries)
        if found.is_cut:
            reason = "incomplete_answer" if len(found.rows) < _LAST_ROW else "too_many_records"
            return {query.identifier: Failed(reason) for query in queries}
        return dict(self._noted(queries, found.rows))

    async def _halved(
        self, client: HttpClient, queries: Sequence[IdentifierQuery]
    ) -> dict[str, StoredResponse | Failed]:
        middle = len(queries) // 2
        halves = await asyncio.gather(
            self._looked_up(client, queries[:middle]), self._looked_up(client, queries[middle:])
        )
        return halves[0] | halves[1]

    async def _one_by_one(
        self, client: HttpClient, queries: Sequence[IdentifierQuery]
    ) -> dict[str, StoredResponse | Failed]:
        singles = await asyncio.gather(*(self._looked_up(client, [query]) for query in queries))
        return {name: answer for single in singles for name, answer in single.items()}

    async def _searched(self, client: HttpClient, queries: Sequence[IdentifierQuery]) -> _Rows:
        """Search for some identifiers; for a single one, request all pages of the response."""
        page = await self._page(client, queries, 0)
        rows, total = page.rows, page.total
        while len(queries) == 1 and page.rows and len(rows) < min(total, _LAST_ROW):
            page = await self._page(client, queries, len(rows))
            rows += page.rows
        return _Rows(rows, total > len(rows))

    async def _page(self, client: HttpClient, queries: Sequence[IdentifierQuery], offset: int) -> ServicePage:
        # The documentation of the service requires `terms`; an empty value is accepted, but a single lookup need not
        # rely on that.
        single = queries[0] if len(queries) == 1 else None
        terms = single.identifier if isinstance(single, RsidQuery) else ""
        params = [
            ("terms", terms),
            ("sf", "dbSNP" if isinstance(queries[0], RsidQuery) else "HGVS_exprs"),
            ("q", _query(queries)),
            ("count", str(min(_MOST_ROWS, _LAST_ROW - offset))),
            ("df", "VariationID"),
            ("ef", ",".join(FIELDS)),
        ]
        if offset:
            params.append(("offset", str(offset)))
        if self._is_reached:
            return await self._got(client, params, len(queries))
        async with self._first:
            if self._unreachable is not None:
                raise self._unreachable
            if self._is_reached:
                return await self._got(client, params, len(queries))
            page = await self._got_first(client, params, len(queries))
            self._is_reached = True
            return page

    async def _got(self, client: HttpClient, params: Sequence[tuple[str, str]], count: int) -> ServicePage:
        answer = await client.get(self._url, params, identifiers=count, unusable=_unusable)
        return read_page(answer.body)

    async def _got_first(
        self, client: HttpClient, params: Sequence[tuple[str, str]], count: int
    ) -> ServicePage:
        """Send the first request, and record whether it shows that no other can succeed.

        A refusal counts as independent of the query if it is repeated for a request without one.
        """
        try:
            return await self._got(client, params, count)
        except UnavailableError as error:
            if error.reached:
                self._is_reached = True
            else:
                self._unreachable = error
            raise
        except RefusedError as error:
            if error.status not in _ABOUT_THE_QUERY:
                self._unreachable = await self._refusal(client)
            self._is_reached = self._unreachable is None
            raise
        except NetworkError:
            self._is_reached = True
            raise

    async def _refusal(self, client: HttpClient) -> NetworkError | None:
        """Send a request without a query; return the error if the service refuses it too."""
        try:
            await client.get(self._url, [("terms", ""), ("count", "0")])
        except RefusedError as error:
            remedy = f"{error.remedy or 'Check the address'} (--clinvar-url or ANNOTATOR_CLINVAR_URL)"
            return RefusedError(error.what, path=error.path, remedy=remedy, status=error.status)
        except NetworkError:
            return None
        return None

    def _noted(
        self, queries: Sequence[IdentifierQuery], rows: Sequence[ServiceRow]
    ) -> Iterator[tuple[str, StoredResponse]]:
        """Add the rows of each identifier to the journal, and return the identifiers with their responses."""
        names: dict[object, list[str]] = {}  # two versions of a transcript have one identity
        for query in queries:
            names.setdefault(_identity(query), []).append(query.identifier)
        found: dict[str, dict[str, ServiceRow]] = {query.identifier: {} for query in queries}
        for row in rows:
            for identity in _identities(row, queries[0]):
                for name in names.get(identity, ()):
                    found[name][str(row.get("VariationID"))] = row
        answers = [StoredResponse(name, found_rows) for name, found_rows in found.items()]
        self._journal.add(SOURCE, answers)
        return ((answer.identifier, answer) for answer in answers)


def _identity(query: IdentifierQuery) -> object:
    return query.rsid if isinstance(query, RsidQuery) else query.expression.identity


def _identities(row: Mapping[str, Any], kind: IdentifierQuery) -> Iterator[object]:
    """Yield the identities of a row that are of a given kind."""
    if isinstance(kind, RsidQuery):
        yield from rsids_of(row)
    else:
        yield from (expression.identity for expression in expressions_of(row))


def _unusable(answer: HttpResponse) -> str | None:
    try:
        read_page(answer.body)
    except ValueError as error:
        return str(error)
    return None
