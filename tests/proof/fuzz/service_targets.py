"""Fuzz targets, part 2: releases of knowledge bases, answers of services, names of changes, and files of our own."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from annotator.annotation.allele_table import Keys
from annotator.annotation.saved_options import config_of_text, text_of_config
from annotator.annotation.shard_manifest import ShardManifest, account_path
from annotator.dispatch.cgi import answers as cgi_answers
from annotator.dispatch.cgi.archive import opened_result
from annotator.dispatch.cgi.mutations import Mutations
from annotator.dispatch.cgi.results import read_result
from annotator.dispatch.opal.answers import objects_of, report_of, shareable, unusable_list, unusable_report
from annotator.dispatch.opal.client import OpalClient
from annotator.dispatch.opal.variants import report_variants
from annotator.errors import NetworkError
from annotator.info import Hit
from annotator.net.client import HttpResponse
from annotator.net.journal import Journal, StoredResponse
from annotator.result import Failed, Found
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.folder import Snapshot, verify_files
from annotator.snapshot.manifest import MANIFEST, _checksum
from annotator.sources.civic.graphql import sweep_graphql
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.civic.sweeping import Parts, Statuses
from annotator.sources.civic.v1 import sweep_v1
from annotator.sources.clinvar.api import ClinVarApi
from annotator.sources.clinvar.service_queries import ServiceClient
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import allele_of, genomic_hgvs
from annotator.variants.hgvs_parse import parse_hgvs, same_change
from annotator.variants.protein_change import parse_protein_change
from annotator.variants.query import Identifiers, Query
from annotator.vcf.files import open_input
from tests.proof.fuzz.place import copied_snapshot, file, folder, parts
from tests.proof.fuzz.targets import Target
from tests.support.readers import read_journal, read_snapshot, read_store, read_ticket

__all__ = ["SERVICE_TARGETS"]

_TABLES = ("Variant", "MolecularProfile", "ClinicalEvidence", "Assertion", "Gene")
_CLINVAR_TABLES = ("variant_summary", "hgvs4variation", "variation_allele")
_KNOWN = AlleleKey("7", 140753336, "A", "T")


# --- releases ---


def _built(**sources: Any) -> None:
    """Build a snapshot, and open it: what the manifest counts is there."""
    made = folder() / "built.snapshot"
    build_snapshot(made, "GRCh38", replace=True, retrieved="2026-03-01", **sources)
    with Snapshot.open(made) as opened:
        verify_files(made, opened.manifest)
        opened.lookup("7", 140753336, "A", "T")


def clinvar(data: bytes) -> None:
    """Build a snapshot of ClinVar's VCF; the alleles of its lines are found in it, or it says why not."""
    _built(clinvar=file("clinvar.vcf", data))


def clinvar_tables(data: bytes) -> None:
    """Build a snapshot of ClinVar's tables."""
    (folder() / "tables").mkdir(exist_ok=True)
    for name, part in zip(_CLINVAR_TABLES, parts(data, 3), strict=True):
        file(f"tables/{name}.txt", part)
    _built(clinvar_tables=folder() / "tables", clinvar_release="2026-03-01")


def civic(data: bytes) -> None:
    """Build a snapshot of a release of CIViC's."""
    (folder() / "civic").mkdir(exist_ok=True)
    for name, part in zip(_TABLES, parts(data, 5), strict=True):
        file(f"civic/01-Aug-2024-{name}Summaries.tsv", part)
    _built(civic=folder() / "civic")


# --- services ---


class _Client:
    """A client whose server answers with what is fuzzed, and which refuses what it is told to refuse."""

    def __init__(self, bodies: Callable[[bytes], bytes]) -> None:
        self._bodies = bodies
        self._asked = 0
        self.egress = SimpleNamespace(hosts={})

    async def get(self, url: str, params: Any = (), **rest: Any) -> HttpResponse:
        return self._answer(f"{url} {params}".encode(), rest.get("unusable"))

    async def post(self, url: str, body: bytes, **rest: Any) -> HttpResponse:
        return self._answer(url.encode() + body, rest.get("unusable"))

    def _answer(self, asked: bytes, unusable: Callable[[HttpResponse], str | None] | None) -> HttpResponse:
        self._asked += 1
        if self._asked > 200:
            raise NetworkError("the server was asked 200 times")
        answer = HttpResponse(200, self._bodies(asked), "application/json")
        reason = None if unusable is None else unusable(answer)
        if reason is not None:
            raise NetworkError(reason)
        return answer


