"""CIViC release folders made for tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

# Columns of the release of 2024-08-01, of the files that are read.
COLUMNS = {
    name: columns.split()
    for name, columns in {
        "VariantSummaries": (
            "variant_id variant_civic_url gene entrez_id variant variant_groups chromosome start stop "
            "reference_bases variant_bases representative_transcript ensembl_version reference_build "
            "chromosome2 start2 stop2 representative_transcript2 variant_types hgvs_descriptions "
            "last_review_date allele_registry_id clinvar_ids variant_aliases is_flagged "
            "single_variant_molecular_profile_id"
        ),
        "ClinicalEvidenceSummaries": (
            "molecular_profile molecular_profile_id disease doid phenotypes therapies "
            "therapy_interaction_type evidence_type evidence_direction evidence_level significance "
            "evidence_statement citation_id source_type asco_abstract_id citation nct_ids rating "
            "evidence_status evidence_id variant_origin last_review_date evidence_civic_url "
            "molecular_profile_civic_url is_flagged"
        ),
        "AssertionSummaries": (
            "molecular_profile molecular_profile_id disease doid phenotypes therapies assertion_type "
            "assertion_direction significance acmg_codes amp_category nccn_guideline "
            "nccn_guideline_version regulatory_approval fda_companion_test assertion_summary "
            "assertion_description assertion_id evidence_item_ids last_review_date assertion_civic_url "
            "evidence_items_civic_url molecular_profile_civic_url is_flagged"
        ),
        "MolecularProfileSummaries": (
            "name molecular_profile_id summary variant_ids variants_civic_url evidence_score "
            "evidence_item_ids evidence_items_civic_url assertion_ids assertions_civic_url aliases "
            "last_review_date is_flagged"
        ),
    }.items()
}


REVIEWED = "2024-07-01 10:00:00 UTC"


VARIANT = {
    "variant_id": "12", "gene": "BRAF", "variant": "V600E", "chromosome": "7", "start": "140453136",
    "stop": "140453136", "reference_bases": "A", "variant_bases": "T", "reference_build": "GRCh37",
    "last_review_date": REVIEWED, "single_variant_molecular_profile_id": "12", "is_flagged": "false",
}  # fmt: skip


EVIDENCE = {
    "molecular_profile": "BRAF V600E", "molecular_profile_id": "12", "disease": "Melanoma", "doid": "1909",
    "evidence_type": "Predictive", "evidence_direction": "Supports", "evidence_level": "A",
    "significance": "Resistance", "evidence_status": "accepted", "evidence_id": "7", "source_type": "PubMed",
    "citation_id": "20979469", "last_review_date": REVIEWED, "is_flagged": "false",
}  # fmt: skip


ASSERTION = {
    "molecular_profile": "BRAF V600E", "molecular_profile_id": "12", "assertion_type": "Predictive",
    "assertion_direction": "Supports", "significance": "Resistance", "assertion_id": "3",
    "last_review_date": REVIEWED, "is_flagged": "false",
    "assertion_civic_url": "https://civicdb.org/links/assertions/3",
    "evidence_items_civic_url": "https://civicdb.org/links/evidence_items/7",
    "molecular_profile_civic_url": "https://civicdb.org/links/molecular_profiles/12",
}  # fmt: skip


PROFILE = {
    "name": "BRAF V600E", "molecular_profile_id": "12", "variant_ids": "12", "last_review_date": REVIEWED,
    "is_flagged": "false",
}  # fmt: skip


Rows = Iterable[dict[str, str]]


def write_table(path: Path, columns: list[str], rows: Rows, newline: str = "\n") -> None:
    lines = ["\t".join(columns), *("\t".join(row.get(name, "") for name in columns) for row in rows)]
    path.write_bytes("".join(line + newline for line in lines).encode())


def write_release(
    folder: Path,
    variants: Rows = (VARIANT,),
    evidence: Rows = (EVIDENCE,),
    assertions: Rows = (),
    profiles: Rows = (PROFILE,),
    prefix: str = "01-Aug-2024-",
    newline: str = "\n",
) -> Path:
    folder.mkdir(exist_ok=True)
    for (name, columns), rows in zip(
        COLUMNS.items(), (variants, evidence, assertions, profiles), strict=True
    ):
        write_table(folder / f"{prefix}{name}.tsv", columns, rows, newline)
    return folder
