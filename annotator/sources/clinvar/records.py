"""ClinVar's record of one allele, in the words of its VCF.

Values are ClinVar's own, with its `_` for spaces and its `|` between values, and without percent-encoding.
"""

from __future__ import annotations

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["ClinVarRecord", "evidence_from", "evidence_text", "stars"]

# https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/: the words for germline, oncogenicity and somatic clinical
# impact, before and after the renaming of 2024. Any other status in ClinVar has no star.
_STARS = {
    "practice_guideline": 4,
    "reviewed_by_expert_panel": 3,
    "criteria_provided,_multiple_submitters,_no_conflicts": 2,
    "criteria_provided,_multiple_submitters": 2,
    "criteria_provided,_single_submitter": 1,
    "criteria_provided,_conflicting_classifications": 1,
    "criteria_provided,_conflicting_interpretations": 1,
}


def stars(review_status: str | None) -> int | None:
    """Return the stars of a review status, 0 to 4; None without a review status, which differs from 0.

    >>> stars("reviewed_by_expert_panel")
    3
    """
    return None if review_status is None else _STARS.get(review_status, 0)


def evidence_text(classification: str | None, review_status: str | None) -> str:
    """Return the text of a classification and its stars, as a store of other records than alleles has it."""
    count = stars(review_status) if classification is not None else None
    return f"{classification or ''}\t{'' if count is None else count}"


def evidence_from(text: str) -> tuple[str | None, int | None]:
    """Return the classification and the stars in the text of `evidence_text`."""
    classification, _, count = text.partition("\t")
    return classification or None, int(count) if count else None


class ClinVarRecord(NamedTuple):
    """ClinVar's record of one allele. Missing values are None.

    Attributes:
        variation_id: VariationID.
        allele_id: AlleleID.
        classification: aggregate germline classification.
        conflicting: the classifications in a conflict, such as `Benign(1)|Likely_benign(2)`.
        review_status: review status of the germline classification.
        variant_type: such as `single_nucleotide_variant`.
        consequences: `SO:…|term` pairs joined by `,`.
        origin: sum of the allele origin's bits.
        diseases: names of the classified diseases, joined by `|`.
        disease_ids: their identifiers, `,` within a disease, `|` between diseases.
        genes: `symbol:GeneID` pairs joined by `|`.
        oncogenicity, oncogenicity_review_status, oncogenicity_diseases, oncogenicity_conflicting: the same for the
            classification of oncogenicity.
        impact, impact_review_status, impact_diseases: the same for somatic clinical impact.
        included: classifications of haplotypes or genotypes that include the allele, `VariationID:class` joined by `|`:
            they classify the combination, not this allele.
        included_diseases: names of the diseases of `included`, joined by `|`.
        rsid: dbSNP number without `rs`.
        hgvs: genomic HGVS expression.

    """

    variation_id: int
    allele_id: int | None = None
    classification: str | None = None
    conflicting: str | None = None
    review_status: str | None = None
    variant_type: str | None = None
    consequences: str | None = None
    origin: str | None = None
    diseases: str | None = None
    disease_ids: str | None = None
    genes: str | None = None
    oncogenicity: str | None = None
    oncogenicity_review_status: str | None = None
    oncogenicity_diseases: str | None = None
    oncogenicity_conflicting: str | None = None
    impact: str | None = None
    impact_review_status: str | None = None
    impact_diseases: str | None = None
    included: str | None = None
    included_diseases: str | None = None
    rsid: str | None = None
    hgvs: str | None = None
