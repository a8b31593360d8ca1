"""CIViC variants that share an allele."""

from __future__ import annotations

ALLELE_LEVELS = {"exact", "hgvs_g", "caid", "clinvar_id", "hgvs_c"}


# Alleles of a repeat that two of CIViC's variants write at two places: deletions are proved one by what both delete,
# VHL c.164_165insG and c.166dup by the bases that other alleles show (c.165 and c.166 are G).
TWINS = {2089: {2264}, 2264: {2089}, 771: {2144}, 2144: {771}}
