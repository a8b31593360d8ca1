"""CIViC's first REST service (V1), as private mirrors may still run it, emulated in the shapes of two of its ages.

Nothing of it comes from the client: presenters and controllers of the public server (civic-server) and recorded answers
say what it does. It has no molecular profiles: evidence hangs on variants, and what hangs on several is not there.

By hand: `python -m tests.servers.civic_v1 --release DIR --age 2021` (see `--help`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.servers.by_hand import add_port, serve
from tests.servers.civic_database import Database, Entity, read_release, with_unaccepted

__all__ = ["AGES", "CivicV1", "Options"]

AGES = (2019, 2021)
"""Coordinates are texts until 2019 and numbers later; sources have `pubmed_id`, later `citation_id` and `source_type`;
`Somatic Mutation` became `Somatic`; counts of evidence left the index of variants."""

_DEFAULT_COUNT = 25
_OLD_WORDS = {"Somatic": "Somatic Mutation", "Sensitivity/Response": "Sensitivity"}


@dataclass(frozen=True)
class Options:
    """How the service behaves.

    Attributes:
        age: of its shapes.
        rate: so many requests in so many seconds; None for no limit.
        most: entries of a page that it gives at most; None for as many as are asked for.

    """

    age: int = 2021
    rate: tuple[int, float] | None = (600, 300.0)
    most: int | None = None


class CivicV1:
    """The service over one knowledge base."""

    def __init__(self, database: Database, options: Options | None = None) -> None:
        self.database = database
        self.options = options or Options()
        self.refused = 0
        self._window = (0.0, 0)
        self._of_variant: dict[int, list[Entity]] = {}
        own = {
            variant["singleVariantMolecularProfileId"]: variant
            for variant in database.variants.values()
            if "singleVariantMolecularProfileId" in variant
        }
        self._variant_of = own
        self._evidence = [one for one in database.evidence.values() if one["molecularProfile"]["id"] in own]
        self._assertions = [
            one for one in database.assertions.values() if one["molecularProfile"]["id"] in own
        ]
        for item in self._evidence:
            self._of_variant.setdefault(own[item["molecularProfile"]["id"]]["id"], []).append(item)

    def application(self) -> web.Application:
        """Make what `base.RunningServer` hosts."""
        made = web.Application()
        made.middlewares.append(self._limited)
        add = made.router.add_get
        add("/api/genes", self._genes)
        add("/api/genes/{ids}", self._gene)
        add("/api/genes/{id}/variants", self._variants_of_gene)
        add("/api/variants", self._variants)
        add("/api/variants/{id}", self._variant)
        add("/api/variants/{id}/evidence_items", self._evidence_of_variant)
        add("/api/evidence_items", self._evidence_items)
        add("/api/evidence_items/{id}", self._evidence_item)
        add("/api/assertions", self._assertion_index)
        add("/api/assertions/{id}", self._assertion)
        return made

    @property
    def _limited(self) -> Any:
        @web.middleware
        async def limited(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
            if self.options.rate is None:
                return await handler(request)  # type: ignore[no-any-return]
            most, seconds = self.options.rate
            now = time.time()
            began, count = self._window
            if now >= began + seconds:
                began, count = now, 0
            self._window = (began, count + 1)
            headers = {
                "RateLimit-Limit": str(most),
                "RateLimit-Remaining": str(max(0, most - count - 1)),
                "RateLimit-Reset": str(-int(-(began + seconds) // 1)),
            }
            if count + 1 > most:
                self.refused += 1
                return web.Response(status=429, text="Throttled\n", headers=headers)
            answer: web.StreamResponse = await handler(request)
            answer.headers.update(headers)
            return answer

        return limited

    # Index and details

    def _index(
        self, request: web.Request, rows: Sequence[Any], shown: Callable[[Any], Entity]
    ) -> web.Response:
        told = request.query.get("count")
        size = _number(told, _DEFAULT_COUNT)
        if self.options.most is not None:
            size = min(size, self.options.most)
        page = _number(request.query.get("page"), 1)
        pages = max(1, -(-len(rows) // size))
        records = [shown(row) for row in rows[(page - 1) * size : page * size]]
        if request.query.get("detailed") == "false":
            return web.json_response(records)

        def link(number: int) -> str | None:
            if not 1 <= number <= pages:
                return None
            return f"https://civicdb.org{request.path}?count={size}&page={number}"

        meta = {
            "current_page": page,
            "per_page": _DEFAULT_COUNT if told is None else told,
            "total_pages": pages,
            "total_count": len(rows),
            "links": {"next": link(page + 1), "previous": link(page - 1)},
        }
        return web.json_response({"_meta": meta, "records": records})

    async def _genes(self, request: web.Request) -> web.Response:
        with_accepted = {
            self._variant_of[item["molecularProfile"]["id"]]["feature"]["id"]
            for item in self._evidence
            if item["status"] == "ACCEPTED"
        }
        rows = [one for one in self.database.features.values() if one["id"] in with_accepted]
        return self._index(request, rows, self._shown_gene)

    async def _gene(self, request: web.Request) -> web.Response:
        kind = request.query.get("identifier_type", "civic_id")
        key = {"civic_id": "id", "entrez_id": "entrezId", "entrez_symbol": "name"}.get(kind)
        if key is None:
            return _missing()
        wanted = request.match_info["ids"].split(",")
        found = [gene for gene in self.database.features.values() if str(gene.get(key)) in wanted]
        if not found:
            return _missing()
        shown = [self._shown_gene(gene) for gene in found]
        return web.json_response(shown if len(wanted) > 1 else shown[0])

    def _shown_gene(self, gene: Entity) -> Entity:
        return {
            "id": gene["id"],
            "name": gene["name"],
            "entrez_id": gene.get("entrezId"),
            "description": gene["description"] or "",
            "variants": [
                {"name": variant["name"], "id": variant["id"], "evidence_items": self._counts(variant)}
                for variant in self._of_gene(gene["id"])
            ],
            "aliases": gene["featureAliases"],
            "type": "gene",
        }

    def _of_gene(self, id_: int) -> list[Entity]:
        return [variant for variant in self.database.variants.values() if variant["feature"]["id"] == id_]

    async def _variants_of_gene(self, request: web.Request) -> web.Response:
        return self._index(request, self._of_gene(int(request.match_info["id"])), self._shown_variant)

    async def _variants(self, request: web.Request) -> web.Response:
        rows = [variant for id_, variant in self.database.variants.items() if id_ in self._of_variant]
        return self._index(request, rows, self._shown_variant)

    async def _variant(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        match request.query.get("identifier_type"):
            case "clinvar":
                found = [one for one in self.database.variants.values() if wanted in one["clinvarIds"]]
            case "allele_registry":
                found = [
                    one for one in self.database.variants.values() if one.get("alleleRegistryId") == wanted
                ]
            case _:
                one = self.database.variants.get(_number(wanted, 0))
                return _missing() if one is None else web.json_response(self._detailed_variant(one))
        if not found:
            return _missing()
        return web.json_response([self._detailed_variant(one) for one in found])

    def _shown_variant(self, variant: Entity) -> Entity:
        place = variant.get("coordinates") or {}
        words = variant.get("words", {})
        is_old = self.options.age <= 2019

        def position(value: int | None) -> Any:
            return None if value is None else str(value) if is_old else value

        shown = {
            "id": variant["id"],
            "entrez_name": variant["feature"]["name"],
            "entrez_id": variant["feature"].get("entrezId"),
            "name": variant["name"],
            "description": words.get("summary", ""),
            "gene_id": variant["feature"]["id"],
            "type": "variant",
            "variant_types": [
                {"id": one["id"], "name": one["name"], "display_name": one["name"], "so_id": one["soid"]}
                for one in variant["variantTypes"]
            ],
            "coordinates": {
                "chromosome": place.get("chromosome"),
                "start": position(place.get("start")),
                "stop": position(place.get("stop")),
                "reference_bases": place.get("referenceBases"),
                "variant_bases": place.get("variantBases"),
                "representative_transcript": place.get("representativeTranscript"),
                "chromosome2": words.get("chromosome2") or None,
                "start2": position(_number(words.get("start2"), None)),
                "stop2": position(_number(words.get("stop2"), None)),
                "representative_transcript2": words.get("representative_transcript2") or None,
                "ensembl_version": place.get("ensemblVersion"),
                "reference_build": words.get("reference_build") or None,
            },
        }
        if is_old:
            shown["evidence_items"] = self._counts(variant)
        else:
            shown["civic_actionability_score"] = 0.0
        return shown

    def _detailed_variant(self, variant: Entity) -> Entity:
        return {
            **self._shown_variant(variant),
            "evidence_items": [self._shown_evidence(one) for one in self._of_variant.get(variant["id"], ())],
            "variant_groups": [],
            "assertions": [],
            "variant_aliases": variant["variantAliases"],
            "hgvs_expressions": variant["hgvsDescriptions"],
            "clinvar_entries": variant["clinvarIds"],
            "sources": [],
            "allele_registry_id": variant.get("alleleRegistryId"),
            "provisional_values": {},
            "errors": {},
        }

    def _counts(self, variant: Entity) -> dict[str, int]:
        items = self._of_variant.get(variant["id"], ())
        return {
            f"{status.lower()}_count": sum(item["status"] == status for item in items)
            for status in ("ACCEPTED", "REJECTED", "SUBMITTED")
        }

    # Evidence and assertions

    async def _evidence_of_variant(self, request: web.Request) -> web.Response:
        items = self._of_variant.get(int(request.match_info["id"]), [])
        return self._index(request, items, self._shown_evidence)

    async def _evidence_items(self, request: web.Request) -> web.Response:
        status = request.query.get("status")
        rows = [one for one in self._evidence if status is None or one["status"].lower() == status]
        return self._index(request, rows, self._shown_evidence)

    async def _evidence_item(self, request: web.Request) -> web.Response:
        found = [one for one in self._evidence if str(one["id"]) == request.match_info["id"]]
        return web.json_response(self._shown_evidence(found[0])) if found else _missing()

    def _word(self, word: str) -> str:
        return _OLD_WORDS.get(word, word) if self.options.age <= 2019 else word

    def _shown_item(self, item: Entity) -> Entity:
        words = item["words"]
        disease = item["disease"]
        is_raw = item["status"] == "SUBMITTED"
        return {
            "id": item["id"],
            "name": item["name"],
            "description": item["description"],
            "disease": disease
            and {
                "id": disease["id"],
                "name": disease["name"],
                "display_name": disease["name"],
                "doid": disease["doid"],
                "url": f"http://www.disease-ontology.org/?id=DOID:{disease['doid']}",
            },
            "drugs": [
                {"id": one["id"], "name": one["name"], "ncit_id": None, "aliases": []}
                for one in item["therapies"]
            ],
            "clinical_significance": None
            if is_raw
            else self._word(words.get("significance") or words.get("clinical_significance", "")) or None,
            "status": item["status"].lower(),
            "phenotypes": [
                {"id": one["id"], "hpo_id": "", "hpo_class": one["name"], "url": ""}
                for one in item["phenotypes"]
            ],
        }

    def _shown_evidence(self, item: Entity) -> Entity:
        words = item["words"]
        return {
            **self._shown_item(item),
            "rating": item["evidenceRating"],
            "evidence_level": words["evidence_level"],
            "evidence_type": words["evidence_type"],
            "evidence_direction": None
            if item["status"] == "SUBMITTED"
            else words["evidence_direction"] or None,
            "variant_origin": self._word(words["variant_origin"]) or None,
            "drug_interaction_type": words.get("therapy_interaction_type")
            or words.get("drug_interaction_type")
            or None,
            "type": "evidence",
            "source": self._shown_source(item["source"]),
            "variant_id": self._variant_of[item["molecularProfile"]["id"]]["id"],
        }

    def _shown_source(self, source: Entity) -> Entity:
        shown = {"id": source["id"], "name": source["name"], "citation": source["citation"], "pmc_id": None}
        if self.options.age <= 2019:
            is_pubmed = source["displayType"] == "PubMed"
            return {**shown, "pubmed_id": source["citationId"] if is_pubmed else None}
        return {
            **shown,
            "citation_id": source["citationId"],
            "source_type": source["displayType"],
            "asco_abstract_id": source["ascoAbstractId"],
        }

    async def _assertion_index(self, request: web.Request) -> web.Response:
        return self._index(request, self._assertions, self._shown_assertion)

    async def _assertion(self, request: web.Request) -> web.Response:
        found = [one for one in self._assertions if str(one["id"]) == request.match_info["id"]]
        if not found:
            return _missing()
        (item,) = found
        words = item["words"]
        return web.json_response(
            {
                **self._shown_assertion(item),
                "nccn_guideline": words["nccn_guideline"] or None,
                "nccn_guideline_version": words["nccn_guideline_version"] or None,
                "amp_level": words["amp_category"] or None,
                "evidence_items": [
                    self._shown_evidence(one)
                    for one in item["evidenceItems"]
                    if one["molecularProfile"]["id"]
                    in self._variant_of  # V1 knows no profile of several variants
                ],
                "acmg_codes": [{"id": one["id"], "code": one["code"]} for one in item["acmgCodes"]],
                "drug_interaction_type": None,
                "fda_companion_test": item["fdaCompanionTest"],
                "variant_origin": None,
                "errors": {},
            }
        )

    def _shown_assertion(self, item: Entity) -> Entity:
        words = item["words"]
        variant = self._variant_of[item["molecularProfile"]["id"]]
        return {
            **self._shown_item(item),
            "type": "assertion",
            "summary": item["summary"],
            "gene": {"name": variant["feature"]["name"], "id": variant["feature"]["id"]},
            "variant": {"name": variant["name"], "id": variant["id"]},
            "evidence_type": words["assertion_type"],
            "evidence_direction": words["assertion_direction"],
            "evidence_item_count": len(item["evidenceItems"]),
            "fda_regulatory_approval": item["regulatoryApproval"],
        }


def _number(text: str | None, default: Any) -> Any:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _missing() -> web.Response:
    return web.json_response({"error": "Resource not found"}, status=404)


# By hand


def _arguments() -> argparse.ArgumentParser:
    demo = Path(__file__).resolve().parents[2] / "test_data" / "demo" / "civic"
    parser = argparse.ArgumentParser(prog="python -m tests.servers.civic_v1", description=__doc__)
    parser.add_argument(
        "--release", type=Path, default=demo, help="folder of a release; the demo's without it"
    )
    add_port(parser)
    parser.add_argument("--age", type=int, choices=AGES, default=AGES[-1], help="of the shapes")
    parser.add_argument("--unaccepted", action="store_true", help="add submitted and rejected entries")
    return parser


def main(arguments: Iterable[str] | None = None) -> int:
    """Serve until interrupted; the URL is the first line of standard output."""
    given = _arguments().parse_args(None if arguments is None else list(arguments))
    database = read_release(given.release)
    if given.unaccepted:
        database = with_unaccepted(database)
    service = CivicV1(database, Options(age=given.age))
    told, variables = f"{len(database.variants)} variants", {"ANNOTATOR_CIVIC_URL": "{url}"}
    return serve(service.application(), told, variables, path="/api", port=given.port)


if __name__ == "__main__":
    sys.exit(main())
