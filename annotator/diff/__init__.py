"""What changed between two releases: of all that snapshots hold, or of the alleles of an annotated file."""
