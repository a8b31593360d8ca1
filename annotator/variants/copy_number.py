"""Copy numbers: what a symbolic ALT and a caller's values say of how many copies of a segment there are.

Callers differ in what they write. Canvas and the 1000 Genomes list the copies of one haplotype as `<CNn>`, so that
`<CN0>` with genotype 0/1 is one lost copy. DRAGEN writes a copy-neutral loss of heterozygosity as `<DEL>,<DUP>`.
CNVkit gives losses no CN. PURPLE's numbers are not whole. A total number of copies, where there is one, outweighs
what the ALT is called.
"""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

__all__ = [
    "AMPLIFICATION_COPIES",
    "MOST_COPIES",
    "USUAL_COPIES",
    "CopyChange",
    "CopyNumber",
    "copy_change",
    "haplotype_copies",
]

AMPLIFICATION_COPIES = 6.0
"""Copies from which a gain is called an amplification, unless the user says otherwise."""

USUAL_COPIES = 2
"""Copies of an autosome."""

MOST_COPIES = 1000.0
"""More copies than any real amplification has: a caller that states so many divided by nearly no reads."""

_BOTH_LOST = 0.5  # copies below which none is left

_USUAL_RANGE = {"X": (1, 2), "Y": (0, 1), "MT": (0, 1_000_000)}
"""Least and most copies that are usual, where that depends on the sample."""


class CopyChange(enum.Enum):
    """The direction of a change of copy number."""

    GAIN = "gain"
    LOSS = "loss"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


class CopyNumber(NamedTuple):
    """A change of copy number in a sample.

    Attributes:
        change: whether there are more or fewer copies than usual.
        copies: how many there are; None where nothing says so.
        is_estimate: whether the number follows from a ratio of reads, without regard to the purity of the sample.

    """

    change: CopyChange
    copies: float | None = None
    is_estimate: bool = False

    def is_amplification(self, least: float) -> bool | None:
        """Return whether a gain is an amplification; None where the number of copies is not known.

        Args:
            least: copies from which a gain is called an amplification.

        """
        if self.change is not CopyChange.GAIN:
            return False
        return None if self.copies is None else self.copies >= least

    @property
    def is_whole_loss(self) -> bool | None:
        """Return whether a loss leaves no copy; None where the number of copies is not known."""
        if self.change is not CopyChange.LOSS:
            return False
        return None if self.copies is None else self.copies < _BOTH_LOST


def haplotype_copies(alt: str) -> int | None:
    """Return the number of copies on one haplotype that `<CNn>` states; None for another ALT.

    >>> haplotype_copies("<CN0>"), haplotype_copies("<DUP>")
    (0, None)
    """
    found = re.fullmatch(r"<CN([0-9]{1,4})>", alt, re.IGNORECASE)
    return None if found is None else int(found[1])


def copy_change(
    alt: str, copies: float | None = None, *, contig: str | None = None, is_estimate: bool = False
) -> CopyNumber | None:
    """Return the change of copy number that a symbolic ALT is; None for an ALT that is none.

    Args:
        alt: as written, such as `<DUP:TANDEM>`.
        copies: total number of copies in the sample.
        contig: canonical name; how many copies of X, Y and MT are usual depends on the sample, so that on X only none
            and more than two tell the direction by themselves, on Y more than one, and on MT no number.
        is_estimate: whether `copies` follows from a ratio.

    """
    name = alt.strip("<>").upper().split(":")
    of_haplotype = haplotype_copies(alt)
    if name[0] not in {"DEL", "DUP", "CNV", "LOH"} and of_haplotype is None:
        return None
    if "ME" in name[1:] or "TR" in name[1:]:  # mobile elements and tandem repeats
        return None
    if copies is not None and not 0 <= copies < MOST_COPIES:
        copies = None
    change = _by_name(name[0], of_haplotype)
    if copies is not None and (counted := _by_copies(copies, contig)) is not CopyChange.UNKNOWN:
        change = counted
    elif copies is None and of_haplotype is not None and of_haplotype >= AMPLIFICATION_COPIES:
        copies = float(of_haplotype)  # so many at least, whether of a haplotype or of the sample
    elif change is CopyChange.LOSS and copies is not None and copies >= USUAL_COPIES:
        change = CopyChange.UNKNOWN
    return CopyNumber(change, copies, is_estimate and copies is not None)


def _by_name(name: str, of_haplotype: int | None) -> CopyChange:
    if name == "LOH":
        return CopyChange.NEUTRAL
    if name == "DUP" or (of_haplotype is not None and of_haplotype > 1):
        return CopyChange.GAIN
    if name == "DEL" or of_haplotype == 0:
        return CopyChange.LOSS
    return CopyChange.UNKNOWN


def _by_copies(copies: float, contig: str | None) -> CopyChange:
    """Return the change that a number of copies is by itself; unknown where the sex of the sample decides."""
    whole = int(copies + 0.5)
    least, most = _USUAL_RANGE.get(contig or "", (USUAL_COPIES, USUAL_COPIES))
    if least <= whole <= most:
        return CopyChange.NEUTRAL if contig not in _USUAL_RANGE else CopyChange.UNKNOWN
    return CopyChange.GAIN if whole > most else CopyChange.LOSS
