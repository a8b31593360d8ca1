"""ClinVar's three tables: variant_summary, hgvs4variation and variation_allele."""
