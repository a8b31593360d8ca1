"""What the sample columns of a record say of an allele: genotype, zygosity, reads and allele fraction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

from annotator.report.model import Carriage
from annotator.vcf.allele_counts import allele_counts, called_without_genotype, info_counts
from annotator.vcf.columns import FIRST_SAMPLE

__all__ = ["carriages", "info_values"]

_NUMBER = r"\d+"
_CALLED = {True: "carried", False: "not_carried", None: "unknown"}


def info_values(column: str) -> dict[str, str]:
    """Return INFO as text by key; of a key that stands there twice the first."""
    found: dict[str, str] = {}
    for item in column.split(";"):
        key, _, value = item.partition("=")
        found.setdefault(key, value)
    return found


def carriages(
    columns: Sequence[str], alts: Sequence[str], alt: int, normals: Set[int], *, is_lofreq: bool
) -> Iterator[Carriage]:
    """Yield what each sample of a record says of one ALT.

    Args:
        columns: of the record's line.
        alts: ALTs as written.
        alt: 0-based number of the ALT.
        normals: indexes of the samples that are normals.
        is_lofreq: whether the file is LoFreq's, which has no sample columns.

    """
    if len(columns) <= FIRST_SAMPLE:
        if is_lofreq:
            counts = info_counts(info_values(columns[7]), alts, is_lofreq=is_lofreq)
            yield Carriage("unknown", "", counts=counts)
        return
    keys = columns[FIRST_SAMPLE - 1].split(":")
    info: Mapping[str, str] | None = None
    for index, column in enumerate(columns[FIRST_SAMPLE:]):
        values = dict(zip(keys, column.split(":"), strict=False))
        counts = allele_counts(values, columns[3], alts, alt)
        genotype = values.get("GT", "")
        if genotype:
            state, zygosity = _called(genotype, alt + 1)
        else:
            info = info_values(columns[7]) if info is None else info
            called = called_without_genotype(info, counts, is_normal=index in normals)
            state, zygosity = _CALLED[called], ""
        yield Carriage(state, genotype, zygosity, counts)


@lru_cache(1 << 10)
def _called(genotype: str, number: int) -> tuple[str, str]:
    """Return what a genotype says of an ALT, by its number as genotypes count: the state and the zygosity."""
    numbers = [int(one) for one in re.findall(_NUMBER, genotype, re.ASCII)]
    if number in numbers:
        if len(numbers) == 1:
            return "carried", "" if "." in genotype else "hemizygous"
        is_sure = "." not in genotype
        return "carried", "homozygous" if set(numbers) == {number} and is_sure else "heterozygous"
    return "no_call" if "." in genotype or not numbers else "not_carried", ""
