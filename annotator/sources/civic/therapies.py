"""Notation for several therapies of one evidence item or assertion, the same in every report.

Combination   given together                A + B
Substitutes   each of them alone            A or B
Sequential    one after another; CIViC's    sequential: A, B
              list is not in that order
(not stated)  assertions of release files   A, B
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["joined_therapies"]

_JOINTS = {"combination": " + ", "substitutes": " or "}
_SEQUENTIAL = "sequential"


def joined_therapies(names: Sequence[str], interaction: str) -> str:
    """Return the therapies as one text.

    Args:
        names: therapies as CIViC names them.
        interaction: CIViC's word for how they are used; empty if the release does not state it.

    >>> joined_therapies(["Dabrafenib", "Trametinib"], "Combination")
    'Dabrafenib + Trametinib'
    """
    if len(names) < 2:
        return "".join(names)
    word = interaction.replace("_", " ").strip().lower()
    text = _JOINTS.get(word, ", ").join(names)
    return f"sequential: {text}" if word == _SEQUENTIAL else text
