"""Releases of knowledge bases, stored locally for one assembly."""
