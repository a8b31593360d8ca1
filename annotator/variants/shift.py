"""The distance by which an insertion or deletion can be shifted, determined without the reference sequence.

VCF writes an indel at its leftmost position, HGVS at its rightmost (the 3' rule). Between the two, the reference
repeats the indel's bases, so that the two positions together determine every representation of the allele: each step to
the right moves the first base to the end.

    reference              ...G C A C A C A T...      C at position 100
    VCF (left-aligned)     deletes CA at 100          key (100, "CA", "")
    HGVS (3' rule)         g.104_105del               starts 4 further right
    all spellings          (100, CA) (101, AC) (102, CA) (103, AC) (104, CA)

NCBI counts copies if the indel is a tandem repeat. The copies are the rightmost whole ones, so the end of the last copy
is the end of the repeat. If an insertion is only partly a repeat, NCBI writes the whole span through which it can be
shifted, and the inserted bases, as copies of several units.

    g.104_105del           a deletion
    g.98_99dup             an insertion after the bases that it doubles
    g.98_99insTA           an insertion
    g.100CA[2]             two copies, starting at 100, are in the allele
    g.100_116A[7]          the same, with the end of the copies of the reference
    g.100_101CA[2]         the same, with the end of the first copy (before 2020)
    g.43092478TC[2]AT[1]   position 43,092,478 becomes TCTCAT
"""

from __future__ import annotations

import re
from collections.abc import Callable

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import AlleleKey, BaseSource, left_align, may_be_same

__all__ = ["FURTHEST", "Spellings", "is_same_indel", "known_spellings", "rotated", "stated_shift"]

_MOST_COPIED = 100_000  # most bases that copies may have in total

# Patterns are text: the re module compiles and caches them at their first use, which keeps the import fast.
_BASES = "[ACGTNRYSWKMBDHV]+"
_NUMBER = "[0-9]{1,9}"
_EDIT = rf"(?P<start>{_NUMBER})(?:_(?P<stop>{_NUMBER}))?(?P<edit>del|dup)"
_INSERTION = rf"(?P<start>{_NUMBER})_(?P<stop>{_NUMBER})ins(?P<bases>{_BASES})"
_UNIT = rf"({_BASES})\[([0-9]{{1,5}})\]"
_COPIES = rf"(?P<start>{_NUMBER})(?:_(?P<stop>{_NUMBER}))?(?P<units>(?:{_BASES}\[[0-9]{{1,5}}\])+)"


def rotated(sequence: str, places: int) -> str:
    """Return the bases of an indel after a shift to the right; a negative number shifts to the left.

    >>> rotated("CAT", 1), rotated("CAT", -1)
    ('ATC', 'TCA')
    """
    places %= len(sequence)
    return sequence[places:] + sequence[:places]


def stated_shift(allele: AlleleKey, change: str) -> int | None:
    """Return by how many positions an indel can be shifted right, according to its genomic HGVS expression.

    Args:
        allele: a pure insertion or deletion, left-aligned.
        change: the expression on the same contig, after `g.` or `m.`, without the bases that a deletion or duplication
            deletes or doubles (`hgvs_parse` removes them).

    Returns:
        The number of positions, 0 or more; None if the expression does not determine it, or contradicts the allele.

    >>> stated_shift(AlleleKey("7", 100, "CA", ""), "104_105del")
    4

    """
    if found := re.fullmatch(_EDIT, change):
        shift = _shift_of_edit(allele, found)
    elif found := re.fullmatch(_INSERTION, change):
        shift = _shift_of_insertion(allele, found)
    elif found := re.fullmatch(_COPIES, change):
        shift = _shift_of_copies(allele, found)
    else:
        return None
    return shift if shift is not None and shift >= 0 else None


def _shift_of_edit(allele: AlleleKey, found: re.Match[str]) -> int | None:
    start, stop = int(found["start"]), int(found["stop"] or found["start"])
    if stop - start + 1 != len(allele.deleted or allele.inserted):
        return None
    if found["edit"] == "del":
        return start - allele.start if allele.deleted else None
    # The doubled bases are part of the reference, so that the insertion can be shifted over all of them.
    return stop + 1 - allele.start if allele.inserted and start >= allele.start else None


def _shift_of_insertion(allele: AlleleKey, found: re.Match[str]) -> int | None:
    stop, bases = int(found["stop"]), found["bases"]
    if len(bases) != len(allele.inserted) or stop != int(found["start"]) + 1:
        return None
    shift = stop - allele.start
    return shift if rotated(allele.inserted, shift) == bases else None


def _shift_of_copies(allele: AlleleKey, found: re.Match[str]) -> int | None:
    units = [(unit, int(count)) for unit, count in re.findall(_UNIT, found["units"])]
    if sum(len(unit) * count for unit, count in units) > _MOST_COPIED:
        return None
    start = int(found["start"])
    if len(units) == 1:
        return _shift_of_repeat(allele, start, found["stop"], *units[0])
    span = int(found["stop"] or start) - start + 1
    bases = "".join(unit * count for unit, count in units)
    sequence = allele.inserted
    if not sequence or start != allele.start or len(bases) != len(sequence) + span:
        return None
    return span if bases == _repeated(sequence, len(bases)) else None


