"""Two ways to carry INFO from the pipeline into a file: VCF text is spliced, BCF goes through htslib."""
