"""The ClinGen Allele Registry on loopback: one canonical allele per request, as its public page shows them.

`python -m tests.servers.allele_registry` serves a few alleles by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from tests.servers.by_hand import add_port, serve

__all__ = ["AlleleRegistry", "GenomicAllele"]


class GenomicAllele(NamedTuple):
    """An allele of one genome, as the registry writes it: `start` and `end` count the gaps between bases from 0."""

    genome: str
    chromosome: str
    start: int
    end: int
    reference_allele: str
    allele: str
    hgvs: tuple[str, ...] = ()


class AlleleRegistry:
    """The service.

    Args:
        alleles: genomic alleles by CAID.

    """

    def __init__(self, alleles: Mapping[str, Sequence[GenomicAllele]]) -> None:
        self._alleles = alleles

    def application(self) -> web.Application:
        """Give what a server runs."""
        application = web.Application()
        application.router.add_get("/allele/{caid}", self._allele)
        return application

    async def _allele(self, request: web.Request) -> web.Response:
        caid = request.match_info["caid"]
        if caid not in self._alleles:
            return web.json_response(
                {
                    "errorType": "NotFound",
                    "description": "Given external id is unknown or there are no alleles associated with it.",
                    "message": f"There is no canonical allele with id {caid}.",
                },
                status=404,
            )
        return web.json_response(self._document(caid))

    def _document(self, caid: str) -> dict[str, Any]:
        return {
            "@context": "http://reg.genome.network/schema/allele.jsonld",
            "@id": f"http://reg.genome.network/allele/{caid}",
            "communityStandardTitle": [],
            "externalRecords": {},
            "genomicAlleles": [_genomic(allele) for allele in self._alleles[caid]],
            "transcriptAlleles": [],
            "type": "nucleotide",
        }


def _genomic(allele: GenomicAllele) -> dict[str, Any]:
    document: dict[str, Any] = {
        "coordinates": [
            {
                "allele": allele.allele,
                "end": allele.end,
                "referenceAllele": allele.reference_allele,
                "start": allele.start,
            }
        ],
        "hgvs": list(allele.hgvs),
        "referenceSequence": "http://reg.genome.network/refseq/RS000000",
    }
    if allele.genome:  # alleles of gene regions (LRG, NG) have none
        document |= {"chromosome": allele.chromosome, "referenceGenome": allele.genome}
    return document


EXAMPLES = {
    "CA123643": (
        GenomicAllele("GRCh38", "7", 140753335, 140753336, "A", "T", ("NC_000007.14:g.140753336A>T",)),
        GenomicAllele("GRCh37", "7", 140453135, 140453136, "A", "T", ("NC_000007.13:g.140453136A>T",)),
        GenomicAllele("NCBI36", "7", 140099604, 140099605, "A", "T", ("NC_000007.12:g.140099605A>T",)),
        GenomicAllele("", "", 176428, 176429, "T", "A", ("NG_007873.3:g.176429T>A",)),
    ),
    "CA012345": (GenomicAllele("GRCh38", "13", 32340300, 32340301, "T", ""),),
    "CA001889": (GenomicAllele("GRCh37", "17", 41244645, 41244645, "", "GA"),),
}
"""A substitution, a deletion and an insertion."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a few alleles until interrupted; the URL is the first line of standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.allele_registry", description=__doc__)
    add_port(parser)
    given = parser.parse_args(arguments)
    variables = {"ANNOTATOR_REGISTRY_URL": "{url}"}
    return serve(AlleleRegistry(EXAMPLES).application(), ", ".join(EXAMPLES), variables, port=given.port)


if __name__ == "__main__":
    sys.exit(main())
