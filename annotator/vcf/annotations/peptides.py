"""Conversion of the residues before and after a change into HGVS protein notation (https://hgvs-nomenclature.org)."""

from __future__ import annotations

from annotator.variants.amino_acids import RESIDUE_LETTERS, STOP, THREE_LETTERS, spelled_out

__all__ = ["protein_change"]


def protein_change(number: int, ref: str, alt: str, *, is_frameshift: bool = False) -> str:
    """Return the protein change without `p.`; empty if the residues do not determine it.

    Shared residues are removed, first at the start, so that a deletion is as far right as the residues show (HGVS's 3'
    rule).

    Args:
        number: 1-based number of the first residue.
        ref: residues of the reference, one letter each, `*` for a stop.
        alt: the new residues; for a frameshift as far as they are known, with `*` at its end.
        is_frameshift: whether the reading frame changes.

    >>> protein_change(600, "V", "E"), protein_change(508, "VA", "V"), protein_change(12, "G", "G")
    ('Val600Glu', 'Ala509del', 'Gly12=')
    >>> protein_change(157, "SSHLMCVLTPDESVLWC*", "SSHLMSLCFGV*", is_frameshift=True)
    'Cys162SerfsTer7'

    """
    if (number, ref) == (1, "M") and alt in {"?", "M?"}:
        return "Met1?"
    if not ref or not alt or not set(ref + alt) <= {*RESIDUE_LETTERS, STOP}:
        return ""
    start = _shared(ref, alt)
    if is_frameshift:
        return _frameshift(number + start, ref[start:], alt[start:])
    if ref == alt:
        return f"{THREE_LETTERS[ref[0]]}{number}=" if len(ref) == 1 else ""
    if ref[start:][:1] == "*":  # a lost stop: the remainder is an extension
        new = alt[start : start + 1]
        return f"Ter{number + start}{THREE_LETTERS[new]}" if new else ""
    if "*" in alt[start:]:  # residues after a new stop do not exist
        return _new_stop(number + start, ref[start:], alt[start : alt.index("*", start)])
    end = _shared(ref[start:][::-1], alt[start:][::-1])
    return _described(number, ref, alt, start, end)


def _shared(one: str, other: str) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _frameshift(number: int, ref: str, alt: str) -> str:
    if not ref or not alt or ref[0] == alt[0]:
        return ""
    if alt[0] == "*":
        return f"{THREE_LETTERS[ref[0]]}{number}Ter"
    end = f"Ter{alt.index('*') + 1}" if "*" in alt else ""
    return f"{THREE_LETTERS[ref[0]]}{number}{THREE_LETTERS[alt[0]]}fs{end}"


def _new_stop(number: int, ref: str, inserted: str) -> str:
    if not ref:
        return ""
    if not inserted:
        return f"{THREE_LETTERS[ref[0]]}{number}Ter"
    return "" if len(ref) != len(inserted) + 1 else f"{_range(number, ref)}delins{spelled_out(inserted)}Ter"


def _described(number: int, ref: str, alt: str, start: int, end: int) -> str:
    """Return the change as HGVS, given how many residues are shared at the start and at the end."""
    deleted, inserted = ref[start : len(ref) - end], alt[start : len(alt) - end]
    first = number + start
    if len(deleted) == len(inserted) == 1:
        return f"{THREE_LETTERS[deleted]}{first}{THREE_LETTERS[inserted]}"
    if not inserted:
        return f"{_range(first, deleted)}del"
    if deleted:
        return f"{_range(first, deleted)}delins{spelled_out(inserted)}"
    before = ref[:start]
    if before.endswith(inserted):
        return f"{_range(first - len(inserted), inserted)}dup"
    if not before or not end:
        return ""  # an insertion is named by the residues on both sides
    return (
        f"{THREE_LETTERS[before[-1]]}{first - 1}_{THREE_LETTERS[ref[start]]}{first}ins{spelled_out(inserted)}"
    )


def _range(first: int, residues: str) -> str:
    one = f"{THREE_LETTERS[residues[0]]}{first}"
    return one if len(residues) == 1 else f"{one}_{THREE_LETTERS[residues[-1]]}{first + len(residues) - 1}"
