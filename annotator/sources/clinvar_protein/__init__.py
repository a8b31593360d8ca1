"""ClinVar's missense records at the residue that an allele changes."""
