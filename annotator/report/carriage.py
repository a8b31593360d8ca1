"""The sample columns of a record for one allele: genotype, zygosity, reads and allele fraction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

from annotator.report.model import Carriage
from annotator.vcf.allele_counts import (
    COUNTING_KEYS,
    AlleleCount,
    allele_counts,
    called_without_genotype,
    info_counts,
)
from annotator.vcf.columns import FIRST_SAMPLE

__all__ = ["carriages", "info_values"]

_NUMBER = r"(?<!\d)\d{1,18}(?!\d)"
_SHOWN = frozenset({"carried", "unknown"})
_FEW = 8  # samples of a file up to which reads are kept even for samples that do not carry an allele
_NOTHING = AlleleCount()
_CALLED = {True: "carried", False: "not_carried", None: "unknown"}


def info_values(column: str) -> dict[str, str]:
    """Return INFO as text by key; if a key occurs twice, its first value counts."""
    found: dict[str, str] = {}
    for item in column.split(";"):
        key, _, value = item.partition("=")
        found.setdefault(key, value)
    return found


def carriages(
    columns: Sequence[str], alts: Sequence[str], alt: int, normals: Set[int], *, is_lofreq: bool
) -> Iterator[Carriage]:
    """Yield the data of each sample of a record for one ALT.

    Args:
        columns: columns of the record's line.
        alts: ALTs as written.
        alt: 0-based index of the ALT.
        normals: indexes of the samples that are normals.
        is_lofreq: whether LoFreq wrote the file, which has no sample columns.

    """
    if len(columns) <= FIRST_SAMPLE:
        if is_lofreq:
            counts = info_counts(info_values(columns[7]), alts, is_lofreq=is_lofreq)
            yield Carriage("unknown", "", counts=counts)
        return
    keys = columns[FIRST_SAMPLE - 1].split(":")
    place = keys.index("GT") if "GT" in keys else None
    samples = columns[FIRST_SAMPLE:]
    has_counts = not COUNTING_KEYS.isdisjoint(keys)
    info: Mapping[str, str] | None = None
    for index, column in enumerate(samples):
        values = column.split(":")
        genotype = values[place] if place is not None and place < len(values) else ""
        called = _called(genotype, alt + 1)
        # In a cohort most samples do not carry an allele, and their reads are not needed.
        is_plain = genotype and not has_counts
        if is_plain or (called.state not in _SHOWN and len(samples) > _FEW):
            yield called
            continue
        counts = allele_counts(dict(zip(keys, values, strict=False)), columns[3], alts, alt)
        if genotype:
            yield called if counts == _NOTHING else called._replace(counts=counts)
        else:
            info = info_values(columns[7]) if info is None else info
            state = _CALLED[called_without_genotype(info, counts, is_normal=index in normals)]
            yield Carriage(state, "", "", counts)


@lru_cache(1 << 10)
def _called(genotype: str, number: int) -> Carriage:
    """Return the state of an ALT in a genotype; the number is the genotype's."""
    numbers = [int(one) for one in re.findall(_NUMBER, genotype, re.ASCII)]
    is_sure = "." not in genotype
    if number in numbers:
        if len(numbers) == 1:
            return Carriage("carried", genotype, "hemizygous" if is_sure else "")
        is_homozygous = set(numbers) == {number} and is_sure
        return Carriage("carried", genotype, "homozygous" if is_homozygous else "heterozygous")
    if not genotype:
        return Carriage("unknown", "")
    return Carriage("not_carried" if is_sure and numbers else "no_call", genotype)
