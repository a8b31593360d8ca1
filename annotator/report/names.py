"""The name of an allele, the same in every view: `BRAF V600E`, and below it the HGVS expression.

The transcript that the annotation picks names the allele, otherwise MANE Select or the canonical one. Without an
annotation, CIViC's name of the variant is used if CIViC's variant is this change; a codon, exon or gene does not name a
change. A fusion is named by its partners.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from annotator.info import spaced
from annotator.report.model import Evidence
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.amino_acids import ONE_LETTER
from annotator.variants.query import Consequence, Identifiers

__all__ = ["AlleleName", "allele_name", "short_change"]

_LOOSE = frozenset({"codon", "exon", "region", "gene"})
_FUSION = re.compile(r"(?!v::)[A-Za-z0-9.-]+::(?!v$)[A-Za-z0-9.-]+")
_CODES = "|".join(ONE_LETTER)


class AlleleName(NamedTuple):
    """Parts of an allele's name.

    Attributes:
        gene: symbol of the gene in the annotation of the change; empty for none.
        change: `V600E`, `c.4484+1G>T`, or CIViC's name; empty for none.
        hgvs: such as `NM_004333.6:c.1799T>A (p.Val600Glu)`; empty for none.
        consequence: Sequence Ontology terms of the transcript that names the allele, joined by `&`; empty for none.

    """

    gene: str = ""
    change: str = ""
    hgvs: str = ""
    consequence: str = ""


def short_change(protein: str) -> str:
    """Return a protein change with one-letter codes.

    >>> short_change("Cys8LeufsTer63")
    'C8Lfs*63'
    """
    return re.sub(_CODES, lambda found: ONE_LETTER[found[0]], protein)


def allele_name(
    consequences: Sequence[Consequence],
    identifiers: Identifiers | None,
    evidence: Iterable[Evidence],
    genomic: str,
) -> AlleleName:
    """Return the name of an allele.

    Args:
        consequences: annotated consequences; those of transcripts that name the allele come first.
        identifiers: HGVS expressions of its annotations; None for none.
        evidence: entries of CIVIC.
        genomic: ClinVar's genomic expression; empty for none.

    """
    naming = [one for one in consequences if one.names_allele and not one.joint]
    chosen = next((one for one in naming if one.protein), naming[0] if naming else None)
    coding = _coding(chosen, identifiers)
    terms = "" if chosen is None else "&".join(sorted(chosen.terms))
    if chosen is not None and chosen.protein:
        protein = f"p.{chosen.protein}"
        hgvs = f"{coding} ({protein})" if coding else protein
        return AlleleName(chosen.gene, short_change(chosen.protein), hgvs, terms)
    entries = list(evidence)
    named = next((entry for entry in entries if entry["Match"] not in _LOOSE), None)
    beneath = coding or genomic
    if fusion := _fusion(entries):
        return AlleleName("", fusion, beneath, terms)
    if named is not None and named["Variant"]:
        return AlleleName(named["Gene"], spaced(named["Variant"]), beneath, terms)
    change = coding.partition(":")[2]
    return AlleleName(chosen.gene if chosen is not None else "", change, beneath, terms)


def _fusion(entries: Iterable[Evidence]) -> str:
    """Return the name of a fusion whose partners and their order were matched, such as `EML4::ALK`; empty for none."""
    names = {
        entry["Variant"]
        for entry in entries
        if _FUSION.fullmatch(entry["Variant"]) and "partner_order_unknown" not in entry["MatchNote"]
    }
    return names.pop() if len(names) == 1 else ""


def _coding(chosen: Consequence | None, identifiers: Identifiers | None) -> str:
    """Return the expression on the chosen transcript, or the first one if there is none."""
    expressions = () if identifiers is None else identifiers.coding
    for one in expressions:
        if chosen is not None and chosen.transcript and one.accession == chosen.transcript:
            return str(one)
    return str(expressions[0]) if expressions and (chosen is None or not chosen.transcript) else ""
