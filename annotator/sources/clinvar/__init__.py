"""ClinVar: classifications of alleles, https://www.ncbi.nlm.nih.gov/clinvar/."""
