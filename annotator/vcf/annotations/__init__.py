"""Annotations in INFO by other tools: VEP, SnpEff, bcftools csq, and others that use the same layouts."""
