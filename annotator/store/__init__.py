"""The memory-mapped file format that snapshots are made of."""
