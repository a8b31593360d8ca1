"""The sample columns of a record for one allele: genotype, zygosity, reads and allele fraction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

from annotator.report.model import Carriage
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.allele_counts import (
    COUNTING_KEYS,
    AlleleCount,
    allele_counts,
    called_without_genotype,
    info_counts,
    lacks_genotypes,
)
from annotator.vcf.columns import FIRST_SAMPLE

__all__ = ["Locus", "carriages", "failed_filters", "filter_of", "info_values", "without_samples"]

_NUMBER = r"(?<!\d)\d{1,18}(?!\d)"
_SHOWN = frozenset({"carried", "unknown"})
_FEW = 8  # samples of a file up to which reads are kept even for samples that do not carry an allele
_NOTHING = AlleleCount()
_CALLED = {True: "carried", False: "not_carried", None: "unknown"}
_PASSING = frozenset({"", ".", "PASS"})


def info_values(column: str) -> dict[str, str]:
    """Return INFO as text by key; if a key occurs twice, its first value counts."""
    found: dict[str, str] = {}
    for item in column.split(";"):
        key, _, value = item.partition("=")
        found.setdefault(key, value)
    return found


class Locus(NamedTuple):
    """Facts about a record that its sample columns do not state.

    Attributes:
        contig: canonical contig; empty for one that the assembly does not have.
        has_one_copy: whether a male has one copy of it.
        is_part: whether other records of the file have further ALTs of the position.
        percent_keys: keys of FORMAT whose values are percentages according to the header.
        alts_before, alts_after: numbers of ALTs in earlier and in later records of the position.

    """

    contig: str = ""
    has_one_copy: bool = False
    is_part: bool = False
    percent_keys: frozenset[str] = frozenset()
    alts_before: int = 0
    alts_after: int = 0


def carriages(
    columns: Sequence[str],
    alts: Sequence[str],
    alt: int,
    normals: Set[int],
    *,
    is_lofreq: bool,
    locus: Locus,
) -> Iterator[Carriage]:
    """Yield the data of each sample of a record for one ALT.

    Args:
        columns: columns of the record's line.
        alts: ALTs as written.
        alt: 0-based index of the ALT.
        normals: indexes of the samples that are normals.
        is_lofreq: whether LoFreq wrote the file, which has no sample columns.
        locus: facts about the position.

    """
    of_record = failed_filters(filter_of(columns, len(alts), alt, locus.alts_before, locus.alts_after))
    if len(columns) <= FIRST_SAMPLE:
        counts = info_counts(info_values(columns[7]), alts, is_lofreq=is_lofreq)
        yield without_samples(of_record)._replace(counts=counts)
        return
    keys = columns[FIRST_SAMPLE - 1].split(":")
    place = keys.index("GT") if "GT" in keys else None
    filtering = keys.index("FT") if "FT" in keys else None
    samples = columns[FIRST_SAMPLE:]
    has_counts = not COUNTING_KEYS.isdisjoint(keys)
    is_without = has_counts and lacks_genotypes(keys)
    info: Mapping[str, str] | None = None
    for index, column in enumerate(samples):
        values = column.split(":")
        genotype = values[place] if place is not None and place < len(values) else ""
        if is_without and not re.search(_NUMBER, genotype, re.ASCII):
            genotype = ""
        failed = of_record
        if filtering is not None and filtering < len(values):
            failed = failed_filters(of_record, values[filtering])
        called = _called(genotype, alt + 1, failed, locus)
        # In a cohort most samples do not carry an allele, and their reads are not needed.
        is_plain = genotype and not has_counts
        if is_plain or (called.state not in _SHOWN and len(samples) > _FEW):
            yield called
            continue
        by_key = dict(zip(keys, values, strict=False))
        is_part = locus.is_part or ("." in genotype and called.state == "carried")
        counts = allele_counts(
            by_key, columns[3], alts, alt, is_part=is_part, percent_keys=locus.percent_keys
        )
        if genotype:
            yield called if counts == _NOTHING else called._replace(counts=counts)
        else:
            info = info_values(columns[7]) if info is None else info
            state = _CALLED[called_without_genotype(info, counts, is_normal=index in normals)]
            yield Carriage(state, "", "", counts, called.filter)


def filter_of(columns: Sequence[str], alts: int, alt: int, before: int = 0, after: int = 0) -> str:
    """Return FILTER of one ALT: that of the record, or if the record passed, that of the allele.

    Of a record with several ALTs, FILTER is the most lenient one. GATK writes those of the alleles to AS_FilterStatus:
    `SITE|weak_evidence,strand_bias` by FilterMutectCalls, `PASS,VQSRTrancheSNP99.90to100.00` by ApplyVQSR. If a record
    was split, its parts keep the whole field, and their order is that of the ALTs.

    Args:
        columns: columns of the record's line.
        alts: number of ALTs.
        alt: 0-based index of the ALT.
        before: number of ALTs in earlier records of the position.
        after: number of ALTs in later records of the position.

    """
    if alts + before + after == 1 or columns[6] not in _PASSING or "AS_FilterStatus=" not in columns[7]:
        return columns[6]
    text = info_values(columns[7]).get("AS_FilterStatus", "")
    statuses = text.split("|" if "|" in text else ",")
    if len(statuses) == before + alts + after:
        alt += before
    elif len(statuses) != alts:
        return columns[6]
    return ";".join(one for one in statuses[alt].split(",") if one not in _PASSING and one != "SITE")


@lru_cache(1 << 8)
def without_samples(filter_: str) -> Carriage:
    """Return the data of a record without sample columns, by its FILTER."""
    return Carriage("unknown", "", filter=failed_filters(filter_))


def failed_filters(*filters: str) -> str:
    """Return the filters that a call failed, joined by `;`, from FILTER and FT; empty if there is none.

    >>> failed_filters("PASS", "."), failed_filters("LowQual", "LowGQ;LowDP")
    ('', 'LowQual;LowGQ;LowDP')
    """
    return ";".join(one for one in filters if one not in _PASSING)


@lru_cache(1 << 10)
def _called(genotype: str, number: int, failed: str, locus: Locus) -> Carriage:
    """Return the state of an ALT in a genotype; the number is the genotype's."""
    numbers = [int(one) for one in re.findall(_NUMBER, genotype, re.ASCII)]
    if number in numbers:
        return Carriage("carried", genotype, _zygosity(genotype, numbers, number, locus), filter=failed)
    if not genotype:
        return Carriage("unknown", "", filter=failed)
    is_sure = "." not in genotype
    return Carriage("not_carried" if is_sure and numbers else "no_call", genotype)


def _zygosity(genotype: str, numbers: Sequence[int], number: int, locus: Locus) -> str:
    """Return the zygosity of an ALT in a genotype; empty if it cannot be determined.

    Callers write diploid genotypes for X and Y of males, and for the mitochondrion, whose copies are thousands.
    """
    if locus.contig == "MT":
        return ""
    is_sure = "." not in genotype
    if len(numbers) == 1:
        return "hemizygous" if is_sure else ""
    is_homozygous = set(numbers) == {number} and is_sure
    if not locus.has_one_copy:
        return "homozygous" if is_homozygous else "heterozygous"
    if locus.contig == "Y":
        return "hemizygous" if is_homozygous else ""
    return "homozygous or hemizygous" if is_homozygous else "heterozygous"
