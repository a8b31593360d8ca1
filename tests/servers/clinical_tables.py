"""The Clinical Tables service (variants, version 4) of the NLM, emulated from its page.

Nothing of it comes from the client: the page says what it does, `query_string` reads its `q`, `search_index` finds
and `construction` makes its records from ClinVar's three tables. Where the page is silent, an answer is chosen
that a careful client survives, and the choice is an option.

By hand: `python -m tests.servers.clinical_tables` (see `--help`) serves the demo's variants.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.servers.by_hand import add_faults, add_port, faults_of, serve
from tests.servers.construction import records_of_tables
from tests.servers.query_string import Query, QuerySyntaxError, clauses, parse
from tests.servers.search_index import Record, SearchIndex, value_of
from tests.support.clinvar_tables import write_tables

__all__ = ["DOCUMENTED", "PATH", "Options", "application", "demo_records", "index_of"]

PATH = "/api/variants/v4/search"
DOCUMENTED = (
    "AlternateAllele", "AlleleID", "AminoAcidChange", "Chromosome", "ChromosomeAccession", "Cytogenetic", "dbSNP",
    "GeneID", "GeneSymbol", "GenomicLocation", "hgnc_id", "hgnc_id_num", "HGVS_c", "HGVS_exprs", "HGVS_p", "Name",
    "NucleotideChange", "phenotypes", "phenotype", "PhenotypeIDS", "PhenotypeList", "RefSeqID",
    "ReferenceAllele", "Start", "Stop", "Type", "VariationID",
)  # fmt: skip
"""The page's list of fields."""

_KEYWORDS = ("dbSNP", "VariationID", "AlleleID")
_COMMON = ("dbSNP", "VariationID", "HGVS_exprs", "HGVS_c", "Name")
_REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Options:
    """How the service behaves where its page leaves it open, and its limits.

    Attributes:
        undocumented: whether the columns of variant_summary that the page does not list are there.
        latency: seconds before each answer.
        max_clauses: leaves that a `q` may have; Elasticsearch's default is 1,024.
        refuse_batches: answer 400 to every `q` with more than one leaf.
        max_url: bytes of path and query that are accepted.
        most_total: the highest total that is told; None for the real one.
        expressions_as_text: HGVS_exprs as one text, not a list.
        most_rows: that are given at once; the page says 500.

    """

    undocumented: bool = True
    latency: float = 0.0
    max_clauses: int = 1024
    refuse_batches: bool = False
    max_url: int = 8190
    most_total: int | None = 10_000
    expressions_as_text: bool = False
    most_rows: int = 500


_LAST_ROW = 7_500
_DEFAULT_ROWS = 7


class _RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, body: str, content_type: str = "text/plain") -> None:
        super().__init__(status, body)
        self.response = web.Response(status=status, text=body, content_type=content_type)


def index_of(records: Iterable[Record]) -> SearchIndex:
    """Make the index that several applications may share."""
    index = SearchIndex(records, _KEYWORDS)
    index.prepare(_COMMON)
    return index


def application(records: Iterable[Record] | SearchIndex, options: Options | None = None) -> web.Application:
    """Make the service, to be hosted by `base.RunningServer`.

    Args:
        records: of `construction.build_records`, in the order in which they are found; or their index.
        options: how it behaves; as the page says if it is None.

    """
    index = records if isinstance(records, SearchIndex) else index_of(records)
    service = _Service(index, options or Options())
    # The server's own limit of a line would answer 400 before the service can answer 414.
    made = web.Application(handler_args={"max_line_size": 1 << 20})
    made.router.add_get("/api/{table}/v4/search", service.answer)
    return made


