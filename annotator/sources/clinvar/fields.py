"""ClinVar's INFO fields, under the names of ClinVar's own VCF."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter

from annotator.info import Hit, InfoField, encode_text
from annotator.sources.clinvar.records import ClinVarRecord, stars

__all__ = ["CLINVAR_FIELDS"]


# ClinVar says the same of many alleles; what is nearly unique per allele would only push the rest out.
_encode_repeated = lru_cache(maxsize=1 << 14)(encode_text)
_NEARLY_UNIQUE = frozenset({"hgvs", "rsid"})


def _integer(id_: str, attribute: str, description: str) -> InfoField[ClinVarRecord]:
    get = attrgetter(attribute)

    def encode(hit: Hit[ClinVarRecord]) -> str | None:
        value = get(hit.record)
        return None if value is None else str(value)

    return InfoField(id_, "A", "Integer", description, encode, attribute)


def _string(id_: str, attribute: str, description: str) -> InfoField[ClinVarRecord]:
    get = attrgetter(attribute)
    encoded = encode_text if attribute in _NEARLY_UNIQUE else _encode_repeated

    def encode(hit: Hit[ClinVarRecord]) -> str | None:
        value = get(hit.record)
        return None if value is None else encoded(value)

    return InfoField(id_, "A", "String", description, encode, attribute)


def _stars(id_: str, attribute: str, description: str) -> InfoField[ClinVarRecord]:
    get = attrgetter(attribute)

    def encode(hit: Hit[ClinVarRecord]) -> str | None:
        value = stars(get(hit.record))
        return None if value is None else str(value)

    return InfoField(id_, "A", "Integer", description, encode, attribute)


CLINVAR_FIELDS: tuple[InfoField[ClinVarRecord], ...] = (
    _integer("CLNVID", "variation_id", "ClinVar VariationID"),
    _integer("ALLELEID", "allele_id", "ClinVar AlleleID"),
    _string("CLNSIG", "classification", "ClinVar germline classification"),
    _string("CLNSIGCONF", "conflicting", "What a conflicting germline classification is made of"),
    _string("CLNREVSTAT", "review_status", "ClinVar review status of the germline classification"),
    _stars("CLNSTARS", "review_status", "Stars of CLNREVSTAT, 0 to 4"),
    _string("CLNDN", "diseases", "Diseases of the germline classification, separated by |"),
    _string("CLNDISDB", "disease_ids", "Database identifiers of the diseases in CLNDN"),
    _string("CLNHGVS", "hgvs", "Genomic HGVS expression as ClinVar writes it"),
    _string("CLNVC", "variant_type", "ClinVar variant type"),
    _string("MC", "consequences", "Molecular consequences as Sequence Ontology identifier and term"),
    _string("GENEINFO", "genes", "Genes as symbol and NCBI GeneID, separated by |"),
    _string(
        "ORIGIN", "origin", "Allele origin as the sum of ClinVar's bits (1 germline, 2 somatic, 32 de novo)"
    ),
    _string("RS", "rsid", "dbSNP number of ClinVar's record"),
    _string("ONC", "oncogenicity", "ClinVar classification of oncogenicity"),
    _string("ONCREVSTAT", "oncogenicity_review_status", "ClinVar review status of the oncogenicity"),
    _stars("ONCSTARS", "oncogenicity_review_status", "Stars of ONCREVSTAT, 0 to 4"),
    _string("ONCDN", "oncogenicity_diseases", "Diseases of the oncogenicity, separated by |"),
    _string("ONCCONF", "oncogenicity_conflicting", "What a conflicting oncogenicity is made of"),
    _string("SCI", "impact", "ClinVar somatic clinical impact"),
    _string("SCIREVSTAT", "impact_review_status", "ClinVar review status of the somatic clinical impact"),
    _stars("SCISTARS", "impact_review_status", "Stars of SCIREVSTAT, 0 to 4"),
    _string("SCIDN", "impact_diseases", "Diseases of the somatic clinical impact, separated by |"),
    _string(
        "CLNSIGINCL",
        "included",
        "Germline classifications of haplotypes or genotypes that include the allele, not of the allele alone, as "
        "VariationID:class separated by |",
    ),
    _string("CLNDNINCL", "included_diseases", "Diseases of CLNSIGINCL, separated by |"),
    InfoField("CLNMATCH", "A", "String", "How the ClinVar record was matched", lambda hit: hit.match.value),
)