class _Memory:
    """A journal in memory: what it is given can be written as UTF-8, as SQLite demands."""

    began = "2026-03-01"
    path = None

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], StoredResponse] = {}

    def fact(self, _name: str) -> str | None:
        return None

    def note(self, _name: str, _value: str) -> None:
        return

    def known(self, source: str, identifiers: Iterable[str]) -> list[StoredResponse]:
        return [self._kept[source, one] for one in identifiers if (source, one) in self._kept]

    def add(self, source: str, responses: Sequence[StoredResponse]) -> None:
        for one in responses:
            rows = json.loads(json.dumps(one.rows))
            self._kept[source, one.identifier] = StoredResponse(one.identifier, rows)


def _swept(sweep: Callable[[Parts], Awaitable[Knowledge]], bodies: Callable[[bytes], bytes]) -> None:
    parts_ = Parts("civic", cast("Journal", _Memory()), cast("Any", _Client(bodies)))

    async def run() -> Knowledge:
        return await sweep(parts_)

    knowledge = asyncio.run(run())
    if knowledge.variants:
        _built(civic=knowledge)


def civic_graphql(data: bytes) -> None:
    """Download CIViC from a GraphQL service: pages of evidence, assertions, profiles and variants."""
    words = (b"evidenceItems", b"assertions", b"molecularProfiles", b"variants")
    pages = dict(zip(words, parts(data, 4), strict=True))

    def body(asked: bytes) -> bytes:
        return next((page for word, page in pages.items() if b"page: " + word in asked), b"")

    _swept(lambda some: sweep_graphql(some, "https://civic.example.org/api/graphql", Statuses.ACCEPTED), body)


def civic_v1(data: bytes) -> None:
    """Download CIViC from a mirror of its first API: evidence, assertions, a variant, genes, an assertion."""
    evidence, assertions, variant, genes, assertion = parts(data, 5)

    def body(asked: bytes) -> bytes:
        for word, answer in (
            (b"/evidence_items ", evidence),
            (b"/assertions ", assertions),
            (b"/assertions/", assertion),
            (b"/variants/", variant),
            (b"/genes ", genes),
        ):
            if word in asked:
                return answer
        return b""

    _swept(lambda some: sweep_v1(some, "https://civic.example.org/api", Statuses.ACCEPTED), body)


def clinvar_api(data: bytes) -> None:
    """Ask ClinVar's service: each allele has a record, none, or a reason why that is not known."""
    expressions = tuple(
        filter(None, map(parse_hgvs, ("NM_004333.6:c.1799T>A", "NC_000007.14:g.140753336A>T")))
    )
    named = Identifiers((113488022,), expressions[:1], expressions[1:])
    queries = [
        Query(_KNOWN, identify=lambda: named),
        Query(AlleleKey("13", 32340300, "T", "")),
        Query(AlleleKey("7", 5, "", "TCTCATAT")),
    ]
    journal = cast("Journal", _Memory())
    asker = ServiceClient(cast("Any", _Client(lambda _: data)), journal, "https://clinvar.example.org")
    source = ClinVarApi(asker, journal, Assembly.GRCH38, None)
    results = asyncio.run(cast("Any", source.resolve_online(queries)))
    assert len(results) == len(queries)
    for result in results:
        if isinstance(result, Found):
            hit = Hit("T", 1, result.match, result.record)
            for field in source.fields:
                assert not re.search(r"[;=\s\0-\x1f]", field.value([hit, None]) or "", re.ASCII), (
                    field.id,
                    field.value([hit]),
                )
        elif isinstance(result, Failed):
            assert result.reason


def cgi_archive(data: bytes) -> None:
    """Open an archive of results, and read its tables."""
    read_result(opened_result(data, "x.zip"), _sent(), "x.zip")


def cgi_tables(data: bytes) -> None:
    """Read the tables of a result."""
    names = ("alterations.tsv", "biomarkers.tsv", "summary.txt")
    found = read_result(dict(zip(names, parts(data, 3), strict=True)), _sent(), "x.zip")
    assert all(row in {1, 2} for row in found.findings)


def _sent() -> Mutations:
    rows = [("7", "140753336", "A", "T"), ("13", "32340300", "GT", "G")]
    return Mutations("TUMOUR", Assembly.GRCH38, {"mutations": rows})


def cgi_answer(data: bytes) -> None:
    """Read an answer of CGI's as each kind that it can be."""
    cgi_answers.error_of(data)
    cgi_answers.submitted_job(data)
    cgi_answers.jobs_of(data)
    assert cgi_answers.job_of(data, "x").id == "x"
    cgi_answers.logs_of(data)
    cgi_answers.not_json(HttpResponse(200, data, "application/json"))


def opal_answer(data: bytes) -> None:
    """Read an answer of Opal's as a list and as a report."""
    answer = HttpResponse(200, data, "application/json")
    if unusable_list(answer) is None:
        for one in objects_of(data):
            shareable(one)
    if unusable_report(answer) is None:
        json.dumps(shareable(report_of(data)))


