"""Knowledge bases of the user's own: any VCF by allele, and BED or bedGraph regions by overlap."""
