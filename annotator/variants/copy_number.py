"""Copy numbers: the number of copies of a segment, from a symbolic ALT and a caller's values.

Callers write different things. Canvas and the 1000 Genomes list the copies of one haplotype as `<CNn>`, so that `<CN0>`
with genotype 0/1 is the loss of one copy. DRAGEN writes a copy-neutral loss of heterozygosity as `<DEL>,<DUP>`. CNVkit
writes no CN for losses. PURPLE's copy numbers are not integers. gnomAD lists the copies of a sample as `<CN=n>`. A
total copy number takes precedence over the type of the ALT.
"""

from __future__ import annotations

import enum
import re

from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "AMPLIFICATION_COPIES",
    "MOST_COPIES",
    "USUAL_COPIES",
    "CopyChange",
    "CopyNumber",
    "copy_change",
    "haplotype_copies",
    "is_copy_number",
    "named_change",
    "total_copies",
]

AMPLIFICATION_COPIES = 6.0
"""Copy number from which a gain is called an amplification, unless the user chooses another."""

USUAL_COPIES = 2
"""Copies of an autosome in a diploid cell."""

MOST_COPIES = 1000.0
"""The highest plausible copy number: a caller that writes more divided by nearly no reads."""

_BOTH_LOST = 0.5  # below this copy number, no copy is left

_USUAL_RANGE = {"X": (1, 2), "Y": (0, 1), "MT": (0, 1_000_000)}
"""Least and most usual copies of contigs for which this depends on the sample."""


class CopyChange(enum.Enum):
    """The direction of a change of copy number."""

    GAIN = "gain"
    LOSS = "loss"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


_NAMED = {
    "DEL": CopyChange.LOSS,
    "LOSS": CopyChange.LOSS,
    "DUP": CopyChange.GAIN,
    "TDUP": CopyChange.GAIN,
    "GAIN": CopyChange.GAIN,
    "AMP": CopyChange.GAIN,
    "CNV": CopyChange.UNKNOWN,
    "LOH": CopyChange.NEUTRAL,
}
"""Direction by the first part of a symbolic ALT's name; callers have several names for one."""


class CopyNumber(NamedTuple):
    """A change of copy number in a sample.

    Attributes:
        change: whether there are more or fewer copies than usual.
        copies: number of copies; None if unknown.
        is_estimate: whether the number was computed from a read-depth ratio, without correction for the purity of the
            sample.

    """

    change: CopyChange
    copies: float | None = None
    is_estimate: bool = False

    def is_amplification(self, least: float) -> bool | None:
        """Return whether a gain is an amplification; None if the copy number is unknown.

        Args:
            least: copy number from which a gain is called an amplification.

        """
        if self.change is not CopyChange.GAIN:
            return False
        return None if self.copies is None else self.copies >= least

    @property
    def is_whole_loss(self) -> bool | None:
        """Return whether a loss leaves no copy; None if the copy number is unknown."""
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


def total_copies(alt: str) -> int | None:
    """Return the number of copies in the sample that `<CN=n>` states; None for another ALT.

    >>> total_copies("<CN=3>"), total_copies("<CN3>")
    (3, None)
    """
    found = re.fullmatch(r"<CN=([0-9]{1,4})>", alt, re.IGNORECASE)
    return None if found is None else int(found[1])


def is_copy_number(alt: str) -> bool:
    """Return whether a symbolic ALT loses or gains a range of bases, or states its number of copies.

    A deleted mobile element (`<DEL:ME>`) is a loss; the copies of a tandem repeat (`<CNV:TR>`) are something else.

    >>> is_copy_number("<DEL:ME:ALU>"), is_copy_number("<INS:ME:ALU>"), is_copy_number("<CNV:TR>")
    (True, False, False)
    """
    name = alt.strip("<>").upper().split(":")
    if haplotype_copies(alt) is not None or total_copies(alt) is not None:
        return True
    return "TR" not in name and _NAMED.get(name[0], CopyChange.NEUTRAL) is not CopyChange.NEUTRAL


def named_change(alt: str, contig: str | None = None) -> CopyChange:
    """Return the direction that a symbolic ALT alone states.

    Args:
        alt: as written.
        contig: canonical name, for the usual number of copies.

    >>> named_change("<DUP:TANDEM>"), named_change("<CN=1>", "7")
    (<CopyChange.GAIN: 'gain'>, <CopyChange.LOSS: 'loss'>)
    """
    copies = total_copies(alt)
    if copies is not None:
        return _by_copies(copies, contig)
    return _by_name(alt.strip("<>").upper().split(":")[0], haplotype_copies(alt))


def copy_change(
    alt: str, copies: float | None = None, *, contig: str | None = None, is_estimate: bool = False
) -> CopyNumber | None:
    """Return the change of copy number that a symbolic ALT describes; None for an ALT of another kind.

    Args:
        alt: as written, such as `<DUP:TANDEM>`.
        copies: total number of copies in the sample.
        contig: canonical name. The usual number of copies of X, Y and MT depends on the sample, so that the copy number
            alone shows the direction only for 0 and for more than 2 copies of X, and for more than 1 copy of Y; never
            for MT.
        is_estimate: whether `copies` was computed from a ratio.

    """
    name = alt.strip("<>").upper().split(":")
    of_haplotype, total = haplotype_copies(alt), total_copies(alt)
    if name[0] not in _NAMED and of_haplotype is None and total is None:
        return None
    if total is not None:
        copies, is_estimate = float(total), False
    if "ME" in name[1:] or "TR" in name[1:]:  # mobile elements and tandem repeats
        return None
    if copies is not None and not 0 <= copies < MOST_COPIES:
        copies = None
    change = _by_name(name[0], of_haplotype)
    if copies is not None and (counted := _by_copies(copies, contig)) is not CopyChange.UNKNOWN:
        change = counted
    elif copies is None and of_haplotype is not None and of_haplotype >= AMPLIFICATION_COPIES:
        # a lower bound, whether it counts copies on the haplotype or in the sample
        copies = float(of_haplotype)
    elif change is CopyChange.LOSS and copies is not None and copies >= USUAL_COPIES:
        change = CopyChange.UNKNOWN
    return CopyNumber(change, copies, is_estimate and copies is not None)


def _by_name(name: str, of_haplotype: int | None) -> CopyChange:
    if of_haplotype is not None and of_haplotype != 1:
        return CopyChange.GAIN if of_haplotype > 1 else CopyChange.LOSS
    return _NAMED.get(name, CopyChange.UNKNOWN)


def _by_copies(copies: float, contig: str | None) -> CopyChange:
    """Return the change that a copy number alone implies; unknown if it depends on the sex of the sample."""
    whole = int(copies + 0.5)
    least, most = _USUAL_RANGE.get(contig or "", (USUAL_COPIES, USUAL_COPIES))
    if least <= whole <= most:
        return CopyChange.NEUTRAL if contig not in _USUAL_RANGE else CopyChange.UNKNOWN
    return CopyChange.GAIN if whole > most else CopyChange.LOSS