def opal_variants(data: bytes) -> None:
    """Read the variants of a report: the report, its variants as JSON, all as VCF, some as VCF."""
    report, objects, every, some = parts(data, 4)

    async def of_report(_number: int) -> Any:
        return report_of(report)

    async def variants(_number: int) -> Any:
        return objects_of(objects)

    async def vcf(_number: int, filters: Sequence[tuple[str, str]] = ()) -> bytes:
        return some if filters else every

    client = SimpleNamespace(report=of_report, variants=variants, variants_vcf=vcf, service="x")
    answer = HttpResponse(200, report, ""), HttpResponse(200, objects, "")
    if unusable_report(answer[0]) is None and unusable_list(answer[1]) is None:
        found = asyncio.run(report_variants(cast("OpalClient", client), 7, Keys(Assembly.GRCH37)))
        found.table()


# --- names of changes ---


class _Bases:
    """A reference sequence with repeats, the same on every contig."""

    _UNIT = "ACGTTTTTTGCGCGCATATATCAGCAGCAGCAGAAAACCCTGACTGACTGACTG"

    def bases(self, _contig: str, start: int, stop: int) -> str:
        if start < 1 or stop > 100_000:
            return ""
        return "".join(self._UNIT[place % len(self._UNIT)] for place in range(start - 1, stop))


def hgvs(data: bytes) -> None:
    """Parse an expression; the allele that it names is the allele of the expression that we write of it."""
    expression = parse_hgvs(data.decode("utf-8", "surrogateescape"))
    if expression is None:
        return
    assert same_change(expression, expression)
    hash(expression.identity)
    allele_of(expression, Assembly.GRCH38, None)
    allele = allele_of(expression, Assembly.GRCH38, _Bases())
    if allele is not None and (written := genomic_hgvs(allele, Assembly.GRCH38, _Bases())) is not None:
        again = parse_hgvs(written)
        assert again is not None, written
        assert allele_of(again, Assembly.GRCH38, _Bases()) == allele, (written, allele)


def protein(data: bytes) -> None:
    """Parse a protein change."""
    change = parse_protein_change(data.decode("utf-8", "surrogateescape"))
    if change is None:
        return
    if change.key is not None and change.letters:
        assert change.is_same(change)
    assert change.knowing({}).key == change.key
    for _, single in zip(range(1000), change.singles(), strict=False):
        assert single.is_substitution
    assert change.moved(1).moved(-1).key == change.key


# --- files of our own ---


def journal(data: bytes) -> None:
    """Read a journal."""
    read_journal(file("x.journal", data))


def stored_answers(data: bytes) -> None:
    """Write answers to a journal, and read them back."""
    from annotator.net.json_values import is_writable, json_value

    try:
        rows = json_value(data)
    except ValueError:
        return
    if not (
        isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values()) and is_writable(rows)
    ):
        return
    path = folder() / "y.journal"
    path.unlink(missing_ok=True)
    with Journal.open(path, "2026-03-01", {}) as made:
        made.add("x", [StoredResponse("rs1", rows)])
        (found,) = made.known("x", ["rs1"])
        assert json.dumps(found.rows, sort_keys=True) == json.dumps(rows, sort_keys=True)


def ticket(data: bytes) -> None:
    """Read a ticket."""
    read_ticket(file("x.ticket.json", data))


def manifest(data: bytes) -> None:
    """Read a manifest with a valid checksum."""
    path = copied_snapshot() / MANIFEST
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        facts = None
    if isinstance(facts, dict):
        data = json.dumps(facts | {"checksum": _checksum(facts)}).encode("utf-8", "surrogateescape")
    path.write_bytes(data)
    read_snapshot(path)


def store(data: bytes) -> None:
    """Read a store."""
    read_store(file("x.store", data))


def config(data: bytes) -> None:
    """Read saved options; written again, they are the same."""
    made = config_of_text(data.decode("utf-8", "replace"), file("x.journal", b""))
    made.check()
    written = text_of_config(made)
    assert text_of_config(config_of_text(written, folder() / "x.journal")) == written


def shard(data: bytes) -> None:
    """Read the account of a shard."""
    path = file("x.vcf.gz", b"0123456789")
    account_path(path).write_bytes(data)
    assert ShardManifest.read(path).pending is not None


def opened(data: bytes) -> None:
    """Open any bytes as an input."""
    with open_input(str(file("x", data))) as source:
        assert source.format


SERVICE_TARGETS: dict[str, Target] = {
    one.__name__: one
    for one in (
        *(clinvar, clinvar_tables, civic, civic_graphql, civic_v1, clinvar_api),
        *(cgi_archive, cgi_tables, cgi_answer, opal_answer, opal_variants, hgvs, protein),
        *(journal, stored_answers, ticket, manifest, store, config, shard, opened),
    )
}
