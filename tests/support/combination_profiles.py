"""Inputs with several variants of one combination profile."""

from __future__ import annotations

from tests.support.inputs import info_of

PLACES = {1: 1000, 2: 2_000_000, 3: 3_000_000, 4: 4_000_000}
"""Position of each variant, all A>T on contig 7; variant 5 has a protein change only."""


def record(variant: int, *genotypes: str, alt: str = "T", info: str = ".") -> str:
    """A record at the place of a variant."""
    columns = ["7", str(PLACES[variant]), ".", "A", alt, ".", ".", info]
    return "\t".join([*columns, "GT", *genotypes] if genotypes else columns)


GT = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',)


def joint_of(line: str) -> set[int]:
    entries = [entry.split("|") for entry in info_of(line).get("CIVIC", "").split(",")]
    return {int(parts[7]) for parts in entries if len(parts) > 7 and int(parts[7]) > 100}
