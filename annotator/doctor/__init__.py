"""Check of a VCF before it is annotated: errors, alleles that would be missed, and what to do."""
