"""How far an indel can be shifted, by its HGVS expression and by known bases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.variants.allele import AlleleKey
from annotator.variants.shift import Spellings, is_same_indel, known_spellings, rotated, stated_shift

#            100       110
#            0123456789012345
BASES = dict(enumerate("GCACACATTTTTGGCC", 100))
"""CA three times from 101 (and a C before it would not fit), T five times from 107."""

CA = AlleleKey("7", 101, "CA", "")
T = AlleleKey("7", 107, "T", "")


def deletion(start: int, bases: str) -> AlleleKey:
    return AlleleKey("7", start, bases, "")


def insertion(start: int, bases: str) -> AlleleKey:
    return AlleleKey("7", start, "", bases)


@pytest.mark.parametrize(
    ("allele", "change", "shift"),
    [
        (CA, "101_102del", 0),
        (CA, "105_106del", 4),
        (CA, "101_106CA[2]", 4),
        (CA, "101CA[2]", 4),
        (CA, "101_102CA[2]", 4),  # old: the place of the first copy
        (T, "111del", 4),
        (T, "107_111T[4]", 4),
        (deletion(107, "TTT"), "107_111T[2]", 2),
        (insertion(107, "T"), "111dup", 5),
        (insertion(107, "TT"), "110_111dup", 5),
        (insertion(107, "TTTTTTT"), "107_111T[12]", 5),
        (insertion(101, "CA"), "105_106dup", 6),
        (insertion(101, "CA"), "101CA[4]", 6),
        (insertion(101, "CAG"), "102_103insGCA", 2),
        (insertion(101, "CG"), "101_101CG[1]C[1]", 1),
        (insertion(101, "G"), "100_101insG", 0),
    ],
)
def test_an_expression_determines_the_shift(allele: AlleleKey, change: str, shift: int) -> None:
    assert stated_shift(allele, change) == shift


@pytest.mark.parametrize(
    ("allele", "change"),
    [
        (CA, "105del"),  # another length
        (CA, "105_106dup"),  # an insertion
        (CA, "99_100del"),  # further left than the leftmost place
        (CA, "101_106CAT[2]"),  # another unit
        (CA, "102CA[2]"),  # out of phase
        (CA, "101_105CA[2]"),  # other copies than it counts
        (CA, "101CA[9]"[:-3] + "[999999]"),
        (insertion(101, "CAG"), "102_103insCAG"),  # another rotation
        (insertion(101, "CAG"), "102_104insGCA"),  # no point
        (insertion(101, "CA"), "100_101dup"),  # what is doubled begins before the leftmost place
        (T, "111delinsT"),
        (T, "(110_111)del"),
        (T, "?"),
        (T, ""),
    ],
)
def test_a_contradicting_expression_determines_no_shift(allele: AlleleKey, change: str) -> None:
    assert stated_shift(allele, change) is None


def base_at(position: int) -> str:
    return BASES.get(position, "")


def test_known_bases_determine_all_spellings() -> None:
    for start in (101, 103, 105):
        assert known_spellings(deletion(start, "CA"), base_at) == Spellings(CA, 105)
    for start in (102, 104):
        assert known_spellings(deletion(start, "AC"), base_at) == Spellings(CA, 105)
    assert known_spellings(insertion(112, "T"), base_at) == Spellings(insertion(107, "T"), 112)


def test_where_bases_are_not_known_an_indel_stays_open() -> None:
    known = known_spellings(deletion(103, "CA"), lambda position: base_at(position) if position > 102 else "")
    assert known == Spellings(deletion(103, "CA"), 105, open_left=True)
    known = known_spellings(deletion(103, "CA"), lambda _: "")
    assert known == Spellings(deletion(103, "CA"), 103, open_left=True, open_right=True)
    known = known_spellings(deletion(103, "CA"), lambda _: "", 105)
    assert known == Spellings(deletion(103, "CA"), 105, open_left=True)


@given(st.text("AC", min_size=1, max_size=3), st.integers(0, 9), st.integers(0, 9))
def test_every_rotation_is_a_spelling_and_no_other(sequence: str, shift: int, place: int) -> None:
    spellings = Spellings(deletion(50, sequence), 50 + shift)
    assert spellings.holds(deletion(50 + place, rotated(sequence, place))) == (place <= shift)
    wrong = rotated(sequence, place + 1)
    if wrong != rotated(sequence, place):
        assert not spellings.holds(deletion(50 + place, wrong))
    assert not spellings.holds(insertion(50 + place, rotated(sequence, place)))


class Sequence:
    def bases(self, contig: str, start: int, stop: int) -> str:
        assert contig == "7"
        return "".join(base_at(position) for position in range(start, stop + 1))


OPEN = Spellings(deletion(103, "CA"), 103, open_left=True, open_right=True)


@pytest.mark.parametrize(
    ("allele", "ref", "is_leftmost", "expected"),
    [
        (deletion(103, "CA"), "CA", False, True),
        (deletion(101, "CA"), "CA", True, True),  # it deletes up to where the other begins
        (deletion(105, "CA"), "CA", False, True),
        (deletion(105, "CA"), "CA", True, False),  # nothing further left is the same
        (deletion(106, "AC"), "AC", False, None),  # what stands at 105?
        (deletion(107, "CA"), "CA", False, None),
        (deletion(107, "AC"), "AC", False, False),  # another rotation
        (deletion(99, "CA"), "CA", True, None),
        (deletion(99, "CA"), "CACA", True, True),
        (deletion(99, "CA"), "CAGA", True, False),
        (deletion(1000, "CA"), "CA", False, False),  # too far away
        (insertion(103, "CA"), "C", False, False),
    ],
)
def test_bases_decide_as_far_as_they_reach(
    allele: AlleleKey, ref: str, is_leftmost: bool, expected: bool | None
) -> None:
    told = is_same_indel(allele, OPEN, is_leftmost=is_leftmost, position=allele.start, ref=ref)
    assert told is expected


def test_the_reference_decides() -> None:
    for start, is_same in ((101, True), (105, True), (107, False)):
        bases = base_at(start) + base_at(start + 1)
        told = is_same_indel(
            deletion(start, bases),
            OPEN,
            is_leftmost=False,
            position=start,
            ref=bases,
            reference=Sequence(),
        )
        assert told is is_same
