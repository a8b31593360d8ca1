"""Layout of a ClinVar record in a store.

A record is split into groups of values that repeat together, each stored once in a pool: the classification with its
review status, type, consequence and origin; the diseases; the genes; the somatic classifications with those of
haplotypes. Values that are nearly unique per record are numbers (VariationID, AlleleID, rs) or are stored relative to
the position (HGVS).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from annotator.runtime.text import whole_number

__all__ = [
    "EXPRESSIONS",
    "GROUPS",
    "NUMBERS",
    "RSIDS",
    "absolute",
    "join_group",
    "relative",
    "rsid_number",
    "split_group",
]

# Runs of ClinVarRecord's attributes, in its order: a group is a slice of the record.
GROUPS = {
    "classification": slice(2, 8),
    "disease": slice(8, 10),
    "gene": slice(10, 11),
    "somatic": slice(11, 20),
    "rsid_text": slice(20, 21),
    "hgvs": slice(21, 22),
}
SHARED_GROUPS = ("classification", "disease", "gene", "somatic")  # the others are nearly unique per record
NUMBERS = ("start", "allele", "variation_id", "allele_id", "rsid")

# Lookup tables other than by allele.
EXPRESSIONS = "hgvs"
RSIDS = "rsid"

_SEPARATOR = "\t"
_NONE = r"\N"  # None differs from the empty text; a backslash in a value is doubled
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LARGEST = (1 << 32) - 1

_NUMBER = re.compile(r"(?<![0-9@])[1-9][0-9]{0,17}(?![0-9])")
_OFFSET = re.compile(r"@(-?[0-9]{1,18})")
_NEAR = 100_000


def join_group(values: Sequence[str | None]) -> str:
    """Return the text of a group's values."""
    return _SEPARATOR.join(
        _NONE if value is None else value.replace("\\", r"\\").replace(_SEPARATOR, r"\t") for value in values
    )


def split_group(text: str) -> tuple[str | None, ...]:
    """Return the values of a group from its text."""
    return tuple(None if value == _NONE else _unescaped(value) for value in text.split(_SEPARATOR))


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda match: _SEPARATOR if match[1] == "t" else match[1], value)


def rsid_number(rsid: str | None) -> int:
    """Return an rs number as an integer; 0 for a text that is not one plain number, and is stored as text."""
    number = None if rsid is None or rsid.startswith("0") else whole_number(rsid)
    return 0 if number is None or number > _LARGEST else number


def relative(hgvs: str | None, start: int) -> str | None:
    """Return an HGVS expression with positions relative to the allele, so that expressions repeat.

    >>> relative("NC_000007.14:g.140753336A>T", 140753336)
    'NC_000007.14:g.@0A>T'
    """
    if hgvs is None:
        return None
    if "@" in hgvs:
        return f"@{hgvs}"  # not an expression, and stored as it is
    accession, colon, change = hgvs.partition(":")
    before, found, after = change.partition(str(start))
    if found and len(before) == 2 and len(after) == 3 and not before[1].isdecimal() and after.isupper():
        return f"{accession}:{before}@0{after}"  # the fast path: nearly all are substitutions

    def offset(match: re.Match[str]) -> str:
        difference = int(match[0]) - start
        return f"@{difference}" if abs(difference) <= _NEAR else match[0]

    return accession + colon + _NUMBER.sub(offset, change)


def absolute(hgvs: str | None, start: int) -> str | None:
    """Return an expression with absolute positions, the inverse of `relative`."""
    if hgvs is None or "@" not in hgvs:
        return hgvs
    if hgvs.startswith("@"):
        return hgvs[1:]
    before, _, after = hgvs.partition("@0")
    if len(after) == 3 and after.isupper() and after[0].isalpha() and "@" not in before:
        return f"{before}{start}{after}"  # the fast path: nearly all are substitutions
    return _OFFSET.sub(lambda match: str(start + int(match[1])), hgvs)
