"""Layout of ClinVar's missense records in a store: a row per allele, with its protein change if that is known.

A row's protein change is of the transcript by which ClinVar names the record: residue letters and number in the pool
`protein` (`R175H`), the transcript in `transcript`, which is sorted, and the nucleotide change in `coding`. There a
substitution is its place in the codon and its bases (`@1G>A` for c.524G>A), so that few texts are needed. A store that
was built without ClinVar's tables has none of these: the codon of the input decides what a row's allele does.
"""

from __future__ import annotations

import re

__all__ = [
    "COLUMNS",
    "EFFECTS",
    "ORIGIN",
    "POOLS",
    "RESIDUES",
    "coding_text",
    "full_coding",
    "residue_key",
]

POOLS = ("evidence", "effects", "transcript", "protein", "coding")
COLUMNS = ("variation_id", *POOLS)
RESIDUES = "residues"
"""Look-up of rows by transcript and residue."""

ORIGIN = "origin"
"""Pool with one text: whether protein changes are those of ClinVar's tables (`tables`) or not known (`codons`)."""

EFFECTS = (
    "initiator_codon_variant",
    "start_lost",
    "splice_donor_variant",
    "splice_acceptor_variant",
    "splice_region_variant",
)
"""Effects, as ClinVar names them, that a missense record may have on some transcript and that may matter more."""

_SUBSTITUTION = r"c\.([0-9]{1,6})([ACGT]>[ACGT])"
_LENGTH = 3


def residue_key(transcript: int, residue: int) -> int:
    """Return the key of a residue in the look-up, by the number of its transcript in the pool."""
    return transcript << 32 | residue


def coding_text(change: str, residue: int) -> str:
    """Return a nucleotide change as it is stored: a substitution by its place in the codon.

    >>> coding_text("c.524G>A", 175)
    '@1G>A'
    """
    found = re.fullmatch(_SUBSTITUTION, change)
    if found is None or (int(found[1]) - 1) // _LENGTH + 1 != residue:
        return change
    return f"@{(int(found[1]) - 1) % _LENGTH}{found[2]}"


def full_coding(text: str, residue: int) -> str:
    """Return the nucleotide change that `coding_text` stored.

    >>> full_coding("@1G>A", 175)
    'c.524G>A'
    """
    if not text.startswith("@"):
        return text
    return f"c.{_LENGTH * (residue - 1) + 1 + int(text[1])}{text[2:]}"
