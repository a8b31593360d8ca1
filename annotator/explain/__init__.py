"""Why an allele is annotated as it is, or not at all: what was asked, what was tried, and what stands close by."""
