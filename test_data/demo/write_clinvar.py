"""The demo's ClinVar: a VCF laid out as ClinVar's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assemblies import CONTIGS, accession, declarations, genomic_hgvs
from clinvar_facts import ALLELES, CONDITIONS, Allele

__all__ = ["clinvar_vcf"]

RELEASE = "2026-02-26"
KINDS = {
    "single_nucleotide_variant": "SO:0001483",
    "Deletion": "SO:0000159",
    "Duplication": "SO:1000035",
    "Indel": "SO:1000032",
    "Insertion": "SO:0000667",
    "Microsatellite": "SO:0000289",
}
CLINVAR_INFOS = (
    ("ALLELEID", "1", "Integer", "AlleleID"),
    ("CLNDISDB", ".", "String", "Identifiers of the conditions in CLNDN, by database"),
    ("CLNDN", ".", "String", "Conditions of the germline classification"),
    ("CLNHGVS", ".", "String", "Genomic HGVS expression"),
    ("CLNREVSTAT", ".", "String", "Review status of the germline classification"),
    ("CLNSIG", ".", "String", "Germline classification, aggregated"),
    ("CLNSIGCONF", ".", "String", "Which germline classifications conflict, with their numbers"),
    ("CLNVC", "1", "String", "Kind of variant"),
    ("CLNVCSO", "1", "String", "Sequence Ontology identifier of CLNVC"),
    ("GENEINFO", "1", "String", "Genes, symbol:identifier"),
    ("MC", ".", "String", "Molecular consequences, Sequence Ontology identifier|term"),
    ("ONC", ".", "String", "Oncogenicity classification, aggregated"),
    ("ONCCONF", ".", "String", "Which oncogenicity classifications conflict, with their numbers"),
    ("ONCDISDB", ".", "String", "Identifiers of the conditions in ONCDN, by database"),
    ("ONCDN", ".", "String", "Conditions of the oncogenicity classification"),
    ("ONCREVSTAT", ".", "String", "Review status of the oncogenicity classification"),
    ("ORIGIN", ".", "String", "Allele origin, a sum of powers of two; 1 germline, 2 somatic"),
    ("RS", ".", "String", "Number of the dbSNP reference SNP"),
    ("SCI", ".", "String", "Somatic clinical impact, aggregated"),
    ("SCIDISDB", ".", "String", "Identifiers of the conditions in SCIDN, by database"),
    ("SCIDN", ".", "String", "Conditions of the somatic clinical impact"),
    ("SCIREVSTAT", ".", "String", "Review status of the somatic clinical impact"),
)


def clinvar_vcf(assembly: str) -> Iterator[str]:
    """Lines of a VCF laid out as ClinVar's own: version 4.1, no contig lines, VariationID as ID."""
    yield "##fileformat=VCFv4.1"
    yield f"##fileDate={RELEASE}"
    yield "##source=ClinVar"
    yield f"##reference={assembly}"
    yield '##ID=<Description="ClinVar Variation ID">'
    yield from declarations("INFO", CLINVAR_INFOS)
    yield "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"))
    for allele in sorted(ALLELES, key=lambda allele: clinvar_order(assembly, allele)):
        info = ";".join(
            f"{key}={value}" for key, value in sorted(clinvar_info(assembly, allele).items()) if value
        )
        position = clinvar_position(assembly, allele)
        yield f"{allele.contig}\t{position}\t{allele.variation}\t{allele.ref}\t{allele.alt}\t.\t.\t{info}"


def clinvar_position(assembly: str, allele: Allele) -> int:
    """POS in an assembly."""
    return allele.grch37 if assembly == "GRCh37" else allele.grch38


def clinvar_order(assembly: str, allele: Allele) -> tuple[int, int, str, str]:
    """Sort key of a record."""
    return CONTIGS.index(allele.contig), clinvar_position(assembly, allele), allele.ref, allele.alt


def clinvar_info(assembly: str, allele: Allele) -> dict[str, str]:
    """INFO fields of a record; an empty value is not written."""
    kind = allele.kind or "single_nucleotide_variant"
    return {
        "ALLELEID": str(allele.allele),
        "CLNHGVS": clinvar_hgvs(assembly, allele),
        "CLNVC": kind,
        "CLNVCSO": KINDS[kind],
        "GENEINFO": allele.genes,
        "MC": allele.consequences,
        "ORIGIN": "" if allele.origin is None else str(allele.origin),
        "RS": allele.rs,
        "CLNSIG": allele.significance,
        "CLNREVSTAT": allele.review,
        "CLNSIGCONF": allele.conflict,
        **conditions("CLN", allele.conditions),
        **classification("ONC", allele.oncogenicity),
        **classification("SCI", allele.impact),
    }


def clinvar_hgvs(assembly: str, allele: Allele) -> str:
    """CLNHGVS of a record."""
    position = clinvar_position(assembly, allele)
    prefix = f"{accession(assembly, allele.contig)}:g."
    if allele.hgvs:
        return prefix + re.sub(r"\+(\d+)", lambda offset: str(position + int(offset[1])), allele.hgvs)
    if allele.alt == ".":
        return f"{prefix}{position}%3D"
    return genomic_hgvs(assembly, allele.contig, position, allele.ref, allele.alt)


def classification(prefix: str, stated: tuple[str, str, str]) -> dict[str, str]:
    """Fields of a classification of oncogenicity or somatic clinical impact."""
    words, review, names = stated
    return {prefix: words, f"{prefix}REVSTAT": review, **conditions(prefix, names)}


def conditions(prefix: str, names: str) -> dict[str, str]:
    """Names and identifiers of conditions."""
    if not names:
        return {}
    known = [CONDITIONS[name] for name in names.split("|")]
    return {
        f"{prefix}DN": "|".join(title for title, _ in known),
        f"{prefix}DISDB": "|".join(identifiers for _, identifiers in known),
    }
