"""Downloading releases and building snapshots from them."""