def _shift_of_repeat(allele: AlleleKey, start: int, stop: str | None, unit: str, count: int) -> int | None:
    """Return the shift for an expression that counts the copies of one unit, of which `count` are in the allele."""
    sequence = allele.deleted or allele.inserted
    change, odd = divmod(len(sequence), len(unit))
    of_reference = count + change if allele.deleted else count - change
    after = start + of_reference * len(unit)
    if odd or of_reference < 0 or (stop is not None and int(stop) not in (after - 1, start + len(unit) - 1)):
        return None
    if _repeated(unit, len(sequence)) != rotated(sequence, start - allele.start):
        return None
    return after - len(allele.deleted) - allele.start


def _repeated(sequence: str, length: int) -> str:
    return (sequence * (length // len(sequence) + 1))[:length]


class Spellings(NamedTuple):
    """All positions at which one indel can be written, as far as known.

    Attributes:
        key: leftmost known representation.
        last: start of the rightmost known representation; its bases are those of `key`, rotated.
        open_left: whether there may be representations further left.
        open_right: whether there may be representations further right.

    """

    key: AlleleKey
    last: int
    open_left: bool = False
    open_right: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the indel may have further representations that are unknown."""
        return self.open_left or self.open_right

    def holds(self, allele: AlleleKey) -> bool:
        """Return whether an allele is one of the representations."""
        key = self.key
        if allele.contig != key.contig or not key.start <= allele.start <= self.last:
            return False
        places = allele.start - key.start
        return allele.deleted == _rotated(key.deleted, places) and allele.inserted == _rotated(
            key.inserted, places
        )


FURTHEST = 100
"""Distance in bases, in addition to its own length, within which an indel with unknown representations is searched."""


def is_same_indel(
    allele: AlleleKey,
    spellings: Spellings,
    *,
    is_leftmost: bool,
    position: int,
    ref: str,
    reference: BaseSource | None = None,
) -> bool | None:
    """Return whether an allele equals an indel with unknown representations; None if the known bases cannot decide.

    Known bases are those that the two indels delete or can be shifted through, REF, and the reference, if there is one.

    Args:
        allele: a pure insertion or deletion.
        spellings: representations of the other indel.
        is_leftmost: whether the allele is known to be left-aligned.
        position: 1-based position of the first base of `ref`.
        ref: reference bases, upper case.
        reference: the reference sequence; decisive for contigs that it has.

    """
    key = spellings.key
    if spellings.holds(allele):
        return True
    if not allele.is_indel or not may_be_same(allele, key):
        return False
    sequence = allele.deleted or allele.inserted
    if reference is not None and reference.bases(allele.contig, allele.start, allele.start):
        return left_align(allele, reference) == left_align(key, reference)
    if allele.start < key.start:
        is_possible = spellings.open_left
        first, stop = allele.start + len(allele.deleted), key.start
    else:
        is_possible = spellings.open_right and not is_leftmost
        first, stop = spellings.last + len(key.deleted), allele.start
    if not is_possible or stop - first > len(sequence) + FURTHEST:
        return False
    expected = {place: sequence[(place - allele.start) % len(sequence)] for place in range(first, stop)}
    known = {place: base for place, base in enumerate(ref, position) if place in expected}
    if any(base != expected[place] for place, base in known.items()):
        return False
    return True if len(known) == len(expected) else None


def known_spellings(allele: AlleleKey, base_at: Callable[[int], str], last: int | None = None) -> Spellings:
    """Return the representations of an indel, shifted as far as reference bases are known.

    Args:
        allele: a pure insertion or deletion, at any of its positions.
        base_at: returns the reference base at a position of its contig; empty if unknown.
        last: start of the rightmost representation, if known from a source other than the bases.

    """
    sequence = allele.deleted or allele.inserted
    shift = 0
    while base_at(allele.start - shift - 1) == sequence[(-shift - 1) % len(sequence)]:
        shift += 1
    start = allele.start - shift
    moved = _rotated(allele.deleted, -shift), _rotated(allele.inserted, -shift)
    after = allele.start + len(allele.deleted)
    places = 0
    while base_at(after + places) == sequence[places % len(sequence)]:
        places += 1
    open_right = not base_at(after + places)
    rightmost = allele.start + places
    if open_right and last is not None and last >= rightmost:
        rightmost, open_right = last, False
    return Spellings(
        AlleleKey(allele.contig, start, *moved), rightmost, start > 1 and not base_at(start - 1), open_right
    )


def _rotated(sequence: str, places: int) -> str:
    return rotated(sequence, places) if sequence else ""
