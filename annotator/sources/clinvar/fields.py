"""ClinVar's INFO fields, with the names of ClinVar's own VCF."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter

from annotator.info import Hit, InfoField, encode_text
from annotator.sources.clinvar.records import ClinVarRecord, stars

__all__ = ["CLINVAR_FIELDS"]


# Many alleles share these values; values that are nearly unique per allele would only fill the cache.
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
    _string(
        "CLNSIGCONF",
        "conflicting",
        "Conflicting germline classifications and the number of submissions for each",
    ),
    _string("CLNREVSTAT", "review_status", "ClinVar review status of the germline classification"),
    _stars("CLNSTARS", "review_status", "Review stars of the germline classification, 0 to 4"),
    _string("CLNDN", "diseases", "Diseases of the germline classification, separated by |"),
    _string(
        "CLNDISDB",
        "disease_ids",
        "Disease database names and identifiers of the diseases in CLNDN, separated by |",
    ),
    _string("CLNHGVS", "hgvs", "ClinVar genomic HGVS expression"),
    _string("CLNVC", "variant_type", "ClinVar variant type"),
    _string("MC", "consequences", "Molecular consequences, each as Sequence Ontology ID|term"),
    _string("GENEINFO", "genes", "Genes as symbol:NCBI Gene ID, separated by |"),
    _string(
        "ORIGIN",
        "origin",
        "ClinVar allele origin as a sum of codes: 1 germline, 2 somatic, 4 inherited, 8 paternal, 16 maternal, "
        "32 de novo, 64 biparental, 128 uniparental, 256 not tested, 512 inconclusive, 1073741824 other; 0 is unknown",
    ),
    _string("RS", "rsid", "dbSNP rs number of the ClinVar record, without the prefix rs"),
    _string("ONC", "oncogenicity", "ClinVar oncogenicity classification"),
    _string(
        "ONCREVSTAT", "oncogenicity_review_status", "ClinVar review status of the oncogenicity classification"
    ),
    _stars(
        "ONCSTARS", "oncogenicity_review_status", "Review stars of the oncogenicity classification, 0 to 4"
    ),
    _string("ONCDN", "oncogenicity_diseases", "Diseases of the oncogenicity classification, separated by |"),
    _string(
        "ONCCONF",
        "oncogenicity_conflicting",
        "Conflicting oncogenicity classifications and the number of submissions for each",
    ),
    _string("SCI", "impact", "ClinVar somatic clinical impact classification"),
    _string(
        "SCIREVSTAT",
        "impact_review_status",
        "ClinVar review status of the somatic clinical impact classification",
    ),
    _stars(
        "SCISTARS",
        "impact_review_status",
        "Review stars of the somatic clinical impact classification, 0 to 4",
    ),
    _string(
        "SCIDN", "impact_diseases", "Diseases of the somatic clinical impact classification, separated by |"
    ),
    _string(
        "CLNSIGINCL",
        "included",
        "Germline classifications of haplotypes and genotypes that include the allele, as VariationID:classification, "
        "separated by |; not a classification of the allele alone",
    ),
    _string(
        "CLNDNINCL", "included_diseases", "Diseases of the classifications in CLNSIGINCL, separated by |"
    ),
    InfoField(
        "CLNMATCH",
        "A",
        "String",
        "Matching level of the ClinVar record: exact, hgvs_g, hgvs_c or rsid",
        lambda hit: hit.match.value,
    ),
)
