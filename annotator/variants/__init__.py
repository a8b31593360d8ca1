"""Alleles, assemblies, HGVS expressions, regions and reference bases; independent of file formats and sources."""
