"""Histones, whose residues are numbered in two ways: HGVS counts the initiator methionine, the literature does not.

H3 K27M and G34R are `p.Lys28Met` and `p.Gly35Arg` in HGVS. Knowledge bases contain both numberings, even side by side.
The numbering of a name is the one in which its residue matches the protein. If both match (G34, K36 and K37), the
numbering of the literature is assumed, because a name is not an HGVS expression.

Sequences without Met1, from UniProt (P68431 H3.1, P84243 H3.3, P62805 H4): the tails, where cancer mutations occur.
"""

from __future__ import annotations

import re

from annotator.variants.protein_change import ProteinChange

__all__ = ["in_hgvs_count", "is_histone"]

# Gene symbols since 2019 (H3-3A, H3C2, H2AC6, H1-4), and previous ones (H3F3A, HIST1H3B, H2AFX).
_SYMBOL = (
    r"H1-[0-9]+|H1F[0-9X]|H2A(?:[CJLPWXZ][0-9]*|F[A-Z]+[0-9]*|X|J)|H2B(?:[CEKLNWU][0-9]*|F[A-Z]+)"
    r"|H3(?:-[0-9][A-Z]?|C[0-9]+|F3[ABC]|Y[0-9])|H4(?:-[0-9]+|C[0-9]+)|HIST[1-4]H(?:1|2A|2B|3|4)[A-Z]{0,2}[0-9]?"
)
_H3_1 = "ARTKQTARKSTGGKAPRKQLATKAARKSAPATGGVKKPHRYRPGTVALREIRRYQKSTELLIRKLPFQRLVREIAQDFKTDLRFQ"
_H3_3 = "ARTKQTARKSTGGKAPRKQLATKAARKSAPSTGGVKKPHRYRPGTVALREIRRYQKSTELLIRKLPFQRLVREIAQDFKTDLRFQ"
_H4 = "SGRGKGGKGLGKGGAKRHRKVLRDNIQGITKPAIRRLARRGGVKRISGLIYEETRGVLKVFLENVIRDAVTYTEHAKRKTVTAMDVVYALKRQGRTLYGFGG"


def is_histone(symbol: str) -> bool:
    """Return whether a gene encodes a histone, by its current or previous symbol.

    >>> is_histone("H3-3A"), is_histone("HIST1H3B"), is_histone("HRAS")
    (True, True, False)
    """
    return re.fullmatch(_SYMBOL, symbol.upper()) is not None


def in_hgvs_count(symbol: str, change: ProteinChange) -> ProteinChange:
    """Return a histone's change, read from a name, in the numbering of HGVS.

    Args:
        symbol: symbol of the histone's gene.
        change: change with the numbers of the name.

    """
    tail = _tail(symbol.upper())
    letters = change.letters
    fits_field = all(_letter(tail, position) in {letter, ""} for position, letter in letters.items())
    fits_hgvs = all(_letter(tail, position - 1) in {letter, ""} for position, letter in letters.items())
    return change if fits_hgvs and not fits_field else change.moved(1)


def _tail(symbol: str) -> str:
    if re.fullmatch(r"H3-[35][AB]?|H3F3[ABC]", symbol):
        return _H3_3
    if re.fullmatch(r"H3C[0-9]+|HIST[123]H3[A-Z]+", symbol):
        return _H3_1
    return _H4 if re.fullmatch(r"H4(?:-[0-9]+|C[0-9]+)|HIST[124]H4[A-Z]?", symbol) else ""


def _letter(tail: str, position: int) -> str:
    """Return the residue at a position that does not count Met1; empty if unknown."""
    return tail[position - 1] if 0 < position <= len(tail) else ""
