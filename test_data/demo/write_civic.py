"""The demo's CIViC: tables laid out as CIViC's release files of 2024."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assemblies import genomic_hgvs
from civic_evidence import ASSERTIONS, EVIDENCE, Assertion, Evidence
from civic_variants import GENES, PROFILES, VARIANTS, Profile, Variant

__all__ = ["civic_tables"]

RELEASE = "01-Aug-2024"
LINK = "https://civicdb.org/links"


def civic_tables() -> Iterator[tuple[str, Iterable[str]]]:
    """File name and lines of each table."""
    tables: dict[str, Iterable[dict[str, object]]] = {
        "VariantSummaries": map(variant_row, VARIANTS),
        "MolecularProfileSummaries": profile_rows(),
        "ClinicalEvidenceSummaries": map(evidence_row, EVIDENCE),
        "AssertionSummaries": map(assertion_row, ASSERTIONS),
        "GeneSummaries": map(gene_row, GENES),
    }
    for name, rows in tables.items():
        yield f"{RELEASE}-{name}.tsv", table(rows)


def table(rows: Iterable[dict[str, object]]) -> Iterator[str]:
    """Lines of a tab-separated table."""
    for number, row in enumerate(rows):
        if number == 0:
            yield "\t".join(row)
        yield "\t".join(str(value) for value in row.values())


def link(kind: str, identifier: object) -> str:
    """Address of a CIViC entity."""
    return f"{LINK}/{kind}/{identifier}"


def gene_row(gene: str) -> dict[str, object]:
    """Row of GeneSummaries."""
    identifier, entrez = GENES[gene]
    return {
        "gene_id": identifier,
        "gene_civic_url": link("genes", identifier),
        "name": gene,
        "entrez_id": entrez,
        "description": "",
        "last_review_date": "",
        "is_flagged": "false",
    }


def variant_row(variant: Variant) -> dict[str, object]:
    """Row of VariantSummaries."""
    contig2, start2, stop2, transcript2 = variant.partner or ("", "", "", "")
    return {
        "variant_id": variant.id,
        "variant_civic_url": link("variants", variant.id),
        "gene": variant.gene,
        "entrez_id": GENES[variant.gene][1],
        "variant": variant.name,
        "variant_groups": "",
        "chromosome": variant.contig,
        "start": variant.start or "",
        "stop": variant.stop or "",
        "reference_bases": variant.ref,
        "variant_bases": variant.alt,
        "representative_transcript": variant.transcript,
        "ensembl_version": "75" if variant.transcript else "",
        "reference_build": "GRCh37",
        "chromosome2": contig2,
        "start2": start2,
        "stop2": stop2,
        "representative_transcript2": transcript2,
        "variant_types": variant.types,
        "hgvs_descriptions": variant_hgvs(variant),
        "last_review_date": "",
        "allele_registry_id": variant.caid,
        "clinvar_ids": variant.clinvar,
        "variant_aliases": variant.aliases,
        "is_flagged": str(variant.flagged).lower(),
        "single_variant_molecular_profile_id": variant.profile,
    }


def variant_hgvs(variant: Variant) -> str:
    """CIViC's expressions, and of a substitution the genomic ones of both assemblies."""
    expressions = [variant.hgvs] if variant.hgvs else []
    if variant.grch38:
        for assembly, start in (("GRCh37", variant.start), ("GRCh38", variant.grch38)):
            expressions.append(genomic_hgvs(assembly, variant.contig, start, variant.ref, variant.alt))
    return ",".join(expressions)


def profile_rows() -> Iterator[dict[str, object]]:
    """Rows of MolecularProfileSummaries: each variant's own profile, then those of several variants."""
    for variant in VARIANTS:
        if variant.score:
            single = Profile(
                variant.profile, f"{variant.gene} {variant.name}", str(variant.id), variant.score
            )
            yield profile_row(single, variant.aliases.replace(",", ", "))
    for profile in PROFILES:
        yield profile_row(profile, "")


