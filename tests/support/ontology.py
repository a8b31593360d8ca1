"""A small disease ontology."""

from __future__ import annotations

OBO = """format-version: 1.2

[Term]
id: DOID:4
name: disease

[Term]
id: DOID:162
name: cancer
is_a: DOID:4 ! disease

[Term]
id: DOID:1909
name: melanoma
alt_id: DOID:0000001
is_a: DOID:162 ! cancer
is_a: DOID:9999 ! another parent

[Term]
id: DOID:8923
name: skin melanoma
is_a: DOID:1909 ! melanoma

[Term]
id: DOID:5
name: old
is_obsolete: true
replaced_by: DOID:8923

[Typedef]
id: part_of
name: part of
"""
