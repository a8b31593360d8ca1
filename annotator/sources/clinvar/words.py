"""Translation of the words in ClinVar's tables into those of its VCF.

`variant_summary.txt` and the Clinical Tables API, which is made from it, use plain words where the VCF has `_` for
spaces and `|` between values:

    variant_summary                                            VCF
    Conflicting classifications of pathogenicity; risk factor  Conflicting_classifications_of_pathogenicity|risk_factor
    Pathogenic, low penetrance                                 Pathogenic,_low_penetrance
    germline;somatic                                           3
    Colorectal cancer|Prostate cancer, hereditary, 1           Colorectal_cancer|Prostate_cancer,_hereditary,_1
    MONDO:MONDO:0013342,MedGen:C3150901||MedGen:C3661900       MONDO:MONDO:0013342,MedGen:C3150901|.|MedGen:C3661900

Words from before and after the renaming of 2024 are both kept unchanged. The columns are described at
https://ftp.ncbi.nlm.nih.gov/pub/clinvar/README.txt, the bits of the origin in the header of ClinVar's VCF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from annotator.errors import KnowledgeBaseError
from annotator.sources.clinvar.records import ClinVarRecord

__all__ = ["SUMMARY_COLUMNS", "cell_value", "origin_bits", "record_of_summary", "vcf_words"]

SUMMARY_COLUMNS = (
    "VariationID", "AlleleID", "Type", "ClinicalSignificance", "ReviewStatus", "Origin", "RS# (dbSNP)",
    "PhenotypeIDS", "PhenotypeList", "SomaticClinicalImpact", "ReviewStatusClinicalImpact", "Oncogenicity",
    "ReviewStatusOncogenicity",
)  # fmt: skip
"""Columns of variant_summary from which a record is made; the last four were added in 2024, and older files lack them.
"""

_NOTHING = frozenset({"", "-", "na", "-1"})
_ORIGIN_BITS = {
    "unknown": 0, "not provided": 0, "not applicable": 0, "germline": 1, "somatic": 2, "inherited": 4,
    "paternal": 8, "maternal": 16, "de novo": 32, "biparental": 64, "uniparental": 128, "not tested": 256,
    "tested inconclusive": 512, "other": 1 << 30,
}  # fmt: skip
_CACHED = 1 << 14  # distinct texts: words are few, diseases repeat among neighbours
_BETWEEN_CATEGORIES = re.compile(r"; *")


def record_of_summary(row: Mapping[str, str | None], hgvs: str | None) -> ClinVarRecord:
    """Return the record of one row of variant_summary, in the words of the VCF.

    The diseases of a row are those of all its classifications together. They are assigned only if there is exactly one
    kind of classification to which they can belong; otherwise they are None. Values that only the VCF has are None too:
    the classifications in a conflict, consequences, and genes (the table names one gene where the VCF lists all that
    overlap).

    Args:
        row: the cells by column name. A missing column, None, the empty text, `-`, `na` and `-1` are missing values.
        hgvs: the allele's genomic expression, from another table; used unchanged.

    Raises:
        KnowledgeBaseError: the row has no VariationID, or one that is not a number.

    """
    variation = cell_value(row.get("VariationID"))
    if variation is None or not _is_number(variation):
        what = f"VariationID {row.get('VariationID')!r} of variant_summary is not a number"
        raise KnowledgeBaseError(what, remedy="Download the file again")
    allele = cell_value(row.get("AlleleID"))
    classification = vcf_words(row.get("ClinicalSignificance"))
    oncogenicity = vcf_words(row.get("Oncogenicity"))
    impact = vcf_words(row.get("SomaticClinicalImpact"))
    diseases, disease_ids = _diseases(row.get("PhenotypeList"), row.get("PhenotypeIDS"))
    kinds = [kind is not None for kind in (classification, oncogenicity, impact)]
    return ClinVarRecord(
        int(variation),
        int(allele) if allele is not None and _is_number(allele) else None,
        classification=classification,
        review_status=vcf_words(row.get("ReviewStatus")),
        variant_type=vcf_words(row.get("Type")),
        origin=origin_bits(row.get("Origin")),
        diseases=diseases if kinds == [True, False, False] else None,
        disease_ids=disease_ids if kinds == [True, False, False] else None,
        oncogenicity=oncogenicity,
        oncogenicity_review_status=vcf_words(row.get("ReviewStatusOncogenicity")),
        oncogenicity_diseases=diseases if kinds == [False, True, False] else None,
        impact=impact,
        impact_review_status=vcf_words(row.get("ReviewStatusClinicalImpact")),
        impact_diseases=diseases if kinds == [False, False, True] else None,
        rsid=cell_value(row.get("RS# (dbSNP)")),
        hgvs=hgvs,
    )


def cell_value(cell: str | None) -> str | None:
    """Return a cell's text without surrounding blanks; None for a missing value.

    >>> cell_value("-") is None
    True
    """
    if cell is None:
        return None
    text = cell.strip()
    return None if text in _NOTHING else text


@lru_cache(_CACHED)
def vcf_words(cell: str | None) -> str | None:
    """Return a classification, review status or type as the VCF writes it.

    >>> vcf_words("Pathogenic; drug response")
    'Pathogenic|drug_response'
    """
    text = cell_value(cell)
    return None if text is None else _joined_words(_BETWEEN_CATEGORIES.sub("|", text))


def _joined_words(text: str) -> str:
    return text.replace(" ", "_")


@lru_cache(_CACHED)
def origin_bits(cell: str | None) -> str | None:
    """Return the sum of the bits of the allele's origins, in decimal; None if one of them is unknown.

    >>> origin_bits("germline;de novo")
    '33'
    """
    text = cell_value(cell)
    if text is None:
        return None
    bits = [_ORIGIN_BITS.get(word.strip().lower().replace("-", " ")) for word in text.split(";")]
    total = 0
    for bit in bits:
        if bit is None:
            return None
        total |= bit
    return str(total)


@lru_cache(_CACHED)
def _diseases(names: str | None, identifiers: str | None) -> tuple[str | None, str | None]:
    """Return diseases and their identifiers, as CLNDN and CLNDISDB; a disease without a name or identifier is `.`."""
    listed_names = cell_value(names)
    if listed_names is None or identifiers is None:
        return listed_names and _joined_words(listed_names.replace(";", "|")), None
    by_name, by_identifier = listed_names.split("|"), identifiers.strip().split("|")
    if cell_value(identifiers) is None:
        by_identifier = [""] * len(by_name)
    if len(by_name) != len(by_identifier):
        return _joined_words(listed_names.replace(";", "|")), None
    pairs = dict.fromkeys(
        pair
        for some_names, some_identifiers in zip(by_name, by_identifier, strict=True)
        for pair in _conditions(some_names, some_identifiers)
    )
    return "|".join(name for name, _ in pairs), "|".join(identifier for _, identifier in pairs)


def _conditions(names: str, identifiers: str) -> Iterator[tuple[str, str]]:
    """Yield the conditions of one RCV with their identifiers.

    A name may contain a semicolon, an identifier does not: if the numbers differ, the RCV is not split.
    """
    name_list, identifier_list = names.split(";"), identifiers.split(";")
    if cell_value(identifiers) is None:
        identifier_list = [""] * len(name_list)
    if len(name_list) != len(identifier_list):
        name_list, identifier_list = [names], [",".join(filter(cell_value, identifier_list))]
    for name, identifier in zip(name_list, identifier_list, strict=True):
        yield _joined_words(cell_value(name) or "."), _joined_words(cell_value(identifier) or ".")


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 10  # fits into 32 bits
