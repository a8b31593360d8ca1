"""The two ways to write INFO into a file: VCF text is spliced, BCF records are edited as bytes."""
