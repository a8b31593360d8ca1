"""The CIViC part of a snapshot: release files, placement on the assembly, names, items."""
