"""Reading and writing VCF and BCF."""
