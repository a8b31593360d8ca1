"""Alleles, assemblies, HGVS names, regions and reference bases; nothing here knows a file format or a source."""