def profile_row(profile: Profile, aliases: str) -> dict[str, object]:
    """Row of MolecularProfileSummaries; lists are joined with a comma and a space."""
    evidence = [str(item.id) for item in EVIDENCE if item.profile == profile.id]
    assertions = [str(item.id) for item in ASSERTIONS if item.profile == profile.id]
    variants = profile.variants.split(", ")
    return {
        "name": profile.name,
        "molecular_profile_id": profile.id,
        "summary": "",
        "variant_ids": profile.variants,
        "variants_civic_url": ", ".join(link("variants", number) for number in variants),
        "evidence_score": profile.score,
        "evidence_item_ids": ", ".join(evidence),
        "evidence_items_civic_url": ", ".join(link("evidence_items", number) for number in evidence),
        "assertion_ids": ", ".join(assertions),
        "assertions_civic_url": ", ".join(link("assertions", number) for number in assertions),
        "aliases": aliases,
        "last_review_date": "",
        "is_flagged": "false",
    }


def profile_name(identifier: int) -> str:
    """Name of a molecular profile."""
    singles = {variant.profile: f"{variant.gene} {variant.name}" for variant in VARIANTS}
    return ({profile.id: profile.name for profile in PROFILES} | singles)[identifier]


def statement(item: Evidence | Assertion) -> str:
    """Sentence made from the facts of an entry: CIViC's own sentences are not in the demo."""
    therapies = f"; therapy: {item.therapies}" if item.therapies else ""
    return (
        f"Demo text, not CIViC's: {profile_name(item.profile)} in {item.disease or 'any disease'}{therapies}."
    )


def evidence_row(item: Evidence) -> dict[str, object]:
    """Row of ClinicalEvidenceSummaries."""
    return {
        "molecular_profile": profile_name(item.profile),
        "molecular_profile_id": item.profile,
        "disease": item.disease,
        "doid": item.doid,
        "phenotypes": item.phenotypes,
        "therapies": item.therapies,
        "therapy_interaction_type": item.interaction,
        "evidence_type": item.type,
        "evidence_direction": item.direction,
        "evidence_level": item.level,
        "significance": item.significance,
        "evidence_statement": statement(item),
        "citation_id": item.pubmed,
        "source_type": "PubMed",
        "asco_abstract_id": "",
        "citation": item.citation,
        "nct_ids": item.trials,
        "rating": "" if item.rating is None else item.rating,
        "evidence_status": "accepted",
        "evidence_id": item.id,
        "variant_origin": item.origin,
        "last_review_date": "",
        "evidence_civic_url": link("evidence_items", item.id),
        "molecular_profile_civic_url": link("molecular_profiles", item.profile),
        "is_flagged": str(item.flagged).lower(),
    }


def assertion_row(item: Assertion) -> dict[str, object]:
    """Row of AssertionSummaries."""
    return {
        "molecular_profile": profile_name(item.profile),
        "molecular_profile_id": item.profile,
        "disease": item.disease,
        "doid": item.doid,
        "phenotypes": item.phenotypes,
        "therapies": item.therapies,
        "assertion_type": item.type,
        "assertion_direction": "Supports",
        "significance": item.significance,
        "acmg_codes": item.acmg,
        "amp_category": item.amp,
        "nccn_guideline": item.nccn,
        "nccn_guideline_version": item.nccn_version,
        "regulatory_approval": item.approval,
        "fda_companion_test": item.companion_test,
        "assertion_summary": statement(item),
        "assertion_description": "",
        "assertion_id": item.id,
        "evidence_item_ids": item.evidence,
        "last_review_date": "",
        "assertion_civic_url": link("assertions", item.id),
        "evidence_items_civic_url": ",".join(
            link("evidence_items", number) for number in item.evidence.split(",")
        ),
        "molecular_profile_civic_url": link("molecular_profiles", item.profile),
        "is_flagged": "false",
    }
