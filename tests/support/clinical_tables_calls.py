"""Queries to the emulated Clinical Tables service."""

from __future__ import annotations

import http.client
import json
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, index_of


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes

    @property
    def value(self) -> Any:
        assert self.status == 200, self.body
        assert self.content_type == "application/json; charset=utf-8"
        return json.loads(self.body)

    @property
    def total(self) -> int:
        return int(self.value[0])

    @property
    def codes(self) -> list[str]:
        return list(self.value[1])

    @property
    def extra(self) -> Any:
        return self.value[2]

    @property
    def display(self) -> list[list[str]]:
        return list(self.value[3])


def request(server: RunningServer, target: str, method: str = "GET", timeout: float = 60) -> Answer:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=timeout)
    try:
        connection.request(method, target)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["Content-Type"], answer.read())
    finally:
        connection.close()


def ask(server: RunningServer, terms: str = "", **parameters: str | int) -> Answer:
    return request(server, f"{PATH}?{urlencode({'terms': terms, **parameters}, quote_via=quote)}")


RECORDS = (
    {
        "VariationID": "1",
        "AlleleID": "15041",
        "Name": "NM_000001.4(ABC1):c.76A>T (p.Asn26Tyr)",
        "GeneSymbol": "ABC1",
        "dbSNP": "rs421016",
        "HGVS_c": "NM_000001.4:c.76A>T",
        "HGVS_exprs": ["NC_000007.13:g.1000A>T", "NC_000007.14:g.1100A>T", "NM_000001.4:c.76A>T"],
        "NucleotideChange": "c.76A>T",
        "Chromosome": "7",
        "Start": "1000",
        "ReferenceAllele": "na",
        "ClinicalSignificance": "Pathogenic; risk factor",
        "phenotypes": [{"code": "C1", "text": "Long disease name"}, {"code": "C2", "text": "Short name"}],
        "phenotype": {"code": "C2", "text": "Short name"},
    },
    {
        "VariationID": "2",
        "AlleleID": "15042",
        "Name": "NM_000001.4(ABC1):c.76-1G>A",
        "GeneSymbol": "ABC1",
        "dbSNP": "rs4210161",
        "HGVS_c": "NM_000001.4:c.76-1G>A",
        "HGVS_exprs": ["NM_000001.4:c.76-1G>A"],
        "NucleotideChange": "c.76-1G>A",
        "Chromosome": "7",
        "Start": "2000",
    },
    {
        "VariationID": "3",
        "AlleleID": "15043",
        "Name": "NM_000001.4(ABC1):c.76+1G>A",
        "GeneSymbol": "ABC1",
        "dbSNP": "rs5",
        "HGVS_c": "NM_000001.4:c.76+1G>A",
        "HGVS_exprs": ["NM_000001.4:c.76+1G>A"],
        "NucleotideChange": "c.76+1G>A",
        "Chromosome": "8",
        "Start": "3000",
        "ClinicalSignificance": "Benign",
    },
    {
        "VariationID": "4",
        "AlleleID": "[15044][15045]",
        "Name": "NM_000002.1(XYZ2):c.*12del",
        "GeneSymbol": "XYZ2",
        "dbSNP": "[rs6][rs7]",
        "HGVS_c": "NM_000002.1:c.*12del",
        "HGVS_exprs": ["NC_000023.10:g.5_6del", "NM_000002.1:c.*12del"],
        "NucleotideChange": "c.*12del",
        "Chromosome": "[X][Y]",
        "Start": "[5][6]",
        "ReferenceAllele": "na~na",
    },
    {"VariationID": "5", "AlleleID": "15046", "Name": "NM_000002.1(XYZ2):c.12del", "GeneSymbol": "XYZ2"},
)
INDEX = index_of(RECORDS)


# Construction, step by step


def summary_row(**columns: str) -> dict[str, str]:
    return {
        "AlleleID": "15041",
        "Type": "single nucleotide variant",
        "Name": "NM_000157.4(GBA1):c.680A>G (p.Asn227Ser)",
        "GeneID": "2629",
        "GeneSymbol": "GBA1",
        "HGNC_ID": "HGNC:4177",
        "ClinicalSignificance": "Pathogenic",
        "RS# (dbSNP)": "364897",
        "nsv/esv (dbVar)": "-",
        "PhenotypeIDS": "MedGen:C0017205",
        "PhenotypeList": "Gaucher disease",
        "Assembly": "GRCh37",
        "ChromosomeAccession": "NC_000001.10",
        "Chromosome": "1",
        "Start": "155207367",
        "Stop": "155207367",
        "ReferenceAllele": "na",
        "AlternateAllele": "na",
        "VariationID": "4314",
        **columns,
    }
