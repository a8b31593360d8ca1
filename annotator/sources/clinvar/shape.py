"""Compatibility of an allele with a genomic HGVS expression, as far as it can be determined without bases."""

from __future__ import annotations

import re

from annotator.variants.allele import AlleleKey
from annotator.variants.hgvs_parse import HgvsExpression

__all__ = ["may_be_written"]

_CHANGE = (
    r"(?P<start>[0-9]{1,9})(?:_(?P<stop>[0-9]{1,9}))?"
    r"(?:(?P<edit>del|dup|inv)|(?P<old>[A-Z])>(?P<new>[A-Z])|(?P<kind>ins|delins)(?P<bases>[A-Z]+))"
)
_COPIES = r"(?P<start>[0-9]{1,9})(?:_[0-9]{1,9})?(?:[A-Z]+\[[0-9]{1,4}\])+"


def may_be_written(allele: AlleleKey, expression: HgvsExpression) -> bool:
    """Return whether an expression on the allele's chromosome can be the allele's.

    An expression writes an insertion or deletion at its rightmost position, so that the allele's cannot be further
    right; both delete or insert the same number of bases. A number of copies does not determine a number of bases
    without the reference.

    Args:
        allele: its key, left-aligned or not.
        expression: a genomic expression, on the same chromosome.

    """
    if re.fullmatch(_COPIES, expression.change):
        return allele.is_indel
    found = re.fullmatch(_CHANGE, expression.change)
    if found is None:
        return False
    start, stop = int(found["start"]), int(found["stop"] or found["start"])
    span = stop - start + 1
    if found["edit"] == "del":
        return not allele.inserted and len(allele.deleted) == span and allele.start <= start
    if found["edit"] == "dup":
        return not allele.deleted and len(allele.inserted) == span and allele.start <= stop + 1
    if found["kind"] == "ins":
        return not allele.deleted and len(allele.inserted) == len(found["bases"]) and allele.start <= stop
    if found["old"]:
        return (start, found["old"], found["new"]) == allele[1:]
    return not allele.is_indel and start <= allele.start <= stop
