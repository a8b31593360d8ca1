"""Meanings of the matching levels in a report."""

from __future__ import annotations

from annotator.report.model import ReportModel

__all__ = ["MEANINGS", "matching_levels"]

MEANINGS = {
    "exact": "the normalised allele is the same",
    "hgvs_g": "the genomic HGVS expression is the same",
    "caid": "the ClinGen allele ID (CAID) is the same",
    "clinvar_id": "the allele is the ClinVar record that CIViC lists for its variant",
    "hgvs_c": "the HGVS expression on a transcript is the same",
    "rsid": "the dbSNP rs number is the same, and the bases are compatible",
    "protein": "gene and protein change are the same; the bases may differ",
    "codon": "the same residue is changed, perhaps to another amino acid: the entry may not apply to this variant",
    "exon": "the change is of the same kind in the same exon: the entry may not apply to this variant",
    "region": "the change is of the same kind in the same region: the entry may not apply to this variant",
    "gene": "the change is of the same kind in the same gene: the entry may not apply to this variant",
}
"""Meaning of each level of CLNMATCH and CIVIC_MATCH, from the strictest to the loosest."""


def matching_levels(report: ReportModel) -> list[tuple[str, str]]:
    """Return the matching levels of a report's alleles and entries with their meanings, the strictest first."""
    found = {
        allele.values.get(field, "") for allele in report.alleles for field in ("CLNMATCH", "CIVIC_MATCH")
    }
    found |= {entry["Match"] for _, entry in report.entries()}
    return [(level, meaning) for level, meaning in MEANINGS.items() if level in found]
