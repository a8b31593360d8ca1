"""Annotations that other tools wrote into INFO: VEP, SnpEff, bcftools csq, and others in their layouts."""
