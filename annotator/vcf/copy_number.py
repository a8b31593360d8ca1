"""Copy number of a record, from FORMAT and INFO fields of copy-number callers.

    FORMAT  CN, RDCN (DELLY), TCN, CN1 and CN2 (CNVkit: both alleles'), SM (DRAGEN: ratio)
    INFO    CN, TCN, TCN_EM (FACETS), PURPLE_CN, FOLD_CHANGE (ratio) or FOLD_CHANGE_LOG (log2 of the ratio; CNVkit)
    GT      of `<CNn>`, whose number is that of a haplotype; of `<DEL>`, whose copies are the REF alleles

The first available field is used. A ratio is not a copy number: a number computed from it is an estimate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.variants.copy_number import (
    USUAL_COPIES,
    CopyChange,
    CopyNumber,
    copy_change,
    haplotype_copies,
)

__all__ = ["FORMAT_KEYS", "Call", "carries", "copy_number_of", "most_specific"]

_FORMAT_TOTALS = ("CN", "TCN", "RDCN")
_INFO_TOTALS = ("CN", "TCN", "TCN_EM", "PURPLE_CN")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+")
_SIGNED = re.compile(rf"-?(?:{_NUMBER.pattern})")

FORMAT_KEYS = frozenset({*_FORMAT_TOTALS, "CN1", "CN2", "SM", "GT"})
"""FORMAT keys with information on copy numbers."""

Call = Mapping[str, str]
"""FORMAT values of a sample, by key."""


class _Copies(NamedTuple):
    number: float | None
    is_estimate: bool = False


def copy_number_of(
    alts: Sequence[str],
    alt: int,
    info: Callable[[str], str | None],
    call: Call,
    *,
    contig: str | None = None,
) -> CopyNumber | None:
    """Return the change of copy number that a symbolic ALT describes in one sample; None for an ALT of another kind.

    Args:
        alts: the ALTs as written.
        alt: 0-based index of the ALT.
        info: returns the value of an INFO key.
        call: FORMAT values of the sample; empty for a record without samples.
        contig: canonical name.

    """
    copies = _copies(alts, alt, info, call)
    change = copy_change(alts[alt], copies.number, contig=contig, is_estimate=copies.is_estimate)
    if change is None or change.change is CopyChange.NEUTRAL or not _is_loss_and_gain(alts):
        return change
    # <DEL>,<DUP> with both carried is a copy-neutral loss of heterozygosity, unless a copy number contradicts it.
    is_both = {"1", "2"} <= set(re.split("[/|]", call.get("GT", "")))
    return change._replace(change=CopyChange.NEUTRAL) if is_both and copies.number is None else change


def carries(call: Call, alt: int) -> bool:
    """Return whether a sample may carry an ALT, by its 0-based index; not if its genotype names only other alleles."""
    alleles = set(re.split("[/|]", call.get("GT", "."))) - {"."}
    return not alleles or str(alt + 1) in alleles


def most_specific(changes: Sequence[CopyNumber]) -> CopyNumber | None:
    """Return the change with the most copies gained, else with the most lost, else any; None if there is none."""
    gains = [one for one in changes if one.change is CopyChange.GAIN]
    losses = [one for one in changes if one.change is CopyChange.LOSS]
    if gains:
        return max(gains, key=lambda one: -1 if one.copies is None else one.copies)
    if losses:
        return min(losses, key=lambda one: USUAL_COPIES if one.copies is None else one.copies)
    return changes[0] if changes else None


def _copies(alts: Sequence[str], alt: int, info: Callable[[str], str | None], call: Call) -> _Copies:
    for key in _FORMAT_TOTALS:
        if (total := _number(call.get(key))) is not None:
            return _Copies(total)
    major, minor = _number(call.get("CN1")), _number(call.get("CN2"))
    if major is not None and minor is not None:
        return _Copies(major + minor)
    for key in _INFO_TOTALS:
        if (total := _of_alt(info(key), alts, alt)) is not None:
            return _Copies(total)
    if (by_genotype := _by_genotype(alts, alt, call.get("GT", ""))) is not None:
        return _Copies(by_genotype)
    return _by_ratio(alts, alt, info, call)


def _by_ratio(alts: Sequence[str], alt: int, info: Callable[[str], str | None], call: Call) -> _Copies:
    ratio = _number(call.get("SM"))
    if ratio is None:
        ratio = _of_alt(info("FOLD_CHANGE"), alts, alt)
    if ratio is None and (text := info("FOLD_CHANGE_LOG")) and _SIGNED.fullmatch(text):
        ratio = 2 ** min(float(text), 20.0)
    return _Copies(None) if ratio is None else _Copies(ratio * USUAL_COPIES, is_estimate=True)


def _by_genotype(alts: Sequence[str], alt: int, genotype: str) -> float | None:
    """Return the copies that a genotype implies: of `<CNn>` on both haplotypes, or those that `<DEL>` leaves."""
    alleles = re.split("[/|]", genotype)
    numbers = [number for one in alleles if (number := whole_number(one)) is not None]
    if len(alleles) != USUAL_COPIES or len(numbers) < len(alleles) or max(numbers) > len(alts):
        return None
    if alt + 1 not in numbers:
        return None
    copies = [1 if number == 0 else _copies_of(alts[number - 1]) for number in numbers]
    return None if None in copies else float(sum(one for one in copies if one is not None))


def _copies_of(alt: str) -> int | None:
    """Return the copies on one haplotype with an ALT; None if the ALT does not determine them."""
    return 0 if alt.upper().startswith("<DEL") else haplotype_copies(alt)


def _is_loss_and_gain(alts: Sequence[str]) -> bool:
    return {alt.strip("<>").upper().split(":")[0] for alt in alts} == {"DEL", "DUP"}


def _of_alt(text: str | None, alts: Sequence[str], alt: int) -> float | None:
    values = (text or "").split(",")
    if len(values) == len(alts):
        return _number(values[alt])
    return _number(values[0]) if len(set(values)) == 1 else None


def _number(text: str | None) -> float | None:
    return float(text) if text and _NUMBER.fullmatch(text) else None
