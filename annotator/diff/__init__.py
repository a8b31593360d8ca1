"""Changes between two releases: of whole snapshots, or of the alleles of an annotated file."""
