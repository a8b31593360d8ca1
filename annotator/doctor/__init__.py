"""What a VCF is like before it is annotated: what would go wrong, what would be missed, and what to do about it."""
