"""CIViC variants that share an allele."""

from __future__ import annotations

ALLELE_RUNGS = {"exact", "hgvs_g", "caid", "clinvar_id", "hgvs_c"}


# Alleles of a repeat that two of CIViC's variants write at two places; what both delete proves them one.
TWINS = {2089: {2264}, 2264: {2089}}
