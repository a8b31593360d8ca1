"""The amino acids: their one-letter and three-letter codes, as HGVS and IUPAC-IUB write them.

This is the only such table in the package. `*` and `Ter` denote a stop codon. `X` is the unknown residue of IUPAC
(`Xaa`); until 2016 HGVS also used it for a stop, so each reader of old names decides how to interpret `X`.
"""

from __future__ import annotations

__all__ = ["AMINO_ACIDS", "ONE_LETTER", "RESIDUE_LETTERS", "STOP", "THREE_LETTERS", "UNKNOWN", "spelled_out"]

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
"""The twenty residues of every genetic code."""

STOP = "*"
UNKNOWN = "X"

THREE_LETTERS = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr",
    "U": "Sec", "O": "Pyl", "B": "Asx", "Z": "Glx",
    STOP: "Ter", UNKNOWN: "Xaa",
}  # fmt: skip
"""Three-letter code by one-letter code."""

ONE_LETTER = {three: one for one, three in THREE_LETTERS.items()}
"""One-letter code by three-letter code."""

RESIDUE_LETTERS = f"{AMINO_ACIDS}U"
"""Letters of the residues that a protein change can name without ambiguity: the twenty, and selenocysteine."""


def spelled_out(residues: str) -> str:
    """Return residues in three-letter codes.

    >>> spelled_out("VE*")
    'ValGluTer'
    """
    return "".join(map(THREE_LETTERS.__getitem__, residues))
