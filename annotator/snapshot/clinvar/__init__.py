"""The ClinVar part of a snapshot, from its VCF or its tables."""