class _Service:
    def __init__(self, index: SearchIndex, options: Options) -> None:
        self._index = index
        self._options = options
        fields = index.fields if options.undocumented else index.fields & set(DOCUMENTED)
        self._fields = fields

    async def answer(self, request: web.Request) -> web.Response:
        if self._options.latency:
            await asyncio.sleep(self._options.latency)
        try:
            return self._answer(request)
        except _RefusedError as refused:
            return refused.response

    def _answer(self, request: web.Request) -> web.Response:
        if len(request.raw_path) > self._options.max_url:
            raise _RefusedError(414, "<html><h1>Request-URI Too Long</h1></html>", "text/html")
        if request.match_info["table"] != "variants":
            raise _RefusedError(404, "<html><h1>Not Found</h1></html>", "text/html")
        query = request.query
        if "terms" not in query:
            raise _RefusedError(400, "terms is required")
        found = self._find(query["terms"], query.get("q", ""), query.get("sf", ""))
        total = len(found)
        first, last = _page(query, self._options.most_rows)
        rows = [self._index.records[number] for number in found[first:last]]
        code = query.get("cf") or "VariationID"
        body = [
            total if self._options.most_total is None else min(total, self._options.most_total),
            [self._value(row, code) for row in rows],
            self._extra(rows, query.get("ef", "")),
            [[_display(self._value(row, name)) for name in _names(query.get("df"))] for row in rows],
        ]
        return web.json_response(body, dumps=lambda value: json.dumps(value, ensure_ascii=False))

    def _find(self, terms: str, q: str, fields: str) -> list[int]:
        """Numbers of the records that are found, in the order of the index."""
        named = {name for name in _split(fields) if name.partition(".")[0] in self._fields}
        searched = named if fields else self._fields
        parts = [self._index.begin(word, searched) for word in terms.split() if _is_word(word)]
        if q.strip():
            parts.append(self._index.search(self._query(q), self._fields))
        if not parts:
            return list(range(len(self._index.records)))
        return sorted(set.intersection(*parts))

    def _query(self, q: str) -> Query:
        try:
            query = parse(q)
        except QuerySyntaxError as error:
            raise _RefusedError(400, f"Failed to parse query [{q}]: {error}") from error
        number = clauses(query)
        if number > self._options.max_clauses:
            told = f"too_many_clauses: maxClauseCount is set to {self._options.max_clauses}"
            raise _RefusedError(500, json.dumps({"error": told, "status": 500}), "application/json")
        if self._options.refuse_batches and number > 1:
            raise _RefusedError(400, "only one clause, please")
        return query

    def _extra(self, rows: list[Record], wanted: str) -> dict[str, list[Any]] | None:
        if not wanted:
            return None
        extra = {}
        for item in _split(wanted):
            name, _, alias = item.partition(":")
            extra[alias or name] = [self._value(row, name) for row in rows]
        return extra

    def _value(self, row: Record, name: str) -> Any:
        if name not in self._fields and name.partition(".")[0] not in self._fields:
            return None
        value = value_of(row, name)
        if name == "HGVS_exprs" and isinstance(value, list) and self._options.expressions_as_text:
            return ", ".join(value)
        return value


def _is_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _split(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _names(display: str | None) -> list[str]:
    return _split(display or "VariationID,Name")


def _page(query: Mapping[str, str], most: int) -> tuple[int, int]:
    """Numbers of the first row and of the one after the last; what is no number counts as not given."""
    rows = _DEFAULT_ROWS
    if "maxList" in query:
        rows = most if not query["maxList"] else _number(query["maxList"], rows)
    rows = min(_number(query.get("count", ""), rows), most)
    first = min(_number(query.get("offset", ""), 0), _LAST_ROW)
    return first, min(first + rows, _LAST_ROW)


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else default


def _display(value: Any) -> str:
    """A value as text: an object is its code and its text."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ": ".join(_display(value.get(part)) for part in ("code", "text"))
    if isinstance(value, list):
        return ", ".join(map(_display, value))
    return str(value)


# By hand


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.clinical_tables", description=__doc__)
    parser.add_argument(
        "--tables", type=Path, help="folder of the three tables; made from the demo without it"
    )
    add_port(parser)
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds before each answer")
    parser.add_argument("--documented", action="store_true", help="only the fields that the page lists")
    parser.add_argument("--refuse-batches", action="store_true", help="answer 400 to all but single look-ups")
    add_faults(parser)
    return parser


def demo_records() -> list[dict[str, Any]]:
    demo = _REPOSITORY / "test_data" / "demo"
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), demo / "clinvar.GRCh38.vcf", demo / "clinvar.GRCh37.vcf")
        return records_of_tables(Path(folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the URL is the first line of standard output."""
    parser = _arguments()
    given = parser.parse_args(arguments)
    records = demo_records() if given.tables is None else records_of_tables(given.tables)
    options = Options(
        undocumented=not given.documented, latency=given.latency, refuse_batches=given.refuse_batches
    )
    return serve(
        application(records, options),
        f"{len(records)} variants",
        {"ANNOTATOR_CLINVAR_URL": "{url}"},
        path=PATH,
        port=given.port,
        faults=faults_of(parser, given),
    )


if __name__ == "__main__":
    sys.exit(main())
